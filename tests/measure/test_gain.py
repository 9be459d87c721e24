from __future__ import annotations

import math

import pytest
from scipy import stats

from kdlab.measure.gain import NOT_A_NUMBER, Gain, paired_gain


def test_gain_is_paired_by_seed():
    # unpaired, these two groups could not be told apart
    gain = paired_gain([0.1, 0.5, 0.9], [0.15, 0.56, 0.95])
    assert gain.mean == pytest.approx(0.16 / 3)
    assert gain.ci95[0] > 0


@pytest.mark.parametrize(
    ("ci95", "word"),
    [((0.1, 0.2), "helped"), ((-0.2, -0.1), "hurt"), ((-0.1, 0.1), "unclear"), (None, "one seed")],
)
def test_verdict(ci95, word):
    assert Gain(0.0, ci95, 3).verdict == word


def test_a_student_that_diverged_leaves_nan():
    gain = paired_gain([0.8, 0.8, 0.8], [0.9, math.nan, 0.9], resolution=1 / 500)
    assert gain.ci95 is None
    assert gain.verdict == "NaN"
    assert paired_gain([0.8], [math.nan]).verdict == "NaN"


def test_groups_of_different_size_are_a_mistake():
    with pytest.raises(ValueError, match="1 baseline and 2 distilled"):
        paired_gain([0.1], [0.1, 0.2])


def test_ties_are_not_certainty():
    """Accuracies come in steps: two equal differences of one image are no proof."""
    tied = paired_gain([0.9, 0.8], [0.902, 0.802], resolution=1 / 500)
    assert tied.ci95[0] < 0 < tied.ci95[1]
    none = paired_gain([0.9, 0.8, 0.7], [0.9, 0.8, 0.7], resolution=1 / 500)
    assert none.verdict == "unclear"


def test_the_best_of_several_epochs_is_never_below_the_last():
    gain = paired_gain([0.9, 0.9, 0.9], [0.9, 0.9, 0.904], at_least=0.0)
    free = paired_gain([0.9, 0.9, 0.9], [0.9, 0.9, 0.904])
    assert free.ci95[0] < 0
    assert gain.ci95 == (0.0, free.ci95[1])
    assert gain.mean == free.mean


@pytest.mark.parametrize("at", [0.0, -0.01, 0.02])
def test_p_is_that_of_the_t_test(at):
    values = [0.011, 0.032, -0.004, 0.027, 0.015]
    gain = paired_gain([0.0] * 5, values)
    assert gain.p_value(at) == pytest.approx(stats.ttest_1samp(values, at).pvalue)
    nested = paired_gain([0.0] * 10, [v for v in values for _ in (0, 1)], groups=5)
    assert nested.p_value(at) == pytest.approx(gain.p_value(at))
    assert math.isnan(paired_gain([0.0], [0.1]).p_value())
    assert paired_gain([0.0] * 2, [0.5] * 2).p_value() == 0.0
    assert paired_gain([0.5] * 2, [0.5] * 2).p_value() == 1.0


@pytest.mark.parametrize(
    "told",
    [
        {"mean": 0.031, "ci95": [0.02, 0.042], "seeds": 5},
        {"mean": 0.031, "ci95": None, "seeds": 1},
        {"mean": -0.004, "ci95": [-0.01, 0.002], "seeds": 24, "teachers": 8},
    ],
)
def test_what_files_hold_is_read_and_written_alike(told):
    assert Gain.of(told).as_dict() == told


def test_in_words():
    sure, one = Gain(0.031, (0.02, 0.042), 5), Gain(0.031, None, 1)
    assert sure.sentence() == (
        "Distillation helped with this teacher: +3.1 points, 95 % interval +2.0 to +4.2 over "
        "5 seeds."
    )
    assert (
        Gain(0.0, (-0.01, 0.01), 5)
        .sentence()
        .startswith("It is unclear whether distillation helps with this teacher")
    )
    assert "With one seed the students differ by +3.1 points" in one.sentence()
    assert Gain(math.nan, None, 3).sentence() == NOT_A_NUMBER
    assert (sure.told(), one.told()) == (
        "+3.1 points (95 % +2.0 to +4.2)",
        "+3.1 points (one seed, no interval)",
    )
    assert (sure.bracketed(2), one.bracketed()) == ("+3.10 (+2.00 to +4.20)", "+3.1")
    assert Gain(math.nan, None, 3).bracketed() == "NaN"
    assert (sure.over(), one.over()) == ("5 seeds", "1 seed")
    assert Gain(0.1, (0.0, 0.2), 24, teachers=8).over() == "8 teachers, 24 students"
    assert (sure.holds, one.holds, Gain(-0.1, (-0.2, -0.1), 3).holds) == (True, None, False)
    assert Gain(0.9, (-1.4, 3.2), 2).within().ci95 == (-1.0, 1.0)
