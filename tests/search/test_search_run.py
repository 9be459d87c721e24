from __future__ import annotations

import dataclasses
import json
import os
import re
import signal
import subprocess
import sys
from pathlib import Path

import pytest
import torch

from kdlab import checks, data
from kdlab.config.schema import DistilConfig
from kdlab.errors import DamagedError, StoreError
from kdlab.events import (
    Progress,
    RunFinished,
    SearchFinished,
    SearchStarted,
    TeacherReady,
    TrialsDone,
    from_json,
)
from kdlab.experiments.run import run as work
from kdlab.experiments.search import load_result, run, share, space, tried
from kdlab.experiments.search.config import GROUP
from kdlab.experiments.search.folder import living
from kdlab.experiments.search.journal import NAME
from kdlab.measure.gain import paired_gain
from kdlab.storage.store import Store

ROOT = Path(__file__).resolve().parents[2]


def trials_of(events):
    return [row for e in events if isinstance(e, TrialsDone) for row in e.trials]


def test_a_search_from_the_start_to_the_link(config, store, trained):
    events = list(run(config, store))
    started = next(e for e in events if isinstance(e, SearchStarted))
    assert (started.resumed, started.trials) == (0, 6)
    assert started.candidates > 3
    assert sum(isinstance(e, TeacherReady) for e in events) == 1
    rows = trials_of(events)
    assert sorted(row["number"] for row in rows) == list(range(6))
    assert [count for _, count in trained] == [GROUP, GROUP], "a group is one cohort, and whole"
    for row in rows:
        assert row["parameters"] <= config.max_parameters
        assert len(row["accuracy"]) == config.seeds
        assert row["latency_ms"] > 0
        assert 0 <= row["alpha"] <= 1
    finished = events[-1]
    assert isinstance(finished, SearchFinished)
    assert finished.workers == 1
    best, test = finished.best, finished.test
    assert best["validation_accuracy"] == max(sum(row["accuracy"]) / 2 for row in rows)
    assert best["number"] in {row["number"] for row in rows}
    assert finished.front[-1]["validation_accuracy"] == best["validation_accuracy"]

    # fresh seeds, the same architecture, paired, and the resolution of the test images
    tuned = set(range(config.first_seed, config.first_seed + config.seeds))
    assert len(test["seeds"]) >= 5
    assert not tuned & set(test["seeds"])
    assert test["labels_only"]["student"] == test["best"]["student"] == best["student"]
    again = list(work.run(DistilConfig.parse(best["config"]), store, cache=False))
    groups = next(e for e in again if isinstance(e, RunFinished)).groups
    assert [g["accuracy"] for g in groups] == [
        pytest.approx(test[key]["accuracy"]) for key in ("labels_only", "best")
    ]
    gain = paired_gain(test["labels_only"]["accuracy"], test["best"]["accuracy"], 1 / 60)
    assert test["gain"]["mean"] == pytest.approx(gain.mean)
    assert test["gain"]["ci95"] == pytest.approx(list(gain.ci95))
    assert test["gain"]["seeds"] == len(test["seeds"])
    for event in events:
        told = json.loads(event.to_json(), parse_constant=pytest.fail)
        assert json.loads(from_json(event.to_json()).to_json()) == told


def test_every_trial_keeps_every_limit_and_teachers_are_searched_too(config, store):
    update = {"max_flops": 60, "max_bytes": 800, "search_teacher": True, "trials": 13}
    config = config.model_copy(update={**update, "max_parameters": 0})
    events = list(run(config, store))
    rows = trials_of(events)
    assert len(rows) == 13
    assert max(row["flops_per_image"] for row in rows) <= 60
    assert max(row["bytes"] for row in rows) <= 800
    used = {row["teacher"] for row in rows}
    assert "mlp-16" in used or "mlp-64" in used
    assert len(used) > 1
    assert events[-1].best["config"]["teacher"] in used
    assert set(events[-1].importance) <= {
        *("depth", "width", "method", "teacher", "temperature", "alpha")
    }


def test_a_finished_search_is_read_and_not_trained_again(config, store, trained):
    first = list(run(config, store))
    del trained[:]
    again = list(run(config, store))
    assert again[-1].to_json() == first[-1].to_json()
    assert trials_of(again) == trials_of(first)
    assert trained == []


def test_more_trials_continue_it_and_fresh_ones_put_it_aside(config, store, folder, trained):
    first = trials_of(run(config, store))
    del trained[:]
    events = list(run(config.model_copy(update={"trials": 8}), store))
    assert [count for _, count in trained] == [GROUP], "the whole cohort, for the two that miss"
    assert [e.resumed for e in events if isinstance(e, SearchStarted)] == [6]
    rows = trials_of(events)
    assert [row for row in rows if row["number"] < 6] == first
    assert len(rows) == 8
    fewer = list(run(config.model_copy(update={"trials": 1}), store))
    assert fewer[-1].trials == 8, "what is known counts"

    del trained[:]
    anew = trials_of(run(config, store, cache=False))
    assert sum(count for _, count in trained) == 2 * GROUP
    kept = folder.with_name(folder.name + "-before-1")
    assert (kept / "journal.log").is_file()
    same = ("student", "method", "temperature", "alpha", "accuracy")
    assert [[r[k] for k in same] for r in anew] == [[r[k] for k in same] for r in first]


def test_closed_in_the_middle_it_loses_no_finished_trial(config, store, folder, trained):
    config = config.model_copy(update={"trials": 12})
    events = run(config, store)
    done = []
    for event in events:
        if isinstance(event, TrialsDone):
            done += event.trials
        if done and isinstance(event, Progress) and len(trained) == 2:
            break  # in the middle of the second group
    events.close()
    assert len(done) == GROUP
    assert not list(folder.glob("share-*.json"))
    del trained[:]
    rest = list(run(config, store))
    assert [e.resumed for e in rest if isinstance(e, SearchStarted)] == [GROUP]
    rows = trials_of(rest)
    assert [row for row in rows if row["number"] < GROUP] == done
    assert len(rows) == 12
    assert sum(count for _, count in trained) == 12 - GROUP, "none is trained twice"


def answer(events):
    """What a search tells, but for what is measured with a clock."""
    rows = [{**row, "latency_ms": 0} for row in trials_of(events)]
    found = events[-1]
    return sorted(rows, key=lambda r: r["number"]), found.best["number"], found.importance


def test_the_trials_of_a_search_that_was_stopped_are_shown_without_training(
    config, store, folder, trained
):
    assert tried(config, store) == []
    going = run(config, store)
    for event in going:
        if isinstance(event, TrialsDone):
            break
    going.close()
    done, count = trials_of([event]), len(trained)
    assert 0 < len(done) < config.trials
    started, told = tried(config, store)
    assert told.trials == done
    assert (started.resumed, started.trials) == (len(done), config.trials)
    assert load_result(config, store) == [], "it is no result"
    finished = list(run(config, store))
    begun = next(event for event in finished if isinstance(event, SearchStarted))
    assert (begun.candidates, begun.machine) == (started.candidates, started.machine)
    more = config.model_copy(update={"trials": 50})
    assert len(tried(more, store)[1].trials) == config.trials
    other = config.model_copy(update={"max_parameters": 39})
    assert tried(other, store) == []
    assert len(trained) > count
    (folder / "costs.json").write_text("{", encoding="utf-8")
    with pytest.raises(StoreError, match=r"costs\.json"):
        tried(config, store)


def test_continued_in_steps_it_finds_what_it_finds_at_once(config, store, tmp_path):
    """Also where the steps cut groups apart, of which one is given up as a whole."""
    whole = config.model_copy(update={"trials": 20})
    at_once = list(run(whole, Store(tmp_path / "at once", bundled=None)))
    for trials in (6, 7, 18):
        list(run(config.model_copy(update={"trials": trials}), store))
    told = list(run(whole, store))
    assert answer(told) == answer(at_once)
    assert {row["state"] for row in answer(told)[0]} == {"complete", "pruned"}


def test_stopped_anywhere_and_resumed_it_finds_the_same(config, store, tmp_path):
    whole = config.model_copy(update={"trials": 18})
    alone = answer(list(run(whole, store)))
    other = Store(tmp_path / "stopped", bundled=None)
    ended = []
    for after in range(2, 400, 9):
        events = run(whole, other)
        told = []
        for event in events:
            told.append(event)
            if len(told) == after and not isinstance(event, SearchFinished):
                events.close()
        ended.append(isinstance(told[-1], SearchFinished))
        if ended[-1]:
            break
    assert len(ended) > 3
    assert answer(told) == alone


def test_two_that_work_at_the_same_time_divide_the_trials(config, store, trained):
    config = config.model_copy(update={"trials": 18})
    parts = {"helper": share(config, store), "searcher": run(config, store)}
    told = {name: [] for name in parts}
    while parts:
        for name, part in list(parts.items()):
            event = next(part, None)
            if event is None:
                del parts[name]
            else:
                told[name].append(event)
    assert len(trained) == 5, "none is trained twice"
    for events in told.values():
        assert len({row["number"] for row in trials_of(events)}) == len(trials_of(events)) == 18
    assert isinstance(told["searcher"][-1], SearchFinished)
    assert told["searcher"][-1].workers == 2
    assert not any(isinstance(e, SearchFinished) for e in told["helper"])


def test_nothing_is_put_aside_while_others_work_on_it(config, store, folder):
    other = share(config, store)
    assert any(isinstance(event, SearchStarted) for event in other)
    with pytest.raises(StoreError, match="1 other process is at work"):
        list(run(config, store, cache=False))
    other.close()
    assert list(run(config, store, cache=False))[-1].trials == 6


def test_images_that_changed_are_not_mixed_with_the_others(config, store, monkeypatch):
    monkeypatch.setattr(checks, "may_change", lambda config: True)
    list(share(config.model_copy(update={"trials": 1}), store))
    assert list(run(config, store))[-1].trials == 6
    real = data.read

    def changed(config):
        split = yield from real(config)
        split.train.inputs[0] += 1
        return split

    monkeypatch.setattr(data, "read", changed)
    with pytest.raises(StoreError, match="are not those of the search"):
        list(run(config, store))


def test_answers_of_a_file_that_changed_are_not_mixed_with_the_others(config, store, monkeypatch):
    monkeypatch.setattr(checks, "may_change", lambda config: True)
    real, answer = data.read, 0.0

    def answered(config):
        split = yield from real(config)
        parts = (split.train, split.validation, split.test)
        said = [torch.full((len(part.targets), len(split.classes)), answer) for part in parts]
        return dataclasses.replace(split, answers=tuple(said))

    monkeypatch.setattr(data, "read", answered)
    list(share(config.model_copy(update={"trials": 1}), store))
    assert list(run(config, store))[-1].trials == 6
    answer = 1.0
    with pytest.raises(StoreError, match=r"or answers of .* are not those of the search"):
        list(run(config, store))


HELPER = """
import sys
from kdlab.experiments.search import SearchConfig, share
from kdlab.measure.gain import paired_gain
config = SearchConfig.from_json(sys.argv[1])
for event in share(config):
    print(type(event).__name__, flush=True)
"""


def helper(config, store):
    return subprocess.Popen(
        [sys.executable, "-c", HELPER, config.to_json()],
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "KDLAB_HOME": str(store.home), "OMP_NUM_THREADS": "1"},
    )


def asked_beside_another(folder):
    """Whether one has asked for trials while another had some in training."""
    return bool(re.search(r'"beside":\s*[1-9]', (folder / NAME).read_text(encoding="utf-8")))


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGKILL")
def test_two_processes_cooperate_until_one_is_killed(config, store, trained):
    config = config.model_copy(update={"trials": 60, "epochs": 30})
    folder = store.home / "searches" / space.fingerprint(config)
    list(share(config.model_copy(update={"trials": GROUP}), store))
    del trained[:]
    other = helper(config, store)
    lines = iter(other.stdout)
    for _ in range(2):  # what was there before, and its own first group
        assert any("TrialsDone" in line for line in lines)
    events, killed = [], False
    for event in run(config, store):
        events.append(event)
        if killed or len(trained) < 3 or not isinstance(event, Progress):
            continue
        if asked_beside_another(folder):  # until then the other may have been between two groups
            assert other.poll() is None, "it is at work, in the middle of a cohort"
            other.send_signal(signal.SIGKILL)  # it holds trials, and perhaps the lock
            other.communicate()
            killed = True
    assert killed
    rows = trials_of(events)
    assert len({row["number"] for row in rows}) == len(rows) == events[-1].trials == 60
    mine = sum(count for _, count in trained)
    assert 60 - mine >= 2 * GROUP, "what the other has finished is kept"
    assert {row["number"] for row in rows} == set(range(60)), "what it left was tried again"
    assert events[-1].workers == 2
    assert living(folder) == {}, "the file that the dead one left counts for nobody"


def test_a_broken_result_is_told_and_made_again_from_the_trials(config, store, folder, trained):
    first = list(run(config, store))
    path = folder / "result-6.jsonl"
    whole = path.read_text()
    path.write_text(whole[:-50])
    with pytest.raises(DamagedError, match="is damaged") as caught:
        load_result(config, store)
    assert caught.value.files == (path.name,)
    del trained[:]
    remark, *again = run(config, store)
    assert path.name in remark.text
    assert trials_of(again) == trials_of(first)
    assert trained == []
    assert path.read_text().splitlines()[:2] == whole.splitlines()[:2]
    assert load_result(config, store)


def test_broken_costs_are_named(config, store, folder):
    list(share(config.model_copy(update={"trials": 1}), store))
    path = folder / "costs.json"
    path.write_text("{}")
    with pytest.raises(StoreError, match="measured again and no trial is lost") as caught:
        list(run(config, store))
    assert str(path) in str(caught.value)


def test_a_journal_of_a_version_that_did_not_count_groups_goes_on(config, store, folder):
    """Its trials count under the numbers that they had, and new groups come after them."""
    first = trials_of(run(config, store))
    path = folder / "journal.log"
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        for name in ("group", "place", "beside"):
            line.get("user_attrs", {}).get("asked", {}).pop(name, None)
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    events = list(run(config.model_copy(update={"trials": 14}), store))
    rows = trials_of(events)
    assert [e.resumed for e in events if isinstance(e, SearchStarted)] == [6]
    assert [row for row in rows if row["number"] < 6] == first
    assert sorted(row["number"] for row in rows) == [*range(6), *range(8, 16)]
    assert events[-1].trials == 14
