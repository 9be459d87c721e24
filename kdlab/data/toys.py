"""Points in the plane: moons, circles, spirals and blobs, made to be looked at.

Moons, circles and blobs are the figures that scikit-learn made familiar, written out here because
importing it takes seconds, which a first picture does not have. ``noise`` is a standard deviation
in the units in which each figure is drawn: at 0.2 the classes touch, but a good teacher is right
on more than nine points in ten. A point's noise is always the same draw times ``noise``, so that a
point wanders as the slider moves and never changes its part.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kdlab.config.schema import DataConfig
from kdlab.data.split import SPLIT_SEED, DataSplit, at_most, split_of_points, stratified

Figure = Callable[[int], tuple[NDArray[np.float64], NDArray[np.int64]]]
"""Number of points -> where they lie without noise (N, 2), and their classes (N,)."""


def sizes(points: int) -> tuple[int, int, int]:
    """How many of ``points`` are training (50 %), validation (20 %) and test (30 %) points."""
    validation, test = points * 20 // 100, points * 30 // 100
    return points - validation - test, validation, test


def moons(points: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Two half circles of radius 1, one hooked into the other."""
    first = points // 2
    outer = _circle(np.linspace(0, np.pi, first))
    inner = _circle(np.linspace(0, np.pi, points - first))
    return np.concatenate([outer, [1, 0.5] - inner]), _labels(first, points - first)


def circles(points: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """A circle of radius 0.4 in one of radius 1."""
    first = points // 2
    outer = _circle(np.linspace(0, 2 * np.pi, first, endpoint=False))
    inner = _circle(np.linspace(0, 2 * np.pi, points - first, endpoint=False))
    return np.concatenate([outer, 0.4 * inner]), _labels(first, points - first)


def spirals(points: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Three Archimedean arms of nine tenths of a turn, radius 0.4 to 3, neighbours 1 apart."""
    targets = np.arange(points) % 3
    # The square root spreads the points evenly along an arm, which is longer further out.
    way = np.sqrt((np.arange(points) + 0.5) / points)
    return (0.4 + 2.6 * way)[:, None] * _circle(2 * np.pi * (0.9 * way + targets / 3)), targets


def blobs(points: int) -> tuple[NDArray[np.float64], NDArray[np.int64]]:
    """Four clouds, 0.75 to 0.9 from the nearest."""
    centres = np.array([(-0.4, -0.3), (0.4, -0.4), (-0.3, 0.4), (0.45, 0.35)])
    targets = np.arange(points) % len(centres)
    return centres[targets], targets


def loader(figure: Figure, classes: tuple[str, ...]) -> Callable[[DataConfig], Iterator[DataSplit]]:
    """The loader of one figure: yields its :class:`DataSplit`, and nothing before it."""

    def load(config: DataConfig) -> Iterator[DataSplit]:
        found = cut(figure, config.points, config.noise, config.train_limit)
        yield split_of_points(classes, *found)

    return load


Parts = tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]


def cut(
    figure: Figure, count: int, noise: float, limit: int | Literal["all"]
) -> tuple[NDArray[np.float64], NDArray[np.int64], Parts]:
    """All points (N, 2) in the figure's units, their classes (N,), and which of them are training,
    validation and test points."""
    points, targets = figure(count)
    points = points + noise * np.random.default_rng(SPLIT_SEED).standard_normal(points.shape)
    _, validation_size, test_size = sizes(count)
    test, rest = stratified(targets, test_size)
    validation, train = (rest[part] for part in stratified(targets[rest], validation_size))
    train = train[at_most(targets[train], limit, "train")]
    validation = validation[at_most(targets[validation], limit, "validation")]
    test = test[at_most(targets[test], limit, "test")]
    return points, targets, (train, validation, test)


FIGURES: dict[str, Figure] = {
    "moons": moons,
    "circles": circles,
    "spirals": spirals,
    "blobs": blobs,
}
"""Data set -> its figure."""


def _circle(angles: NDArray[np.float64]) -> NDArray[np.float64]:
    """The points (N, 2) of the unit circle at these angles (radians)."""
    return np.stack([np.cos(angles), np.sin(angles)], axis=1)


def _labels(first: int, second: int) -> NDArray[np.int64]:
    return np.repeat([0, 1], [first, second])
