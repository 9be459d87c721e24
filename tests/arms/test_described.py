from __future__ import annotations

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.training.arms.arm import TeacherSpec
from kdlab.training.arms.context import describe


@pytest.mark.parametrize(("epochs", "words"), [(1, "1 epoch"), (0, "0 epochs"), (20, "20 epochs")])
def test_one_epoch_is_one(epochs, words):
    config = DistilConfig(teacher="mlp-128")
    assert describe(TeacherSpec(epochs=epochs), config) == f"mlp-128, {words}"
