"""A map over workers: a group on jobs that are written by hand, and once on two real processes."""

from __future__ import annotations

import pytest

from kdlab.errors import DataError, JobError
from kdlab.events import RunFailed, SweepFinished, TeacherReady
from kdlab.experiments.sweep import SweepConfig, SweepHistory, run
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.jobs import JobManager, JobState, ManagerState
from kdlab.storage.store import Store

CONFIG = SweepConfig(
    temperatures=(1, 4), alphas=(0, 0.5, 1), teacher="mlp-32", teacher_epochs=2, train_limit=300,
    student="mlp-8", labels=40, epochs=3, seeds=2,
)  # fmt: skip
READY = TeacherReady(validation_accuracy=0.9, cached=False, seconds=1.0)
FINISHED = SweepFinished(seconds={"teacher": 1.0, "students": 2.0, "total": 3.0})


class HandJob:
    """A job whose events a test writes: (what came, state) a look of the group."""

    def __init__(self, asked, owner, key, script):
        self.asked, self.owner, self.key = asked, owner, key
        self.script = list(script)
        self.events, self.attempt = [], 1
        self.state, self.error = JobState.RUNNING, None
        self.queue_position = 0
        self.is_cancelling = False
        self.renewed, self.released = [], []

    def step(self):
        if self.script:
            events, self.state = self.script.pop(0)
            self.events += events

    def read(self, attempt, seen):
        return self.attempt, self.events[seen if attempt == self.attempt else 0 :]

    def renew(self, owner):
        self.renewed.append(owner)

    def release(self, owner):
        self.released.append(owner)


class HandManager:
    """Stands in for two workers; ``scripts`` are of the shares, in the order of submission."""

    problem = None

    def __init__(self, *scripts, slots=2):
        self.scripts, self.slots = list(scripts), slots
        self.jobs = []

    def start(self):
        pass

    def wait(self, timeout=None):
        return ManagerState.READY

    def submit(self, factory, *arguments, owner, key, visitor=None):
        self.jobs.append(HandJob(factory.keywords, owner, key, self.scripts.pop(0)))
        return self.jobs[-1]

    def step(self, *_):
        for job in self.jobs:
            job.step()


@pytest.fixture
def over(monkeypatch):
    """All that ``stream`` tells over a manager, which takes a step between two looks."""

    def told(manager):
        monkeypatch.setattr("kdlab.jobs.group.time.sleep", manager.step)
        return list(SWEEP.stream(CONFIG, manager=manager))

    return told


def test_the_others_follow_when_the_teacher_is_there():
    manager = HandManager(
        [([], JobState.RUNNING), ([READY], JobState.RUNNING), ([FINISHED], JobState.DONE)],
        [([READY, FINISHED], JobState.DONE)],
        [([READY, FINISHED], JobState.DONE)],
    )
    group = SWEEP.jobs(manager, CONFIG, 3, "ann")
    manager.step()
    assert group.news() == []
    assert len(manager.jobs) == 1, "two teachers would be trained"
    manager.step()
    assert group.news() == [READY]
    assert len(manager.jobs) == 3
    assert [job.asked["share"] for job in manager.jobs] == [0, 1, 2]
    assert {job.asked["shares"] for job in manager.jobs} == {3}
    assert len({job.key for job in manager.jobs}) == 3
    assert len({job.owner for job in manager.jobs}) == 3, "an owner has one job at a time"
    assert not group.finished
    manager.step()
    assert not group.finished, "they have ended, but nobody has read what they said"
    assert group.news() == [FINISHED, READY, FINISHED, READY, FINISHED]
    assert group.finished
    assert group.news() == []


def test_a_first_share_that_ends_at_once_is_not_the_end(over):
    """From the store a share takes less time than there is between two looks."""
    manager = HandManager(
        [([], JobState.RUNNING), ([READY, FINISHED], JobState.DONE)],
        [([], JobState.RUNNING), ([READY, FINISHED], JobState.DONE)],
    )
    assert over(manager) == [READY, FINISHED, READY, FINISHED]
    assert [job.released for job in manager.jobs] == [[job.owner] for job in manager.jobs]


def test_a_share_that_begins_anew_is_read_from_its_beginning():
    manager = HandManager([([READY], JobState.RUNNING)], slots=1)
    group = SWEEP.jobs(manager, CONFIG, 1, "ann")
    manager.step()
    assert group.news() == [READY]
    (job,) = manager.jobs
    job.attempt, job.events = 2, [READY, FINISHED]
    assert group.news() == [READY, FINISHED]
    assert group.news() == []


def test_leases_are_renewed_while_somebody_reads():
    manager = HandManager([([READY], JobState.RUNNING)], [([], JobState.RUNNING)])
    group = SWEEP.jobs(manager, CONFIG, 2, "ann")
    for _ in range(3):
        manager.step()
        group.news()
    assert [len(job.renewed) for job in manager.jobs] == [3, 2]
    assert all(set(job.renewed) == {job.owner} for job in manager.jobs)
    group.release()
    assert [job.released for job in manager.jobs] == [[job.owner] for job in manager.jobs]


def test_an_error_of_a_share_is_raised_and_the_others_are_let_go(over):
    error = DataError("the archive is broken", "a whole one", "Load it again")
    manager = HandManager(
        [([READY], JobState.RUNNING)] + [([], JobState.RUNNING)] * 9, [([], JobState.FAILED)]
    )
    submit = manager.submit

    def with_error(*arguments, **names):
        job = submit(*arguments, **names)
        job.error = error if len(manager.jobs) == 2 else None
        return job

    manager.submit = with_error
    with pytest.raises(DataError, match="archive is broken"):
        over(manager)
    assert len(manager.jobs) == 2
    assert all(job.released == [job.owner] for job in manager.jobs)


def test_a_map_that_was_stopped_says_so(over):
    manager = HandManager([([READY], JobState.CANCELLED)], [([], JobState.RUNNING)])
    with pytest.raises(JobError, match="the work was stopped"):
        over(manager)


def test_without_a_teacher_nobody_follows(over):
    failed = RunFailed(reason="The teacher's loss became nan.")
    manager = HandManager([([failed], JobState.DONE)])
    assert over(manager) == [failed]
    assert len(manager.jobs) == 1


def test_workers_that_cannot_be_had_are_an_error(over):
    manager = HandManager()
    manager.problem = JobError("no worker came up", "one", "Try again")
    with pytest.raises(JobError, match="no worker came up"):
        over(manager)


def test_a_reader_who_leaves_lets_all_shares_go(monkeypatch):
    manager = HandManager([([READY], JobState.RUNNING)] * 3, [([READY], JobState.RUNNING)] * 3)
    monkeypatch.setattr("kdlab.jobs.group.time.sleep", manager.step)
    events = SWEEP.stream(CONFIG, manager=manager)
    assert [next(events) for _ in range(2)] == [READY, READY]
    events.close()
    assert len(manager.jobs) == 2
    assert all(job.released == [job.owner] for job in manager.jobs)


def test_the_same_share_of_the_same_map_is_one_job():
    manager = HandManager([], [], [])
    SWEEP.jobs(manager, CONFIG, 2, "ann")
    SWEEP.jobs(manager, CONFIG, 2, "bob")
    SWEEP.jobs(manager, CONFIG.model_copy(update={"epochs": 4}), 2, "cid")
    keys = [job.key for job in manager.jobs]
    assert keys[0] == keys[1] != keys[2]


@pytest.mark.slow
def test_two_workers_give_what_one_process_gives(tmp_path):
    config = CONFIG.model_copy(update={"x_axis": "width", "widths": (4, 6, 8)})
    # both import at the same time, not the second when the first has its teacher
    manager = JobManager(workers=2, preload=["kdlab.experiments.sweep.training"])
    try:
        history = SweepHistory(config, SWEEP.stream(config, manager=manager))
    finally:
        manager.close()
    assert history.complete
    assert history.started.cohorts == 3
    assert len(history.seconds) == 2, "both have worked"
    alone = SweepHistory(config, run(config, Store(tmp_path / "alone", bundled=None)))
    for measure in ("validation", "test", "fidelity", "ece"):
        assert history.values(measure).tolist() == alone.values(measure).tolist()
