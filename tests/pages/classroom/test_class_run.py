"""The one run for all: who comes late, who may not begin it, and how it is stopped."""

from __future__ import annotations

import pytest
from fakes import FakeJob
from told import words

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.experiment import DISTILL
from pages.ui.classroom import following
from tests.pages.classroom.halls import HELPS

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


def test_who_comes_late_or_wakes_up_has_a_way_to_the_run(hall, manager):
    hall.chair.ask(HELPS)
    hall.chair.run()
    page = hall.lab("anna")
    assert page.title[0].value == "Knowledge distillation lab"
    assert "It runs now" in words(page)
    page.button(key="class.go").click().run()
    hall.run(page, "anna")
    assert page.title[0].value == "Live distillation"
    assert live(page).config == ASKED
    assert live(page).running
    assert "class.go" not in keys(page)


def test_who_stops_it_for_himself_or_sets_something_else_has_a_way_back(hall, manager):
    hall.chair.ask(HELPS)
    page = hall.lab("anna")
    hall.chair.run()
    hall.run(page, "anna")
    assert "class.go" not in keys(page)
    live(page).stop()
    hall.run(page, "anna")
    page.button(key="class.go").click().run()
    assert live(page).running


@pytest.mark.usefixtures("limited")
def test_who_may_not_begin_it_joins_once_somebody_has(hall, manager):
    hall.chair.ask(HELPS)
    page = hall.lab("anna")
    hall.chair.run()
    hall.run(page, "anna")
    assert page.title[0].value == "Live distillation"
    assert not live(page).running
    assert WAITS in words(page)
    hall.run(page, "anna")
    assert not live(page).running
    at_work(manager)
    hall.run(page, "anna")
    assert live(page).running
    assert WAITS not in words(page)


@pytest.mark.usefixtures("limited")
def test_a_page_that_waits_looks_again_by_itself(hall, manager, monkeypatch):
    looks = []
    monkeypatch.setattr(following, "try_again", looks.append)
    hall.chair.ask(HELPS)
    page = hall.lab("anna")
    hall.chair.run()
    hall.run(page, "anna")
    assert looks
    at_work(manager)
    hall.run(page, "anna")
    before = len(looks)
    hall.run(page, "anna")
    assert len(looks) == before


def test_stop_ends_it_on_every_page_and_it_can_be_run_again(hall, manager):
    hall.chair.ask(HELPS)
    page, chair = hall.lab("anna"), hall.lab("instructor")
    hall.chair.run()
    for each, who in ((page, "anna"), (chair, "instructor")):
        hall.run(each, who)
        assert live(each).running
    chair.button(key="class.stop").click().run()
    assert not chair.exception
    assert hall.now().asked.phase == "closed"
    hall.run(page, "anna")
    for each in (page, chair):
        assert live(each).outcome == "stopped"
        assert live(each).jobs is None
    assert all(job.released for job in manager.jobs)
    hall.chair.run()
    hall.run(page, "anna")
    assert live(page).running, "fetched once more"


def test_another_run_of_a_visitor_is_not_stopped_with_it(hall, manager):
    hall.chair.ask(HELPS)
    page = hall.lab("anna")
    hall.chair.run()
    hall.run(page, "anna")
    page.query_params["labels"] = "50"
    hall.run(page, "anna")
    page.button(key="live.train").click().run()
    assert live(page).config.labels == 50
    hall.chair.stop(1)
    hall.run(page, "anna")
    assert live(page).running
