"""The part of a stand-alone script that makes the two networks."""

from __future__ import annotations

from kdlab import models
from kdlab.config import DistilConfig
from kdlab.models import shapes
from kdlab.script.data import Recipe
from kdlab.script.source import source


def networks(config: DistilConfig, data: Recipe) -> str:
    """``make_teacher`` and ``make_student``, after the classes that they need."""
    kinds = {models.find(name).name for name in (config.teacher, config.student)}
    text = [
        source(f"models/{kind}.py", main)
        for kind, main in (("resnet", "ResNet"), ("wrn", "WideResNet"))
        if kind in kinds
    ]
    for role, name in (("teacher", config.teacher), ("student", config.student)):
        text.append(
            f'def make_{role}() -> nn.Module:\n    """{name}: logits (N, CLASSES)."""\n'
            f"    return {_network(name, data)}"
        )
    return "\n\n\n".join(text)


def _network(name: str, data: Recipe) -> str:
    """The expression that makes the network ``name``."""
    kind = models.find(name).name
    if kind == "resnet":
        depth, channels = shapes.RESNETS[name]
        return f"ResNet({(depth - 2) // 6}, {channels}, {data.channels}, CLASSES)"
    if kind == "wrn":
        depth, channels = shapes.WRNS[name]
        return f"WideResNet({(depth - 4) // 6}, {channels}, {data.channels}, CLASSES)"
    layers = (_mlp if kind == "mlp" else _cnn)(shapes.sizes_of(name), data)
    return "nn.Sequential(\n" + "".join(f"        {layer},\n" for layer in layers) + "    )"


def _mlp(widths: tuple[int, ...], data: Recipe) -> list[str]:
    inputs = " * ".join([data.channels, *map(str, data.shape[1:])])
    layers = ["nn.Flatten()"]
    for width in widths:
        layers += [f"nn.Linear({inputs}, {width})", "nn.ReLU()"]
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
