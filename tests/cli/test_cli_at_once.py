"""What can be refused without PyTorch is refused without importing it: here importing it raises."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
IN_TURN = """
import contextlib, io, json, os, sys, traceback


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision"):
            raise AssertionError("torch was imported")


sys.meta_path.insert(0, Refuse())
from kdlab.__main__ import main

told = []
for folder, line in json.loads(sys.argv[1]):
    os.chdir(folder)
    out, said = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(said):
        try:
            code = main(line.split())
        except Exception:
            code = traceback.print_exc()
    told.append((code, said.getvalue()))
print(json.dumps(told))
"""
"""Commands one after the other, each in its folder, in one process."""


def told(lines, home):
    """(exit code, None where it raised; what it said) of commands, each with its folder."""
    done = subprocess.run(
        [sys.executable, "-c", IN_TURN, json.dumps(lines)],
        env={**os.environ, "PYTHONPATH": str(ROOT), "KDLAB_HOME": str(home)},
        capture_output=True,
        text=True,
    )
    assert (done.returncode, done.stderr) == (0, "")
    return json.loads(done.stdout)


SENTENCES = {
    "distill --dataset images --folder broken.zip": "broken.zip cannot be read",
    "distill --dataset images --folder nothing.zip": "does not exist",
    "distill --dataset images --folder empty.zip": "no image among 1 files (.txt)",
    "distill --dataset images --folder heap.zip": "1 image lies in no class folder",
    "distill --dataset images --folder pages.zip": "it is a web page saved under an image",
    "sweep --dataset images --folder broken.zip": "broken.zip cannot be read",
    "search --dataset images --folder broken.zip": "broken.zip cannot be read",
    "study teachers --dataset images --folder broken.zip": "broken.zip cannot be read",
    "full-run --out o --pair own --data broken.zip": "broken.zip cannot be read",
    "full-run --out o --pair own --data heap.zip": "1 image lies in no class folder",
    "full-run --out o --pair nonesuch": "pair is 'nonesuch'",
    "full-run --out o --resume": "there is no run in",
    "full-run --out o --teacher-file nothing.safetensors": "are not a file on this machine",
    "full-run --out o --estimate --pair own --data broken.zip": "broken.zip cannot be read",
    "distill --config nothing.json": "nothing.json' cannot be read",
    "distill --teacher nonesuch": "nonesuch",
    "distill --alpha 7": "alpha is 7",
    "distill --nonsense 7": "--nonsense is not an option",
}


@pytest.fixture(scope="module")
def archives(tmp_path_factory):
    """A file that is no archive, an archive without images, a heap, and only broken images."""
    tmp_path = tmp_path_factory.mktemp("archives")
    (tmp_path / "broken.zip").write_bytes(b"PK\3\4 and then nothing")
    broken = {f"{c}/{n}.png": b"<html>Not found</html>" for c in ("a", "b") for n in range(9)}
    for name, files in {
        "empty": {"a.txt": b""},
        "heap": {"0.png": b""},
        "pages": broken,
    }.items():
        with zipfile.ZipFile(tmp_path / f"{name}.zip", "w") as archive:
            for path, content in files.items():
                archive.writestr(path, content)
    return tmp_path


@pytest.fixture(scope="module")
def answers(archives, tmp_path_factory):
    """Of all lines: {line: (exit code, what was said)}."""
    lines = [(str(archives), line) for line in SENTENCES]
    return dict(zip(SENTENCES, told(lines, tmp_path_factory.mktemp("home")), strict=True))


@pytest.mark.parametrize("line", SENTENCES)
def test_it_is_said_before_torch_is_imported(archives, answers, line):
    code, said = answers[line]
    assert "torch was imported" not in said
    assert "Traceback" not in said
    assert SENTENCES[line] in said
    assert code in (1, 2)
    assert not (archives / "o").exists()


def test_a_full_run_says_how_much_it_downloads_before_it_begins(tmp_path):
    line = "full-run --out o --dataset cifar100"
    ((_, said),) = told([(str(tmp_path), line)], tmp_path / "home")
    said, _, _ = said.partition("torch was imported")  # which here ends it
    assert "CIFAR-100 is not on this machine yet: 169 MB are downloaded first." in said
    assert "--estimate" in said
