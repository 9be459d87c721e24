"""12,000 surnames, the most frequent ones of the 1990 census of the United States.

Chosen because they come with the lab (89 KB, no download), are in the public domain as the work of
a federal government, are plain a to z, and because everybody hears at once whether a name that a
model has made could be one. The list is that of the Census Bureau (dist.all.last), as the package
``names`` 0.3.0 carries it; each name counts once, however many people bear it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import cache

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.split import SPLIT_SEED, DataSplit
from kdlab.data.text.strings import Parts, cut_positions
from kdlab.data.text.windows import END_NAME, split_of_strings
from kdlab.system.paths import EMBEDDED

CLASSES = (END_NAME, *"abcdefghijklmnopqrstuvwxyz")
VALIDATION_NAMES = 1000
TEST_NAMES = 2000


def load(config: DataConfig) -> Iterator[DataSplit]:
    """Yield the split: 9,000 training, 1,000 validation and 2,000 test names, every character of
    them an example (W, 27)."""
    yield split_of_strings(CLASSES, *cut_positions(parts(), CLASSES, config))


@cache
def parts() -> Parts:
    """The names of each part, in a random order that is always the same."""
    return divided(surnames())


def surnames() -> list[str]:
    """The names, the most frequent first."""
    return (EMBEDDED / "surnames.txt").read_text(encoding="ascii").split()


def divided(names: Sequence[str]) -> Parts:
    """Names cut into the parts, in a random order that is always the same."""
    order = np.random.default_rng(SPLIT_SEED).permutation(len(names))
    mixed = [names[place] for place in order]
    test, validation, train = np.split(mixed, [TEST_NAMES, TEST_NAMES + VALIDATION_NAMES])
    return Parts(tuple(train.tolist()), tuple(validation.tolist()), tuple(test.tolist()))
