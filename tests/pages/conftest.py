"""No page of these tests starts processes of its own: a test that forgets to say who does the work
would leave them, and their threads, to all tests after it."""

from __future__ import annotations

import pytest
from fakes import FakeManager

from pages.ui import background


@pytest.fixture(autouse=True)
def _no_workers(monkeypatch):
    monkeypatch.setattr(background, "manager", FakeManager)
