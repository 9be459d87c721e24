"""Who may join the work of somebody else on a page, and whose Stop ends it: with real workers."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.experiments.sweep import SweepConfig
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.hosting import visitor
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.jobs import JobState
from kdlab.storage.store import Store
from kdlab.streams import Hub
from pages.ui.shell import workers
from pages.ui.stream import hub
from tests.jobs import iterators
from tests.patience import PATIENCE

MAP = Path(__file__).parents[2] / "pages/distil/map.py"
ANN = Visitor("ann")
LARGE = {"student": "mlp-1024", "epochs": "200", "seeds": "64"}
SMALL = {"seeds": "2"}


@pytest.fixture
def going(manager, monkeypatch, tmp_path):
    """``going(query, who)``: a map that ``who`` has at work until it is stopped; its job."""
    streams = Hub()
    monkeypatch.setattr(workers, "manager", lambda: manager)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path / "home", bundled=None))
    monkeypatch.setattr(hub, "hub", lambda: streams)

    def begin(query, who):
        config = SWEEP.normal(asked(query))
        key = SWEEP.tasks(config, 1)[0].key
        marker = str(tmp_path / "closed")
        return manager.submit(iterators.until_closed, marker, owner="first", key=key, visitor=who)

    yield begin
    streams.close()


@pytest.fixture
def opened(monkeypatch):
    """``opened(query, who)``: the page of ``who``, who goes on to look at it."""

    def look(query, who):
        monkeypatch.setattr(visitor, "_known", [lambda: who])
        page = AppTest.from_file(MAP, default_timeout=PATIENCE)
        for name, value in query.items():
            page.query_params[name] = value
        page.run()
        assert not page.exception
        return page

    return look


def asked(query) -> SweepConfig:
    config, wrong = SweepConfig.from_query(query)
    assert not wrong
    return config


def offers_to_watch(page) -> list[object]:
    return [one for one in page.button if one.label == "Watch it"]


def test_who_may_not_begin_it_may_not_keep_it_going(going, opened, manager):
    job = going(LARGE, OWNER)
    page = opened(LARGE, ANN)
    assert not offers_to_watch(page)
    shown = page.session_state["map.screen"]
    shown.watch_it(asked(LARGE))  # a click on a button of an older page
    page.run()
    assert shown.jobs is None
    assert "for a visitor of this server" in shown.problem
    assert job.owners == {"first"}
    job.release("first")
    assert not manager.is_at_work({job.key}, None), "the owner's page was the only one"


def test_the_owner_stops_it_for_all_and_a_visitor_for_himself_alone(going, opened, monkeypatch):
    job = going(SMALL, ANN)
    page = opened(SMALL, OWNER)
    offers_to_watch(page)[0].click().run()
    assert not page.exception
    mine = page.session_state["map.screen"]
    assert mine.jobs.shared
    assert len(job.owners) == 2

    other = opened(SMALL, Visitor("bob"))
    offers_to_watch(other)[0].click().run()
    his = other.session_state["map.screen"]
    assert len(job.owners) == 3
    his.stop()
    assert len(job.owners) == 2
    assert not job.is_cancelling, "it goes on for the others"
    offers_to_watch(other.run())[0].click().run()
    assert len(job.owners) == 3

    monkeypatch.setattr(visitor, "_known", [lambda: OWNER])
    mine.stop()
    assert job.wait(PATIENCE)
    assert job.state is JobState.CANCELLED
    monkeypatch.setattr(visitor, "_known", [lambda: Visitor("bob")])
    other.run()
    assert not other.exception
    assert not his.running
    assert his.outcome == "stopped"
    assert not offers_to_watch(other)
