from __future__ import annotations

import dataclasses
import json

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.config.words import allowed_values
from kdlab.events import RunFailed, SearchFinished
from kdlab.experiments import search
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run import run as work
from kdlab.experiments.search import SearchConfig
from kdlab.measure.wording import signed
from kdlab.storage.store import Store

QUICK = [
    *("search", "--dataset", "moons", "--points", "300", "--teacher", "mlp-16"),
    *("--teacher-epochs", "3", "--labels", "20", "--epochs", "4", "--seeds", "2"),
    *("--trials", "6", "--max-parameters", "40"),
]
TRIAL = {
    *("number", "state", "student", "teacher", "method", "temperature", "alpha", "parameters"),
    *("bytes", "flops_per_image", "latency_ms", "accuracy", "epochs"),
}


def test_a_search_as_json_then_in_words_then_continued(kdlab):
    code, out, err = kdlab(*QUICK, "--json")
    assert code == 0
    assert out.count("\n") == 1
    found = json.loads(out, parse_constant=pytest.fail)
    assert list(found) == [
        *("config", "best", "front", "importance", "trials", "test", "machine", "seconds"),
        "workers",
    ]
    assert found["workers"] == 1
    config = SearchConfig.parse(found["config"])
    assert (config.trials, config.max_parameters, config.dataset) == (6, 40, "moons")
    assert [trial["number"] for trial in found["trials"]] == list(range(6))
    for trial in found["trials"]:
        assert set(trial) == TRIAL
        assert trial["parameters"] <= 40
        assert trial["state"] in ("complete", "pruned")
    best = found["best"]
    assert set(best) == TRIAL | {"validation_accuracy", "config"}
    run = DistilConfig.parse(best["config"])
    assert (run.student, run.alpha, run.method) == (best["student"], best["alpha"], best["method"])
    assert run.first_seed == 2
    for row in found["front"]:
        assert set(row) == TRIAL | {"validation_accuracy", "on"}
        assert row["on"]
    assert found["importance"] == {}, "six trials say nothing"
    test = found["test"]
    assert set(test) == {"seeds", "best", "labels_only", "gain", "teacher"}
    assert test["seeds"] == list(range(2, 12))
    for name in ("best", "labels_only"):
        assert test[name]["student"] == best["student"]
        assert len(test[name]["accuracy"]) == 10
    low, high = test["gain"]["ci95"]
    assert low < test["gain"]["mean"] < high
    assert found["seconds"] > 0
    assert "students fit the budget; 6 trials" in err
    assert "judging the best with fresh seeds" in err

    code, out, _ = kdlab(*QUICK)
    assert code == 0
    assert best["student"] in out
    assert f"{best['parameters']:,} parameters" in out
    assert f"95 % interval {signed(100 * low)} to {signed(100 * high)} over 10 seeds" in out

    code, out, err = kdlab(*QUICK, "--trials", "8", "--json")
    assert code == 0
    assert "8 trials, 6 of them done before" in err
    assert json.loads(out)["trials"][:6] == found["trials"]


def test_of_text_it_tells_bits(kdlab):
    argv = ["search", "--dataset", "names", "--train-limit", "2000", "--window", "3"]
    argv += ["--teacher", "mlp-8", "--teacher-epochs", "2", "--student", "mlp-16", "--epochs", "2"]
    argv += ["--seeds", "2", "--trials", "4", "--max-parameters", "700", "--labels", "500"]
    code, out, _ = kdlab(*argv, "--json")
    assert code == 0
    found = json.loads(out, parse_constant=pytest.fail)
    assert all(set(trial) == TRIAL | {"bits"} for trial in found["trials"])
    fewest = min(sum(trial["bits"]) / 2 for trial in found["trials"])
    assert found["best"]["validation_bits"] == fewest
    assert found["test"]["gain"]["measure"] == "bits"
    code, out, _ = kdlab(*argv)
    assert code == 0
    told = found["test"]["best"]["bits"]
    assert f"{sum(told) / 10:.2f} bits  mean of 10 fresh seeds, test characters" in out
    assert " %  mean" not in out


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("--trials 0", "trials is 0. Allowed: a whole number from 1 to 2000"),
        ("--trials 100000", "trials is 100000. Allowed: a whole number from 1 to 2000"),
        ("--max-parameters 20", "max_parameters is 20, and no student here is that small"),
        ("--max-parameters -1", "max_parameters is -1. Allowed: a whole number from 0"),
        ("--max-milliseconds fast", "max_milliseconds is 'fast'. Allowed: a number from 0"),
        ("--search-teacher maybe", "search_teacher is 'maybe'. Allowed: true or false"),
        ("--student ../x", "student is '../x'"),
        ("--max-parameter 5", "Write --max-parameters instead"),
    ],
)
def test_a_wrong_setting_exits_with_2_and_a_sentence(kdlab, argv, sentence):
    code, out, err = kdlab("search", *argv.split())
    assert (code, out) == (2, "")
    assert sentence in err
    assert not (Store().home / "searches").exists(), "told before anything is made"


def test_a_limit_that_only_measuring_shows_to_be_impossible(kdlab):
    code, out, err = kdlab(*QUICK, "--max-flops", "5")
    assert (code, out) == (2, "")
    assert "max_flops is 5, and no student here is that small" in err


def test_a_damaged_journal_exits_with_1_and_its_name(kdlab):
    assert kdlab(*QUICK)[0] == 0
    (journal,) = Store().home.glob("searches/*/journal.log")
    journal.write_text("nonsense\n" + journal.read_text())
    code, out, err = kdlab(*QUICK, "--trials", "7")
    assert (code, out) == (1, "")
    assert f"the journal {journal} is damaged: line 1 is 'nonsense'" in err
    assert "rename or delete the file" in err


def test_every_setting_is_an_option(monkeypatch, kdlab):
    seen = {}

    def stream(experiment, config, *, workers, cache):
        seen.update(config=config, workers=workers, cache=cache)
        yield RunFailed(reason="Enough seen.")

    monkeypatch.setattr(Experiment, "stream", stream)
    argv = ["--max-parameters", "9000", "--max-bytes", "80000", "--max-flops", "70000"]
    argv += ["--max-milliseconds", "0.5", "--trials", "7", "--search-teacher", "true"]
    argv += ["--max-int8-bytes", "20000", "--max-int8-milliseconds", "0.25"]
    code, out, err = kdlab("search", *argv, "--first-seed", "3", "--no-cache", "--workers", "2")
    assert (code, out, err) == (1, "", "Enough seen.\n")
    assert (seen["cache"], seen["workers"]) == (False, 2)
    assert seen["config"] == SearchConfig(
        max_parameters=9000, max_bytes=80_000, max_flops=70_000, max_milliseconds=0.5, trials=7,
        search_teacher=True, first_seed=3, max_int8_bytes=20_000, max_int8_milliseconds=0.25,
    )  # fmt: skip


def test_what_several_workers_found_cannot_be_repeated_and_it_says_so(monkeypatch, kdlab):
    def stream(experiment, config, *, workers, cache):
        for event in search.run(config):
            several = isinstance(event, SearchFinished)
            yield dataclasses.replace(event, workers=2) if several else event

    assert "Found by" not in kdlab(*QUICK)[1]
    monkeypatch.setattr(Experiment, "stream", stream)
    told = kdlab(*QUICK)[1].splitlines()[-1]
    assert told == (
        "Found by 2 workers, which asked in the order of their speed: another search with these "
        "settings may try other students."
    )
    assert json.loads(kdlab(*QUICK, "--json")[1])["workers"] == 2


def test_help_tells_all(kdlab):
    code, out, err = kdlab("search", "--help")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    for name, field in SearchConfig.model_fields.items():
        assert f"--{name.replace('_', '-')} " in words
        assert " ".join(field.description.split()) in words
        if name.startswith("max_"):
            assert allowed_values(SearchConfig, name) in words
    assert max(map(len, out.splitlines())) <= 100
    assert "\n    search " in kdlab("--help")[1]


def test_ctrl_c_ends_in_words(monkeypatch, kdlab):
    def stopped(*_, **__):
        raise KeyboardInterrupt
        yield SearchFinished

    monkeypatch.setattr(work, "teacher_of", stopped)
    code, out, err = kdlab(*QUICK)
    assert (code, out) == (130, "")
    assert err.endswith("stopped\n")
    assert not list(Store().home.glob("searches/*/share-*.json"))


def test_what_several_workers_tell_twice_is_listed_once(monkeypatch, kdlab):
    """Each worker reports the trials of the others, too."""

    def stream(experiment, config, *, workers, cache):
        for event in search.run(config):
            yield event
            yield event

    monkeypatch.setattr(Experiment, "stream", stream)
    code, out, _ = kdlab(*QUICK, "--json")
    assert code == 0
    assert [trial["number"] for trial in json.loads(out)["trials"]] == list(range(6))
