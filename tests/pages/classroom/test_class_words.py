"""How far a class was off, in words and as a chart: each kind of question."""

from __future__ import annotations

import dataclasses

import pytest
from fakes import events_of

from kdlab.classroom import Asked, Estimate, Tally
from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import fold
from kdlab.lessons import outcome
from kdlab.lessons.lesson import Link, Prediction
from kdlab.lessons.measured import measured
from kdlab.translation import speaking
from pages.ui.charts import tally as charts
from pages.ui.classroom import result, words
from tests.pages.classroom.one_class import HELPS, HOW_GOOD, WHY

BEST = Prediction(
    "Which is best?", "choice", ("accuracy distilled", "accuracy labels-only"), Link("live", {}),
    ("Distilled", "Labels only"),
)  # fmt: skip
TEXT = dataclasses.replace(HELPS, link=Link("language-model", {}))


def revealed(what, **found):
    names = {"gain": "gain", "distilled": "accuracy distilled", "labels": "accuracy labels-only"}
    told = {names[name]: Estimate(*each) for name, each in found.items()}
    return Asked(1, what, "revealed", result=told)


@pytest.mark.parametrize(
    ("what", "gain", "right"),
    [
        (HELPS, (5.9, 5.3, 6.6), "helped"),
        (HELPS, (-2.0, -3.0, -1.0), "hurt"),
        (HELPS, (1.0, -1.0, 3.0), "unclear"),
        (TEXT, (-0.1, -0.2, -0.05), "helped"),
        (TEXT, (0.1, 0.05, 0.2), "hurt"),
    ],
)
def test_of_a_gain_its_interval_decides_and_of_bits_less_is_better(what, gain, right):
    asked = revealed(what, gain=gain)
    assert result.right(asked) == right
    said = words.how_far(asked, Tally({right: 24}, 38))
    assert said.startswith("24 of 38 said it")


def test_one_seed_has_no_interval_and_decides_nothing():
    asked = revealed(HELPS, gain=(2.0,))
    assert result.right(asked) == ""
    assert words.how_far(asked, Tally({}, 3)).startswith("One seed cannot tell")
    alt = charts.describe(words.answers(asked, {"helped": 2}))
    assert "Measured: +2.0 points (one value, no interval)." in alt


def test_seeds_that_all_say_the_same_have_an_interval():
    asked = revealed(HOW_GOOD, distilled=(100.0, 100.0, 100.0, "5 seeds"))
    assert "100.0 % (100.0 to 100.0, 5 seeds)" in words.how_far(asked, Tally({"99": 1}, 1))
    (found,) = result.known(asked)
    assert found.told() == "100.0 % (95 % interval 100.0 to 100.0 over 5 seeds)"
    assert result.right(revealed(HELPS, gain=(2.0, 2.0, 2.0, "5 seeds"))) == "helped"


def test_a_run_is_kept_with_its_seeds_and_read_as_it_was():
    what = dataclasses.replace(BEST, measure=("gain", "accuracy distilled"))
    history = fold(events_of(DistilConfig(epochs=2, seeds=4)))
    with speaking("zh"):
        kept = result.of_run(what, history)
    assert {each.over for each in kept.values()} == {"4 seeds"}, "whoever reads it speaks his own"
    for read in result.known(Asked(1, what, "revealed", result=kept)):
        found = measured(read.name, history)
        assert (read.told(), read.verdict) == (found.told(), found.verdict)
    alone = result.of_run(what, fold(events_of(DistilConfig(epochs=2, seeds=1))))
    assert [(each.low, each.high) for each in alone.values()] == [(None, None)] * 2


def test_before_it_is_revealed_nothing_is_told():
    asked = dataclasses.replace(revealed(HELPS, gain=(5.9, 5.3, 6.6)), phase="running")
    assert result.right(asked) == ""
    assert words.how_far(asked, Tally({}, 3)) == ""
    assert words.answers(asked, {}).measured is None
    assert result.right(Asked(1, WHY)) == ""


def test_the_best_of_two_is_right_where_their_intervals_are_apart():
    apart = revealed(BEST, distilled=(91.0, 90.5, 91.5), labels=(85.0, 84.0, 86.0))
    assert result.right(apart) == "Distilled"
    assert "2 of 3 said “Distilled”, and that is the best" in words.how_far(
        apart, Tally({"Distilled": 2, "Labels only": 1}, 3)
    )
    close = revealed(BEST, distilled=(91.0, 88.0, 94.0), labels=(90.0, 87.0, 93.0))
    assert result.right(close) == outcome.TIED
    assert "1 of 3 said it is too close to tell, and it is" in words.how_far(
        close, Tally({"Distilled": 2, outcome.TIED: 1}, 3)
    )
    kept = words.how_far(close, Tally({"Distilled": 2, "Labels only": 1}, 3))
    assert kept == "It is too close to tell which is best.", "nobody could have said so, earlier"
    unsure = revealed(BEST, distilled=(91.0, None, None), labels=(90.0, None, None))
    assert result.right(unsure) == ""
    assert words.how_far(unsure, Tally({"Distilled": 3}, 3)) == "It is open which is best."
    alt = charts.describe(words.answers(close, {"Distilled": 3, "Labels only": 0}))
    assert alt.endswith("Measured: Distilled: 91.0 % (88.0 to 94.0); "
                        "Labels only: 90.0 % (87.0 to 93.0).")  # fmt: skip


def test_the_best_of_two_is_judged_seed_by_seed_where_that_is_known(class_):
    ahead = revealed(
        BEST, distilled=(91.0, 88.0, 94.0), labels=(90.0, 87.0, 93.0, "5 seeds", (1.0, 0.6, 1.4))
    )
    assert result.right(ahead) == "Distilled"
    assert words.of_each(ahead).why == (
        "Seed by seed, “Distilled” is ahead of “Labels only” by 1.0 points (0.6 to 1.4)."
    )
    close = revealed(
        BEST, distilled=(91.0, 90.9, 91.1), labels=(90.0, 89.9, 90.1, "5 seeds", (1.0, -0.2, 2.2))
    )
    assert result.right(close) == outcome.TIED
    assert words.of_each(close).why == (
        "Seed by seed, “Distilled” is not clearly ahead of “Labels only”: 1.0 points (−0.2 to 2.2)."
    )
    history = fold(events_of(DistilConfig(epochs=2, seeds=4)))
    kept = result.of_run(BEST, history)
    assert [name for name, each in kept.items() if each.ahead] == ["accuracy labels-only"]
    class_.instructor.ask(BEST)
    class_.instructor.run()
    class_.instructor.reveal(kept)
    assert class_.now().asked.result == kept, "as the room keeps it"


@pytest.mark.parametrize(
    ("counts", "said"),
    [
        ({"80": 1, "90": 1, "95": 1}, "0 of 3 predicted it right: 91.3 % (90.8 to 91.7). The"),
        ({"80": 1, "90": 1, "95": 1}, "The median prediction was 90 %."),
        ({"91": 2, "80": 1}, "2 of 3 predicted it right"),
        ({"91": 1, "80": 1}, "The median prediction was 85.5 %."),
        ({}, "Nobody has answered"),
    ],
)
def test_of_numbers_those_are_counted_that_the_measurement_bears_out(counts, said):
    asked = revealed(HOW_GOOD, distilled=(91.3, 90.8, 91.7))
    assert said in words.how_far(asked, Tally(counts, sum(counts.values())))


def test_a_result_of_another_version_tells_nothing():
    asked = Asked(1, HELPS, "revealed", result={"something": Estimate(1.0, 0.5, 2.0)})
    assert result.known(asked) == []
    assert words.how_far(asked, Tally({}, 3)) == ""


@pytest.mark.parametrize(
    ("low", "high", "step"), [(0, 100, 1), (-20, 20, 0.5), (0, 1, 0.001), (0, 3, 1), (0, 1e6, 1)]
)
def test_each_answer_is_in_a_bar_and_there_are_few(low, high, step):
    counts = {f"{low:g}": 2, f"{high:g}": 3, f"{(low + high) / 2:g}": 1}
    drawn = charts.histogram(charts.Answers({}, counts, low, high, step, "%"))
    bars = drawn["data"][0]
    assert sum(bars["y"]) == 6
    assert len(bars["y"]) <= charts.MOST_BARS


def test_where_nobody_has_answered_nobody_is_counted():
    apart = revealed(BEST, distilled=(91.0, 90.5, 91.5), labels=(85.0, 84.0, 86.0))
    said = words.how_far(apart, Tally({}, 0))
    assert said == "Nobody has answered. “Distilled” is the best."
    assert [name for name, _ in words.of_each(apart).each] == ["Distilled", "Labels only"]
    assert words.of_each(revealed(HELPS, gain=(5.9, 5.3, 6.6))) is None
    why = words.how_far(Asked(1, WHY, "revealed"), Tally({}, 0))
    assert why == f"Nobody has answered. The answer is: {WHY.right}"


def test_how_many_are_there_is_said_of_none_of_one_and_of_several():
    said = {n: words.present(Tally(there=n)) for n in (0, 1, 2)}
    assert said == {0: "Nobody is here yet.", 1: "1 person is here.", 2: "2 people are here."}
    waits = {n: words.missing(Tally(there=2, waiting=n)) for n in (0, 1, 2)}
    assert waits == {
        0: "Everyone who is here has answered.",
        1: "1 person here has not answered.",
        2: "2 people here have not answered.",
    }
