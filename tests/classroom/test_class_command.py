"""``python -m kdlab class``, and what a server with a class tells where it was started."""

from __future__ import annotations

import csv
import io
import json

import pytest

from kdlab import bootstrap
from kdlab.classroom import opening
from kdlab.hosting import key
from pages.ui.shell import instructing, launch
from tests.classroom.asking import VERDICT, visitor


@pytest.fixture
def _key():
    key.secret()


@pytest.fixture
def environment(monkeypatch):
    """What ``for_class`` may set, undone afterwards."""
    for name in ("KDLAB_CLASS", "KDLAB_CLASS_TITLE", "STREAMLIT_SERVER_ADDRESS"):
        monkeypatch.setenv(name, "")
        monkeypatch.delenv(name)
    return bootstrap.os.environ


@pytest.fixture
def served(monkeypatch, store):
    """A server with a class, at an address that others reach."""
    told = {
        "server.address": "0.0.0.0", "server.port": 8613, "server.baseUrlPath": "",
        "server.sslCertFile": None,
    }  # fmt: skip
    monkeypatch.setattr(launch.st, "get_option", told.__getitem__)
    monkeypatch.setattr(launch, "own_address", lambda: "192.168.1.7")
    monkeypatch.setattr(instructing, "rooms", lambda: store)
    monkeypatch.setenv("KDLAB_CLASS", "1")
    monkeypatch.setenv("KDLAB_TRUST", "key")
    return told


@pytest.mark.usefixtures("_key")
def test_rooms_and_their_addresses_are_printed_again(kdlab, store, room):
    store.served_at("http://192.168.1.7:8613/")
    code, out, _ = kdlab("class")
    assert code == 0
    assert f"http://192.168.1.7:8613/class?room={room}\n" in out
    assert f"/class?room={room}&instructor={store.secret(room)}\n" in out
    (told,) = json.loads(kdlab("class", "--json")[1])["rooms"]
    assert told["title"] == "Tuesday"
    assert told["instructor"].endswith(store.secret(room))


@pytest.mark.usefixtures("_key")
def test_a_room_is_renewed_ended_reopened_and_forgotten(kdlab, store, room):
    before = store.secret(room)
    out = kdlab("class", "--renew", room.lower())[1]
    assert before not in out
    assert store.secret(room) in out
    assert ", which has ended" in kdlab("class", "--end", room)[1]
    assert store.room(room).ended
    kdlab("class", "--reopen", room)
    assert not store.room(room).ended
    assert kdlab("class", "--forget", room)[:2] == (
        0,
        "No class has been opened in this home. Open one: python -m kdlab open --class TITLE\n",
    )


@pytest.mark.usefixtures("_key")
def test_the_answers_are_printed_as_a_table(kdlab, store, room, teacher):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "helped", "王 =1")
    code, out, _ = kdlab("class", "--csv", room)
    assert code == 0
    rows = list(csv.reader(io.StringIO(out)))
    assert rows[1][2:5] == ["verdict", "王 =1", "helped"]


@pytest.mark.usefixtures("_key")
def test_a_room_that_cannot_be_read_is_named_and_stops_no_other(kdlab, store, room, teacher):
    teacher.ask(VERDICT)
    other = store.open_room("Wednesday").code
    with store._file.changing() as file:
        file.execute("UPDATE question SET what = '{}' WHERE code = ?", (room,))
    assert [each.code for each in store.rooms()] == [other]
    assert opening.room_of(store).code == other
    code, out, _ = kdlab("class")
    assert code == 0
    assert f"/class?room={other}\n" in out
    assert f"The class {room} was written by another version" in out
    assert json.loads(kdlab("class", "--json")[1])["unreadable"] == [room]
    assert kdlab("class", "--csv", room)[0] == 1
    before = store.secret(room)
    assert kdlab("class", "--renew", room)[0] == 0
    assert store.secret(room) != before
    code, out, _ = kdlab("class", "--forget", room)
    assert code == 0
    assert room not in out
    assert store.unreadable() == []
    assert store.room(room) is None


@pytest.mark.usefixtures("_key")
def test_a_wrong_code_and_a_strangers_home_are_sentences(kdlab, room, monkeypatch):
    for argument in ("--renew", "--csv"):
        code, _, err = kdlab("class", argument, "x" * 500)
        assert code == 1
        assert room in err
    monkeypatch.setattr(key, "kept", lambda: False)
    assert "Set KDLAB_HOME" in kdlab("class")[2]


@pytest.mark.usefixtures("served")
def test_the_server_tells_both_addresses_and_a_code_apart_from_each_other(store):
    text = "\n".join(launch.class_words())
    (room,) = store.rooms()
    everybody = f"http://192.168.1.7:8613/class?room={room.code}"
    assert f"For the class {room.code}: {everybody}\n" in text
    secret = f"{everybody}&instructor={store.secret(room.code)}"
    assert text.index(secret) > text.index("█") > text.index(everybody)
    assert text.count(store.secret(room.code)) == 1
    assert store.served_at() == "http://192.168.1.7:8613/"
    assert launch._first_page().startswith(f"http://localhost:8613/class?room={room.code}&owner=")
    assert key.secret() not in launch._first_page(), "a ticket, since others see command lines"


@pytest.mark.usefixtures("served")
def test_each_address_is_told_once_and_for_whom(store):
    told = [*launch.words(), *launch.class_words()]
    found = {line.split(": ")[0].strip(): line.split(": ")[1] for line in told if "://" in line}
    (room,) = store.rooms()
    assert list(found) == [
        "For you, the owner", f"For the class {room.code}", "For the instructor only",
    ]  # fmt: skip
    assert len(set(found.values())) == 3
    assert "localhost" not in "\n".join(told).replace(found["For you, the owner"], "")


@pytest.mark.usefixtures("served")
def test_the_room_of_before_goes_on_until_it_has_ended(store, monkeypatch):
    first = opening.room_of(store)
    assert opening.room_of(store) == first
    monkeypatch.setenv("KDLAB_CLASS_TITLE", "Wednesday")
    assert "For the class 'Wednesday': http" in "\n".join(launch.class_words())
    second = opening.room_of(store, "Wednesday")
    assert second.code != first.code
    assert len(store.rooms()) == 2
    store.as_instructor(second.code, store.secret(second.code)).end()
    assert opening.room_of(store).code == first.code
    monkeypatch.setenv("KDLAB_CLASS_TITLE", "x" * 200)
    assert "No class: a title of 200 characters" in "\n".join(launch.class_words())


def test_without_a_class_nothing_is_told_and_no_room_opened(served, store, monkeypatch):
    monkeypatch.delenv("KDLAB_CLASS")
    assert launch.class_words() == []
    assert store.rooms() == []
    assert launch._first_page().startswith("http://localhost:8613/?owner=")


def test_a_code_is_white_on_black_where_the_terminal_has_colours():
    lines = opening.code("http://192.168.1.7:8501/class?room=ACDEFGHJ", colours=True)
    assert all(line.startswith("\x1b[97;40m") and line.endswith("\x1b[0m") for line in lines)
    plain = opening.code("http://192.168.1.7:8501/class?room=ACDEFGHJ")
    assert len({len(line) for line in plain}) == 1
    assert max(map(len, plain)) <= 60, "it fits a terminal"
    assert not "".join(plain).strip("█▀▄ ")


@pytest.mark.parametrize(
    ("said", "rest", "title"),
    [
        (["--class"], ["--server.address", "0.0.0.0"], ""),
        (["--class", "Tuesday"], ["--server.address", "0.0.0.0"], "Tuesday"),
        (["--class=Tue day"], ["--server.address", "0.0.0.0"], "Tue day"),
        (["--class", "-x"], ["--server.address", "0.0.0.0", "-x"], ""),
        (["--server.address", "::1", "--class", "T"], ["--server.address", "::1"], "T"),
        (["--server.address=::1", "--class"], ["--server.address=::1"], ""),
    ],
)  # fmt: skip
def test_open_for_a_class_listens_to_all_unless_told_otherwise(environment, said, rest, title):
    assert bootstrap.for_class(said) == rest
    assert environment["KDLAB_CLASS"] == "1"
    assert environment["KDLAB_CLASS_TITLE"] == title


def test_without_it_and_behind_dashes_nothing_changes(environment):
    for said in ([], ["--server.port", "1"], ["--", "--class"]):
        assert bootstrap.for_class(said) == said
    assert "KDLAB_CLASS" not in environment
    environment["STREAMLIT_SERVER_ADDRESS"] = "10.0.0.1"
    assert bootstrap.for_class(["--class"]) == []


def test_help_names_it(capsys):
    assert bootstrap.main(["open", "--help"]) == 0
    assert "--class [TITLE]" in capsys.readouterr().out
