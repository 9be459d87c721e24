"""A class for tests of its pages: a store of its own, and whoever the test says comes in."""

from __future__ import annotations

from pathlib import Path

from streamlit.testing.v1 import AppTest

from kdlab.lessons.lesson import Link, Prediction, Question, Wrong
from kdlab.translation import ENGLISH
from pages.ui.shell import speech
from tests.patience import PATIENCE

PAGES = Path(__file__).parents[3] / "pages"
HELPS = Prediction(
    "Will it help with 30 labels?", "verdict", ("gain",), Link("live", {"labels": "30"})
)
HOW_GOOD = Prediction(
    "How good is the student?", "number", ("accuracy distilled",), Link("live", {"labels": "30"}),
    (), 0.0, 100.0, 1.0, "%",
)  # fmt: skip
WHY = Question(
    "What makes it soft?", "The temperature", "It divides the scores.",
    (Wrong("The seed", "It only starts.", Link("live", {"labels": "all"})), Wrong("Alpha", "")),
)  # fmt: skip


class ClassUnderTest:
    """The store, one room, and the visitors of this process; ``who`` is in front now. ``behind``:
    by how many seconds the store's clock is late, for what was done some time ago."""

    def __init__(self, store, behind):
        self.store, self.behind = store, behind
        self.room = store.open_room("Tuesday")
        self.code = self.room.code
        self.who = "instructor"

    @property
    def instructor(self):
        """The instructor's actions."""
        return self.store.as_instructor(self.code, self.store.secret(self.code))

    def now(self):
        """The room."""
        return self.store.room(self.code)

    def opened(self, who, path="learn/class_room.py", **query):
        """``who`` opens a page alone."""
        self.who = who
        page = AppTest.from_file(PAGES / path, default_timeout=PATIENCE)
        page.session_state["link.room"] = query.pop("room", self.code)  # as the lab reads it
        page.session_state[speech.NOW] = query.pop("speaks", ENGLISH)
        return self.run(page, who, **query)

    def lab(self, who, **query):
        """``who`` opens the lab, at Home."""
        self.who = who
        page = AppTest.from_file(PAGES / "entry.py", default_timeout=PATIENCE)
        return self.run(page, who, **{"room": self.code, **query})

    def comes(self, who):
        """``who`` comes by the page of the class, in the lab."""
        page = self.lab(who, room="")
        page.session_state["link.room"] = self.code
        page.switch_page("learn/class_room.py")
        return self.run(page, who)

    def run(self, page, who, **query):
        """Run it for him."""
        self.who = who
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception, page.exception
        return page
