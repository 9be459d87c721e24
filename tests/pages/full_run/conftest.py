"""The page of full runs, with workers that train nothing and processes that do not start."""

from __future__ import annotations

import pytest
from fullruns import (
    PAGE,
    Manager,
    at_work,
)
from streamlit.testing.v1 import AppTest

from kdlab.full_run.run import process
from kdlab.storage.store import Store
from pages.ui.full_run import machine, rough, start, watch
from pages.ui.shell import workers
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def _released():
    yield
    while at_work:
        at_work.pop().release()


@pytest.fixture
def manager(monkeypatch):
    known = Manager()
    monkeypatch.setattr(workers, "manager", lambda: known)
    return known


@pytest.fixture
def begun(monkeypatch):
    """Runs that were started: none is."""
    found = []
    monkeypatch.setattr(process, "start", lambda run, gpus=1: found.append((run, gpus)) or 1)
    return found


@pytest.fixture
def page(manager, begun, monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    for shared in (watch._summaries, start.measuring, rough.guesses,
                   machine._kept):  # fmt: skip
        shared.clear()
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)
