"""The tab that looks at a run class by class: what its charts draw, what it says, where there is
nothing to see."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path

import numpy as np
import plotly.graph_objects as go
import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest
from told import words

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished, RunStarted
from kdlab.experiments.run.by_class import by_class
from kdlab.experiments.run.history import fold
from pages.ui.charts import classes as charts
from pages.ui.charts.colour import contrast, rgb
from pages.ui.live import classes
from pages.ui.shell import prose
from pages.ui.shell.theme import LOOKS
from tests.patience import PATIENCE
from tests.run.counted_run import ALONE, BETTER, IMAGES, RARE_LOST, SEEDS, events

PAGE = Path(__file__).parents[3] / "pages" / "distil" / "live.py"
CONFIG = DistilConfig(epochs=5, seeds=SEEDS)
HISTORY = fold(events(ALONE, RARE_LOST))
FOUND = by_class(HISTORY)


def many(count):
    """Of a run in so many classes, the last of which are the rarest."""
    rng = np.random.default_rng(0)
    images = [20] * count
    right = rng.integers(5, 20, (2, SEEDS, count)).tolist()
    training = list(range(2 * count, count, -1))
    names = [f"class {n}" for n in range(count)]
    return fold(events(*right, images=images, training=training, names=names))


@pytest.fixture
def page(manager, store):
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


def shown(page, store, told):
    """The page with the tab open, on a stored run that ends as ``told`` does."""
    started, end = told
    before = [event for event in events_of(CONFIG) if not isinstance(event, RunFinished)]
    own = [
        dataclasses.replace(started, fingerprint=CONFIG.fingerprint())
        if isinstance(event, RunStarted)
        else event
        for event in before
        if type(event).__name__ not in ("Confusion", "StudentsEpoch")
    ]
    store.record_run(CONFIG, [*own, end], {})
    page.query_params["epochs"] = "5"
    page.query_params["seeds"] = str(SEEDS)
    page.session_state["live.tab"] = "Class by class"
    page.run()
    assert not page.exception
    return page


def alts(page):
    return [
        json.loads(each.proto.json)["value"]["alt"]
        for each in page.get("bidi_component")
        if each.proto.component_name == "kdlab_live_chart"
    ]


def test_plotly_accepts_all_of_it():
    told = HISTORY.finished.confusion
    plain, distilled = told[LABELS_ONLY], told[DISTILLED]
    figures = [charts.calibration(HISTORY.finished.calibration)]
    figures += [charts.confusion(plain, FOUND.names, "Title")]
    figures += [charts.confusion_difference(plain, distilled, FOUND.names)]
    for history in (HISTORY, many(2), many(100), fold(events(ALONE, BETTER, seeds=1))):
        found = by_class(history)
        figures += [charts.recalls(found), charts.gains(found)]
    for figure in figures:
        go.Figure(figure)
        json.dumps(figure, allow_nan=False)


def test_both_students_stand_in_each_row_with_their_intervals():
    figure = charts.recalls(FOUND)
    assert figure["layout"]["yaxis"]["ticktext"] == ["a (300)", "b (180)", "c (20)"]
    for trace, group in zip(figure["data"], (LABELS_ONLY, DISTILLED), strict=False):
        mean, low, high = (100 * part for part in FOUND.recall[group])
        assert trace["name"] == LOOKS[group].short
        np.testing.assert_allclose(trace["x"], mean, rtol=1e-6)
        np.testing.assert_allclose(trace["error_x"]["array"], high - mean, rtol=1e-5)
        np.testing.assert_allclose(trace["error_x"]["arrayminus"], mean - low, rtol=1e-5)
    shares = figure["data"][2]
    assert (shares["type"], shares["xaxis"]) == ("bar", "x2")
    assert sum(shares["x"]) == pytest.approx(100)
    assert shares["showlegend"], "what the bars are is told"
    assert shares["name"] == "Share of training examples"


def test_a_gain_that_seeds_and_test_examples_are_sure_of_is_filled():
    (trace,) = charts.gains(FOUND)["data"]
    assert FOUND.gains.hurt[2], "the seeds are sure, of 20 test examples"
    assert trace["marker"]["symbol"] == ["circle", "circle-open", "circle-open"]
    assert trace["x"][2] == pytest.approx(-65)
    assert "−65.0 points" in trace["hovertext"][2]


def test_of_many_classes_those_that_gain_and_lose_most_are_shown():
    found = by_class(many(100))
    rows = charts.order(found)
    assert len(rows) == charts.MOST
    assert rows == sorted(rows), "from the most frequent to the rarest"
    left_out = [n for n in range(100) if n not in rows]
    gain = found.gains.mean
    for end in (gain.min(), gain.max()):
        assert end not in gain[left_out]
    assert len(charts.order(by_class(many(charts.MOST)))) == charts.MOST


def test_a_matrix_is_in_per_cent_of_its_class():
    matrix = HISTORY.finished.confusion[DISTILLED]
    (trace,) = charts.confusion(matrix, FOUND.names, "Title")["data"]
    for row, own in zip(trace["z"], matrix, strict=True):
        assert row == pytest.approx([100 * count / sum(own) for count in own])
    assert "answered" in trace["hovertext"][0][0]


def test_the_difference_is_centred_and_told_apart():
    told = HISTORY.finished.confusion
    figure = charts.confusion_difference(told[LABELS_ONLY], told[DISTILLED], FOUND.names)
    (trace,) = figure["data"]
    assert trace["zmin"] == -trace["zmax"]
    assert trace["z"][2][2] == pytest.approx(-65)
    middle = rgb(charts.SAME)
    for colour in (charts.LESS, charts.MORE):
        assert contrast(rgb(colour), middle) > 1.9


def test_a_class_without_test_examples_has_no_row_of_the_matrix():
    figure = charts.confusion([[5, 0], [0, 0]], ["a", "b"], "Title")
    (trace,) = figure["data"]
    assert trace["z"][1] == [None, None]
    assert "no examples" in trace["hovertext"][1][0]
    go.Figure(figure)


def test_the_table_can_be_sorted_and_begins_with_the_most_frequent():
    table = classes.table(by_class(many(30)))
    assert table["Training, %"].is_monotonic_decreasing
    assert table["Gain"].dtype == float
    assert len(table) == 30


def test_the_tab_says_all_of_a_run(page, store):
    shown(page, store, events(ALONE, RARE_LOST, names="abc"))
    said = words(page)
    assert "but not in every class. These lose: “c” −65.0 points" in said
    assert "clearly helps 1 (“a”: 300 test images) and clearly hurts none" in said
    assert "“c” loses in these 20 test images: with others that could change." in said
    assert "30 times fewer" in said
    found = alts(page)
    assert any("Recall of each class" in alt and "c 78.8 % and 13.8 %" in alt for alt in found)
    assert any("a +10.2 (clearly)" in alt for alt in found)
    assert any("Changed most: c answered a, +65.0 points" in alt for alt in found)
    assert any("before and after a temperature" in alt for alt in found)


def test_names_of_classes_are_no_markup(page, store):
    name = "**c** [x](//a.b)"
    shown(page, store, events(ALONE, RARE_LOST, names=["a", "b", name]))
    warned = [str(each.value) for each in page.warning if "every class" in str(each.value)]
    assert len(warned) == 1
    assert "[x](" not in warned[0]
    assert "\\*\\*c\\*\\*" in warned[0]


@pytest.mark.parametrize("what", ["old", "without the new parts"])
def test_results_that_were_kept_before_open(page, store, what):
    started, end = events(ALONE, BETTER, training=None)
    end = dataclasses.replace(end, confusion=None, calibration=None)
    if what == "old":
        end = dataclasses.replace(end, per_class=None)
    shown(page, store, [started, end])
    assert ("stored before the lab counted classes" in words(page)) is (what == "old")
    assert any("Recall of each class" in alt for alt in alts(page)) is (what != "old")
    assert not any("Changed most" in alt for alt in alts(page))


@pytest.mark.parametrize("count", [20, 21])
def test_of_too_many_classes_it_is_said_that_no_matrix_is_kept(page, store, count):
    names = [f"class {n}" for n in range(count)]
    right = np.random.default_rng(0).integers(5, 20, (2, SEEDS, count)).tolist()
    started, end = events(*right, images=[20] * count, training=[20] * count, names=names)
    shown(page, store, [started, dataclasses.replace(end, confusion=None)])
    assert ("are stored for at most 20 classes" in words(page)) is (count == 21)


def test_before_a_run_ends_there_is_a_sentence(page, manager):
    page.session_state["live.tab"] = "Class by class"
    page.run()
    assert "At the end of a run both students are compared class by class" in words(page)


def test_the_sum_of_test_examples_is_what_the_table_counts():
    assert classes.table(FOUND)["Test examples"].tolist() == IMAGES


def test_of_text_there_is_a_sentence():
    started, end = events(ALONE, BETTER)
    text = fold([dataclasses.replace(started, dataset="names", input_shape=(6, 3)), end])
    assert classes._missing(text) == "of text"
    assert prose.text("classes", "of text").startswith("Text is judged by bits per character")
