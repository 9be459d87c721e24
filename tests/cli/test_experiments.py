"""The registry: whoever walks it finds the same of every experiment."""

from __future__ import annotations

import ast
import json
import pickle
from dataclasses import replace

import pytest

from kdlab import cli
from kdlab.cli import record
from kdlab.errors import ConfigError
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS, STUDIES

NAMES = ("distill", "sweep", "search", *STUDIES)


def test_every_kind_of_work_is_there_by_its_name_and_settings():
    assert tuple(EXPERIMENTS) == NAMES
    assert all(name == experiment.name for name, experiment in EXPERIMENTS.items())
    settings = [experiment.config for experiment in EXPERIMENTS.values()]
    assert len(set(settings)) == len(settings)
    assert {experiment.command.split()[0] for experiment in EXPERIMENTS.values()} <= set(
        cli.COMMANDS
    )


@pytest.mark.parametrize("name", NAMES)
def test_what_comes_with_the_lab_can_be_told_and_taken_away(name, tmp_path):
    experiment = EXPERIMENTS[name]
    store = Store(tmp_path)
    for config in experiment.presets.values():
        experiment.possible(config)
        config = experiment.normal(config)
        assert experiment.predicted(config).students > 0
        assert experiment.load_result(config, store) == [], "it was not made here"
        history = experiment.history(config)
        assert not history.complete
        assert all(table(history).empty for table in experiment.tables.values())
        history.take(experiment.load_result(config, store, bundled=True))
        assert history.complete
        assert not history.failed
        assert experiment.summary(history)
        asked = dict.fromkeys(experiment.flags, True)
        told = experiment.as_json(config, history, **asked)
        assert json.dumps(told, allow_nan=False)
        assert told["config"] == config.model_dump(mode="json")
        without = {name for name, table in experiment.tables.items() if table(history).empty}
        earlier = {"per-class", "gain-per-class", "confusion", "calibration"}
        assert without <= earlier, "which runs that were kept earlier do not have"
        if name == "language":  # what is sampled cannot be drawn alike elsewhere
            with pytest.raises(ConfigError, match="sampled"):
                experiment.script(config, history)
        else:
            ast.parse(experiment.script(config, history))


@pytest.mark.parametrize("name", NAMES)
def test_jobs_can_be_sent_to_a_worker(name):
    experiment = EXPERIMENTS[name]
    tasks = experiment.tasks(experiment.normal(experiment.config()), 2)
    assert len(tasks) == 1 + experiment.shared
    assert len({task.key for task in tasks}) == len(tasks)
    for task in tasks:
        assert asked(pickle.loads(pickle.dumps(task))) == asked(task)


def asked(task):
    """What a task does, comparable: two partials of the same are no equals."""
    parts = [getattr(task.factory, part, None) for part in ("func", "args", "keywords")]
    return [*parts, task.arguments] if parts[0] else [task.factory, (), {}, task.arguments]


@pytest.mark.parametrize("name", NAMES)
def test_what_is_made_anew_is_no_job_of_anybody_else(name):
    experiment = EXPERIMENTS[name]
    config = experiment.normal(experiment.config())
    known, *_ = experiment.tasks(config, 1)
    anew, *_ = experiment.tasks(config, 1, cache=False)
    again, *_ = experiment.tasks(config, 1, cache=False)
    assert known.key == experiment.tasks(config, 1)[0].key
    assert len({known.key, anew.key, again.key}) == 3
    assert asked(known) != asked(anew)
    assert pickle.loads(pickle.dumps((anew.factory, anew.arguments)))


@pytest.mark.parametrize("name", ["sweep", "search", "methods"])
def test_a_script_of_what_is_not_known_yet_is_refused_in_words(name):
    experiment = EXPERIMENTS[name]
    with pytest.raises(ConfigError, match="first"):
        experiment.script(experiment.config(), None)


@pytest.mark.parametrize(
    ("words", "made"),
    [
        ([], NAMES),
        (["maps"], ("sweep",)),
        (["searches", "temperature"], ("search", "temperature")),
        (["studies"], tuple(STUDIES)),
    ],
)
def test_record_makes_what_was_asked_for(monkeypatch, kdlab, words, made):
    seen = []

    def fake(experiment):
        def again(config, home):
            assert home == record.BUNDLED
            seen.append(experiment.name)
            return [f"like {experiment.noun}"]

        return replace(experiment, record=again)

    monkeypatch.setattr(record, "EXPERIMENTS", {n: fake(e) for n, e in EXPERIMENTS.items()})
    code, out, _ = kdlab("record", *words)
    assert code == 0
    assert tuple(dict.fromkeys(seen)) == made
    assert out.count("\n") == len(seen)


def test_record_of_what_is_none(kdlab):
    code, out, err = kdlab("record", "nonsense")
    assert (code, out) == (2, "")
    assert "study is 'nonsense'" in err
