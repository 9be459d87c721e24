"""Does a higher temperature generalise better? The same student over many T, and how its accuracy
changes with a doubling of T, on average: a line says nothing of each doubling, and misses a hump.
So what is best on validation examples is also compared with both ends, and with the worst.

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
from kdlab.experiments.study.plainly import LOST, OPEN, amount, doubt, known, listed, room, surely
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.refused import without_temperature
from kdlab.experiments.study.sentences import compared, number
from kdlab.experiments.study.values import SORTED
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.measures import ACCURACY
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan


class TemperatureConfig(SmallTeacherConfig):
    """Which temperatures are compared."""

    temperatures: Annotated[tuple[Temperature, ...], *SORTED] = setting(
        (0.5, 1.0, 2.0, 4.0, 8.0, 16.0, 32.0),
        "Temperatures",
        "Values of T, each with students of its own. T = 1: the teacher's probabilities as they "
        "are.",
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
    with a doubling of T, on average over the range. ``values``: for each of at least two
    temperatures one per seed."""
    x = [math.log2(t) for t in temperatures]
    middle = sum(x) / len(x)
    spread = sum((v - middle) ** 2 for v in x)
    seeds = zip(*values, strict=True)
    return tuple(
        sum((v - middle) * y for v, y in zip(x, seed, strict=True)) / spread for seed in seeds
    )


def slope(history: StudyHistory, measure: str = "") -> Gain:
    """The change of ``measure``, empty for that of the study, with a doubling of T, on average
    over the range, over seeds."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    values = [history.values(name_of(t), measure) for t in config.temperatures]
    found = slopes(config.temperatures, values)
    return paired_gain([0.0] * len(found), found, measure=ACCURACY if measure else history.judged)


def ranked(history: StudyHistory) -> list[float]:
    """The temperatures by their students on validation examples, the best first; of equals the
    lower one."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    return sorted(
        config.temperatures,
        key=lambda t: number(
            history.judged.better(fmean(history.values(name_of(t), history.chooses)))
        ),
        reverse=True,
    )


def beside_best(history: StudyHistory) -> dict[float, Gain]:
    """What the best T on validation examples is held against: the lowest, the highest and the
    worst, itself left out. T -> by how much the best is better on test examples. Of two
    temperatures the slope tells as much."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    if len(config.temperatures) < 3:
        return {}
    best, *_, worst = ranked(history)
    others = sorted({config.temperatures[0], config.temperatures[-1], worst} - {best})
    return {t: known(history, name_of(best), name_of(t)) for t in others}


def findings(history: StudyHistory) -> list[Finding]:
    """The slope, the highest T against the lowest, and against T = 1, T as validation
    chooses it, also against both ends and the worst, and what calibration does."""
    config = history.config
    assert isinstance(config, TemperatureConfig)

    noun = history.noun
    first, *_, last = config.temperatures
    across = f"on average over T from {as_text([first])} to {as_text([last])}, a doubling of T"
    gain = slope(history)
    found = gain.verdict
    words = {
        "helped": "A higher T is better with this teacher",
        "hurt": "A higher T is worse with this teacher",
        "unclear": "It is unclear whether a higher T is better or worse with this teacher",
        "one seed": "One seed only",
        "NaN": "No answer",
    }[found]
    answer = Finding(
        f"{words}: {across} changes the {history.counted} by {gain.told()}.",
        gain.holds,
        gain,
    )
    told = [answer, compared(history, name_of(last), name_of(first))]
    pairs = [{first, last}]
    if 1.0 in config.temperatures[1:-1]:
        told.append(compared(history, name_of(last), name_of(1.0)))
        pairs.append({1.0, last})
    best = ranked(history)[0]
    chosen = history.gain(name_of(best))
    assert chosen is not None
    told += [
        Finding(
            f"T = {as_text([best])} is best on validation {noun}; on test {noun} it differs from "
            f"labels only by {chosen.told()}.",
            chosen.holds,
            chosen,
        ),
        *(
            compared(history, name_of(best), name_of(t))
            for t in beside_best(history)
            if {best, t} not in pairs
        ),
    ]
    error = slope(history, "ece")
    text = (
        f"O{across[1:]} changes the calibration error (the gap between how sure a student is and "
        f"how often it is right) by {error.told()}."
    )
    return [*told, Finding(text, None, error, less=True)]


def answer(history: StudyHistory) -> Finding:
    """Whether accuracy rises with T: where it does not go one way, at which T it is best, and else
    what a doubling of T does to it on average. All of it is told in one sentence, so the number of
    comparisons counts."""
    config = history.config
    assert isinstance(config, TemperatureConfig)
    low, high = config.temperatures[0], config.temperatures[-1]
    gone = [name_of(t) for t in config.temperatures if not isfinite(history, t)]
    if gone:
        return Finding(f"{OPEN}: {LOST} at {listed(gone)}.")
    gain, beside = slope(history), beside_best(history)
    if gain.ci95 is None:
        return Finding(f"{OPEN}: {doubt([gain])}.")
    way, *signs = surely([gain, *beside.values()])
    beats = dict(zip(beside, signs, strict=True))
    best = ranked(history)[0]

    def over(*temperatures: float) -> str:
        return listed([f"{amount(beside[t])} over {name_of(t)}" for t in temperatures])

    noun = history.noun
    if best not in (low, high) and beats[low]:
        if beats[high]:
            text = f"Neither higher nor lower: {name_of(best)}, best on validation {noun}, is "
            return Finding(f"{text}better than both ends, by {over(low, high)}.", False)
        if beats[high] is None:
            text = f"Up to a point: {name_of(best)}, best on validation {noun}, leads by "
            text += f"{over(low)}, and {name_of(high)} is not clearly better or worse than it"
            return Finding(f"{text}.")
    every = f"on average over T from {as_text([low])} to {as_text([high])}, a doubling of T"
    if way is not None:
        verb = "raises" if way != gain.measure.less else "lowers"
        said = f"{'Yes' if way else 'No'}: {every} {verb} {history.counted}"
        return Finding(f"{said} by {amount(gain)}.", way)
    if beaten := [t for t, sign in beats.items() if sign]:
        what = "Accuracy does" if history.judged is ACCURACY else "Bits per character do"
        text = f"{what} not clearly rise or fall with T: {name_of(best)}, best on validation"
        return Finding(f"{text} {noun}, leads by {over(*beaten)}.")
    how = f"changes {history.counted}, if at all, probably by less than {room([gain])}"
    return Finding(f"{OPEN}: {every} {how}.")


def isfinite(history: StudyHistory, temperature: float) -> bool:
    """Whether all students of a temperature came to numbers."""
    return all(map(math.isfinite, history.values(name_of(temperature))))


STUDY = Study(
    name="temperature",
    title="A higher temperature?",
    question="Does a higher T generalise better?",
    config=TemperatureConfig,
    plan=plan,
    findings=findings,
    unused=frozenset({"temperature", "method"}),
    answer=answer,
    recorded={"temperature tiny": TemperatureConfig(student="mlp-4", epochs=100)},
)
