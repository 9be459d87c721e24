"""A lesson beside the pages: it goes where its steps are, waits, and finds its place again."""

from __future__ import annotations

from pathlib import Path

import pytest
from fakes import FakeManager, events_of
from streamlit.testing.v1 import AppTest

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import History
from kdlab.lessons.lesson import Event, Link, Prediction, Setting, Step
from kdlab.storage.store import Store
from kdlab.translation import speaking
from pages.ui.guide import going, listed, panel, pointing, progress, waiting
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.shell import workers
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
LESSON = """\
+++
title = "A <b>trial</b>"
about = "About it."
minutes = 3
needs = "Nothing."
+++
The intro.

## First

```step
page = "tools?temperature=2"
control = "temperature"
until = ["temperature >= 8"]
```
Raise **T**.

### After

So it is.

## Second

```question
ask = "Why?"
right = "Because."
because = "It is so."
wrong = [ { say = "Not.", because = "No.", see = "live?labels=50" } ]
```
"""


@pytest.fixture
def lessons(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_LESSONS", str(tmp_path))
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    (tmp_path / "trial.md").write_text(LESSON, encoding="utf-8")
    return tmp_path


def page(path):
    from kdlab.lessons.lesson import Link
    from pages.ui.guide import going, panel
    from pages.ui.shell import carried, state

    carried.read()
    panel.before(path)
    place = panel.slot()
    here = going.state_of(path)
    if here is not None:
        here = state.state(here.page, here.model)
        here.write()
    panel.show(place, path)
    carried.write()
    assert Link


def opened(path, step="0") -> AppTest:
    at = AppTest.from_function(page, args=(path,), default_timeout=PATIENCE)
    at.query_params["lesson"] = f"trial.{step}"
    return at.run()


def words(at) -> str:
    return " ".join(str(each.value) for each in [*at.markdown, *at.caption])


def press(at, key) -> AppTest:
    found = at.button(key=key).click().run()
    assert not found.exception
    return found


def test_a_lesson_begins_goes_on_waits_and_goes_back(lessons):
    at = opened("tools")
    assert "The intro" in words(at)
    assert "A \\<b\\>trial" in words(at)
    at = press(at, "guide.next")
    assert "Lesson step 1 of 2" in words(at)
    assert "Waits for: Temperature T ≥ 8" in words(at).replace("\\", "")
    assert at.session_state["link.tools"]["values"]["temperature"] == 2
    assert at.query_params["lesson"] == "trial.1"
    assert at.button(key="guide.next").disabled, "and in its place, for whoever is quick"
    at.session_state["link.tools"]["values"]["temperature"] = 9.0
    at.run()
    assert "So it is" in words(at)
    assert "Done." in words(at)
    assert "guide.skip" not in [each.key for each in at.button]
    at = press(at, "guide.next")
    at = press(at, "guide.back")
    assert "So it is" in words(at), "what is done stays done"


def test_a_step_can_be_skipped_and_the_end_counts(lessons):
    at = press(press(opened("tools"), "guide.next"), "guide.skip")
    at.radio[0].set_value("Not.").run()
    at = press(at, "guide.trial.2.give")
    assert "It is so" in words(at)
    assert any(each.label == "See it: Live distillation" for each in at.button)
    at = press(at, "guide.next")
    assert "0 of 1 predictions and answers were right, 1 wrong." in words(at)
    at = press(at, "guide.leave")
    assert "guide.leave" not in [each.key for each in at.button]
    assert "lesson" not in at.query_params


def test_a_link_leads_to_its_step_and_keeps_what_its_address_says(lessons):
    at = AppTest.from_function(page, args=("tools",), default_timeout=PATIENCE)
    at.query_params["lesson"] = "trial.1"
    at.query_params["temperature"] = "5"
    at.run()
    assert at.session_state["link.tools"]["values"]["temperature"] == 5
    assert "Lesson step 1 of 2" in words(at)
    assert "Lesson step 1 of 2" in words(at.run())


def test_a_step_without_a_page_is_where_the_one_before_it_is(lessons):
    at = opened("live", step="2")
    assert at.session_state["link.tools"]["values"]["temperature"] == 2, "it has gone to the tools"
    at = opened("tools", step="2")
    assert at.session_state["link.tools"]["values"]["temperature"] == 4, "it is there, and stays"


def test_who_has_gone_elsewhere_has_a_way_back_and_at_the_end_one_on(lessons):
    at = opened("live", step="1")
    assert at.button(key="guide.way_back").label == "Back to In your tool"
    assert "guide.way_back" not in [each.key for each in opened("tools", step="1").button]
    listed_now = list(listed.found().lessons.values())
    assert listed.after(listed_now[0]) == listed_now[1]
    assert listed.after(listed_now[-1]) is None
    at = AppTest.from_function(page, args=("tools",), default_timeout=PATIENCE)
    at.query_params["lesson"] = f"{listed_now[0].name}.{len(listed_now[0].steps) + 1}"
    at = press(at.run(), "guide.next_lesson")
    assert at.query_params["lesson"] == f"{listed_now[1].name}.0"


def test_a_link_to_nothing_that_is_left_hides_what_it_hid(lessons):
    at = AppTest.from_function(page, args=("tools",), default_timeout=PATIENCE)
    at.query_params["lesson"] = "nobody.1"
    at.query_params["hide"] = "train"
    at.session_state["link.hide"] = ["train"]
    at = press(at.run(), "guide.leave")
    assert at.session_state["link.hide"] == ["train"]


def test_what_a_lesson_hides_is_there_again_when_it_is_left(lessons):
    text = LESSON.replace("tools?temperature=2", "tools?temperature=2&hide=alpha")
    (lessons / "trial.md").write_text(text, encoding="utf-8")
    at = press(opened("tools"), "guide.next")
    assert at.query_params["hide"] == "alpha"
    at = press(at, "guide.leave")
    assert "hide" not in at.query_params
    at = AppTest.from_function(page, args=("tools",), default_timeout=PATIENCE)
    at.query_params["hide"] = "train"
    at.run()
    at.session_state["link.hide"] = ["train"]
    at.session_state["link.lesson"] = "trial.0"
    at = press(press(press(at.run(), "guide.next"), "guide.skip"), "guide.leave")
    assert at.query_params["hide"] == "train", "what was hidden before is"


@pytest.mark.parametrize("value", ["nobody.1", "trial.61", "trial.99", "../x.1", "<b>", "trial.x"])
def test_a_link_to_nothing_is_told_or_ignored(lessons, value):
    at = AppTest.from_function(page, args=("tools",), default_timeout=PATIENCE)
    at.query_params["lesson"] = value
    at.run()
    assert not at.exception
    assert ("no lesson of that name" in words(at)) == (value == "nobody.1")


def test_it_can_be_folded(lessons):
    at = press(opened("tools", "1"), "guide.fold")
    assert "Raise" not in words(at)
    assert "Raise" in words(press(at, "guide.fold"))


def test_the_page_of_lessons_shows_all_and_tells_mistakes(lessons):
    (lessons / "broken.md").write_text(LESSON.replace("until = [", "untill = ["), encoding="utf-8")
    (lessons / "binary.md").write_bytes(b"\xff\xfe\x00")
    at = AppTest.from_file(ROOT / "pages/learn/lessons.py", default_timeout=PATIENCE).run()
    assert not at.exception
    said = words(at)
    assert "A \\<b\\>trial" in said
    assert "Did you mean until" in said
    assert "is no UTF\\-8" in said
    assert {each.label for each in at.expander} >= {"broken\\.md is no lesson yet"}


def finished(config) -> LiveScreen:
    screen = LiveScreen(WORK)
    screen.config, screen.history = config, History(events_of(config))
    screen.begins = 1
    return screen


CONFIG = DistilConfig(epochs=2, seeds=2)
LINK = Link("live", CONFIG.to_query())


def step_of(*until, link=LINK, predicts=False):
    asked = Prediction("?", "verdict", ("gain",), link) if predicts else None
    return Step("A", "text", LINK, "train", tuple(until), asked)


def conditions(monkeypatch, step, screen, values=None):
    """What of the step is not met on the live page, whose session has that screen."""
    session = {"live.screen": screen} if screen is not None else {}
    monkeypatch.setattr("streamlit.session_state", session)
    here = going.state_of("live")
    here.values.update(CONFIG.model_dump() | (values or {}))
    lesson = type("L", (), {"steps": (step,), "name": "x"})()
    return waiting.unmet(progress.Open(lesson, 1), "live")


def test_a_run_ends_a_step_only_at_its_settings(monkeypatch):
    ended = Event("run ended")
    assert conditions(monkeypatch, step_of(ended), None) == [ended]
    looked_up = finished(CONFIG)
    looked_up.begins = 0
    assert conditions(monkeypatch, step_of(ended), looked_up) == [ended], "nobody has begun it"
    assert conditions(monkeypatch, step_of(ended), finished(CONFIG)) == []
    other = finished(CONFIG)
    other.other = True
    assert conditions(monkeypatch, step_of(ended), other) == [ended]
    half = finished(CONFIG)
    half.history.finished = None
    assert conditions(monkeypatch, step_of(ended), half) == [ended]
    elsewhere = finished(CONFIG.model_copy(update={"labels": 50}))
    assert conditions(monkeypatch, step_of(ended, predicts=True), elsewhere) == [ended]
    assert conditions(monkeypatch, step_of(ended, predicts=True), finished(CONFIG)) == []


@pytest.mark.parametrize(
    ("name", "compared", "value", "holds"),
    [
        ("temperature", ">=", "4", True), ("temperature", ">", "4", False),
        ("temperature", "<", "5", True), ("labels", "=", "100", True),
        ("labels", "!=", "all", True), ("labels", "=", "all", False),
        ("dataset", "=", "digits", True), ("epochs", "<=", "2", True),
    ],
)  # fmt: skip
def test_settings_are_compared(monkeypatch, name, compared, value, holds):
    condition = Setting(name, compared, value)
    found = conditions(monkeypatch, step_of(condition), None, {"temperature": 4.0, "labels": 100})
    assert (found == []) is holds


def test_the_control_is_found_after_it_was_drawn_anew(monkeypatch):
    step = Step("A", "text", LINK, "labels")
    lesson = type("L", (), {"steps": (step,), "name": "x"})()
    monkeypatch.setattr("streamlit.session_state", {})
    now = progress.Open(lesson, 1)
    assert ".st-key-live-labels" in pointing.pointed(now, "live").targets
    assert pointing.pointed(now, "map").targets == ()
    import streamlit as st

    st.session_state["live.labels"] = 100
    going.state_of("live").set(labels=50)
    assert ".st-key-live-labels-1" in pointing.pointed(now, "live").targets


def test_a_slider_within_a_component_is_found_by_its_name_in_the_readers_language(monkeypatch):
    monkeypatch.setattr("streamlit.session_state", {})
    step = Step("A", "text", Link("soft-targets"), "temperature")
    now = progress.Open(type("L", (), {"steps": (step,), "name": "x"})(), 1)
    assert '[aria-label^="Temperature T"]' in pointing.pointed(now, "soft-targets").inside
    with speaking("zh"):
        found = pointing.pointed(now, "soft-targets").inside
    assert '[aria-label^="温度 T"]' in found
    assert '[aria-label^="Temperature T"]' in found, "some pages speak English only"


def test_words_of_the_glossary_are_explained_where_they_first_stand_in_a_step(lessons):
    written = LESSON.replace(
        "Raise **T**.", "Raise **T**: logits are \\[logits\\](x), and so is T."
    )
    (lessons / "trial.md").write_text(written, encoding="utf-8")
    told = [each.value for each in opened("tools", "1").markdown]
    text = next(each for each in told if each.startswith("Raise"))
    assert text.startswith('Raise **[T](./words?word=temperature "The number T by which')
    assert text.count("./words?word=logits ") == 1
    assert text.count("./words?word=temperature ") == 1
    assert "\\[logits\\]\\(x\\)" in text, "what a file says itself stays what it is"


def test_only_links_of_the_lab_are_followed(monkeypatch):
    session: dict = {}
    monkeypatch.setattr("streamlit.session_state", session)
    for address in ("https://example.org", "javascript:alert(1)", "nowhere", "live?labels=-5"):
        panel._follow(address)
        assert going.PENDING not in session
    panel._follow("live?labels=50&hide=alpha%2Ctrain")
    assert session[going.PENDING] == "live"
    assert session["link.live"]["values"]["labels"] == 50
    assert session["link.hide"] == ["alpha", "train"]


def test_the_link_of_a_lesson_can_be_handed_out(lessons):
    lesson = listed.found().lessons["trial"]
    assert listed.link(lesson).endswith("/lessons?lesson=trial.0")


def the_link(path):
    import streamlit as st

    from pages.ui.guide import listed
    from pages.ui.shell import carried, projector

    carried.read()
    assert projector
    st.text(listed.link(listed.found().lessons["trial"]))


def test_the_link_of_a_lesson_carries_nothing_of_who_hands_it_out(lessons):
    at = AppTest.from_function(the_link, args=("lessons",), default_timeout=PATIENCE)
    at.query_params["projector"] = "on"
    at.query_params["lesson"] = "trial.1"
    at.run()
    assert at.session_state["link.projector"] == "on"
    assert at.text[0].value.endswith("/lessons?lesson=trial.0")
