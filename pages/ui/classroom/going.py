"""From a link of the lab to its page: read and checked where an instructor pastes one, followed by
every page of the class, and its run begun.

A run for all is nothing but everybody's own press on Train at the same settings: whoever comes
first has it trained, all others join, and watch the same curves.
"""

from __future__ import annotations

import difflib
from collections.abc import Mapping
from pathlib import Path
from typing import Any
from urllib.parse import parse_qsl, urlsplit

import streamlit as st

from kdlab.errors import ClassError, KdlabError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.language import LANGUAGE
from kdlab.lessons import shelf
from kdlab.lessons.lesson import Link
from kdlab.lessons.places import Place
from kdlab.studies import EXPERIMENTS
from kdlab.translation import language, say
from pages.ui.guide import panel, progress
from pages.ui.guide.places import PLACES
from pages.ui.shell import carried, contents, page_links, reach, state, workers
from pages.ui.shell.contents import CONTENTS
from pages.ui.stage.session import Outcome, WorkScreen

MOST_LETTERS = 2000
"""Of a link."""
LESSON = progress.STANDS.parameter
LESSONS = {"lessons": Place("lessons", "Lessons", lambda: None)}
"""The page where a class may be sent and no run is."""
TO_SHARE = "Copy the address of a page of this lab, with the settings that the class should see"


def read(text: str, *, sends: bool = False) -> Link:
    """The page and settings of a pasted address of the lab, this server's or another one's;
    ClassError says what of it cannot be used. ``sends``: all pages are to go there, so it may open
    a lesson, or lead to the page with all of them."""
    text = text.strip()
    if len(text) > MOST_LETTERS:
        raise ClassError(
            f"The link has {len(text):,} characters", f"at most {MOST_LETTERS:,}", TO_SHARE
        )
    try:
        parts = urlsplit(text)
        told = dict(parse_qsl(parts.query, max_num_fields=200))
    except ValueError:
        raise ClassError(f"{_short(text)} is no address", "a page's address", TO_SHARE) from None
    found = carried.without(told)
    path = parts.path.rstrip("/").rpartition("/")[2]
    places = {**PLACES(), **(LESSONS if sends else {})}
    if path not in places or not text or (not path and parts.netloc == "" and parts.path == ""):
        raise ClassError(
            f"{_short(text)} is no page of the lab",
            f"the address of a page, as {reach.root()}/live?labels=100",
            _meant(path, places) + TO_SHARE,
        )
    hidden = found.pop(state.HIDE, "")
    if problems := places[path].problems(found):
        raise ClassError(
            "; ".join(f"the link cannot be used: {each}" for each in problems[:3]),
            f"settings that the page {path or 'Home'} has",
            TO_SHARE,
        )
    opens = {LESSON: lesson} if sends and (lesson := _lesson(told.get(LESSON, ""))) else {}
    return Link(path, found | ({state.HIDE: hidden} if hidden else {}) | opens)


def _meant(path: str, places: Mapping[str, Place]) -> str:
    """The page whose address is nearest; empty where none is near."""
    near = difflib.get_close_matches(path[:80].lower(), [name for name in places if name], 1, 0.6)
    return f"Perhaps /{near[0]} was meant: {places[near[0]].title}. " if near else ""


def _lesson(value: str) -> str:
    """What an address says of a lesson; ClassError where this lab has no such lesson."""
    named = progress.VALUE.fullmatch(value)
    if value and (named is None or shelf.lesson(named[1], PLACES(), language()) is None):
        raise ClassError(
            f"The lab has no lesson {_short(value)}", "one of the page Lessons", TO_SHARE
        )
    return value


def _short(text: str) -> str:
    return f"“{text if len(text) <= 60 else text[:59] + '…'}”"


def settings(link: Link) -> Any:
    """The settings that ``link`` asks for, normal or not; None where its page has none."""
    model = contents.place(link.path).page.settings
    return None if model is None else model.from_query(link.query)[0]


def experiment(link: Link) -> Experiment[Any, Any] | None:
    """What is trained on its page; None where that is nothing."""
    model = contents.place(link.path).page.settings
    return next((each for each in (*EXPERIMENTS.values(), LANGUAGE) if each.config is model), None)


def query(link: Link) -> dict[str, str]:
    """What the address of the page gets: never empty where it has settings, so that it sets
    them."""
    config = settings(link)
    found = {} if config is None else page_links.query(config)
    hidden = link.query.get(state.HIDE)
    return found | ({state.HIDE: hidden} if hidden else {})


def title(link: Link) -> str:
    """What the page is called."""
    return say(contents.place(link.path).page.title)


def known(link: Link) -> bool:
    """Whether there still is such a page: a class outlives a version of the lab."""
    return any(page.path == link.path for pages in CONTENTS.values() for page in pages)


def go(link: Link) -> None:
    """Leave this page for that of ``link``, with the lesson that it opens beside it; the run of
    this one ends here."""
    lesson = link.query.get(LESSON, "")
    if lesson and progress.sound(lesson):
        progress.STANDS.put(lesson)
        st.session_state.pop(panel.ENTERED, None)  # as from outside: the link's settings stay
    script = contents.script_of(link.path)
    st.switch_page(str(Path(state.ROOT / script)), query_params=query(link))


def screen(link: Link) -> WorkScreen[Any, Any] | None:
    """What this visitor sees of the work of the page of ``link``; None before he was there."""
    key = contents.place(link.path).page.key
    found = st.session_state.get(f"{key}.screen")
    return found if isinstance(found, WorkScreen) else None


def begin(link: Link) -> bool:
    """Have the run of ``link`` on its page, after the page was drawn once: as if its visitor had
    pressed the button. Who may not begin it himself watches it where somebody does. Whether the
    page is to be drawn anew."""
    shown = screen(link)
    config = settings(link)
    if shown is None or config is None:
        return False
    if getattr(shown, "turns", False):
        shown.turns = False  # type: ignore[attr-defined]  # what is turned is one visitor's alone
    asked = shown.work.experiment.normal(config)
    same = shown.config is not None and shown.config.fingerprint() == asked.fingerprint()
    if same and (shown.running or (shown.outcome == "finished" and not shown.work.steps)):
        return False
    if shown.refused(config):
        return shown.joins(config, anybody=True)
    shown.start(config)
    return True


def takes_part(link: Link) -> bool:
    """Whether this visitor watches the run of ``link``, or has its result before him. Asked beside
    the page: what its jobs tell is taken when the page itself runs."""
    shown = _at(link)
    return shown is not None and (shown.jobs is not None or shown.outcome == "finished")


def may_take_part(link: Link) -> bool:
    """Whether :func:`begin` may begin or join the run now."""
    shown, config = screen(link), settings(link)
    if shown is None or config is None:
        return False
    asked = shown.work.experiment.normal(config)
    at_work = shown.work.experiment.going(workers.manager(), asked, None)
    return bool(at_work) or not shown.refused(config)


def let_go(link: Link) -> bool:
    """Leave the run of ``link``, where this visitor watches it; whether he did. The machine's owner
    ends it for all."""
    shown = _at(link)
    if shown is None or shown.jobs is None:
        return False
    shown.stop()
    return True


def outcome(link: Link) -> Outcome | None:
    """How the run of ``link`` stands where this visitor sees it; None where he does not. Asked
    beside the page, as :func:`takes_part`."""
    shown = _at(link)
    return None if shown is None else shown.outcome


def ended(link: Link) -> Any:
    """The history of the run of ``link``, once it has ended well and this visitor has it; None
    before."""
    shown = _at(link)
    if shown is None:
        return None
    shown.poll()
    return shown.history if shown.outcome == "finished" else None


def _at(link: Link) -> WorkScreen[Any, Any] | None:
    """What this visitor sees, where that is the run of ``link``."""
    shown, config = screen(link), settings(link)
    if shown is None or config is None:
        return None
    try:
        asked = shown.work.experiment.normal(config)
    except KdlabError:
        return None
    same = shown.config is not None and shown.config.fingerprint() == asked.fingerprint()
    return shown if same else None
