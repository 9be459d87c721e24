"""How far work is: what the player is told, by the page and by the server's hub."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.streams.source import Told
from kdlab.translation import say
from pages.ui.components.transport import Course, State, course
from pages.ui.shell import prose, workers
from pages.ui.stage.session import WorkScreen

Progress = Callable[[Any], tuple[float, str]]


def now(shown: WorkScreen[Any, Any]) -> Course:
    """Of the work on screen, at work or not."""
    history, work = shown.history, shown.work
    if history is None:
        return _course("none", 0.0, "", None)
    if shown.jobs is not None and shown.running:
        place = shown.jobs.queue_position
        return going(Told(history, place), work.progress, work.steps)
    part = history if work.steps else None
    if history.complete or history.failed is not None:
        return _course("over", 1.0, "", part)
    return _course("over", history.share_done, work.stopped(shown), part)


def going(told: Told, progress: Progress, steps: bool) -> Course:
    """Of work that is waited for or goes on."""
    history, part = told.history, told.history if steps else None
    if told.place:
        return _course("waits", 0.0, workers.waits(told.place), part)
    if history.complete:  # what is drawn at the end is drawn by the page
        return _course("over", 1.0, "", part)
    if history.started is None and not steps:
        step = prose.visible(history.progress.stage) if history.progress else "getting ready"
        fraction, text = 0.0, f"{say(step[:1].upper() + step[1:])} …"
    else:
        fraction, text = progress(history)
    return _course("runs", fraction, text, part)


def _course(state: State, fraction: float, text: str, history: Any) -> Course:
    """``history`` of a run that has epochs, if it has."""
    if history is None:
        return course(state, fraction, text)
    last = history.started.epochs if history.started else 0
    seconds = history.spent or 0.0
    return course(state, fraction, text, head=history.epoch, last=last, seconds=seconds)
