import importlib.util

import numpy as np
import pytest
import torch
from sklearn.datasets import load_digits

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import digits
from kdlab.errors import DataError


def load(**settings):
    (split,) = data.load(DataConfig(**settings))
    return split


def test_all_images_are_there_once_in_three_parts():
    split = load()
    parts = (split.train, split.validation, split.test)
    assert [len(part.targets) for part in parts] == [1097, 200, 500]
    assert split.shape == (1, 8, 8)
    grey = [(split.pixels(part.inputs).double() / 255 * 16).round() for part in parts]
    images = torch.cat(grey).reshape(-1, 64).numpy()
    targets = torch.cat([part.targets for part in parts]).numpy()
    reference, labels = load_digits(return_X_y=True)

    def rows(x, y):
        return sorted(map(tuple, np.column_stack([x, y]).astype(int).tolist()))

    assert rows(images, targets) == rows(reference, labels)


def test_parts_are_stratified():
    split = load()
    for part, size in ((split.train, 1097), (split.validation, 200), (split.test, 500)):
        shares = part.targets.bincount(minlength=10) / size
        assert (shares - 0.1).abs().max() < 0.011


def test_few_images_are_taken_from_training_only():
    whole, few = load(), load(train_limit=100)
    assert few.train.targets.bincount().min() >= 9
    assert torch.equal(whole.test.targets, few.test.targets)
    assert torch.equal(whole.pixels(whole.test.inputs), few.pixels(few.test.inputs))
    everything = {image.tobytes() for image in whole.pixels(whole.train.inputs).numpy()}
    assert {image.tobytes() for image in few.pixels(few.train.inputs).numpy()} <= everything


def test_another_place_of_the_file_is_found_by_scikit_learn(monkeypatch, tmp_path):
    expected = digits._all()
    spec = importlib.util.find_spec("sklearn")
    monkeypatch.setattr(spec, "origin", str(tmp_path / "__init__.py"))
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: spec)
    found = digits._all.__wrapped__()
    assert np.array_equal(found[0], expected[0])
    assert np.array_equal(found[1], expected[1])


def test_without_scikit_learn_a_sentence_says_so(monkeypatch):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(DataError, match=r"scikit-learn.*not installed.*requirements\.txt"):
        digits._all.__wrapped__()
