"""A visitor of the bench at a small server of Streamlit's, and at servers that do not behave."""

from __future__ import annotations

import json
from contextlib import asynccontextmanager
from http import HTTPStatus
from pathlib import Path

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.asyncio.server import serve

from kdlab.bench import serving
from kdlab.bench.classroom import session
from kdlab.bench.classroom.session import LostError, RefusedError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor
from tests import coroutines
from tests.patience import PATIENCE

APP = Path(__file__).with_name("served") / "app.py"


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with serving.lab(tmp_path_factory.mktemp("served"), str(APP)) as served:
        yield served.url


def visit(server, trip):
    """What somebody met who went on a ``trip``."""

    async def go():
        one = Visitor(server, Tally())
        try:
            await trip(one)
        finally:
            await one.leave()
        return one.tally

    return coroutines.run(go())


def troubles(tally):
    return [*tally.refused, *tally.lost, *tally.faults]


def words(one):
    return one.page.screen.words().split("\n")


def test_he_opens_a_page_with_what_its_address_says(server):
    async def trip(one):
        await one.open(query="a=1&b=two")
        assert words(one)[:3] == ["query: {'a': '1', 'b': 'two'}", "cookie: True", "whole: 1"]
        await one.open()
        assert words(one)[:3] == ["query: {}", "cookie: True", "whole: 1"]  # another session

    tally = visit(server, trip)
    assert len(tally.pages) == 2
    assert all(seconds > 0 for seconds in tally.pages)
    assert tally.bytes > 1000
    assert troubles(tally) == tally.clicks == []


def test_he_finds_a_button_by_its_key_or_its_label_and_presses_it_once(server):
    async def trip(one):
        await one.open()
        await one.click("press.me")
        await one.click("Press me")
        assert {"presses: 2", "whole: 3"} <= set(words(one))
        await one.go("")
        assert {"presses: 2", "whole: 4"} <= set(words(one))
        with pytest.raises(RefusedError, match="'Switched off' cannot be pressed"):
            await one.click("Switched off")
        with pytest.raises(LostError, match="no button 'there is none'"):
            await one.click("there is none")

    assert len(visit(server, trip).clicks) == 2


def test_a_button_in_a_fragment_runs_the_fragment_alone(server):
    async def trip(one):
        await one.open()
        await one.click("inside")
        assert {"whole: 1", "inside was pressed", "part: 2"} <= set(words(one))
        await one.click("inside")
        await one.click("press.me")
        assert {"whole: 2", "part: 4"} <= set(words(one))
        assert "inside was pressed" not in words(one)  # it was not drawn again

    assert len(visit(server, trip).clicks) == 3


def test_he_takes_an_option_of_a_choice(server):
    async def trip(one):
        await one.open("choice")
        assert one.page.screen.options("pick.me") == ["one.", "two"]
        for place, picked in ((0, "one."), (1, "two")):
            await one.choose("pick.me", place)
            assert f"picked: {picked}" in words(one)
        with pytest.raises(LostError, match="no choice 'there is none'"):
            await one.choose("there is none", 0)
        assert one.page.screen.options("there is none") == []

    assert len(visit(server, trip).clicks) == 2


def test_he_keeps_a_pass_and_is_sent_on_without_the_secret(server):
    async def trip(one):
        await one.open("secret", "room=1&secret=x")
        seen = ["query: {'room': '1'}", "pass: a1", "cookie: True"]
        assert words(one) == seen
        await one.open("secret", "room=1")  # a session of its own, the same browser
        assert words(one) == seen

    assert len(visit(server, trip).pages) == 3


def test_he_waits_for_what_comes_and_says_what_did_not(server):
    async def trip(one):
        await one.open("stream")
        assert one.shown("there is none") is None
        await one.until(lambda: one.shown("phase") == "at work", PATIENCE, "the work")
        await one.open("choice")
        await one.choose("pick.me", 1)
        with pytest.raises(LostError, match=r"a third did not come in 0.01 s. two is taken"):
            await one.until(lambda: False, 0.01, "a third")

    visit(server, trip)


def test_he_changes_pages_by_the_menu(server):
    async def trip(one):
        await one.open("polls")
        assert {"", "polls", "stream", "broken"} < one.page.menu.keys()
        await one.go("")
        assert one.page.timers == {}
        assert "whole: 1" in words(one)
        assert not any(word.startswith("looks") for word in words(one))
        with pytest.raises(LostError, match="no page 'elsewhere'"):
            await one.go("elsewhere")

    assert len(visit(server, trip).pages) == 2


def test_he_asks_again_as_often_as_the_page_wants_and_no_longer(server):
    async def trip(one):
        await one.open("polls")
        assert one.moving
        assert await one.watch(PATIENCE)
        assert words(one) == ["seen enough"]

    tally = visit(server, trip)
    # The first of four looks was part of the page, and the last one ended it. Where the server is
    # late, one run answers several that were asked for.
    assert 1 <= len(tally.polls) <= 2
    assert len(tally.pages) == 1


def said(one):
    """What the page's components have told it."""
    return json.loads(one.page.screen.words())


def test_he_follows_a_stream_over_a_break_and_tells_the_page_of_news(server):
    async def trip(one):
        await one.open("stream")
        assert one.moving
        assert said(one) == []
        assert await one.watch(PATIENCE)
        assert said(one)[0] == ["wake", "at work"]

    tally = visit(server, trip)
    assert len(tally.lags) == 3
    assert tally.broken == 1
    assert tally.watched_bytes > 200
    assert 2 <= len(tally.woken) <= 3  # who tells of news tells of the end when it is drawn anew
    assert troubles(tally) == tally.clicks == []


def test_he_tells_the_page_once_that_its_stream_has_ended(server):
    async def trip(one):
        await one.open("brief")
        assert await one.watch(PATIENCE)
        assert said(one) == [["wake", "waiting"], ["transport", {"ended": "brief"}]]
        assert not one.moving  # the page still has the stream, which is not heard again

    tally = visit(server, trip)
    assert len(tally.woken) == len(tally.lags) == 1
    assert tally.broken == 0


def test_he_presses_stop_where_a_component_has_it(server):
    async def trip(one):
        await one.open("hanging")
        await one.stop("there is none")
        assert said(one) == [["transport", {"stop": "hanging"}]]
        await one.go("")
        assert not one.moving
        await one.stop("there is none")  # nor is there anything to stop

    tally = visit(server, trip)
    assert len(tally.clicks) == 1
    assert troubles(tally) == tally.woken == []


def test_he_presses_stop_where_it_is_a_button(server):
    async def trip(one):
        await one.open()
        await one.stop("Switched off")
        await one.stop("press.me")
        assert "presses: 1" in words(one)

    assert len(visit(server, trip).clicks) == 1


def test_he_leaves_a_stream_that_is_refused(server):
    async def trip(one):
        for page in ("stranger", "crowded"):
            await one.open(page)
            assert await one.watch(PATIENCE)
            assert said(one) == []

    tally = visit(server, trip)
    assert tally.refused == [
        'stream: 404 {"problem":"nobody knows it"}', 'stream: problem "too many"'
    ]  # fmt: skip
    assert tally.lags == tally.woken == []


def test_he_sees_an_error_of_the_page(server):
    async def trip(one):
        await one.open("broken")

    (fault,) = visit(server, trip).faults
    assert "LookupError" in fault


# -- servers that do not behave -----------------------------------------------------------------


@asynccontextmanager
async def impostor(handler, *refusing):
    """A server that answers, but not to paths ``refusing``, and whose websocket is a handler."""

    def answer(connection, request):
        if "stream" in request.path:
            return None
        refuses = request.path in refusing
        return connection.respond(
            HTTPStatus.SERVICE_UNAVAILABLE if refuses else HTTPStatus.OK, "ok"
        )

    async with serve(
        handler, "127.0.0.1", 0, process_request=answer, subprotocols=["streamlit"]
    ) as served:
        yield f"http://127.0.0.1:{served.sockets[0].getsockname()[1]}"


def met(handler, *refusing):
    """What a visitor of such a server is told."""

    async def go():
        async with impostor(handler, *refusing) as url:
            one = Visitor(url, Tally())
            try:
                await one.open()
            finally:
                await one.leave()

    with pytest.raises((LostError, RefusedError)) as error:
        coroutines.run(go())
    return f"{error.type.__name__}: {error.value}"


async def _closes(socket):
    await socket.recv()


async def _sleeps(socket):
    await socket.wait_closed()


async def _raves(socket):
    await socket.send(b"\xff\xff\xff")
    await socket.wait_closed()


def test_servers_that_do_not_behave(monkeypatch):
    assert met(_closes) == "LostError: the server has closed the connection"
    assert met(_raves).startswith("LostError: a message was not understood")
    assert met(_closes, "/_stcore/host-config") == (
        "RefusedError: /_stcore/host-config answers 503"
    )
    monkeypatch.setattr(session, "PATIENCE_SECONDS", 0.05)
    assert met(_sleeps) == "LostError: no answer in 0.05 s"


async def _silent_on_the_end(socket):
    """A fragment is asked for at the very end of the page's run, of which nothing is told then."""
    await socket.recv()
    for run, fragments in (("whole", []), ("part", ["f"])):
        message = ForwardMsg()
        message.new_session.page_script_hash = "here"
        message.metadata.run.script_run_id = run
        message.metadata.run.fragment_ids.extend(fragments)
        await socket.send(message.SerializeToString())
    end = ForwardMsg(script_finished=ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY)
    await socket.send(end.SerializeToString())
    await socket.wait_closed()


def test_the_end_of_a_later_run_is_an_answer():
    async def go():
        async with impostor(_silent_on_the_end) as url:
            one = Visitor(url, Tally())
            await one.open()
            await one.leave()
            return one.tally

    assert len(coroutines.run(go()).pages) == 1


def test_no_server():
    async def go():
        async with impostor(_closes) as url:
            pass
        await Visitor(url, Tally()).open()

    with pytest.raises(RefusedError, match="not let in"):
        coroutines.run(go())
