"""What can be refused without PyTorch is refused without importing it: here importing it raises."""

from __future__ import annotations

import os
import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[2]
WITHOUT_TORCH = """
import sys


class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.split(".")[0] in ("torch", "torchvision"):
            raise AssertionError("torch was imported")


sys.meta_path.insert(0, Refuse())
from kdlab.__main__ import main

sys.exit(main(sys.argv[1:]))
"""


@pytest.fixture
def archives(tmp_path):
    """A file that is no archive, an archive without images, a heap, and only broken images."""
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


@pytest.mark.parametrize(
    ("line", "sentence"),
    [
        ("distill --dataset images --folder broken.zip", "broken.zip cannot be read"),
        ("distill --dataset images --folder nothing.zip", "does not exist"),
        ("distill --dataset images --folder empty.zip", "no image among 1 files (.txt)"),
        ("distill --dataset images --folder heap.zip", "1 image lies in no class folder"),
        ("distill --dataset images --folder pages.zip", "it is a web page saved under an image"),
        ("sweep --dataset images --folder broken.zip", "broken.zip cannot be read"),
        ("search --dataset images --folder broken.zip", "broken.zip cannot be read"),
        ("study teachers --dataset images --folder broken.zip", "broken.zip cannot be read"),
        ("full-run --out o --pair own --data broken.zip", "broken.zip cannot be read"),
        ("full-run --out o --pair own --data heap.zip", "1 image lies in no class folder"),
        ("full-run --out o --pair nonesuch", "pair is 'nonesuch'"),
        ("full-run --out o --resume", "there is no run in"),
        ("full-run --out o --teacher-file nothing.safetensors", "not a file that is here"),
        ("full-run --out o --estimate --pair own --data broken.zip", "broken.zip cannot be read"),
        ("distill --config nothing.json", "nothing.json' cannot be read"),
        ("distill --teacher nonesuch", "nonesuch"),
        ("distill --alpha 7", "alpha is 7"),
        ("distill --nonsense 7", "--nonsense is not an option"),
    ],
)
def test_it_is_said_before_torch_is_imported(archives, line, sentence):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, *line.split()],
        cwd=archives,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
    )
    assert "torch was imported" not in done.stderr
    assert "Traceback" not in done.stderr
    assert sentence in done.stderr
    assert done.returncode in (1, 2)
    assert not (archives / "o").exists()


def test_a_full_run_says_how_much_it_downloads_before_it_begins(tmp_path):
    done = subprocess.run(
        [sys.executable, "-c", WITHOUT_TORCH, "full-run", "--out", "o", "--dataset", "cifar100"],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT), "KDLAB_HOME": str(tmp_path / "home")},
        capture_output=True,
        text=True,
    )
    said, _, _ = done.stderr.partition("torch was imported")  # which here ends it
    assert "CIFAR-100 is not on this machine yet: 169 MB are downloaded first." in said
    assert "--estimate" in said
