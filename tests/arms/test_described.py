from __future__ import annotations

import pytest

from kdlab.arms.arm import Network
from kdlab.arms.workshop import describe
from kdlab.config import DistilConfig


@pytest.mark.parametrize(("epochs", "words"), [(1, "1 epoch"), (0, "0 epochs"), (20, "20 epochs")])
def test_one_epoch_is_one(epochs, words):
    config = DistilConfig(teacher="mlp-128")
    assert describe(Network(epochs=epochs), config) == f"mlp-128, {words}"
