"""A search on text: bits per character decide, and are what is told."""

from __future__ import annotations

import json
import math

import pytest
from text_search import NAMES

from kdlab import data
from kdlab.errors import DamagedError
from kdlab.events import SearchFinished, TrialsDone, from_json
from kdlab.experiments.search import (
    group,
    journal,
    judged,
    kept,
    load_result,
    result,
    run,
    study,
    tried,
)
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.search.history import SearchHistory
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS
from kdlab.storage.store import Store
from kdlab.training.arms.arm import Arm
from kdlab.training.evaluator import Look
from kdlab.training.stored_teacher import teacher_of


@pytest.fixture(scope="module")
def found(tmp_path_factory):
    """A finished search on names, and its store."""
    store = Store(tmp_path_factory.mktemp("names") / "home", bundled=None)
    return list(run(NAMES, store)), store


def rows_of(events):
    return [row for e in events if isinstance(e, TrialsDone) for row in e.trials]


def mean(values):
    return sum(values) / len(values)


def trial(number, accuracy, bits, parameters=100, state="complete"):
    return {
        "number": number, "state": state, "student": "gru-4", "teacher": "gru-8",
        "method": "soft-targets", "temperature": 4.0, "alpha": 0.9, "parameters": parameters,
        "bytes": 4, "flops_per_image": 2, "latency_ms": 1.0, "accuracy": accuracy, "bits": bits,
        "epochs": 10,
    }  # fmt: skip


def test_the_fewest_bits_are_the_best_also_where_accuracy_says_otherwise():
    rows = [
        trial(0, [0.5, 0.5], [3.0, 3.2], parameters=50),
        trial(1, [0.2, 0.2], [2.0, 2.2], parameters=100),
        trial(2, [0.9, 0.9], [2.5, 2.5], parameters=100),
        trial(3, [0.9, 0.9], [1.0, 1.0], state="pruned"),
        trial(4, [0.9, 0.9], [3.0, 1000.0], parameters=10),
    ]
    ranked = result.ranked(rows)
    assert [row["number"] for row in ranked] == [1, 2, 0, 4]
    assert ranked[0]["validation_bits"] == pytest.approx(2.1)
    assert ranked[0]["validation_accuracy"] == pytest.approx(0.2)
    assert [row["number"] for row in result.front(rows) if "parameters" in row["on"]] == [4, 0, 1]
    assert SearchHistory([TrialsDone(trials=rows)]).best["number"] == 1


def test_what_is_maximised_is_a_probability_that_falls_with_the_bits():
    values = [judged.value([0.0], [bits]) for bits in (0.0, 1.0, 3.5, 999.0, judged.MOST_BITS)]
    assert values[:2] == [1.0, 0.5]
    assert values == sorted(set(values), reverse=True)
    assert values[-1] > 0
    assert judged.bits_of(judged.value([0.1, 0.2], [2.0, 3.0])) == pytest.approx(2.5)
    assert judged.value([0.25, 0.75]) == 0.5, "of other data it is the accuracy"
    told = judged.counted([-1e-9, 2.5, 1e9, math.inf, math.nan])
    assert told == [0.0, 2.5, *[judged.MOST_BITS] * 3]


def test_a_search_on_names_is_after_bits(found):
    events, store = found
    finished, rows = events[-1], rows_of(events)
    assert isinstance(finished, SearchFinished)
    assert all(len(row["bits"]) == len(row["accuracy"]) == NAMES.seeds for row in rows)
    complete = [row for row in rows if row["state"] == "complete"]
    best = finished.best
    assert best["validation_bits"] == min(mean(row["bits"]) for row in complete)
    assert best["validation_bits"] == mean(best["bits"])
    assert 0 < best["validation_bits"] < 8
    assert all(row["validation_bits"] == mean(row["bits"]) for row in finished.front)
    steps = [row["validation_bits"] for row in finished.front if "parameters" in row["on"]]
    assert steps == sorted(steps, reverse=True)
    test = finished.test
    gain = Gain.of(test["gain"])
    assert gain.measure is BITS
    own, alone = test["best"]["bits"], test["labels_only"]["bits"]
    assert len(own) == len(alone) == len(test["seeds"]) == len(test["best"]["accuracy"])
    assert gain.mean == pytest.approx(mean(own) - mean(alone))
    assert test["teacher_bits"] > 0
    for event in events:
        told = json.loads(event.to_json(), parse_constant=pytest.fail)
        assert json.loads(from_json(event.to_json()).to_json()) == told
    assert load_result(NAMES, store)[-1].to_json() == finished.to_json()


def test_its_journal_holds_probabilities_and_the_bits_beside(found):
    events, store = found
    by_number = {row["number"]: row for row in rows_of(events)}
    drawn = study(NAMES, store)
    assert len(drawn.get_trials()) == len(by_number)
    values = [t.value for t in drawn.get_trials() if t.value is not None]
    assert max(values) == pytest.approx(2 ** -events[-1].best["validation_bits"])
    of_optuna = journal.read_study(kept.folder_of(NAMES, store)).get_trials()
    for one in of_optuna:
        if one.state.name == "COMPLETE":
            bits = one.user_attrs["found"]["bits"]
            assert one.value == pytest.approx(2 ** -mean(bits))
            assert one.intermediate_values[NAMES.epochs] == pytest.approx(one.value)
    (_, done) = tried(NAMES, store)
    assert {row["number"]: row for row in done.trials} == by_number


def test_it_is_told_in_bits(found):
    events, _ = found
    history = SearchHistory(events)
    assert history.judged is BITS
    best, test = events[-1].best, events[-1].test
    told = SEARCH.as_json(NAMES, history)
    assert told["best"]["validation_bits"] == best["validation_bits"]
    assert all("bits" in row for row in told["trials"])
    said = SEARCH.summary(history)
    assert "%" not in said.replace("95 % interval", "")
    assert f"{mean(test['best']['bits']):.2f} bits  mean of" in said
    assert f"{mean(test['labels_only']['bits']):.2f} bits  mean of" in said
    assert "bits per character, 95 % interval" in said
    table = history.table()
    assert table["validation_bits"].min() <= best["validation_bits"]
    results = history.results()
    assert sorted(results["test_bits"]) == sorted(
        [*test["best"]["bits"], *test["labels_only"]["bits"]]
    )


def test_trials_that_a_version_judged_by_accuracy_are_tried_again(found, tmp_path):
    """Their values are no probabilities of characters; the answer that they led to is told."""
    events, store = found
    (path,) = store.home.glob("searches/*/journal.log")
    old = Store(tmp_path / "old", bundled=None)
    folder = old.home / "searches" / path.parent.name
    folder.mkdir(parents=True)
    lines = [json.loads(line) for line in path.read_text().splitlines()]
    for line in lines:
        told = line.get("user_attrs", line.get("user_attr", {})).get("found")
        if told:
            del told["bits"]
    (folder / path.name).write_text("".join(json.dumps(line) + "\n" for line in lines))
    (folder / "costs.json").write_bytes((path.parent / "costs.json").read_bytes())
    name = f"result-{NAMES.trials}.jsonl"
    answer = [json.loads(line) for line in (path.parent / name).read_text().splitlines()]
    for event in answer:
        trials = event["trials"] if isinstance(event.get("trials"), list) else []
        for row in [*trials, *event.get("front", []), event.get("best", {})]:
            row.pop("bits", None)
            row.pop("validation_bits", None)
    (folder / name).write_text("".join(json.dumps(event) + "\n" for event in answer))
    with pytest.raises(DamagedError, match="of another version of the lab"):
        load_result(NAMES, old)
    assert tried(NAMES, old) == []
    again = list(run(NAMES, old))
    same = ("student", "method", "temperature", "alpha", "bits")
    assert [[r[k] for k in same] for r in rows_of(again)] == [
        [r[k] for k in same] for r in rows_of(events)
    ]
    assert load_result(NAMES, old)


def test_a_student_whose_logits_are_no_numbers_counts_as_the_worst(found):
    """Its temperature is so small that z / T is infinite, and with it the loss."""
    _, store = found
    config = NAMES.distil_config(student="mlp-4")
    split = last(data.load(config))
    teacher = ended(teacher_of(config.teacher_config(), split, store, True))[0]
    arms = [
        Arm.of(config, f"{place}", f"{place}", temperature=t, alpha=0.9)
        for place, t in enumerate((4.0, 1e-44))
    ]
    look = last(i for i in group.train(config, arms, split, teacher) if isinstance(i, Look))
    bits = look.bits("validation")
    assert bits[1::2] == [judged.MOST_BITS] * NAMES.seeds
    assert all(0 < value < 8 for value in bits[::2])


def last(items):
    *_, found = items
    return found


def ended(source):
    """What a generator returns."""
    while True:
        try:
            next(source)
        except StopIteration as stop:
            return stop.value
