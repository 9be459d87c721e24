"""``python -m kdlab bench``: how fast the lab is on this machine, as a table.

Times belong to a machine and to the hour; ratios are measured side by side in the same run, each
side several times in turn, and given as medians. Nothing here is a test.
"""

from __future__ import annotations

from collections.abc import Iterator
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


def lines(*, browser: bool = True) -> Iterator[str]:
    """The table, line by line as it is measured; ``browser`` includes what needs Chromium."""
    from kdlab.bench import core, live, sweeps
    from kdlab.profiling import machine

    yield f"Machine: {machine()}"
    yield ""
    yield "| what | measured | goal | met |"
    yield "|---|---|---|---|"
    for row in core.rows():
        yield str(row)
    for row in sweeps.rows():
        yield str(row)
    for row in live.rows():
        yield str(row)
    if browser:
        import kdlab.bench.browser as pages

        for row in pages.rows():
            yield str(row)
    yield ""
    yield "Where a step of the default cohort spends its time:"
    yield ""
    yield from core.profile()
    yield ""
    yield "Where a step of a map spends its time:"
    yield ""
    yield from sweeps.profile()
    yield ""
    yield "What a student costs in a cohort of K:"
    yield ""
    yield from sweeps.costs()
