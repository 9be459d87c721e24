from __future__ import annotations

import json
import os
import threading
import time

import pytest
from optuna.trial import TrialState

from kdlab import models
from kdlab.experiments.search import folder as folders
from kdlab.experiments.search import journal, proposals
from kdlab.experiments.search.config import GROUP
from kdlab.experiments.search.folder import join
from kdlab.experiments.search.proposals import FIRST, STARTUP
from kdlab.experiments.search.space import Space
from kdlab.experiments.search.trial_log import TrialLog
from tests.patience import PATIENCE

LADDER = ("mlp-2", "mlp-4", "mlp-8")
COSTS = {
    student: {
        "parameters": models.parameters(student, (2,), 2), "bytes": 1, "flops_per_image": 1,
        "latency_ms": 1.0,
    }
    for student in (*LADDER, "mlp-2-2", "mlp-4-4")
}  # fmt: skip
SPACE = Space(
    ladders={1: LADDER, 2: ("mlp-2-2", "mlp-4-4")},
    costs=COSTS,
    methods=("soft-targets", "logit-regression"),
    teachers=("mlp-64", "mlp-256"),
    machine="here",
)


@pytest.fixture
def worker(tmp_path):
    """A new worker on one search: its ledger; ``worker().share`` says that it is at work."""

    def opened():
        tmp_path.mkdir(exist_ok=True)
        source = journal.open_study(tmp_path)
        while True:
            try:
                next(source)
            except StopIteration as stop:
                part = join(tmp_path)
                made = TrialLog(stop.value, tmp_path, SPACE, part)
                made.share = part
                return made

    return opened


def finish(trial_log, group, value=0.5, epochs=10):
    for member in group.members:
        trial_log.finish(member, epochs, [value, value], pruned=False)


def told(group):
    """How many results of a group are asked for."""
    return sum(member.trial is not None for member in group.members)


def states(trial_log):
    return [trial.state for trial in trial_log.study.get_trials(deepcopy=False)]


def test_a_group_shares_its_architecture_and_differs_in_the_rest(worker):
    trial_log = worker()
    groups = []
    while group := trial_log.take(60):
        assert len(group.members) == GROUP
        rows = {(m.temperature, m.alpha) for m in group.members}
        assert len(rows) > 1
        for member in group.members:
            assert 0 <= member.alpha <= 1
            assert (member.temperature is None) == (group.method == "logit-regression")
        finish(trial_log, group)
        groups.append(group)
    assert len(groups) == 15
    assert {g.student for g in groups} <= set(COSTS)
    first = groups[:FIRST]
    assert {g.method for g in first} == set(SPACE.methods)
    assert {g.teacher for g in first} == set(SPACE.teachers)
    assert {len(g.student.split("-")) for g in first} == {2, 3}
    rows = trial_log.finished()
    assert len(rows) == 60
    assert rows[0]["parameters"] == COSTS[rows[0]["student"]]["parameters"]
    assert (rows[0]["accuracy"], rows[0]["epochs"], rows[0]["state"]) == (
        [0.5, 0.5],
        10,
        "complete",
    )
    assert "share" not in rows[0]


def test_the_same_search_asks_the_same(worker, tmp_path):
    def asked(path):
        nonlocal tmp_path
        trial_log = worker()
        found = []
        while group := trial_log.take(20):
            found.append((group.student, [(m.temperature, m.alpha) for m in group.members]))
            finish(trial_log, group)
        trial_log.share.close()
        return found

    first = asked(tmp_path)
    for path in tmp_path.iterdir():
        path.unlink()
    assert asked(tmp_path) == first


def test_the_sampler_learns_where_it_was_good(worker):
    """After the start, where wide students are better, they are asked more often than by chance."""
    trial_log = worker()
    wide = []
    while group := trial_log.take(160):
        finish(trial_log, group, 0.9 if group.student in ("mlp-8", "mlp-4-4") else 0.1)
        wide.append(group.student in ("mlp-8", "mlp-4-4"))
    assert sum(wide[FIRST:]) / len(wide[FIRST:]) > 0.6  # by chance 5/12


def test_two_that_take_the_last_trials_at_once_do_not_take_too_many(worker, monkeypatch):
    first, second = worker(), worker()
    real = proposals.group
    taken = []

    def both(*arguments):
        """The second worker takes the same group between the first one's look and its writing."""
        monkeypatch.setattr(proposals, "group", real)
        taken.append(second.take(6))
        return real(*arguments)

    monkeypatch.setattr(proposals, "group", both)
    taken.append(first.take(6))
    assert [group.number for group in taken] == [0, 1]
    assert [told(group) for group in taken] == [4, 2]
    assert states(first).count(TrialState.RUNNING) == 6
    assert states(first).count(TrialState.FAIL) == 4, "what the first one let go"
    assert first.take(6) is None
    assert first.others_at_work()


def test_trials_of_a_worker_that_works_are_left_to_it(worker):
    first, second = worker(), worker()
    assert first.share.path != second.share.path
    first.take(4)
    assert second.take(4) is None
    assert second.others_at_work()
    first.abandon()
    assert not second.others_at_work()
    assert len(second.take(4).members) == 4


@pytest.mark.parametrize("how", ["killed", "lease", "file"])
def test_trials_of_a_worker_that_is_gone_are_tried_again(worker, how):
    first = worker()
    group = first.take(4)
    if how == "killed":
        first.share._lock.release()  # as the system does with what a process held
    elif how == "lease":
        far(first.share, seconds=folders.FAR_SECONDS + 1)
    else:
        first.share.path.unlink()
    second = worker()
    again = second.take(4)
    assert again.number == group.number
    assert [(m.temperature, m.alpha) for m in again.members] == [
        (m.temperature, m.alpha) for m in group.members
    ]
    assert told(again) == 4
    # the first one wakes up: its results come too late, and harm nothing
    assert first.report(group, 1, [0.9] * 4)
    finish(first, group, 0.9)
    assert first.finished() == []
    finish(second, again)
    assert {tuple(row["accuracy"]) for row in first.finished()} == {(0.5, 0.5)}
    assert [row["number"] for row in first.finished()] == [0, 1, 2, 3]


def far(share, seconds):
    """Make ``share`` one of another machine that gave its last sign ``seconds`` ago."""
    share._lock.release()
    said = json.loads(share.path.read_bytes())
    share.path.write_text(json.dumps({**said, "host": "another machine", "boot": "another"}))
    then = time.time() - seconds
    os.utime(share.path, (then, then))


def test_a_worker_of_another_machine_has_its_trials_while_its_file_is_young(worker):
    first, second = worker(), worker()
    first.take(4)
    far(first.share, seconds=1)
    assert second.take(4) is None
    assert second.others_at_work()
    far(first.share, seconds=folders.FAR_SECONDS + 1)
    assert told(second.take(4)) == 4


def test_no_clock_takes_the_trials_of_a_worker_of_this_machine(worker):
    first, second = worker(), worker()
    first.take(4)
    os.utime(first.share.path, (0, 0))
    assert second.take(4) is None


def test_two_that_join_at_once_where_one_was_killed_have_places_of_their_own(tmp_path, monkeypatch):
    """Both have seen the dead one's place before either takes it."""
    (tmp_path / "share-0.json").write_text(json.dumps({"id": "dead"}))
    living, waited = folders.living, folders.locks.waited
    waits, at_the_lock = [], threading.Event()

    def lock(path):
        if threading.current_thread() is other:
            at_the_lock.set()
        return waited(path)

    def slow(folder):
        found = living(folder)
        waits.append(folder)
        if len(waits) == 1:  # the first one, about to remove what it saw: the second comes now
            other.start()
            assert at_the_lock.wait(PATIENCE)
            other.join(1.0)  # where the lock held nobody up, it would come to its end here
        return found

    monkeypatch.setattr(folders, "living", slow)
    monkeypatch.setattr(folders.locks, "waited", lock)
    made = []
    other = threading.Thread(target=lambda: made.append(folders.join(tmp_path)))
    made.append(folders.join(tmp_path))
    other.join()
    assert len({share.path for share in made}) == 2
    assert set(living(tmp_path).values()) == {share.id for share in made}


def of_size(trial_log, student, values, trials):
    """Train one group of ``student`` whose members have ``values`` after epoch 1."""
    held = {
        "depth": len(student.split("-")) - 1,
        "width": {"mlp-2": 0.1, "mlp-8": 0.9}[student],
    }
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(proposals, "explored", lambda space, number: held)
        group = trial_log.take(trials)
    assert group.student == student
    stop = trial_log.report(group, 1, values)
    for member, value in zip(group.members, values, strict=True):
        trial_log.finish(member, 1 if stop else 2, [value], pruned=stop)
    return stop


def test_given_up_is_what_is_behind_as_a_whole_and_no_larger_than_a_better_one(worker):
    trial_log = worker()
    for count in range(STARTUP // GROUP):
        assert not of_size(trial_log, "mlp-8", [0.9] * 4, 4 * (count + 1)), (
            "nothing to compare with"
        )
    assert not of_size(trial_log, "mlp-2", [0.5] * 4, 16), "far behind, but ahead of all as small"
    assert of_size(trial_log, "mlp-8", [0.4] * 4, 20)
    assert not of_size(trial_log, "mlp-8", [0.4, 0.4, 0.4, 0.95], 24), "one carries the others"
    rows = trial_log.finished()
    assert [row["state"] for row in rows[16:20]] == ["pruned"] * 4
    assert rows[16]["accuracy"] == [0.4]
    assert rows[16]["epochs"] == 1
