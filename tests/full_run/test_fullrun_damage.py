"""Files of a run that were damaged between its processes: told, mended where they can be, and never
used as they are."""

import errno
import json
import os

import pytest
import safetensors
import safetensors.torch
from small_runs import assert_same_run, new, ran, results

from kdlab.errors import ConfigError, StoreError
from kdlab.events import FullEpoch, FullStarted, Remark, StageStarted
from kdlab.full_run.run import checkpoint
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.run import run

pytestmark = pytest.mark.attack

EVENTS, CHECKPOINT = "events.jsonl", "checkpoint.safetensors"


def stopped(folder, stage, epoch):
    """It was stopped after this epoch."""

    def tell(event):
        if isinstance(event, FullEpoch) and (event.stage, event.epoch) == (stage, epoch):
            folder.ask_to_stop()

    assert run(folder, tell).state == "stopped"
    return folder


@pytest.fixture(scope="module")
def whole(tmp_path_factory):
    """A run that was left alone."""
    home = tmp_path_factory.mktemp("home-of-the-whole")
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("KDLAB_HOME", str(home))
        patch.setenv("KDLAB_DEVICE", "cpu")
        return ran(tmp_path_factory.mktemp("whole") / "run")


@pytest.fixture
def begun(tmp_path):
    """A run that was stopped after the distilled student's first epoch: two stages are done."""
    return stopped(new(tmp_path / "run"), "distilled", 1)


def remarks(folder):
    return [event.text for event in folder.read()[0] if isinstance(event, Remark)]


def flipped(path, place=None):
    """One bit of the file has changed, in the middle of it."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2 if place is None else place] ^= 4
    path.write_bytes(content)


# -- the log ----------------------------------------------------------------------------------


def other_digit(path):
    text = path.read_text()
    at = text.index('"accuracy": 0.') + len('"accuracy": 0.')
    path.write_text(text[:at] + str((int(text[at]) + 1) % 10) + text[at + 1 :])


def a_folder(path):
    path.unlink()
    path.mkdir()


def a_fifo(path):
    if not hasattr(os, "mkfifo"):
        pytest.skip("this system has no FIFOs")
    path.unlink()
    os.mkfifo(path)


DAMAGE = {
    "deleted": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "shortened": lambda path: path.write_bytes(path.read_bytes()[:-1000]),
    "zeros": lambda path: path.write_bytes(bytes(len(path.read_bytes()))),
    "longer in the middle": lambda path: path.write_bytes(b"what\n" + path.read_bytes()),
    "another digit": other_digit,
    "a folder": a_folder,
    "a fifo": a_fifo,
}


@pytest.mark.parametrize("damage", DAMAGE)
def test_a_damaged_log_costs_curves_and_no_result(begun, whole, damage):
    log = begun.path / EVENTS
    DAMAGE[damage](log)
    before = log.read_bytes() if log.is_file() else None
    assert run(begun).state == "finished"
    assert_same_run(whole, begun)
    aside = begun.path / "events-damaged-1.jsonl"
    if before is not None:
        assert aside.read_bytes() == before, "it is kept as it was"
    assert aside.exists() == (damage != "deleted")
    told, _ = begun.read()
    assert isinstance(told[0], FullStarted)
    assert [event.stage for event in told[1:3]] == ["teacher", "labels only"]
    (remark,) = remarks(begun)
    assert "was not there" in remark if damage == "deleted" else aside.name in remark
    assert "until epoch 1 of distilled, seed 0, are missing" in remark
    assert [(e.stage, e.epoch) for e in told if isinstance(e, FullEpoch)] == [("distilled", 2)]
    history = FullHistory()
    history.take(told[:-1])
    assert history.share_done == 1.0
    assert history.seconds_left == 0.0


def test_a_log_that_was_begun_anew_is_known_to_the_checkpoint_at_once(begun):
    """Stopped right after, the run goes on with it, and puts nothing aside once more."""
    (begun.path / EVENTS).write_bytes(b"what\n")

    def tell(event):
        if isinstance(event, StageStarted):
            begun.ask_to_stop()

    assert run(begun, tell).state == "stopped"
    assert run(begun).state == "finished"
    assert [p.name for p in begun.path.glob("events-*")] == ["events-damaged-1.jsonl"]
    assert sum(isinstance(event, FullStarted) for event in begun.read()[0]) == 1


def test_a_log_that_is_damaged_again_gets_another_name(begun, whole):
    for count in (1, 2):
        (begun.path / EVENTS).write_bytes(b"what %d\n" % count)
        if count == 1:
            assert run(begun, lambda event: begun.ask_to_stop()).state == "stopped"
    assert run(begun).state == "finished"
    assert_same_run(whole, begun)
    assert {p.read_bytes() for p in begun.path.glob("events-*")} == {b"what 1\n", b"what 2\n"}


def as_of_old(folder):
    """The checkpoint as earlier versions wrote it."""
    path = folder.path / CHECKPOINT
    with safetensors.safe_open(path, "pt") as file:
        mark = json.loads(file.metadata()["mark"])
    for name in ("done", "log_digest"):
        del mark[name]
    said, state = json.dumps(mark), safetensors.torch.load_file(path)
    told = {"mark": said, "checksum": checkpoint._checksum(state, said)}
    path.write_bytes(safetensors.torch.save(state, told))


def test_an_older_checkpoint_goes_on(begun, whole):
    as_of_old(begun)
    assert run(begun).state == "finished"
    assert_same_run(whole, begun)
    assert not remarks(begun)


@pytest.mark.parametrize("damage", ["deleted", "shortened", "zeros"])
def test_an_older_checkpoint_needs_its_log(begun, damage):
    as_of_old(begun)
    log = begun.path / EVENTS
    DAMAGE[damage](log)
    before = log.read_bytes() if log.exists() else None
    status = run(begun)
    assert (status.state, status.failure) == ("failed", "folder")
    assert "shorter than when the checkpoint was made" in status.reason
    assert (log.read_bytes() if log.exists() else None) == before


def another_stage(path):
    told = '"StageDone", "stage": "teac'
    path.write_text(path.read_text().replace(f"{told}her", f"{told}hes"))


def another_seed(path):
    path.write_text(path.read_text().replace('"seed": 0', '"seed": 7'))


@pytest.mark.parametrize("change", [another_stage, another_seed])
def test_the_log_of_an_older_checkpoint_tells_this_runs_stages(begun, change):
    as_of_old(begun)
    before = (begun.path / EVENTS).read_bytes()
    change(begun.path / EVENTS)
    assert (begun.path / EVENTS).read_bytes() != before
    status = run(begun)
    assert (status.state, status.failure) == ("failed", "folder")
    assert "shorter than when the checkpoint was made" in status.reason


# -- weights of stages that are done ----------------------------------------------------------


def damages(path):
    return {
        "a bit": lambda: flipped(path),
        "a bit of its name": lambda: flipped(path, 60),
        "cut": lambda: path.write_bytes(path.read_bytes()[:300]),
        "deleted": path.unlink,
    }


@pytest.mark.parametrize("damage", ["a bit", "a bit of its name", "cut", "deleted"])
def test_a_teacher_that_this_machine_has_kept_is_put_back(begun, whole, damage):
    path = begun.path / "teacher.safetensors"
    damages(path)[damage]()
    before = path.read_bytes() if path.exists() else None
    assert run(begun).state == "finished"
    assert_same_run(whole, begun)
    (remark,) = remarks(begun)
    assert remark.startswith("teacher.safetensors was")
    if before is not None:
        assert (begun.path / "teacher.safetensors.damaged-1").read_bytes() == before


@pytest.mark.parametrize("damage", ["a bit", "a bit of its name", "cut", "deleted"])
def test_without_that_a_damaged_teacher_teaches_nobody(begun, monkeypatch, tmp_path, damage):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "another-home"))
    path = begun.path / "teacher.safetensors"
    good = path.read_bytes()
    damages(path)[damage]()
    status = run(begun)
    assert (status.state, status.failure) == ("failed", "folder")
    assert "teacher.safetensors" in status.reason
    assert "from a copy and resume, or delete checkpoint.safetensors" in status.reason
    path.write_bytes(good)
    assert run(begun).state == "finished"
    assert not remarks(begun)


@pytest.mark.parametrize("damage", ["a bit", "cut", "deleted"])
def test_a_damaged_student_is_told_and_its_numbers_stand(begun, whole, damage):
    damages(begun.path / "labels-only-seed0.safetensors")[damage]()
    assert run(begun).state == "finished"
    assert results(begun) == results(whole)
    (remark,) = remarks(begun)
    assert remark.startswith("labels-only-seed0.safetensors ")
    assert "do not use these weights" in remark


# -- teachers that this machine has kept ------------------------------------------------------


@pytest.fixture
def kept(tmp_path, monkeypatch):
    """The file of a teacher that a run has left in its home."""
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    ran(tmp_path / "first")
    (path,) = (tmp_path / "home" / "full-teachers").glob("*/weights.safetensors")
    return path


@pytest.mark.parametrize("damage", ["a bit", "a bit of its name", "cut", "digest", "no digest"])
def test_a_kept_teacher_that_was_damaged_is_told_and_made_again(kept, whole, tmp_path, damage):
    good, beside = kept.read_bytes(), kept.with_name("digest")
    if damage == "digest":
        beside.write_bytes(b"\xff what")
    elif damage == "no digest":
        beside.unlink()
        flipped(kept, 60)
    else:
        damages(kept)[damage]()
    second = ran(tmp_path / "second")
    (remark,) = remarks(second)
    assert "is damaged" in remark
    assert_same_run(whole, second)
    assert kept.read_bytes() == good
    third = ran(tmp_path / "third")
    assert results(third)["teacher", 0]["reused"]
    assert not remarks(third)


def test_a_kept_teacher_without_a_digest_is_said_to_be_unchecked(kept, tmp_path):
    kept.with_name("digest").unlink()
    second = ran(tmp_path / "second")
    assert results(second)["teacher", 0]["reused"]
    assert "could not be checked" in remarks(second)[0]


# -- anything in any file's place --------------------------------------------------------------

NAMES = (
    "config.json", "status.json", "now.json", "launched.json", "lock", "data.json", EVENTS,
    CHECKPOINT, "teacher.safetensors", "labels-only-seed0.safetensors", "reserve", "log.txt",
    "distilled-seed0.safetensors",
)  # fmt: skip


def weights(folder):
    return {path.name: path.read_bytes() for path in folder.weights()}


def garbage(path):
    path.write_bytes(bytes(range(256)) * 5)


def deep(path):
    path.write_text("[" * 50_000 + "]" * 50_000)


@pytest.mark.parametrize("damage", [a_folder, a_fifo, garbage, deep])
@pytest.mark.parametrize("name", NAMES)
def test_whatever_lies_in_a_files_place_a_run_says_so_or_ends_as_ever(begun, whole, name, damage):
    path = begun.path / name
    path.touch()
    damage(path)
    if name == "config.json":
        with pytest.raises((ConfigError, StoreError)):
            run(begun)
        return
    status = run(begun)
    if status.state == "finished":
        assert results(begun) == results(whole)
        assert name == "labels-only-seed0.safetensors" or weights(begun) == weights(whole)
    else:
        assert status.state == "failed"
        assert status.reason.endswith(".")
        assert status.failure == "folder", status


# -- what cannot be read just now ---------------------------------------------------------------


@pytest.mark.parametrize("name", [EVENTS, CHECKPOINT])
def test_a_file_that_the_system_does_not_let_be_read_is_no_damaged_one(
    begun, whole, name, monkeypatch
):
    real = os.open

    def refuses(path, *more, **named):
        if str(path) == str(begun.path / name):
            raise OSError(errno.EMFILE, "Too many open files")
        return real(path, *more, **named)

    with monkeypatch.context() as patch:
        patch.setattr(os, "open", refuses)
        status = run(begun)
    assert status.state == "failed"
    assert "Too many open files" in status.reason
    assert "elete" not in status.reason
    assert run(begun).state == "finished"
    assert_same_run(whole, begun)
    assert not list(begun.path.glob("*damaged*"))
