"""What every page offers to try: a question, its settings, and an answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.config.presets import PRESETS
from kdlab.studies.temperature import TemperatureConfig
from pages.ui.shell import prose
from pages.ui.shell.contents import CONTENTS
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = [page for section in CONTENTS.values() for page in section if page.path]


def opened(path):
    (entry,) = [page for page in PAGES if page.path == path]
    page = AppTest.from_file(ROOT / entry.script, default_timeout=PATIENCE).run()
    assert not page.exception
    return page


def told(page):
    """What the row "Try this" was told; None where there is none."""
    found = [e for e in page.get("bidi_component") if e.proto.component_name == "kdlab_tries"]
    return json.loads(found[0].proto.json) if found else None


def values(page, name):
    return page.session_state[f"link.{name}"]["values"]


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path)
def test_every_question_has_an_answer(entry):
    offered = prose.tries(entry.text)
    assert len(offered) >= 3
    for one in offered:
        assert len(one.task.split()) >= 4
        assert len(one.answer.split()) >= 15, f"{entry.text}: {one.name}"
        assert "$" not in one.task + one.answer, "the row knows bold words and code, no formulas"
        assert "| " not in one.task


@pytest.mark.parametrize("entry", PAGES, ids=lambda entry: entry.path)
def test_every_name_sets_what_its_page_can_show(entry, manager, tried):
    page = opened(entry.path)
    assert [one["name"] for one in told(page)["tries"]] == [
        one.name for one in prose.tries(entry.text)
    ]
    assert told(page)["chosen"] == ""
    name = told(page)["tries"][-1]["name"]
    tried(page, name)
    assert told(page)["chosen"] == name
    assert not page.error, "settings that can be"
    tried(page, "")
    assert told(page)["chosen"] == ""


def test_a_name_brings_its_settings_and_the_address(manager, tried):
    page = opened("temperature")
    page.session_state["link.study.temperature"]["values"]["epochs"] = 33
    tried(page, "A tiny student")
    assert (
        values(page, "study.temperature")
        == TemperatureConfig(student="mlp-4", epochs=100).model_dump()
    )
    assert page.query_params["student"] == "mlp-4"
    page.session_state["link.study.temperature"]["values"]["seeds"] = 3
    page.run()
    assert told(page)["chosen"] == "A tiny student", "the question stays while one looks around"


def test_every_preset_of_the_live_page_is_offered(manager, tried):
    page = opened("live")
    for preset in PRESETS.values():
        tried(page, preset.label)
        assert values(page, "live") == preset.config.model_dump()


def test_a_task_without_settings_leaves_them(manager, tried):
    page = opened("draw")
    before = dict(values(page, "draw"))
    tried(page, "Scribble")
    assert values(page, "draw") == before
    tried(page, "T = 4")
    assert values(page, "draw") == before | {"shown_temperature": 4.0}


def test_a_link_hides_what_to_try(manager):
    page = AppTest.from_file(ROOT / "pages/distil/map.py", default_timeout=PATIENCE)
    page.query_params["hide"] = "try"
    assert told(page.run()) is None


def test_a_name_without_settings_in_the_page_is_a_mistake_of_the_lab(manager, monkeypatch, caplog):
    more = (*prose.tries("map"), prose.Try("Something else", "What is it?", ""))
    monkeypatch.setattr(prose, "tries", lambda text: more)
    page = AppTest.from_file(ROOT / "pages/distil/map.py", default_timeout=PATIENCE).run()
    assert page.exception
    assert "Something else" in caplog.text


FIGURES = re.compile(r"\d+\.\d+ %")


def test_answers_of_stored_results_have_their_figures():
    """Of runs that come with the lab; what other settings gave takes minutes to run again."""
    from kdlab.experiments.run.experiment import DISTILL
    from kdlab.storage.store import Store

    answers = {one.name: one.answer for one in prose.tries("live")}
    for name in ("few-labels", "all-labels", "hasty-teacher"):
        preset, history = PRESETS[name], None
        config = DISTILL.normal(preset.config)
        history = DISTILL.history(config)
        history.take(DISTILL.load_result(config, Store(Path("/nowhere")), bundled=True))
        summary = DISTILL.summary(history)
        known = set(FIGURES.findall(summary))
        for figure in FIGURES.findall(answers[preset.label]):
            assert figure in known, f"{preset.label}: {figure} is not in {summary}"
