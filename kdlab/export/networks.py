"""The functions of a script that make its networks."""

from __future__ import annotations

from kdlab import models
from kdlab.export.bundle import Where
from kdlab.export.data import Recipe
from kdlab.models import black_box, shapes

KNOWN: dict[str, Where] = {
    **{
        family.name: (family.module, "build")
        for family in models.MODELS.values()
        if family.file != "plain"
    },
    "Norm": ("kdlab.models.plain", "Norm"),
}
"""What makes networks beyond PyTorch's own layers -> where the lab has it."""


def maker(function: str, name: str, data: Recipe) -> str:
    """The function ``function`` that makes the network ``name`` for inputs of ``data``, or the
    trees of this name, which scikit-learn grows."""
    box = black_box.find(name)
    if box is not None:
        made = (
            f"HistGradientBoostingClassifier(max_iter={box.trees(name)}, early_stopping=False, "
            "random_state=seed)"
            if box is black_box.BOOSTING
            else f"RandomForestClassifier({box.trees(name)}, random_state=seed)"
        )
        return (
            f'def {function}(seed: int) -> ClassifierMixin:\n    """{name}: {box.label.lower()}, '
            f'not yet grown."""\n    return {made}'
        )
    return (
        f'def {function}() -> nn.Module:\n    """{name}: logits (N, CLASSES)."""\n'
        f"    return {_network(name, data)}"
    )


def _network(name: str, data: Recipe) -> str:
    """The expression that makes the network ``name``."""
    family = models.find(name).name
    if family == "cnn":
        layers = _cnn(shapes.sizes_of(name), data)
    elif family in ("mlp", "mlpbn"):
        layers = _mlp(shapes.sizes_of(name), data, normed=family == "mlpbn")
    else:
        return f'{family}("{name}", ({", ".join(data.sides)}), CLASSES)'
    return "nn.Sequential(\n" + "".join(f"        {layer},\n" for layer in layers) + "    )"


def _mlp(widths: tuple[int, ...], data: Recipe, *, normed: bool) -> list[str]:
    inputs = " * ".join(data.sides)
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
