"""One process at a time is at work in a run's folder, however they come, go and are dated."""

import dataclasses
import json
import os
import platform
import threading

import pytest
from children import Child, Rivals
from small_runs import assert_same_run, new, ran

from kdlab.errors import StoreError
from kdlab.events import FullEpoch
from kdlab.full_run.run import owned, process
from kdlab.full_run.run.folder import RunFolder, runs
from kdlab.full_run.run.run import run
from kdlab.system import locks, owners

pytestmark = pytest.mark.attack

needs_pipes = pytest.mark.skipif(os.name == "nt", reason="a pipe that two children share")
FAR = owners.Owner("elsewhere", 4242, "1", "another boot", "2026-01-02 03:04:05")
ROUNDS = 60


@pytest.fixture
def folder(tmp_path):
    return new(tmp_path / "run")


@pytest.fixture
def rivals():
    made = []

    def make(*modes, count=2):
        made.append(Rivals(*modes, count=count))
        return made[-1]

    yield make
    for each in made:
        each.end()


@pytest.fixture
def holder(rivals, folder):
    """A process that holds the folder."""
    alone = rivals(count=1)
    alone.ask("take", folder.path)
    (child,) = alone.children
    assert child.hear() == {"taken": child.pid}
    return child


def lasting(folder):
    """What the log tells, without how often a stage was begun or taken up."""
    kinds = [type(event).__name__ for event in folder.read()[0]]
    return [kind for kind in kinds if kind != "StageStarted"]


def aged(folder, seconds):
    """All files of the folder as a clock that is off would date them."""
    for path in folder.path.iterdir():
        now = path.stat().st_mtime
        os.utime(path, (now + seconds, now + seconds))


# -- two at the same instant ------------------------------------------------------------------


@needs_pipes
def test_of_two_that_come_at_the_same_instant_one_is_at_work(rivals, folder):
    """Over and over: in an untouched folder, after a kill's remains, and where the lock file was
    removed."""
    both = rivals()
    lock = folder.path / owned.LOCK
    for number in range(ROUNDS):
        if number % 3 == 0:
            lock.unlink(missing_ok=True)
        elif number % 3 == 1:
            lock.write_bytes(dataclasses.replace(owners.me(), pid=2**22 + 1).to_bytes())
        both.ask("take", folder.path)
        said = [child.hear() for child in both.children]
        (winner,) = [child for child, told in zip(both.children, said, strict=True)
                     if told == {"taken": child.pid}]  # fmt: skip
        (refused,) = [told["refused"] for told in said if "refused" in told]
        assert f"process {winner.pid} on {platform.node()} has been at work in" in refused
        assert f"since {folder.status().since}. Allowed:" in refused
        assert (folder.status().state, folder.status().pid) == ("running", winner.pid)
        winner.say()
        assert winner.hear() == {"released": winner.pid}
        assert folder.status().state == "new"


@needs_pipes
@pytest.mark.slow
def test_two_that_resume_at_the_same_instant_do_not_mix(rivals, tmp_path, monkeypatch):
    settings = {"view_cache": "off"}
    whole = ran(tmp_path / "whole", **settings)
    both = rivals("run")
    for number in range(3):
        monkeypatch.setenv("KDLAB_HOME", str(tmp_path / f"home{number}"))  # it has no teacher yet
        half = new(tmp_path / f"run{number}", **settings)

        def stop(event, half=half):
            if isinstance(event, FullEpoch) and event.stage == "labels only":
                half.ask_to_stop()

        assert run(half, stop).state == "stopped"
        half.say("running")  # it was killed
        assert half.status().state == "interrupted"
        both.ask("run", half.path)
        said = [child.hear() for child in both.children]
        (winner,) = [child for child, told in zip(both.children, said, strict=True)
                     if told == {"began": child.pid}]  # fmt: skip
        (refused,) = [told["refused"] for told in said if "refused" in told]
        assert f"process {winner.pid} on {platform.node()}" in refused
        assert half.status().pid == winner.pid
        winner.say()
        assert winner.hear() == {"state": "finished"}
        assert half.status().state == "finished"
        assert_same_run(whole, half)
        assert lasting(half) == lasting(whole), "each line once, and in order"


@needs_pipes
def test_of_two_that_begin_a_run_in_one_folder_one_does(tmp_path):
    path, found, gate = tmp_path / "run", [], threading.Barrier(2)

    def create(seed):
        gate.wait()
        try:
            found.append((seed, new(path, first_seed=seed)))
        except StoreError as error:
            found.append((seed, str(error)))

    threads = [threading.Thread(target=create, args=(seed,)) for seed in (1, 2)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    ((seed, made),) = [each for each in found if isinstance(each[1], RunFolder)]
    assert made.config().first_seed == seed, "whoever was told that it is theirs has theirs"


# -- how it stands is a matter of the lock -----------------------------------------------------


@needs_pipes
@pytest.mark.parametrize("off", [10, -10, 10 * 365 * 86_400, -10 * 365 * 86_400])
def test_no_date_of_a_file_makes_a_run_end_or_live(folder, holder, off):
    folder.say("running")
    aged(folder, off)
    status = folder.status()
    assert (status.state, status.pid, status.host) == ("running", holder.pid, platform.node())
    for call in (folder.claim, folder.delete):
        with pytest.raises(StoreError, match="at work"):
            call()
    holder.kill()
    aged(folder, -off)
    assert folder.status().state == "interrupted"
    assert folder.status().resumable


@needs_pipes
def test_a_killed_process_gives_the_folder_back_at_once(folder, holder):
    folder.say("running")
    holder.kill()
    assert owners.parse(locks.read(folder.path / owned.LOCK)).pid == holder.pid
    assert folder.status().state == "interrupted"
    folder.claim()
    assert folder.status().pid == os.getpid()
    folder.say("stopped")
    assert folder.status().state == "running", "until it has left"
    folder.release()
    assert folder.status().state == "stopped"


def test_a_number_that_was_given_again_is_not_the_owner(folder):
    """This process has the number, and another birth."""
    folder.say("running")
    killed = dataclasses.replace(owners.me(), born="1")
    (folder.path / owned.LOCK).write_bytes(killed.to_bytes())
    (folder.path / owned.LAUNCHED).write_bytes(killed.to_bytes())
    assert killed.gone
    assert folder.status().state == "interrupted"
    assert process.end(folder).state == "interrupted", "and this process is still there"
    folder.claim()
    folder.release()
    before = dataclasses.replace(owners.me(), boot="an earlier one")
    assert before.gone is bool(owners.boot())


def test_a_process_that_was_started_is_getting_ready_until_it_has_ended(folder):
    child = Child("rivals.py", 0)
    folder.owned.launched(child.pid)
    status = folder.status()
    assert (status.state, status.pid) == ("running", child.pid)
    with pytest.raises(StoreError, match="at work"):
        folder.delete()
    child.kill()
    assert folder.status().state == "new"
    child.end()


def test_a_process_that_nobody_has_asked_how_it_ended_is_over(folder):
    child = Child("rivals.py", 0)
    folder.owned.launched(child.pid)
    child.process.stdin.close()
    assert child.process.stdout.read() == ""  # it has closed it, which is nearly its end
    os.waitid(os.P_PID, child.pid, os.WEXITED | os.WNOWAIT)  # a zombie from here on
    assert folder.status().state == "new"
    assert child.process.returncode is None
    child.end()


def test_the_folder_is_this_processs_alone(folder):
    folder.claim()
    folder.claim()  # it is this one
    with pytest.raises(StoreError, match=f"process {os.getpid()} on"):
        RunFolder(folder.path).claim()
    folder.release()
    folder.release()
    RunFolder(folder.path).claim()


def test_a_run_at_work_elsewhere_in_the_machine_says_so(folder, capsys, kdlab):
    folder.claim()
    code, _, said = kdlab("full-run", "--out", folder.path, "--resume")
    assert (code, said.count("\n")) == (1, 1)
    assert f"process {os.getpid()} on {platform.node()} has been at work in" in said
    assert "Stop it first, or watch it." in said


# -- other machines ----------------------------------------------------------------------------


@pytest.fixture
def far(folder):
    """The folder as a process of another machine had it last."""
    folder.say("running")
    (folder.path / owned.LOCK).write_bytes(FAR.to_bytes())
    return folder


def test_what_another_machine_took_is_taken_over_by_a_word_and_by_no_clock(far):
    aged(far, -10 * 365 * 86_400)
    status = far.status()
    assert (status.state, status.host, status.pid) == ("running", "elsewhere", 4242)
    for call in (far.claim, far.delete, lambda: process.end(far)):
        with pytest.raises(StoreError) as caught:
            call()
        assert "elsewhere" in str(caught.value)
        assert "--resume --take-over" in str(caught.value)
        assert "delete the file lock" in str(caught.value)
    assert process.at_work(far.path.parent) == [], "this machine is free"
    far.claim(over=True)
    assert far.status().pid == os.getpid()
    far.release()
    assert far.status().state == "interrupted"
    far.claim()


def test_or_by_removing_the_file(far):
    (far.path / owned.LOCK).unlink()
    assert far.status().state == "interrupted"
    far.claim()


def test_the_command_takes_over_when_it_is_told_to(far, kdlab):
    code, _, said = kdlab("full-run", "--out", far.path, "--resume")
    assert code == 1
    assert "process 4242 on elsewhere took" in said
    assert "at 2026-01-02 03:04:05" in said
    code, _, said = kdlab("full-run", "--out", far.path, "--take-over")
    assert (code, "Add --resume" in said) == (2, True)
    assert far.status().host == "elsewhere"
    code, _, said = kdlab("full-run", "--out", far.path, "--resume", "--take-over")
    assert (code, far.status().state) == (0, "finished")


def test_nobody_takes_over_what_is_held_here(folder):
    folder.claim()
    with pytest.raises(StoreError, match="at work"):
        RunFolder(folder.path).claim(over=True)


def test_another_container_on_this_machine_is_seen(folder, monkeypatch):
    monkeypatch.setattr(owners, "boot", lambda: "this boot")
    folder.say("running")
    there = dataclasses.replace(FAR, boot="this boot")
    (folder.path / owned.LOCK).write_bytes(there.to_bytes())
    assert folder.status().state == "interrupted", "its lock would be seen"
    folder.claim()


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"[" * 5000, b'{"host": 3}', b"\xff\xfe",
     *(json.dumps({"host": "elsewhere", "pid": pid, "born": "", "boot": "", "since": ""}).encode()
       for pid in ("7", -1, 1e30, None, True, 2**70))],
)  # fmt: skip
def test_a_lock_that_says_nothing_sensible_is_nobodys(folder, content):
    folder.say("running")
    for name in (owned.LOCK, owned.LAUNCHED):
        (folder.path / name).write_bytes(content)
    assert folder.status().state == "interrupted"
    folder.claim()


# -- under the hands of the run ----------------------------------------------------------------


def at_first_epoch(folder, act):
    """How a run ends in whose first epoch ``act()`` happens, and what its reader heard after."""
    heard = []

    def tell(event):
        heard.append(event)
        if isinstance(event, FullEpoch) and len([e for e in heard if isinstance(e, FullEpoch)]) < 2:
            act()

    status = run(folder, tell)
    epochs = [event for event in heard if isinstance(event, FullEpoch)]
    return status, len(epochs)


def test_a_run_whose_folder_was_taken_over_leaves_it_alone(folder):
    """On another machine somebody said --take-over while it was at work all the same."""
    lock = folder.path / owned.LOCK
    taken = []

    def act():
        lock.unlink()
        lock.write_bytes(FAR.to_bytes())
        taken.append({p.name: p.read_bytes() for p in folder.path.iterdir() if p.name != "reserve"})

    status, epochs = at_first_epoch(folder, act)
    assert (status.state, status.failure, epochs) == ("failed", "folder", 1)
    assert "process 4242 on elsewhere has taken over the run" in status.reason
    assert taken[0] == {p.name: p.read_bytes() for p in folder.path.iterdir()
                        if p.name != "reserve"}  # fmt: skip
    assert folder.status().host == "elsewhere"


def test_a_run_whose_folder_was_moved_away_says_so(folder, tmp_path):
    status, epochs = at_first_epoch(folder, lambda: folder.path.rename(tmp_path / "moved"))
    assert (status.state, status.failure, epochs) == ("failed", "folder", 1)
    assert f"the folder {folder.path} was moved or removed" in status.reason
    assert not folder.path.exists(), "nothing is made where it was"
    moved = RunFolder(tmp_path / "moved")
    assert moved.status().state == "interrupted"
    assert run(moved).state == "finished"


def test_a_lock_file_that_was_tidied_away_is_made_again(folder, tmp_path):
    status, _ = at_first_epoch(folder, (folder.path / owned.LOCK).unlink)
    assert status.state == "finished"
    assert (folder.path / owned.LOCK).is_file()


def test_a_run_is_deleted_or_begun_but_not_both(folder, monkeypatch):
    """Whoever opened the lock before the folder went away holds nothing."""
    flock, begun = locks._locked, []

    def first_delete(handle, *, alone):
        if not begun:
            begun.append(handle)
            RunFolder(folder.path).delete()
        return flock(handle, alone=alone)

    monkeypatch.setattr(locks, "_locked", first_delete)
    with pytest.raises(StoreError, match="there is no folder"):
        folder.owned.take()
    assert begun
    assert list(runs(folder.path.parent)) == []


# -- file systems without locks ----------------------------------------------------------------


@needs_pipes
def test_where_the_file_system_has_no_locks_this_machine_stands_in(folder, monkeypatch, tmp_path):
    import errno
    import tempfile

    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    real = locks._locked

    def none_there(handle, *, alone):
        if os.path.samestat(os.fstat(handle), (folder.path / owned.LOCK).stat()):
            raise OSError(errno.ENOSYS, "Function not implemented")
        return real(handle, alone=alone)

    monkeypatch.setattr(locks, "_locked", none_there)
    assert not locks.held(folder.path / owned.LOCK)
    folder.claim()
    assert folder.status().pid == os.getpid()
    with pytest.raises(StoreError, match=f"process {os.getpid()} on"):
        RunFolder(folder.path).claim()
    folder.release()
    assert folder.status().state == "interrupted"
    RunFolder(folder.path).claim()


def test_steps_that_must_not_mix_wait_for_each_other(tmp_path, monkeypatch):
    path, order = tmp_path / "steps", []
    inside = threading.Event()

    def second():
        inside.wait()
        with locks.waited(path):
            order.append("second")

    thread = threading.Thread(target=second)
    thread.start()
    with locks.waited(path):
        inside.set()
        order.append("first")
    thread.join()
    assert order == ["first", "second"]
    monkeypatch.setattr(locks, "PATIENCE", 0.05)
    with locks.waited(path), pytest.raises(OSError, match="keeps it locked"), locks.waited(path):
        pass
