"""The whole table, line by line as it is measured."""

from __future__ import annotations

from collections.abc import Iterator


def lines(*, browser: bool = True) -> Iterator[str]:
    """The table, line by line as it is measured; ``browser`` includes what needs Chromium."""
    from kdlab.bench import core, live, student_costs, sweeps, workers
    from kdlab.measure.profiling import machine

    yield f"Machine: {machine()}"
    yield ""
    yield "| what | measured | goal | met |"
    yield "|---|---|---|---|"
    for row in core.rows():
        yield str(row)
    for row in sweeps.rows():
        yield str(row)
    for row in workers.rows():
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
    yield from student_costs.costs()
