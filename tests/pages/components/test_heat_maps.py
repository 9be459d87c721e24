"""Heat maps: a number can be read on the colour of its cell, and a colour claims nothing that
cannot be told."""

from __future__ import annotations

import math
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from fakes import sweep_events_of

from kdlab.events import SweepEpoch
from kdlab.experiments.sweep import SweepConfig, SweepHistory, load_result, normal
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find
from kdlab.studies import load_result as load_study
from pages.ui.charts import colour, sweep
from pages.ui.study.figures import looking
from pages.ui.sweep import page

SMALL_TEXT = 4.5
"""The contrast that WCAG 2.2 asks of it (success criterion 1.4.3)."""
SMALL = normal(SweepConfig(temperatures=(1, 4), alphas=(0, 0.5, 1), seeds=3, epochs=4))


def contrasts(trace):
    """Of every cell with a text, the contrast of its ink with the colour that Plotly gives it."""
    stops = [stop for _, stop in trace["colorscale"]]
    low, high = trace["zmin"], trace["zmax"]
    for values, texts in zip(trace["z"], trace["text"], strict=True):
        for value, text in zip(values, texts, strict=True):
            if not text:
                continue
            told = re.search(r"color:(#\w{6})", text)
            ink = told[1] if told else trace["textfont"]["color"]
            cell = colour.at(stops, (value - low) / (high - low))
            yield colour.contrast(colour.rgb(ink), cell)


@pytest.fixture(scope="module")
def stored():
    config = normal(SweepConfig())
    return SweepHistory(config, load_result(config, Store(Path("/nowhere")), bundled=True))


@pytest.mark.parametrize("name", ["fidelity", "ece", "test"])
def test_numbers_of_a_map_can_be_read_on_every_cell(stored, name):
    trace = sweep.measure(stored, name, None)["data"][0]
    found = list(contrasts(trace))
    assert len(found) == 56
    assert min(found) >= SMALL_TEXT
    assert any("color:#FFFFFF" in text for row in trace["text"] for text in row), "on navy"


def test_gains_can_be_read_on_every_cell(stored):
    trace = sweep.gains(stored, None)["data"][0]
    assert min(contrasts(trace)) >= SMALL_TEXT


def test_similar_layers_can_be_read_on_every_cell():
    study = find("looking")
    events = load_study(study, study.config(), Store(Path("/nowhere")), bundled=True)
    history = StudyHistory(study.config(), events)
    for arm in looking.ARMS:
        for what in ("values", "chance"):
            trace = looking.similar(history, arm, what)["data"][0]
            assert min(contrasts(trace)) >= SMALL_TEXT


def test_every_colour_of_the_scales_has_an_ink():
    for stops in (colour.CIVIDIS, (sweep.WORSE, sweep.SAME, sweep.BETTER)):
        for share in np.linspace(0, 1, 101):
            cell = colour.at(stops, share)
            assert colour.contrast(colour.rgb(colour.ink(cell)), cell) >= SMALL_TEXT
    assert colour.contrast((0, 0, 0), (255, 255, 255)) == pytest.approx(21)


def test_what_cannot_be_told_is_grey(stored):
    trace = sweep.gains(stored, None)["data"][0]
    clear = stored.difference("test").clear.reshape(stored.shape)
    texts = np.array(trace["text"])
    assert {("≈" in text) for text in texts[~clear]} == {True}
    assert set(np.array(trace["z"])[~clear].tolist()) == {0}
    assert trace["colorscale"][1] == [0.5, sweep.SAME]
    assert 0 not in np.array(trace["z"])[clear]


def made(validation, seeds=3):
    """A map that is done, whose cells have these validation accuracies, one number a seed."""
    config = normal(SMALL.model_copy(update={"seeds": seeds}))
    history = SweepHistory(config, sweep_events_of(config, None, 0, 1))
    for known in history._epochs.values():
        last: SweepEpoch = known[-1]
        told = {m: validation.get(m, [0.5] * seeds) for m in last.members}
        known[-1] = replace(last, validation=tuple(tuple(told[m]) for m in last.members))
    return history


def test_the_star_says_whether_it_stands_on_a_plateau():
    cells = SweepHistory(SMALL).plan.cells
    best, same = cells[1], cells[2]
    values = {best: [0.90, 0.91, 0.92], same: [0.91, 0.90, 0.91]}
    history = made(values)
    assert history.best == 1
    assert history.plateau == [2]
    thin, thick = sweep.gains(history, history.best)["layout"]["shapes"]
    assert (thin["x0"], thin["y0"]) == (1.53, -0.47)
    assert thin["line"]["width"] < thick["line"]["width"]
    assert "of the 5 other cells, 1 (thin frames) cannot be told apart" in page.plateau(history)
    alone = made(values | {same: [0.80, 0.81, 0.82]})
    assert alone.plateau == []
    assert "stands alone" in page.plateau(alone)


def test_the_plateau_is_paired_by_seed():
    """Cells share their seeds: what seeds differ by is in both, and hides nothing."""
    cells = SweepHistory(SMALL).plan.cells
    best, always_behind, other_seeds = cells[1], cells[2], cells[4]
    values = {
        best: [0.70, 0.80, 0.90],
        always_behind: [0.68, 0.78, 0.88],
        other_seeds: [0.90, 0.70, 0.79],
    }
    history = made(values)
    _, low, _ = history.mean("validation")
    assert low[1] < 0.78, "its own interval is wide"
    assert 2 not in history.plateau
    assert 4 in history.plateau


def test_a_cell_that_came_to_no_number_is_on_no_plateau():
    cells = SweepHistory(SMALL).plan.cells
    history = made({cells[1]: [0.9, 0.91, 0.92], cells[2]: [0.91, math.nan, 0.91]})
    assert history.plateau == []


def test_one_seed_knows_no_plateau():
    history = made({}, seeds=1)
    assert history.plateau == []
    assert page.plateau(history) == ""


def test_a_map_that_goes_on_has_none_yet():
    history = SweepHistory(SMALL, sweep_events_of(SMALL, 2, 0, 1))
    assert page.plateau(history) == ""
    assert sweep.gains(history, None)["layout"]["shapes"] == []
