from __future__ import annotations

import io
import json
import os
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import pytest

from kdlab import __main__ as door
from kdlab import checks
from kdlab.cli import options
from kdlab.config.schema import DistilConfig
from kdlab.config.words import allowed_values
from kdlab.errors import ModelError
from kdlab.events import RunFailed
from kdlab.experiments.experiment import Experiment
from kdlab.measure.wording import signed
from kdlab.storage.store import Store
from tests.patience import PATIENCE

ROOT = Path(__file__).resolve().parents[2]
QUICK = [
    *("--teacher", "mlp-32", "--teacher-epochs", "3", "--student", "mlp-8"),
    *("--epochs", "4", "--seeds", "2"),
]


@pytest.fixture
def config_of(monkeypatch, kdlab):
    """The configuration that a command line asks the core to run."""

    def asked(*argv):
        seen = {}

        def stream(experiment, config, *, workers, cache):
            seen.update(config=config, cache=cache)
            yield RunFailed(reason="Enough seen.")

        monkeypatch.setattr(Experiment, "stream", stream)
        code, out, err = kdlab("distill", *argv)
        assert (code, out, err) == (1, "", "Enough seen.\n")
        return seen["config"], seen["cache"]

    return asked


# -- what is asked ------------------------------------------------------------------------------


def test_the_command_of_the_readme(config_of):
    config, cache = config_of(
        *("--dataset", "digits", "--labels", "100", "--temperature", "4", "--alpha", "0.9"),
        *("--seeds", "5", "--json"),
    )
    assert config == DistilConfig()
    assert cache


def test_every_setting_is_an_option(config_of):
    config, cache = config_of(
        *("--dataset", "moons", "--noise", "0.1", "--points", "500", "--train-limit", "200"),
        *("--teacher", "mlp-16-16", "--teacher-epochs", "5", "--teacher-learning-rate", "1e-2"),
        *("--teacher-seed", "3", "--teacher-weights", "ab12", "--student", "mlp-4"),
        *("--method", "dkd", "--method-parameters", "1,4", "--temperature", "2.5", "--alpha", "1"),
        *("--labels", "all", "--epochs", "7", "--batch-size", "32", "--learning-rate", ".02"),
        *("--seeds", "3", "--first-seed=1000", "--folder", "x", "--image-size", "8", "--no-cache"),
        *("--label-noise", "0.2", "--schedule", "0:4:0.9,3:1:.5,9:2:1"),
        *("--window", "8", "--grammar", "S -> a | b", "--symbols", "bytes", "--target", "t"),
        *("--left-out", "a,b", "--group-column", "g", "--split-column", "p", "--separator", "tab"),
        *("--decimal", "comma", "--encoding", "cp1252", "--teacher-file", "f.csv"),
        *("--teacher-columns", "c,d", "--teacher-id", "i"),
    )
    assert not cache
    asked = DistilConfig(
        dataset="moons", noise=0.1, points=500, train_limit=200, teacher="mlp-16-16",
        teacher_epochs=5, teacher_learning_rate=0.01, teacher_seed=3, teacher_weights="ab12",
        student="mlp-4", method="dkd", method_parameters=(1, 4), temperature=2.5, alpha=1,
        labels="all", epochs=7, batch_size=32, learning_rate=0.02, seeds=3, first_seed=1000,
        folder="x", image_size=8, label_noise=0.2, schedule=((0, 4, 0.9), (3, 1, 0.5), (9, 2, 1)),
        window=8, grammar="S -> a | b", symbols="bytes", target="t", left_out="a,b",
        group_column="g", split_column="p", separator="tab", decimal="comma", encoding="cp1252",
        teacher_file="f.csv", teacher_columns="c,d", teacher_id="i",
    )  # fmt: skip
    defaults = DistilConfig()
    assert all(getattr(asked, n) != getattr(defaults, n) for n in DistilConfig.model_fields)
    assert config == checks.normal(asked), "what plays no part in this run is at its default"


@pytest.mark.parametrize("start", ["", "\ufeff"])
def test_options_win_over_the_file(config_of, tmp_path, start):
    exported = DistilConfig(alpha=0.3, temperature=2, seeds=9)
    file = tmp_path / "config.json"
    file.write_text(start + exported.to_json(), encoding="utf-8")
    assert config_of("--config", file)[0] == exported
    config, _ = config_of("--alpha", "0.5", "--config", file, "--seeds", "2")
    assert config == exported.model_copy(update={"alpha": 0.5, "seeds": 2})


def test_a_file_may_name_a_few_settings_only(config_of, tmp_path):
    (tmp_path / "few.json").write_text('{"alpha": 0.3, "labels": "all"}')
    config, _ = config_of("--config", tmp_path / "few.json")
    assert config == DistilConfig(alpha=0.3, labels="all")


def test_help_tells_all(kdlab):
    code, out, err = kdlab("distill", "--help")
    assert (code, err) == (0, "")
    words = " ".join(out.split())
    for name, field in DistilConfig.model_fields.items():
        assert f"--{name.replace('_', '-')} " in words
        assert " ".join(field.description.split()) in words
        if name not in ("dataset", "method", "teacher", "student"):
            assert allowed_values(DistilConfig, name) in words
        default = "none" if field.default in ("", ()) else field.default
        assert f"default: {default})" in words
    for text in ("--alpha 0..1 ", "--labels 1..1000000|all ", "--seeds 1..64 ", "--dataset NAME "):
        assert text in words
    for text in ("--config FILE.json", "--json", "--no-cache", "KDLAB_HOME", "Exit code"):
        assert text in words
    for text in ("one of moons, circles", "one of soft-targets, logit-regression", "wrn-40-2"):
        assert text in words
    assert "``" not in out
    assert max(map(len, out.splitlines())) <= 100


def test_help_lists_the_commands_that_need_nothing_installed(kdlab):
    code, out, _ = kdlab("--help")
    assert code == 0
    for name in ("open", "test", "distill", "bench"):
        assert f"\n    {name} " in out
    code, out, err = kdlab()
    assert (code, out) == (2, "")
    assert "COMMAND" in err


# -- what is wrong ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("argv", "sentence"),
    [
        ("--alpha 1.5", "alpha is 1.5. Allowed: a number from 0 to 1. Change alpha."),
        ("--alpha=-1e-3", "alpha is -1e-3. Allowed: a number from 0 to 1. Change alpha."),
        ("--temperature 0", "temperature is 0. Allowed: a number from 0.05 to 1000."),
        ("--temperature nan", "temperature is nan. Allowed: a number from 0.05 to 1000."),
        ("--labels 0", "labels is 0. Allowed: a whole number from 1 to 1000000 or 'all'."),
        ("--labels some", "labels is 'some'. Allowed: a whole number from 1 to 1000000 or 'all'."),
        ("--labels 5000", "labels is 5000. Allowed: 1 to 1097, the training images of digits"),
        ("--dataset cifar", "dataset is 'cifar'. Allowed: one of moons, circles,"),
        ("--dataset=", "dataset is ''. Allowed: one of moons, circles,"),
        ("--teacher big", "the architecture 'big' is not known. Allowed: mlp-512-512"),
        ("--student mlp-0", "the architecture 'mlp-0' is not known. Allowed: mlp-512-512"),
        ("--student ../x", "student is '../x'. Allowed: a name like mlp-512-512"),
        ("--student mlp-9999", "mlp-9999 has a layer of size 9,999. Allowed: hidden widths"),
        ("--dataset moons --student cnn-8", "cnn-8 was asked to read inputs of shape (2,)"),
        ("--method magic", "method is 'magic'. Allowed: soft-targets"),
        ("--method labels-only --alpha 1", "method is 'labels-only' and alpha is 1. Allowed:"),
        ("--epochs 2.5 --seeds 65", "epochs is 2.5; seeds is 65. Allowed: epochs: a whole"),
        ("--epoch 3", "--epoch is not an option. Allowed: what `python -m kdlab distill --help`"),
        ("--colour=red", "--colour is not an option."),
        ("digits", "digits is not an option."),
        ("--alpha", "argument --alpha: expected one argument"),
    ],
)
def test_a_wrong_setting_exits_with_2_and_a_sentence(kdlab, argv, sentence):
    code, out, err = kdlab("distill", *argv.split())
    assert (code, out) == (2, "")
    assert sentence in err


def test_a_misspelt_option_is_guessed(kdlab):
    assert "Write --temperature instead" in kdlab("distill", "--tempreture", "4")[2]
    code, _, err = kdlab("train")
    assert code == 2
    assert "'open', 'test', 'distill'" in err


@pytest.mark.parametrize(
    ("content", "sentence"),
    [
        (b"", "the configuration is empty"),
        (b"alpha = 1", "the configuration starts with 'alpha = 1' and is not JSON from line 1"),
        (b"[1]", "the configuration starts with '[1]'"),
        (b"\x87\x00\xff", "cannot be read (it is not text)"),
        (b"[" * 50_000, "not readable JSON"),
        (b'{"colour": 1}', "'colour' is not a setting"),
        (b'{"alpha": 2, "colour": 1}', "alpha is 2; 'colour' is not a setting"),
        (b'{"dataset": "\\ud800"}', "dataset is "),
        (b'{"alpha": NaN}', "alpha is nan"),
        (b'{"labels": 5000}', "labels is 5000. Allowed: 1 to 1097"),
        (b" " * (options.MAX_CONFIG_BYTES + 1), "cannot be read (it has 1,048,577 bytes, and"),
    ],
)
def test_a_wrong_file_exits_with_2_and_a_sentence(kdlab, tmp_path, content, sentence):
    (tmp_path / "c.json").write_bytes(content)
    code, out, err = kdlab("distill", "--config", tmp_path / "c.json")
    assert (code, out) == (2, "")
    assert sentence in err
    assert len(err) < 1000


@pytest.mark.parametrize("name", ["missing.json", "", "a\0b"])
def test_a_file_that_cannot_be_read_is_named(kdlab, tmp_path, name):
    path = tmp_path / name
    why = "a file cannot have this name"
    if "\0" not in name:
        with pytest.raises((FileNotFoundError, IsADirectoryError, PermissionError)) as caught:
            path.open("rb")
        why = caught.value.strerror  # each system has its own words
    code, out, err = kdlab("distill", "--config", path)
    assert (code, out) == (2, "")
    assert f"the file {str(path)!r} cannot be read ({why})" in err
    assert "Check the path" in err


def test_a_home_that_cannot_be_written_is_told_before_the_work(kdlab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "file"))
    monkeypatch.setattr(Experiment, "stream", lambda *_, **__: pytest.fail("trained for nothing"))
    code, out, err = kdlab("distill", *QUICK)
    assert (code, out) == (1, "")
    assert f"{tmp_path / 'file'} cannot be written" in err
    assert "Set KDLAB_HOME" in err


def test_a_data_folder_that_cannot_be_written_is_named(kdlab, monkeypatch, tmp_path):
    (tmp_path / "file").write_text("not a folder")
    monkeypatch.setenv("KDLAB_DATA", str(tmp_path / "file"))
    code, out, err = kdlab("distill", "--dataset", "mnist")
    assert (code, out) == (1, "")
    assert "KDLAB_DATA" in err.splitlines()[-1]


def test_without_a_network_the_message_says_where_files_go(kdlab, monkeypatch, tmp_path):
    def offline(*_, **__):
        raise urllib.error.URLError("no route to host")

    monkeypatch.setattr(urllib.request, "urlopen", offline)
    monkeypatch.setenv("KDLAB_DATA", str(tmp_path / "data"))
    code, out, err = kdlab("distill", "--dataset", "mnist")
    assert (code, out) == (1, "")
    last = err.splitlines()[-1]
    assert "no route to host" in last
    assert f"copy these files into {tmp_path / 'data'}" in last


@pytest.mark.parametrize(
    ("folder", "sentence"),
    [
        ("/nonexistent", f"{Path('/nonexistent')} does not exist here"),
        ("upload:0123456789abcdef.zip", "0123456789abcdef.zip is not on this machine"),
        ("upload:../x", "16 hexadecimal digits"),
    ],
)
def test_images_that_are_not_there(kdlab, folder, sentence):
    code, out, err = kdlab("distill", "--dataset", "images", "--folder", folder, "--student", "mlp")
    assert code == 2  # the network's name is looked at before any file is
    code, out, err = kdlab("distill", "--dataset", "images", "--folder", folder)
    assert (code, out) == (1, "")
    assert sentence in err


@pytest.mark.parametrize(
    ("error", "code", "sentence"),
    [
        (ModelError("it was so", "this", "Do that"), 1, "it was so. Allowed: this. Do that."),
        (KeyboardInterrupt(), 130, "stopped"),
        (MemoryError(), 1, "needs more memory than is available"),
        (RuntimeError("DefaultCPUAllocator: can't allocate memory"), 1, "needs more memory"),
    ],
)
def test_what_ends_a_run_early_ends_in_words(kdlab, monkeypatch, error, code, sentence):
    def run(*_, **__):
        raise error
        yield

    monkeypatch.setattr(Experiment, "stream", run)
    found, out, err = kdlab("distill", *QUICK)
    assert (found, out) == (code, "")
    assert sentence in err


def test_a_mistake_of_the_labs_own_is_not_hidden(monkeypatch):
    def run(*_, **__):
        raise RuntimeError("something else")
        yield

    monkeypatch.setattr(Experiment, "stream", run)
    with pytest.raises(RuntimeError, match="something else"):
        door.main(["distill"])


# -- what comes out -----------------------------------------------------------------------------


def test_a_run_as_json_then_from_the_store_then_in_words(kdlab):
    code, out, err = kdlab("distill", *QUICK, "--json")
    assert code == 0
    assert out.count("\n") == 1
    found = json.loads(out, parse_constant=pytest.fail)
    assert set(found) >= {"config", "teacher", "student", "groups", "gain", "seconds"}
    config = DistilConfig.parse(found["config"])
    assert config == DistilConfig(
        teacher="mlp-32", teacher_epochs=3, student="mlp-8", epochs=4, seeds=2
    )
    costs = {"parameters", "bytes", "flops_per_image", "latency_ms"}
    parts = {"accuracy", "train_accuracy", "validation_accuracy"}
    assert set(found["teacher"]) == {*parts, *costs}
    assert all(0 < found["teacher"][part] <= 1 for part in parts)
    assert set(found["student"]) == costs
    assert set(found["teacher"]["latency_ms"]) == {"1", "64"}
    assert found["teacher"]["parameters"] == 64 * 32 + 32 + 32 * 10 + 10
    assert 0 < found["teacher"]["accuracy"] <= 1
    assert [group["name"] for group in found["groups"]] == ["labels only", "distilled"]
    for group in found["groups"]:
        for measure in ("accuracy", "fidelity"):
            assert len(group[measure]) == 2
            assert all(0 <= value <= 1 for value in group[measure])
    first, second = (group["accuracy"] for group in found["groups"])
    assert found["gain"]["mean"] == pytest.approx((sum(second) - sum(first)) / 2)
    assert found["gain"]["seeds"] == 2
    low, high = found["gain"]["ci95"]
    assert low < found["gain"]["mean"] < high
    assert list(found["seconds"]) == ["teacher", "students", "total"]
    assert "teacher ready" in err
    assert "training the students: epoch 4 of 4" in err

    again = kdlab("distill", *QUICK, "--json")
    assert json.loads(again[1]) == found

    code, out, err = kdlab("distill", *QUICK)
    assert code == 0
    assert f"{100 * found['teacher']['accuracy']:.1f} %" in out
    assert f"95 % interval {signed(100 * low)} to {signed(100 * high)} over 2 seeds" in out


def test_one_seed_has_no_interval(kdlab):
    argv = [*QUICK, "--seeds", "1", "--dataset", "moons", "--labels", "all"]
    code, out, _ = kdlab("distill", *argv, "--json")
    assert code == 0
    assert json.loads(out, parse_constant=pytest.fail)["gain"]["ci95"] is None
    assert "That may be chance" in kdlab("distill", *argv)[1]


def test_the_first_seed_shifts_the_seeds(kdlab):
    argv = ["distill", *QUICK, "--dataset", "moons", "--labels", "20", "--json"]
    both = json.loads(kdlab(*argv)[1])
    shifted = json.loads(kdlab(*argv, "--first-seed", "1", "--seeds", "1")[1])
    for group, one in zip(both["groups"], shifted["groups"], strict=True):
        assert group["accuracy"][1:] == pytest.approx(one["accuracy"])


def test_images_need_a_folder(kdlab):
    code, out, err = kdlab("distill", "--dataset", "images")
    assert (code, out) == (2, "")
    assert "no images are chosen yet" in err


def test_a_stored_run_without_an_end_is_made_again(kdlab):
    argv = ["distill", *QUICK, "--dataset", "moons", "--labels", "20", "--json"]
    config = DistilConfig.parse(json.loads(kdlab(*argv)[1])["config"])
    file = Store().home / "runs" / config.fingerprint() / "events.jsonl"
    file.write_text("")
    code, out, _ = kdlab(*argv)
    assert code == 0
    assert json.loads(out)["gain"]["seeds"] > 0
    assert file.read_text()


def in_a_process(argv, **options):
    return subprocess.Popen(
        [sys.executable, "-m", "kdlab", *argv],
        cwd=ROOT,
        stdin=subprocess.DEVNULL,
        stdout=options.pop("stdout", subprocess.PIPE),
        stderr=subprocess.PIPE,
        text=True,
        env={**os.environ, "OMP_NUM_THREADS": "1", **options},
    )


@pytest.mark.slow
def test_the_same_command_twice_gives_the_same_numbers(kdlab):
    """Here, after whatever else ran here, and in a process of its own; each trains its teacher."""
    argv = ["distill", *QUICK, "--labels", "100", "--json", "--no-cache"]
    process = in_a_process(argv)
    here = kdlab(*argv)
    out, err = process.communicate(timeout=PATIENCE)
    found = []
    for code, text, told in (here, (process.returncode, out, err)):
        assert code == 0, told
        assert "training the teacher: epoch 3 of 3" in told
        one = json.loads(text)
        del one["seconds"]
        del one["teacher"]["latency_ms"], one["student"]["latency_ms"]
        found.append(one)
    assert found[0] == found[1]


def into_a_closed_pipe(argv):
    """As ``| head`` leaves it."""
    reading, writing = os.pipe()
    os.close(reading)
    process = in_a_process(argv, stdout=writing)
    os.close(writing)
    return process


@pytest.mark.skipif(os.name == "nt", reason="Windows has no SIGPIPE, whose exit code this is")
def test_a_reader_who_leaves_early_gets_no_traceback(kdlab):
    argv = ["distill", *QUICK, "--dataset", "moons", "--labels", "20"]
    assert kdlab(*argv)[0] == 0
    stored = [into_a_closed_pipe([*argv, *more]) for more in ([], ["--json"])]
    helped = into_a_closed_pipe(["distill", "--help"])
    for process in stored:  # from the store now, so quickly
        _, err = process.communicate(timeout=PATIENCE)
        assert process.returncode == 141
        assert "Traceback" not in err
        assert "Broken" not in err
    assert helped.communicate(timeout=PATIENCE)[1] == ""
    assert helped.returncode == 0


def test_a_terminal_that_lacks_letters_gets_them_spelt_out():
    process = in_a_process(["distill", "--help"], PYTHONIOENCODING="ascii", PYTHONUTF8="0")
    out, err = process.communicate(timeout=PATIENCE)
    assert (process.returncode, err) == (0, "")
    assert r"\u03b1 T\xb2" in out


def test_progress_is_not_mixed_into_the_output(kdlab, monkeypatch):
    """On a terminal, too: stderr has the line that is written over, stdout the object alone."""

    class Terminal(io.StringIO):
        def isatty(self):
            return True

    terminal = Terminal()
    monkeypatch.setattr(sys, "stderr", terminal)
    code, out, _ = kdlab("distill", *QUICK, "--dataset", "moons", "--labels", "20", "--json")
    assert code == 0
    assert "\r" not in out
    assert json.loads(out)
    assert "\rtraining the students: epoch 4 of 4" in terminal.getvalue()
    assert terminal.getvalue().endswith("\n")
