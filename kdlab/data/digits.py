"""The 1,797 handwritten 8x8 digits that scikit-learn carries with it: real, and always there.

E. Alpaydin and C. Kaynak, Optical Recognition of Handwritten Digits, UCI 1998 (the test part).
"""

from __future__ import annotations

import gzip
import importlib.util
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.split import DataSplit, Images, at_most, split_of_images, stratified
from kdlab.errors import DataError

VALIDATION_SIZE = 200
TEST_SIZE = 500


def load(config: DataConfig) -> Iterator[DataSplit]:
    """Yield the split: 1,097 training, 200 validation, 500 test images (1, 8, 8)."""
    pixels, targets = _all()
    test, rest = stratified(targets, TEST_SIZE)
    validation, train = (rest[part] for part in stratified(targets[rest], VALIDATION_SIZE))
    train = train[at_most(targets[train], config.train_limit, "train")]
    yield split_of_images(
        [str(digit) for digit in range(10)],
        *((pixels[part], targets[part]) for part in (train, validation, test)),
    )


@cache
def _all() -> Images:
    """All images; the 17 grey levels 0..16 spread over 0..255 (16, the ink, becomes 255).

    The file is read where scikit-learn keeps it: importing scikit-learn for it takes seconds, and
    this is the data set on which the first run must start at once.
    """
    spec = importlib.util.find_spec("sklearn")
    if spec is None or spec.origin is None:
        raise DataError(
            "scikit-learn, which provides the digits, is not installed",
            "the packages of requirements.txt",
            "Install scikit-learn, or choose another data set",
        )
    path = Path(spec.origin).parent / "datasets" / "data" / "digits.csv.gz"
    if path.is_file():
        table = np.loadtxt(gzip.decompress(path.read_bytes()).decode().splitlines(), delimiter=",")
        images, targets = table[:, :-1], table[:, -1]
    else:  # a later scikit-learn may keep it elsewhere
        from sklearn.datasets import load_digits

        images, targets = load_digits(return_X_y=True)
    pixels = np.rint(images * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    return pixels, targets.astype(np.int64)
