"""What the two networks of a run cost, side by side, as texts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdlab.translation import say

Row = tuple[str, str, str, str]
HEAD = ("", "Teacher", "Student", "Teacher / student")


def cost_rows(models: Mapping[str, Mapping[str, Any]], noun: str) -> list[Row]:
    """Parameters, bytes, operations and latency, each with how many times smaller the student is.
    Of a teacher that is a file there is nothing to count: its cells are empty. ``noun``: what the
    examples are called, in the plural."""
    teacher, student = models["teacher"], models["student"]
    rows: list[Row] = [(say("Architecture"), teacher["architecture"], student["architecture"], "")]
    for key, words in (
        ("parameters", say("Parameters")),
        ("bytes", say("Bytes on disk")),
        ("flops_per_image", say("FLOPs per {one}", one=say(noun[:-1]))),
    ):
        one = teacher[key] if teacher["parameters"] else None
        rows.append((words, _count(one), _count(student[key]), _times(one, student[key])))
    for size, spread in teacher["latency_ms"].items():
        other = student["latency_ms"][size]
        times = _times(spread["median"], other["median"])
        rows.append(
            (
                say("Milliseconds, batch of {size}", size=size),
                _spread(spread),
                _spread(other),
                times,
            )
        )
    return rows


def _count(value: int | None) -> str:
    return "" if value is None else f"{value:,}"


def _times(teacher: float | None, student: float) -> str:
    return f"{teacher / student:,.1f}x" if teacher and student else ""


def _spread(found: Mapping[str, float]) -> str:
    ends = say(" ({low} to {high})", low=f"{found['low']:.3f}", high=f"{found['high']:.3f}")
    return f"{found['median']:.3f}{ends}"
