"""What fits into a budget of bytes or of time, and which of it is best: chosen on validation
examples, as everything is chosen here, and judged on test examples."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.study.history import StudyHistory
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.studies.device.names import DEVICE, FULL, PRECISIONS, ROLES, UNITS, Cost

BYTES = 1000
"""Of a kB."""


@dataclass(frozen=True)
class File:
    """A network, or those of all seeds, in one precision."""

    role: str
    precision: str

    @property
    def words(self) -> str:
        """ "the distilled student in int8"."""
        return f"{ROLES[self.role]} in {PRECISIONS[self.precision]}"


def files(history: StudyHistory) -> list[File]:
    """All that were measured; none before that."""
    networks = history.exhibits.get(DEVICE, {}).get("networks", {})
    return [File(r, p) for r in ROLES if r in networks for p in PRECISIONS if p in networks[r]]


def facts(history: StudyHistory, file: File) -> dict[str, Any]:
    """What was measured of ``file``, see :func:`kdlab.studies.device.measured.exhibits`."""
    found: dict[str, Any] = history.exhibits[DEVICE]["networks"][file.role][file.precision]
    return found


def values(history: StudyHistory, file: File, measure: str = "") -> list[float]:
    """One number a network; ``measure`` is empty for that by which the study is judged."""
    return list(facts(history, file)[measure or history.judged.name])


def mean(history: StudyHistory, file: File, measure: str = "") -> tuple[float, float, float]:
    """Mean, low and high end of the 95 % interval over seeds; NaN ends for the one teacher."""
    return interval(values(history, file, measure), resolution=history.resolution(measure))


def gain(history: StudyHistory, file: File, against: File, measure: str = "") -> Gain:
    """``file`` minus ``against``, paired by seed."""
    own, other = (values(history, each, measure) for each in (file, against))
    return history.gain_of(other, own, file.role, against.role, measure=measure)


def cost(history: StudyHistory, file: File, across: Cost) -> float:
    """kB of the file, or the median ms of one answer."""
    if across == "bytes":
        return float(facts(history, file)["bytes"] / BYTES)
    return milliseconds(history, file)["median"]


def milliseconds(history: StudyHistory, file: File) -> dict[str, float]:
    """{median, low, high} of one answer: the median in 32 bits, times as long as the file takes
    beside those in the same rounds, so that both say the same of which is faster. Medians that are
    compared as they are differ by what slowed some rounds down."""
    found = facts(history, file)
    whole = facts(history, File(file.role, FULL))["latency"]["median"]
    median = whole * found["beside"]["median"]
    scale = median / found["latency"]["median"]
    return {end: float(scale * value) for end, value in found["latency"].items()}


def quantity(value: float, across: Cost) -> str:
    """ "12.5 kB", "0.021 ms".

    >>> quantity(1205.6, "bytes"), quantity(0.02084, "latency")
    ('1,206 kB', '0.0208 ms')
    """
    digits = max(0, 2 - math.floor(math.log10(value))) if value > 0 else 0
    return f"{value:,.{digits}f} {UNITS[across]}"


def fitting(history: StudyHistory, across: Cost, budget: float) -> list[File]:
    """What costs at most ``budget``; all where it is 0, for none."""
    return [f for f in files(history) if not budget or cost(history, f, across) <= budget]


def best(history: StudyHistory, among: list[File], across: Cost) -> File | None:
    """The best of some files on validation examples, of equals the cheapest; None where there is
    none whose networks came to numbers."""

    def order(file: File) -> tuple[float, float]:
        seen = mean(history, file, history.chooses)[0]
        return history.judged.better(seen), -cost(history, file, across)

    known = [f for f in among if math.isfinite(mean(history, f, history.chooses)[0])]
    return max(known, key=order, default=None)


def told(history: StudyHistory, across: Cost, budget: float) -> str:
    """The best that fits in a sentence, with what it is on test examples and what its teacher is
    worth there; "" before anything is measured."""
    every = files(history)
    if not every:
        return ""
    among = fitting(history, across, budget)
    if not among:
        least = min(every, key=lambda f: cost(history, f, across))
        what = "is that small" if across == "bytes" else "answers that fast"
        return (
            f"Nothing {what}: {least.words} comes closest, with "
            f"{quantity(cost(history, least, across), across)}."
        )
    found = best(history, among, across)
    if found is None:
        return "Of what fits, no network came to numbers."
    within = f"Within {quantity(budget, across)}" if budget else "Of all"
    text = (
        f"{within} the best on validation {history.noun} is {found.words}, with "
        f"{quantity(cost(history, found, across), across)}: {_shown(history, found)}."
    )
    other = best(history, [f for f in among if f.role == LABELS_ONLY], across)
    if found.role != DISTILLED or other is None:
        return text
    worth = gain(history, found, other)
    how = "" if other.precision == found.precision else f" (in {PRECISIONS[other.precision]})"
    return f"{text} Against the best on labels only that fits{how} that is {worth.told()}."


def _shown(history: StudyHistory, file: File) -> str:
    middle, low, high = mean(history, file)
    judged = history.judged
    ends = ""
    if math.isfinite(low):
        low, high = max(0.0, low), high if judged.most is None else min(judged.most, high)
        ends = f" (95 % {judged.number(low)} to {judged.number(high)})"
    return f"{judged.shown(middle)}{ends} {'a' if judged.less else 'of'} test {_noun(history)}"


def _noun(history: StudyHistory) -> str:
    return history.noun[:-1] if history.judged.less else history.noun
