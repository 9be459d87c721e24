"""Whether the events of one piece of work fit together: whoever folds them relies on it."""

from __future__ import annotations

import base64
import math
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence

from pydantic import TypeAdapter

from kdlab.events.base import Event
from kdlab.events.shapes import ArmCost
from kdlab.events.single import Confusion, Regions, RunFinished, RunStarted, StudentsEpoch
from kdlab.events.study import ArmDone, ArmEpoch, StudyStarted

_COST = TypeAdapter(ArmCost)


def check(events: Iterable[Event]) -> None:
    """ValueError where they contradict each other: so many students, so many numbers of each."""
    run: RunStarted | None = None
    study: StudyStarted | None = None
    arms: dict[str, int] = {}
    for event in events:
        if isinstance(event, RunStarted):
            run = event
        elif isinstance(event, StudyStarted):
            study = event
            arms = dict.fromkeys((str(arm["name"]) for arm in event.arms), 0)
            _require(all(arm["against"] in arms for arm in event.arms))
        elif isinstance(event, ArmEpoch | ArmDone):
            _require(study is not None and event.arm in arms)
            _arm(event, arms)
        elif isinstance(event, StudentsEpoch | Regions | Confusion | RunFinished):
            _require(run is not None)
            assert run is not None
            _of_a_run(event, run)


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("the events do not fit together")


def _all(count: int, told: Iterable[Sequence[object]]) -> None:
    _require(all(len(values) == count for values in told))


def _of_a_run(event: Event, run: RunStarted) -> None:
    if isinstance(event, StudentsEpoch):
        told = (event.accuracy, event.fidelity, event.hard, event.soft, event.loss)
        _all(len(run.students), told)
    elif isinstance(event, Regions):
        _all(event.size**2, (*event.answers.values(), *event.confidence.values()))
        _require(event.answers.keys() == event.confidence.keys())
        _require(all(text.isdecimal() for text in event.answers.values() if text))
        _require(all(text.isdecimal() for text in event.confidence.values() if text))
    elif isinstance(event, Confusion):
        classes = len(run.classes)
        for matrix in event.matrices.values():
            _all(classes, (matrix, *matrix))
        for item in event.differ:
            _example(item, classes, math.prod(run.input_shape))
    elif isinstance(event, RunFinished):
        seeds = Counter(group for group, _ in run.students)
        _require(Counter(str(g["name"]) for g in event.groups) == Counter(list(seeds)))
        for group in event.groups:
            _all(seeds[group["name"]], (group["accuracy"], group["fidelity"], group["ece"]))


def _example(item: Mapping[str, object], classes: int, pixels: int) -> None:
    """An image on which two students differ: who answers what, and all its bytes."""
    names = [value for name, value in item.items() if name not in ("index", "image")]
    _require(all(isinstance(value, int) and 0 <= value < classes for value in names))
    _require(len(base64.b64decode(str(item["image"]), validate=True)) == pixels)


def _arm(event: ArmEpoch | ArmDone, arms: dict[str, int]) -> None:
    """As many numbers as the arm's other events have, one for each student."""
    told = [event.validation, event.fidelity]
    told += [event.test] if isinstance(event, ArmEpoch) else [event.accuracy, event.ece]
    arms[event.arm] = arms[event.arm] or len(event.validation)
    _all(arms[event.arm], told)
    if isinstance(event, ArmDone):
        _COST.validate_python(event.cost, strict=True)
