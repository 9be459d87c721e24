"""A class in a folder of the test's own."""

from __future__ import annotations

import time

import pytest

from kdlab.classroom import Classroom
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.shell import instructing, visiting
from tests.pages.classroom.one_class import ClassUnderTest


@pytest.fixture
def class_(monkeypatch, tmp_path, store):
    behind = [0.0]
    rooms = Classroom(tmp_path / "class.sqlite3", lambda: time.time() - behind[0])
    made = ClassUnderTest(rooms, behind)

    def who():
        return Visitor(made.who, owner=made.who == "owner")

    def shown(code):  # the pass in this browser's cookie
        return rooms.browser_pass(code) if made.who == "instructor" else ""

    monkeypatch.setenv("KDLAB_TRUST", "key")
    monkeypatch.setattr(instructing, "rooms", lambda: rooms)
    monkeypatch.setattr(instructing, "_shown", shown)
    monkeypatch.setattr(visiting, "who", who)
    monkeypatch.setattr(visitor, "_known", [who])
    yield made
    rooms.close()
