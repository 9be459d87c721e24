import numpy as np
import pytest
import torch
from sklearn.datasets import make_circles, make_moons
from sklearn.neighbors import KNeighborsClassifier

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import toys

TOYS = {"moons": 2, "circles": 2, "spirals": 3, "blobs": 4}


def load(**settings):
    (split,) = data.load(DataConfig(**settings))
    return split


@pytest.mark.parametrize("name", TOYS)
def test_half_a_fifth_and_the_rest_class_by_class(name):
    split = load(dataset=name, points=1200)
    assert split.shape == (2,)
    assert len(split.classes) == TOYS[name]
    for part, size in ((split.train, 600), (split.validation, 240), (split.test, 360)):
        assert part.inputs.shape == (size, 2)
        counts = part.targets.bincount(minlength=TOYS[name])
        assert counts.max() - counts.min() <= 1
    assert torch.allclose(split.train.inputs.mean(0), torch.zeros(2), atol=1e-5)
    assert torch.allclose(split.train.inputs.std(0, correction=0), torch.ones(2), atol=1e-5)


@pytest.mark.parametrize("name", TOYS)
def test_no_point_is_in_two_parts(name):
    split = load(dataset=name, points=300)
    parts = (split.train, split.validation, split.test)
    points = {tuple(point) for part in parts for point in part.inputs.tolist()}
    assert len(points) == 300


@pytest.mark.parametrize("name", TOYS)
def test_the_same_settings_give_the_same_points(name):
    first, second = load(dataset=name), load(dataset=name)
    other = load(dataset=name, noise=0.3)
    assert torch.equal(first.train.inputs, second.train.inputs)
    assert torch.equal(first.train.targets, other.train.targets)
    assert not torch.equal(first.train.inputs, other.train.inputs)


@pytest.mark.parametrize("name", TOYS)
def test_noise_moves_each_point_along_its_own_line(name):
    still, near, far = (load(dataset=name, noise=noise) for noise in (0.0, 0.1, 0.2))
    steps = [s.original(s.test.inputs) for s in (still, near, far)]
    assert torch.allclose(steps[1] - steps[0], steps[2] - steps[1], atol=1e-5)


@pytest.mark.parametrize(
    ("name", "reference"),
    [
        ("moons", make_moons(200, shuffle=False)),
        ("circles", make_circles(200, shuffle=False, factor=0.4)),
    ],
)
def test_without_noise_the_figures_are_those_of_scikit_learn(name, reference):
    points, targets = getattr(toys, name)(200)
    assert np.allclose(points, reference[0], atol=1e-12)
    assert np.array_equal(targets, reference[1])


@pytest.mark.parametrize("name", TOYS)
def test_at_the_default_noise_classes_touch_but_can_be_told_apart(name):
    split = load(dataset=name)
    neighbours = KNeighborsClassifier(15).fit(split.train.inputs, split.train.targets)
    assert 0.88 < neighbours.score(split.test.inputs, split.test.targets) < 0.995


def test_the_smallest_and_the_noisiest_setting_load():
    for name in TOYS:
        split = load(dataset=name, points=60, noise=1.0, train_limit=5)
        assert len(split.train.targets) == 5
        assert torch.isfinite(split.train.inputs).all()
