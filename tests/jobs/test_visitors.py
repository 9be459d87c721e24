"""For whom a job is: seen inside the worker, turns between visitors, jobs of one visitor."""

from __future__ import annotations

import pytest

from kdlab.errors import JobError
from kdlab.events import Progress
from kdlab.hosting.visitor import OWNER, Visitor, acting_for
from kdlab.jobs import JobState
from kdlab.jobs.group import JobGroup, Task
from tests.jobs import iterators
from tests.jobs.conftest import wait_until
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

ANN, BOB = Visitor("ann"), Visitor("bob")


@pytest.fixture
def held(manager, tmp_path):
    """Submit a job that holds its worker until the file ``go`` is there."""

    def submit(key, visitor, go="go"):
        with acting_for(visitor):
            return manager.submit(
                iterators.hold, str(tmp_path / go), 2, owner=f"page {key}", key=key
            )

    yield submit
    (tmp_path / "go").touch()


def test_the_worker_is_told_for_whom_it_works_during_every_step(manager):
    for told, given in ((ANN, ANN), (OWNER, None)):
        job = manager.submit(iterators.for_whom, 3, owner="x", key=f"who {told}", visitor=given)
        assert job.wait(PATIENCE)
        assert [event.stage for event in job.events] == [f"{told.name} {told.owner}"] * 3
        assert manager.call(iterators.whose, timeout=PATIENCE, visitor=given) == told
    with acting_for(BOB):
        job = manager.submit(iterators.for_whom, 1, owner="x", key="who bob")
        assert manager.call(iterators.whose, timeout=PATIENCE) == BOB
    assert job.wait(PATIENCE)
    assert [event.stage for event in job.events] == ["bob False"]
    assert manager.call(iterators.whose, timeout=PATIENCE) == OWNER, "the thread is as it was"


def test_a_job_is_at_work_for_who_watches_it_and_for_whoever_asks_of_all(manager, held):
    job = held("ann", ANN)
    asked = {who: manager.is_at_work({"ann"}, who) for who in (ANN, BOB, None)}
    assert asked == {ANN: True, BOB: False, None: True}
    job.release("page ann")
    assert not manager.is_at_work({"ann"}, None), "nobody watches it any more: it ends"


def test_another_visitors_job_begins_while_one_who_fills_the_queue_is_at_work(
    manager, held, tmp_path
):
    anns = [held(f"ann {n}", ANN) for n in range(4)]
    wait_until(lambda: anns[0].state is JobState.RUNNING)
    assert [job.queue_position for job in anns] == [0, 1, 2, 3]
    bobs = held("bob", BOB, go="bob")
    wait_until(lambda: bobs.state is JobState.RUNNING)
    assert [job.state for job in anns[1:]] == [JobState.QUEUED] * 3, "one slot is nobody's own"
    owners = held("owner", OWNER)
    assert [job.queue_position for job in (owners, *anns[1:])] == [1, 2, 3, 4]
    (tmp_path / "bob").touch()
    wait_until(lambda: owners.state is JobState.RUNNING)
    assert anns[1].state is JobState.QUEUED
    (tmp_path / "go").touch()
    for job in (*anns, bobs, owners):
        assert job.wait(PATIENCE)
        assert job.state is JobState.DONE


def test_a_visitor_has_as_many_jobs_as_the_server_allows(manager, held, monkeypatch):
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "6")
    jobs = [held(f"tab {n}", ANN) for n in range(6)]
    with pytest.raises(JobError) as caught:
        held("tab 6", ANN)
    assert caught.value.received == "6 of your runs are at work or in the queue"
    assert "at most 6" in caught.value.allowed
    assert caught.value.todo
    assert [job.state.is_finished for job in jobs] == [False] * 6, "nobody was sent away for it"
    assert held("tab 0", ANN) is jobs[0], "to join what is on its way is no job more"
    for n in range(7, 14):
        held(f"tab {n}", OWNER)
    held("tab 14", BOB)
    jobs[3].cancel()
    held("tab 6", ANN)


def test_a_newer_job_of_the_same_page_is_no_job_more(manager, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "1")
    first = manager.submit(
        iterators.until_closed, str(tmp_path / "1"), owner="live", key="1", visitor=ANN
    )
    wait_until(lambda: first.events)
    with pytest.raises(JobError, match=r"^1 of your runs is at work .* at most 1"):
        manager.submit(iterators.count, 1, owner="map", key="2", visitor=ANN)
    assert not first.is_cancelling
    second = manager.submit(iterators.count, 1, owner="live", key="3", visitor=ANN)
    assert second.wait(PATIENCE)
    assert first.wait(PATIENCE)
    assert first.state is JobState.CANCELLED


def test_no_limit_is_no_limit(manager, held, monkeypatch):
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "0")
    assert all(not held(f"tab {n}", ANN).state.is_finished for n in range(20))


def test_a_crew_is_as_large_as_a_visitor_may_have_jobs(manager, held, monkeypatch):
    assert manager.room() == manager.room(OWNER) == 2
    assert manager.room(ANN) == 1, "one slot is nobody's own"
    monkeypatch.setattr(manager, "workers", 8)
    assert (manager.room(OWNER), manager.room(ANN)) == (8, 4)
    held("live", ANN)
    assert (manager.room(OWNER), manager.room(ANN), manager.room(BOB)) == (8, 3, 4)


def test_a_crew_goes_on_when_there_is_room_again(manager, held, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "2")
    other = held("other", ANN)
    tasks = [Task(iterators.count, (2,), f"share {n}") for n in range(2)]
    group = JobGroup(manager, tasks, "map", ahead=Progress, visitor=ANN)
    (tmp_path / "go").touch()
    assert other.wait(PATIENCE)
    found = []
    wait_until(lambda: found.extend(group.news()) or group.finished)
    assert [event.done for event in found] == [0, 1, 0, 1]
    assert group.error is None


def test_the_others_of_a_crew_wait_for_room_and_are_not_lost(manager, held, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_VISITOR_JOBS", "1")
    tasks = [
        Task(iterators.hold, (str(tmp_path / f"share {n}"), 2), f"share {n}") for n in range(2)
    ]
    group = JobGroup(manager, tasks, "map", ahead=Progress, visitor=ANN)
    found = []
    wait_until(lambda: found.extend(group.news()) or found)
    assert not group.finished
    (tmp_path / "share 0").touch()
    (tmp_path / "share 1").touch()
    wait_until(lambda: found.extend(group.news()) or group.finished)
    assert [event.done for event in found] == [0, 1, 0, 1]


def test_a_crew_that_is_stopped_for_all_is_not_handed_in_anew_by_who_watches_it(manager, tmp_path):
    # Without end: one that came to its end just when it was stopped would be no stopped one.
    tasks = [
        Task(iterators.until_closed, (str(tmp_path / f"share {n}"),), f"share {n}")
        for n in range(2)
    ]
    anns, bobs = (
        JobGroup(manager, tasks, who.name, ahead=Progress, visitor=who) for who in (ANN, BOB)
    )
    wait_until(lambda: (anns.tend(), len(anns.jobs))[1] == 2)
    assert anns.shared
    anns.cancel()
    assert not manager.is_at_work({task.key for task in tasks}, None)
    bobs.tend()
    assert len(bobs.jobs) == 1, "the other share is not begun for him"
    wait_until(lambda: bobs.ended)
    bobs.tend()
    assert len(bobs.jobs) == 1
    assert bobs.cancelled
