"""Figures: what they draw agrees with the tables, and Plotly accepts them."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import plotly.graph_objects as go
import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest
from told import outlined

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY, StudentsEpoch, TeacherEpoch
from kdlab.experiments.run.history import History, fold
from pages.ui.charts import base
from pages.ui.charts.base import fitted
from pages.ui.components import live_chart
from pages.ui.components.inline import LIBRARY
from pages.ui.live import numbers
from pages.ui.shell import images
from pages.ui.shell.theme import LOOKS
from pages.ui.stage import provenance
from pages.ui.understand import softening
from tests.patience import PATIENCE

CONFIG = DistilConfig(epochs=6, seeds=4)
HISTORY = fold(events_of(CONFIG))
POINTS = fold(events_of(DistilConfig(dataset="moons", epochs=3)))


def all_figures(history):
    found = [base.accuracy(history), base.fidelity(history)]
    found += [base.loss_part(history, part) for part in ("hard", "soft")]
    return found


def lines(figure, group):
    look = LOOKS[group]
    return [t for t in figure["data"] if t.get("line", {}).get("color") == look.colour]


@pytest.mark.parametrize("history", [HISTORY, POINTS, History(), fold(events_of(CONFIG, epochs=0))])
def test_plotly_accepts_every_curve_at_every_stage(history):
    for figure in all_figures(history):
        go.Figure(outlined(figure))
        json.dumps(figure, allow_nan=False)


def test_plotly_accepts_pictures_and_results():
    figures = [
        base.results(HISTORY),
        base.accuracy_by_size(HISTORY.measured, HISTORY.finished),
        base.latency(HISTORY.measured),
    ]
    for figure in figures:
        go.Figure(figure)
        json.dumps(figure, allow_nan=False)


@pytest.mark.parametrize("group", [LABELS_ONLY, DISTILLED])
def test_accuracy_is_drawn_in_per_cent_with_its_interval(group):
    figure = base.accuracy(HISTORY)
    curve = HISTORY.curve("accuracy")[group]
    (line,) = lines(figure, group)
    assert line["x"] == list(range(7))
    assert np.allclose(line["y"], 100 * curve.mean)
    fills = [t for t in figure["data"] if t.get("fillcolor") == LOOKS[group].faded(0.2)]
    assert curve.low.min() < 0
    assert fills[0]["x"] == line["x"]
    assert np.allclose(fills[0]["high"], 100 * curve.high)
    assert np.allclose(fills[0]["low"], 100 * curve.low.clip(min=0))


def test_the_soft_part_is_called_what_the_run_minimised():
    figure = base.loss_part(HISTORY, "soft", "logit-regression")
    assert "‖z_t − z_s‖²" in figure["layout"]["title"]["text"]
    assert figure["layout"]["yaxis"]["title"]["text"] == "squared logits"
    assert "KL" in base.loss_part(HISTORY, "soft")["layout"]["title"]["text"]
    assert "CE" in base.loss_part(HISTORY, "hard", "logit-regression")["layout"]["title"]["text"]


def test_runs_that_differ_in_any_setting_read_differently():
    others = {
        "teacher_epochs": 1,
        "method": "labels-only",
        "first_seed": 5,
        "learning_rate": 0.02,
        "train_limit": 300,
        "folder": "/home/![x](//host/y)",
    }
    told = [provenance.settings(DistilConfig(), "seed 0")]
    told += [
        provenance.settings(c, f"seed {c.first_seed}")
        for c in (DistilConfig(**{name: value}) for name, value in others.items())
    ]
    assert len(set(told)) == len(told)
    assert "teacher's epochs 1" in told[1]
    assert "method: labels only" in told[2]
    exercise = provenance.settings(DistilConfig(), "seed 0", {"alpha", "temperature"})
    assert "alpha" not in exercise
    assert "T =" not in exercise
    assert "100 labels" in exercise
    assert "mlp-512-512" in exercise
    assert "mlp-512-512" not in provenance.settings(DistilConfig(), "seed 0", {"teacher"})
    assert "mlp" not in provenance.settings(DistilConfig(), "seed 0", {"teacher", "student"})
    assert "![" not in told[-1]


def test_points_are_called_points():
    assert "points" in numbers.describe_accuracy(POINTS)
    for figure in (base.accuracy(POINTS), base.fidelity(POINTS)):
        assert "points" in figure["layout"]["title"]["text"]


def test_the_teacher_is_a_line_across_all_epochs():
    (line,) = lines(base.accuracy(HISTORY), "teacher")
    assert line["x"] == [0, 6]
    assert line["y"] == [97.0, 97.0]


def test_a_teacher_in_training_has_its_own_axis():
    events = [TeacherEpoch(epoch=n, epochs=9, loss=1.0, accuracy=n / 10) for n in (1, 2)]
    figure = base.accuracy(fold(events))
    assert figure["layout"]["xaxis"]["range"] == [0, 9]
    assert figure["data"][0]["y"] == [10.0, 20.0]


def test_models_differ_in_dash_as_well_as_in_colour():
    assert len({look.dash for look in LOOKS.values()}) == len(LOOKS) == 3
    assert len({look.colour for look in LOOKS.values()}) == 3


def test_one_seed_has_a_line_and_no_band():
    figure = base.accuracy(fold(events_of(DistilConfig(epochs=3, seeds=1))))
    assert len(lines(figure, DISTILLED)[0]["y"]) == 4
    assert all(not t["x"] for t in figure["data"] if "fillcolor" in t)


def test_numbers_that_are_not_finite_do_not_break_a_figure():
    events = events_of(CONFIG, epochs=2)
    last = next(e for e in reversed(events) if isinstance(e, StudentsEpoch))
    broken = replace(last, epoch=3, hard=(math.nan,) * 8, soft=(math.inf,) * 8)
    history = fold([*events, broken])
    for figure in all_figures(history):
        json.dumps(figure, allow_nan=False)


def test_latency_whiskers_run_from_the_low_to_the_high_percentile():
    bar = base.latency(HISTORY.measured)["data"][0]
    spread = HISTORY.measured.models["teacher"]["latency_ms"]["1"]
    assert bar["x"][0] - bar["error_x"]["arrayminus"][0] == pytest.approx(spread["low"])
    assert bar["x"][0] + bar["error_x"]["array"][0] == pytest.approx(spread["high"])


def test_the_cost_table_has_ratios():
    table = numbers.cost_table(HISTORY)
    row = table[table[""] == "Parameters"].iloc[0]
    assert (row["Teacher"], row["Student"]) == ("301,066", "1,210")
    assert row["Teacher / student"] == "248.8x"


def test_pictures_come_back_from_their_text_pixel_by_pixel():
    item = HISTORY.picture.differ[0]
    pixels = images.decoded(item["image"], (1, 8, 8))
    assert pixels[0, 1, 2] == 10
    card = images.card(item, HISTORY.started.classes, (1, 8, 8))
    assert "data:image/png;base64," in card
    assert "True class: <b>4</b>" in card
    assert 'alt="image of class 4, labels only says 9, distilled says 4"' in card


def test_class_names_of_users_cannot_become_html():
    item = HISTORY.picture.differ[0]
    classes = tuple(f"<img src=x onerror={n}>" for n in range(10))
    assert "<img src=x" not in images.card(item, classes, (1, 8, 8))
    assert "<img src=x" not in softening.picture([1.0] * 10, classes, 3)


def test_the_softening_picture_draws_softmax_of_z_over_t():
    logits = np.log([0.7, 0.2, 0.1])
    assert np.allclose(softening.softmax(logits, 1), [0.7, 0.2, 0.1])
    assert softening.softmax(np.array([9e4, 0, 0]), 1)[0] == 1
    assert np.allclose(softening.softmax(logits, 1e9), 1 / 3)
    page = softening.picture(logits, ("a", "b", "c"), 0)
    for share in softening.softmax(logits, 16.0):
        assert f"scaleY({share:.4f})" in page
    assert "prefers-reduced-motion" in page


def test_an_axis_of_nothing_has_no_numbers_unless_the_chart_has_given_them():
    """Plotly would write -1 to 4."""
    axes = {"xaxis": {"range": [0, 9]}, "yaxis": {"title": {"text": "%"}}, "margin": {"t": 4}}
    for empty in ([], [{"x": [], "y": [], "name": "Labels only"}]):
        told = live_chart.drawn({"data": empty, "layout": axes}, "")["figure"]["layout"]
        assert told == axes | {"yaxis": {"title": {"text": "%"}, "showticklabels": False}}
    for full in ({"x": [0], "y": [1]}, {"z": [[None]]}):
        told = live_chart.drawn({"data": [{"y": []}, full], "layout": axes}, "")
        assert told["figure"]["layout"] == axes


def drawn():
    import plotly.graph_objects as go

    from pages.ui.components.live_chart import live_chart

    live_chart("one", {"data": [], "layout": {"title": "T"}}, "Nothing yet", 200)
    live_chart("two", go.Figure(go.Scatter(y=[1, 2])), "Two points")


def test_a_chart_carries_its_figure_its_words_and_a_library_of_this_server():
    page = AppTest.from_function(drawn, default_timeout=PATIENCE).run()
    assert not page.exception
    first, second = (json.loads(c.proto.json) for c in page.get("bidi_component"))
    assert first["value"]["alt"] == "Nothing yet"
    assert first["height"] == 200
    assert first["source"] == LIBRARY
    assert not re.search(r"//|^/", LIBRARY), "of this server, below wherever it stands"
    assert second["value"]["figure"]["data"][0]["type"] == "scatter"


def test_an_axis_fits_what_ends_close_together_and_says_where_it_starts():
    close = [(0.95, 0.94, 0.96), (0.97, 0.96, 0.98)]
    axis = fitted("Test accuracy, %", close)
    low, high = axis["range"]
    assert 85 <= low < 94
    assert high > 98
    assert axis["title"]["text"] == f"Test accuracy, %<br>(axis starts at {low})"
    apart = [(0.2, 0.1, 0.3), (0.97, 0.96, 0.98)]
    for ends in (apart, [], [(math.nan, math.nan, math.nan)]):
        assert fitted("%", ends) == {"title": {"text": "%"}, "range": [0, 104]}
    one_seed = [(0.95, math.nan, math.nan), (0.96, math.nan, math.nan)]
    assert fitted("%", one_seed)["range"][0] == 90
