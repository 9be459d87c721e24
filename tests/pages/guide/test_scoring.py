"""All that a lesson has asked is counted at its end: right, wrong, left open by the result, without
a result, not answered."""

from __future__ import annotations

import pytest
from fakes import FakeManager, events_of
from streamlit.testing.v1 import AppTest

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import History
from kdlab.storage.store import Store
from pages.ui.live.session import WORK, LiveScreen
from pages.ui.shell import workers
from tests.patience import PATIENCE

HEAD = '+++\ntitle = "A trial"\nabout = "It."\nminutes = 3\nneeds = "None."\n+++\n'
PREDICT = """
## Predict

```step
page = "live?epochs=2&seeds={seeds}"
```
```predict
ask = "Will it help?"
kind = "verdict"
measure = "gain"
```
"""
QUESTION = """
## A question

```question
ask = "Why?"
right = "Because."
because = "It is so."
wrong = [ { say = "Not.", because = "No." } ]
```
"""


@pytest.fixture
def begun(monkeypatch, tmp_path):
    """Begins a lesson of these steps."""
    monkeypatch.setenv("KDLAB_LESSONS", str(tmp_path))
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))

    def begin(*steps) -> AppTest:
        (tmp_path / "trial.md").write_text(HEAD + "".join(steps), encoding="utf-8")
        at = AppTest.from_function(page, default_timeout=PATIENCE)
        at.query_params["lesson"] = "trial.1"
        return at.run()

    return begin


def page():
    from pages.ui.guide import panel
    from pages.ui.shell import carried

    carried.read()
    panel.before("live")
    panel.show(panel.slot(), "live")
    carried.write()


def of(seeds):
    return PREDICT.format(seeds=seeds)


def press(at, key):
    found = at.button(key=key).click().run()
    assert not found.exception
    return found


def answered(at, step, answer):
    at.radio[0].set_value(answer).run()
    return press(at, f"guide.trial.{step}.give")


def measured(at, seeds):
    """The run of so many seeds has ended on the page; each of them gains."""
    config = DistilConfig(epochs=2, seeds=seeds)
    screen = LiveScreen(WORK)
    screen.config, screen.history, screen.begins = config, History(events_of(config)), 1
    at.session_state["live.screen"] = screen
    found = at.run()
    assert not found.exception
    return found


def score(at) -> str:
    (said,) = [str(e.value) for e in at.markdown if "predictions and answers" in str(e.value)]
    return said


def test_what_was_right_wrong_open_not_measured_and_left_out_adds_up(begun):
    at = begun(of(2), of(3), of(1), QUESTION, of(4), of(5))
    at = press(measured(answered(at, 1, "helped"), 2), "guide.next")
    at = press(measured(answered(at, 2, "hurt"), 3), "guide.next")
    at = press(measured(answered(at, 3, "helped"), 1), "guide.next")
    at = press(answered(at, 4, "Because."), "guide.next")
    at = press(answered(at, 5, "helped"), "guide.skip")
    at = press(at, "guide.skip")
    assert score(at) == (
        "2 of 6 predictions and answers were right, 1 wrong, 1 left open by the result, "
        "1 predicted, not measured, 1 not answered."
    )


def test_a_result_counts_where_the_panel_is_folded(begun):
    at = press(answered(begun(of(2)), 1, "helped"), "guide.fold")
    at = press(measured(at, 2), "guide.next")
    assert score(at) == "1 of 1 predictions and answers were right."


def test_a_result_counts_where_its_step_was_left_before_it_came(begun):
    at = press(answered(begun(of(2), of(3)), 1, "hurt"), "guide.skip")
    at = press(measured(at, 2), "guide.skip")
    assert score(at) == "0 of 2 predictions and answers were right, 1 wrong, 1 not answered."


def test_who_has_predicted_and_measured_nothing_is_told_so(begun):
    at = press(answered(begun(of(2)), 1, "helped"), "guide.skip")
    assert score(at) == "0 of 1 predictions and answers were right, 1 predicted, not measured."


def test_who_has_answered_nothing_is_told_nothing(begun):
    at = press(begun(of(2)), "guide.skip")
    assert "You have come to the end" in " ".join(str(each.value) for each in at.markdown)
    assert not [e for e in at.markdown if "predictions and answers" in str(e.value)]
