"""The part of a stand-alone script that makes the two networks."""

from __future__ import annotations

from collections.abc import Iterable

from kdlab import models
from kdlab.config import DistilConfig
from kdlab.models import shapes
from kdlab.script.data import Recipe
from kdlab.script.source import source


def networks(config: DistilConfig, data: Recipe) -> str:
    """``make_teacher`` and ``make_student``, after the classes that they need."""
    both = (("make_teacher", config.teacher), ("make_student", config.student))
    text = classes_of(name for _, name in both)
    return "\n\n\n".join([*text, *(maker(function, name, data) for function, name in both)])


def classes_of(names: Iterable[str]) -> list[str]:
    """The classes that the networks ``names`` are made of, beyond PyTorch's own."""
    kinds = {models.find(name).name for name in names}
    return [
        source(f"models/{kind}.py", main)
        for kind, main in (("mlpbn", "Norm"), ("resnet", "ResNet"), ("wrn", "WideResNet"))
        if kind in kinds
    ]


def maker(function: str, name: str, data: Recipe) -> str:
    """The function ``function`` that makes the network ``name`` for inputs of ``data``."""
    return (
        f'def {function}() -> nn.Module:\n    """{name}: logits (N, CLASSES)."""\n'
        f"    return {_network(name, data)}"
    )


def _network(name: str, data: Recipe) -> str:
    """The expression that makes the network ``name``."""
    kind = models.find(name).name
    if kind == "resnet":
        depth, channels = shapes.RESNETS[name]
        return f"ResNet({(depth - 2) // 6}, {channels}, {data.channels}, CLASSES)"
    if kind == "wrn":
        depth, channels = shapes.WRNS[name]
        return f"WideResNet({(depth - 4) // 6}, {channels}, {data.channels}, CLASSES)"
    if kind == "cnn":
        layers = _cnn(shapes.sizes_of(name), data)
    else:
        layers = _mlp(shapes.sizes_of(name), data, normed=kind == "mlpbn")
    return "nn.Sequential(\n" + "".join(f"        {layer},\n" for layer in layers) + "    )"


def _mlp(widths: tuple[int, ...], data: Recipe, *, normed: bool) -> list[str]:
    inputs = " * ".join([data.channels, *map(str, data.shape[1:])])
    layers = ["nn.Flatten()"]
    for width in widths:
        norm = [f"Norm({width})"] if normed else []
        layers += [f"nn.Linear({inputs}, {width})", *norm, "nn.ReLU()"]
        inputs = str(width)
    return [*layers, f"nn.Linear({inputs}, CLASSES)"]


def _cnn(channels: tuple[int, ...], data: Recipe) -> list[str]:
    inputs, grid = data.channels, (data.shape[1], data.shape[2])
    layers = []
    for outputs in channels:
        layers += [f"nn.Conv2d({inputs}, {outputs}, kernel_size=3, padding=1)", "nn.ReLU()"]
        layers += ["nn.MaxPool2d(2)"] if shapes.pools(grid) else []
        inputs, grid = str(outputs), shapes.cnn_grid(*grid, 1)
    return [*layers, "nn.Flatten()", f"nn.Linear({inputs} * {grid[0]} * {grid[1]}, CLASSES)"]
