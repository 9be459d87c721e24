"""What every page of these tests gets in place of workers."""

from __future__ import annotations

import pytest
from fakes import FakeManager

from pages.ui.shell import workers


@pytest.fixture(autouse=True)
def manager(monkeypatch):
    """Whoever asks for a worker gets this one. Real ones would start processes, and leave them and
    their threads to all tests after."""
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    return made
