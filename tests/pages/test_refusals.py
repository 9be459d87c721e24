"""What a visitor of a server may not begin is told beside the button, which does nothing."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import JobError
from kdlab.hosting import visitor
from kdlab.hosting.visitor import OWNER, Visitor
from pages.ui.live import session
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
ATTACK = {"student": "mlp-1024", "epochs": "1000", "seeds": "64"}
SEARCH = {"max_parameters": "0", "trials": "2000"}
PAGES = [
    pytest.param("distil/live.py", "Train", ATTACK, id="live"),
    pytest.param("distil/map.py", "Train the map", ATTACK | {"epochs": "200"}, id="map"),
    pytest.param("distil/search.py", "Search", SEARCH, id="search"),
    pytest.param("teach/temperature.py", "Run", ATTACK, id="study"),
    pytest.param("clinic/mistakes.py", "Run", ATTACK, id="mistakes"),
]


@pytest.fixture
def who(monkeypatch):
    """Set who looks at the pages."""

    def ask(somebody):
        monkeypatch.setattr(visitor, "_known", [lambda: somebody])

    ask(Visitor("anna"))
    return ask


def opened(path, **query):
    page = AppTest.from_file(ROOT / "pages" / path, default_timeout=PATIENCE)
    for name, value in query.items():
        page.query_params[name] = value
    return page.run()


def button(page, label):
    (found,) = [b for b in page.button if b.label == label]
    return found


def warnings(page):
    return [re.sub(r"\\(.)", r"\1", w.value) for w in page.warning]


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_a_large_run_of_a_visitor_cannot_be_begun(path, label, query, who, manager, store):
    page = opened(path, **query)
    assert not page.exception
    assert button(page, label).disabled
    (told,) = [text for text in warnings(page) if "operations" in text]
    assert "for a visitor of this server" in told
    assert "Choose fewer" in told
    assert not [text for text in page.info if "Press" in text.value]
    assert not manager.submitted


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_the_owner_may_begin_it(path, label, query, who, manager, store):
    who(OWNER)
    page = opened(path, **query)
    assert not button(page, label).disabled
    assert not [text for text in warnings(page) if "operations" in text]


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_what_the_page_offers_a_visitor_can_be_begun(path, label, query, who, manager, store):
    page = opened(path)
    assert not warnings(page)
    button(page, label).click().run()
    assert not page.exception
    assert manager.submitted


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_a_click_that_comes_late_begins_nothing(
    path, label, query, who, manager, store, monkeypatch
):
    """The browser may show a button that is no longer what the server would draw."""
    page = opened(path)
    monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.0001")
    button(page, label).click().run()
    assert not page.exception
    assert not manager.submitted
    assert any("for a visitor of this server" in e.value for e in page.error)


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_what_is_at_work_goes_on_where_another_is_refused(
    path, label, query, who, manager, store, monkeypatch
):
    page = opened(path)
    button(page, label).click().run()
    (job,) = manager.jobs
    monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.0001")
    button(page, label).click().run()
    assert not page.exception
    assert len(manager.submitted) == 1
    assert not job.released


def test_new_seeds_are_held_to_it_too(who, manager, store):
    page = opened("distil/live.py", **ATTACK)
    assert button(page, "New seeds").disabled


def test_what_is_stored_is_replayed_for_everybody(who, manager, store, monkeypatch):
    config = DistilConfig(student="mlp-1024", epochs=1000, seeds=64)
    monkeypatch.setattr(store, "load_run", lambda asked: events_of(asked))
    monkeypatch.setattr(session.workers.store(), "events", lambda asked: events_of(asked))
    page = opened("distil/live.py", **ATTACK)
    assert not button(page, "Train").disabled
    button(page, "Train").click().run()
    assert not page.exception
    assert not manager.submitted
    assert page.session_state["live.screen"].config == checks.normal(config)


@pytest.mark.parametrize(("path", "label", "query"), PAGES)
def test_one_job_too_many_is_a_sentence(path, label, query, who, manager, store):
    manager.refuses = JobError("4 of your runs are at work", "at most 4", "Stop one of them")
    page = opened(path)
    before = [each.proto.text for each in page.get("progress")]
    button(page, label).click().run()
    assert not page.exception
    assert any("at most 4" in e.value for e in page.error)
    assert [each.proto.text for each in page.get("progress")] == before  # nothing was stopped
