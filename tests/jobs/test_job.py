"""The laws of a job's inbox: whatever the order in which messages come, events come once."""

from __future__ import annotations

import itertools

import pytest

from kdlab.errors import DataError, StoreError
from kdlab.events import Progress
from kdlab.hosting.visitor import Visitor
from kdlab.jobs import Job, JobState
from tests.jobs.conftest import HandClock

ANN, BOB = Visitor("ann"), Visitor("bob")


def new_job(clock: HandClock | None = None) -> Job:
    return Job("j", "k", clock=clock or HandClock(), changed=lambda: None, position=lambda _: 1)


def message(attempt: str, *numbers: int, first: int | None = None, end=None) -> dict:
    return {
        "job": "j",
        "attempt": attempt,
        "first": first if first is not None else (numbers[0] if numbers else 0),
        "lines": [Progress(stage=attempt, done=number).to_json() for number in numbers],
        "end": end,
    }


DONE = {"state": "done", "error": None, "traceback": ""}


def numbers(job: Job) -> list[int]:
    return [event.done for event in job.events]


def test_any_order_of_messages_gives_the_same_events():
    parts = [
        message("a", 0, 1),
        message("a", 2),
        message("a", 3, 4),
        message("a", first=5, end=DONE),
    ]
    for order in itertools.permutations(parts):
        job = new_job()
        for part in order:
            assert not job.state.is_finished
            job._receive(part)
        assert numbers(job) == [0, 1, 2, 3, 4]
        assert job.state is JobState.DONE


def test_a_message_twice_counts_once():
    job = new_job()
    for part in (message("a", 0, 1), message("a", 0, 1), message("a", 2), message("a", 0, 1)):
        job._receive(part)
    assert numbers(job) == [0, 1, 2]


def test_end_waits_for_a_missing_event():
    job = new_job()
    job._receive(message("a", 0))
    job._receive(message("a", 2, end=DONE))
    assert job.state is JobState.RUNNING
    assert job._gap
    job._receive(message("a", 1))
    assert job.state is JobState.DONE
    assert numbers(job) == [0, 1, 2]


def test_new_attempt_resets_and_the_old_one_is_ignored():
    job = new_job()
    job._receive(message("a"))
    job._receive(message("a", 0, 1, 2))
    attempt, seen = job.read(0, 0)
    assert (attempt, len(seen)) == (1, 3)
    job._receive(message("b", 0))
    job._receive(message("a", 3, end=DONE))
    assert job.state is JobState.RUNNING
    assert job.read(attempt, len(seen)) == (2, [Progress(stage="b", done=0)])
    assert (job.attempt, job.restarts) == (2, 1)


def test_error_comes_back_as_its_class():
    job = new_job()
    plain = ["DataError", ["got", "allowed", "todo"]]
    job._receive(message("a", 0, end={"state": "failed", "error": plain, "traceback": ""}))
    assert job.state is JobState.FAILED
    assert isinstance(job.error, DataError)
    assert (job.error.received, job.error.allowed, job.error.todo) == ("got", "allowed", "todo")


def test_event_of_another_version_is_an_error():
    strange = message("a") | {"lines": ['{"event": "Unheard"}']}
    with pytest.raises(StoreError):
        new_job()._receive(strange)


def test_worker_that_closes_down_does_not_end_the_job():
    job = new_job()
    stopped = {"state": "cancelled", "error": None, "traceback": ""}
    job._receive(message("a", 0, end=stopped))
    assert job.state is JobState.RUNNING


def test_running_job_ends_cancelled_only_when_its_worker_lets_go():
    job = new_job()
    job._receive(message("a", 0))
    job.cancel()
    assert job.state is JobState.RUNNING
    assert job.is_cancelling
    job._receive(message("a", first=1, end={"state": "cancelled", "error": None, "traceback": ""}))
    assert job.state is JobState.CANCELLED
    assert not job.is_cancelling


def test_queued_job_is_cancelled_at_once():
    job = new_job()
    job.cancel()
    assert job.state is JobState.CANCELLED
    assert job.wait(0)


def test_last_owner_who_leaves_cancels():
    job = new_job()
    job._join("ann", ANN)
    job._join("bob", BOB)
    job.release("ann")
    assert job.state is JobState.QUEUED
    assert not job.renew("ann")
    assert job.owners == {"bob"}
    job.release("bob")
    assert job.state is JobState.CANCELLED


def test_a_job_counts_for_who_submitted_it_while_he_watches_and_then_for_who_came_next():
    clock = HandClock()
    job = new_job(clock)
    for owner, visitor in (("ann 1", ANN), ("bob", BOB), ("ann 2", ANN)):
        job._join(owner, visitor)
    assert job.visitor == ANN
    job.release("ann 1")
    assert job.visitor == BOB
    clock.now += 31
    assert job.renew("ann 2")
    job._expire(30)
    assert job.visitor == ANN, "bob watches no more"
    job.release("ann 2")
    assert job.visitor == ANN, "while it is being stopped it is still somebody's"


def test_lease_runs_out_after_its_seconds_and_a_renewal_prolongs_it():
    clock = HandClock()
    job = new_job(clock)
    job._join("ann", ANN)
    job._join("bob", BOB)
    clock.now += 20
    assert job.renew("ann")
    clock.now += 10
    job._expire(30)
    assert job.owners == {"ann", "bob"}
    clock.now += 1
    job._expire(30)
    assert job.owners == {"ann"}
    assert job.renew("bob")  # he was only away: a reconnect is not a goodbye
    clock.now += 31
    job._expire(30)
    assert job.state is JobState.CANCELLED


def test_finished_job_stays_as_it_is():
    job = new_job()
    job._join("ann", ANN)
    job._receive(message("a", 0, end=DONE))
    job.cancel()
    job.release("ann")
    job._receive(message("b", 0))
    assert job.state is JobState.DONE
    assert job.attempt == 1


def test_states_compare_as_texts_and_know_their_end():
    assert JobState.RUNNING == "running"
    assert {state for state in JobState if state.is_finished} == {"done", "failed", "cancelled"}
