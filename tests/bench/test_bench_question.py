"""The bench of a question to a class: whether each answer is counted, at a small lab."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from contextlib import nullcontext

import pytest

from kdlab import classroom
from kdlab.bench import serving
from kdlab.bench.classroom import asking, question, scenario
from kdlab.bench.classroom.counting import Met, Round, check, rows
from kdlab.bench.classroom.room import PAGE, Instructor, Room
from kdlab.bench.classroom.session import LostError
from kdlab.bench.classroom.tally import Tally
from kdlab.bench.classroom.visitor import Visitor
from kdlab.errors import ClassError
from tests import coroutines


@pytest.fixture(scope="module")
def server(tmp_path_factory):
    with question.served(tmp_path_factory.mktemp("class")) as served:
        yield served
        said = served.said()
    assert not serving.trouble(said)
    assert not served.left_behind


@pytest.fixture
def room(server, monkeypatch):
    """Another room of the server."""
    monkeypatch.setenv("KDLAB_HOME", str(server.log.parent / "home"))
    rooms = classroom.open_store()
    code = rooms.open_room("Another").code
    yield Room(code, rooms.secret(code))
    rooms.close()


def test_each_of_three_is_counted_once_also_when_all_have_changed_their_answers(server):
    tally = Tally()
    met = coroutines.run(question.held(server, 3, 0.0, tally))
    assert [*tally.refused, *tally.lost, *tally.faults] == []
    check(met)
    first, again = met.rounds
    assert (first.counted, again.counted) == ((1, 1, 1), (1, 0, 2))
    for each in met.rounds:
        assert len(each.pressed) == len(each.acknowledged) == 3
        assert each.stood > max(each.pressed)
    assert len(met.asked) == 3
    assert met.seconds > 0
    assert met.server_seconds > 0
    table = {row.what: row for row in rows(met, tally, [])}
    told = [row for what, row in table.items() if "sent, acknowledged, counted" in what]
    assert [row.value for row in told] == ["3, 3, 3 (1 + 1 + 1)", "3, 3, 3 (1 + 0 + 2)"]
    assert all(row.met for row in told)
    assert not any(row.value == "never" for row in table.values())


def test_two_tabs_of_one_browser_are_one_visitor_and_so_one_answer_is_missing(
    server, room, monkeypatch
):
    monkeypatch.setattr(asking, "COUNTED_SECONDS", 1.0)  # what is waited for never comes

    async def asked():
        tally = Tally()
        _, two, tab = class_ = [Visitor(server.url, tally) for _ in range(3)]
        await two.open(PAGE, room.everybody)
        tab._headers = two._headers
        instructor = Instructor(server.url, tally)
        return await asking.asked(room, instructor, class_, 0.0, lambda: 0.0, tally)

    with pytest.raises(ClassError, match=r"counts \d answers \(.*\) of 3 visitors. Allowed: 3 \("):
        check(coroutines.run(asked()))


def test_who_does_not_know_the_secret_instructs_nobody(server, room):
    async def taken():
        instructor = Instructor(server.url, Tally())
        try:
            await instructor.take(Room(room.code, "guessed"))
        finally:
            await instructor.leave()

    with pytest.raises(LostError, match="cannot ask the class"):
        coroutines.run(taken())


# -- what is told of it -------------------------------------------------------------------------


def held(what="answer", **more):
    """All of four visitors' answers came."""
    usual = {"pressed": [10.0, 11.0, 12.0, 14.0], "acknowledged": [0.1, 0.1, 0.1, 0.2],
             "counted": (2, 1, 1), "stood": 14.5}  # fmt: skip
    return Round(what, 4, {0: 0, 1: 1, 2: 2, 3: 0}, **(usual | more))


def table(*rounds):
    met = Met([0.5] * 4, list(rounds), seconds=10.0, server_seconds=2.0, own_seconds=0.5)
    return met, {row.what: row for row in rows(met, Tally(), [])}


def test_the_rows_of_a_question():
    met, told = table(held(), held("changed answer", stood=15.5))
    check(met)
    assert told[
        "from the first answer pressed to the last one in the instructor's histogram"
    ].value == ("4.50 s, 0.50 after the last")
    late = told[
        "from the first changed answer pressed to the last one in the instructor's histogram"
    ]
    assert (late.value, late.met) == ("5.50 s, 1.50 after the last", False)
    assert (
        told["answer, pressed to acknowledged on the visitor's page"].value
        == "0.100, 0.200, 0.20 s (4)"
    )
    assert told["processor time of the server's process meanwhile"].value == (
        "20 % of a core, 250 ms an answer; the visitors' 5 %"
    )
    assert all(str(row).count("|") == 5 for row in told.values())


@pytest.mark.parametrize(
    "wrong",
    [
        {"counted": (2, 1, 0), "stood": None},  # one was lost
        {"counted": (3, 1, 1), "stood": None},  # one was counted twice
        {"counted": (1, 2, 1), "stood": None},  # one was counted as another one
        {"acknowledged": [0.1] * 3},
        {"pressed": [10.0] * 3},
        {"counted": (), "stood": None},
    ],
)
def test_a_count_that_is_wrong_is_a_failure(wrong):
    met, told = table(held(), held("changed answer", **wrong))
    assert not met.rounds[1].complete
    bad = [row for what, row in told.items() if what.startswith("changed answers: sent")]
    assert [row.met for row in bad] == [False]
    with pytest.raises(ClassError, match=r"changed answers \(.*\) of 4 visitors"):
        check(met)


def test_a_changed_answer_that_did_not_replace_the_first_is_a_failure():
    with pytest.raises(ClassError, match=r"counts 5 answers \(2 \+ 2 \+ 1\) of 4 visitors"):
        check(Met(rounds=[held(counted=(2, 2, 1), stood=None)]))


def test_nobody_who_answered_is_no_success():
    met, told = table(Round("answer", 4))
    never = told["from the first answer pressed to the last one in the instructor's histogram"]
    assert (never.value, never.met) == ("never", False)
    with pytest.raises(ClassError, match=r"counts 0 answers \(none\) of 4 visitors"):
        check(met)


# -- the command --------------------------------------------------------------------------------


def test_a_server_that_does_not_come_up_is_a_sentence_and_a_failure(kdlab, monkeypatch):
    monkeypatch.setattr(serving, "STREAMLIT", "raise SystemExit('no port is free')")
    code, out, err = kdlab("bench", "--question", "2")
    assert code == 1
    assert "no class could be asked (the server did not come up: no port is free" in err
    assert out.startswith("Machine: ")
    assert "|" not in out


def test_the_command_fails_after_its_table_where_an_answer_is_missing(kdlab, monkeypatch, server):
    async def one_is_missing(server, visitors, spread, tally):
        return table(held(counted=(1, 1, 1), stood=None))[0]

    async def nobody_before(url, patience):
        """Nothing here has to be quick."""

    monkeypatch.setattr(question, "served", lambda folder: nullcontext(server))
    monkeypatch.setattr(question, "held", one_is_missing)
    monkeypatch.setattr(scenario, "first_visitor", nobody_before)
    with ThreadPoolExecutor(max_workers=1) as pool:  # as in tests/coroutines.py
        code, out, err = pool.submit(kdlab, "bench", "--question", "4").result()
    assert code == 1
    assert "| 4 visitors answer one question | measured | goal | met |" in out
    assert "| 4, 4, 3 (1 + 1 + 1) | 4 each (2 + 1 + 1) | NO |" in out
    assert err.startswith("the instructor's histogram counts 3 answers (1 + 1 + 1) of 4 visitors.")
