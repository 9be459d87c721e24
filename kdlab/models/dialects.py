"""What published code calls the layers of the same networks: the names of a file, in those of ours.

A file of safetensors has its tensors in the order of their names, not in that of the layers, so
nothing could be matched by order. What well-known code calls them is therefore written down here,
read in its sources: RepDistiller (github.com/HobbitLong/RepDistiller, ``models/``), mdistiller
(github.com/megvii-research/mdistiller, ``mdistiller/models/cifar/``), pytorch-cifar-models
(github.com/chenyaofo/pytorch-cifar-models, ``resnet.py``) and ``torch.nn.GRU``. A dialect is spoken
where every name and every shape is the one that it has for the network, and never else.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass

from kdlab.models.published_shapes import MOBILENETS

Rename = Callable[[str], str]


@dataclass(frozen=True)
class Reading:
    """``names``: a name of the dialect -> the network's own. ``source`` is who speaks it, "" for
    the lab itself."""

    source: str
    names: dict[str, str]


DISTILLERS = "RepDistiller and mdistiller"
"""Whose networks the published pairs of the lab are."""


def _by_rules(*rules: tuple[str, str]) -> Rename:
    """Own name -> theirs, by the substitutions that hold, one after the other."""

    def rename(name: str) -> str:
        for pattern, theirs in rules:
            name = re.sub(pattern, theirs, name)
        return name

    return rename


def _parts(of: str, parts: Iterable[str]) -> list[tuple[str, str]]:
    """The nth of the ``parts`` is a convolution and its norm, which they call convn and bnn."""
    return [
        (rf"^({of})\.{re.escape(part)}\.{k}\.", rf"\1.{word}{n}.")
        for n, part in enumerate(parts, 1)
        for k, word in enumerate(("conv", "bn"))
    ]


_ENDS = [(r"^conv(\d)\.0\.", r"conv\1."), (r"^conv(\d)\.1\.", r"bn\1."), (r"^fc\.", "linear.")]
"""The first and the last layers of both ShuffleNets, without a Sequential around them."""

_split = _by_rules(
    *_parts(r"layer\d\.0", ("left.0", "left.1", "right.0", "right.2", "right.3")),
    *_parts(r"layer\d\.\d+", ("right.0", "right.2", "right.3")),
)


def _shuffle_v2(name: str) -> str:
    """Of RepDistiller's ShuffleNet V2, whose units number both branches through."""
    return _split(name) if name.startswith("layer") else _by_rules(*_ENDS)(name)


_ROW = itertools.count()
_BLOCKS = [
    [(row, n) for (_, _, blocks, _), row in zip(stage, _ROW, strict=False) for n in range(blocks)]
    for stage in MOBILENETS["mobilenetv2"]
]
"""For each stage of ours, its blocks: (row of the paper's table, place in the row)."""


def _mobile(name: str) -> str:
    """Of RepDistiller's MobileNetV2: a list of blocks for each row of the paper's table."""
    found = re.fullmatch(r"layer(\d)\.(\d+)\.(expand|filter|project)\.([01])\.(\w+)", name)
    if not found:
        return re.sub(r"^fc\.", "classifier.0.", name)
    stage, block, part, place, leaf = found.groups()
    row, n = _BLOCKS[int(stage) - 1][int(block)]
    step = {"expand": 0, "filter": 3, "project": 6}[part] + int(place)
    return f"blocks.{row}.{n}.conv.{step}.{leaf}"


@dataclass(frozen=True)
class Dialect:
    """``source`` calls the tensors of a network that has one called ``of`` as ``rename`` says."""

    source: str
    of: str
    rename: Rename


_GRU = [
    (r"^layers\.(\d)\.read\.(\w+)$", r"{}.\2_ih_l\1"),
    (r"^layers\.(\d)\.recall\.(\w+)$", r"{}.\2_hh_l\1"),
]

DIALECTS = (
    Dialect(
        f"torchvision, pytorch-cifar-models, {DISTILLERS}",
        "layer2.0.shortcut.0.weight",
        _by_rules((r"\.shortcut\.", ".downsample.")),
    ),
    Dialect(DISTILLERS, "layer4.0.conv3.weight", _by_rules((r"^fc\.", "linear."))),
    Dialect(
        DISTILLERS,
        "layer2.0.shortcut.weight",
        _by_rules((r"^layer(\d)\.", r"block\1.layer."), (r"\.shortcut\.", ".convShortcut.")),
    ),
    Dialect(
        DISTILLERS,
        "first.0.weight",
        _by_rules(
            (r"^first\.", "block0."), (r"^layer(\d)\.", r"block\1."), (r"^fc\.", "classifier.")
        ),
    ),
    Dialect(
        DISTILLERS,
        "layer1.0.conv1.0.weight",
        _by_rules(*_parts(r"layer\d\.\d+", ("conv1", "conv2", "conv3")), *_ENDS),
    ),
    Dialect(DISTILLERS, "layer1.0.left.0.0.weight", _shuffle_v2),
    Dialect(DISTILLERS, "layer1.0.expand.0.weight", _mobile),
    *(
        Dialect(
            "torch.nn.GRU",
            "layers.0.read.weight",
            _by_rules(*((ours, theirs.format(word)) for ours, theirs in _GRU)),
        )
        for word in ("gru", "rnn")
    ),
)


def readings(own: Iterable[str]) -> Iterator[Reading]:
    """The names under which a network with the tensors ``own`` may stand in a file, its own ones
    first."""
    own = dict.fromkeys(own)
    yield Reading("", {name: name for name in own})
    for dialect in DIALECTS:
        if dialect.of in own:
            yield Reading(dialect.source, {dialect.rename(name): name for name in own})
