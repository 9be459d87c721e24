"""A class with one room, and its instructor."""

from __future__ import annotations

import pytest

from kdlab.classroom.store import Classroom
from kdlab.system.paths import default_home
from tests.classroom.asking import Clock


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def store(clock):
    made = Classroom(default_home() / "class.sqlite3", clock, clock)
    yield made
    made.close()


@pytest.fixture
def room(store):
    return store.open_room("Tuesday").code


@pytest.fixture
def teacher(store, room):
    return store.as_instructor(room, store.secret(room))


@pytest.fixture
def again(clock):
    """Opens the same file as another process does."""
    made = []

    def opened():
        made.append(Classroom(default_home() / "class.sqlite3", clock, clock))
        return made[-1]

    yield opened
    for each in made:
        each.close()
