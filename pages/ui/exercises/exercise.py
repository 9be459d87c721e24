"""An exercise: a page of the lab as it was set up, what is hidden on it, and what is asked beside
it. As a link, as the step of a lesson, and read back from a link."""

from __future__ import annotations

from dataclasses import dataclass
from urllib.parse import parse_qsl, urlencode, urlsplit

import streamlit as st

from kdlab.config.base import Settings
from kdlab.errors import ConfigError, LessonError
from kdlab.lessons import writing
from kdlab.lessons.lesson import Event, Lesson, Link, Prediction, Question, Step
from kdlab.translation import say
from pages.ui.shell import launch, page_links, reach
from pages.ui.shell import state as links
from pages.ui.shell.contents import CONTENTS, Entry

PAGES = {
    page.path: page
    for section in CONTENTS.values()
    for page in section
    if page.path and (page.model or page.key.startswith("study."))
}
"""Address -> each page that has settings, in the order of the menu."""
MOST_CHARACTERS = 8000
"""Of an address that is read: no browser sends a longer one."""


@dataclass(frozen=True)
class Exercise:
    """What is handed out. ``ask`` stands beside the page, under ``heading`` and ``text``
    (Markdown); ``control`` is pointed at; ``waits``: the step ends with a run."""

    page: Entry
    config: Settings
    hide: tuple[str, ...] = ()
    heading: str = ""
    text: str = ""
    ask: Prediction | Question | None = None
    control: str = ""
    waits: bool = False
    after: str = ""

    @property
    def link(self) -> Link:
        """The page with the settings that differ from the defaults, and what is hidden."""
        query = page_links.query(self.config)
        if self.hide:
            query[links.HIDE] = ",".join(sorted(self.hide))
        return Link(self.page.path, query)

    @property
    def says_something(self) -> bool:
        """Whether anything stands beside the page: then the link opens a lesson of one step."""
        return bool(self.text or self.ask is not None)

    def step(self) -> Step:
        """The same as a step of a lesson."""
        until: tuple[Event, ...] = ()
        if isinstance(self.ask, Question):
            until = (Event("answered"),)
        elif self.ask is not None:
            until = (Event("answered"), Event("run ended"))
        elif self.waits:
            until = (Event("run ended"),)
        return Step(
            heading=writing.one_line(self.heading) or say(self.page.title),
            text=writing.prose(self.text),
            page=self.link,
            control=self.control,
            until=until,
            predict=self.ask if isinstance(self.ask, Prediction) else None,
            question=self.ask if isinstance(self.ask, Question) else None,
            after=writing.prose(self.after),
        )

    def lesson(self) -> bytes:
        """A lesson of this one step, as a file."""
        step = self.step()
        made = Lesson(
            name="",
            title=step.heading,
            about=say("An exercise on the page {page}.", page=say(self.page.title)),
            minutes=max(1, self.page.minutes // 2),
            needs=say("The page as it opens is enough."),
            intro="",
            steps=(step,),
        )
        return writing.lesson(made).encode()


def address(link: Link, lesson: str = "") -> str:
    """The whole address of ``link`` on this server, as others in the network reach it where they
    do; with the ``lesson`` that is open beside it, at its first step."""
    query = dict(link.query) | ({"lesson": f"{lesson}.1"} if lesson else {})
    return f"{root()}/{link.path}" + (f"?{urlencode(query)}" if query else "")


def root() -> str:
    """The root of the lab for whoever gets a link; without a slash at its end."""
    found = reach.from_elsewhere()
    if found is not None:
        return found
    try:
        here = urlsplit(st.context.url or launch.address())
        return f"{here.scheme}://{here.netloc}{reach.before_the_page(here)}"
    except ValueError:
        return "http://localhost:8501"


def host() -> str:
    """The name of the machine in :func:`root`."""
    return urlsplit(root()).hostname or ""


def read(text: str) -> tuple[Exercise, list[str]]:
    """The exercise that an address of the lab hands out, and a sentence for each of its settings
    that cannot be. ConfigError for what is no such address. The server in it does not count."""
    typed = text.strip()
    try:
        parts = urlsplit(typed[:MOST_CHARACTERS])
        path = parts.path.rstrip("/").rpartition("/")[2]
        query = dict(parse_qsl(parts.query))
    except ValueError:
        path, query = "", {}
    if path not in PAGES:
        raise ConfigError(
            f"the address is {typed[:80]!r}",
            "the address of a page of this lab that has settings, like .../live?labels=100",
            "Open the page, set it up, and copy its address from the browser",
        )
    page = PAGES[path]
    assert page.settings is not None
    config, problems = page.settings.from_query(query)
    hide = tuple(sorted({h.strip() for h in query.get(links.HIDE, "").split(",") if h.strip()}))
    return Exercise(page, config, hide), problems


def check(made: Exercise) -> None:
    """LessonError where what stands beside the page is not complete."""
    ask = made.ask
    if isinstance(ask, Question):
        if not ask.ask:
            raise _lacks(say("There are answers and no question: type one."))
        if not ask.right:
            raise _lacks(say("No answer is marked as right: type the right answer."))
        said = [ask.right, *(each.say for each in ask.wrong)]
        if len(said) < 2:
            raise _lacks(
                say("There is one answer; two to five are allowed: type at least one wrong answer.")
            )
        if len(set(said)) < len(said):
            raise _lacks(say("An answer appears twice: change one of them."))
    if isinstance(ask, Prediction) and not ask.ask:
        raise _lacks(say("Nothing is asked: type what is to be predicted."))


def begun(made: Exercise) -> bool:
    """Whether anything of a question was typed: nobody is told what it lacks before."""
    ask = made.ask
    return not isinstance(ask, Question) or bool(ask.ask or ask.right or ask.wrong)


def _lacks(sentence: str) -> LessonError:
    return LessonError(
        "the exercise is not complete", "a question with its answers", "Complete it", [sentence]
    )
