"""The routes beside Streamlit's, asked by a client that speaks HTTP and nothing else."""

from __future__ import annotations

import contextlib
import gzip
import http.client
import json
import threading
import time
from pathlib import Path

import plotly
import pytest
import uvicorn
from starlette.applications import Starlette
from test_hub import Counter, listed

from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.streams import Hub, View
from kdlab.streams import hub as hubs
from pages.ui.components import inline
from pages.ui.components.inline import LIBRARY
from pages.ui.stream import handed, routes
from pages.ui.stream import hub as pages_hub
from tests.patience import PATIENCE

ANNA = Visitor("anna")


@pytest.fixture
def hub(monkeypatch):
    made = Hub()
    monkeypatch.setattr(pages_hub, "hub", lambda: made)
    monkeypatch.setattr(routes, "hub", lambda: made)
    yield made
    made.close()


@pytest.fixture
def port(hub):
    """Of a server that has the lab's routes and nothing else."""
    config = uvicorn.Config(Starlette(routes=routes.routes()), port=0, log_level="critical")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, daemon=True)
    thread.start()
    end = time.monotonic() + PATIENCE
    while not server.started:
        assert time.monotonic() < end
        time.sleep(0.01)
    yield server.servers[0].sockets[0].getsockname()[1]
    hub.close()
    server.should_exit = True
    thread.join(PATIENCE)
    assert not thread.is_alive(), "a stream has not ended with its server"


@contextlib.contextmanager
def asked(port, path, **headers):
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    connection.request("GET", f"/{path}", headers=named)
    try:
        yield connection.getresponse()
    finally:
        connection.close()


def fetched(port, one, after=0, **headers):
    with asked(port, f"{pages_hub.address(one)}?after={after}", **headers) as answer:
        return answer.status, json.loads(answer.read())


def frames(answer, count):
    """The first ``count`` events: (id, event, data)."""
    found, now = [], {}
    while len(found) < count:
        line = answer.readline().decode().rstrip("\n")
        if line:
            name, _, value = line.partition(": ")
            now[name] = value
        elif "data" in now:
            found.append((now.get("id"), now.get("event"), json.loads(now["data"])))
            now = {}
    return found


EVENTS = {"Accept": "text/event-stream"}


def test_events_come_as_they_happen_and_the_end_is_told(hub, port):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    with asked(port, pages_hub.address(one), **EVENTS) as answer:
        assert answer.status == 200
        assert answer.headers["content-type"].startswith("text/event-stream")
        assert answer.headers["x-accel-buffering"] == "no"
        assert answer.headers["content-encoding"] is None
        ((number, _, told),) = frames(answer, 1)
        assert told["slots"] == {"chart": {"is": {"from": 0, "x": []}}}
        assert told["n"] == int(number)
        source.tell(7)
        ((later, _, told),) = frames(answer, 1)
        assert int(later) > int(number)
        assert told["slots"] == {"chart": {"by": [[[["x"], [7]]]]}}
        assert abs(time.time() - told["at"]) < PATIENCE
        source.tell(8, ended=True)
        *_, (_, event, _) = frames(answer, 2)
        assert event == "end"
        assert answer.read() == b""


@pytest.mark.parametrize("how", ["header", "query"])
def test_who_comes_again_is_told_what_he_has_missed_and_nothing_twice(hub, port, how):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    source.tell(*range(100))
    with asked(port, pages_hub.address(one), **EVENTS) as answer:
        number, told = None, {"slots": {}}
        while len(told["slots"].get("chart", {}).get("is", {}).get("x", [])) < 100:
            if "is" in told["slots"].get("chart", {}):
                break
            ((number, _, told),) = frames(answer, 1)
    source.tell(100)
    _, news = fetched(port, one, int(number) + 1)
    path = pages_hub.address(one)
    headers = EVENTS | ({"Last-Event-ID": number} if how == "header" else {})
    path += f"?after={number}" if how == "query" else ""
    with asked(port, path, **headers) as answer:
        ((_, _, told),) = frames(answer, 1)
    (by,) = told["slots"]["chart"]["by"][-1:]
    assert by[-1][-1][-1] == 100
    assert "is" not in told["slots"]["chart"]
    assert news["news"]["n"] >= int(number)


def test_a_fetch_gets_the_same_and_waits_for_news(hub, port):
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(listed))
    status, told = fetched(port, one)
    assert status == 200
    assert not told["over"]
    assert told["news"]["slots"]["chart"]["is"]["x"] == []
    answers = []
    asks = threading.Thread(
        target=lambda: answers.append(fetched(port, one, told["news"]["n"])), daemon=True
    )
    asks.start()
    end = time.monotonic() + PATIENCE
    while not one.readers:
        assert time.monotonic() < end
        time.sleep(0.01)
    source.tell(1, ended=True)
    asks.join(PATIENCE)
    ((_, later),) = answers
    assert later["news"]["slots"] == {"chart": {"by": [[[["x"], [1]]]]}}
    end = time.monotonic() + PATIENCE
    while not one.over:
        assert time.monotonic() < end
        time.sleep(0.01)
    assert fetched(port, one, later["news"]["n"])[1]["over"]


@pytest.mark.attack
@pytest.mark.parametrize("accept", ["text/event-stream", "application/json"])
def test_a_stream_that_is_none_or_has_gone_says_so(hub, port, accept):
    one = hub.subscribe(Counter(), ANNA)
    hub.unsubscribe(one)
    for token in (one.token, "nobody", "../../etc/passwd", "%00", "x" * 3000, "☃".encode().hex()):
        with asked(port, f"{pages_hub.PATH}/{token}", Accept=accept) as answer:
            if "/" in token:
                assert answer.status == 404, "this is no address of a stream"
                continue
            # no error, which a browser would write to its console: a page may ask too late
            assert answer.status == 200, token
            text = answer.read().decode()
            if accept == "text/event-stream":
                assert text == f"event: gone\ndata: {json.dumps(routes.GONE)}\n\n"
            else:
                assert json.loads(text) == {"gone": routes.GONE}


@pytest.mark.attack
def test_a_stream_of_another_visitor_is_none(hub, port, monkeypatch):
    cookie = "2|00000000|{}|1"
    hers, his = cookie.format("aa" * 16), cookie.format("bb" * 16)
    monkeypatch.setattr(pages_hub.visiting, "cookies", lambda: {"_streamlit_xsrf": hers})
    one = pages_hub.subscribe(Counter())
    assert "news" in fetched(port, one, Cookie=f"_streamlit_xsrf={hers}")[1]
    assert fetched(port, one, Cookie=f"_streamlit_xsrf={his}")[1] == {"gone": routes.GONE}


@pytest.mark.attack
@pytest.mark.parametrize("after", ["-1", "x", "1e9", "9" * 400, "", "%F0%9F%90%8D", "²"])
def test_a_number_that_is_none_is_the_beginning(hub, port, after):
    one = hub.subscribe(Counter(), ANNA)
    one.show("chart", View(listed))
    path = f"{pages_hub.address(one)}?after={after.encode().hex() if after == '²' else after}"
    with asked(port, path) as answer:
        assert answer.status == 200
        json.loads(answer.read())


@pytest.mark.attack
def test_too_many_connections_get_a_sentence_and_others_go_on(hub, port, monkeypatch):
    monkeypatch.setattr(hubs, "MOST_READERS_OF_ONE", 2)
    source = Counter()
    hers, owners = hub.subscribe(source, ANNA), hub.subscribe(Counter("b"), OWNER)
    hers.show("chart", View(listed))
    with contextlib.ExitStack() as stack:
        answers = [
            stack.enter_context(asked(port, pages_hub.address(hers), **EVENTS)) for _ in range(2)
        ]
        for answer in answers:
            frames(answer, 1)
        with asked(port, pages_hub.address(hers), **EVENTS) as refused:
            ((_, event, words),) = frames(refused, 1)
        assert event == "problem"
        assert "at most 2 per visitor at the same time" in words
        status, told = fetched(port, hers)
        assert status == 503
        assert "Close some of their tabs" in told["problem"]
        assert fetched(port, owners)[0] == 200
        source.tell(1)
        assert frames(answers[0], 1)[0][2]["slots"]
    end = time.monotonic() + PATIENCE
    while hers.readers:  # those who have gone are noticed
        assert time.monotonic() < end
        source.tell(2)
        time.sleep(0.01)


@pytest.mark.attack
def test_who_takes_nothing_is_dropped_and_holds_no_memory(hub, port, monkeypatch):
    monkeypatch.setattr(routes, "SLOW_SECONDS", 0.2)
    source = Counter()
    one = hub.subscribe(source, ANNA)
    one.show("chart", View(large))
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=PATIENCE)
    connection.request("GET", f"/{pages_hub.address(one)}", headers=EVENTS)
    end = time.monotonic() + PATIENCE
    while not one.readers:
        assert time.monotonic() < end
        time.sleep(0.01)
    while one.readers:  # until its buffers are full, and it is dropped
        assert time.monotonic() < end
        source.tell(1)
        time.sleep(0.01)
    connection.close()
    assert fetched(port, one)[0] == 200, "he may come again"


def large(told):
    return {"x": [f"{len(told.history)} {n}" for n in range(200_000)]}


def test_the_library_may_be_kept_for_good_and_is_packed(port):
    with asked(port, LIBRARY, Accept_Encoding="gzip") as answer:
        assert answer.headers["cache-control"] == "public, max-age=31536000, immutable"
        assert answer.headers["content-encoding"] == "gzip"
        packed = answer.read()
    plain = (Path(plotly.__file__).parent / "package_data" / "plotly.min.js").read_bytes()
    assert gzip.decompress(packed) == plain
    assert len(packed) < len(plain) / 3
    with asked(port, LIBRARY) as answer:
        assert answer.headers["content-encoding"] is None
        assert answer.read() == plain
    assert plotly.__version__ in LIBRARY


def test_scripts_of_components_are_served_by_their_contents(port):
    assert {name.rpartition("-")[0] for name in inline.SCRIPTS} >= {"live_chart", "panels", "pad"}
    for name, text in inline.SCRIPTS.items():
        with asked(port, f"{inline.PATH}/{name}") as answer:
            assert answer.headers["content-type"] == "text/javascript; charset=utf-8"
            assert "immutable" in answer.headers["cache-control"]
            assert answer.read().decode() == text
    with asked(port, f"{inline.PATH}/pad-000000000000.js") as answer:
        assert answer.status == 404


def test_a_page_for_a_phone_has_nothing_of_the_server(port, monkeypatch):
    files = handed.Files()
    monkeypatch.setattr(handed, "files", lambda: files)
    token = files.hand("student.html", b"<p>page</p>")
    with asked(port, f"{handed.PATH}/{token}/student.html") as answer:
        assert answer.status == 200
        assert answer.read() == b"<p>page</p>"
        assert answer.headers["Content-Type"].startswith("text/html")
        assert answer.headers["Content-Security-Policy"].startswith("sandbox allow-scripts")
        assert "allow-same-origin" not in answer.headers["Content-Security-Policy"]
    with asked(port, f"{handed.PATH}/{token[:-1]}/student.html") as answer:
        assert answer.status == 404
        assert b"scan the new code" in answer.read()


def test_networks_are_fetched_once(port, monkeypatch):
    kept = handed.Files()
    monkeypatch.setattr(handed, "networks", lambda: kept)
    content = json.dumps([{"format": 1}]).encode()
    path = handed.address_of_networks(gzip.compress(content, mtime=0))
    assert path == handed.address_of_networks(gzip.compress(content, mtime=0))
    with asked(port, path, Accept_Encoding="gzip") as answer:
        assert answer.status == 200
        assert answer.headers["Content-Encoding"] == "gzip"
        assert answer.headers["Content-Type"] == "application/json"
        assert answer.headers["Cache-Control"] == "private, max-age=31536000, immutable"
        assert gzip.decompress(answer.read()) == content
    with asked(port, path) as answer:
        assert answer.headers["Content-Encoding"] is None
        assert answer.headers["Vary"] == "Accept-Encoding"
        assert answer.read() == content
    with asked(port, path[:-1]) as answer:
        assert answer.status == 404
        assert "Reload the page" in json.loads(answer.read())["problem"]
