"""One small data split and teacher for all tests of arms, and a workshop of its own for each."""

from __future__ import annotations

import pytest
from plain_loop import QUICK, split_of, teacher_for

from kdlab.arms.workshop import Workshop
from kdlab.store import Store


@pytest.fixture(scope="session")
def quick_split():
    return split_of(QUICK)


@pytest.fixture(scope="session")
def quick_teacher(quick_split):
    return teacher_for(QUICK, quick_split)


@pytest.fixture
def make_shop(quick_split, quick_teacher, tmp_path):
    """``make_shop(seeds=3)``: a workshop with these settings changed; ``own`` replaces the common
    teacher."""

    def make(own=None, **changes):
        config = QUICK.model_copy(update=changes)
        found = own or quick_teacher
        shop = Workshop(config, quick_split, found, Store(tmp_path / "home", bundled=None))
        list(shop.prepare(()))
        return shop

    return make


@pytest.fixture
def shop(make_shop):
    return make_shop()
