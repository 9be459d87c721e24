"""Gains that a learner measures seed by seed stand beside each other: those of the same settings,
in the order of measuring, whatever is folded or loaded anew."""

from __future__ import annotations

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import History
from kdlab.lessons.lesson import Event, Lesson, Link, Prediction, Step
from kdlab.translation import speaking
from pages.ui.guide import going, keeping, panel, progress, runs
from pages.ui.live.session import WORK, LiveScreen

RUN = (Event("run ended"),)
STEP = Step("A", "text", Link("live"), "train", RUN)
NOW = progress.Open(Lesson("x", "X", "", 1, "", "", (STEP,)), 1)
FIRST = DistilConfig(epochs=2, seeds=1)


@pytest.fixture
def session(monkeypatch):
    made: dict = {}
    monkeypatch.setattr("streamlit.session_state", made)
    made["live.screen"] = LiveScreen(WORK)
    return made


def shows(session, config):
    """The page shows the finished run of ``config``, which is on its controls."""
    screen = session["live.screen"]
    screen.config, screen.history = config, History(events_of(config))
    going.state_of("live").values.update(config.model_dump())
    runs.take(NOW)


def measured(session, config):
    session["live.screen"].begins += 1
    shows(session, config)


def seed(number, config=FIRST):
    return config.model_copy(update={"first_seed": number})


def told(now=NOW):
    """Seeds and gains as they are listed."""
    words = runs.lines(now).replace("\\", "").replace("*", "")
    return [each.split(": ") for each in words.removeprefix("Your gains so far: ").split(" · ")]


def test_gains_at_other_settings_are_not_among_them(session):
    longer = FIRST.model_copy(update={"epochs": 20})
    measured(session, FIRST)
    ((name, gain),) = told()
    measured(session, longer)
    ((again, _),) = told()
    assert name == again == "seed 0"
    assert len(progress.of("x").gains) == 2, "neither has taken the place of the other"
    measured(session, seed(1, longer))
    assert [each[0] for each in told()] == ["seed 0", "seed 1"]
    going.state_of("live").values.update(FIRST.model_dump())
    assert told() == [[name, gain]]


def test_the_order_is_that_of_measuring(session):
    for number in (0, 1, 0):
        measured(session, seed(number))
    assert [each[0] for each in told()] == ["seed 1", "seed 0"]
    shows(session, seed(1))
    assert [each[0] for each in told()] == ["seed 1", "seed 0"], "it was looked at, not measured"


def test_several_seeds_are_told_from_one(session):
    measured(session, FIRST)
    measured(session, DistilConfig(epochs=2, seeds=3))
    assert [each[0] for each in told()] == ["seed 0", "seeds 0 to 2"]


def test_they_are_told_in_the_language_that_is_spoken_now(session):
    measured(session, FIRST)
    with speaking("zh"):
        words = runs.lines(NOW)
    assert "个百分点" in words
    assert "seed 0" not in words


def test_what_was_there_before_the_step_began_and_what_has_not_ended_is_not_theirs(session):
    shows(session, FIRST)
    assert runs.lines(NOW) == ""
    measured(session, FIRST)
    progress.of("x").gains.clear()
    session["live.screen"].other = True
    runs.take(NOW)
    assert runs.lines(NOW) == ""


def test_a_step_that_asks_for_a_prediction_lists_none(session):
    asked = Prediction("?", "verdict", ("gain",), Link("live"))
    step = Step("A", "text", Link("live"), "train", RUN, asked)
    measured(session, FIRST)
    assert told()
    assert runs.lines(progress.Open(Lesson("x", "X", "", 1, "", "", (step,)), 1)) == ""


def test_they_are_there_after_the_page_was_loaded_anew(session, monkeypatch):
    mounted: dict = {}
    monkeypatch.setattr(keeping, "kept", lambda key, keep, **more: mounted.update(keep=keep))
    for number in (3, 1, 2):
        measured(session, seed(number))
    before = told()
    keeping.remember()
    session.clear()
    session["live.screen"] = LiveScreen(WORK)
    going.state_of("live").values.update(FIRST.model_dump())
    assert runs.lines(NOW) == ""
    keeping.take(mounted["keep"])
    assert [each[0] for each in told()] == ["seed 3", "seed 1", "seed 2"]
    assert told() == before


def test_no_more_are_kept_than_a_tab_takes_back(session):
    for number in range(runs.MOST_KEPT + 5):
        measured(session, seed(number))
    gains = progress.of("x").gains
    assert [each.first for each in gains] == list(range(5, runs.MOST_KEPT + 5))
    assert len(told()) == runs.MOST


@pytest.mark.parametrize("folded", [False, True])
def test_the_panel_takes_them_folded_or_not(session, monkeypatch, folded):
    session[panel.FOLDED] = folded
    monkeypatch.setattr(progress, "named", lambda: ("x", 1))
    monkeypatch.setattr(progress, "opened", lambda: NOW)
    kept: list[int] = []
    monkeypatch.setattr(keeping, "remember", lambda: kept.append(len(progress.of("x").gains)))
    for name in ("foot", "body"):
        monkeypatch.setattr(getattr(panel, name), "show", lambda *_, **__: None)
    monkeypatch.setattr(runs, "take", lambda now: now.progress.gains.update({now.number: "taken"}))
    monkeypatch.setattr(panel, "guide", lambda *_, **__: None)
    panel.show(panel.slot(), "live")
    assert kept == [1], "and before the tab is told what to keep"
