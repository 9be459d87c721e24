"""What the study finds: what the teacher is worth in int8, what int8 costs, how much is saved."""

from __future__ import annotations

import math

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, effects, no_number, surely
from kdlab.experiments.study.record import Finding
from kdlab.measure.gain import Gain
from kdlab.studies.common import lost
from kdlab.studies.device.budget import File, cost, facts, files, gain, mean, quantity, values
from kdlab.studies.device.names import DEVICE, FULL, PRECISIONS, ROLES, ROUNDED, TEACHER

TAUGHT, ALONE = File(DISTILLED, ROUNDED), File(LABELS_ONLY, ROUNDED)
EXACT, WHOLE = File(DISTILLED, FULL), File(TEACHER, FULL)
MOST_DIGITS = 4
"""Of a difference that fewer would call 0."""


def findings(history: StudyHistory) -> list[Finding]:
    """None where nothing was measured; what is left where students came to no number."""
    measured = files(history)
    if not measured:
        return []
    if TAUGHT not in measured:
        return [_none(history, "Distilled, in int8", TAUGHT), *_missing(history)]
    found = [_rounding(history), _probabilities(history), _smaller(history), _slower(history)]
    if ALONE in measured:
        return [_worth(history), *found, *_missing(history)]
    return [_none(history, "On labels only, in int8", ALONE), *found, *_missing(history)]


def _gone(history: StudyHistory, file: File) -> int:
    """How many networks have answers in 32 bits and none in ``file``."""
    whole = File(file.role, FULL)
    if whole not in files(history):
        return 0
    own = values(history, file) if file in files(history) else None
    return sum(
        math.isfinite(exact) and (own is None or not math.isfinite(own[place]))
        for place, exact in enumerate(values(history, whole))
    )


def _none(history: StudyHistory, what: str, *among: File) -> Finding:
    """Nothing can be told of ``what``: a file is missing, or a student came to no number."""
    if any(_gone(history, file) for file in among):
        return Finding(f"{what}: a student has no file that answers with numbers.")
    return lost(what)


def _missing(history: StudyHistory) -> list[Finding]:
    """Which files there are not, or only such as answer with what is no number."""
    every = [File(role, precision) for role in ROLES for precision in PRECISIONS]
    told = [f"{count} of {file.words}" for file in every if (count := _gone(history, file))]
    if not told:
        return []
    return [
        Finding(
            f"Files that could not be made, or that answer with NaN or infinity: "
            f"{', '.join(told)}. Weights, or the values between layers, are too large for such "
            "numbers; in 32 bits the same networks answer."
        )
    ]


def _worth(history: StudyHistory) -> Finding:
    """Both students in int8."""
    found = gain(history, TAUGHT, ALONE)
    if no_number(found):
        return _none(history, "Both students in int8", TAUGHT, ALONE)
    words = {
        "helped": "is better than",
        "hurt": "is worse than",
        "unclear": "cannot be told apart from",
        "one seed": "was compared for one seed only with",
    }[found.verdict]
    text = f"In int8 the distilled student {words} the one on labels only: {found.told()}."
    return Finding(text, found.holds, found)


def _rounding(history: StudyHistory) -> Finding:
    """The distilled student in int8 against itself in 32 bits."""
    found = gain(history, TAUGHT, EXACT)
    if no_number(found):
        return _none(history, "The distilled student in int8", TAUGHT)
    others = 1000 * (1 - mean(history, TAUGHT, "alike")[0])
    text = (
        f"From 32 bits to int8 the distilled student changes by {found.told(digits(found))}; "
        f"{others:.0f} of 1,000 answers change."
    )
    return Finding(text, found.holds, found)


def _probabilities(history: StudyHistory) -> Finding:
    """What rounding does to what the student has learned from soft targets: its probabilities."""
    found = gain(history, TAUGHT, EXACT, "ece")
    if no_number(found):
        return _none(history, "The probabilities of the distilled student", TAUGHT)
    (sure, now), (before, after) = (
        [mean(history, file, measure)[0] for file in (EXACT, TAUGHT)]
        for measure in ("entropy", "ece")
    )
    moved = mean(history, TAUGHT, "kl")[0]
    text = (
        f"Its probabilities move by {moved:.{_decimals(moved, 5)}f} bits (KL from 32 bits to "
        f"int8), their entropy from {sure:.3f} to {now:.3f} bits; its calibration error goes from "
        f"{100 * before:.1f} to {100 * after:.1f} %: {found.told(digits(found))}."
    )
    return Finding(text, None, found, less=True)


def _smaller(history: StudyHistory) -> Finding:
    """From the teacher as it was trained to the student that is shipped."""
    saved = []
    for across, less, more in (
        ("bytes", "times fewer bytes", "times the bytes"),
        ("latency", "times less time for one answer", "times the time for one answer"),
    ):
        before, after = (cost(history, file, across) for file in (WHOLE, TAUGHT))  # type: ignore[arg-type]
        times = before / after
        words = f"{_times(times)} {less}" if times >= 1 else f"{_times(1 / times)} {more}"
        ends = [quantity(value, across) for value in (after, before)]  # type: ignore[arg-type]
        saved.append(f"{words} ({ends[0]} instead of {ends[1]})")
    machine = history.exhibits[DEVICE]["machine"]
    return Finding(
        f"From the teacher in 32 bits to the distilled student in int8: {saved[0]} and "
        f"{saved[1]}. Times are of one run, on {machine}."
    )


def _slower(history: StudyHistory) -> Finding:
    """Whether int8 saves bytes and time of the students themselves. Two networks of one shape say
    how far times can be trusted: only what both agree on is told as faster or slower."""
    rounded = [file for file in (ALONE, TAUGHT) if file in files(history)]
    size, before = (cost(history, file, "bytes") for file in (TAUGHT, EXACT))
    kept = f"{_times(before / size)} times fewer bytes"
    if size >= before:
        kept = f"more bytes ({quantity(size, 'bytes')} instead of {quantity(before, 'bytes')})"
    times = [facts(history, file)["beside"] for file in rounded]
    each = " and ".join(f"{spread['median']:.2f}" for spread in times)
    long = f"{each} times as long as in 32 bits"
    students = "the students take" if len(times) > 1 else "the distilled student takes"
    if all(spread["low"] > 1 for spread in times):
        text = f"int8 is slower here: {students} {long}, with {kept}"
    elif all(spread["high"] < 1 for spread in times):
        text = f"int8 is faster here: {students} {long}, with {kept}"
    else:
        text = f"It is unclear whether int8 is faster: {students} {long}, with {kept}"
    if File(TEACHER, ROUNDED) not in files(history):
        return Finding(f"{text}.")
    whole = facts(history, File(TEACHER, ROUNDED))["beside"]["median"]
    return Finding(f"{text}; the teacher takes {whole:.2f} times as long.")


def _times(ratio: float) -> str:
    return f"{ratio:,.1f}" if ratio < 100 else f"{ratio:,.0f}"


def digits(found: Gain) -> int:
    """Decimals with which a difference that is sure is not told as 0.00."""
    usual = found.measure.difference_digits
    size = abs(found.measure.scale * found.mean)
    return usual if found.holds is None else max(usual, _decimals(size, MOST_DIGITS))


def _decimals(size: float, most: int) -> int:
    """As many as its first digit needs."""
    return min(most, max(0, -math.floor(math.log10(size)))) if 0 < size < math.inf else 0


def answer(history: StudyHistory) -> Finding | None:
    """What is left on the device of what the teacher taught; None where nothing was measured."""
    measured = files(history)
    if not measured:
        return None
    if not {TAUGHT, ALONE} <= set(measured):
        return _none(history, "A student in int8", TAUGHT, ALONE)
    worth, rounding = gain(history, TAUGHT, ALONE), gain(history, TAUGHT, EXACT)
    if no_number(worth) and (_gone(history, TAUGHT) or _gone(history, ALONE)):
        return _none(history, "A student in int8", TAUGHT, ALONE)
    student = history.config.student
    sign = surely([worth, rounding])[0]
    if sign is None:
        text = f"{OPEN}: in int8 distilled {student} is not clearly better than on labels only; "
        return Finding(f"{text}{doubt([worth])}.")
    if sign is False:
        text = f"No: in int8 distilled {student} is worse than on labels only, by "
        return Finding(f"{text}{amount(worth)}.", False)
    times = cost(history, WHOLE, "bytes") / cost(history, TAUGHT, "bytes")
    smaller = f", in a file {_times(times)} times smaller than the teacher's" if times > 1 else ""
    effect = effects([worth, rounding])[1]
    if rounding.holds is not None and effect.startswith(("costs", "saves")):
        effect = f"{effect.split(' ')[0]} {amount(rounding, digits(rounding))}"
    return Finding(
        f"Yes: distilled {student} is better than on labels only by {amount(worth)}{smaller}; "
        f"rounding {effect}.",
        True,
    )
