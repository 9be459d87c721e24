"""torchrun's variables: those of an earlier job, half of them, and what nobody can be."""

import os
import socket
from datetime import timedelta

import pytest
import torch
from small_runs import new

from kdlab.errors import ConfigError
from kdlab.full_run.engine import device, process_group, torchrun
from kdlab.full_run.engine.process_group import ProcessGroup, join
from kdlab.full_run.run import process
from kdlab.full_run.run.run import run

GOOD = {
    "WORLD_SIZE": "2", "RANK": "0", "LOCAL_RANK": "0", "MASTER_ADDR": "127.0.0.1",
    "MASTER_PORT": "29500",
}  # fmt: skip
SMALL = (
    "--pair", "own", "--dataset", "digits", "--teacher", "cnn-8", "--student", "cnn-4",
    "--padding", 1, "--flip", "false", "--train-limit", 100, "--batch-size", 50, "--epochs", 1,
)  # fmt: skip
HALF = {
    **{f"without {name}": {n: v for n, v in GOOD.items() if n != name} for name in GOOD},
    "rank alone": {"RANK": "0"},
    "another one alone": {"WORLD_SIZE": "1", "RANK": "1"},
}
WRONG = [
    *(("WORLD_SIZE", value) for value in ("abc", "-1", "0", "1e9", "2.0", "٢", "9" * 5000)),
    *(("RANK", value) for value in ("abc", "-1", "1e9", "2", "7")),
    *(("LOCAL_RANK", value) for value in ("abc", "-1", "2")),
    *(("MASTER_PORT", value) for value in ("abc", "0", "-1", "65536", "1e9")),
]


@pytest.fixture(autouse=True)
def _nothing_is_set(monkeypatch):
    for name in (*torchrun.NAMES, *torchrun.OTHERS):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def left(monkeypatch):
    """Set variables as an earlier job has left them."""

    def leave(**variables):
        for name, value in variables.items():
            monkeypatch.setenv(name, value)

    return leave


def assert_sentence(text):
    assert "Allowed: none of torchrun's variables, or all of them" in text
    assert "unset WORLD_SIZE RANK LOCAL_RANK MASTER_ADDR MASTER_PORT" in text
    assert "torch.distributed.run --nproc-per-node=N" in text
    assert len(text) < 500


@pytest.mark.parametrize(
    ("variables", "place"),
    [
        ({}, torchrun.Told()),
        ({"WORLD_SIZE": "", "RANK": " "}, torchrun.Told()),
        ({"WORLD_SIZE": "1"}, torchrun.Told()),
        (GOOD | {"WORLD_SIZE": "1"}, torchrun.Told()),
        ({"LOCAL_RANK": "3", "MASTER_ADDR": "x", "MASTER_PORT": "abc"}, torchrun.Told()),
        (GOOD, torchrun.Told(0, 2, 0, "127.0.0.1:29500")),
        (GOOD | {"RANK": "5", "WORLD_SIZE": " 8 ", "LOCAL_RANK": "1"},
         torchrun.Told(5, 8, 1, "127.0.0.1:29500")),
    ],
)  # fmt: skip
def test_a_place_is_read_where_it_is_told(variables, place):
    assert torchrun.told(variables) == place
    assert torchrun.local_rank(variables) == place.local_rank


@pytest.mark.parametrize("variables", HALF.values(), ids=HALF)
def test_half_of_a_place_is_none(variables):
    with pytest.raises(ConfigError) as caught:
        torchrun.told(variables)
    assert_sentence(str(caught.value))
    assert torchrun.local_rank(variables) == 0


@pytest.mark.parametrize(("name", "value"), WRONG, ids=lambda text: text[:12])
def test_a_place_that_cannot_be_names_the_variable(name, value):
    with pytest.raises(ConfigError) as caught:
        torchrun.told(GOOD | {name: value})
    assert f"variable {name} is {value[:40]!r}" in str(caught.value)
    assert_sentence(str(caught.value))


@pytest.mark.parametrize(
    "variables",
    [HALF["without MASTER_ADDR"], HALF["without RANK"], GOOD | {"WORLD_SIZE": "abc"},
     GOOD | {"RANK": "2"}, GOOD | {"MASTER_PORT": "1e9"}],
)  # fmt: skip
def test_a_command_says_one_sentence_and_leaves_no_folder(variables, left, kdlab, tmp_path):
    left(**variables)
    code, out, said = kdlab("full-run", "--out", tmp_path / "run", *SMALL)
    assert (code, out, said.count("\n")) == (2, "", 1)
    assert_sentence(said)
    assert list(tmp_path.iterdir()) == []


def test_the_corrected_command_works(left, kdlab, tmp_path, monkeypatch):
    """Where nobody else came, too: the folder is as it was before."""
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(process_group, "MEETING", timedelta(seconds=1))
    (tmp_path / "run").mkdir()
    (tmp_path / "run" / "notes.txt").write_text("mine")
    left(**GOOD | {"MASTER_PORT": str(port)})
    code, out, said = kdlab("full-run", "--out", tmp_path / "run", *SMALL)
    assert (code, out) == (2, "")
    assert f"waiting at 127.0.0.1:{port} for all 2 processes" in said
    said = said.splitlines()[-1]
    assert "WORLD_SIZE is 2 and RANK is 0, but the 2 processes did not meet" in said
    assert f"MASTER_ADDR:MASTER_PORT, which is 127.0.0.1:{port}, within 1 s" in said
    assert "unset WORLD_SIZE RANK" in said
    assert [p.name for p in (tmp_path / "run").iterdir()] == ["notes.txt"]
    for name in GOOD:
        monkeypatch.delenv(name)
    code, out, _ = kdlab("full-run", "--out", tmp_path / "run", *SMALL)
    assert code == 0
    assert "gain:" in out


def test_a_run_that_was_there_stays_as_it_was(left, tmp_path, monkeypatch, kdlab):
    folder = new(tmp_path / "run")
    folder.say("stopped", "It was stopped.")
    monkeypatch.setattr(process_group, "MEETING", timedelta(seconds=1))
    left(**GOOD | {"MASTER_ADDR": "no-such-host.invalid", "RANK": "0", "MASTER_PORT": "1"})
    code, _, said = kdlab("full-run", "--out", folder.path, "--resume")
    assert (code, "MASTER_ADDR" in said) == (2, True)
    assert (folder.status().state, folder.status().reason) == ("stopped", "It was stopped.")


def test_another_than_the_first_waits_within_bounds_and_writes_nothing(left, tmp_path, monkeypatch):
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    monkeypatch.setattr(process_group, "MEETING", timedelta(seconds=1))
    left(**GOOD | {"RANK": "1", "LOCAL_RANK": "1", "MASTER_PORT": str(port)})
    folder = new(tmp_path / "run")
    before = {p.name: p.read_bytes() for p in folder.path.iterdir()}
    with pytest.raises(ConfigError, match="RANK is 1, but the 2 processes did not meet"):
        run(folder)
    assert {p.name: p.read_bytes() for p in folder.path.iterdir()} == before


def test_join_is_alone_where_nothing_is_said(left):
    left(LOCAL_RANK="3")
    assert join(torch.device("cpu")) == ProcessGroup()


def test_a_device_that_is_not_there_is_a_sentence(left, monkeypatch):
    monkeypatch.delenv("KDLAB_DEVICE", raising=False)
    monkeypatch.setattr(torch.cuda, "is_available", lambda: True)
    monkeypatch.setattr(torch.cuda, "device_count", lambda: 1)
    left(LOCAL_RANK="3")
    assert device.choose() == torch.device("cuda", 0)
    left(**GOOD | {"LOCAL_RANK": "1", "RANK": "1"})
    with pytest.raises(ConfigError, match="LOCAL_RANK is 1, and this machine has 1 GPU"):
        device.choose()


def test_what_a_page_starts_inherits_none_of_them(left, tmp_path, monkeypatch):
    left(**GOOD, LOCAL_WORLD_SIZE="2")
    given = []

    class Started:
        pid = os.getpid()

        def __init__(self, *args, env, **more):
            given.append(env)

        def poll(self):
            return None

    monkeypatch.setattr(process.subprocess, "Popen", Started)
    monkeypatch.setattr(process, "_started", [])
    folder = new(tmp_path / "runs" / "one")
    process.start(folder)
    process.estimate(folder.config(), tmp_path / "told.txt")
    assert len(given) == 2
    for environment in given:
        assert not {*torchrun.NAMES, *torchrun.OTHERS} & set(environment)
        assert environment["PATH"] == os.environ["PATH"]


def test_a_page_starts_several_without_a_meeting_that_unpickles(tmp_path, monkeypatch):
    asked = []

    class Begun:
        pid = os.getpid()

        def poll(self):
            return 0

    monkeypatch.setattr(process, "_started", [])
    monkeypatch.setattr(process, "_detached", lambda line, log: asked.append(line) or Begun())
    process.start(new(tmp_path / "run"), 2)
    ((_, *line),) = asked
    assert "--standalone" not in line
    assert "--rdzv-backend=static" in line
    assert "--master-addr=127.0.0.1" in line
    assert "--nproc-per-node=2" in line
