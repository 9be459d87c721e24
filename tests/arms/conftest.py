"""One small data split and teacher for all tests of arms, and a training context of its own for
each."""

from __future__ import annotations

import pytest
from plain_loop import QUICK, split_of, teacher_for

from kdlab.storage.store import Store
from kdlab.training.arms.context import TrainingContext


@pytest.fixture(scope="session")
def quick_split():
    return split_of(QUICK)


@pytest.fixture(scope="session")
def quick_teacher(quick_split):
    return teacher_for(QUICK, quick_split)


@pytest.fixture
def make_context(quick_split, quick_teacher, tmp_path):
    """``make_context(seeds=3)``: a training context with these settings changed; ``own`` replaces
    the common teacher."""

    def make(own=None, **changes):
        config = QUICK.model_copy(update=changes)
        found = own or quick_teacher
        context = TrainingContext(
            config, quick_split, found, Store(tmp_path / "home", bundled=None)
        )
        list(context.prepare(()))
        return context

    return make


@pytest.fixture
def context(make_context):
    return make_context()
