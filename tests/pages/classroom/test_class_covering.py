"""What a class predicts is seen by nobody before its run, and nobody begins it alone."""

from __future__ import annotations

import dataclasses

import pytest
from fakes import events_of
from told import button, words

from kdlab.config import one_text
from kdlab.config.schema import DistilConfig
from kdlab.lessons.lesson import Lesson, Link, Step
from pages.ui.exercises import results
from tests.pages.classroom.one_class import HELPS, WHY

ASKED = DistilConfig(labels=30)
SAYS = "Your class is predicting this result now"


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


# -- other ways to the same result ----------------------------------------------------------------

OTHER = DistilConfig(labels=50)


def beside(class_, **query):
    """The live page with another finished run, beside which the one in question is pinned."""
    return live(class_, labels="50", pin=one_text.written(ASKED), **query)


def compared(page):
    return any("kd-compared" in e.proto.body for e in page.get("html"))


def test_beside_another_run_it_is_not_shown_either(class_, stored):
    stored.record_run(OTHER, events_of(OTHER), {})
    class_.instructor.ask(HELPS)
    page = beside(class_)
    assert not compared(page)
    assert not covered(page), "the run of the page is another one"
    assert "The pinned run stands faintly behind" not in str(page._tree)
    assert SAYS in words(page), "beside what is pinned"
    class_.instructor.close()
    class_.instructor.run()
    assert compared(beside(class_))


def test_a_page_that_shows_it_beside_another_is_drawn_anew_when_it_is_asked(class_, stored):
    stored.record_run(OTHER, events_of(OTHER), {})
    page = beside(class_)
    assert compared(page)
    class_.instructor.ask(HELPS)
    class_.run(page, "anna")
    assert not compared(page)
    class_.instructor.clear()
    class_.run(page, "anna")
    assert compared(page)


def test_another_pinned_run_is_free(class_, stored):
    stored.record_run(OTHER, events_of(OTHER), {})
    class_.instructor.ask(dataclasses.replace(HELPS, link=Link("live", {"labels": "20"})))
    assert compared(beside(class_))


def test_nobody_trains_it_as_a_pinned_run(class_, manager):
    class_.instructor.ask(HELPS)
    page = beside(class_)
    assert button(page, "Train the pinned run").disabled
    assert not manager.jobs


@pytest.mark.parametrize("path", ["live", "language-model"])
def test_the_same_run_on_another_page_is_covered(class_, path):
    class_.instructor.ask(dataclasses.replace(HELPS, link=Link(path, {"dataset": "names"})))
    page = class_.lab("anna", room="")
    page.switch_page("distil/language.py" if path == "live" else "distil/live.py")
    class_.run(page, "anna", room=class_.code, dataset="names")
    assert covered(page)
    assert SAYS in words(page)


def test_a_handout_with_answers_leaves_it_out(class_, stored, monkeypatch):
    page = class_.lab("anna")
    lesson = Lesson("x", "X", "", 5, "", "", (Step("1", "Predict.", predict=HELPS),))
    monkeypatch.setattr("pages.ui.classroom.membership.room", class_.now)
    assert results.told(lesson)
    class_.instructor.ask(HELPS)
    assert not results.told(lesson)
    class_.instructor.run()
    assert results.told(lesson)
    assert not page.exception


def rules(page):
    return "".join(e.proto.body for e in page.get("html") if "<style>" in e.proto.body)


def test_what_to_see_in_its_preset_is_covered_with_it_and_tables_of_all_choices(class_):
    class_.instructor.ask(dataclasses.replace(HELPS, link=Link("claims", {"seeds": "3"})))
    page = class_.lab("anna", room="")
    page.switch_page("clinic/claims.py")
    class_.run(page, "anna", room=class_.code, seeds="3")
    assert covered(page)
    assert "--kd-answers: hidden" in rules(page)
    class_.run(page, "anna", seeds="4")
    assert not covered(page)
    assert "--kd-answers: hidden" not in rules(page)
    assert ".st-key-verdicts" in rules(page)
    class_.instructor.run()
    class_.run(page, "anna")
    assert ".st-key-verdicts" not in rules(page)
