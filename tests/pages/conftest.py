"""What every page of these tests gets in place of workers."""

from __future__ import annotations

import threading

import pytest
from fakes import FakeManager

from kdlab.storage.store import Store
from kdlab.streams import Hub
from pages.ui.shell import workers
from pages.ui.stage import tries
from pages.ui.stream import hub
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def manager(monkeypatch):
    """Whoever asks for a worker gets this one. Real ones would start processes, and leave them and
    their threads to all tests after."""
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    return made


@pytest.fixture
def tried(monkeypatch, manager):
    """Press a name of a page's row "Try this": ``tried(page, name)``. The page hears of it when its
    next run begins, as from a browser."""
    draw, heard, pressed = tries.tries, [], []

    def drawn(key, offered, chosen, picture, on_pick):
        heard.append(on_pick)
        draw(key, offered, chosen, picture, on_pick)

    def begins():  # the head of a page asks for it, before its settings are drawn
        if pressed:
            heard[-1](pressed.pop())
        return manager

    def press(page, name):
        pressed.append(name)
        page.run()
        assert not page.exception
        return page

    monkeypatch.setattr(tries, "tries", drawn)
    monkeypatch.setattr(workers, "manager", begins)
    return press


@pytest.fixture
def store(monkeypatch, tmp_path):
    """An empty store of its own: nothing bundled either."""
    made = Store(tmp_path / "home", bundled=None)
    monkeypatch.setattr(workers, "store", lambda: made)
    return made


@pytest.fixture(autouse=True)
def _no_thread_goes_on(monkeypatch):
    """What a page has begun beside itself ends with its test: imports and caches are those of the
    whole process, and a test that iterates over them may not find them changing."""
    before, streams = set(threading.enumerate()), Hub()
    monkeypatch.setattr(hub, "hub", lambda: streams)
    yield
    streams.close()
    for thread in set(threading.enumerate()) - before:
        if thread.name in ("guessing", "streams"):
            thread.join(PATIENCE)
            assert not thread.is_alive(), f"a page left its thread for {thread.name} behind"
