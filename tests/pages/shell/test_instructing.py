"""Who instructs a class in the browser: the secret makes one, and leaves the address at once."""

# ruff: noqa: F811

from __future__ import annotations

import pytest
from test_visiting import ROOT, app, cookies, everything, words  # noqa: F401

from kdlab.classroom import open_store
from kdlab.errors import ClassError
from kdlab.hosting import class_rights, visitor
from kdlab.hosting.visitor import OWNER, Visitor
from pages.ui.shell import instructing, visiting

pytestmark = pytest.mark.attack


@pytest.fixture
def rooms(monkeypatch):
    store = open_store()
    monkeypatch.setattr(instructing, "rooms", lambda: store)
    yield store
    store.close()


@pytest.fixture
def code(rooms):
    return rooms.open_room("Tuesday").code


@pytest.fixture
def somebody(monkeypatch):
    """This thread works for a visitor."""
    who = Visitor("somebody")
    visitor.ask(lambda: who)
    return who


def test_the_secret_is_taken_from_the_address_before_any_page_is_drawn(app, rooms, code):
    secret = rooms.secret(code)
    app.query_params["room"], app.query_params["instructor"] = code.lower(), secret
    app.run()
    assert not app.exception
    assert not app.title
    (element,) = app.get("html")
    body = element.proto.body
    assert f"{instructing.cookie_of(code)}={rooms.browser_pass(code)}; Max-Age=" in body
    assert 'searchParams.delete("instructor")' in body
    assert "location.replace" in body, "the address with the secret is in no history"
    assert secret not in everything(app)


@pytest.mark.parametrize("shown", ["", "wrong", "é", "x" * 5000, "<script>alert(1)</script>"])
def test_a_wrong_secret_is_told_and_taken_from_the_address(app, code, shown):
    app.query_params["room"], app.query_params["instructor"] = code, shown
    app.run()
    assert not app.exception
    assert app.title[0].value == "Knowledge distillation lab"
    assert "not the one of this class" in app.warning[0].value
    assert "instructor" not in app.query_params
    app.run()
    assert app.warning, "for as long as its page is open"


def test_the_secret_of_another_room_or_of_before_is_wrong(app, rooms, code):
    other = rooms.open_room().code
    old = rooms.secret(code)
    rooms.as_instructor(code, old).renew()
    for shown in (rooms.secret(other), old):
        app.query_params["room"], app.query_params["instructor"] = code, shown
        app.run()
        assert "not the one of this class" in app.warning[0].value


def test_a_browser_with_the_pass_instructs_this_room_and_no_other(cookies, rooms, code, somebody):
    other = rooms.open_room().code
    assert not instructing.instructs(code)
    assert instructing.instructor(code) is None
    cookies[instructing.cookie_of(code)] = rooms.browser_pass(code)
    assert instructing.instructs(code.lower())
    assert not instructing.instructs(other)
    cookies[instructing.cookie_of(other)] = rooms.browser_pass(code)
    assert not instructing.instructs(other)
    teacher = instructing.instructor(code)
    teacher.renew()
    assert not instructing.instructs(code)
    with pytest.raises(ClassError, match="the secret of this class"):
        teacher.end()
    assert instructing.instructor(code) is None


def test_the_owner_of_the_server_instructs_every_room(cookies, rooms, code, monkeypatch):
    assert visitor.current() == OWNER
    assert instructing.instructor(code) is None, "where everybody is the owner the secret tells"
    monkeypatch.setenv("KDLAB_TRUST", "key")
    instructing.instructor(code).end()
    assert rooms.room(code).ended
    assert instructing.instructor("ACDEFGHJ") is None


def test_the_owners_browsers_are_several_visitors_of_a_room(cookies, monkeypatch, somebody):
    assert instructing.member() == somebody
    visitor.ask(lambda: OWNER)
    seen = set()
    for name in ("one", "two"):
        monkeypatch.setattr(visiting, "browser", lambda name=name: name)
        seen.add(instructing.member())
    assert len(seen) == 2


def test_who_instructs_or_is_in_a_room_that_allows_it_may(
    cookies, rooms, code, somebody, monkeypatch
):
    monkeypatch.setenv("KDLAB_CLASS", "1")
    class_rights.ask(instructing.allows)
    assert not class_rights.may("searches")
    instructor = rooms.as_instructor(code, rooms.secret(code))
    instructor.allow({"searches"})
    assert not class_rights.may("searches"), "who is in no room"
    rooms.here(code, somebody)
    assert class_rights.may("searches")
    assert not class_rights.may("uploads")
    instructor.allow(set())
    assert not class_rights.may("searches")
    cookies[instructing.cookie_of(code)] = rooms.browser_pass(code)
    assert class_rights.may("uploads")
    assert not class_rights.may("uploads", Visitor("somebody else"))
    instructor.end()
    assert not class_rights.may("uploads"), "who instructs a room that has ended"
    instructor.reopen()
    assert class_rights.may("uploads")
