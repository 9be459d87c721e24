"""Files of networks for tables: their metadata alone say how a row is encoded, and they have no
page for the phone."""

from __future__ import annotations

import csv
import json
import random

import numpy as np
import pytest
import torch

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.device import onnx_file, runtime
from kdlab.device.formats import NO_PAGE
from kdlab.events import Remark
from kdlab.experiments.run import device_files, networks
from kdlab.storage.store import Store

COLUMNS = ("length", "weight", "island", "sex", "kind")


def cells(draw: random.Random, n: int) -> list[str]:
    """A row with missing numbers and words, and words that come once."""
    kind = draw.choice(["Adelie", "Gentoo"])
    length = f"{draw.gauss(40 + 8 * (kind == 'Gentoo'), 2):.1f}" if n % 9 else ""
    island = f"Islet {n}" if n % 40 == 3 else draw.choice(["Biscoe", "Dream"])
    return [length, str(draw.randint(3000, 6000)), island, ["", "male", "female"][n % 3], kind]


@pytest.fixture(scope="module")
def table(tmp_path_factory):
    draw = random.Random(0)
    path = tmp_path_factory.mktemp("table") / "birds.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows([COLUMNS, *(cells(draw, n) for n in range(240))])
    return path


@pytest.fixture(scope="module")
def config(table):
    return DistilConfig(
        dataset="table", folder=str(table), target="kind", teacher="mlp-8", teacher_epochs=2,
        student="mlp-4", epochs=2, seeds=2, labels=10,
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"))


def files(config, formats, store):
    """Name -> content, and what was told."""
    source, told = device_files.export(config, formats, store=store), []
    while True:
        try:
            event = next(source)
        except StopIteration as end:
            return {each.name: each.content for each in end.value}, told
        told += [event.text] if isinstance(event, Remark) else []


def by_metadata(row: dict[str, str], said: dict[str, str]) -> list[float]:
    """One row of the file as the network reads it, by what its metadata say and nothing else."""
    numbers = dict.fromkeys(json.loads(said["columns"]), 0.0)
    for each in json.loads(said["encoding"]):
        cell = row[each["column"]]
        if cell == "" and each["missing"]:
            numbers[each["missing"]] = 1.0
        if "number" in each:
            numbers[each["number"]] = float(cell) if cell else each["fill"]
        elif cell in each["words"]:
            numbers[each["words"][cell]] = 1.0
        elif cell and each["rare"]:
            numbers[each["rare"]] = 1.0
    return list(numbers.values())


@pytest.mark.slow
def test_a_row_is_encoded_by_the_metadata_alone_and_answered_as_in_the_lab(table, config, store):
    found, told = files(config, "onnx,html", store)
    assert set(found) == {"teacher.onnx", "labels-only.onnx", "distilled.onnx"}
    assert any(text.startswith(NO_PAGE) for text in told), "the page alone is left out"
    content = found["distilled.onnx"]
    said = onnx_file.said(content)
    asked = runtime.session(content)
    assert [each.name for each in asked.get_inputs()] == ["row"]
    assert {"columns", "encoding", "class_names"} <= {
        word.strip(".,:") for word in said["usage"].split()
    }

    split = next(each for each in data.load(config) if isinstance(each, DataSplit))
    assert json.loads(said["columns"]) == list(split.columns)
    with table.open(encoding="utf-8", newline="") as file:
        every = list(csv.DictReader(file))
    part = split.test
    rows = [every[place] for place in part.rows.tolist()]
    given = np.array([by_metadata(row, said) for row in rows], dtype=np.float32)
    own = networks.modules(config, store)["distilled"]
    with torch.inference_mode():
        wanted = own(part.inputs).numpy()
    assert np.ptp(wanted) > 0
    np.testing.assert_allclose(runtime.logits(asked, given), wanted, rtol=1e-4, atol=1e-5)
    for kind in ("fill", "rare", "missing"):
        assert any(each.get(kind) for each in json.loads(said["encoding"])), kind


def test_a_page_alone_is_refused_before_anything_is_trained(config, kdlab, tmp_path):
    settings = tmp_path / "run.json"
    settings.write_text(config.to_json(), encoding="utf-8")
    out = tmp_path / "files"
    code, _, told = kdlab("export", str(settings), "--format", "html", "--out", str(out))
    assert code == 2
    assert "for a table" in told
    assert "Leave html out" in told
    assert "training" not in told
    assert not out.exists()
