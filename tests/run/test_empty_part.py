"""A class of which validation or test has no image: measures leave it out, nothing is NaN."""

from __future__ import annotations

import json
import math
import sys
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab import cli
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import Confusion, DataRead, Remark, RunFinished, StudentsEpoch
from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.run import run
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.history import SweepHistory
from kdlab.jobs import JobState
from kdlab.storage.store import Store
from kdlab.studies import find
from pages.ui.shell import workers
from tests.patience import PATIENCE

sys.path += [str(Path(__file__).parents[1] / folder) for folder in ("data", "pages")]

from archives import some_images, write_zip
from fakes import FakeManager

CLASSES = ("ant", "bee", "cow")


def lacking(path, part):
    """And with one image that cannot be read, which only reading shows."""
    files = some_images(classes=CLASSES, each=6) | {"train/ant/0.png": b"not an image"}
    return write_zip(path, {n: c for n, c in files.items() if not n.startswith(f"{part}/bee/")})


def numbers(value):
    if isinstance(value, dict | list | tuple):
        for inner in value.values() if isinstance(value, dict) else value:
            yield from numbers(inner)
    elif isinstance(value, float):
        yield value


@pytest.mark.parametrize("part", ["val", "test"])
def test_distill_from_the_command_to_the_page(part, tmp_path, monkeypatch, capsys):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    asked = {
        "dataset": "images", "folder": lacking(tmp_path / "a.zip", part), "image_size": 8,
        "teacher": "mlp-4", "student": "mlp-2", "teacher_epochs": 1, "epochs": 2, "seeds": 2,
        "labels": 9,
    }  # fmt: skip
    words = [f"--{name.replace('_', '-')}={value}" for name, value in asked.items()]
    assert cli.main(["distill", *words, "--json"]) == 0
    out, err = capsys.readouterr()
    assert "leaves the class out" in err
    assert all(map(math.isfinite, numbers(json.loads(out))))
    config, keeper = DistilConfig(**asked), Store(tmp_path / "home", bundled=None)
    events = keeper.events(config)
    for event in events:
        if isinstance(event, StudentsEpoch | RunFinished):
            assert all(map(math.isfinite, numbers(json.loads(event.to_json()))))
    matrices = [m for e in events if isinstance(e, Confusion) for m in e.matrices.values()]
    assert all((sum(m[1]) == 0) == (part == "val") for m in matrices)
    manager = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: manager)
    monkeypatch.setattr(workers, "store", lambda: keeper)
    page = AppTest.from_file(Path(__file__).parents[2] / "pages" / "distil" / "live.py")
    page.query_params.update(config.to_query())
    page.run(timeout=PATIENCE)
    page.button(key="live.train").click().run(timeout=PATIENCE)
    if manager.jobs:  # else it was there at once
        manager.jobs[-1].all_events, manager.jobs[-1].state = events, JobState.DONE
        page.run(timeout=PATIENCE)
    assert not page.exception
    told = " ".join(str(c.value) for c in page.caption)
    assert "leaves the class out" in told
    assert "unreadable" in told
    assert len(page.metric) == 4
    assert "nan" not in " ".join(str(m.value) for m in page.metric)


def test_a_class_that_no_test_image_has_cannot_be_the_missing_one(tmp_path):
    study = find("missing")
    config = study.config(
        dataset="images", folder=lacking(tmp_path / "a.zip", "test"), image_size=8,
        teacher="mlp-4", student="mlp-2", teacher_epochs=1, epochs=1, seeds=1, unseen=(1,),
    )  # fmt: skip
    with pytest.raises(ConfigError, match="no test image is of class bee"):
        list(run(study, config, Store(tmp_path / "home", bundled=None)))


@pytest.mark.parametrize("kind", [StudyHistory, SweepHistory, SearchHistory])
def test_every_history_keeps_what_was_understood(kind):
    config = {StudyHistory: DistilConfig(), SweepHistory: SweepConfig()}.get(kind)
    history = kind(config) if config else kind()
    read = DataRead(account={"lines": ["Read 3 classes.", "Left out: 1."]})
    for _ in range(2):  # every share of a map reads the data
        history.take([read, Remark(text="Weights in another order.")])
    assert history.notes == ["Read 3 classes.", "Left out: 1.", "Weights in another order."]


@pytest.mark.parametrize("lines", [None, 3, [1, {}], "text"])
def test_an_account_that_was_damaged_says_nothing(lines):
    assert DataRead(account={"lines": lines}).lines == []
