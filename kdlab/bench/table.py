"""The whole table, line by line as it is measured."""

from __future__ import annotations

from collections.abc import Iterator


def lines(*, browser: bool = True) -> Iterator[str]:
    """The table, line by line as it is measured; ``browser`` includes what needs Chromium."""
    from kdlab.bench import core, language, live, student_costs, sweeps, workers
    from kdlab.measure.profiling import machine

    yield f"Machine: {machine()}"
    yield ""
    yield "| what | measured | goal | met |"
    yield "|---|---|---|---|"
    for part in (core, language, sweeps, workers, live):
        yield from map(str, part.rows())
    if browser:
        import kdlab.bench.browser as pages

        yield from map(str, pages.rows())
    for title, found in (
        ("Where a step of the default cohort spends its time", core.profile()),
        ("Where a step of a map spends its time", sweeps.profile()),
        ("What a student costs in a cohort of K", student_costs.costs()),
    ):
        yield from ("", f"{title}:", "")
        yield from found
