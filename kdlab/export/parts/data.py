"""Reading the data sets that come with the lab or are published: the lab's cuts."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.digits import TEST_SIZE
from kdlab.data.digits import VALIDATION_SIZE as DIGITS_VALIDATION_SIZE
from kdlab.data.split import (
    Images,
    Indices,
    at_most,
    channel_statistics,
    image_tensors,
    measured,
    point_tensors,
    stratified,
)
from kdlab.data.vision import VALIDATION_SIZE, published_images
from kdlab.export.parts.constants import DATA_FOLDER, TRAIN_LIMIT


def digits() -> tuple[Images, Images, Images]:
    """Training, validation and test images (N, 1, 8, 8) of handwritten digits, and their classes.

    Validation images are for tuning. Their 17 levels of grey are spread over 0 to 255.
    """
    from sklearn.datasets import load_digits

    images, targets = load_digits(return_X_y=True)
    pixels = np.rint(images * (255 / 16)).astype(np.uint8).reshape(-1, 1, 8, 8)
    test, rest = stratified(targets, TEST_SIZE)
    validation, train = (rest[part] for part in stratified(targets[rest], DIGITS_VALIDATION_SIZE))
    train = train[at_most(targets[train], TRAIN_LIMIT, "train")]
    first, second, third = ((pixels[part], targets[part]) for part in (train, validation, test))
    return first, second, third


def published(kind: Any) -> tuple[Images, Images, Images]:
    """Training, validation and test images (N, C, H, W) of one of torchvision's data sets.

    Some of the published training images are for tuning (validation).
    """
    pixels, targets = published_images(kind(DATA_FOLDER, train=True, download=True))
    test_pixels, test_targets = published_images(kind(DATA_FOLDER, train=False, download=True))
    validation, train = stratified(targets, min(VALIDATION_SIZE, len(targets) // 5))
    train = train[at_most(targets[train], TRAIN_LIMIT, "train")]
    validation = validation[at_most(targets[validation], TRAIN_LIMIT, "validation")]
    test = at_most(test_targets, TRAIN_LIMIT, "test")
    return (
        (pixels[train], targets[train]),
        (pixels[validation], targets[validation]),
        (test_pixels[test], test_targets[test]),
    )


def standard_images(train: Images, validation: Images, test: Images) -> list[Tensor]:
    """Images as the networks see them, by the training images' mean and deviation of a channel:
    inputs and classes of the training part, of validation and of the test, one after the other."""
    mean, std = channel_statistics(train[0])
    parts = (image_tensors(images, mean, std) for images in (train, validation, test))
    return [tensor for part in parts for tensor in part]


def standard_points(
    points: NDArray[np.float64],
    targets: NDArray[np.int64],
    parts: tuple[Indices, Indices, Indices],
) -> list[Tensor]:
    """Points as the networks see them, by the training points' mean and deviation of a coordinate:
    inputs and classes of the training part, of validation and of the test, one after the other."""
    mean, std = measured(points[parts[0]])
    tensors = (point_tensors(points[part], targets[part], mean, std) for part in parts)
    return [tensor for part in tensors for tensor in part]
