"""A run on a table: told of by its rows, their columns and their values."""

from __future__ import annotations

import json

import numpy as np
import pytest

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.device import onnx_file
from kdlab.device.network import Network
from kdlab.errors import ConfigError, StoreError
from kdlab.events import Confusion, DataRead, Regions, RunFinished, RunStarted, from_json, whole
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import fold
from kdlab.experiments.run.run import run
from kdlab.models import build
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS

LARGE = 5e9
"""As a population: no mean of pixels comes near it."""


@pytest.fixture(scope="module")
def rows():
    """Two columns of numbers, in which the classes overlap: students differ."""
    draw = np.random.default_rng(3)
    y = draw.integers(0, 3, 240)
    x = np.stack([LARGE + 1e9 * draw.normal(y, 1.0), draw.normal(-y, 1.0)], axis=1).round(2)
    return x, y


@pytest.fixture(scope="module")
def config(tmp_path_factory, rows):
    path = tmp_path_factory.mktemp("table") / "people.csv"
    x, y = rows
    lines = [f"{a},{b if n % 9 else ''},{'<b>' * (c == 2)}{c}" for n, ((a, b), c) in
             enumerate(zip(x.tolist(), y.tolist(), strict=True))]  # fmt: skip
    path.write_text("\n".join(["people,<i>height</i>,y", *lines]))
    return DistilConfig.parse(
        {
            "dataset": "table", "folder": str(path), "teacher": "mlp-32", "teacher_epochs": 4,
            "student": "mlp-4", "labels": 20, "epochs": 4, "seeds": 2,
        }
    )  # fmt: skip


@pytest.fixture(scope="module")
def store(tmp_path_factory):
    return Store(tmp_path_factory.mktemp("home"), bundled=None)


@pytest.fixture(scope="module")
def events(config, store):
    return list(run(config, store))


def test_it_is_told_of_by_rows(events):
    history = fold(events)
    assert history.noun == "rows"
    assert "rows" in DISTILL.summary(history)
    (read,) = [e for e in events if isinstance(e, DataRead)]
    assert read.lines[0].startswith("Read 240 rows of 3 columns; target 'y'")
    (started,) = [e for e in events if isinstance(e, RunStarted)]
    assert started.classes == ("0", "1", "<b>2")
    assert isinstance(events[-1], RunFinished)


def test_rows_on_which_students_differ_are_told_by_their_place_and_their_values(events, rows):
    assert not [e for e in events if isinstance(e, Regions)], "columns have names, and no regions"
    x, y = rows
    items = [item for e in events if isinstance(e, Confusion) for item in e.differ]
    assert items
    for item in items:
        assert item["label"] == y[item["row"]]
        (first, people), (second, height) = item["values"]
        assert (first, second) == ("people", "<i>height</i>")
        assert float(people) == pytest.approx(x[item["row"], 0], rel=1e-5)
        assert people.isdecimal()
        if item["row"] % 9:
            assert float(height) == pytest.approx(x[item["row"], 1], rel=1e-5, abs=1e-5)
        else:
            assert height == "missing"


def test_what_is_kept_is_read_back_and_damage_is_found(events):
    lines = [event.to_json() for event in events]
    again = [from_json(line) for line in lines]
    whole.check(again)
    place = next(n for n, e in enumerate(again) if isinstance(e, Confusion) and e.differ)
    for damage in ({"values": "none"}, {"values": [["a"]]}, {"row": -1}, {"values": None}):
        told = json.loads(lines[place])
        told["differ"][0] |= damage
        with pytest.raises((ValueError, TypeError, StoreError)):
            whole.check([*again[:place], from_json(json.dumps(told)), *again[place + 1 :]])


def test_the_teachers_answers_name_the_columns(events, config, store):
    outputs = store.teacher_outputs(config.teacher_config())
    names = ("people", "<i>height</i>", "<i>height</i> is missing")
    assert outputs.columns == names
    assert outputs.mean[0] > LARGE
    assert outputs.inputs.shape == (len(outputs.labels), 3)
    split = list(data.load(config))[-1]
    network = Network.of("teacher", "mlp-32", build("mlp-32", (3,), 3, 0), split)
    assert json.loads(onnx_file.said(onnx_file.to_onnx(network))["columns"]) == list(names)


@pytest.mark.parametrize(
    ("study", "said"),
    [
        ("resolution", r"breast-cancer has rows\. Allowed: a data set of images"),
        ("augmentation", r"augmentation is 'shift', and breast-cancer has rows"),
    ],
)
def test_studies_of_images_say_that_they_are(study, said):
    record = EXPERIMENTS[study]
    with pytest.raises(ConfigError, match=said):
        record.predicted(record.config(dataset="breast-cancer"))
