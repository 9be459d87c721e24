"""A run in a worker that is turned by hand is kept, and repeated, by the configuration of what was
done."""

from __future__ import annotations

import pytest

from kdlab.config.schedule import Turn
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import StudentsEpoch, TeacherReady, Turned
from kdlab.experiments.run import run as work
from kdlab.experiments.run import steering
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import History
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.jobs import JobManager
from kdlab.jobs.group import JobGroup, Task
from kdlab.storage.store import Store
from tests.jobs.conftest import wait_until
from tests.run.held_run import held
from tests.run.test_turned import numbers

QUICK = DistilConfig(
    teacher="mlp-32", teacher_epochs=3, student="mlp-8", epochs=9, seeds=2, train_limit=300
)


@pytest.fixture
def manager():
    manager = JobManager(workers=1, preload=["kdlab.training.single_run"])
    yield manager
    manager.close()


class Told:
    """A group of jobs, told to go on when its worker has heard what was said to it."""

    def __init__(self, group: JobGroup) -> None:
        self.group, self.history, self.events = group, History(), []

    def follow(self, until) -> None:
        def look():
            news = self.group.news()
            self.events += news
            self.history.take(news)
            assert self.group.error is None, self.group.error
            return until()

        wait_until(look)

    def turn(self, temperature: float, alpha: float) -> None:
        steering.turn(self.group, temperature, alpha)
        (job,) = self.group._jobs
        wait_until(lambda: job._letter() is None)


def test_what_is_turned_in_a_worker_is_repeated_by_its_configuration(manager, tmp_path):
    tasks = [Task(held, (QUICK, str(tmp_path), (2, 5)), "its own")]
    told = Told(JobGroup(manager, tasks, "ann", ahead=TeacherReady))
    told.follow(lambda: told.history.epoch == 2)
    told.turn(1.0, 0.2)
    told.turn(2.0, 0.5)  # the newest counts
    (tmp_path / "2").touch()
    told.follow(lambda: told.history.epoch == 5)
    assert [*told.history.turns] == [2], "the epoch that went on had not ended yet"
    told.turn(2.0, 0.0)
    (tmp_path / "5").touch()
    told.follow(lambda: told.group.finished)

    done = QUICK.model_copy(update={"schedule": (Turn(2, 2.0, 0.5), Turn(5, 2.0, 0.0))})
    assert told.history.performed(QUICK) == done
    store = Store()
    assert store.events(QUICK) is None
    assert numbers(store.events(done)) == numbers(told.events)
    link, problems = DistilConfig.from_query(done.to_query())
    assert problems == []
    repeated = list(work.run(link, Store(tmp_path / "elsewhere", bundled=None)))
    assert numbers(repeated) == numbers(told.events)
    steering.turn(told.group, 9.0, 0.9)  # it has ended: nothing happens
    assert told.group.finished


def test_a_steerable_run_is_its_owners_alone(manager):
    """Two ask for the same run, and both are to turn it: each has his own; others join neither."""
    one, other = (DISTILL.jobs(manager, QUICK, 1, who, steerable=True) for who in ("ann", "bob"))
    plain = DISTILL.jobs(manager, QUICK, 1, "cy")
    joined = DISTILL.jobs(manager, QUICK, 1, "dee")
    jobs = [group._jobs[0] for group in (one, other, plain, joined)]
    assert len({job.key for job in jobs}) == 3
    assert jobs[2] is jobs[3]
    assert [len(job.owners) for job in jobs] == [1, 1, 2, 2]
    told = [Told(group) for group in (one, other)]
    for each in told:
        each.follow(lambda each=each: each.group.finished)
        assert each.history.finished
        assert each.history.turns == {}
    assert numbers(told[0].events) == numbers(told[1].events) == numbers(Store().events(QUICK))
    again = Told(DISTILL.jobs(manager, QUICK, 1, "ann", steerable=True))
    again.follow(lambda: again.group.finished)
    assert len([e for e in again.events if isinstance(e, StudentsEpoch)]) == QUICK.epochs + 1
    (ready,) = [e for e in again.events if isinstance(e, TeacherReady)]
    assert ready.cached, "it was trained again, with the teacher that is known"


def test_only_single_runs_can_be_turned():
    assert SWEEP.steered is None
    with pytest.raises(AssertionError, match="a map cannot be turned"):
        SWEEP.jobs(None, SWEEP.config(), 1, "ann", steerable=True)


@pytest.mark.parametrize(
    ("temperature", "alpha"), [(0, 0.5), (float("nan"), 0.5), (2.0, 1.5), (1e9, 0.5), ("x", 0.5)]
)
def test_what_cannot_be_is_refused_before_it_is_told(temperature, alpha):
    class Deaf:
        def tell(self, message):
            raise AssertionError("nobody is told")

    with pytest.raises(ConfigError):
        steering.turn(Deaf(), temperature, alpha)


@pytest.mark.parametrize(
    "message", [{}, {"temperature": 2.0}, {"temperature": 0.0, "alpha": 0.5}, {"alpha": "x"}]
)
def test_a_message_that_is_no_wish_changes_nothing(message):
    assert steering._wish(message) is None


def test_a_wish_is_one():
    assert steering._wish({"temperature": 2.0, "alpha": 0.5}) == (2.0, 0.5)
    assert not any(isinstance(e, Turned) for e in steering.steered(QUICK)), "without a mailbox"
