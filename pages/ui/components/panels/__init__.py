"""Who answers what: teacher, labels only and distilled side by side, redrawn as they learn.

Decision regions for points in the plane, confusion matrices for images. A canvas of our own: as
Plotly heat maps the same three panels cost a browser on a slow machine 50 to 100 ms a redraw.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY, Confusion, Regions, RunStarted
from kdlab.experiments.run.history import History
from kdlab.translation import say
from pages.ui.components import inline
from pages.ui.shell import images
from pages.ui.shell.prose import class_names
from pages.ui.shell.theme import CLASS_COLOURS, LOOKS
from pages.ui.stream import watching

_mount = inline.declare("panels", "panels.js", css_class="kd-panels")


def panels(history: History, *, key: str, points: str = "") -> None:
    """Draw the pictures of ``history``, of which the player shows one; nothing where there are none
    yet, or none that can be drawn (:func:`drawable`).

    Over regions are drawn the points that :mod:`pages.ui.components.points` keeps under the mark
    ``points``."""
    _mount(key=key, data=watching.value(key, history, contents, points))


def drawable(history: History) -> bool:
    """Whether its pictures are such as can be drawn: a confusion of many classes is too large."""
    picture = history.picture
    return not isinstance(picture, Confusion) or bool(picture.matrices)


def contents(history: History, points: str = "") -> dict[str, Any] | None:
    """What the browser draws of ``history.pictures``; see panels.js. It grows with each picture."""
    started, pictures = history.started, history.pictures
    if started is None or not pictures or not drawable(history):
        return None
    known = {epoch: pictures[epoch] for epoch in sorted(pictures)}
    regions = {epoch: p for epoch, p in known.items() if isinstance(p, Regions)}
    if regions:
        return _regions(regions, started, points)
    confusions = {e: p for e, p in known.items() if isinstance(p, Confusion)}
    return _confusions(confusions, started, history.noun)


def _models(names: Sequence[str]) -> list[dict[str, str]]:
    looks = [LOOKS[name] for name in names]
    return [{"short": look.short, "colour": look.colour, "text": look.text} for look in looks]


def _regions(pictures: dict[int, Regions], started: RunStarted, points: str) -> dict[str, Any]:
    classes = class_names(started.classes)
    first = next(iter(pictures.values()))
    names = [name for name in LOOKS if name in first.answers]
    return {
        "kind": "regions",
        "title": say("Decision regions after epoch {}, students of the first seed"),
        "note": say(
            "Colour: the class that is answered. The stronger, the surer. Curves have every "
            "epoch, these pictures only some."
        ),
        "points": points,
        "classes": list(classes),
        "colours": [CLASS_COLOURS[k % len(CLASS_COLOURS)] for k in range(len(classes))],
        "models": _models(names),
        "size": first.size,
        "extent": list(first.extent),
        "shown": {
            str(epoch): {
                "alt": say(
                    "Decision regions of the teacher and of both students of the first seed after "
                    "epoch {epoch}, and the {size} training points, of which a student was given "
                    "{labels} labels.",
                    epoch=epoch,
                    size=started.train_size,
                    labels=started.labelled,
                ),
                "answers": [_runs(picture.answers[name]) for name in names],
                "confidence": [_runs(picture.confidence[name]) for name in names],
            }
            for epoch, picture in pictures.items()
        },
    }


@lru_cache(maxsize=1000)
def _runs(digits: str) -> str:
    """A text of digits by the lengths of its runs, "0011" as "2a2b": regions are few large ones."""
    return "".join(
        f"{len(list(run))}{chr(ord('a') + int(digit))}" for digit, run in itertools.groupby(digits)
    )


def _confusions(pictures: dict[int, Confusion], started: RunStarted, noun: str) -> dict[str, Any]:
    classes, examples = class_names(started.classes), started.validation_size
    names = [name for name in LOOKS if name in next(iter(pictures.values())).matrices]
    seen: dict[tuple[Any, int], int] = {}  # an example on which they differ in many epochs: once
    rows: dict[int, str] = {}
    shown = {}
    for epoch, picture in pictures.items():
        differ = [
            [seen.setdefault((_example(item), item["label"]), len(seen)), *_answers(item)]
            for item in picture.differ
        ]
        rows.update((i["row"], images.columns_of(i)) for i in picture.differ if "row" in i)
        told = _confusion(picture, classes, names, (examples, noun))
        shown[str(epoch)] = told | {"differ": differ}
    return {
        "kind": "confusion",
        "title": say("Answers after epoch {}, students of the first seed"),
        "classes": list(classes),
        "models": _models(names),
        "shape": list(started.input_shape),
        "pixels": [image for image, _ in seen] if not rows else [],
        "rows": [[row + 1, rows[row]] for row, _ in seen] if rows else [],
        "labels": [label for _, label in seen],
        "shown": shown,
    }


def _example(item: dict[str, Any]) -> Any:
    """An image, or the place of a row of a table."""
    return item.get("image", item.get("row"))


def _answers(item: dict[str, Any]) -> list[int]:
    return [item[LABELS_ONLY], item[DISTILLED]]


def _confusion(
    picture: Confusion, classes: Sequence[str], names: Sequence[str], of: tuple[int, str]
) -> dict[str, Any]:
    examples, noun = of
    right = [sum(row[k] for k, row in enumerate(picture.matrices[name])) for name in names]
    correct = ", ".join(
        say("{who} {hits} right", who=LOOKS[name].label, hits=hits)
        for name, hits in zip(names, right, strict=True)
    )
    return {
        "alt": say(
            "Confusion matrices of the teacher and of both students of the first seed after epoch "
            "{epoch}, {examples} {what}: {correct}.",
            epoch=picture.epoch,
            examples=examples,
            what=say(noun),
            correct=correct,
        ),
        "note": say(
            "They differ on {count} of {examples} validation {what}. Below each: true class, "
            "labels only, distilled. Curves have every epoch, these pictures only some.",
            count=picture.differ_count,
            examples=examples,
            what=say(noun),
        ),
        "matrices": [[list(row) for row in picture.matrices[name]] for name in names],
    }
