"""What a map and a search say of classes that accuracy tells little of."""

from __future__ import annotations

import pytest

from kdlab.events import DataRead
from kdlab.experiments.uneven import uneven


def read(**counts):
    return DataRead(account={"classes": {n: {"train": c, "test": 9} for n, c in counts.items()}})


def test_uneven_classes_are_told_with_the_share_of_the_largest():
    words = uneven(read(risk=30, normal=62, none=8), "rows")
    assert words.startswith("Classes are uneven: 62 % of the training rows are “normal”")
    assert "balanced accuracy" in words


@pytest.mark.parametrize(
    "data",
    [
        None,
        read(a=50, b=20),
        read(a=50),
        DataRead(account={}),
        DataRead(account={"classes": [1, 2]}),
        DataRead(account={"classes": {"a": {"train": "many"}, "b": {"train": 1}}}),
        DataRead(account={"classes": {"a": {"train": 50}, "b": {}}}),
        DataRead(account={"classes": {"a": 50, "b": 3}}),
    ],
)
def test_even_unknown_and_damaged_accounts_say_nothing(data):
    assert uneven(data, "rows") == ""


def test_a_class_without_training_examples_is_as_uneven_as_can_be():
    assert "“a”" in uneven(read(a=3, b=0), "images")
