"""What every page of these tests gets in place of workers."""

from __future__ import annotations

import pytest
from fakes import FakeManager

from kdlab.storage.store import Store
from pages.ui.shell import workers


@pytest.fixture(autouse=True)
def manager(monkeypatch):
    """Whoever asks for a worker gets this one. Real ones would start processes, and leave them and
    their threads to all tests after."""
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    return made


@pytest.fixture
def store(monkeypatch, tmp_path):
    """An empty store of its own: nothing bundled either."""
    made = Store(tmp_path / "home", bundled=None)
    monkeypatch.setattr(workers, "store", lambda: made)
    return made
