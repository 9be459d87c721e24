"""What goes wrong in a class: a store that cannot be read, a code that is none, an end by
mistake."""

from __future__ import annotations

import pytest
from told import data, streamed, words

from kdlab.errors import StoreError
from tests.pages.classroom.one_class import HELPS


@pytest.fixture
def broken(class_, monkeypatch):
    """``broken(name)``: from now on the store refuses this call."""

    def refuses(*_, **__):
        raise StoreError("the disk is full", "some space", "Free some space")

    return lambda name: monkeypatch.setattr(class_.store, name, refuses)


@pytest.mark.parametrize("who", ["anna", "instructor", "owner"])
@pytest.mark.parametrize("name", ["room", "state", "tally", "rooms", "answered", "secret"])
def test_what_the_store_refuses_is_told_on_the_page_of_the_class(class_, broken, who, name):
    class_.instructor.ask(HELPS)
    page = class_.opened(who)
    broken(name)
    class_.run(page, who)
    wanted = {"anna": {"room", "state", "rooms", "answered"}}
    needed = wanted.get(who, {"room", "tally", "rooms", "secret"})
    if name in needed:
        assert "The disk is full" in words(page) or "the disk is full" in words(page)


@pytest.mark.parametrize("path", ["class", "home"])
def test_an_end_by_mistake_is_undone_on_every_page(class_, path):
    page = class_.comes("anna") if path == "class" else class_.lab("anna")
    class_.instructor.end()
    class_.run(page, "anna")
    assert "has ended" in words(page)
    watches = page.session_state["watching.class"].subscription
    assert data(page, "class_turn")["name"] == "class_turn", "it goes on to watch"
    number, _ = streamed(watches)
    class_.instructor.reopen()
    _, told = streamed(watches, number)
    assert "class_turn" in told
    class_.run(page, "anna")
    assert "has ended" not in words(page)
    assert "No question is open" in words(page) or "Class: Tuesday" in words(page)


@pytest.mark.parametrize("code", ["CCCC9999", "nonsense"])
def test_a_mistyped_code_is_no_class_that_has_ended(class_, code):
    page = class_.lab("anna", room=code)
    assert f"There is no class with the code “{code}”" in words(page)
    assert "has ended" not in words(page)
