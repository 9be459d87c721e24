from __future__ import annotations

import pytest

from kdlab.search import SearchConfig, space
from kdlab.store import Store

QUICK = SearchConfig(
    dataset="moons", points=300, teacher="mlp-16", teacher_epochs=3, labels=20, epochs=4, seeds=2,
    trials=6, max_parameters=40,
)  # fmt: skip


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
    from kdlab.search import group

    seen = []
    real = group.train

    def train(config, variants, split, teacher):
        seen.append((config.student, len(variants)))
        yield from real(config, variants, split, teacher)

    monkeypatch.setattr(group, "train", train)
    return seen
