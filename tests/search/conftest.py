from __future__ import annotations

import pytest
from quick_search import QUICK

from kdlab.experiments.search import space
from kdlab.storage.store import Store


@pytest.fixture
def config():
    return QUICK


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home", bundled=None)


@pytest.fixture
def folder(store):
    return store.home / "searches" / space.fingerprint(QUICK)


@pytest.fixture
def trained(monkeypatch):
    """How many students of how many variants were trained: a list of (student, variants)."""
    from kdlab.experiments.search import group

    seen = []
    real = group.train

    def train(config, trials, split, teacher):
        seen.append((config.student, len(trials)))
        yield from real(config, trials, split, teacher)

    monkeypatch.setattr(group, "train", train)
    return seen
