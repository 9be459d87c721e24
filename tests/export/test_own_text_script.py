"""Scripts for a text of one's own: it is read, cut and learned from as in the lab, without it."""

from __future__ import annotations

import random
import re
import runpy
import subprocess
import sys
from collections import Counter

import pytest
import torch

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.data.accepted import TEXT
from kdlab.data.text import own
from kdlab.errors import DataError
from kdlab.events import RunFinished
from kdlab.experiments.run.run import run
from kdlab.export import stand_alone
from kdlab.storage.store import Store

SMALL = {
    "dataset": "text", "teacher": "mlp-24", "teacher_epochs": 3, "student": "mlp-8",
    "epochs": 2, "labels": 100, "seeds": 2,
}  # fmt: skip
SEED = re.compile(r"seed \d+: labels only ([\d.]+) bits .+, distilled ([\d.]+) bits .+")
NEAR = 0.002
"""Bits: three digits are printed."""


@pytest.fixture
def poem(tmp_path):
    """Lines with letters of two bytes, one of them twice, one too long, one empty."""
    draw = random.Random(13)
    lines = [f"{n} {' '.join(draw.choices(['né', 'шо', 'ka'], k=7))}" for n in range(40)]
    path = tmp_path / "my poem.txt"
    path.write_text("\r\n".join([*lines, lines[3], "", "la " * 500]), encoding="utf-16")
    return path


def names_of(text: str, folder, run_name: str = "script") -> dict:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return runpy.run_path(str(path), run_name=run_name)


def config_of(path, **settings) -> DistilConfig:
    return DistilConfig.parse(SMALL | {"folder": str(path)} | settings)


@pytest.mark.parametrize(
    "settings",
    [{}, {"symbols": "bytes"}, {"window": 3, "train_limit": 400}],
    ids=["characters", "bytes", "limited"],
)
def test_the_text_is_cut_as_in_the_lab(poem, tmp_path, settings):
    config = config_of(poem, **settings)
    made = names_of(stand_alone(config), tmp_path)
    *_, split = data.load(config)
    parts = (split.train, split.validation, split.test)
    expected = [tensor for part in parts for tensor in (part.inputs, part.targets)]
    for a, b in zip(made["load_data"](), expected, strict=True):
        assert a.dtype == b.dtype
        assert torch.equal(a, b)
    assert made["CLASSES"] == len(split.classes)


def test_what_the_memory_has_room_for_is_used_as_in_the_lab(poem, tmp_path, monkeypatch):
    config = config_of(poem)
    most = 4 * config.window * len(data.known_inputs(config).classes) * 600
    text = re.sub(r"(?m)^MOST_MEMORY = .+$", f"MOST_MEMORY = {most}", stand_alone(config))
    assert f"= {most}" in text
    monkeypatch.setattr(own, "MOST_MEMORY", most)
    own._used.cache_clear()
    made = names_of(text, tmp_path)["load_data"]()
    *_, split = data.load(config)
    assert torch.equal(made[0], split.train.inputs)
    assert torch.equal(made[5], split.test.targets)
    assert len(made[1]) + len(made[3]) + len(made[5]) <= 600
    own._used.cache_clear()


def test_the_script_stands_without_the_lab_and_is_formatted(poem, tmp_path):
    text = stand_alone(config_of(poem, symbols="bytes"))
    assert not re.search(r"\b(import|from) kdlab", text)
    assert "DataError" not in text
    counts = Counter(re.findall(r"\w+", text))
    for name in re.findall(r"^(?:def |class )?(\w+)(?:\(| =)", text, re.MULTILINE):
        assert counts[name] > 1, name
    (tmp_path / "made").mkdir()
    (tmp_path / "made" / "script.py").write_text(text, encoding="utf-8")
    for command in (["format", "--check"], ["check", "--no-cache", "--select", "E,F,W,I,B"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "."],
            cwd=tmp_path / "made", capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr


def test_an_upload_is_asked_for_by_its_name_and_refused_where_it_is_not_there(
    poem, tmp_path, monkeypatch
):
    folder = uploads.keep(poem.read_bytes(), poem.name, TEXT)
    text = stand_alone(config_of(folder))
    assert 'TEXT_FILE = Path("text.txt")' in text
    assert '# The lab had it from "my poem.txt": save that under this name' in text
    assert "upload:" not in text
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match="TEXT_FILE cannot be read"):
        names_of(text, tmp_path)
    (tmp_path / "text.txt").write_bytes(poem.read_bytes())
    assert names_of(text, tmp_path)["CLASSES"] > 10
    (tmp_path / "text.txt").write_text("one\n" * 500)
    with pytest.raises(SystemExit, match="fewer than 20 different lines"):
        names_of(text, tmp_path)


def test_of_a_text_that_cannot_be_read_there_is_no_script_but_a_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        stand_alone(config_of(tmp_path / "nowhere.txt"))


def test_a_run_on_a_text_comes_to_what_the_lab_comes_to(poem, tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    config = config_of(poem)
    *_, done = run(config, Store(tmp_path / "home", bundled=None))
    assert isinstance(done, RunFinished)
    capsys.readouterr()
    names_of(stand_alone(config), tmp_path, "__main__")
    told = [SEED.fullmatch(line) for line in capsys.readouterr().out.splitlines()]
    found = [[float(number) for number in each.groups()] for each in told if each]
    expected = zip(*(group["bits"] for group in done.groups), strict=True)
    for ours, theirs in zip(expected, found, strict=True):
        assert theirs == pytest.approx(ours, abs=NEAR)
