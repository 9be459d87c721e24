"""The map page: what it asks of the core, and what it shows of the answer."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from fakes import sweep_events_of
from streamlit.testing.v1 import AppTest
from told import button, course, data, screen, stop, streamed, taken
from told import words as shown

from kdlab.errors import JobError
from kdlab.experiments.study.basis import by_chance
from kdlab.experiments.sweep import SweepConfig, SweepHistory, kept, normal, plan
from kdlab.experiments.sweep.presets import MAPS
from kdlab.jobs import JobState
from kdlab.storage.store import Store
from kdlab.streams.deltas import delta
from pages.ui.charts import sweep as map_charts
from pages.ui.components import live_chart
from pages.ui.shell import prose, workers
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pages" / "distil" / "map.py"
SMALL = SweepConfig(temperatures=(1, 4), alphas=(0, 0.5, 1), seeds=3, epochs=4)


@pytest.fixture
def page(manager, store):
    made = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    for name, value in SMALL.to_query().items():
        made.query_params[name] = value
    return made


def deal(manager, config, epochs=None):
    """Let the shares tell what they have; they end where ``epochs`` is None."""
    for share, job in enumerate(manager.jobs[-2:]):
        job.all_events = sweep_events_of(config, epochs, share, 2)
        if epochs is None:
            job.state = JobState.DONE


# -- training -----------------------------------------------------------------------------------


def test_train_hands_shares_to_the_workers_the_others_after_the_teacher(page, manager):
    page.run()
    assert "Press Train the map" in shown(page)
    button(page, "Train the map").click().run()
    ((run, (config,), _, _),) = manager.submitted
    assert config == normal(SMALL)
    assert run.keywords == {"share": 0, "shares": 2, "cache": True}
    manager.jobs[0].all_events = sweep_events_of(normal(SMALL), 0, 0, 2)
    page.run()
    assert [call[0].keywords["share"] for call in manager.submitted] == [0, 1]
    owners = {call[2] for call in manager.submitted}
    assert len(owners) == 2, "each share needs a lease of its own"
    screen(page, "map").subscription.source.renew()
    assert all(job.renewed for job in manager.jobs), "as long as a browser watches"
    assert not page.exception


def test_the_map_fills_in_and_ends_with_what_validation_chooses(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].all_events = sweep_events_of(normal(SMALL), 0, 0, 2)
    page.run()
    deal(manager, normal(SMALL), epochs=2)
    page.run()
    assert "In training: 15 students" in shown(page)
    assert course(page, "map")["state"] == "runs"
    assert data(page, "map.course")["stops"], "it can be stopped"
    deal(manager, normal(SMALL))
    page.run()
    assert "Trained here: 15 students" in shown(page)
    assert "Open this cell in Live distillation" in shown(page)
    assert "Best cell on validation images" in shown(page)
    assert "Temperature T 1, Weight α 1" in shown(page)
    assert "points on test images, 95 % interval" in shown(page)
    assert course(page, "map")["state"] == "over"
    assert not page.exception


def test_the_map_fills_without_a_run_of_the_page(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    subscription = screen(page, "map").subscription
    drawn = data(page, "chart_map")["value"]
    number, told = streamed(subscription)
    seen = taken({}, told)
    assert seen["map"] == drawn, "the page and the hub draw the same"
    assert seen["cell.name"] == "<b>Best cell on validation images</b>: none yet"
    events, config = sweep_events_of(normal(SMALL), 3, 0, 1), normal(SMALL)
    for last in range(2, len(events) + 1):
        manager.jobs[0].tell(events[:last])
        number, told = streamed(subscription, number)
        seen = taken(seen, told)
        history = SweepHistory(config, events[:last])
        assert seen["map"] == live_chart.drawn(
            map_charts.gains(history, history.best), map_charts.describe(history)
        )
    assert drawn == data(page, "chart_map")["value"], "the page has not run"
    assert "Temperature T 1, Weight α 1" in seen["cell.name"]
    assert seen["cell.gain"].endswith("points on test images so far, after 3 of 4 epochs.")
    (line,) = [t for t in seen["cell"]["figure"]["data"] if t.get("name") == "Distilled"]
    assert line["x"] == [0, 1, 2, 3]
    assert seen["map.course"]["text"].startswith("15 students learn at once: 75 %")
    page.run()
    assert data(page, "chart_map")["value"] == seen["map"]
    assert data(page, "cell.gain")["value"] == seen["cell.gain"]
    assert "Open this cell" not in shown(page), "validation may choose another one in a moment"


def test_an_epoch_of_the_map_tells_the_figures_of_its_cells_and_no_more():
    config, last = normal(SweepConfig()), {}
    events = [e for e in sweep_events_of(config, 12, 0, 1) if type(e).__name__ == "SweepEpoch"]
    history = SweepHistory(config, sweep_events_of(config, 0, 0, 1))
    for event in events:
        history.take([event])
        told = live_chart.drawn(map_charts.gains(history, history.best), "")
        changed, last = delta(last, told), told
    assert {path[3] for path, *_ in changed if path[2:3] == [0]} <= {"z", "text", "zmin", "zmax"}
    assert len(json.dumps(changed)) < 0.3 * len(json.dumps(told))


def test_a_cell_that_was_chosen_is_told_of_whatever_validation_chooses(page, manager):
    page.query_params["row"], page.query_params["column"] = "0", "1"
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].tell(sweep_events_of(normal(SMALL), 3, 0, 1))
    seen = taken({}, streamed(screen(page, "map").subscription)[1])
    assert seen["cell.name"] == "<b>The cell you chose</b>: Temperature T 1, Weight α 0.5"
    assert seen["cell"]["alt"] == "Test accuracy over epochs at Temperature T 1, Weight α 0.5."
    (frame,) = seen["map"]["figure"]["layout"]["shapes"]
    assert (frame["x0"], frame["y0"]) == (0.53, -0.47)
    assert "Open this cell in Live distillation" in shown(page)


def test_the_open_tab_fills_too(page, manager):
    page.session_state["map.tab"] = "Slices"
    page.run()
    button(page, "Train the map").click().run()
    subscription = screen(page, "map").subscription
    number, told = streamed(subscription)
    seen = taken({}, told)
    assert not seen["slice_alpha"]["figure"]["data"]
    manager.jobs[0].tell(sweep_events_of(normal(SMALL), 3, 0, 1))
    number, told = streamed(subscription, number)
    seen = taken(seen, told)
    (line,) = [t for t in seen["slice_alpha"]["figure"]["data"] if t.get("name") == "Distilled"]
    assert line["x"] == ["0", "0.5", "1"]
    assert all(line["y"])
    page.session_state["map.tab"] = "Fidelity and calibration"
    page.run()
    told = taken({}, streamed(subscription)[1])
    assert {"fidelity", "ece"} <= set(told)
    assert not any(name.startswith("slice") for name in told)


def test_stop_keeps_the_picture_and_says_how_far_it_came(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].all_events = sweep_events_of(normal(SMALL), 2, 0, 2)
    page.run()
    stop(page, "map")
    assert all(job.released for job in manager.jobs)
    assert course(page, "map")["state"] == "over"
    said = "Stopped at 25 %: the students shown had not finished. None of this is kept"
    assert said in shown(page)
    assert "α" in shown(page)
    button(page, "Reset").click().run()
    assert "Press Train the map" in shown(page)
    assert not page.exception


def test_an_error_of_a_share_is_told_and_the_others_are_let_go(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].all_events = sweep_events_of(normal(SMALL), 0, 0, 2)
    page.run()
    manager.jobs[1].error = JobError("the disk is full", "a disk with space", "Free some")
    manager.jobs[1].state = JobState.FAILED
    page.run()
    assert "the disk is full. Allowed: a disk with space. Free some." in shown(page)
    assert manager.jobs[0].released
    assert not page.exception


def test_a_manager_that_refuses_is_told(page, manager):
    manager.refuses = JobError("the lab is closing", "work", "Start it")
    page.run()
    button(page, "Train the map").click().run()
    assert "the lab is closing" in shown(page)
    assert not page.exception


# -- what was trained before ------------------------------------------------------------------


def keep(store, config):
    events = sweep_events_of(normal(config))
    kept.save_start(store, normal(config), events[1])
    epochs = [e for e in events if type(e).__name__ == "SweepEpoch"]
    kept.save_cohort(store, normal(config), epochs)


def test_a_stored_map_is_there_at_once_and_nobody_trains(page, manager, store):
    keep(store, SMALL)
    page.run()
    assert "Stored map of this machine: 15 students" in shown(page)
    assert not manager.submitted


def test_a_chosen_cell_travels_in_the_link(page, store):
    keep(store, SMALL)
    page.query_params["row"] = "1"
    page.query_params["column"] = "0"
    page.run()
    assert "The cell you chose: Temperature T 4, Weight α 0" in shown(page).replace("**", "")
    assert "this is the student on labels only itself" in shown(page)
    button(page, "Back to the best on validation images").click().run()
    assert "Best cell on validation images" in shown(page)
    assert "row" not in page.query_params


@pytest.mark.parametrize("name", MAPS)
def test_maps_that_come_with_the_lab_are_there(manager, monkeypatch, tmp_path, name):
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE)
    for key, value in MAPS[name].config.to_query().items():
        page.query_params[key] = value
    page.run()
    assert "Stored map that comes with the lab" in shown(page)
    assert not page.exception


# -- bad input --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("label", "typed", "sentence"),
    [
        ("Temperatures", "0, 1", "“Temperatures” has 0. Allowed"),
        (
            "Temperatures",
            "1, 1",
            "“Temperatures” is '1, 1': 1 appears twice. Allowed: 1 to 32 different",
        ),
        ("Temperatures", "warm", "“Temperatures” is 'warm'"),
        ("Values of α", "", "“Values of α” is nothing"),
        ("Values of α", ",".join(str(n / 500) for n in range(400)), "“Values of α” has 400 values"),
    ],
)
def test_values_that_cannot_be_get_a_sentence_and_no_training(page, label, typed, sentence):
    page.run()
    (field,) = [t for t in page.text_input if t.label == label]
    field.set_value(typed).run()
    assert sentence in shown(page)
    assert button(page, "Train the map").disabled
    assert not page.exception


def test_the_same_axis_twice_gets_a_sentence(page):
    page.query_params["x_axis"] = "temperature"
    page.run()
    assert "“Across” and “Up” are both temperature" in shown(page)


def test_a_link_with_nonsense_falls_back_and_says_so(page):
    page.query_params["temperatures"] = "0,5"
    page.query_params["x_axis"] = "colour"
    page.run()
    assert "“Temperatures” has 0" in shown(page)
    assert "“Across” is 'colour'" in shown(page)
    assert not page.exception


def test_hidden_controls_are_not_there(page):
    page.query_params["hide"] = "train,x_axis,alphas,takeaway,try"
    page.run()
    assert "Train the map" not in [b.label for b in page.button]
    assert "Across" not in [s.label for s in page.selectbox]
    assert "Values of α" not in [t.label for t in page.text_input]
    assert "nothing of that name" not in shown(page)


# -- charts -----------------------------------------------------------------------------------


@pytest.fixture
def history():
    return SweepHistory(normal(SMALL), sweep_events_of(normal(SMALL)))


def test_the_colour_is_the_difference_to_labels_alone(history):
    trace = map_charts.gains(history, 2)["data"][0]
    assert trace["zmin"] == -trace["zmax"]
    expected = 100 * (history.values("test") - history.baseline("test")).mean(axis=1)
    flat = [v for row in trace["z"] for v in row]
    assert flat == pytest.approx(expected.tolist(), abs=1e-3)
    assert trace["y"] == ["1", "4"]
    assert trace["x"] == ["0", "0.5", "1"]


def test_cells_that_are_not_clear_carry_a_sign_and_their_hover_says_it(history):
    trace = map_charts.gains(history, None)["data"][0]
    texts, hovers = trace["text"][0], trace["hovertext"][0]
    assert texts[0].endswith("≈"), "alpha = 0 is labels only"
    assert "cannot be told" in hovers[0]
    assert "+" in texts[2]
    assert "n = 3 seeds" in hovers[2]
    assert "95 %:" in hovers[2]


def test_a_cell_without_numbers_is_empty(history):
    empty = SweepHistory(normal(SMALL), sweep_events_of(normal(SMALL))[:2])
    trace = map_charts.gains(empty, None)["data"][0]
    assert all(v is None for row in trace["z"] for v in row)
    json.dumps(map_charts.gains(empty, None), allow_nan=False)
    assert "Nothing is trained yet" in map_charts.describe(empty)


def test_slices_go_through_the_cell(history):
    across, up = history.config.axes
    row = map_charts.slice_along(history, across, 5)
    column = map_charts.slice_along(history, up, 5)
    line = next(t for t in row["data"] if t.get("name") == "Distilled")
    assert line["x"] == ["0", "0.5", "1"]
    assert line["y"] == pytest.approx(100 * history.values("test")[3:].mean(axis=1))
    assert "Temperature T 4" in row["layout"]["title"]["text"]
    line = next(t for t in column["data"] if t.get("name") == "Distilled")
    assert line["x"] == ["1", "4"]
    assert column["layout"]["shapes"][0]["x0"] == 1


def test_every_chart_is_json_without_nan(history):
    for name in map_charts.MEASURES:
        json.dumps(map_charts.measure(history, name, 0), allow_nan=False)
    json.dumps(map_charts.curves(history, 4), allow_nan=False)
    assert not math.isnan(history.gain(4).mean)


def test_the_words_of_the_page_fit_its_numbers():
    """Cells at alpha 0 are the student on labels alone: none of them can seem clear."""
    compared = SweepHistory(normal(SMALL)).comparisons
    told = {"cells": 6, "compared": compared, "chance": by_chance(compared), "noun": "images"}
    text = prose.text("map", "reading").format(**told)
    assert "best of 6 cells" in text
    assert "of the 4 cells that learn from the teacher about 0.2 would" in text
    assert len(plan(normal(SMALL)).cells) == 6


def test_a_map_that_has_begun_does_not_hide_the_one_that_comes_with_the_lab(
    manager, monkeypatch, tmp_path
):
    """Somebody pressed Train and then Stop: nothing of it is kept yet."""
    config = normal(SweepConfig())
    kept.save_start(Store(tmp_path), config, sweep_events_of(config, 0)[1])
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path))
    page = AppTest.from_file(PAGE, default_timeout=PATIENCE).run()
    assert "Stored map that comes with the lab" in shown(page)


def test_no_verdict_while_the_students_learn(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].all_events = sweep_events_of(normal(SMALL), 2, 0, 1)
    page.run()
    assert "points on test images so far, after 2 of 4 epochs" in shown(page)
    assert "excludes zero" not in shown(page)


def test_other_settings_than_those_of_the_picture_are_said(page, store):
    keep(store, SMALL)
    page.run()
    assert "The results below come from" not in shown(page)
    (field,) = [t for t in page.text_input if t.label == "Temperatures"]
    field.set_value("1, 2").run()
    assert "The results below come from **other settings**" in shown(page)
    button(page, "Use its settings").click().run()
    assert "The results below come from" not in shown(page)


def test_a_cell_that_is_not_there_is_the_best(page, store):
    keep(store, SMALL)
    page.query_params["row"] = "31"
    page.query_params["column"] = "31"
    page.run()
    assert "Best cell on validation images" in shown(page)
    assert not page.exception


def test_a_map_too_large_to_be_remembered_is_refused(page):
    page.query_params["seeds"] = "64"
    page.query_params["epochs"] = "2000"
    page.query_params["temperatures"] = ",".join(str(n) for n in range(1, 31))
    page.run()
    assert "at most 1,000,000 students times epochs" in shown(page)


def test_what_is_on_screen_is_taken_away_also_where_the_controls_say_something_else(page, manager):
    page.session_state["map.tab"] = "Take it away"
    page.run()
    assert [b.label for b in page.get("download_button")] == ["Settings, JSON"]
    assert "No cell of the map has a result yet" in shown(page), "why there is no script yet"
    button(page, "Train the map").click().run()
    deal(manager, normal(SMALL), 0)
    page.run()
    deal(manager, normal(SMALL))
    page.run()
    files = [b.label for b in page.get("download_button")]
    reports = ["Report, HTML", "Report and figures, ZIP"]
    assert files == ["Settings, JSON", "PyTorch script of the cell", "Results, CSV", *reports]
    assert "whose settings are not those above" not in shown(page)
    page.slider(key="map.seeds").set_value(2).run()
    assert not page.exception
    files = [b.label for b in page.get("download_button")]
    assert files[-4:] == ["Settings of the map", "Results, CSV", *reports]
    assert "The map on screen**, whose settings are not those above" in shown(page)


def test_a_map_that_waits_says_so_and_what_it_asks_for_stays_true(page, manager):
    page.run()
    button(page, "Train the map").click().run()
    manager.jobs[0].queue_position = 2
    page.run()
    assert course(page, "map")["state"] == "waits"
    assert "Asked for: 15 students" in shown(page)
    assert "In training" not in shown(page)


def test_who_is_next_is_not_told_for_the_whole_run_that_he_waits(page, manager):
    page.run()
    button(page, "Train the map").click()
    manager.position = 1
    page.run()
    assert "In training: 15 students" in shown(page)
