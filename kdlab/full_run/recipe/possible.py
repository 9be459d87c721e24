"""What a full run cannot be asked for, before and after the data are there. Knows no torch."""

from __future__ import annotations

from typing import TYPE_CHECKING

from kdlab import data, methods
from kdlab.checks import check_method_parameters, has_folder
from kdlab.errors import ConfigError, ModelError
from kdlab.full_run.recipe import names, teacher_file
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import OWN, PAIRS, RECIPES

if TYPE_CHECKING:
    from kdlab.full_run.engine.images import FullData


def check(config: FullRunConfig) -> None:
    """ConfigError or ModelError for settings that cannot be run together."""
    if config.pair not in (OWN, *PAIRS):
        raise ConfigError(
            f"pair is {config.pair!r}", ", ".join((*PAIRS, OWN)), "Choose one of these pairs"
        )
    if config.recipe not in RECIPES:
        raise ConfigError(
            f"recipe is {config.recipe!r}", ", ".join(RECIPES), "Choose one of these recipes"
        )
    record = data.find(config.dataset)
    if record.kind != "images":
        sets = ", ".join(name for name, each in data.DATASETS.items() if each.kind == "images")
        raise ConfigError(f"dataset is {config.dataset!r}", sets, "Choose a data set of images")
    has_folder(config, " (--data PATH)")
    teacher_file.allowed(config.teacher_file)
    method = methods.find(config.method)
    check_method_parameters(method, config.method_parameters)
    if names.is_torchvision(config.student):
        raise ModelError(
            f"student is {config.student!r}",
            "a network of the lab, which starts with random weights",
            "Choose another student",
        )
    if known := data.known_inputs(config):
        _networks(config, known.shape, len(known.classes))
    if method.reads_features:
        for name in (config.teacher, config.student):
            names.layers(name, data.input_shape(config))


def fits(config: FullRunConfig, found: FullData) -> None:
    """The same with the data in hand."""
    _networks(config, found.shape, len(found.classes))
    least = 2
    if len(found.train.targets) < least:
        raise ConfigError(
            f"{len(found.train.targets)} training image",
            f"at least {least}",
            "Raise train_limit, or add images",
        )


def _networks(config: FullRunConfig, shape: tuple[int, ...], classes: int) -> None:
    for name in (config.teacher, config.student):
        names.check(name, shape, classes)


ONE_BY_ONE = (
    "soft-targets", "logit-regression", "logit-standardisation", "dkd", "reverse-kl", "jsd",
    "skew-kl", "total-variation", "top-k", "top-k-truncated", "labels-only",
)  # fmt: skip
"""Methods whose soft part looks at one example at a time. The others compare the examples of a
batch with each other, or read hidden layers, so that a batch must not be shared out among GPUs."""


def shared_out(config: FullRunConfig, gpus: int) -> None:
    """ConfigError where method or networks need whole batches, and several GPUs share them."""
    if gpus == 1:
        return
    for name in (config.teacher, config.student):
        if name.startswith("mlpbn"):
            raise ConfigError(
                f"{name} on {gpus} GPUs: its batch norm of vectors would see one GPU's share",
                "on several GPUs networks without it",
                "Run it on one GPU, or choose another network",
            )
    if config.method not in ONE_BY_ONE:
        raise ConfigError(
            f"method is {config.method!r} on {gpus} GPUs: it compares the images of a batch with "
            "each other or reads hidden layers, and each GPU sees only its share",
            f"on several GPUs one of {', '.join(ONE_BY_ONE)}",
            "Run it on one GPU, or choose such a method",
        )
