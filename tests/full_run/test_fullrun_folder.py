"""A run on disk: who is at work on it, and what readers find."""

import errno
import os
import time

import pytest
from small_runs import config, new

from kdlab.errors import ConfigError, StoreError
from kdlab.events import FullPart, Progress, StageDone
from kdlab.full_run.run.folder import RESERVE, RunFolder, new_path, runs
from kdlab.full_run.run.log import EventLog, Reader
from kdlab.system import files


@pytest.fixture
def folder(tmp_path):
    return new(tmp_path / "run")


def done(number):
    return StageDone(
        stage="distilled", seed=number, accuracy=0.5, best=0.5, best_epoch=1, fidelity=1.0,
        ece=0.0, seconds=1.0, images_per_second=1.0, reused=False,
    )  # fmt: skip


# -- a new one --------------------------------------------------------------------------------


def test_a_folder_holds_one_run(folder):
    assert folder.exists()
    assert folder.config() == config()
    assert (folder.status().state, folder.status().resumable) == ("new", True)
    assert (folder.path / "reserve").read_bytes() == RESERVE
    before = {path.name: path.read_bytes() for path in folder.path.iterdir()}
    with pytest.raises(StoreError, match="already holds a run"):
        RunFolder.create(folder.path, config(epochs=5))
    assert {path.name: path.read_bytes() for path in folder.path.iterdir()} == before


def test_a_folder_with_other_files_can_become_a_run(tmp_path):
    (tmp_path / "notes.txt").write_text("mine")
    assert RunFolder.create(tmp_path, config()).exists()
    assert (tmp_path / "notes.txt").read_text() == "mine"


def test_a_folder_that_cannot_be_is_a_sentence(tmp_path):
    (tmp_path / "file").write_text("")
    with pytest.raises(StoreError, match="file"):
        RunFolder.create(tmp_path / "file" / "run", config())


def test_a_configuration_that_is_none_is_a_sentence(folder):
    (folder.path / "config.json").write_text('{"epochs": -3}')
    with pytest.raises(ConfigError, match="epochs"):
        folder.config()
    (folder.path / "config.json").unlink()
    with pytest.raises(StoreError, match=r"config\.json"):
        folder.config()


# -- how it stands ----------------------------------------------------------------------------


@pytest.mark.parametrize("state", ["stopped", "finished", "failed"])
def test_a_run_that_has_ended_stays_so_without_its_process(folder, state):
    folder.say(state, "because", "crash")
    assert folder.status().reason == "because"
    assert folder.status().state == state
    assert folder.status().resumable is (state != "finished")


@pytest.mark.parametrize(
    "content",
    ["", "{", "[]", '{"state": "running"}', "null", "[" * 5000,
     '{"state": "asleep", "reason": "", "failure": ""}',
     '{"state": "failed", "reason": 3, "failure": null}',
     '{"state": ["failed"], "reason": "", "failure": ""}'],
)  # fmt: skip
def test_a_status_that_cannot_be_read_is_none(folder, content):
    (folder.path / "status.json").write_text(content)
    assert folder.status().state == "new"


def test_somebody_may_ask_while_the_process_is_getting_ready(folder):
    folder.ask_to_stop()
    folder.claim()
    assert folder.stop_asked()
    folder.forget_stop()
    assert not folder.stop_asked()
    assert folder.status().pid == os.getpid()


def test_a_run_that_has_not_begun_can_be_taken_back(tmp_path):
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "notes.txt").write_text("mine")
    for name in ("mine", "none"):
        new(tmp_path / name).claim()
        RunFolder(tmp_path / name).withdraw()
    assert [p.name for p in tmp_path.rglob("*")] == ["mine", "notes.txt"]


def test_a_run_that_has_begun_is_not_taken_back(folder):
    EventLog(folder).close()
    folder.withdraw()
    assert folder.exists()


# -- a full disk ------------------------------------------------------------------------------


def test_the_reserve_is_given_up_to_say_that_the_disk_is_full(folder, monkeypatch):
    write, refused = files.write, []

    def full(path, content):
        if not refused:
            refused.append((folder.path / "reserve").exists())
            raise OSError(errno.ENOSPC, "No space left on device")
        write(path, content)

    monkeypatch.setattr(files, "write", full)
    folder.say("failed", "The disk is full.", "disk")
    assert refused == [True]
    assert not (folder.path / "reserve").exists()
    status = folder.status()
    assert (status.state, status.failure) == ("failed", "disk")
    folder.claim()
    assert (folder.path / "reserve").read_bytes() == RESERVE


def test_a_write_that_fails_leaves_the_old_file_and_nothing_else(folder, monkeypatch):
    before = sorted(path.name for path in folder.path.iterdir())

    def full(handle):
        raise OSError(errno.ENOSPC, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(OSError, match="No space"):
        files.write(folder.path / "config.json", b"new")
    assert folder.config() == config()
    assert sorted(path.name for path in folder.path.iterdir()) == before


# -- the log of events ------------------------------------------------------------------------


def test_events_are_read_as_they_come_and_half_a_line_is_left(folder):
    assert folder.read() == ([], 0)
    log = EventLog(folder)
    log.take(done(0))
    first, offset = folder.read()
    assert first == [done(0)]
    assert folder.read(offset) == ([], offset)
    log.take(done(1))
    log.take(done(2))
    with (folder.path / "events.jsonl").open("ab") as file:
        file.write(done(3).to_json().encode()[:20])
    news, end = folder.read(offset)
    assert news == [done(1), done(2)]
    assert end == log.offset()
    assert folder.read(end) == ([], end)
    log.close()


def test_progress_within_an_epoch_is_kept_apart(folder):
    log = EventLog(folder)
    assert folder.now() is None
    part = FullPart(
        stage="teacher", seed=0, epoch=3, what="student", done=5, total=9, images_per_second=2.0
    )
    for event in (Progress(stage="reading"), part):
        log.take(event)
        assert folder.now() == event
    assert (folder.read(), log.offset()) == (([], 0), 0)
    log.close()


def test_whoever_resumes_cuts_the_log_where_the_checkpoint_was_made(folder):
    log = EventLog(folder)
    log.take(done(0))
    mark = log.offset()
    log.take(done(1))
    log.close()
    log = EventLog(folder, mark)
    assert folder.read()[0] == [done(0)]
    assert log.offset() == mark
    log.take(done(2))
    assert folder.read()[0] == [done(0), done(2)]
    log.close()
    EventLog(folder).close()
    assert folder.read() == ([], 0)


def test_a_reader_begins_anew_when_the_log_was_cut(folder):
    log, reader = EventLog(folder), Reader(folder)
    assert reader.news() == ([], False)
    log.take(done(0))
    mark = log.offset()
    log.take(done(1))
    assert reader.news() == ([done(0), done(1)], False)
    assert reader.news() == ([], False)
    log.take(done(2))
    assert reader.news() == ([done(2)], False)
    log.close()
    log = EventLog(folder, mark)
    assert reader.news() == ([done(0)], True)
    log.take(done(5))
    assert reader.news() == ([done(5)], False)
    log.close()
    # cut, and by now longer than what was read
    log = EventLog(folder, mark)
    for number in (6, 7, 8):
        log.take(done(number))
    assert reader.news() == ([done(0), done(6), done(7), done(8)], True)
    log.close()


def test_a_line_that_is_no_event_is_a_sentence(folder):
    (folder.path / "events.jsonl").write_text("what\n")
    with pytest.raises(StoreError, match="what"):
        folder.read()


def test_a_disk_that_is_full_when_the_log_is_closed_hides_nothing(folder):
    """What could not be written is still in the file's buffer then."""
    log = EventLog(folder)
    log._file.write(b"x")
    os.close(log._file.fileno())
    log.close()


# -- many of them -----------------------------------------------------------------------------


def test_a_run_at_work_is_not_deleted(folder):
    folder.claim()
    with pytest.raises(StoreError, match="at work"):
        RunFolder(folder.path).delete()
    assert folder.exists()
    folder.release()
    folder.delete()
    assert not folder.path.exists()
    assert list(folder.path.parent.iterdir()) == []


def test_runs_are_listed_youngest_first(tmp_path):
    assert list(runs(tmp_path / "none")) == []
    for name in ("2026-01-01-a", "2026-02-01-b", ".deleted-c"):
        new(tmp_path / name)
    (tmp_path / "2027-no-run").mkdir()
    assert [folder.path.name for folder in runs(tmp_path)] == ["2026-02-01-b", "2026-01-01-a"]


def test_a_new_path_is_no_others(tmp_path, monkeypatch):
    monkeypatch.setattr(time, "strftime", lambda form: "2026-03-04-050607")
    paths = []
    for _ in range(3):
        paths.append(new_path(config(), tmp_path))
        paths[-1].mkdir()
    assert len({*paths}) == 3
    assert paths[0].name == "2026-03-04-050607-cnn-8-cnn-4-digits"


def test_weights_are_those_of_networks_that_are_done(folder):
    for name in ("teacher.safetensors", "checkpoint.safetensors", "distilled-seed0.safetensors"):
        (folder.path / name).write_bytes(b"")
    names = [path.name for path in folder.weights()]
    assert names == ["distilled-seed0.safetensors", "teacher.safetensors"]
