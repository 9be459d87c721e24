"""Networks of every family with numbers in which nothing is trivial, and raw inputs for them."""

from __future__ import annotations

import numpy as np
import torch
from torch import nn

from kdlab import models
from kdlab.device.network import Network

SHAPES = {"points": (2,), "text": (6, 9), "images": (3, 32, 32)}
NAMES = [
    "mlp-16", "mlpbn-12-8", "cnn-4-8", "resnet8", "wrn-16-1", "vgg8", "mobilenetv2", "shufflev1",
    "shufflev2", "gru-12-8", "gpt-2-16",
]  # fmt: skip
"""One of every family but the slowest to export, whose blocks are convolutions and sums as well."""


def network(name: str, shape: tuple[int, ...] | None = None, **more: object) -> Network:
    """``name`` with random weights and, where it has batch norm, random statistics."""
    if shape is None:
        kinds = models.find(name).accepts
        shape = (1, 8, 8) if "images" in kinds and "points" in kinds else SHAPES[kinds[0]]
    classes = shape[-1] if len(shape) == 2 else 10
    module = models.build(name, shape, classes, seed=3).eval()
    luck = torch.Generator().manual_seed(5)
    for part in module.modules():
        if isinstance(part, nn.BatchNorm1d | nn.BatchNorm2d):
            assert part.running_mean is not None
            assert part.running_var is not None
            part.running_mean.copy_(0.1 * torch.randn(part.num_features, generator=luck))
            part.running_var.copy_(0.5 + torch.rand(part.num_features, generator=luck))
            part.weight.data = 0.5 + torch.rand(part.num_features, generator=luck)
            part.bias.data = 0.1 * torch.randn(part.num_features, generator=luck)
    numbers = 1 if len(shape) == 2 else shape[0]
    told: dict[str, object] = {
        "role": "distilled",
        "architecture": name,
        "module": module,
        "shape": shape,
        "classes": tuple(f"class {n}" for n in range(classes)),
        "mean": tuple(0.1 * (n + 1) for n in range(numbers)) if len(shape) != 2 else (0.0,),
        "std": tuple(0.3 + 0.1 * n for n in range(numbers)) if len(shape) != 2 else (1.0,),
        "origin": {"dataset": "made"},
    }
    return Network(**(told | more))  # type: ignore[arg-type]


def raw(network: Network, count: int = 40) -> np.ndarray:
    """Inputs as a device gets them."""
    luck = np.random.default_rng(7)
    shape = (count, *network.raw_shape)
    if network.kind == "points":
        return luck.normal(size=shape).astype(np.float32)
    if network.kind == "text":
        return luck.integers(0, network.shape[-1], shape).astype(np.int64)
    return luck.integers(0, 256, shape).astype(np.uint8)
