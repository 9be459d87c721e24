"""What a browser tab remembers of the lessons is taken back, and nothing else."""

from __future__ import annotations

import json
import math

import pytest

from pages.ui.guide import keeping, progress, runs

GAIN = {"settings": "0123456789abcdef", "first": 0, "count": 1, "mean": 0.8, "unit": "points",
        "digits": 1}  # fmt: skip


@pytest.fixture
def session(monkeypatch):
    """Somebody whose page was loaded anew."""
    made: dict = {}
    monkeypatch.setattr("streamlit.session_state", made)
    return made


@pytest.fixture
def mounted(monkeypatch):
    """What the component was told last."""
    told: dict = {}
    monkeypatch.setattr(keeping, "kept", lambda key, keep, **more: told.update(keep=keep, **more))
    return told


def test_a_new_session_goes_on_where_the_tab_was(session, mounted):
    own = progress.of("soft-targets")
    own.furthest, own.right = 4, {3: False}
    own.done |= {1, 2, 3}
    session["guide.soft-targets.3.given"] = "It hurts"
    session["guide.soft-targets.3.choice"] = "another widget"
    keeping.remember()
    assert not mounted["fresh"]
    session.clear()
    kept = mounted["keep"]
    keeping.remember()
    assert mounted["fresh"]
    keeping.take(kept)
    assert progress.of("soft-targets") == progress.Progress({1, 2, 3}, 4, right={3: False})
    assert session["guide.soft-targets.3.given"] == "It hurts"
    keeping.remember()
    assert json.loads(mounted["keep"]) == json.loads(kept)


def test_what_this_session_knows_better_stays(session, mounted):
    progress.of("a").furthest, progress.of("a").right = 5, {2: True}
    session["guide.a.2.given"] = "mine"
    keeping.take(json.dumps({"a": {"furthest": 2, "right": {"2": False}, "given": {"2": "old"}}}))
    assert (progress.of("a").furthest, progress.of("a").right) == (5, {2: True})
    assert session["guide.a.2.given"] == "mine"


@pytest.mark.parametrize(
    "told",
    [
        "", "[]", "nonsense", '{"a": 3}', '{"a": {"furthest": 100000}}',
        '{"../a": {"furthest": 1}}',
        '{"a": {"given": {"99": "x"}}}', '{"a": {"given": {"1": 3}}}', "[" * 5000,
        json.dumps({"a": {"given": {"1": "x" * 500}}}),
        *(json.dumps({"a": {"gains": [GAIN | wrong]}}) for wrong in (
            {"settings": "<b>"}, {"first": -1}, {"first": 10**30}, {"count": 0}, {"mean": "x"},
            {"mean": math.inf}, {"unit": "<b>"}, {"digits": 1000}, {"digits": None},
        )),
    ],
)  # fmt: skip
def test_nonsense_counts_for_nothing(session, told):
    keeping.take(told)
    assert not [key for key in session if str(key).endswith(".given")]
    assert progress.of("a") == progress.Progress()


def test_a_gain_of_a_tab_is_taken_back(session):
    keeping.take(json.dumps({"a": {"gains": [GAIN]}}))
    (seeds,) = progress.of("a").gains
    assert (seeds.first, seeds.count) == (0, 1)


def test_gains_of_a_tab_and_of_this_session_are_no_more_than_are_remembered(session, mounted):
    for first in (0, runs.MOST_KEPT):
        many = [GAIN | {"first": first + more} for more in range(runs.MOST_KEPT)]
        keeping.take(json.dumps({"a": {"gains": many}}))
    assert len(progress.of("a").gains) == runs.MOST_KEPT
    keeping.remember()
    assert len(json.loads(mounted["keep"])["a"]["gains"]) == runs.MOST_KEPT
