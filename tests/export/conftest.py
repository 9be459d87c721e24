"""Scripts that are run within a test are called without options, as their readers do."""

from __future__ import annotations

import pytest


@pytest.fixture(autouse=True)
def without_options(monkeypatch):
    """What pytest was called with is not for them."""
    monkeypatch.setattr("sys.argv", ["script.py"])
