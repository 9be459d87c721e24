"""What scripts answer to ``--help``, and to what they do not know."""

from __future__ import annotations

import os
import re
import runpy
import subprocess
import sys

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.export import file_name, stand_alone, study_script
from kdlab.training.arms import Arm, Plan
from tests.patience import PATIENCE

CONFIG = DistilConfig(schedule="5:4:0.9,6:2:0.25")


def script(folder, config: DistilConfig = CONFIG):
    path = folder / file_name(config)
    path.write_text(stand_alone(config), encoding="utf-8")
    return path


def constants(text: str) -> list[str]:
    """Names of those at the top that may be changed."""
    top = text.split("# What to change ")[1].split("\n# Usage ")[0]
    names = re.findall(r"^([A-Z_]+) =", top, re.MULTILINE)
    return [name for name in names if name not in ("CLASSES", "DEVICE")]


@pytest.mark.parametrize("option", ["--help", "-h"])
@pytest.mark.parametrize(
    "config",
    [CONFIG, DistilConfig(dataset="images", folder="x", teacher="cnn-4"),
     DistilConfig(dataset="grammar")],
    ids=["digits", "images", "grammar"],
)  # fmt: skip
def test_help_says_what_it_does_and_what_may_be_changed(
    config, option, tmp_path, monkeypatch, capsys
):
    path = script(tmp_path, config)
    monkeypatch.setattr("sys.argv", [path.name, option])
    with pytest.raises(SystemExit) as ended:  # before images are asked for, which are not there
        runpy.run_path(str(path), run_name="__main__")
    assert ended.value.code is None
    told = capsys.readouterr().out
    assert told.startswith(f"Usage: python {path.name} [--help]\n")
    text = path.read_text(encoding="utf-8")
    about = text.split('"""')[1].strip()
    assert about in told
    named = re.findall(r"^    ([A-Z_]+) = .", told, re.MULTILINE)
    assert named == constants(text)
    assert {"SEEDS", "LABELS", "EPOCHS"} <= set(named)
    for line in told.partition("top of the file:\n")[2].splitlines():
        assert line == "" or line.startswith("    ")
        assert line.removeprefix("    ") in text, "as it stands, with its comment"


def test_a_constant_that_was_changed_is_told_as_it_is(tmp_path, monkeypatch, capsys):
    path = script(tmp_path)
    text = path.read_text(encoding="utf-8")
    path.write_text(re.sub(r"^LABELS = 100\b", "LABELS = 77", text, flags=re.MULTILINE), "utf-8")
    monkeypatch.setattr("sys.argv", [path.name, "--help"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(path), run_name="__main__")
    assert "    LABELS = 77  # " in capsys.readouterr().out


def test_an_option_that_there_is_not_is_a_sentence(tmp_path, monkeypatch):
    path = script(tmp_path)
    monkeypatch.setattr("sys.argv", [path.name, "--seeds", "3"])
    with pytest.raises(SystemExit) as ended:
        runpy.run_path(str(path), run_name="__main__")
    assert str(ended.value) == (
        f"--seeds 3: {path.name} has no option but --help. Change the constants at its top instead."
    )


def test_what_a_notebook_was_started_with_is_not_asked_about(tmp_path, monkeypatch):
    """Who pastes a script into a notebook has no file, and options of the notebook's own."""
    usage = runpy.run_path(str(script(tmp_path)), run_name="script")["usage"]
    monkeypatch.setattr("sys.argv", ["notebook", "-f", "kernel.json"])
    with pytest.raises(SystemExit):
        usage()
    del usage.__globals__["__file__"]
    usage()


def test_a_studys_script_answers_too(tmp_path, monkeypatch, capsys):
    config = DistilConfig()
    plan = Plan((Arm.baseline(config), Arm.of(config, "warm", "Warm")))
    path = tmp_path / "study.py"
    path.write_text(study_script(config, plan, "A study"), encoding="utf-8")
    monkeypatch.setattr("sys.argv", [path.name, "--help"])
    with pytest.raises(SystemExit):
        runpy.run_path(str(path), run_name="__main__")
    told = capsys.readouterr().out
    assert "A study.\n" in told
    assert "    SEEDS = range(" in told


@pytest.mark.slow
def test_help_of_a_script_as_its_reader_asks_for_it(tmp_path):
    path = script(tmp_path)
    environment = {name: v for name, v in os.environ.items() if name != "PYTHONPATH"}
    done = subprocess.run(
        [sys.executable, path.name, "--help"], cwd=tmp_path, env=environment,
        capture_output=True, text=True, timeout=PATIENCE,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    assert done.stdout.startswith("Usage: python ")
