"""``python -m kdlab study``: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import json
import math

import pytest

from kdlab.config.words import allowed_values
from kdlab.errors import DataError
from kdlab.events import RunFailed
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.study import report
from kdlab.studies import STUDIES
from kdlab.studies.mistakes.study import MistakesConfig

QUICK = [
    *("--teacher", "mlp-16", "--teacher-epochs", "3", "--student", "mlp-8", "--epochs", "3"),
    *("--train-limit", "200", "--labels", "50", "--seeds", "2"),
]


@pytest.fixture
def asked(monkeypatch, kdlab):
    """The study, configuration and cache that a command line asks the core for."""

    def of(*argv):
        seen = {}

        def stream(experiment, config, *, workers, cache):
            seen.update(study=experiment.name, config=config, cache=cache)
            yield RunFailed(reason="Enough seen.")

        monkeypatch.setattr(Experiment, "stream", stream)
        code, out, err = kdlab("study", *argv)
        assert (code, out, err) == (1, "", "Enough seen.\n")
        return seen

    return of


def test_settings_of_the_study_are_options(asked):
    seen = asked("mistakes", "--mistake", "no-square", "--labels", "all", "--no-cache")
    config = MistakesConfig(mistake="no-square", labels="all")
    assert seen == {"study": "mistakes", "config": config, "cache": False}


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_can_be_asked_for_and_its_help_tells_every_setting(asked, kdlab, name):
    seen = asked(name)
    assert seen["study"] == name
    assert type(seen["config"]) is STUDIES[name].config
    code, out, err = kdlab("study", name, "--help")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    assert STUDIES[name].question in words
    for setting, field in STUDIES[name].config.model_fields.items():
        assert f"--{setting.replace('_', '-')} " in words
        assert " ".join(field.description.split()) in words
    assert "Exit code" in words


def test_the_choices_of_a_setting_are_in_the_help(kdlab):
    words = "".join(kdlab("study", "mistakes", "--help")[1].split())  # lines break at hyphens
    assert allowed_values(MistakesConfig, "mistake").replace(" ", "") in words


def test_the_list_names_every_study_and_its_question(kdlab):
    code, out, err = kdlab("study", "--list")
    assert (code, err) == (0, "")
    for line, study in zip(out.splitlines(), STUDIES.values(), strict=True):
        assert line.split() == [study.name, *study.question.split()]


def test_a_file_of_settings(asked, tmp_path):
    file = tmp_path / "study.json"
    file.write_text(MistakesConfig(mistake="reversed-kl", seeds=9).to_json())
    config = asked("mistakes", "--config", file, "--seeds", "3")["config"]
    assert config == MistakesConfig(mistake="reversed-kl", seeds=3)


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("", "no study was named. Allowed: "),
        ("nonsense", "invalid choice: 'nonsense'"),
        ("mistakes --mistake typing", "mistake is 'typing'. Allowed: one of misaligned,"),
        ("mistakes --alpha 2", "alpha is 2. Allowed: a number from 0 to 1."),
        ("mistakes --mistakes x", "what `python -m kdlab study mistakes --help` lists. Write"),
        ("mistakes --student big", "the architecture 'big' is not known."),
        ("mistakes --labels 5000", "labels is 5000. Allowed: 1 to 1097"),
    ],
)
def test_a_wrong_setting_exits_with_2_and_a_sentence(kdlab, argv, sentence):
    code, out, err = kdlab("study", *argv.split())
    assert (code, out) == (2, "")
    assert sentence in err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (DataError("it was so", "this", "Do that"), 1, "it was so. Allowed: this. Do that."),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_what_ends_a_study_early_ends_in_words(kdlab, monkeypatch, error, code, sentence):
    def run(*_, **__):
        raise error
        yield

    monkeypatch.setattr(Experiment, "stream", run)
    found, out, err = kdlab("study", "mistakes")
    assert (found, out) == (code, "")
    assert sentence in err


def test_json_words_and_the_store(kdlab, monkeypatch):
    code, out, err = kdlab("study", "mistakes", *QUICK, "--json")
    assert code == 0, err
    assert "training the students: 100 %" in err
    assert out.count("\n") == 1
    found = json.loads(out, parse_constant=pytest.fail)
    assert set(found) == {
        "study", "question", "answer", "config", "teacher_accuracy", "arms", "findings", "basis",
        "teachers", "seconds", "machine",
    }  # fmt: skip
    config = MistakesConfig.parse(found["config"])
    assert (config.seeds, config.teachers_drawn) == (2, 5)
    assert found["basis"].startswith("95 % intervals over 5 teachers, 2 students each")
    arms = {arm["name"]: arm for arm in found["arms"]}
    assert list(arms) == ["labels only", "right", "wrong"]
    for arm in arms.values():
        assert len(arm["accuracy"]) == 2 * 5
        assert arm["cost"]["parameters"] == 8 * 65 + 10 * 9
    pairs = zip(arms["right"]["accuracy"], arms["labels only"]["accuracy"], strict=True)
    gain = sum(a - b for a, b in pairs) / 10
    assert arms["right"]["gain"]["mean"] == pytest.approx(gain)
    assert arms["labels only"]["gain"] is None
    assert len(found["findings"]) == 4

    monkeypatch.setattr("kdlab.data.read", lambda *_: pytest.fail("trained again"))
    code, again, _ = kdlab("study", "mistakes", *QUICK, "--json", "--exhibits")
    told = json.loads(again)
    assert (told["arms"], told["exhibits"]) == (found["arms"], {})

    code, words, _ = kdlab("study", "mistakes", *QUICK)
    assert code == 0
    mean = 10 * sum(arms["right"]["accuracy"])
    assert any(
        f"Right{' ' * 14}" in line and f"{mean:.1f} %" in line for line in words.splitlines()
    )
    for finding in found["findings"]:
        assert f"- {finding['text']}" in words
    assert words.rstrip().endswith(found["basis"])


def test_what_is_no_number_is_null():
    given = {"a": (1.0, math.nan), "b": [{"c": math.inf}], "d": "x", "e": 2}
    assert report.without_nan(given) == {"a": [1.0, None], "b": [{"c": None}], "d": "x", "e": 2}
