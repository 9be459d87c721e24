"""``python -m kdlab bench``: how fast the lab is on this machine, as a table.

Times belong to a machine and to the hour; ratios are measured side by side in the same run, each
side several times in turn, and given as medians. Nothing here is a test.
"""

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
