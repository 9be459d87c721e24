"""Buttons that save what is on screen as a report to hand in, and its figures for slides.

A report is made when its button is pressed, not with the page: figures take seconds. The browser's
request for it is no run of the page, so whose it is, is told beforehand.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.hosting import visitor
from kdlab.report import build, html, saved
from kdlab.report.document import Report
from pages.ui.shell import workers
from pages.ui.stage import offers
from pages.ui.stage.session import WorkScreen

Make = Callable[[], Report]


def of_screen(shown: WorkScreen[Any, Any]) -> Make:
    """What makes the report of the work on screen, which is complete."""
    experiment, config, history = shown.work.experiment, shown.config, shown.known
    store = workers.store()
    return lambda: build.of_history(experiment, config, history, store)


def offer(make: Make, name: str, page: str = "live") -> None:
    """A button for the report as HTML, and one for Markdown and all figures as SVG and PNG."""
    who = visitor.current()

    def done_for(write: Callable[[Report], bytes]) -> Callable[[], bytes]:
        def made() -> bytes:
            with visitor.acting_for(who):
                return write(make())

        return made

    page_of = done_for(lambda report: html.written(report).encode())
    offers.offer("Report, HTML", page_of, f"{name}-report.html", page)
    packed = done_for(saved.archive)
    offers.offer("Report and figures, ZIP", packed, f"{name}-report.zip", page)
