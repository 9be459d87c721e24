"""What a class predicts is seen by nobody before its run, and nobody begins it alone."""

from __future__ import annotations

import dataclasses

import pytest
from fakes import events_of
from told import button, words

from kdlab.config.schema import DistilConfig
from kdlab.lessons.lesson import Link
from tests.pages.classroom.one_class import HELPS, WHY

ASKED = DistilConfig(labels=30)
SAYS = "Your class predicts this result now"


def live(class_, who="anna", **query):
    """``who`` has the live page open, in the lab."""
    page = class_.lab(who, room="")
    page.switch_page("distil/live.py")
    return class_.run(page, who, room=class_.code, **query)


def covered(page):
    return any("Predict first" in str(e.proto) for e in page.get("html"))


@pytest.fixture
def stored(store):
    """The result of the question is known on this machine."""
    store.record_run(ASKED, events_of(ASKED), {})
    return store


@pytest.mark.parametrize("who", ["anna", "instructor"])
def test_a_known_result_is_covered_until_its_run(class_, stored, who):
    page = live(class_, who, labels="30")
    assert not covered(page)
    class_.instructor.ask(HELPS)
    class_.run(page, who)
    assert covered(page)
    assert SAYS in words(page)
    assert button(page, "Train").disabled
    class_.instructor.close()
    class_.run(page, who)
    assert covered(page)
    class_.instructor.run()
    class_.run(page, who)
    assert not covered(page)
    assert SAYS not in words(page)
    assert page.session_state["live.screen"].outcome == "finished"


def test_a_page_whose_controls_have_those_settings_is_covered_before_it_shows_them(class_, store):
    class_.instructor.ask(HELPS)
    page = live(class_, labels="30")
    assert covered(page)


def test_who_presses_before_his_page_has_heard_of_the_question_begins_nothing(class_, manager):
    page = live(class_, labels="30")
    train = button(page, "Train")
    class_.instructor.ask(HELPS)
    train.click().run()
    assert not page.exception
    assert not manager.jobs
    assert SAYS in words(page)
    assert not page.session_state["live.screen"].problem


@pytest.mark.parametrize(
    "what",
    [WHY, dataclasses.replace(HELPS, link=Link("live", {"labels": "all"})),
     dataclasses.replace(HELPS, link=Link("map", {}))],
)  # fmt: skip
def test_other_pages_and_settings_are_free(class_, stored, what):
    class_.instructor.ask(what)
    page = live(class_, labels="30")
    assert not covered(page)
    assert not button(page, "Train").disabled


@pytest.mark.parametrize("then", ["clear", "ask", "leave"])
def test_it_is_uncovered_when_it_is_asked_no_more(class_, stored, then):
    class_.instructor.ask(HELPS)
    page = live(class_, labels="30")
    assert covered(page)
    if then == "leave":
        page.button(key="class.leave").click().run()
    else:
        class_.instructor.clear() if then == "clear" else class_.instructor.ask(WHY)
        class_.run(page, "anna")
    assert not covered(page)
    assert not button(page, "Train").disabled
