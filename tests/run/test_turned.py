"""T and alpha turned while a run trains: what was done is a configuration, and it repeats it."""

from __future__ import annotations

import pytest

from kdlab import checks
from kdlab.config.schedule import MOST_ENTRIES, Turn
from kdlab.config.schema import DistilConfig
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Measured,
    Progress,
    Remark,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherReady,
    Turned,
)
from kdlab.experiments.run import run as work
from kdlab.experiments.run.history import History, fold
from kdlab.storage.store import Store

QUICK = DistilConfig(
    teacher="mlp-32", teacher_epochs=3, student="mlp-8", epochs=6, seeds=2, train_limit=300
)
WISHES = {0: (2.0, 0.9), 2: (8.0, 0.5), 3: (8.0, 0.5), 4: (1.0, 0.0)}
DONE = QUICK.model_copy(
    update={"temperature": 2.0, "schedule": (Turn(2, 8.0, 0.5), Turn(4, 1.0, 0.0))}
)


@pytest.fixture
def store(tmp_path):
    return Store(tmp_path / "home", bundled=None)


def by(wishes):
    """A hand on the wheel: it is asked once at each epoch's end, and before the first step."""
    asked = iter(range(10_000))
    return lambda: wishes.get(next(asked))


def numbers(events):
    """What is measured of the students, without times."""
    events = list(events)
    return [
        (e.epoch, e.accuracy, e.fidelity, e.hard, e.soft, e.loss, e.learning_rate)
        for e in events
        if isinstance(e, StudentsEpoch)
    ], [(e.groups, e.gain) for e in events if isinstance(e, RunFinished)]


def test_the_configuration_of_what_was_done_repeats_it_to_the_last_bit(store, tmp_path):
    turned = list(work.run(QUICK, store, steering=by(WISHES)))
    assert [(e.epoch, e.temperature, e.alpha) for e in turned if isinstance(e, Turned)] == [
        (0, 2.0, 0.9), (2, 8.0, 0.5), (4, 1.0, 0.0),
    ]  # fmt: skip
    assert fold(turned).performed(QUICK) == DONE
    link, _ = DistilConfig.from_query(DONE.to_query())
    elsewhere = Store(tmp_path / "other", bundled=None)
    repeated = list(work.run(link, elsewhere))
    assert numbers(turned) == numbers(repeated)
    assert {n: c.hex() for n, c in store.weights(DONE).items()} == {
        n: c.hex() for n, c in elsewhere.weights(DONE).items()
    }


def test_it_is_kept_as_what_was_done_and_not_as_what_it_began_with(store):
    turned = list(work.run(QUICK, store, steering=by(WISHES)))
    assert store.events(QUICK) is None
    assert [path.name for path in (store.home / "runs").iterdir()] == [DONE.fingerprint()]
    kept = store.load_run(DONE)
    assert fold(kept).performed(DONE) == DONE
    assert fold(kept).started.fingerprint == DONE.fingerprint()
    assert numbers(kept) == numbers(turned)
    assert [type(e) for e in work.run(DONE, store)] == [type(e) for e in kept], "it is replayed"


def test_what_is_kept_is_what_the_plain_run_would_have_kept(store, tmp_path):
    list(work.run(QUICK, store, steering=by(WISHES)))
    elsewhere = Store(tmp_path / "other", bundled=None)
    list(work.run(DONE, elsewhere))
    timed = (StudentsEpoch, Measured, RunFinished, TeacherReady)

    def told(one):
        return [e if not isinstance(e, timed) else type(e) for e in one.events(DONE)]

    assert told(store) == told(elsewhere)


def test_one_that_nobody_turned_is_kept_as_the_plain_one(store):
    found = list(work.run(QUICK, store, steering=lambda: None))
    assert not any(isinstance(e, Turned) for e in found)
    kept = [e.to_json() for e in found if not isinstance(e, Progress)]
    assert [e.to_json() for e in store.events(QUICK)] == kept
    assert numbers(found) == numbers(work.run(QUICK, store, cache=False))


def test_it_trains_although_the_plain_one_is_known(store):
    list(work.run(QUICK, store))
    found = list(work.run(QUICK, store, steering=by({3: (1.0, 0.5)})))
    assert [e.epoch for e in found if isinstance(e, Turned)] == [3]
    (ready,) = [e for e in found if isinstance(e, TeacherReady)]
    assert ready.cached, "its teacher is a fact all the same"
    assert fold(store.events(QUICK)).turns == {}


def test_a_schedule_is_followed_and_told(store):
    found = list(work.run(DONE, store))
    assert [e.epoch for e in found if isinstance(e, Turned)] == [2, 4]
    order = [
        e.epoch if isinstance(e, StudentsEpoch) else "turned"
        for e in found
        if isinstance(e, StudentsEpoch | Turned)
    ]
    assert order == [0, 1, 2, "turned", 3, 4, "turned", 5, 6]


def test_students_on_labels_alone_are_never_turned_and_have_the_same_budget(store):
    plain, turned = (fold(work.run(config, store)) for config in (QUICK, DONE))
    assert plain.started.students == turned.started.students
    assert plain.started.steps_per_epoch == turned.started.steps_per_epoch
    for one, other in zip(plain.epochs, turned.epochs, strict=True):
        assert one.learning_rate == other.learning_rate
        for k, (group, _) in enumerate(plain.started.students):
            if group == LABELS_ONLY:
                assert (one.loss[k], one.accuracy[k]) == (other.loss[k], other.accuracy[k])
    results = {h: {g["name"]: g for g in h.finished.groups} for h in (plain, turned)}
    assert results[plain][LABELS_ONLY] == results[turned][LABELS_ONLY]
    assert results[plain][DISTILLED] != results[turned][DISTILLED]


def test_the_hand_takes_over_from_the_plan(store):
    found = fold(work.run(DONE, store, steering=by({3: (3.0, 0.3)})))
    done = DONE.model_copy(update={"schedule": (Turn(2, 8.0, 0.5), Turn(3, 3.0, 0.3))})
    assert found.performed(DONE) == done
    assert store.events(DONE) is None
    assert store.events(done)


def test_what_is_done_so_far_is_told_while_it_goes_on(store):
    going, seen = History(), {}
    for event in work.run(DONE, store, steering=by({3: (3.0, 0.3)})):
        going.take([event])
        if isinstance(event, StudentsEpoch):
            seen[event.epoch] = going.performed(DONE)
    assert seen[0] == seen[3] == DONE, "nobody has turned anything, and the plan is to be followed"
    assert seen[4] == seen[6] == going.performed(DONE)
    assert seen[4].schedule == (Turn(2, 8.0, 0.5), Turn(3, 3.0, 0.3))


def test_a_method_without_t_is_turned_in_alpha_only(store):
    plain = QUICK.model_copy(update={"method": "logit-regression"})
    found = fold(work.run(plain, store, steering=by({1: (9.0, 0.9), 2: (9.0, 0.4)})))
    done = plain.model_copy(update={"schedule": (Turn(2, 4.0, 0.4),)})
    assert found.performed(plain) == done == checks.normal(done)
    assert store.events(done)


def test_the_control_is_not_turned_to_where_nothing_would_be_learnt(store):
    plain = QUICK.model_copy(update={"method": "labels-only", "alpha": 0.5})
    found = fold(work.run(plain, store, steering=by({1: (4.0, 1.0), 2: (4.0, 0.7)})))
    assert [*found.turns] == [2]
    checks.possible(found.performed(plain))


def test_who_turns_more_often_than_a_schedule_can_say_is_told(store):
    long = QUICK.model_copy(
        update={"epochs": MOST_ENTRIES + 5, "seeds": 1, "train_limit": 100, "labels": 20}
    )
    wishes = {n: (1.0 + n, 0.5) for n in range(200)}
    found = list(work.run(long, store, steering=by(wishes)))
    (remark,) = [e for e in found if isinstance(e, Remark)]
    assert str(MOST_ENTRIES) in remark.text
    done = fold(found).performed(long)
    assert len(done.schedule) == MOST_ENTRIES
    assert DistilConfig.from_query(done.to_query()) == (done, [])
    kept = store.events(done)
    assert not any(isinstance(e, Remark) for e in kept)
    assert numbers(kept) == numbers(found)


def test_a_turned_run_that_is_stopped_leaves_nothing_behind(store):
    going = work.run(QUICK, store, steering=by(WISHES))
    for event in going:
        if isinstance(event, Turned) and event.epoch == 2:
            going.close()
            break
    runs = store.home / "runs"
    assert not runs.exists() or not list(runs.iterdir())
    assert event.epoch == 2


def test_where_it_was_begun_is_not_what_it_is(store):
    started = [
        e.fingerprint
        for e in work.run(QUICK, store, steering=by(WISHES))
        if isinstance(e, RunStarted)
    ]
    assert started == [QUICK.fingerprint()], "nobody knows yet what will be done"
