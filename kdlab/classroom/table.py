"""The answers of a class as CSV, one a row, of which a spreadsheet computes nothing."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable

from kdlab.classroom.room import Answer, Asked
from kdlab.lessons.lesson import Question

COLUMNS = ("question", "kind", "nickname", "answer", "measured", "seconds")
_NUMBER = re.compile(r"-?\d+(\.\d+)?(e[+-]?\d+)?")
_COMPUTED = ("=", "+", "-", "@", "\t", "\r")
"""A cell that begins so is a formula to spreadsheets, also behind blanks."""


def as_csv(answers: Iterable[Answer]) -> str:
    """The header, and a row an answer; ``measured`` is what was revealed: mean and interval of each
    number, or the right answer."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow(COLUMNS)
    for each in answers:
        what = each.asked.what
        kind = "question" if isinstance(what, Question) else what.kind
        row = what.ask, kind, each.nickname, each.value, measured(each.asked)
        writer.writerow([*map(harmless, row), f"{each.seconds:.1f}"])
    return out.getvalue()


def measured(asked: Asked) -> str:
    """What was revealed; empty where nothing was."""
    if asked.phase != "revealed":
        return ""
    if isinstance(asked.what, Question):
        return asked.what.right
    told = [
        (name, f"{mean:.4g} ({low:.4g} to {high:.4g})")
        for name, (mean, low, high) in asked.result.items()
    ]
    if len(told) == 1:
        return told[0][1]
    return "; ".join(f"{name}: {numbers}" for name, numbers in told)


def harmless(cell: str) -> str:
    """``cell``, with an apostrophe before it where a spreadsheet would compute it. A plain number
    stays one."""
    if cell.lstrip().startswith(_COMPUTED) and not _NUMBER.fullmatch(cell):
        return f"'{cell}"
    return cell
