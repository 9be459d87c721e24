"""Whatever the command line is given, it answers with a sentence and an exit code."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from kdlab import cli
from kdlab.cli import FAILED, WRONG, options
from kdlab.errors import ConfigError
from tests.fuzzing import TEXTS, VALUES, fuzz

pytestmark = pytest.mark.attack

COMMANDS = ("distill", "sweep", "search", "study", "full-run")
OPTIONS = (
    "--alpha", "--temperature", "--dataset", "--folder", "--teacher", "--student", "--seeds",
    "--config", "--json", "--workers", "--out", "--resume", "--method-parameters", "--data",
)  # fmt: skip


@pytest.mark.parametrize("command", COMMANDS)
def test_any_options(command, monkeypatch, tmp_path):
    """Nothing is trained: what was understood is where it ends."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    read = options.read_settings

    def and_no_further(arguments, model):
        read(arguments, model)
        raise ConfigError("understood", "this far", "Stop here")

    for module in ("experiment", "full_run"):
        monkeypatch.setattr(f"kdlab.cli.{module}.read_settings", and_no_further, raising=False)

    @fuzz(60)
    @given(st.lists(st.sampled_from(OPTIONS) | TEXTS | st.builds(str, VALUES), max_size=6))
    def run(words):
        assert cli.main([command, *words]) in {0, FAILED, WRONG}

    run()


PATHS = ["\0", "a" * 300, "\udcff", "no/such", "/dev/null/x", ".", ""]


@pytest.mark.parametrize("path", PATHS, ids=ascii)
@pytest.mark.parametrize("command", COMMANDS)
def test_a_settings_file_of_any_name(command, path, capsys):
    assert cli.main([command, *(["temperature"] * (command == "study")), "--config", path]) == WRONG
    assert "Traceback" not in capsys.readouterr().err


def test_a_settings_file_with_half_a_character(tmp_path, capsys):
    file = tmp_path / "settings.json"
    file.write_text(json.dumps({"\ud800": 1}))
    assert cli.main(["distill", "--config", str(file)]) == WRONG
    assert "is not a setting" in capsys.readouterr().err


@pytest.mark.parametrize("path", ["\0", "a" * 300, "/dev/null/x"], ids=ascii)
def test_a_run_folder_of_any_name(path, capsys, monkeypatch, tmp_path):
    monkeypatch.chdir(tmp_path)
    for more in ([], ["--resume"]):
        assert cli.main(["full-run", "--out", path, *more]) in {WRONG, FAILED}
    assert "Traceback" not in capsys.readouterr().err
