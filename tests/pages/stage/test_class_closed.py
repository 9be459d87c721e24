"""What the pages say to a class that is closed to searches, uploads and full runs."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeManager
from streamlit.testing.v1 import AppTest
from told import words

from kdlab.hosting import class_rights, visitor
from kdlab.hosting.visitor import Visitor
from kdlab.storage.store import Store
from pages.ui.shell import workers
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
CLOSED = "closed to this class"


@pytest.fixture
def allowed(monkeypatch, tmp_path):
    """A visitor of a class, whose room allows what is in the set."""
    found = set()
    monkeypatch.setenv("KDLAB_CLASS", "1")
    monkeypatch.setenv("KDLAB_TRUST", "key")
    monkeypatch.setattr(class_rights, "_known", [lambda who, what: what in found])
    monkeypatch.setattr(workers, "manager", FakeManager)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    visitor.ask(lambda: Visitor("ann"))
    return found


def opened(path):
    page = AppTest.from_file(ROOT / "pages" / path, default_timeout=PATIENCE).run()
    assert not page.exception
    return page


def button(page, label):
    return next(each for each in page.button if each.label == label)


def test_a_search_is_refused_beside_its_button_and_open_when_it_is_allowed(allowed):
    page = opened("distil/search.py")
    assert f"Searches are {CLOSED}" in words(page)
    page.session_state["search.screen"].start(
        page.session_state["search.screen"].work.experiment.config()
    )
    assert page.session_state["search.screen"].jobs is None, "whatever a browser may send"
    allowed.add("searches")
    assert CLOSED not in words(opened("distil/search.py"))


def test_own_images_and_weights_are_refused_where_they_would_be_loaded(allowed):
    page = AppTest.from_file(ROOT / "pages" / "distil" / "live.py", default_timeout=PATIENCE)
    page.query_params["dataset"] = "images"
    page.run()
    assert not page.exception
    data = [each for each in page.file_uploader if "settings" not in each.label]
    assert data
    assert all(each.proto.disabled for each in data)
    assert "Uploads are off in this class" in words(page)
    assert not [e for e in page.file_uploader if "settings" in e.label and e.proto.disabled]
    allowed.add("uploads")
    page.run()
    assert not any(each.proto.disabled for each in page.file_uploader)
    assert "Uploads are off in this class" not in words(page)


def test_a_full_run_is_refused_beside_its_button(allowed):
    page = opened("distil/full_run.py")
    assert button(page, "Start the run").disabled
    assert f"Full runs are {CLOSED}" in words(page)
    allowed.add("full runs")
    page.run()
    assert not button(page, "Start the run").disabled


def test_home_tells_what_is_closed(allowed):
    page = opened("home/home.py")
    table = page.expander[0].markdown[1].value
    assert "| Searches may be started `KDLAB_CLASS_ALLOWS` | **no** |" in table
    assert "| Own files may be loaded `KDLAB_CLASS_ALLOWS` | **no** |" in table
