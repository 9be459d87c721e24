"""What a class predicts is seen by nobody before its run, and nobody begins it alone."""

from __future__ import annotations

import dataclasses

import pytest
from fakes import events_of
from told import button, words

from kdlab.config.schema import DistilConfig
from kdlab.lessons.lesson import Link
from tests.pages.classroom.halls import HELPS, WHY

ASKED = DistilConfig(labels=30)
SAYS = "Your class predicts this result now"


def live(hall, who="anna", **query):
    """``who`` has the live page open, in the lab."""
    page = hall.lab(who, room="")
    page.switch_page("distil/live.py")
    return hall.run(page, who, room=hall.code, **query)


def covered(page):
    return any("Predict first" in str(e.proto) for e in page.get("html"))


@pytest.fixture
def stored(store):
    """The result of the question is known on this machine."""
    store.record_run(ASKED, events_of(ASKED), {})
    return store


@pytest.mark.parametrize("who", ["anna", "instructor"])
def test_a_known_result_is_covered_until_its_run(hall, stored, who):
    page = live(hall, who, labels="30")
    assert not covered(page)
    hall.chair.ask(HELPS)
    hall.run(page, who)
    assert covered(page)
    assert SAYS in words(page)
    assert button(page, "Train").disabled
    hall.chair.close()
    hall.run(page, who)
    assert covered(page)
    hall.chair.run()
    hall.run(page, who)
    assert not covered(page)
    assert SAYS not in words(page)
    assert page.session_state["live.screen"].outcome == "finished"


def test_a_page_whose_controls_have_those_settings_is_covered_before_it_shows_them(hall, store):
    hall.chair.ask(HELPS)
    page = live(hall, labels="30")
    assert covered(page)


def test_who_presses_before_his_page_has_heard_of_the_question_begins_nothing(hall, manager):
    page = live(hall, labels="30")
    train = button(page, "Train")
    hall.chair.ask(HELPS)
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
def test_other_pages_and_settings_are_free(hall, stored, what):
    hall.chair.ask(what)
    page = live(hall, labels="30")
    assert not covered(page)
    assert not button(page, "Train").disabled


@pytest.mark.parametrize("then", ["clear", "ask", "leave"])
def test_it_is_uncovered_when_it_is_asked_no_more(hall, stored, then):
    hall.chair.ask(HELPS)
    page = live(hall, labels="30")
    assert covered(page)
    if then == "leave":
        page.button(key="class.leave").click().run()
    else:
        hall.chair.clear() if then == "clear" else hall.chair.ask(WHY)
        hall.run(page, "anna")
    assert not covered(page)
    assert not button(page, "Train").disabled
