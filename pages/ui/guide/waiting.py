"""What a step waits for: looked at after its page has run, from what stands on the page's controls
and from the work that it shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.lessons import links, paired
from kdlab.lessons.lesson import Condition, Event, Link, Prediction, Setting
from kdlab.lessons.measured import Measured, measured
from kdlab.translation import say
from pages.ui.guide import going, predicting
from pages.ui.guide.progress import Open
from pages.ui.shell import prose
from pages.ui.stage.session import WorkScreen

NEW_SEEDS = Setting("first_seed", "!=", "0")
"""No page has a control of this name in sight; a button changes it."""
SIGNS = {"<=": "≤", ">=": "≥"}


def screen_of(path: str) -> WorkScreen[Any, Any] | None:
    """What this visitor sees of the work on the page at ``path``; None where he has not been
    there."""
    page = going.entry(path)
    found = st.session_state.get(f"{page.key}.screen") if page is not None else None
    return found if isinstance(found, WorkScreen) else None


def work(now: Open) -> str:
    """Changes when work begins or ends on the page where the step takes place."""
    shown = screen_of(now.where.path) if now.where is not None else None
    return "" if shown is None else f"{shown.begins} {'runs' if shown.running else ''}"


def begins(path: str) -> int:
    """How often this visitor has begun work on the page at ``path``: a result that was there before
    is nothing that he has done."""
    shown = screen_of(path)
    return 0 if shown is None else shown.begins


def finished(link: Link, *, exactly: bool) -> Any:
    """The history of the work that the page of ``link`` shows, where it has ended at the settings
    on the controls; None otherwise. ``exactly``: at the settings of ``link``."""
    shown = screen_of(link.path)
    if shown is None or shown.config is None or shown.running or shown.other:
        return None
    if shown.outcome != "finished" or shown.history is None or not shown.history.complete:
        return None
    if exactly and not same_work(shown, link):
        return None
    return shown.history


def same_work(shown: WorkScreen[Any, Any], link: Link) -> bool:
    """Whether what ``shown`` has on screen is the work that ``link`` asks for."""
    here = going.state_of(link.path)
    if here is None or shown.config is None:
        return False
    asked = here.model.from_query(link.query)[0]
    normal = shown.work.experiment.normal(asked)
    return bool(normal.fingerprint() == shown.config.fingerprint())


def result(asked: Prediction) -> Sequence[Measured] | None:
    """What was measured of what ``asked`` is about; None before it is known."""
    history = finished(asked.link, exactly=True)
    if history is None:
        return None
    each = [measured(name, history) for name in asked.measure]
    found = [one for one in each if one is not None]
    if len(found) < len(each):
        return None
    return paired.compared(found, history) if asked.kind == "choice" else found


def elsewhere(now: Open) -> Link | None:
    """Where the learner has to go, or what has to be put on the controls, for the result of what he
    has predicted; None where all is in place."""
    asked = now.asked
    if not isinstance(asked, Prediction) or result(asked) is not None:
        return None
    here, shown = going.state_of(asked.link.path), screen_of(asked.link.path)
    if here is None or shown is None:
        return asked.link
    wanted = here.model.from_query(asked.link.query)[0]
    normal = shown.work.experiment.normal
    try:
        there = normal(here.config()).fingerprint() == normal(wanted).fingerprint()
    except KdlabError:  # an impossible combination on the controls
        there = False
    return None if there else asked.link


def unmet(now: Open, path: str) -> list[Condition]:
    """Those conditions of the step that do not hold, on the page at ``path``."""
    step = now.step
    if step is None:
        return []
    return [each for each in step.until if not _holds(each, now, path)]


def _holds(condition: Condition, now: Open, path: str) -> bool:
    where = now.where
    if isinstance(condition, Event) and condition.happened == "answered":
        asked = now.asked
        return asked is not None and predicting.given(now.key, asked) is not None
    if isinstance(condition, Event) and condition.happened == "run ended":
        asked = now.asked
        if isinstance(asked, Prediction):
            return finished(asked.link, exactly=True) is not None
        began = where is not None and begins(where.path) > now.progress.begins
        return began and where is not None and finished(where, exactly=False) is not None
    if where is None or where.path != path:
        return False  # what is set on another page says nothing of this one
    if isinstance(condition, Setting):
        here = going.state_of(where.path)
        return here is not None and links.holds(condition, here.values, here.model)
    if condition.happened == "cell clicked":
        at = cell(path)
        return min(at) >= 0 and at != now.progress.cell
    return True  # opened: he is here


def cell(path: str) -> tuple[int, int]:
    """The cell of the map that is looked at, (column, row); −1 where none was chosen."""
    here = going.state_of(path)
    values = {} if here is None else here.values
    return int(values.get("column", -1)), int(values.get("row", -1))


def in_words(condition: Condition, now: Open) -> str:
    """What is waited for, in a few words, Markdown."""
    where = now.where
    page = going.entry(where.path) if where is not None else None
    if isinstance(condition, Setting):
        here = going.state_of(where.path) if where is not None else None
        field = here.model.model_fields.get(condition.name) if here is not None else None
        title = (field.title if field is not None else None) or condition.name
        if condition == NEW_SEEDS:
            return say("new seeds")
        if condition.compared == "!=":
            return prose.plain(say("a change of {title}", title=say(title)))
        sign = SIGNS.get(condition.compared, condition.compared)
        return prose.plain(f"{say(title)} {sign} {condition.value}")
    if condition.happened == "answered":
        predicts = isinstance(now.asked, Prediction)
        return say("your prediction") if predicts else say("your answer")
    if condition.happened == "run ended":
        return say("a run that has ended")
    if condition.happened == "cell clicked":
        return say("a click on a cell of the map")
    title = prose.plain(say(page.title)) if page is not None else ""
    return say("the page {page}, opened by you", page=title)
