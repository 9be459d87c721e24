"""The page of language models: what it shows of a run, and what is typed."""

from __future__ import annotations

from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.config.presets import LANGUAGE
from kdlab.errors import JobError
from kdlab.events import Sampled
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.language import Language
from kdlab.experiments.run.run import answer, run
from kdlab.measure.gain import Gain
from kdlab.storage.store import Store
from pages.ui.live import language
from pages.ui.shell import prose, workers

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "pages" / "distil" / "language.py"
QUICK = {
    "train_limit": 2000, "teacher": "mlp-16", "teacher_epochs": 2, "student": "mlp-4",
    "labels": 100, "epochs": 2, "seeds": 2,
}  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    """A store with the quick run."""
    made = tmp_path_factory.mktemp("home")
    list(run(Language.parse(QUICK).run(), Store(made, bundled=None)))
    return made


@pytest.fixture
def page(home, monkeypatch, manager):
    """The page at the quick run, whose worker answers."""
    store = Store(home, bundled=None)
    monkeypatch.setattr(workers, "store", lambda: store)
    monkeypatch.setenv("KDLAB_HOME", str(home))
    monkeypatch.setattr(
        manager, "call", lambda function, *arguments, timeout=None: function(*arguments),
        raising=False,
    )  # fmt: skip
    language._asked.clear()
    language._networks.clear()
    made = AppTest.from_file(str(PAGE), default_timeout=60)
    for name, value in QUICK.items():
        made.query_params[name] = str(value)
    return made


def texts(page):
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.warning])


def test_the_stored_run_is_there_at_once_with_its_verdict(page):
    page.run()
    assert not page.exception
    labels = [metric.label for metric in page.metric]
    assert labels == [
        "Teacher", "Student, labels only", "Student, distilled", "Gain: lower is better",
    ]  # fmt: skip
    assert all(metric.value.endswith("bits") for metric in page.metric)


def test_the_beginning_is_in_the_link_and_an_unknown_character_is_a_sentence(page):
    page.query_params["prefix"] = "sch"
    page.run()
    assert not page.exception
    assert page.text_input(key="language_model.prefix").value == "sch"
    page.text_input(key="language_model.prefix").set_value("añb<b>").run()
    assert not page.exception
    (warning,) = page.warning
    assert "ñ" in warning.value
    assert "<b>" not in warning.value.replace("\\<b\\>", "")


def test_of_a_long_beginning_the_window_is_seen(page):
    page.query_params["prefix"] = "schwarzen"
    page.run()
    assert not page.exception
    assert "The models see only the last 6 characters: warzen" in texts(page)


def test_a_worker_that_does_not_answer_is_told(page, manager, monkeypatch):
    def busy(*arguments, timeout=None):
        raise JobError("no worker has answered", "a worker that is free", "Try again")

    monkeypatch.setattr(manager, "call", busy)
    monkeypatch.setattr(language, "_networks", lambda config, which: None)
    page.run()
    assert not page.exception
    assert any("no worker has answered" in w.value.lower() for w in page.warning)


def test_other_data_than_text_are_refused_in_a_sentence(page):
    page.query_params["dataset"] = "digits"
    page.run()
    assert not page.exception
    assert any("digits" in w.value and "names" in w.value for w in page.warning)
    assert page.query_params.get("dataset") != ["digits"]
    assert page.session_state["link.language_model"]["values"]["teacher_epochs"] == 2


def test_what_is_made_up_is_shown_as_text(home):
    history = fold(run(Language.parse(QUICK).run(), Store(home, bundled=None)))
    made = [{"text": "<b>x</b>", "known": True}, {"text": "", "known": False}]
    history.take([Sampled(epoch=2, samples={"teacher": made})])
    shown = language.made(history)
    assert "&lt;b&gt;x&lt;/b&gt;" in shown
    assert "1 of 2 are new" in shown
    assert "<small> known</small>" in shown


@pytest.mark.parametrize(
    ("title", "name"),
    [("Few labels", "names-few"), ("All labels", "names-all"), ("A grammar", "grammar")],
)
def test_answers_tell_what_was_measured(title, name, tmp_path):
    config = LANGUAGE[name]
    settings = Language.parse(dict(language.TRIES[title]))
    assert settings.run() == config
    answer = next(one.answer for one in prose.tries("language_model") if one.name == title)
    finished = fold(Store(tmp_path).events(config)).finished
    gain = Gain.of(finished.gain)
    means = [sum(group["bits"]) / len(group["bits"]) for group in finished.groups]
    told = [*means[1:], *(abs(v) for v in (gain.mean, *gain.ci95))]
    for value in told:
        assert f"{value:.2f}" in answer, value


def test_the_answer_on_few_labels_tells_of_the_course(tmp_path):
    answer = next(one.answer for one in prose.tries("language_model") if one.name == "Few labels")
    curve = fold(Store(tmp_path).events(LANGUAGE["names-few"])).curve("bits")["labels only"]
    for epoch in (1, -1):
        assert f"{curve.mean[epoch]:.2f} " in answer


def test_the_grammar_that_comes_with_the_lab_tells_the_distance_to_the_truth(tmp_path):
    finished = fold(Store(tmp_path).events(LANGUAGE["grammar"])).finished
    assert finished.truth["distilled"]["kl"] < finished.truth["labels only"]["kl"]


def test_a_worker_says_what_comes_next(home, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(home))
    import numpy as np

    inputs = np.eye(27, dtype=np.float32)[[0, 0, 0, 0, 0, 13]][None]
    told = answer(Language.parse(QUICK).run(), inputs)
    assert {len(rows[0]) for rows in told.values()} == {27}
