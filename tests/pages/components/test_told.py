"""What the server tells of work, as the browser hears it: the stream, fed by hand, and the
component that has the page run when it tells something else."""

from __future__ import annotations

import json

import pytest

from kdlab.streams.deltas import delta
from pages.ui.components import inline

STREAM = """() => {
  window.sources = [];
  window.EventSource = class {
    static CLOSED = 2;
    constructor(url) {
      Object.assign(this, { url: String(url), readyState: 1, heard: {} });
      sources.push(this);
    }
    addEventListener(name, call) { this.heard[name] = call; }
    close() { this.readyState = 2; }
  };
  window.fetches = [];
  const told = (status, news) => ({ status, ok: status < 300, json: async () => news });
  window.fetch = (url) => new Promise((answer) => fetches.push({
    url: String(url), say: (status, news) => answer(told(status, news)),
  }));
  window.seen = [];
  window.stream = streamOf("kdlab/stream/token");
  window.drop = stream.watch("chart", (s) => seen.push([s.state, s.value("chart") ?? null]));
}"""
NEWS = "sources.at(-1).onmessage({ data: JSON.stringify({ n: %d, at: 0, slots: %s }) })"


@pytest.fixture
def stream(browser):
    page = browser.new_page()
    page.route("http://lab.test/", lambda route: route.fulfill(body="<p></p>"))
    page.goto("http://lab.test/")
    page.clock.install()
    path = inline.HERE / "kit" / "stream.js"
    page.add_script_tag(content=path.read_text(encoding="utf-8"))
    page.evaluate(STREAM)
    yield page
    page.close()


def tell(page, number, slots):
    page.evaluate(NEWS % (number, json.dumps(json.dumps(slots))[1:-1].replace('\\"', '"')))


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ({"x": [1, 2], "y": {"z": 1}}, {"x": [1, 2, 3], "y": {"w": None}}),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]]),
        ({"a": [1, 2, 3]}, {"a": [1]}),
        ({"a": 1}, [1]),
        ([], [{"b": [0.5]}]),
        ({"shown": {"0": {"m": [[1]]}}}, {"shown": {"0": {"m": [[1]]}, "1": {"m": [[2]]}}}),
    ],
)
def test_the_browser_makes_of_deltas_what_python_does(stream, old, new):
    found = stream.evaluate("([value, told]) => applied(value, told)", [old, delta(old, new)])
    assert found == new


def test_a_stream_tells_whole_values_and_what_changed_in_them(stream):
    tell(stream, 3, {"chart": {"is": {"x": [1]}}})
    tell(stream, 4, {"chart": {"by": [[[["x"], 1, [2]]]]}})
    tell(stream, 5, {"other": {"is": 1}})
    assert stream.evaluate("seen.length") == 2
    assert stream.evaluate("seen.at(-1)") == ["open", {"x": [1, 2]}]
    stream.evaluate("sources.at(-1).heard.end()")
    assert stream.evaluate("seen.at(-1)[0]") == "over"
    assert stream.evaluate("sources.at(-1).readyState") == 2


def test_where_events_do_not_come_through_it_fetches_and_says_nothing(stream):
    stream.clock.run_for(4500)
    assert stream.evaluate("sources.map((s) => s.readyState)") == [2]
    assert stream.evaluate("fetches.at(-1).url").endswith("/kdlab/stream/token?after=0")
    told = {"news": {"n": 7, "at": 0, "slots": {"chart": {"is": 1}}}, "over": False}
    stream.evaluate("(told) => fetches.at(-1).say(200, told)", told)
    stream.wait_for_function("seen.length === 1")
    stream.clock.run_for(100)
    stream.wait_for_function("fetches.length === 2")
    assert stream.evaluate("fetches.at(-1).url").endswith("?after=7"), "not from the beginning"
    assert stream.evaluate("stream.problem") == ""
    stream.evaluate("(told) => fetches.at(-1).say(200, told)", told | {"over": True})
    stream.wait_for_function("stream.state === 'over'")


def test_a_stream_that_the_server_does_not_know_any_more_is_gone(stream):
    stream.evaluate("sources.at(-1).readyState = 2, sources.at(-1).onerror()")
    stream.evaluate("fetches.at(-1).say(200, { gone: 'It is not there.' })")
    stream.wait_for_function("stream.state === 'gone'")
    assert stream.evaluate("stream.problem") == "It is not there."


def test_an_event_says_that_a_stream_is_gone_and_no_second_request_is_made(stream):
    stream.evaluate("sources.at(-1).heard.gone({ data: '\"It is not there.\"' })")
    assert stream.evaluate("stream.state") == "gone"
    assert stream.evaluate("stream.problem") == "It is not there."
    assert stream.evaluate("fetches.length") == 0


def test_a_connection_that_breaks_is_left_to_the_browser_to_mend(stream):
    tell(stream, 9, {"chart": {"is": 1}})
    stream.evaluate("sources.at(-1).readyState = 0, sources.at(-1).onerror()")
    assert stream.evaluate("fetches.length") == 0
    assert stream.evaluate("stream.state") == "open"


def test_a_connection_that_breaks_again_and_again_is_given_up_for_fetches(stream):
    tell(stream, 9, {"chart": {"is": 1}})
    for _ in range(6):
        stream.evaluate("sources.at(-1).readyState = 0, sources.at(-1).onerror?.()")
        stream.clock.run_for(1000)
    assert stream.evaluate("fetches.at(-1).url").endswith("?after=9")
    assert stream.evaluate("sources.length") == 1


def test_a_server_that_refuses_is_heard(stream):
    stream.evaluate("sources.at(-1).heard.problem({ data: '\"Too many.\"' })")
    assert stream.evaluate("[stream.state, stream.problem]") == ["open", "Too many."]
    count = stream.evaluate("sources.length")
    stream.clock.run_for(3000)
    assert stream.evaluate("sources.length") == count + 1, "it tries again: others may leave"
    tell(stream, 1, {"chart": {"is": 1}})
    assert stream.evaluate("stream.problem") == ""


def test_a_connection_that_nobody_watches_any_more_is_closed_after_a_moment(stream):
    stream.evaluate("drop()")
    stream.evaluate("window.again = streamOf('kdlab/stream/token').watch('chart', () => {})")
    stream.clock.run_for(5000)
    assert stream.evaluate("sources.length + fetches.length") >= 1
    stream.evaluate("again()")
    stream.clock.run_for(5000)
    assert stream.evaluate("sources.at(-1).readyState") == 2
    assert stream.evaluate("window.kdlabStreams.size") == 0


@pytest.fixture
def wake(stream):
    """The component that has the page run; what it has asked for is in the browser's ``asked``."""
    stream.add_script_tag(content=(inline.HERE / "kit" / "idle.js").read_text(encoding="utf-8"))
    script = (inline.HERE / "wake" / "wake.js").read_text(encoding="utf-8")
    stream.add_script_tag(content=script.replace("export default function", "function wake"))
    stream.evaluate("window.asked = []")

    def drawn(value):
        data = {"value": value, "stream": "kdlab/stream/token", "name": "phase"}
        stream.evaluate(
            "(data) => wake({ data, parentElement: document.body,"
            " setTriggerValue: (_, told) => asked.push(told.value) })",
            data,
        )

    drawn("waits")
    return drawn


def test_the_page_is_run_for_another_value_until_it_has_drawn_it(stream, wake):
    tell(stream, 3, {"phase": {"is": "waits"}})
    assert stream.evaluate("asked") == []
    tell(stream, 4, {"phase": {"is": "runs"}})
    stream.clock.run_for(200)
    assert stream.evaluate("asked") == ['"runs"']
    stream.clock.run_for(5100)
    assert stream.evaluate("asked") == ['"runs"'] * 2, "the first may have been lost"
    wake("runs")
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked.length") == 2


def test_the_end_is_asked_for_once_and_not_beside_the_last_value(stream, wake):
    tell(stream, 4, {"phase": {"is": "done"}})
    stream.clock.run_for(200)
    stream.evaluate("sources.at(-1).heard.end()")
    stream.clock.run_for(2000)
    assert stream.evaluate("asked") == ['"done"'], "what is drawn then is the end, too"
    wake("done")
    stream.clock.run_for(200)
    assert stream.evaluate("asked.length") == 2
    assert stream.evaluate("asked.at(-1)") == "over", "it was drawn before the end was told"


def test_a_value_that_is_again_as_it_was_drawn_asks_for_nothing(stream, wake):
    tell(stream, 4, {"phase": {"is": "runs"}})
    tell(stream, 5, {"phase": {"is": "waits"}})
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked") == [], "neither what has passed already"
    tell(stream, 6, {"phase": {"is": "runs"}})
    stream.clock.run_for(200)
    tell(stream, 7, {"phase": {"is": "waits"}})
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked") == ['"runs"']
    stream.evaluate("sources.at(-1).heard.end()")
    stream.clock.run_for(200)
    assert stream.evaluate("asked.at(-1)") == "over"


def test_while_a_run_is_on_no_other_is_asked_for(stream, wake):
    """It may lead to another page, on which the part that is asked for is no more."""
    stream.evaluate("document.body.innerHTML = '<div data-testid=stApp></div>'")
    state = "document.querySelector('[data-testid=stApp]').dataset.testScriptState = "
    stream.evaluate(state + "'rerunRequested'")
    tell(stream, 3, {"phase": {"is": "runs"}})
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked") == []
    stream.evaluate(state + "'notRunning'")
    stream.clock.run_for(100)
    stream.evaluate(state + "'running'")
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked") == [], "the run that follows came between two looks"
    stream.evaluate(state + "'notRunning'")
    stream.clock.run_for(300)
    assert stream.evaluate("asked") == ['"runs"']


def test_two_runs_are_not_asked_for_at_once(stream, wake):
    """The first may be on its way to the server, and not be marked here."""
    tell(stream, 3, {"phase": {"is": "runs"}})
    stream.clock.run_for(200)
    tell(stream, 4, {"phase": {"is": "done"}})
    stream.clock.run_for(500)
    assert stream.evaluate("asked") == ['"runs"']
    stream.clock.run_for(1000)
    assert stream.evaluate("asked") == ['"runs"', '"done"']


def test_what_a_run_has_drawn_meanwhile_is_not_asked_for(stream, wake):
    stream.evaluate("document.body.innerHTML = '<div data-testid=stApp></div>'")
    state = "document.querySelector('[data-testid=stApp]').dataset.testScriptState = "
    stream.evaluate(state + "'running'")
    tell(stream, 3, {"phase": {"is": "runs"}})
    wake("runs")
    stream.evaluate(state + "'notRunning'")
    stream.clock.run_for(20_000)
    assert stream.evaluate("asked") == []
