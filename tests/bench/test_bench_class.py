"""The parts of the bench of a class that need no server, and its options."""

from __future__ import annotations

import itertools

import pytest
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg

from kdlab.bench.classroom import components, http, lines, scenario, wire
from kdlab.bench.classroom.components import Component, Trigger
from kdlab.bench.classroom.following import Event, Parser
from kdlab.bench.classroom.page import Began, Ended, Page, Run
from kdlab.bench.classroom.tally import MEGA, ServerLog, Tally, is_flat, percentile, rows

# -- what is told -------------------------------------------------------------------------------
from tests import coroutines


@pytest.mark.parametrize(
    ("values", "share", "expected"),
    [
        ([7.0], 0.5, 7.0),
        ([7.0], 0.95, 7.0),
        ([2.0, 1.0], 0.5, 1.0),
        ([3.0, 1.0, 2.0, 4.0], 0.95, 4.0),
        (list(range(1, 101)), 0.95, 95),
        (list(range(100, 0, -1)), 0.5, 50),
        (list(range(1, 41)), 0.95, 38),
    ],
)
def test_percentiles_are_values_that_were_met(values, share, expected):
    assert percentile(values, share) == expected
    assert sum(value <= expected for value in values) >= share * len(values)


def told(tally, memory=(100, 100), trouble=()):
    return {row.what: row for row in rows(tally, ServerLog(memory, trouble))}


def test_the_goals():
    good = Tally(pages=[0.1] * 95 + [0.9] * 5, clicks=[0.25], lags=[0.3], stays=[80.0, 82.0])
    good.bytes, good.watched_bytes = int(0.9 * MEGA), int(0.2 * MEGA)
    table = told(good)
    assert {row.met for row in table.values()} == {True, None}
    assert table["a page, asked for to drawn"].value == "0.100, 0.100, 0.90 s (100)"
    assert table["sent to a visitor"].value == "0.45 MB in 81 s, 0.10 of it while he watched"
    assert "a poll, which a page asks by itself" not in table

    bad = Tally(
        pages=[0.1] * 94 + [0.3] * 6, clicks=[0.1] * 99 + [1.1], lags=[0.31], polls=[9.0],
        stays=[80.0], bytes=int(0.5 * MEGA), refused=["no", "never", "no | \n"] * 2, lost=["gone"],
        faults=["ValueError: x"],
    )  # fmt: skip
    table = told(bad, trouble=["ERROR"])
    judged = {what: row for what, row in table.items() if row.met is not None}
    assert [what for what, row in judged.items() if row.met] == [
        "the server's memory before, at half time, after 2 visitors"
    ]
    assert table["visitors, or their streams, refused"].value == "6: no"
    assert table["visitors lost"].value == "1: gone"
    assert all(str(row).count("|") == 5 for row in table.values())


def test_nobody_who_got_a_page_is_no_success():
    table = told(Tally(refused=["x"]))
    assert table["a page, asked for to drawn"].met is False
    assert table["a click, pressed to drawn"].met is False


@pytest.mark.parametrize(
    ("memory", "flat"),
    [
        ([100, 300, 300, 300], True),
        ([100, 200, 300, 310], True),
        ([100, 200, 300, 320], False),
        ([100, 120], True),
    ],
)
def test_memory_is_flat_where_the_second_half_adds_little(memory, flat):
    assert is_flat(memory) is flat


def test_rounds():
    assert [lines.rounds(n) for n in (1, 40, 66, 100, 1000)] == [10, 5, 4, 3, 3]
    assert list(lines._rounds(3, None)) == [0, 1, 2]


def test_rounds_end_with_the_time():
    seconds = itertools.count(step=25.0)
    assert list(lines._rounds(None, 2, lambda: next(seconds))) == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        (
            ["--class", "0"],
            "--class is '0'. Allowed: a whole number from 1 to 1000. Change --class.",
        ),
        (["--class", "all"], "--class is 'all'. Allowed: a whole number from 1 to 1000."),
        (["--class", "4", "--minutes", "-1"], "--minutes is '-1'. Allowed: a whole number from 1"),
        (
            ["--minutes", "30"],
            "--minutes is given without --class. Allowed: --minutes with --class N.",
        ),
        (["--full-run", "--class", "40"], "not allowed with argument --full-run"),
        (["--question", "0"], "--question is '0'. Allowed: a whole number from 1 to 900."),
        (["--question", "4", "--class", "4"], "not allowed with argument --question"),
        (
            ["--question", "4", "--minutes", "3"],
            "--minutes is given without --class. Allowed: --minutes",
        ),
    ],
)
def test_what_the_command_line_refuses(kdlab, argv, sentence):
    code, out, err = kdlab("bench", *argv)
    assert (code, out) == (2, "")
    assert sentence in err


# -- streams ------------------------------------------------------------------------------------

STREAM = (
    b": comment\r\nretry: 250\r\nid: 1\r\ndata: {\"at\": 1}\r\n\r\n"
    b":\n\nid: 2\ndata:one\ndata:  two \nnonsense: x\n\nevent: empty\n\nevent: end\ndata\n\nid: 9\n"
)  # fmt: skip
EVENTS = [
    Event("message", '{"at": 1}', "1"),
    Event("message", "one\n two ", "2"),
    Event("end", "", "2"),
]


def test_events_of_a_stream_however_it_is_cut():
    for size in range(1, len(STREAM) + 1):
        parser = Parser()
        parts = [STREAM[n : n + size] for n in range(0, len(STREAM), size)]
        assert [event for part in parts for event in parser.feed(part)] == EVENTS
        assert (parser.id, parser.again) == ("9", 0.25)


# -- pages --------------------------------------------------------------------------------------


def began(run, *fragments, page="here"):
    message = ForwardMsg()
    message.new_session.page_script_hash = page
    message.metadata.run.script_run_id = run
    message.metadata.run.fragment_ids.extend(fragments)
    return message


def ended(status=ForwardMsg.FINISHED_SUCCESSFULLY):
    return ForwardMsg(script_finished=status)


def drawn(text, *path, fragment=""):
    message = ForwardMsg()
    message.metadata.delta_path.extend(path)
    message.delta.new_element.markdown.body = text
    message.delta.fragment_id = fragment
    return message


def timer(fragment, seconds):
    message = ForwardMsg()
    message.auto_rerun.fragment_id, message.auto_rerun.interval = fragment, seconds
    return message


def after(*messages, page=None):
    page = page or Page()
    for message in messages:
        page.take(message)
    return page


def words(page):
    return page.screen.words().split()


def test_what_a_run_does_not_draw_again_goes_at_its_end():
    page = after(began("1"), drawn("a", 0, 0), drawn("b", 0, 1), drawn("side", 1, 0), ended())
    assert words(page) == ["a", "b", "side"]
    after(began("2"), drawn("A", 0, 0), page=page)
    assert words(page) == ["A", "b", "side"]
    assert page.take(ended()) == Ended(Run("2"))
    assert words(page) == ["A"]


def test_a_fragment_takes_away_its_own_alone():
    page = after(
        began("1"), drawn("a", 0, 0), drawn("f1", 0, 1, 0, fragment="f"),
        drawn("f2", 0, 1, 1, fragment="f"), drawn("g", 0, 2, 0, fragment="g"), ended(),
    )  # fmt: skip
    assert page.take(began("2", "f")) == Began(Run("2", ("f",)))
    after(drawn("F1", 0, 1, 0, fragment="f"), page=page)
    done = page.take(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert done == Ended(Run("2", ("f",)))
    assert words(page) == ["a", "F1", "g"]


def test_a_run_that_another_one_cuts_off_is_not_over():
    page = after(began("1"), drawn("a", 0, 0))
    assert page.take(ended(ForwardMsg.FINISHED_EARLY_FOR_RERUN)) is None
    assert words(page) == ["a"]


def test_a_script_that_cannot_be_run():
    page = after(began("1"))
    assert page.take(ended(ForwardMsg.FINISHED_WITH_COMPILE_ERROR)) is None
    message = ForwardMsg()
    message.session_event.script_compilation_exception.type = "SyntaxError"
    message.session_event.script_compilation_exception.message = "line 1"
    assert page.take(message) == Ended(Run("1"), "SyntaxError: line 1")


def test_an_element_in_place_of_a_block_ends_what_was_in_it():
    page = after(began("1"), drawn("inside", 0, 0, 0), drawn("outside", 0, 0))
    assert words(page) == ["outside"]


def test_a_pass_that_a_page_gives_and_what_it_takes_from_the_address():
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, 0])
    message.delta.new_element.html.body = (
        '<script>document.cookie = "pass=a1; Max-Age=60" + "; path=/";\n'
        'there.searchParams.delete("secret");</script>'
    )
    page = after(began("1"), message, ended())
    assert page.screen.pass_given() == ("pass=a1", "secret")
    assert after(began("2"), drawn("<script>", 0, 0), ended()).screen.pass_given() is None


def test_errors_are_those_of_the_run_that_has_shown_them():
    def broken(place, fragment):
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, place])
        message.delta.fragment_id = fragment
        message.delta.new_element.exception.type = f"of {fragment}"
        return message

    page = after(began("1"), broken(0, "f"), broken(1, "g"), ended())
    assert page.screen.exceptions("1") == ["of f: ", "of g: "]
    after(began("2", "f"), broken(0, "f"), page=page)
    page.take(ended(ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY))
    assert page.screen.exceptions("2") == ["of f: "]


def test_cookies_are_kept_beside_each_other():
    headers = {"Origin": "here"}
    for told in ("a=1|x", "b=2=2", "a=3"):
        http.keep(headers, told)
    assert headers == {"Origin": "here", "Cookie": "b=2=2; a=3"}
    assert [http.cookie(headers, name) for name in "abc"] == ["3", "2=2", ""]


def test_words_are_as_they_are_read():
    page = after(began("1"), drawn(r"Workers\: ready \(2\)", 0, 0))
    message = ForwardMsg()
    message.metadata.delta_path.extend([0, 1])
    message.delta.new_element.alert.body = r"a \n no sign"
    assert after(message, page=page).screen.words() == "Workers: ready (2)\na \\n no sign"


def test_timers_last_until_the_whole_page_runs():
    page = after(began("1"), timer("f", 0.2), timer("g", 1.0), ended())
    after(began("2", "f"), timer("f", 0.5), page=page)
    assert page.timers == {"f": 0.5, "g": 1.0}
    stop = ForwardMsg()
    stop.stop_auto_rerun.fragment_ids.append("g")
    after(stop, page=page)
    assert page.timers == {"f": 0.5}
    after(began("3"), page=page)
    assert page.timers == {}


def test_another_page_begins_empty():
    page = after(began("1"), drawn("a", 0, 0), ended(), began("2", page="there"))
    assert words(page) == []
    assert page.hash == "there"


def test_components_that_follow_a_stream():
    def component(place, data, kind="json"):
        message = ForwardMsg()
        message.metadata.delta_path.extend([0, place])
        message.delta.fragment_id = "f"
        bidi = message.delta.new_element.bidi_component
        bidi.id, bidi.component_name = f"component {place}", "chart"
        if kind == "json":
            bidi.json = data
        else:
            bidi.mixed.json = data
        return message

    page = after(
        began("1"),
        component(0, '{"stream": "kdlab/stream/one"}'),
        component(1, '{"figure": "x"}'),
        component(2, '["stream"]'),
        component(3, '{"stream": null}'),
        component(4, '{"stream": "kdlab/stream/two"}', "mixed"),
    )
    data = {"stream": "kdlab/stream/one"}, {"stream": "kdlab/stream/two"}
    assert page.screen.components() == [
        Component("component 0", "chart", "f", "kdlab/stream/one", data[0]),
        Component("component 4", "chart", "f", "kdlab/stream/two", data[1]),
    ]


def component(kind, **data):
    return Component("id", kind, "", "there", {"name": "slot", **data})


def test_what_components_tell_their_page():
    wake = component(components.WAKE, value="waits")
    transport = component(components.TRANSPORT, mark="m", ends=True, stops="ends it")
    chart = component("chart", value=1)
    ended = Trigger("changed", {"value": '"waits"', "stream": "there"})
    assert components.at_end(wake) == ended
    assert components.at_end(transport) == Trigger("told", {"ended": "m"})
    assert components.at_end(component(components.TRANSPORT, mark="m", ends=False)) is None
    assert components.at_stop(transport) == Trigger("told", {"stop": "m"})
    assert components.at_stop(component(components.TRANSPORT, value={}, stops=None)) is None
    assert components.at_stop(wake) is components.at_stop(chart) is components.at_end(chart) is None
    news = Trigger("changed", {"value": '"runs"', "stream": "there"})
    assert components.at_news(wake, {"slot": "runs"}) == news
    assert components.at_news(wake, {"slot": "waits", "other": 1}) is None
    assert components.at_news(wake, {"other": "runs"}) is None
    assert components.at_news(transport, {"slot": "runs"}) is None


def test_what_a_stream_tells_is_brought_up_to_date():
    values = {}
    components.take(values, {"chart": {"is": {"x": [1], "y": 2}}, "count": {"is": 1}})
    components.take(values, {"chart": {"by": [[[["x"], 1, [5]]], [[["y"]]]]}, "late": {"by": [[]]}})
    assert values == {"chart": {"x": [1, 5]}, "count": 1}


def test_what_a_component_says_is_what_streamlit_reads():
    from streamlit.components.v2.bidi_component.main import _make_trigger_id
    from streamlit.components.v2.bidi_component.serialization import deserialize_trigger_list

    said = wire.triggered("$$ID-hash-key", "ended", True)
    assert said.id == _make_trigger_id("$$ID-hash-key", "events")
    read = deserialize_trigger_list(said.json_trigger_value)
    assert read == [{"event": "ended", "value": True}]


# -- the scenario -------------------------------------------------------------------------------


class Pupil:
    """Notes what he is asked to do; nothing ever comes to an end."""

    def __init__(self) -> None:
        self.tally = Tally()
        self.done: list[str] = []

    async def open(self, path="", query=""):
        self.done.append(f"open /{path}?{query}")

    async def go(self, path):
        self.done.append(f"go /{path}")

    async def click(self, name):
        self.done.append(f"click {name}")

    async def watch(self, seconds):
        return False

    async def stop(self, name):
        self.done.append(f"stop {name}")

    async def leave(self):
        self.done.append("leave")


def test_what_a_visitor_does_in_a_round():
    one = Pupil()
    chance = scenario.random.Random(0)
    coroutines.run(scenario.attend(one, 7, 8, scenario.Pace(0, 0, 0), chance))
    assert one.done == [
        "open /?",
        "open /live?first_seed=7", "click live.train", "stop live.stop",
        "open /live?first_seed=8", "click live.train", "stop live.stop",
        "go /", "go /map", "go /temperature", "leave",
    ]  # fmt: skip
    assert len(one.tally.stays) == 1
