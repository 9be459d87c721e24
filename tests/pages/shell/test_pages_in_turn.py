"""Pages are drawn in turn, and one that is held up holds up nobody for long."""

import threading

import pytest

from pages.ui.shell import turns
from tests.patience import PATIENCE


@pytest.fixture(autouse=True)
def own_turns(monkeypatch):
    monkeypatch.setattr(turns, "_turns", threading.BoundedSemaphore(1))
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", PATIENCE)


def drawing(done, hold=None):
    """A page in a thread of its own, which is drawn until ``hold`` is set."""
    begun = threading.Event()

    def draw():
        with turns.turn():
            begun.set()
            if hold is not None:
                assert hold.wait(PATIENCE)
            done.append(threading.current_thread().name)

    thread = threading.Thread(target=draw)
    thread.start()
    return thread, begun


def test_one_begins_when_the_one_before_is_done():
    done, hold = [], threading.Event()
    first, begun = drawing(done, hold)
    assert begun.wait(PATIENCE)
    second, after = drawing(done)
    assert not after.is_set()
    hold.set()
    for thread in (first, second):
        thread.join(PATIENCE)
    assert done == [first.name, second.name]


def test_a_page_that_is_held_up_does_not_hold_up_the_others(monkeypatch):
    done, hold = [], threading.Event()
    first, begun = drawing(done, hold)
    assert begun.wait(PATIENCE)
    monkeypatch.setattr(turns, "PATIENCE_SECONDS", 0.01)
    second, _ = drawing(done)
    second.join(PATIENCE)
    assert done == [second.name]
    hold.set()
    first.join(PATIENCE)
    assert done == [second.name, first.name]


def test_a_page_that_ends_in_an_error_or_is_stopped_gives_its_turn_back():
    for error in (ValueError, SystemExit):
        with pytest.raises(error), turns.turn():
            raise error
    done = []
    drawing(done)[0].join(PATIENCE)
    assert len(done) == 1


def test_while_a_page_waits_for_a_worker_others_are_drawn():
    done = []
    with turns.turn():
        with turns.aside():
            drawing(done)[0].join(PATIENCE)
            assert len(done) == 1
        second, begun = drawing(done)
        assert not begun.is_set(), "it is this page's turn again"
    second.join(PATIENCE)
    assert len(done) == 2


def test_a_part_of_a_page_that_has_no_turn_waits_as_it_is():
    with turns.aside():
        done = []
        drawing(done)[0].join(PATIENCE)
    assert len(done) == 1
