"""Reading the validation examples as well, where arms learn from them."""

from __future__ import annotations

import re
from dataclasses import replace

from kdlab.config.schema import DataConfig
from kdlab.data.split import limit_of
from kdlab.errors import ConfigError
from kdlab.export.data import Recipe


def with_validation(config: DataConfig, data: Recipe) -> Recipe:
    """``data`` whose ``load_data()`` gives training, validation and test examples. ConfigError for
    images of one's own, of which a script reads no validation part."""
    if config.dataset == "images":
        raise ConfigError(
            "an arm learns from the validation part of images of one's own",
            "for a script: a data set that comes with the lab, or is published",
            "Choose another data set for the script",
        )
    head, load = data.text.split("def load_data()", 1)
    load = load.replace("    _, train = stratified(", "    validation, train = stratified(")
    load = load.replace(
        "    train = rest[train]\n", "    validation, train = rest[validation], rest[train]\n"
    )
    if config.train_limit != "all":
        count = limit_of(config.train_limit, "validation")
        load = re.sub(
            r"(    mean, std = |    published = torchvision\.datasets\.\w+\(\w+, train=False)",
            f"    if len(validation) > {count}:\n"
            f"        validation = validation[stratified(targets[validation], {count})[0]]\n"
            r"\1",
            load,
            count=1,
        )
    load = re.sub(r"( +train_x = .*\n)", lambda m: m[1] + m[1].replace("train", "validation"), load)
    lines = re.compile(r"(?:        torch\..*\b(?:train|train_x)\b.*\n)+")
    load = lines.sub(
        lambda m: m[0] + m[0].replace("[train]", "[validation]").replace("train_x", "validation_x"),
        load,
    )
    load = load.replace(
        "tuple[Tensor, Tensor, Tensor, Tensor]",
        "tuple[Tensor, Tensor, Tensor, Tensor, Tensor, Tensor]",
    )
    load = re.sub(
        r'"""Training and test (.*?), each', r'"""Training, validation and test \1, each', load
    )
    load = re.sub(r",? (?:which are |and )?not used here", "", load)
    return replace(data, text=f"{head}def load_data(){load}")
