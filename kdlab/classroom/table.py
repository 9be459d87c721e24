"""The answers of a class as CSV, one a row, of which a spreadsheet computes nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from kdlab.classroom.room import Answer, Asked, Estimate
from kdlab.lessons.lesson import Question
from kdlab.lessons.outcome import TIED, in_words

COLUMNS = (
    "number", "question", "kind", "nickname", "answer", "measured", "mean", "low", "high", "over",
    "seconds",
)  # fmt: skip
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_COMPUTED = ("=", "+", "-", "@")
"""A cell that begins so is a formula to spreadsheets, also behind blanks."""


def as_csv(answers: Iterable[Answer]) -> str:
    """The header, and a row an answer. ``measured`` is what was revealed, in words: each number
    with its interval, or the right answer; ``mean``, ``low``, ``high`` and what they are ``over``
    are the number that decides, of several choices that of the answer, as plain numbers."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in answers:
        what = each.asked.what
        kind = "question" if isinstance(what, Question) else what.kind
        row = what.ask, kind, each.nickname, _answer(each), measured(each.asked)
        numbers = _numbers(each.asked, each.value)
        writer.writerow(
            [each.asked.number, *map(harmless, row), *numbers, f"{each.seconds:.1f}"],
        )
    return out.getvalue()


def _answer(each: Answer) -> str:
    """As it was given; that it cannot be told in words, which no choice of a lesson stands for."""
    return in_words(each.asked.what, TIED) if each.value == TIED else each.value


def measured(asked: Asked) -> str:
    """What was revealed, in words; empty where nothing was."""
    if asked.phase != "revealed":
        return ""
    if isinstance(asked.what, Question):
        return asked.what.right
    return "; ".join(f"{name}: {_words(each)}" for name, each in asked.result.items())


def _words(told: Estimate) -> str:
    if told.low is None or told.high is None:
        return f"{told.mean:.4g} (no interval)"
    return f"{told.mean:.4g} ({told.low:.4g} to {told.high:.4g})"


def _numbers(asked: Asked, answer: str) -> list[str]:
    """Mean, low, high, over: of the number that decides about this ``answer``; empty where there is
    none."""
    what = asked.what
    if asked.phase != "revealed" or isinstance(what, Question) or answer == TIED:
        return [""] * 4
    decides = dict(zip(what.choices, what.measure, strict=False)).get(answer, what.measure[0])
    told = asked.result.get(decides)
    if told is None:  # kept by another version of the lab
        return [""] * 4
    ends = ["" if each is None else f"{each:.6g}" for each in (told.low, told.high)]
    return [f"{told.mean:.6g}", *ends, harmless(told.over)]


def harmless(cell: str) -> str:
    """``cell``, with an apostrophe before it where a spreadsheet would compute it. A plain number
    stays one."""
    if cell.lstrip().startswith(_COMPUTED) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
