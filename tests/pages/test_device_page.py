"""The page "On a device": the picture of a stored study, its budget, and its tables."""

from __future__ import annotations

import json
import math
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from told import words

from kdlab.events import ArmDone, Progress
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
from kdlab.studies.device import budget
from kdlab.studies.device.names import BUDGETS, COSTS, PRECISIONS
from kdlab.studies.device.study import NAMES, SMALL, DeviceConfig
from pages.ui.charts import limit
from pages.ui.components import live_chart
from pages.ui.study import page as study_page
from pages.ui.study.figures import device
from tests.patience import PATIENCE

SCRIPT = Path(__file__).parents[2] / "pages" / "use" / "device.py"
PRESETS = {"default": DeviceConfig(), "small": SMALL, "names": NAMES}
STUDY = find("device")


def history_of(name):
    config = PRESETS[name]
    events = load_result(STUDY, config, Store(Path("/nowhere")), bundled=True)
    assert events, "not stored: python -m kdlab record device device-mlp device-names"
    return StudyHistory(config, events)


def opened(**query):
    page = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    for key, value in query.items():
        page.query_params[key] = value
    page.run()
    assert not page.exception
    return page


@pytest.fixture
def dragged(monkeypatch):
    """Leave the line somewhere: ``dragged(page, value)``."""
    draw, heard = device.live_chart, []

    def drawn(*args, on_limit=None, **more):
        heard.append(on_limit)
        draw(*args, on_limit=on_limit, **more)

    def leave(page, value):
        # as the browser's word is heard: before the page is drawn
        page.session_state["test.left"] = value
        page.run()
        assert not page.exception
        return page

    def picture(history, real=device.picture):
        import streamlit as st

        if "test.left" in st.session_state and heard:
            heard[-1](st.session_state.pop("test.left"))
        real(history)

    monkeypatch.setattr(device, "live_chart", drawn)
    monkeypatch.setattr(device, "picture", picture)
    return leave


@pytest.mark.parametrize("name", PRESETS)
@pytest.mark.parametrize("across", COSTS)
def test_every_stored_result_is_drawn(name, across):
    history = history_of(name)
    figure = device.over_cost(history, across, 0.0)
    json.dumps(live_chart.drawn(figure, ""), allow_nan=False)
    points = [t for t in figure["data"] if t.get("meta", {}).get("limited")]
    assert len(points) == 9
    whiskers = [t for t in points if "error_y" in t]
    assert len(whiskers) == 6, "the teacher is one network"
    assert {t["marker"]["symbol"] for t in points} == set(device.SYMBOLS.values())
    assert len({t["marker"]["color"] for t in points}) == 3
    low, high = (
        10 ** figure["layout"]["xaxis"]["range"][0],
        10 ** figure["layout"]["xaxis"]["range"][1],
    )
    assert all(low < t["x"][0] < high for t in points)
    said = device.describe(history, across, 0.0)
    assert "the distilled student in int8" in said
    assert len(device.table(history)) == len(device.soft_table(history)) == 9


def test_the_line_is_where_the_budget_is_and_at_the_end_without_one():
    history = history_of("default")
    told = device.over_cost(history, "bytes", 14.0)["layout"]
    assert told["meta"]["limit"]["value"] == 14.0
    assert told["shapes"][0]["x0"] == told["shapes"][0]["x1"] == 14.0
    none = device.over_cost(history, "bytes", 0.0)["layout"]
    assert none["meta"]["limit"]["value"] is None
    assert none["shapes"][0]["x0"] == none["meta"]["limit"]["high"]
    assert (
        device.over_cost(history, "bytes", 0.001)["layout"]["meta"]["limit"]["value"]
        == (none["meta"]["limit"]["low"])
    )
    assert device.over_cost(history, "bytes", 9e5)["layout"]["meta"]["limit"]["value"] is None


def test_the_slider_offers_a_place_for_every_file():
    history = history_of("default")
    for across in COSTS:
        offered = device.steps(history, across, 0.0)
        assert offered[-1] == 0.0
        assert offered[:-1] == sorted(set(offered[:-1]))
        fitting = {len(budget.fitting(history, across, value)) for value in offered[:-1]}
        costs = {budget.cost(history, file, across) for file in budget.files(history)}
        assert len(fitting) >= len({f"{cost:.3g}" for cost in costs}), "each can be let in"
        assert 17.3 in device.steps(history, across, 17.3)


def test_a_limit_lies_around_all_costs():
    for costs in ([12.5, 320.3], [0.0156, 0.042], [7.0]):
        low, high = limit.ends(costs)
        assert low < min(costs)
        assert high > max(costs)


def test_a_link_sets_the_budget_and_the_sentence_names_what_fits():
    page = opened(kilobytes="14")
    (slider,) = [s for s in page.select_slider if s.label == "Your budget, kB"]
    assert slider.value == 14.0
    said = words(page)
    assert "Within 14.0 kB the best on validation images is the distilled student in int8" in said
    slider.set_value(0.0).run()
    assert not page.exception
    assert "Of all the best on validation images is the teacher" in words(page)
    assert "kilobytes" not in page.query_params


def test_the_budget_of_time_is_another_one():
    page = opened(across="latency", milliseconds="0.018", kilobytes="14")
    (slider,) = [s for s in page.select_slider if s.label == "Your budget, ms"]
    assert slider.value == 0.018
    assert "Within 0.0180 ms" in words(page)
    assert page.query_params["kilobytes"] == "14.0"


def test_where_the_line_is_left_is_the_budget(dragged):
    page = opened()
    dragged(page, 23.874)
    assert page.session_state["link.study.device"]["values"]["kilobytes"] == 23.9
    assert page.query_params["kilobytes"] == "23.9"
    assert "Within 23.9 kB" in words(page)
    (slider,) = [s for s in page.select_slider if s.label == "Your budget, kB"]
    assert slider.value == 23.9
    dragged(page, None)
    assert page.session_state["link.study.device"]["values"]["kilobytes"] == 0.0


def test_a_budget_that_is_hidden_can_be_neither_slid_nor_dragged():
    page = opened(kilobytes="14", hide="kilobytes")
    assert not [s for s in page.select_slider if s.label.startswith("Your budget")]
    (chart,) = [
        c for c in page.get("bidi_component") if c.proto.component_name == "kdlab_live_chart"
    ]
    assert json.loads(chart.proto.json)["limits"] is False
    assert "Within 14.0 kB" in words(page)


@pytest.mark.parametrize("tab", ["Files", "Probabilities"])
def test_the_tabs_have_a_row_for_every_file(tab):
    page = opened()
    page.session_state["study.device.tab"] = tab
    page.run()
    assert not page.exception
    (table,) = page.dataframe
    assert list(table.value["Numbers"]) == list(PRECISIONS.values()) * 3
    assert "onnxruntime" in words(page)


def test_what_has_no_files_yet_shows_how_they_learn():
    history = history_of("default")
    half = StudyHistory(DeviceConfig(), [])
    half.take([history.started, *history.epochs("distilled")])
    assert budget.files(half) == []
    page = AppTest.from_function(_half, default_timeout=PATIENCE).run()
    assert not page.exception
    assert "written and measured when the students have learned" in words(page)


def _half():
    from kdlab.studies import StudyHistory
    from kdlab.studies.device.study import DeviceConfig
    from pages.ui.study.figures import device

    history = StudyHistory(DeviceConfig())
    device.picture(history)
    device.files(history)
    device.soft(history)


def test_while_files_are_measured_the_page_says_so():
    whole = load_result(STUDY, PRESETS["default"], Store(Path("/nowhere")), bundled=True)
    history = StudyHistory(DeviceConfig(), [Progress(stage="asking the teacher", done=1, total=2)])
    last = max(n for n, event in enumerate(whole) if isinstance(event, ArmDone))
    history.take(whole[: last + 1])
    assert study_page._progress(history) == (1.0, "100 %")
    history.take([Progress(stage="writing files", done=3, total=11)])
    assert study_page._progress(history) == (1.0, "100 %, writing files: 3 of 11")


def test_every_cost_has_a_budget():
    assert BUDGETS.keys() == COSTS.keys()
    assert set(BUDGETS.values()) <= DeviceConfig.model_fields.keys()


def test_files_that_could_not_be_made_are_left_out_or_told_as_no_number():
    history = history_of("default")
    networks = history.exhibits["device"]["networks"]
    del networks["teacher"]["fp16"]
    lost = networks["distilled"]["int8"]
    for values in lost.values():
        if isinstance(values, list):
            values[0] = math.nan
    table, soft = device.table(history), device.soft_table(history)
    assert len(table) == len(soft) == 8
    place = budget.files(history).index(budget.File("distilled", "int8"))
    assert table["Same answers, %"][place] == "NaN"
    assert soft["KL from 32 bits, bits"][place] == "NaN"
    for across in COSTS:
        assert device.over_cost(history, across, 0.0)["data"]
        assert len(device.steps(history, across, 0.0)) > 8
        said = device.describe(history, across, 0.0)
        assert "the teacher in int8" in said
        assert "the teacher in 16 bits" not in said
