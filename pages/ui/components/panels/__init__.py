"""Who answers what: teacher, labels only and distilled side by side, redrawn as they learn.

Decision regions for points in the plane, confusion matrices for images. A canvas of our own: as
Plotly heat maps the same three panels cost a browser on a slow machine 50 to 100 ms a redraw.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY, Confusion, Regions, RunStarted
from kdlab.experiments.run.history import History
from pages.ui.components import inline
from pages.ui.shell import images as pictures
from pages.ui.shell.prose import class_names
from pages.ui.shell.theme import CLASS_COLOURS, LOOKS

_mount = inline.declare("panels", "panels.js", css_class="kd-panels")


def panels(view: History, *, key: str, points: str = "") -> None:
    """Draw ``view.picture``; nothing where there is none, or a confusion too large to be drawn.

    Over regions are drawn the points that :mod:`pages.ui.components.points` keeps under the mark
    ``points``."""
    data = contents(view, points)
    if data is not None:
        _mount(key=key, data=data)


def contents(view: History, points: str = "") -> dict[str, Any] | None:
    """What the browser draws of ``view.picture``; see panels.js."""
    if view.started is None:
        return None
    match view.picture:
        case Regions() as picture:
            return _regions(picture, view.started, points)
        case Confusion() as picture if picture.matrices:
            return _confusion(
                picture,
                class_names(view.started.classes),
                view.started.input_shape,
                view.started.validation_size,
            )
    return None


def _models(names: Sequence[str]) -> list[dict[str, str]]:
    looks = [LOOKS[name] for name in names]
    return [{"short": look.short, "colour": look.colour, "text": look.text} for look in looks]


def _regions(picture: Regions, started: RunStarted, points: str) -> dict[str, Any]:
    classes = class_names(started.classes)
    names = [name for name in LOOKS if name in picture.answers]
    return {
        "kind": "regions",
        "title": f"Decision regions after epoch {picture.epoch}, students of the first seed",
        "alt": "Decision regions of the teacher and of both students of the first seed after "
        f"epoch {picture.epoch}, and the {started.train_size} training points, of which a student "
        f"was given {started.labelled} labels.",
        "note": "Colour: the class that is answered. The stronger, the surer.",
        "points": points,
        "classes": list(classes),
        "colours": [CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in range(len(classes))],
        "models": _models(names),
        "size": picture.size,
        "extent": list(picture.extent),
        "answers": [picture.answers[name] for name in names],
        "confidence": [picture.confidence[name] for name in names],
    }


def _confusion(
    picture: Confusion, classes: Sequence[str], shape: Sequence[int], images: int
) -> dict[str, Any]:
    names = [name for name in LOOKS if name in picture.matrices]
    right = [sum(row[k] for k, row in enumerate(picture.matrices[name])) for name in names]
    correct = ", ".join(
        f"{LOOKS[name].label} {hits} right" for name, hits in zip(names, right, strict=True)
    )
    return {
        "kind": "confusion",
        "title": f"Answers after epoch {picture.epoch}, students of the first seed",
        "alt": "Confusion matrices of the teacher and of both students of the first seed after "
        f"epoch {picture.epoch}, {images} images: {correct}.",
        "note": f"They differ on {picture.differ_count} of {images} validation images. Below each: "
        "true class, labels only, distilled.",
        "classes": list(classes),
        "models": _models(names),
        "matrices": [picture.matrices[name] for name in names],
        "differ": {
            "shape": list(shape),
            "pixels": [item["image"] for item in picture.differ],
            "labels": [item["label"] for item in picture.differ],
            "answers": [[item[LABELS_ONLY], item[DISTILLED]] for item in picture.differ],
            "alt": [pictures.describe(item, classes) for item in picture.differ],
        },
    }
