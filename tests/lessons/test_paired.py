"""The best of several choices is judged by the differences over the same seeds, where these are
known."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import fold
from kdlab.lessons import paired
from kdlab.lessons.lesson import Link, Prediction
from kdlab.lessons.measured import Measured, measured
from kdlab.lessons.outcome import outcome
from kdlab.studies import find
from tests.studies.made_histories import made

CONFIG = find("methods").config(seeds=4)
ARMS = [arm.name for arm in find("methods").plan(CONFIG, tuple("0123456789")).arms]
ONE, TWO = [name for name in ARMS if not name.startswith("labels")][:2]
NOISE = (0.00, 0.04, -0.03, 0.02)
"""Of the seeds, the same for all arms: it makes every interval wide."""
ASKED = Prediction(
    "Which?", "choice", (f"accuracy {ONE}", f"accuracy {TWO}"), Link("methods", {}), ("One", "Two")
)


def history(ahead):
    """A study in which ONE is ahead of TWO by these, seed by seed."""
    base = [0.85 + each for each in NOISE]
    own = [b + a for b, a in zip(base, ahead, strict=True)]
    return made("methods", CONFIG, {ONE: own, TWO: base})


def found(history, what="accuracy"):
    return [measured(f"{what} {arm}", history) for arm in (ONE, TWO)]


@pytest.mark.parametrize("what", ["accuracy", "gain"])
def test_who_is_ahead_in_every_seed_is_best_though_the_intervals_overlap(what):
    told = found(history((0.01, 0.012, 0.009, 0.011)), what)
    assert told[0].low < told[1].high, "by themselves they overlap"
    judged = paired.compared(told, history((0.01, 0.012, 0.009, 0.011)))
    mean, low, high = judged[1].ahead
    assert 0.8 < low < mean < high < 1.3
    assert judged[0].ahead is None
    if what == "accuracy":
        assert outcome(ASKED, "One", told).right is None
        assert outcome(ASKED, "One", judged).right is True
        assert outcome(ASKED, "Two", judged).right is False


def test_who_is_ahead_in_some_seeds_only_is_not():
    mixed = history((0.03, -0.02, 0.03, -0.01))
    judged = paired.compared(found(mixed), mixed)
    assert judged[1].ahead[1] < 0 < judged[1].ahead[0]
    assert outcome(ASKED, "One", judged).right is None


def test_of_a_run_both_students_share_their_seeds_and_the_teacher_has_none():
    run = fold(events_of(DistilConfig(epochs=2, seeds=4)))
    both = [measured(f"accuracy {who}", run) for who in ("labels-only", "distilled")]
    worse = min(paired.compared(both, run), key=lambda each: each.worth)
    gain = measured("gain", run)
    assert sorted(map(abs, worse.ahead)) == pytest.approx(
        sorted(map(abs, (gain.mean, gain.low, gain.high)))
    )
    assert worse.ahead[0] >= 0
    other = [measured(f"accuracy {who}", run) for who in ("teacher", "distilled")]
    assert paired.compared(other, run) == other


def test_one_seed_and_one_number_tell_nothing():
    config = find("methods").config(seeds=1)
    alone = made("methods", config, {ONE: (0.9,), TWO: (0.8,)})
    assert paired.compared(found(alone), alone) == found(alone)
    assert paired.compared(found(alone)[:1], alone) == found(alone)[:1]


def test_a_learner_is_told_why_it_counts():
    sure = history((0.01, 0.012, 0.009, 0.011))
    judged = paired.compared(found(sure), sure)
    said = outcome(ASKED, "Two", judged)
    assert said.right is False
    assert said.why.startswith("Seed by seed, “One” is ahead of “Two” by 1.")
    above = replace(judged[0], mean=90.5, low=90.0, high=91.0)
    below = replace(judged[1], mean=80.0, low=79.0, high=81.0, ahead=(1.0, -0.2, 2.2))
    said = outcome(ASKED, "One", [above, below])
    assert said.right is None
    assert said.why.startswith(
        "Seed by seed, “One” is not clearly ahead of “Two”: 1.0 points (−0.2 to 2.2)."
    )


def test_of_three_each_is_compared_with_the_best():
    three = replace(ASKED, measure=(*ASKED.measure, "accuracy"), choices=("One", "Two", "Three"))
    one = Measured("a", 90, 88, 92, "%", 1)
    two, third = (replace(one, mean=m, low=m - 2, high=m + 2) for m in (89, 88.9))
    ahead = [one, replace(two, ahead=(1.0, 0.5, 1.5)), replace(third, ahead=(1.1, 0.6, 1.6))]
    assert [outcome(three, said, ahead).right for said in three.choices] == [True, False, False]
    wide = [one, replace(two, mean=85, low=84, high=86), replace(third, low=70, high=98)]
    said = outcome(three, "One", wide)
    assert said.right is None
    assert said.why.startswith("The intervals of “One” and “Three” overlap")
