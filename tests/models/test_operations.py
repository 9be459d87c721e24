"""What a forward pass costs is counted without torch, and the same as when it runs."""

from __future__ import annotations

import pytest

from kdlab import models
from kdlab.measure import profiling
from kdlab.models import MODELS

FREE = {
    "mlp": ("mlp-3", "mlp-512-512", "mlp-17-5-9"),
    "mlpbn": ("mlpbn-7", "mlpbn-16-9"),
    "cnn": ("cnn-5", "cnn-16-32", "cnn-3-4-5-6-7-8"),
    "gru": ("gru-5", "gru-32-16"),
    "gpt": ("gpt-1-16", "gpt-2-64", "gpt-3-50"),
}
SIDES = ((8, 8), (33, 19), (64, 70))
WINDOWS = ((1, 3), (6, 27), (12, 70))


def cases():
    for family in MODELS.values():
        for name in (*family.choices, *FREE.get(family.name, ())):
            for sides in SIDES:
                if "images" in family.accepts and min(sides) >= family.smallest:
                    yield name, (3, *sides)
            if "text" in family.accepts:
                yield from ((name, window) for window in WINDOWS)
            if "points" in family.accepts:
                yield name, (2,)


@pytest.mark.parametrize(("name", "shape"), list(cases()))
def test_the_count_is_that_of_a_run(name, shape):
    found = models.operations(name, shape, 7)
    assert found == profiling.flops_per_image(models.build(name, shape, 7, seed=0), shape)
