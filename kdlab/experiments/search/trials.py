"""What the journal says of the lab's trials, as far as it can be believed.

A trial has a place: the number of its group, and which one of the group it is. Both stand in one
line with all that was asked, so a kill leaves a trial whole or none. What was first written for a
place holds for good: whoever dies while it is trained leaves it to be trained again, as another
trial of Optuna's at the same place. So it is the place that counts, and numbers a trial.

The journal is a file, and may have been edited, damaged, or filled by other tools. A trial that is
not the lab's, or whose values cannot be, is skipped; nothing here raises for what it reads.
Versions that did not count groups wrote trials without a place: those count, under Optuna's number.
Versions that judged text by accuracy wrote no bits: of text, such trials are tried again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kdlab import methods
from kdlab.experiments.search import judged
from kdlab.experiments.search.config import GROUP
from kdlab.measure.measures import ACCURACY, BITS, Measure

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

MOST_CHARACTERS = 200
"""Of a name."""
MOST_GROUPS = 1_000_000
MOST_EPOCHS = 10_000_000
MOST_SEEDS = 10_000
MOST_WORKERS = 10_000


@dataclass(frozen=True)
class Asked:
    """What a trial is to try, by whom, and where it belongs.

    ``share``: who trains it. ``beside``: other workers that had trials in training when it was
    asked. ``group`` is None where an earlier version wrote it. ``temperature`` is None where the
    method has none.
    """

    share: str
    student: str
    method: str
    teacher: str
    temperature: float | None
    alpha: float
    group: int | None = None
    place: int = 0
    beside: int = 0

    @property
    def what(self) -> tuple[str, str, str]:
        """Student, method and teacher: the same for a whole group."""
        return self.student, self.method, self.teacher

    def attribute(self) -> dict[str, Any]:
        """As it stands in the journal, and :func:`read` finds it again."""
        return {name: getattr(self, name) for name in self.__dataclass_fields__}


@dataclass(frozen=True)
class Known:
    """A trial of the lab's. ``course``: by epoch what is maximised
    (:func:`kdlab.experiments.search.judged.value`). ``accuracy`` (one per seed), ``bits`` (as many,
    of text alone) and ``epochs`` are empty and 0 before it has ended."""

    trial: FrozenTrial
    asked: Asked
    accuracy: tuple[float, ...] = ()
    epochs: int = 0
    course: dict[int, float] = field(default_factory=dict)
    bits: tuple[float, ...] = ()

    @property
    def number(self) -> int:
        """Its number in the search, whichever attempt this is."""
        group, place = self.asked.group, self.asked.place
        return self.trial.number if group is None else group * GROUP + place

    @property
    def state(self) -> str:
        """running, complete, pruned or fail."""
        return self.trial.state.name.lower()

    @property
    def ended(self) -> bool:
        """Whether it has a result."""
        return self.state in ("complete", "pruned")

    @property
    def value(self) -> float:
        """What is maximised, of one that has ended."""
        return judged.value(self.accuracy, self.bits)


def read(trials: Iterable[FrozenTrial], measure: Measure = ACCURACY) -> list[Known]:
    """The lab's trials among those of the journal, in its order, that are judged by ``measure``."""
    return [known for trial in trials if (known := _known(trial, measure)) is not None]


def counted(trials: Iterable[Known]) -> list[Known]:
    """One for each place that has a result or is being trained, by number: a result before an
    attempt, and the earlier one of two."""
    found: dict[int, Known] = {}
    for known in trials:
        before = found.get(known.number)
        if known.state != "fail" and (before is None or known.ended > before.ended):
            found[known.number] = known
    return [found[number] for number in sorted(found)]


def as_row(one: Known, costs: Mapping[str, Any]) -> dict[str, Any]:
    """A trial that has ended, and what its student ``costs``, as plain numbers.

    Keys: number, state (complete, pruned), student, method, teacher, temperature (None where the
    method has none), alpha, parameters, bytes, flops_per_image, latency_ms (median, one image),
    where a limit asked for them int8_bytes and int8_latency_ms, accuracy (validation, one per
    seed), of text bits (per character, likewise), epochs.
    """
    return {
        "number": one.number,
        "state": one.state,
        "student": one.asked.student,
        "method": one.asked.method,
        "teacher": one.asked.teacher,
        "temperature": one.asked.temperature,
        "alpha": one.asked.alpha,
        **costs,
        "accuracy": list(one.accuracy),
        **({"bits": list(one.bits)} if one.bits else {}),
        "epochs": one.epochs,
    }


def in_memory(trials: Iterable[Known]) -> optuna.Study:
    """The lab's results alone, for Optuna's own charts: what cannot be drawn is left out."""
    import optuna

    study = optuna.create_study(direction="maximize")
    ranges: dict[str, Any] = {}
    for known in trials:
        ranges = ranges or known.trial.distributions
        if known.ended and ranges and known.trial.distributions == ranges:
            add(study, known, known.trial.params, ranges)
    return study


def add(study: optuna.Study, known: Known, params: dict[str, Any], ranges: dict[str, Any]) -> None:
    """Let ``study``, which is in memory, know this trial; nothing where a parameter is not in its
    range."""
    from optuna.trial import create_trial

    complete = known.state == "complete"
    try:
        study.add_trial(
            create_trial(
                state=known.trial.state,
                value=known.value if complete else None,
                params=params,
                distributions=ranges,
                intermediate_values=known.course,
            )
        )
    except (ValueError, TypeError, OverflowError):
        return


# -- one trial ------------------------------------------------------------------------------------


def _known(trial: FrozenTrial, measure: Measure) -> Known | None:
    attributes = trial.user_attrs if isinstance(trial.user_attrs, dict) else {}
    said = attributes.get("asked")
    asked = _asked(said) if isinstance(said, dict) else None
    if asked is None:
        return None
    known = Known(trial, asked, course=_course(trial.intermediate_values))
    if not known.ended:
        return known
    found = attributes.get("found")
    if not isinstance(found, dict):
        return None
    accuracy: Any = found.get("accuracy")
    epochs: Any = found.get("epochs")
    if not isinstance(accuracy, list) or not 0 < len(accuracy) <= MOST_SEEDS:
        return None
    if not all(_between(value, 0, 1) for value in accuracy) or not _whole(epochs, 1, MOST_EPOCHS):
        return None
    bits: Any = found.get("bits") if measure is BITS else []
    if measure is BITS and (not isinstance(bits, list) or len(bits) != len(accuracy)):
        return None
    if not all(_between(value, 0, judged.MOST_BITS) for value in bits):
        return None
    numbers = tuple(map(float, accuracy)), epochs, known.course, tuple(map(float, bits))
    return Known(trial, asked, *numbers)


def _asked(said: dict[str, Any]) -> Asked | None:
    texts = [said.get(name) for name in ("share", "student", "method", "teacher")]
    names = [t for t in texts if isinstance(t, str) and 0 < len(t) <= MOST_CHARACTERS]
    if len(names) < len(texts):
        return None
    temperature: Any = said.get("temperature")
    alpha: Any = said.get("alpha")
    if temperature is not None and not (_between(temperature, 0, 1e6) and temperature > 0):
        return None
    if not _between(alpha, 0, 1) or said["method"] not in methods.METHODS:
        return None
    if methods.find(said["method"]).uses_temperature is (temperature is None):
        return None
    group: Any = said.get("group")
    place: Any = said.get("place", 0)
    if group is not None and not _whole(group, 0, MOST_GROUPS):
        return None
    beside: Any = said.get("beside", 0)
    if not _whole(place, 0, GROUP - 1) or not _whole(beside, 0, MOST_WORKERS):
        return None
    share, student, method, teacher = names
    return Asked(share, student, method, teacher, temperature, alpha, group, place, beside)


def _course(values: dict[Any, Any]) -> dict[int, float]:
    """What is maximised, by epoch; what cannot be it is left out."""
    return {
        epoch: float(value)
        for epoch, value in values.items()
        if _whole(epoch, 0, MOST_EPOCHS) and _between(value, 0, 1)
    }


def _whole(value: Any, low: int, high: int) -> bool:
    return type(value) is int and low <= value <= high


def _between(value: Any, low: float, high: float) -> bool:
    """Whether it is a number that is neither infinite nor none, and in the range."""
    return type(value) in (int, float) and low <= value <= high and not math.isnan(value)
