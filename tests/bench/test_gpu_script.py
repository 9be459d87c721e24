"""The script that a GPU is asked with, whole, on a CPU: no minute of a GPU is lost on a typing
mistake."""

from __future__ import annotations

import io
import json
import os
import shutil
import subprocess
import sys
import types
import zipfile
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from kdlab.bench.gpu import gathered
from kdlab.bench.gpu.__main__ import main
from kdlab.bench.gpu.cifar import PAIR
from kdlab.full_run.recipe import possible
from kdlab.full_run.recipe.config import FullRunConfig
from tests.conftest import ROOT
from tests.gpu.pack import pack

MISSING = (
    "streamlit", "plotly", "pyarrow", "distributed", "dask", "cryptography", "optuna", "onnx",
    "onnxruntime", "segno", "matplotlib", "playwright", "uvloop",
)  # fmt: skip
"""What a GPU server does not have: whatever imports one of these would fail there."""


@pytest.fixture
def archive(tmp_path):
    """40 training and 20 test images of 10 classes, noise of a colour of their own."""
    rng = np.random.default_rng(0)
    path = tmp_path / "images.zip"
    with zipfile.ZipFile(path, "w") as target:
        for split, count in (("train", 4), ("test", 2)):
            for label in range(10):
                for number in range(count):
                    pixels = rng.integers(20 * label, 20 * label + 40, (32, 32, 3), dtype=np.uint8)
                    held = io.BytesIO()
                    Image.fromarray(pixels).save(held, "JPEG")
                    target.writestr(f"{split}/class{label}/{number:02}.jpg", held.getvalue())
    return path


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("timeout") is None, reason="the script needs GNU coreutils")
def test_the_script_runs_every_part_on_a_bare_machine(tmp_path, archive):
    beside, out, bare = tmp_path / "beside", tmp_path / "out", tmp_path / "bare"
    beside.mkdir()
    bare.mkdir()
    shutil.copy(archive, beside)
    blocked = "".join(f"sys.modules[{name!r}] = None\n" for name in MISSING)
    (bare / "sitecustomize.py").write_text(f"import sys\n{blocked}")
    env = os.environ | {
        "KDLAB_GPU_TINY": "1",
        "KDLAB_DEVICE": "cpu",
        "CUDA_VISIBLE_DEVICES": "",
        "PYTHON": sys.executable,
        "PYTHONPATH": str(bare),
    }
    env.pop("PYTEST_ADDOPTS", None)
    script = ROOT / "tests" / "gpu" / "run.sh"
    done = subprocess.run(
        ["bash", script, out, beside], env=env, capture_output=True, text=True, check=False
    )
    log = (out / "gpu.log").read_text(encoding="utf-8")
    assert done.returncode == 0, done.stderr + log
    found = json.loads((out / "gpu.json").read_text(encoding="utf-8"))
    assert len(found["tests"]) == 2
    for tests in found["tests"]:
        assert tests["run"] == tests["skipped"] > 0, log
    for name, part in found["parts"].items():
        assert part["error"] == "", f"{name}: {part['error']}"
        assert part["rows"], f"{name} found nothing: {log}"
        for row in part["rows"]:
            assert row["what"] in done.stdout
            assert row["told"] in done.stdout
    (runs,) = found["parts"]["full_runs"]["rows"]
    assert runs["found"]["step_shares"].keys() == {"data", "teacher", "student"}
    assert sum(runs["found"]["step_shares"].values()) == pytest.approx(1)
    (cifar,) = found["parts"]["cifar"]["rows"]
    assert cifar["run"]["state"] == "finished"
    device, *said = found["parts"]["communication"]["rows"]
    assert device["device"]["kind"] == "cpu"
    for row in (*said, *found["parts"]["cnn_cohorts"]["rows"]):
        assert row["met"], row["told"]
    assert sorted(path.name for path in out.iterdir()) == ["gpu.json", "gpu.log", "gpu.md"]


def test_a_part_that_breaks_is_told_and_costs_the_others_nothing(tmp_path):
    gathered.write(
        tmp_path / "maps.json",
        {"rows": [{"what": "a map", "told": "3 times", "goal": "1000 times", "met": False}],
         "seconds": 2.0, "error": "Traceback\nValueError: no | such thing"},
    )  # fmt: skip
    lines = list(gathered.table(tmp_path))
    assert "| a map | 3 times | 1000 times | NO |" in lines
    assert "| maps | broke off after 2 s: ValueError: no / such thing |  | NO |" in lines
    assert any("cifar | broke off" in line and "gpu.log" in line for line in lines)
    assert "| tests that need a GPU | none came to its end | all pass | NO |" in lines
    written = json.loads((tmp_path / gathered.GATHERED).read_text(encoding="utf-8"))
    assert written["parts"]["maps"]["rows"][0]["told"] == "3 times"


def test_a_part_that_is_ended_at_its_limit_has_told_so_before(tmp_path, monkeypatch):
    module = types.ModuleType("kdlab.bench.gpu.maps")

    def measure(asked):
        yield {"what": "one", "told": "1"}
        raise SystemExit  # as a process that is ended from outside: nothing is written any more

    module.measure = measure
    monkeypatch.setitem(sys.modules, "kdlab.bench.gpu.maps", module)
    with pytest.raises(SystemExit):
        main(["maps", "--out", str(tmp_path)])
    lines = list(gathered.table(tmp_path))
    assert "| one | 1 |  |  |" in lines
    assert any(f"maps | broke off after 0 s: {gathered.CUT_OFF}" in line for line in lines)


def test_the_pair_that_a_gpu_trains_is_possible(archive):
    config = FullRunConfig(pair=PAIR, dataset="images", folder=str(archive), epochs=3, seeds=2)
    possible.check(config)
    assert (config.teacher, config.student) == ("resnet56", "resnet20")


@pytest.mark.parametrize("kept", [zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED])
def test_an_archive_is_cut_to_what_fits(tmp_path, archive, kept):
    source = tmp_path / "source.zip"
    with zipfile.ZipFile(archive) as first, zipfile.ZipFile(source, "w", kept) as target:
        for name in first.namelist():
            target.writestr(name, first.read(name))
    out = tmp_path / "part.zip"
    whole = archive.stat().st_size
    count = pack(source, out, 0.9 * whole / 2**20)
    assert out.stat().st_size <= 0.9 * whole
    with zipfile.ZipFile(out) as cut, zipfile.ZipFile(archive) as source:
        names = cut.namelist()
        assert len(names) == count == 40  # of each class three to train on and one to test
        assert {Path(name).parent for name in names} == {
            Path(name).parent for name in source.namelist()
        }
        assert all(cut.read(name) == source.read(name) for name in names)
    assert pack(archive, out, 64) == 60
