"""Jobs on two real worker processes."""

from __future__ import annotations

import threading

import psutil
import pytest

from kdlab.errors import DataError, JobError
from kdlab.jobs import JobManager, JobState, ManagerState, problems
from kdlab.jobs.connection import Connection
from tests.jobs import iterators
from tests.jobs.conftest import HandClock, wait_until
from tests.patience import PATIENCE


def numbers(job) -> list[int]:
    return [event.done for event in job.events]


def test_events_arrive_complete_and_in_order(manager):
    job = manager.submit(iterators.count, 20, owner="ann", key="count")
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE
    assert numbers(job) == list(range(20))
    assert (job.error, job.restarts, job.queue_position) == (None, 0, 0)


def test_run_without_events_is_done(manager):
    job = manager.submit(iterators.count, 0, owner="ann", key="none")
    assert job.wait(PATIENCE)
    assert (job.state, job.events) == (JobState.DONE, [])


def test_burst_arrives_complete_in_few_messages(manager, monkeypatch):
    messages = []
    deliver = manager._keeper._deliver
    monkeypatch.setattr(
        manager._keeper, "_deliver", lambda one: (messages.append(one), deliver(one))
    )
    job = manager.submit(iterators.count, 2000, owner="ann", key="burst")
    assert job.wait(PATIENCE)
    assert numbers(job) == list(range(2000))
    assert len(messages) < 1000


def test_dask_does_not_remember_all_jobs_that_it_was_given(manager):
    """Else a class of an hour leaves megabytes behind."""
    remembered = manager._keeper.connection.client.scheduler_comm.recent_message_log
    for n in range(remembered.maxlen + 5):
        assert manager.submit(iterators.count, 0, owner="ann", key=f"forgotten {n}").wait(PATIENCE)
    assert len(remembered) <= remembered.maxlen < 50


def test_first_event_does_not_wait_for_the_next(manager, tmp_path):
    job = manager.submit(iterators.hold, str(tmp_path / "go"), 2, owner="ann", key="hold")
    wait_until(lambda: numbers(job) == [0])
    (tmp_path / "go").touch()
    assert job.wait(PATIENCE)
    assert numbers(job) == [0, 1]


def test_event_right_after_another_does_not_wait_for_the_next(manager, tmp_path):
    job = manager.submit(iterators.hold, str(tmp_path / "go"), 6, owner="ann", key="hold")
    wait_until(lambda: numbers(job) == [0, 1, 2, 3, 4])
    (tmp_path / "go").touch()
    assert job.wait(PATIENCE)
    assert numbers(job) == [0, 1, 2, 3, 4, 5]


def test_lost_messages_are_asked_for_again(manager, monkeypatch):
    lost = []
    deliver = manager._keeper._deliver

    def lossy(message):
        if message["lines"] and message["first"] not in lost:
            lost.append(message["first"])
        else:
            deliver(message)

    monkeypatch.setattr(manager._keeper, "_deliver", lossy)
    job = manager.submit(iterators.count, 5, owner="ann", key="lossy")
    assert job.wait(PATIENCE)
    assert lost
    assert job.state is JobState.DONE
    assert numbers(job) == [0, 1, 2, 3, 4]


def test_same_key_is_one_run_with_two_readers(manager, tmp_path):
    go = tmp_path / "go"
    job = manager.submit(iterators.hold, str(go), owner="ann", key="same")
    assert manager.submit(iterators.hold, str(go), owner="bob", key="same") is job
    assert job.owners == {"ann", "bob"}
    job.release("ann")
    go.touch()
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE
    again = manager.submit(iterators.count, 1, owner="bob", key="same")
    assert again is not job  # a finished job is nobody's to join
    assert again.wait(PATIENCE)


def test_newer_job_of_an_owner_replaces_the_older(manager, tmp_path):
    old = manager.submit(iterators.until_closed, str(tmp_path / "old"), owner="ann", key="1")
    shared = manager.submit(iterators.hold, str(tmp_path / "go"), owner="bob", key="2")
    wait_until(lambda: old.events)
    new = manager.submit(iterators.hold, str(tmp_path / "go"), owner="ann", key="2")
    assert new is shared
    assert old.wait(PATIENCE)
    assert old.state is JobState.CANCELLED
    wait_until((tmp_path / "old").exists)
    (tmp_path / "go").touch()
    assert new.wait(PATIENCE)
    assert new.state is JobState.DONE


def test_cancel_of_a_running_job_closes_its_iterator(manager, tmp_path):
    job = manager.submit(iterators.until_closed, str(tmp_path / "closed"), owner="ann", key="c")
    wait_until(lambda: len(job.events) > 3)
    job.cancel()
    assert job.wait(PATIENCE)
    assert job.state is JobState.CANCELLED
    assert (tmp_path / "closed").exists()
    assert numbers(job) == list(range(len(job.events)))
    assert job.error is None


def test_queue_shows_places_and_a_queued_job_is_cancelled_at_once(manager, tmp_path):
    go = str(tmp_path / "go")
    jobs = [manager.submit(iterators.hold, go, owner=str(n), key=str(n)) for n in range(5)]
    wait_until(lambda: [job.state for job in jobs[:2]] == [JobState.RUNNING] * 2)
    assert [job.queue_position for job in jobs] == [0, 0, 1, 2, 3]
    assert manager.watchers == 5
    manager.submit(iterators.hold, go, owner="another", key="0")
    assert manager.watchers == 6
    jobs[3].cancel()
    assert jobs[3].state is JobState.CANCELLED
    assert [job.queue_position for job in jobs] == [0, 0, 1, 0, 2]
    assert [job.state for job in jobs[2:]] == [JobState.QUEUED, JobState.CANCELLED, JobState.QUEUED]
    (tmp_path / "go").touch()
    for job in (*jobs[:3], jobs[4]):
        assert job.wait(PATIENCE)
        assert job.state is JobState.DONE
    assert jobs[3].events == []


def test_call_answers_beside_busy_workers(manager, tmp_path):
    go = str(tmp_path / "go")
    jobs = [manager.submit(iterators.hold, go, owner=str(n), key=str(n)) for n in range(3)]
    wait_until(lambda: [job.state for job in jobs[:2]] == [JobState.RUNNING] * 2)
    assert [manager.call(iterators.square, n, timeout=PATIENCE) for n in range(6)] == [
        0,
        1,
        4,
        9,
        16,
        25,
    ]
    assert all(job.state is JobState.RUNNING for job in jobs[:2])
    (tmp_path / "go").touch()
    assert all(job.wait(PATIENCE) for job in jobs)


def test_errors_of_a_call(manager, caplog, tmp_path):
    with pytest.raises(DataError, match="no image") as caught:
        manager.call(iterators.reject, timeout=PATIENCE)
    assert caught.value.todo == "Draw something"
    assert caplog.text == ""
    with pytest.raises(JobError, match="ZeroDivisionError") as caught:
        manager.call(iterators.divide, 1, timeout=PATIENCE)
    assert "the server's log has the details" in caught.value.todo
    assert "a call of divide failed" in caplog.text
    assert "return number / 0" in caplog.text
    with pytest.raises(JobError, match=r"within 0\.2 seconds"):
        manager.call(iterators.wait_for, str(tmp_path / "go"), timeout=0.2)
    (tmp_path / "go").touch()


def test_workers_compute_with_one_thread(manager):
    assert manager.call(iterators.threads, timeout=PATIENCE) == "1"


def test_unforeseen_error_becomes_a_sentence_and_keeps_its_traceback(manager):
    job = manager.submit(iterators.break_down, 3, owner="ann", key="broken")
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert numbers(job) == [0, 1, 2]
    assert isinstance(job.error, JobError)
    assert job.error.received == "the run stopped with ZeroDivisionError: by nought"
    assert "break_down" in job.traceback


def test_error_of_the_lab_stays_what_it_is(manager):
    job = manager.submit(iterators.refuse, owner="ann", key="refused")
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert isinstance(job.error, DataError)
    assert job.error.allowed == "an archive with images"
    assert (len(job.events), job.traceback) == (1, "")


def test_system_exit_does_not_end_the_worker(manager):
    job = manager.submit(iterators.leave, owner="ann", key="exit")
    assert job.wait(PATIENCE)
    assert (job.state, job.restarts) == (JobState.FAILED, 0)


def test_work_that_cannot_travel_is_an_error(manager):
    import threading

    job = manager.submit(iterators.count, threading.Lock(), owner="ann", key="lock")
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert isinstance(job.error, JobError)


def test_job_that_nobody_watches_is_cancelled(manager, clock, tmp_path):
    watched = manager.submit(iterators.hold, str(tmp_path / "go"), owner="ann", key="1")
    left = manager.submit(iterators.until_closed, str(tmp_path / "left"), owner="bob", key="2")
    wait_until(lambda: watched.events and left.events)
    clock.now += 25
    watched.renew("ann")
    clock.now += 6
    assert left.wait(PATIENCE)
    assert left.state is JobState.CANCELLED
    assert (tmp_path / "left").exists()
    assert watched.state is JobState.RUNNING
    (tmp_path / "go").touch()
    assert watched.wait(PATIENCE)
    assert watched.state is JobState.DONE


def test_killed_worker_is_replaced_and_its_job_begins_anew(manager, tmp_path):
    job = manager.submit(iterators.hold, str(tmp_path / "go"), 5, owner="ann", key="kill")
    wait_until(lambda: len(job.events) == 4)
    before, seen = job.read(0, 0)
    psutil.Process(int(job.events[0].stage)).kill()
    wait_until(lambda: job.restarts == 1)
    (tmp_path / "go").touch()
    assert job.wait(PATIENCE)
    assert job.state is JobState.DONE
    assert numbers(job) == [0, 1, 2, 3, 4]
    assert {event.stage for event in job.events}.isdisjoint(event.stage for event in seen)
    assert job.read(before, len(seen)) == (2, job.events)
    wait_until(lambda: len(manager._keeper.connection.client.nthreads()) == 2)


def test_job_that_kills_its_workers_fails(manager):
    job = manager.submit(iterators.die, owner="ann", key="die")
    assert job.wait(PATIENCE)
    assert job.state is JobState.FAILED
    assert "died 3 times" in job.error.received
    after = manager.submit(iterators.count, 3, owner="ann", key="after")
    assert after.wait(PATIENCE)
    assert after.state is JobState.DONE
    assert manager.state is ManagerState.READY


def test_worker_that_cannot_import_its_modules_is_a_problem():
    manager = JobManager(workers=1, preload=["kdlab.no_such_module"], clock=HandClock())
    job = manager.submit(iterators.count, 3, owner="ann", key="k")
    assert job.queue_position == 1
    assert manager.wait(PATIENCE) is ManagerState.FAILED
    assert "no_such_module" in manager.problem.received
    assert job.wait(PATIENCE)
    assert job.error is manager.problem
    manager.close()
    late = manager.submit(iterators.count, 3, owner="ann", key="k")
    assert (late.state, late.error.received) == (JobState.FAILED, "the lab is closing")


def test_close_while_starting_cancels_and_returns():
    manager = JobManager(workers=1)
    job = manager.submit(iterators.count, 3, owner="ann", key="k")
    manager.close()
    assert job.state is JobState.CANCELLED
    assert manager.state is ManagerState.FAILED


def test_a_server_that_ends_while_its_workers_start_has_nothing_to_report(monkeypatch):
    """An interpreter that shuts down can import nothing more, not even what would explain it."""
    begun, uncaught = threading.Event(), []

    def opened(self, heard):
        begun.set()
        wait_until(self._closing)
        raise RuntimeError("can't register atexit after shutdown")

    def explained(error):
        raise RuntimeError("can't import after shutdown")

    monkeypatch.setattr(Connection, "open", opened)
    monkeypatch.setattr(problems, "from_dask", explained)
    monkeypatch.setattr(threading, "excepthook", uncaught.append)
    manager = JobManager(workers=1)
    manager.start()
    assert begun.wait(PATIENCE)
    manager.close()
    assert uncaught == []
    assert manager.problem.received == "the lab is closing"
