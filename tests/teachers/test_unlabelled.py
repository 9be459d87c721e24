"""A table in which some rows have no class, and a teacher that is a file, through everything that
can be asked of the lab."""

from __future__ import annotations

import csv

import numpy as np
import pytest
import torch

from kdlab import checks
from kdlab.config.schema import DistilConfig
from kdlab.errors import KdlabError
from kdlab.events import Finished, RunFailed, RunFinished, RunStarted
from kdlab.methods import find
from kdlab.studies import EXPERIMENTS
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.mistakes.records import MISTAKES
from kdlab.training.arms.arm import Arm
from kdlab.training.labels import choose_labelled, mislabel
from kdlab.training.students import build_objective
from tests.teachers.test_everywhere import SMALL

CASES = [
    *((name, {}) for name in EXPERIMENTS if name not in ("claims", "mistakes")),
    *(("mistakes", {"mistake": name}) for name in MISTAKES),
    *(("claims", {"claim": name}) for name in TRIALS),
]


@pytest.fixture(scope="module")
def table(tmp_path_factory) -> str:
    """Rows of three classes; of every fourth nobody knows the class."""
    draw = np.random.default_rng(0)
    path = tmp_path_factory.mktemp("rows") / "table.csv"
    with path.open("w", newline="", encoding="utf-8") as file:
        writer = csv.writer(file)
        writer.writerow(["a", "b", "p_x", "p_y", "p_z", "kind"])
        for n in range(120):
            p = draw.dirichlet(np.ones(3) + 6 * np.eye(3)[n % 3])
            inputs = (draw.normal(size=2) + n % 3).round(4)
            writer.writerow([*inputs, *p, "xyz"[n % 3] if n % 4 else ""])
    return str(path)


@pytest.mark.parametrize("teacher", ["mlp-3", "forest-2", "answers"])
@pytest.mark.parametrize(
    ("name", "changes"), CASES, ids=lambda v: "-".join(v.values()) if isinstance(v, dict) else v
)
def test_it_works_or_is_said_not_to(name, changes, teacher, table, tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    record = EXPERIMENTS[name]
    own = {"dataset": "table", "folder": table, "target": "kind", "teacher": teacher}
    wanted = SMALL | {"teacher_epochs": 1, "unseen": "0"} | changes | own
    fields = record.config.model_fields
    try:
        config = record.normal(
            record.config.parse({n: v for n, v in wanted.items() if n in fields})
        )
        record.possible(config)
        record.predicted(config)
        events = list(record.run(config, cache=False))
    except KdlabError as error:
        said = str(error)
    else:
        said = ""
        assert not [event for event in events if isinstance(event, RunFailed)]
        assert isinstance(events[-1], Finished)
        if isinstance(events[-1], RunFinished):
            known = events[-1].per_class["training"]
            (started,) = [event for event in events if isinstance(event, RunStarted)]
            assert 0 < sum(known) < started.train_size, "of training rows with a class"
    assert "is not known" not in said
    if name in ("distill", "sweep", "temperature", "difference"):
        assert said == ""


def test_only_examples_with_a_class_are_given_labels():
    targets = torch.arange(90) % 3
    targets[::2] = -1
    for count in (3, 20, 45):
        mask = choose_labelled(targets, count, 0)
        assert int(mask.sum()) == count
        assert bool((targets[mask] >= 0).all())
    mask = choose_labelled(targets, 20, 0)
    wrong = mislabel(targets, mask, 0.5, 3, 0)
    assert int((wrong != targets).sum()) == 10
    assert bool((wrong[targets < 0] == -1).all())


def test_all_labels_are_those_that_are_known():
    targets = torch.arange(90) % 3
    targets[:60] = -1
    arm = Arm.of(checks.normal(DistilConfig(labels="all")), "one", "One")
    made = build_objective([arm], [0], targets, 3, find("soft-targets"), torch.device("cpu"))
    assert torch.equal(made.labels[0], targets)
    assert float(made.fraction[0]) == pytest.approx(1 / 3)
