"""Points without torch: the same draws, the same labels, the same coordinates as the trainer's."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
import torch

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.data import toys
from kdlab.experiments.run import points
from kdlab.experiments.run.draws import Draws
from kdlab.training.arms import Arm
from kdlab.training.cohort import NO_LABEL
from kdlab.training.labels import choose_labelled, mislabel
from kdlab.training.students import build_objective

ROOT = Path(__file__).parents[2]


@pytest.mark.parametrize("seed", [0, 1, 2, 7, 2015, 2**31 - 1, 2**32 + 5])
def test_draws_are_those_of_torch(seed):
    torchs = torch.Generator().manual_seed(seed)
    ours = Draws(seed)
    for count in (5, 0, 1, 2, 333, 2000):
        assert ours.permutation(count).tolist() == torch.randperm(count, generator=torchs).tolist()
        found = torch.randint(1, 4, (count,), generator=torchs)
        assert ours.integers(1, 4, count).tolist() == found.tolist()


@pytest.mark.parametrize("seed", [2, 10, 8002])
@pytest.mark.parametrize("count", [1, 2, 3, 4, 30, 100, 250])
def test_labels_are_chosen_and_spoilt_as_the_trainer_does(seed, count):
    targets = torch.tensor([0] * 150 + [1] * 70 + [2] * 25 + [3] * 5)
    targets = targets[torch.randperm(250, generator=torch.Generator().manual_seed(3))]
    chosen = choose_labelled(targets, count, seed)
    mask = points.labelled_of(targets.numpy(), count, seed)
    assert mask.tolist() == chosen.tolist()
    for share in (0.1, 0.5):
        given = points.mislabelled(targets.numpy(), mask, share, 4, seed + 1)
        assert given.tolist() == mislabel(targets, chosen, share, 4, seed + 1).tolist()


@pytest.mark.parametrize("dataset", toys.FIGURES)
@pytest.mark.parametrize(
    "more",
    [
        {"labels": 30},
        {"labels": "all", "noise": 0.3, "points": 700},
        {"labels": 100, "label_noise": 0.3, "first_seed": 5, "train_limit": 200},
    ],
)
def test_a_run_shows_the_points_that_it_was_trained_on(dataset, more):
    config = DistilConfig(dataset=dataset, **more)
    (split,) = data.load(config)
    seen = build_objective(
        [Arm.of(config, "distilled", "Distilled")], [config.first_seed], split.train.targets,
        len(split.classes), None, torch.device("cpu"),
    ).labels[0]  # fmt: skip
    found = points.of(config)
    assert found.given.tolist() == seen.tolist()
    assert found.train_classes.tolist() == split.train.targets.tolist()
    assert found.test_classes.tolist() == split.test.targets.tolist()
    assert np.array_equal(found.train.astype(np.float32), split.train.inputs.numpy())
    assert np.array_equal(found.test.astype(np.float32), split.test.inputs.numpy())
    assert points.NO_LABEL == NO_LABEL


def test_every_data_set_of_points_has_its_figure():
    assert set(toys.FIGURES) == {n for n, d in data.DATASETS.items() if d.kind == "points"}


def test_images_have_no_points():
    assert points.of(DistilConfig()) is None


def test_more_labels_than_points_are_no_points():
    assert points.of(DistilConfig(dataset="moons", points=200, labels=150)) is None
