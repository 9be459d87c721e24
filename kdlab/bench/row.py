"""A line of the table: what was measured, and whether it is what was meant."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Row:
    """One line of the table: what, how much, and what the goal is."""

    what: str
    value: str
    goal: str = ""
    met: bool | None = None

    def __str__(self) -> str:
        mark = {True: "yes", False: "NO", None: ""}[self.met]
        return f"| {self.what} | {self.value} | {self.goal} | {mark} |"
