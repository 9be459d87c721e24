"""A script with trees as the teacher grows the lab's trees, and its students get their numbers."""

from __future__ import annotations

import os
import re
import subprocess
import sys

import pytest

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import StudyFinished
from kdlab.experiments.run.run import run
from kdlab.export import stand_alone
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS

SMALL = {"labels": 20, "epochs": 4, "seeds": 2, "student": "mlp-8"}


def printed(text: str, folder) -> str:
    """What the script says where the lab is out of reach."""
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    environment = {**os.environ, "OMP_NUM_THREADS": "1"}
    environment.pop("PYTHONPATH", None)
    command = [sys.executable, path.name]
    done = subprocess.run(
        command, cwd=folder, env=environment, capture_output=True, text=True, timeout=600
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.parametrize(
    "own",
    [
        {"dataset": "moons", "points": 200, "teacher": "forest-9"},
        {"dataset": "moons", "points": 200, "teacher": "boosting-9", "teacher_seed": 3},
        {"dataset": "blobs", "points": 200, "teacher": "boosting-4"},
    ],
    ids=lambda own: own["dataset"] + own["teacher"],
)
def test_a_script_with_trees_gets_the_labs_numbers(own, tmp_path):
    config = checks.normal(DistilConfig(**SMALL | own))
    *_, finished = run(config, Store(home=tmp_path, bundled=None))
    text = printed(stand_alone(config), tmp_path)
    assert f"teacher {config.teacher}: {finished.teacher_accuracy:.2%}" in text
    told = re.findall(r"labels only (.+)%, distilled (.+)%,", text)
    for place, group in enumerate(finished.groups):
        got = [float(line[place]) / 100 for line in told]
        assert got == pytest.approx(group["accuracy"], abs=0.035), "a point or two of 60"


def test_a_script_of_the_mistake_asks_trees_of_the_rows_they_grew_on(tmp_path):
    record = EXPERIMENTS["mistakes"]
    own = {"mistake": "by-heart", "dataset": "moons", "points": 120, "teacher": "forest-5"}
    config = record.normal(record.config.parse(own | {"seeds": 1, "teacher_seeds": 2, "epochs": 2}))
    text = record.script(config, record.history(config))
    assert "The mistake: the trees answer the rows that they were grown on" in text
    assert "answers(teacher, train_x)" in text
    assert "teacher_said" in text
    events = list(record.run(config, Store(home=tmp_path, bundled=None)))
    assert isinstance(events[-1], StudyFinished)
    assert f"{events[-1].teachers[0]['accuracy']:.2%}" in printed(text, tmp_path)


def test_a_file_is_no_teacher_that_a_script_can_make():
    config = DistilConfig(dataset="images", folder="x", teacher="answers", teacher_file="y.csv")
    with pytest.raises(ConfigError, match="which is a file"):
        stand_alone(config)
