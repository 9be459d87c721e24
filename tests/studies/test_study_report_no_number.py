"""Words and tables where a student's loss became NaN."""

from __future__ import annotations

import math

import pytest
from made_histories import made

from kdlab.events import RunFinished
from kdlab.experiments.run.history import verdict_sentence
from kdlab.experiments.study.sentences import compared, number
from kdlab.measure.gain import paired_gain
from kdlab.studies.looking import _closer
from kdlab.studies.temperature import TemperatureConfig, name_of
from pages.ui.study.report import table

BROKEN = paired_gain([0.8, 0.8], [0.9, math.nan])
ONE = paired_gain([0.8], [0.9])
SURE = paired_gain([0.8, 0.81], [0.9, 0.91])


@pytest.fixture
def history():
    config = TemperatureConfig(temperatures=(1.0, 2.0), seeds=3)
    return made("temperature", config, {name_of(2.0): [0.9, math.nan, 0.9]})


def test_a_gain_that_is_no_number_is_told_in_words(history):
    assert BROKEN.told().startswith("an unknown amount")
    assert ONE.told() == "+10.0 points (one seed, no interval)"
    finding = compared(history, name_of(2.0))
    assert "a student's loss became NaN" in finding.text
    assert (finding.holds, finding.gain) == (None, None)


def test_the_table_has_no_nan(history):
    rows = table(history).set_index("")
    assert rows.loc["T = 2", "Test accuracy, %"] == "NaN"
    assert rows.loc["T = 2", "Gain, points"] == "NaN"
    assert rows.loc["T = 2", "Verdict"] == "NaN"
    assert rows.loc["T = 1", "Gain, points"].startswith("0.0 (−")


def test_a_run_and_a_search_say_that_there_is_no_gain():
    run = RunFinished(teacher_accuracy=0.9, groups=[], gain=BROKEN.as_dict(), seconds={})
    assert verdict_sentence(run).startswith("A student's loss became NaN")
    assert BROKEN.sentence().startswith("A student's loss became NaN")
    assert ONE.sentence() == (
        "With one seed the students differ by +10.0 points. That may be chance: "
        "train with more seeds."
    )
    assert SURE.sentence().startswith(
        "Distillation helped with this teacher: +10.0 points, 95 % interval +10.0"
    )


def test_maps_of_a_student_that_diverged_get_a_sentence():
    finding = _closer("Maps", [0.5, 0.5], [0.6, math.nan])
    assert finding.text == "Maps: a student's loss became NaN."
    assert finding.holds is None


def test_what_is_no_number_comes_before_all_that_are():
    assert sorted([0.2, math.nan, 0.1], key=number)[1:] == [0.1, 0.2]
