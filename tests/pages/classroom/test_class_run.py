"""The one run for all: who comes late, who may not begin it, and how it is stopped."""

from __future__ import annotations

import pytest
from fakes import FakeJob, events_of
from told import words

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.experiment import DISTILL
from kdlab.jobs import JobState
from pages.ui.classroom import following
from tests.pages.classroom.one_class import HELPS

ASKED = DistilConfig(labels=30)
WAITS = "Your page cannot begin it"


def keys(page):
    return {b.key for b in page.button}


def live(page):
    return page.session_state["live.screen"]


@pytest.fixture
def limited(monkeypatch):
    """No visitor may begin a run; this server's owner may."""
    monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.000001")


def at_work(manager):
    """Somebody has begun it."""
    manager.known.append(FakeJob(DISTILL.tasks(ASKED, 1)[0].key))


def test_who_comes_late_or_wakes_up_has_a_way_to_the_run(class_, manager):
    class_.instructor.ask(HELPS)
    class_.instructor.run()
    page = class_.lab("anna")
    assert page.title[0].value == "Knowledge distillation lab"
    assert "The run for all has begun" in words(page)
    page.button(key="class.go").click().run()
    class_.run(page, "anna")
    assert page.title[0].value == "Live distillation"
    assert live(page).config == ASKED
    assert live(page).running
    assert "It runs now" in words(page)
    assert "class.go" not in keys(page)


def test_a_run_that_has_ended_says_so_until_it_is_revealed(class_, manager):
    class_.instructor.ask(HELPS)
    page, instructor = class_.lab("anna"), class_.lab("instructor")
    class_.instructor.run()
    for each, who in ((page, "anna"), (instructor, "instructor")):
        class_.run(each, who)
    assert "It can be revealed when the run has ended" in words(instructor)
    for job in manager.jobs:
        job.tell(events_of(ASKED), JobState.DONE)
    for each, who in ((page, "anna"), (instructor, "instructor")):
        class_.run(each, who)
    assert "The run has ended. How the class did is shown when" in words(page)
    assert "It runs now" not in words(page)
    assert "The run has ended: reveal it" in words(instructor)
    instructor.button(key="class.reveal").click().run()
    class_.run(page, "anna")
    assert "The run has ended" not in words(page)


def test_who_stops_it_for_himself_or_sets_something_else_has_a_way_back(class_, manager):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    class_.instructor.run()
    class_.run(page, "anna")
    assert "class.go" not in keys(page)
    live(page).stop()
    class_.run(page, "anna")
    page.button(key="class.go").click().run()
    assert live(page).running


@pytest.mark.usefixtures("limited")
def test_who_may_not_begin_it_joins_once_somebody_has(class_, manager):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    class_.instructor.run()
    class_.run(page, "anna")
    assert page.title[0].value == "Live distillation"
    assert not live(page).running
    assert WAITS in words(page)
    class_.run(page, "anna")
    assert not live(page).running
    at_work(manager)
    class_.run(page, "anna")
    assert live(page).running
    assert WAITS not in words(page)


@pytest.mark.usefixtures("limited")
def test_a_page_that_waits_looks_again_by_itself(class_, manager, monkeypatch):
    looks = []
    monkeypatch.setattr(following, "try_again", looks.append)
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    class_.instructor.run()
    class_.run(page, "anna")
    assert looks
    at_work(manager)
    class_.run(page, "anna")
    before = len(looks)
    class_.run(page, "anna")
    assert len(looks) == before


def test_stop_ends_it_on_every_page_and_it_can_be_run_again(class_, manager):
    class_.instructor.ask(HELPS)
    page, instructor = class_.lab("anna"), class_.lab("instructor")
    class_.instructor.run()
    for each, who in ((page, "anna"), (instructor, "instructor")):
        class_.run(each, who)
        assert live(each).running
    instructor.button(key="class.stop").click().run()
    assert not instructor.exception
    assert class_.now().asked.phase == "closed"
    class_.run(page, "anna")
    for each in (page, instructor):
        assert live(each).outcome == "stopped"
        assert live(each).jobs is None
    assert all(job.released for job in manager.jobs)
    class_.instructor.run()
    class_.run(page, "anna")
    assert live(page).running, "fetched once more"


def test_another_run_of_a_visitor_is_not_stopped_with_it(class_, manager):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    class_.instructor.run()
    class_.run(page, "anna")
    page.query_params["labels"] = "50"
    class_.run(page, "anna")
    page.button(key="live.train").click().run()
    assert live(page).config.labels == 50
    class_.instructor.stop(1)
    class_.run(page, "anna")
    assert live(page).running


def asks(class_, who, link="http://x/live?labels=30"):
    """``who`` types a question about a run."""
    page = class_.opened(who)
    page.segmented_control(key="class.where").set_value("Your own").run()
    page.text_area(key="class.own.ask").set_value("Well?").run()
    page.text_input(key="class.own.link").set_value(link).run()
    assert not page.exception
    return page


def test_the_instructor_is_told_what_visitors_may_not_begin(class_, limited):
    page = asks(class_, "owner")
    assert "Visitors may not begin this run" in words(page)
    assert not page.button(key="class.ask").disabled
    page = asks(class_, "instructor")
    assert "Nobody in this class may begin that run" in words(page)
    assert page.button(key="class.ask").disabled


def test_of_a_known_result_and_of_a_usual_run_nothing_is_told(class_, store, monkeypatch):
    page = asks(class_, "instructor")
    assert "may begin" not in words(page)
    monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.000001")
    store.record_run(ASKED, events_of(ASKED), {})
    page = asks(class_, "instructor")
    assert "may begin" not in words(page)
    assert not page.button(key="class.ask").disabled


def test_the_dock_takes_nothing_of_what_the_page_is_told(class_, manager):
    """Else the browser would go on to read a stream that the page has left."""
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    class_.instructor.run()
    class_.run(page, "anna")
    shown = live(page)
    polled = []
    shown.poll = lambda: polled.append("page")
    page.session_state["live.screen"] = shown
    class_.run(page, "anna")
    page.switch_page("understand/the_loss.py")
    class_.run(page, "anna")
    assert "The run for all has begun" in words(page)
    assert "class.go" in keys(page)
    assert polled == ["page"], "the stage, once"
