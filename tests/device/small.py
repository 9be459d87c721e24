"""Networks whose every number is drawn, norms included: what a mistake would leave as it is by
chance, differs here."""

from __future__ import annotations

from collections.abc import Callable
from unittest import mock

import torch
from torch import nn

from kdlab import models
from kdlab.data.text.windows import END_NAME
from kdlab.device.network import Network
from kdlab.models import shufflenet
from kdlab.models.bottleneck import BottleneckResNet
from kdlab.models.mobilenet import MobileNetV2
from kdlab.models.vgg import VGG


def _shuffle(name: str) -> Callable[[int, int], nn.Module]:
    """ShuffleNets with a unit of each kind in their stages; how many there are is a constant."""

    def build(channels: int, classes: int) -> nn.Module:
        with mock.patch.object(shufflenet, "SHUFFLE_BLOCKS", (2, 1, 1)):
            return shufflenet.build(name, (channels, 32, 32), classes)

    return build


NARROW = {
    "mobilenetv2": lambda channels, classes: MobileNetV2(
        (((1, 8, 1, 1),), ((6, 8, 2, 1),), ((6, 10, 1, 2),), ((6, 12, 1, 2),)),
        (16, 20),
        channels,
        classes,
    ),
    "shufflev1": _shuffle("shufflev1"),
    "shufflev2": _shuffle("shufflev2"),
    "resnet50": lambda channels, classes: BottleneckResNet(
        (1, 2, 1, 1), (6, 8, 10, 11), 4, channels, classes
    ),
    "vgg8": lambda channels, classes: VGG(((7,), (9,), (10, 6), (11,), (13,)), channels, classes),
}
"""Networks of these families that are built like them and have fewer channels or layers: the
weights of the published ones are tens of megabytes, and writing them takes long."""


def drawn(module: nn.Module, seed: int = 0) -> nn.Module:
    """``module`` in eval mode with running averages and norms that are not 0 and 1."""
    generator = torch.Generator().manual_seed(seed)

    def between(low: float, high: float, like: torch.Tensor) -> torch.Tensor:
        return low + (high - low) * torch.rand(like.shape, generator=generator)

    with torch.no_grad():
        for each in module.modules():
            if isinstance(each, nn.modules.batchnorm._BatchNorm | nn.LayerNorm):
                each.weight.copy_(between(0.5, 1.5, each.weight))
                each.bias.copy_(between(-0.5, 0.5, each.bias))
            if isinstance(each, nn.modules.batchnorm._BatchNorm):
                each.running_mean.copy_(between(-0.5, 0.5, each.running_mean))
                each.running_var.copy_(between(0.5, 2.0, each.running_var))
    return module.eval()


def network(
    name: str,
    shape: tuple[int, ...],
    classes: int = 5,
    *,
    names: tuple[str, ...] = (),
    role: str = "distilled",
) -> Network:
    """The architecture ``name`` with drawn weights, for inputs of ``shape``; of text each symbol is
    a class."""
    if len(shape) == 2:
        names = (END_NAME, *"abcdefghijklmnopqrstuvwxyz"[: shape[1] - 1])
    names = names or tuple(f"class {n}" for n in range(classes))
    build = NARROW.get(name)
    module = build(shape[0], len(names)) if build else models.build(name, shape, len(names), seed=3)
    channels = 1 if len(shape) == 2 else shape[0]
    mean = tuple(0.0 if len(shape) == 2 else 0.3 + 0.1 * c for c in range(channels))
    std = tuple(1.0 if len(shape) == 2 else 0.2 + 0.1 * c for c in range(channels))
    return Network(role, name, drawn(module), shape, names, mean, std, {"dataset": "made up"})


def raw(network: Network, count: int, seed: int = 1) -> torch.Tensor:
    """Raw inputs (N, *raw_shape), as a device gets them."""
    generator = torch.Generator().manual_seed(seed)
    shape = (count, *network.raw_shape)
    if network.kind == "points":
        return 2 * torch.randn(shape, generator=generator)
    if network.kind == "text":
        return torch.randint(network.shape[1], shape, generator=generator)
    return torch.randint(256, shape, generator=generator, dtype=torch.uint8)
