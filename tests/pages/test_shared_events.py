"""Stored events are kept in memory for all visitors: no page changes what it draws."""

from __future__ import annotations

import copy
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.storage import stored
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS
from pages.ui.shell import workers
from pages.ui.shell.contents import CONTENTS
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
SCRIPTS = {page.path: page.script for pages in CONTENTS.values() for page in pages}
PAGES = ["live", "map", "search", "temperature", "mistakes", "layers"]


@pytest.fixture
def shared(monkeypatch, tmp_path):
    """What is remembered in this test, and copies of it as it was at first: pairs."""
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path / "home"))
    remembered, known = stored._remembered, {}

    def seen(content):
        events = remembered(content)
        known.setdefault(content, (events, copy.deepcopy(events)))
        return events

    monkeypatch.setattr(stored, "_remembered", seen)
    monkeypatch.setattr(stored, "REMEMBERED_BYTES", stored.MOST_BYTES)
    remembered.cache_clear()
    yield known
    remembered.cache_clear()


def unchanged(shared) -> bool:
    assert shared, "nothing was read that is shared"
    return all(events == before for events, before in shared.values())


@pytest.mark.parametrize("name", EXPERIMENTS)
def test_who_folds_and_tells_a_stored_result_changes_nothing_of_it(shared, tmp_path, name):
    experiment = EXPERIMENTS[name]
    for config in experiment.presets.values():
        asked = experiment.normal(config)
        events = experiment.load_result(asked, Store(tmp_path / "home"), bundled=True)
        if not events:
            continue
        first, second = (experiment.history(asked) for _ in range(2))
        first.take(events)
        for table in experiment.tables.values():
            table(first)
        if first.complete:
            experiment.as_json(asked, first)
            experiment.summary(first)
        second.take(events)
        assert second.complete == first.complete
    assert unchanged(shared)


@pytest.mark.parametrize("name", PAGES)
def test_a_page_changes_nothing_of_what_all_visitors_see(shared, name):
    for _ in range(2):
        page = AppTest.from_file(ROOT / SCRIPTS[name], default_timeout=PATIENCE).run()
        assert not page.exception
        for tab in page.tabs:
            page.session_state[f"{page.session_state['link.page']}.tab"] = tab.label
            page.run()
            assert not page.exception
    assert unchanged(shared)
