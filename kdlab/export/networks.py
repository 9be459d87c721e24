"""The part of a stand-alone script that makes the two networks."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.export.data import Recipe
from kdlab.export.source import source
from kdlab.models import published_shapes, shapes

CLASSES = {
    "mlpbn": "Norm",
    "resnet": "ResNet",
    "wrn": "WideResNet",
    "vgg": "VGG",
    "bottleneck": "BottleneckResNet",
    "mobilenet": "MobileNetV2",
}
"""Family -> the class that its networks are made of."""

WIDTH = 100
"""Of a script's lines."""

SHUFFLES = {"shufflev1": "ShuffleNetV1", "shufflev2": "ShuffleNetV2"}


def networks(config: DistilConfig, data: Recipe) -> str:
    """``make_teacher`` and ``make_student``, after the classes that they need."""
    both = (("make_teacher", config.teacher), ("make_student", config.student))
    text = classes_of(name for _, name in both)
    return "\n\n\n".join([*text, *(maker(function, name, data) for function, name in both)])


def classes_of(names: Iterable[str]) -> list[str]:
    """The classes that the networks ``names`` are made of, beyond PyTorch's own."""
    wanted: dict[str, set[str]] = {}
    for name in names:
        kind = models.find(name).name
        main = SHUFFLES.get(name) or CLASSES.get(kind)
        if main:
            wanted.setdefault(kind, set()).add(main)
    order = [*CLASSES, "shufflenet"]
    return [
        source(f"models/{kind}.py", *sorted(wanted[kind]))
        for kind in sorted(wanted, key=order.index)
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
    if models.find(name).choices:
        return _published(name, data)
    if kind == "cnn":
        layers = _cnn(shapes.sizes_of(name), data)
    else:
        layers = _mlp(shapes.sizes_of(name), data, normed=kind == "mlpbn")
    return "nn.Sequential(\n" + "".join(f"        {layer},\n" for layer in layers) + "    )"


def _published(name: str, data: Recipe) -> str:
    """The expression that makes one of the networks whose numbers are a table."""
    table = published_shapes
    if name in table.VGGS:
        return _call("VGG", data, table.VGGS[name])
    if name in table.BOTTLENECKS:
        channels = (table.BOTTLENECK_CHANNELS, table.WIDENING)
        return _call("BottleneckResNet", data, table.BOTTLENECKS[name], *channels)
    if name in table.MOBILENETS:
        return _call("MobileNetV2", data, table.MOBILENETS[name], table.MOBILENET_ENDS)
    groups = (table.SHUFFLE_GROUPS,) if name == "shufflev1" else ()
    stages = (table.SHUFFLES[name], table.SHUFFLE_BLOCKS, table.SHUFFLE_FIRST)
    return _call(SHUFFLES[name], data, *stages, *groups)


def _call(main: str, data: Recipe, *own: Any) -> str:
    """``main(*own, channels, CLASSES)``, in the script's layout."""
    line = ", ".join([*map(repr, own), data.channels, "CLASSES"])
    if len(f"    return {main}({line})") <= WIDTH:
        return f"{main}({line})"
    lines = [*(_laid_out(number, 8) for number in own), data.channels, "CLASSES"]
    return f"{main}(\n" + "".join(f"        {each},\n" for each in lines) + "    )"


def _laid_out(value: Any, indent: int) -> str:
    """A number or tuple; its items on lines of their own where it would not fit into one."""
    if indent + len(f"{value!r},") <= WIDTH:
        return repr(value)
    inner = "".join(f"{' ' * (indent + 4)}{_laid_out(v, indent + 4)},\n" for v in value)
    return f"(\n{inner}{' ' * indent})"


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
