"""Searches with a limit of what a student costs as an int8 file."""

from __future__ import annotations

import json

import pytest
from quick_search import QUICK

from kdlab import data
from kdlab.device import costs as device
from kdlab.errors import ConfigError, StoreError
from kdlab.events import Progress, SearchStarted, TrialsDone
from kdlab.experiments.search import costs, load_result, run, space, tried
from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.search.report import as_json, summary
from kdlab.storage.store import Store
from kdlab.system import locks

CONFIG = QUICK.model_copy(update={"max_parameters": 20, "max_int8_bytes": 2700, "trials": 2})
"""Of mlp-2, mlp-3 and mlp-2-2, the last has a layer too many for the limit."""


@pytest.fixture(scope="module")
def home(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"), bundled=None)


@pytest.fixture(scope="module")
def events(home):
    """Of one search; three candidates are written."""
    return list(run(CONFIG, home))


@pytest.fixture
def never(monkeypatch):
    """Nothing is measured any more."""

    def as_int8(*_, **__):
        raise AssertionError("measured a second time")

    monkeypatch.setattr(device, "as_int8", as_int8)


def split():
    *_, found = data.load(CONFIG)
    return found


def test_every_trial_keeps_the_limit_and_says_what_it_costs(events):
    rows = [row for e in events if isinstance(e, TrialsDone) for row in e.trials]
    assert {row["student"] for row in rows} <= {"mlp-2", "mlp-3"}
    for row in rows:
        assert row["parameters"] < row["int8_bytes"] <= 2700
        assert row["int8_latency_ms"] > 0
    (started,) = [e for e in events if isinstance(e, SearchStarted)]
    assert started.candidates == 2
    assert "onnxruntime" in started.machine
    progress = [e for e in events if isinstance(e, Progress) and e.stage.startswith("writing and")]
    assert [(e.done, e.total) for e in progress] == [(0, 3), (1, 3), (2, 3)]
    history = SearchHistory(events)
    best = history.finished.best
    assert f"as int8       {best['int8_bytes']:,} bytes" in summary(history)
    assert as_json(CONFIG, history)["best"]["int8_bytes"] == best["int8_bytes"]
    assert history.table()["int8_bytes"].max() <= 2700


def test_candidates_are_measured_once_for_a_search(events, home, never):
    more = list(run(CONFIG.model_copy(update={"trials": 6}), home))
    rows = [row for e in more if isinstance(e, TrialsDone) for row in e.trials]
    assert len({row["number"] for row in rows}) == 6
    assert load_result(CONFIG, home)
    assert tried(CONFIG, home)


def test_a_budget_of_int8_that_nobody_keeps_is_told(events, home, tmp_path, never):
    folder = home.home / "searches" / space.fingerprint(CONFIG)
    (tmp_path / "costs.json").write_bytes((folder / "costs.json").read_bytes())
    tight = CONFIG.model_copy(update={"max_int8_bytes": 1000})
    with pytest.raises(ConfigError, match=r"max_int8_bytes is 1,000.* what mlp-2 has"):
        list(costs.survey(tight, tmp_path, split()))
    slow = CONFIG.model_copy(update={"max_int8_bytes": 0, "max_int8_milliseconds": 1e-6})
    with pytest.raises(ConfigError, match="max_int8_milliseconds is 1e-06"):
        list(costs.survey(slow, tmp_path, split()))


def test_costs_of_an_older_search_are_read_where_no_such_limit_is_set(events, home, tmp_path):
    folder = home.home / "searches" / space.fingerprint(CONFIG)
    known = json.loads((folder / "costs.json").read_text())
    for told in known["students"].values():
        del told["int8_bytes"], told["int8_latency_ms"]
    (tmp_path / "costs.json").write_text(json.dumps(known))
    (found, _) = costs.known_costs(tmp_path)
    assert found.keys() == {"mlp-2", "mlp-3", "mlp-2-2"}
    with pytest.raises(StoreError, match="measured again and no trial is lost"):
        costs.known_costs(tmp_path, on_device=True)


def test_who_comes_second_waits_for_the_one_who_measures(events, home, tmp_path, never):
    folder = home.home / "searches" / space.fingerprint(CONFIG)
    lock = locks.take(tmp_path / "costs.lock")
    waiting = costs.survey(CONFIG, tmp_path, split())
    assert next(waiting).stage == next(waiting).stage == "another process measures the candidates"
    (tmp_path / "costs.json").write_bytes((folder / "costs.json").read_bytes())
    lock.release()
    with pytest.raises(StopIteration) as ended:
        next(waiting)
    assert ended.value.value.students == ("mlp-2", "mlp-3")
    with locks.waited(tmp_path / "costs.lock"):
        pass  # it is free again
