"""``python -m kdlab sweep``: what goes in, what comes out, and how it ends."""

from __future__ import annotations

import json
import math

import pytest

from kdlab.config.words import allowed_values
from kdlab.errors import DataError
from kdlab.events import RunFailed, SweepEpoch, SweepStarted
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.sweep import SweepConfig, SweepHistory, normal, plan, report
from kdlab.measure.wording import signed
from kdlab.storage.store import Store

QUICK = ["--teacher", "mlp-32", "--teacher-epochs", "3", "--epochs", "3"]
OF_THE_ISSUE = [
    *("--dataset", "digits", "--labels", "100", "--student", "mlp-16"),
    *("--temperatures", "1,2,4,8", "--alphas", "0,0.5,0.9,1", "--seeds", "3"),
]
SMALL = ["--student", "mlp-8", "--temperatures", "1,4", "--alphas", "0,0.9", "--seeds", "2"]


@pytest.fixture
def asked(monkeypatch, kdlab):
    """The configuration, workers and cache that a command line asks the core for."""

    def of(*argv):
        seen = {}

        def stream(experiment, config, *, workers, cache):
            seen.update(config=config, workers=workers, cache=cache)
            yield RunFailed(reason="Enough seen.")

        monkeypatch.setattr(Experiment, "stream", stream)
        code, out, err = kdlab("sweep", *argv)
        assert (code, out, err) == (1, "", "Enough seen.\n")
        return seen

    return of


def in_json(kdlab, *argv):
    code, out, err = kdlab("sweep", *argv, "--json")
    assert code == 0, err
    assert out.count("\n") == 1
    return json.loads(out, parse_constant=pytest.fail)


# -- what is asked --------------------------------------------------------------------------------


def test_the_command_of_the_issue_asks_for_this_map(asked):
    seen = asked(*OF_THE_ISSUE, "--json")
    assert seen == {
        "config": SweepConfig(temperatures=(1, 2, 4, 8), alphas=(0, 0.5, 0.9, 1), seeds=3),
        "workers": 1,
        "cache": True,
    }


def test_other_axes_and_how_it_is_run(asked):
    seen = asked(
        *("--x-axis", "label_noise", "--y-axis", "width", "--label-noises", "0.4,0"),
        *("--widths", "4,8", "--student", "mlp-64", "--workers", "3", "--no-cache"),
        *("--temperature", "2", "--alphas", "0.1"),
    )
    config = seen["config"]
    assert (seen["workers"], seen["cache"]) == (3, False)
    assert config.label_noises == (0, 0.4)
    assert config.widths == (4, 8)
    assert config.temperature == 2
    assert config.alphas == SweepConfig().alphas, "alpha is no axis here"
    assert config == normal(config)


def test_help_tells_every_setting(kdlab):
    code, out, err = kdlab("sweep", "--help")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    for name, field in SweepConfig.model_fields.items():
        assert f"--{name.replace('_', '-')} " in words
        assert " ".join(field.description.split()) in words
        if name not in ("dataset", "method", "teacher", "student"):
            assert allowed_values(SweepConfig, name) in words
    for text in ("--workers N", "--config FILE.json", "--json", "KDLAB_SCHEDULER", "Exit code"):
        assert text in words
    assert max(map(len, out.splitlines())) <= 100


# -- what is wrong --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("--temperatures 0,1", "temperatures has 0. Allowed: 1 to 32 different values, separated"),
        ("--temperatures 1,1", "temperatures is '1,1': 1 appears twice. Allowed: 1 to 32"),
        ("--alphas=", "alphas is nothing. Allowed: 1 to 32 different values"),
        ("--alphas 0.5;0.9", "alphas is '0.5;0.9'. Allowed:"),
        ("--x-axis temperature", "x_axis and y_axis are both temperature. Allowed: two different"),
        ("--x-axis colour", "x_axis is 'colour'. Allowed: one of temperature, alpha, labels"),
        ("--x-axis width --student resnet8 --dataset mnist", "'resnet8', which has no width"),
        ("--x-axis labels --label-counts 9,5000", "labels is 5000. Allowed: 1 to 1097"),
        ("--method labels-only", "method is 'labels-only' and alpha is 1. Allowed:"),
        ("--student big", "the architecture 'big' is not known. Allowed: mlp-512-512"),
        ("--student mlp-9999", "mlp-9999 has a layer of size 9,999."),
        ("--dataset cifar", "dataset is 'cifar'. Allowed: one of moons,"),
        ("--workers 0", "--workers is '0'. Allowed: a whole number from 1 to 256."),
        ("--workers many", "--workers is 'many'."),
        ("--temperature-s 3", "--temperature-s is not an option. Allowed: what `python -m kdlab"),
        ("--alphas", "argument --alphas: expected one argument"),
        ("--config missing.json", "the file 'missing.json' cannot be read"),
    ],
)  # fmt: skip
def test_a_wrong_setting_exits_with_2_and_a_sentence(kdlab, argv, sentence):
    code, out, err = kdlab("sweep", *argv.split())
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err) < 1500


def test_a_map_that_is_too_large_says_how_large(kdlab):
    temperatures = ",".join(map(str, range(1, 33)))
    alphas = ",".join(f"{n / 40}" for n in range(32))
    code, out, err = kdlab(
        "sweep", "--temperatures", temperatures, "--alphas", alphas, "--seeds", "64"
    )
    assert (code, out) == (2, "")
    assert "1,024 cells and 64 seeds, 65,536 students. Allowed: at most 8,192 students." in err


def test_a_file_of_a_single_run_is_a_map_with_its_settings(asked, tmp_path):
    (tmp_path / "few.json").write_text('{"labels": "all", "epochs": 9}')
    config = asked("--config", tmp_path / "few.json")["config"]
    assert (config.labels, config.epochs) == ("all", 9)


def test_a_wrong_file_exits_with_2(kdlab, tmp_path):
    (tmp_path / "wrong.json").write_text('{"temperatures": [1, 0], "colour": 1}')
    code, out, err = kdlab("sweep", "--config", tmp_path / "wrong.json")
    assert (code, out) == (2, "")
    assert "temperatures has 0; 'colour' is not a setting" in err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (DataError("it was so", "this", "Do that"), 1, "it was so. Allowed: this. Do that."),
        (KeyboardInterrupt(), 130, "stopped"),
    ],
)
def test_what_ends_a_map_early_ends_in_words(kdlab, monkeypatch, error, code, sentence):
    def stream(*_, **__):
        raise error
        yield

    monkeypatch.setattr(Experiment, "stream", stream)
    found, out, err = kdlab("sweep", *QUICK, *SMALL)
    assert (found, out) == (code, "")
    assert sentence in err


def test_a_home_that_cannot_be_written_is_told_before_the_work(kdlab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(Experiment, "stream", lambda *_, **__: pytest.fail("trained for nothing"))
    code, out, err = kdlab("sweep", *QUICK, *SMALL)
    assert (code, out) == (1, "")
    assert "Set KDLAB_HOME" in err


# -- what comes out -------------------------------------------------------------------------------


def test_the_command_of_the_issue_gives_this_object(kdlab):
    found = in_json(kdlab, *OF_THE_ISSUE, *QUICK)
    assert set(found) == {
        "config", "grid", "labels_only", "chosen", "seconds", "students",
    }  # fmt: skip
    config = SweepConfig.parse(found["config"])
    assert config == SweepConfig(
        temperatures=(1, 2, 4, 8), alphas=(0, 0.5, 0.9, 1), seeds=3, teacher="mlp-32",
        teacher_epochs=3, epochs=3,
    )  # fmt: skip
    assert [(cell["temperature"], cell["alpha"]) for cell in found["grid"]] == [
        (temperature, alpha) for temperature in (1, 2, 4, 8) for alpha in (0, 0.5, 0.9, 1)
    ]
    for cell in found["grid"]:
        assert set(cell) == {
            "temperature", "alpha", "accuracy", "validation", "fidelity", "ece", "labels_only",
        }  # fmt: skip
        for measure in ("accuracy", "validation", "fidelity", "ece", "labels_only"):
            assert len(cell[measure]) == 3
            assert all(0 <= value <= 1 for value in cell[measure])
        assert cell["labels_only"] == found["labels_only"]["accuracy"]
        if cell["alpha"] == 0:
            assert cell["accuracy"] == found["labels_only"]["accuracy"]
    assert len({tuple(cell["accuracy"]) for cell in found["grid"]}) > 8
    assert set(found["labels_only"]) == {"accuracy"}
    assert list(found["seconds"]) == ["teacher", "students", "total"]
    assert 0 < found["seconds"]["students"] <= found["seconds"]["total"]
    assert found["students"] == (1 + 4 * 3) * 3

    best = max(found["grid"], key=lambda cell: sum(cell["validation"]))
    gain = found["chosen"].pop("gain")
    assert sum(found["chosen"]["validation"]) == sum(best["validation"])
    pairs = zip(found["chosen"]["accuracy"], found["labels_only"]["accuracy"], strict=True)
    assert gain["mean"] == pytest.approx(sum(a - b for a, b in pairs) / 3)
    assert gain["seeds"] == 3
    assert gain["ci95"][0] < gain["mean"] < gain["ci95"][1]


def test_a_map_from_the_store_in_words_and_from_its_file(kdlab, tmp_path, monkeypatch):
    first = in_json(kdlab, *QUICK, *SMALL)
    code, out, err = kdlab("sweep", *QUICK, *SMALL, "--json", "--no-cache")
    assert code == 0
    assert "training the teacher" in err
    assert "training the students: 100 %" in err
    assert json.loads(out)["grid"] == first["grid"], "the same settings, the same numbers"

    monkeypatch.setattr(Experiment, "stream", lambda *_, **__: pytest.fail("trained again"))
    (tmp_path / "map.json").write_text(json.dumps(first["config"]))
    again = in_json(kdlab, "--config", tmp_path / "map.json")
    assert (again["config"], again["grid"]) == (first["config"], first["grid"])

    code, out, _ = kdlab("sweep", *QUICK, *SMALL)
    assert code == 0
    head, top, bottom, *rest = out.splitlines()
    assert head.split() == ["temperature", "\\", "alpha", "0.0", "0.9"]
    for line, temperature in ((top, 4), (bottom, 1)):
        shown = [
            f"{100 * sum(cell['accuracy']) / 2:.1f}"
            for cell in first["grid"]
            if cell["temperature"] == temperature
        ]
        assert line.split() == [f"{temperature}.0", *shown]
    chosen, gain = first["chosen"], first["chosen"]["gain"]
    words = " ".join(rest)
    assert f"alpha {chosen['alpha']}, temperature {chosen['temperature']}" in words
    assert f"{signed(100 * gain['mean'])} points against labels only" in words
    low, high = (100 * end for end in gain["ci95"])
    assert f"95 % interval {signed(low)} to {signed(high)} over 2 seeds" in words


def test_labels_only_differs_from_cell_to_cell_where_labels_are_an_axis(kdlab):
    found = in_json(
        kdlab, *QUICK, "--student", "mlp-8", "--x-axis", "labels", "--label-counts", "5,all",
        "--temperatures", "2,4", "--seeds", "1",
    )  # fmt: skip
    assert [cell["labels"] for cell in found["grid"]] == [5, "all"] * 2
    alone = found["labels_only"]["accuracy"]
    assert alone == [cell["labels_only"] for cell in found["grid"]]
    assert alone[0] != alone[1]
    assert alone[:2] == alone[2:]
    assert found["chosen"]["gain"]["ci95"] is None


def test_a_map_that_was_interrupted_is_not_begun_anew(kdlab, monkeypatch):
    first = in_json(kdlab, *QUICK, *SMALL)
    home = Store().home
    (unit,) = home.glob("sweeps/*/unit-*.jsonl")
    unit.unlink()
    code, out, err = kdlab("sweep", *QUICK, *SMALL, "--json")
    assert code == 0
    assert "training the teacher" not in err
    assert json.loads(out)["grid"] == first["grid"]


# -- a student without numbers --------------------------------------------------------------------

CONFIG = SweepConfig(temperatures=(1, 4), alphas=(0, 0.5), seeds=2, epochs=1)


def history(*tests):
    """A map that has ended with these test accuracies of its members."""
    started = SweepStarted(
        fingerprint="x", dataset="digits", seeds=(0, 1), epochs=1, cohorts=1, own=(0,),
        train_size=100, validation_size=100, test_size=100, teacher_accuracy=0.9,
    )  # fmt: skip
    assert len(tests) == len(plan(CONFIG).members)
    told = SweepEpoch(
        cohort=0, epoch=1, members=(0, 1, 2), validation=tests, test=tests, fidelity=tests,
        ece=tests, seconds=1.0,
    )  # fmt: skip
    return SweepHistory(CONFIG, [started, told])


def test_a_student_that_blew_up_is_null():
    nan = math.nan
    found = report.as_json(CONFIG, history((0.5, 0.6), (nan, 0.9), (0.7, 0.8)))
    text = json.dumps(found, allow_nan=False)
    assert '"accuracy": [null, 0.9]' in text
    assert (found["chosen"]["temperature"], found["chosen"]["alpha"]) == (4, 0.5)
    assert found["chosen"]["gain"]["mean"] == pytest.approx(0.2)


def test_a_map_without_any_numbers_says_so():
    nothing = ((math.nan,) * 2,) * 3
    found = report.as_json(CONFIG, history(*nothing))
    assert found["chosen"] is None
    assert json.dumps(found, allow_nan=False)
    assert "No student of this map has a result: each loss became NaN." in report.summary(
        history(*nothing)
    )


def test_one_seed_in_words():
    config = CONFIG.model_copy(update={"seeds": 1})
    told = history((0.5, 0.6), (0.6, 0.9), (0.7, 0.8))
    (epoch,) = told._of(0)
    one = {
        name: tuple(row[:1] for row in getattr(epoch, name))
        for name in ("validation", "test", "fidelity", "ece")
    }
    single = SweepEpoch(cohort=0, epoch=1, members=(0, 1, 2), seconds=1.0, **one)
    words = report.summary(SweepHistory(config, [single]))
    assert "on test images +20.0 points against labels only." in words
    assert "interval" not in words
