"""What every page offers to try: a question, its settings, and an answer."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from told import unmarked

from kdlab.config.presets import PRESETS
from kdlab.studies.temperature import TemperatureConfig
from pages.ui.shell import prose
from pages.ui.shell.contents import CONTENTS
from pages.ui.stage import tries
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = [p for name, pages in CONTENTS.items() for p in pages if p.path and name != "Learn"]


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
        task, answer = prose.for_hidden(one.task, ()), prose.for_hidden(one.answer, ())
        assert len(task.split()) >= 4
        assert len(answer.split()) >= 15, f"{entry.text}: {one.name}"
        assert "$" not in one.task + one.answer, "the row knows bold words and code, no formulas"
        for words in (task, answer):
            assert not set("|{}") & set(words), "braces are closed, and the row is split once"


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


def shown(script, **query):
    page = AppTest.from_file(ROOT / f"pages/{script}.py", default_timeout=PATIENCE)
    page.query_params.update(query)
    page.run()
    assert not page.exception
    return page


def names(page):
    row = told(page)
    return [one["name"] for one in row["tries"]] if row else []


def test_an_exercise_offers_nothing_that_would_change_what_it_hides(manager, tried):
    asked = {"temperature": "2", "alpha": "0.3"}
    page = shown("distil/live", hide="alpha,temperature", **asked)
    assert names(page) == [], "every preset has a T and an α of its own"
    open_page = shown("distil/live", **asked)
    assert names(open_page) == [preset.label for preset in PRESETS.values()]


def test_an_exercise_offers_what_leaves_its_hidden_settings_as_they_are(manager, tried):
    hidden = ("alpha", "schedule", "teacher_epochs")
    page = shown("distil/live", hide=",".join(hidden), alpha="0.9")
    before = {name: values(page, "live")[name] for name in hidden}
    offered = names(page)
    assert offered == ["Few labels", "All labels", "Spirals", "A forest"]
    for name in offered:
        tried(page, name)
        assert {name: values(page, "live")[name] for name in hidden} == before


@pytest.mark.parametrize(
    ("script", "hide", "gone"),
    [
        ("distil/map", "alphas", {"All labels", "Wrong labels and α"}),
        ("distil/search", "max_parameters", {"Digits in 500 parameters"}),
        ("distil/full_run", "epochs", {"Digits in a minute", "A quick look at the published pair"}),
        ("teach/temperature", "student", {"A tiny student"}),
        ("use/draw", "shown_temperature", {"T = 4"}),
    ],
)
def test_every_page_keeps_to_what_its_link_hides(manager, script, hide, gone):
    everything = names(shown(script))
    assert set(everything) - set(names(shown(script, hide=hide))) == gone
    assert gone <= set(everything)


def test_an_answer_does_not_tell_what_the_exercise_hides(manager):
    def answer(**query):
        page = shown("distil/live", labels="all", teacher_epochs="1", **query)
        (one,) = [one for one in told(page)["tries"] if one["name"] == "A hasty teacher"]
        return unmarked(one["answer"])

    assert "At α = 0.9 it copies" in answer()
    assert "It copies" in answer(hide="alpha")
    assert "0.9" not in answer(hide="alpha")


def test_what_a_visitor_writes_into_a_link_is_not_kept(manager):
    tries._told.cache_clear()
    shown("distil/live")
    kept = tries._told.cache_info()
    for number in range(3):
        page = shown("distil/live", hide=f"nonsense{number},more")
        assert len(names(page)) == len(PRESETS)
    now = tries._told.cache_info()
    assert now.currsize == kept.currsize, "the same words as without a link"
    assert now.maxsize is not None


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


@pytest.mark.parametrize("text", ["draw", "the_loss", "soft_targets"])
def test_figures_are_told_of_the_networks_that_were_measured_only(text):
    """What a network answered; 2,500 is the square of 50, and 1/C no measurement."""
    measured = re.compile(r"\d %|\d+\.\d+")
    of_others = {tries.MEASURED}
    told = [prose.for_hidden(one.answer, ()) for one in prose.tries(text)]
    assert sum(bool(measured.search(words)) for words in told) >= 3
    for one in prose.tries(text):
        for words in (one.task, one.answer):
            general = prose.for_hidden(words, of_others).strip()
            assert len(general.split()) >= 4, f"{one.name}: something is left to say"
            assert not measured.search(general), general
