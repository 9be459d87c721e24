"""Turning T and alpha of a run that goes on, from one page and from another of the same visitor."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest
from told import screen, stop, streamed

from kdlab.events import Turned
from kdlab.experiments.run import steering
from kdlab.jobs import JobState
from tests.patience import PATIENCE

PAGE = Path(__file__).parents[3] / "pages" / "distil" / "live.py"


@pytest.fixture
def told(monkeypatch):
    """What the worker was told."""
    record = []
    monkeypatch.setattr(steering, "turn", lambda jobs, *wish: record.append(wish))
    return record


def opened(**query):
    """A page as a browser opens it."""
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


@pytest.fixture
def begun(manager, store, told):
    """A run that is turned, and its job."""
    page = opened()
    page.toggle(key="live.turns").set_value(True).run()
    page.button(key="live.train").click().run()
    job = manager.jobs[-1]
    manager.known.append(job)
    return page, job


def turn(page, alpha):
    page.slider(key="live.alpha").set_value(alpha).run()


def test_a_page_that_is_loaded_anew_goes_on_and_turns(begun, manager, told):
    first, job = begun
    turn(first, 0.5)
    assert told == [(4.0, 0.5)]
    again = opened(alpha="0.5")
    assert screen(again, "live").jobs.jobs == [job]
    assert again.toggle(key="live.turns").value
    assert told == [(4.0, 0.5)], "nobody has moved anything"
    turn(again, 0.25)
    assert told[1:] == [(4.0, 0.25)]
    assert screen(again, "live").config.alpha == 0.9, "how it began"


def test_what_was_turned_is_told_when_it_counts_and_not_a_move_later(begun):
    page, job = begun
    asked = screen(page, "live").turning.asked
    job.tell(events_of(asked, epochs=4))
    turn(page, 0.5)
    number, told = streamed(screen(page, "live").subscription)
    assert "schedule" not in told["told"]["is"]
    after = events_of(asked, epochs=5)
    after.insert(-2, Turned(epoch=4, temperature=4.0, alpha=0.5))
    job.tell(after)
    _, told = streamed(screen(page, "live").subscription, number)
    assert "4:4:0.5" in str(told["told"])


def test_a_page_that_stands_elsewhere_does_not_join(begun, manager):
    turn(begun[0], 0.5)
    for query in ({}, {"alpha": "0.5", "seeds": "3"}):
        other = opened(**query)
        assert screen(other, "live").jobs is None
        assert not other.toggle(key="live.turns").value


def test_another_page_of_the_visitor_does_not_turn_it_back(begun, told):
    page, _ = begun
    other = opened()
    turn(other, 0.5)
    page.run()
    assert told == [(4.0, 0.5)]


def test_a_run_that_was_stopped_is_not_taken_up_again(begun):
    page, job = begun
    turn(page, 0.5)
    again = opened(alpha="0.5")
    stop(again, "live")
    job.state = JobState.RUNNING  # the lease of the page that was left still holds
    again.run()
    assert screen(again, "live").jobs is None
    again.button(key="live.reset").click().run()
    assert screen(again, "live").history is None


def test_each_of_two_runs_is_found_again(begun, manager):
    _, first = begun
    other = opened(seeds="3")
    other.toggle(key="live.turns").set_value(True).run()
    other.button(key="live.train").click().run()
    second = manager.jobs[-1]
    manager.known.append(second)
    assert screen(opened(), "live").jobs.jobs == [first]
    assert screen(opened(seeds="3"), "live").jobs.jobs == [second]


def test_a_run_that_has_just_ended_is_not_trained_again(begun, manager, monkeypatch):
    _, job = begun
    monkeypatch.setattr(manager, "is_at_work", lambda keys, visitor: job.key in keys)
    job.state = JobState.DONE  # between the question and the answer
    page = opened()
    assert screen(page, "live").jobs is None
    assert manager.jobs[-1].released, "what was handed in for that is stopped at once"


def test_the_switch_may_be_turned_off_in_mid_run(begun, told):
    page, _ = begun
    page.toggle(key="live.turns").set_value(False).run()
    turn(page, 0.5)
    assert told == []
    page.toggle(key="live.turns").set_value(True).run()
    assert told == [(4.0, 0.5)]
