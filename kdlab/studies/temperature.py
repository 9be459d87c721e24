"""Does a higher temperature generalise better? The same student over many T, and how its accuracy
changes with every doubling of T.

Articles say so of soft targets ("a higher temperature improves the generalisation of the
student"). Hinton, Vinyals and Dean 2015 (section 3) found otherwise: with 300 units and more all T
above 8 were alike, with 30 units 2.5 to 4 worked much better than higher or lower.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import fmean
from typing import Annotated

from kdlab.config.schema import Temperature
from kdlab.config.words import as_text
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, room
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.refused import without_temperature
from kdlab.experiments.study.sentences import compared, number
from kdlab.experiments.study.values import SORTED
from kdlab.measure.gain import Gain, paired_gain
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan


class TemperatureConfig(SmallTeacherConfig):
    """Which temperatures are compared."""

    temperatures: Annotated[tuple[Temperature, ...], *SORTED] = setting(
        (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
        "Temperatures",
        "Values of T, each with students of its own. T = 1 are the teacher's probabilities.",
        min_length=2,
        max_length=16,
    )


def name_of(temperature: float) -> str:
    """The arm of a temperature."""
    return f"T = {as_text([temperature])}"


def plan(config: TemperatureConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, and one arm a temperature; alpha and all else are the same. ConfigError for a
    method that has no temperature."""
    without_temperature(config)
    taught = (
        Arm.of(config, name_of(t), f"T = {as_text([t])}", temperature=t)
        for t in config.temperatures
    )
    return Plan((Arm.baseline(config), *taught))


def slopes(temperatures: Sequence[float], values: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """The least-squares slope of ``values`` over log2 T, one per seed: by how much a value changes
    with every doubling of T. ``values``: for each of at least two temperatures one per seed."""
    x = [math.log2(t) for t in temperatures]
    middle = sum(x) / len(x)
    spread = sum((v - middle) ** 2 for v in x)
    seeds = zip(*values, strict=True)
    return tuple(
        sum((v - middle) * y for v, y in zip(x, seed, strict=True)) / spread for seed in seeds
    )


def slope(history: StudyHistory, measure: str = "accuracy") -> Gain:
    """The change of ``measure`` with every doubling of T, over seeds."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    values = [history.values(name_of(t), measure) for t in config.temperatures]
    found = slopes(config.temperatures, values)
    return paired_gain([0.0] * len(found), found)


def findings(history: StudyHistory) -> list[Finding]:
    """The slope, the highest T against the lowest, and against T = 1, T as validation
    chooses it, and what calibration does."""
    config = history.config
    assert isinstance(config, TemperatureConfig)

    def seen(temperature: float) -> tuple[float, ...]:
        return history.values(name_of(temperature), "validation")

    first, *_, last = config.temperatures
    gain = slope(history)
    found = gain.verdict
    words = {
        "helped": "A higher T is better with this teacher",
        "hurt": "A higher T is worse with this teacher",
        "unclear": "That a higher T is better or worse with this teacher cannot be told",
        "one seed": "One seed only",
        "NaN": "No answer",
    }[found]
    answer = Finding(
        f"{words}: every doubling of T from {as_text([first])} to {as_text([last])} changes the "
        f"test accuracy by {gain.told()}.",
        gain.holds,
        gain,
    )
    told = [answer, compared(history, name_of(last), name_of(first))]
    if 1.0 in config.temperatures[1:-1]:
        told.append(compared(history, name_of(last), name_of(1.0)))
    best = max(config.temperatures, key=lambda t: number(fmean(seen(t))))
    chosen = history.gain(name_of(best))
    assert chosen is not None
    told += [
        Finding(
            f"T = {as_text([best])} is best on validation images; on test images it differs from "
            f"labels only by {chosen.told()}.",
            chosen.holds,
            chosen,
        ),
    ]
    error = slope(history, "ece")
    text = (
        "Each doubling of T changes the calibration error (the gap between how sure a student is "
    )
    text += f"is and how often it is right) by {error.told()}."
    return [*told, Finding(text, None, error, less=True)]


def answer(history: StudyHistory) -> Finding:
    """What one doubling of T does to test accuracy."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    first, *_, last = (as_text([t]) for t in config.temperatures)
    gain, every = slope(history), f"every doubling of T from {first} to {last}"
    if gain.verdict == "unclear":
        how = f"changes test accuracy, if at all, probably by less than {room([gain])}"
        return Finding(f"{OPEN}: {every} {how}.")
    if gain.holds is None:
        return Finding(f"{OPEN}: {doubt([gain])}.")
    way = "Yes: {} raises" if gain.holds else "No: {} lowers"
    return Finding(f"{way.format(every)} test accuracy by {amount(gain)}.", gain.holds)


STUDY = Study(
    name="temperature",
    title="A higher temperature?",
    question="Does a higher T generalise better?",
    config=TemperatureConfig,
    plan=plan,
    findings=findings,
    unused=frozenset({"temperature", "method"}),
    answer=answer,
)
