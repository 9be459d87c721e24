"""Train, validation and test: cut once and for all, class by class, and never by a user's seed.

Whatever is tuned, early stopping included, is tuned on validation; test is looked at once. The cut
has a seed of its own, so that runs with different seeds differ in their students, not in their
questions. Everything here knows numpy alone; torch comes in where the tensors are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    from torch import Tensor

    from kdlab.data.own.account import Account
    from kdlab.data.table.account import TableAccount
    from kdlab.data.table.encode import Encoding
    from kdlab.data.text.account import TextAccount

Indices = NDArray[np.int64]

SPLIT_SEED = 20150309
"""Decides every cut in this package (the day on which arXiv 1503.02531 appeared)."""


@dataclass(frozen=True)
class Part:
    """Training, validation or test: ``inputs`` float32 (N, *shape), ``targets`` int64 (N,); -1
    for a training example of which nobody knows the class.

    ``strings`` int64 (N,): of text, the number of the string that each character is in. ``rows``
    int64 (N,): of somebody's own table or images, the place of each in the table, or among
    ``DataSplit.names``, from 0. ``groups`` int64 (N,): of a table whose rows belong together, to
    which group each belongs.
    """

    inputs: Tensor
    targets: Tensor
    strings: Tensor | None = None
    rows: Tensor | None = None
    groups: Tensor | None = None

    @property
    def known(self) -> int:
        """Of how many the class is known."""
        return int((self.targets >= 0).sum())

    def counts(self, classes: int) -> list[int]:
        """How many examples of each class there are, without those whose class nobody knows."""
        found: list[int] = self.targets[self.targets >= 0].bincount(minlength=classes).tolist()
        return found

    def only(self, which: Tensor | slice) -> Part:
        """Those examples alone, by their places or as a mask."""
        beside = (self.strings, self.rows, self.groups)
        chosen = (None if each is None else each[which] for each in beside)
        return Part(self.inputs[which], self.targets[which], *chosen)


@dataclass(frozen=True)
class DataSplit:
    """A whole data set in memory, in standard units.

    ``mean`` and ``std`` (one number a channel, or a coordinate for points) were measured on the
    training part: inputs = (original - mean) / std, where the original of an image lies in 0..1.
    Text is one-hot, (W, V) a window, and stays as it is.
    ``classes[i]`` is the name of target i. ``account`` says what was understood of somebody's own
    images, table or text; None for all other data. ``columns`` name the (D,) numbers of a row of a
    table and ``encoding`` says how they came about; empty and None for all other data. ``names``
    are of somebody's own images the names of their files, to which ``Part.rows`` points.
    ``answers`` are the logits (N, C) of a teacher that is a file, on training, validation and test.
    """

    classes: tuple[str, ...]
    shape: tuple[int, ...]
    train: Part
    validation: Part
    test: Part
    mean: tuple[float, ...]
    std: tuple[float, ...]
    account: Account | TextAccount | TableAccount | None = None
    columns: tuple[str, ...] = ()
    names: tuple[str, ...] = ()
    encoding: Encoding | None = None
    answers: tuple[Tensor, Tensor, Tensor] | None = None

    def original(self, inputs: Tensor) -> Tensor:
        """Undo the standardisation: (..., *shape) -> the same shape, images in 0..1."""
        import torch

        tail = (len(self.mean),) + (1,) * (len(self.shape) - 1)
        mean, std = (
            torch.tensor(v, dtype=inputs.dtype, device=inputs.device) for v in (self.mean, self.std)
        )
        return inputs * std.view(tail) + mean.view(tail)

    def pixels(self, inputs: Tensor) -> Tensor:
        """Standardised images (..., C, H, W) -> the uint8 images that they came from."""
        import torch

        if len(self.shape) != 3:
            raise ValueError(f"only images have pixels; the shape here is {self.shape}")
        return (self.original(inputs) * 255).round().clamp(0, 255).to(torch.uint8)


def is_text(part: Part) -> bool:
    """Whether its inputs are windows of text, (N, W, V)."""
    return part.inputs.ndim == 3


def apportion(counts: NDArray[np.int64], total: int) -> NDArray[np.int64]:
    """Share ``total`` among classes in proportion to ``counts`` (largest remainder).

    Where ``total`` suffices for it, every class that has images gets at least one. No class gets
    more than it has; ``total`` is at most ``counts.sum()``.
    """
    exact = counts * total / counts.sum()
    shares = np.floor(exact).astype(np.int64)
    missing = total - int(shares.sum())
    shares[np.argsort(shares - exact, kind="stable")[:missing]] += 1
    if total >= np.count_nonzero(counts):
        for empty in np.flatnonzero((shares == 0) & (counts > 0)):
            shares[np.argmax(shares)] -= 1
            shares[empty] += 1
    return shares


def stratified(targets: NDArray[np.int64], count: int) -> tuple[Indices, Indices]:
    """Cut N ``targets`` in two: ``count`` indices, class by class in proportion, and the rest.

    Both come in one fixed random order, so that the first images of a part are of all classes. A
    smaller ``count`` takes, but for roundings, a subset of what a larger one takes.
    """
    order = np.random.default_rng(SPLIT_SEED).permutation(len(targets))
    taken = np.zeros(len(targets), dtype=bool)
    classes, counts = np.unique(targets, return_counts=True)
    shares = apportion(counts, min(count, len(targets)))
    for name, share in zip(classes, shares, strict=True):
        taken[np.flatnonzero(targets[order] == name)[:share]] = True
    return order[taken], order[~taken]


PartName = Literal["train", "validation", "test"]


def at_most(targets: NDArray[np.int64], limit: int | Literal["all"], part: PartName) -> Indices:
    """Which of a part's N images are used under ``train_limit``: see :func:`limit_of`."""
    if limit == "all" or limit_of(limit, part) >= len(targets):
        return np.arange(len(targets))
    return stratified(targets, limit_of(limit, part))[0]


def limit_of(limit: int, part: PartName) -> int:
    """How many images of a part are used at most.

    Of training images at most ``limit``. Of validation and of test images at most half of that,
    but never fewer than 1,000 for it (95 % within 3 points): a short try must not spend its time on
    questions, and an accuracy must not lose its meaning.
    """
    return limit if part == "train" else max(1000, limit // 2)


Images = tuple[NDArray[np.uint8], NDArray[np.int64]]
"""Pixels (N, C, H, W) and targets (N,)."""


def split_of_images(
    classes: Sequence[str],
    train: Images,
    validation: Images,
    test: Images,
    *,
    account: Account | None = None,
) -> DataSplit:
    """Standardise images by the training part's mean and deviation of each channel."""
    mean, std = channel_statistics(train[0])
    return DataSplit(
        classes=tuple(classes),
        shape=train[0].shape[1:],
        train=Part(*image_tensors(train, mean, std)),
        validation=Part(*image_tensors(validation, mean, std)),
        test=Part(*image_tensors(test, mean, std)),
        mean=mean,
        std=std,
        account=account,
    )


def named(split: DataSplit, names: Sequence[Sequence[str]]) -> DataSplit:
    """``split`` whose examples say which files they are, ``names`` by part, train first."""
    import torch

    ends = np.cumsum([len(each) for each in names])
    parts = [
        replace(part, rows=torch.arange(int(end) - len(own), int(end)))
        for part, own, end in zip(
            (split.train, split.validation, split.test), names, ends, strict=True
        )
    ]
    train, validation, test = parts
    every = tuple(name for own in names for name in own)
    return replace(split, train=train, validation=validation, test=test, names=every)


def image_tensors(
    images: Images, mean: Sequence[float], std: Sequence[float]
) -> tuple[Tensor, Tensor]:
    """Images as float32 in standard units (N, C, H, W), and their classes (N,)."""
    import torch

    # In place after one conversion: CIFAR's training images alone are 0.6 GB as float32.
    inputs = torch.from_numpy(np.ascontiguousarray(images[0])).to(torch.float32)
    for channel in range(inputs.shape[1]):
        inputs[:, channel].div_(255).sub_(mean[channel]).div_(std[channel])
    return inputs, torch.from_numpy(images[1].astype(np.int64))


def split_of_points(
    classes: Sequence[str],
    points: NDArray[np.float64],
    targets: NDArray[np.int64],
    parts: tuple[Indices, Indices, Indices],
) -> DataSplit:
    """Standardise points (N, D) by the training part's mean and deviation of each coordinate."""
    mean, std = measured(points[parts[0]])
    train, validation, test = (
        Part(*point_tensors(points[which], targets[which], mean, std)) for which in parts
    )
    return DataSplit(
        classes=tuple(classes),
        shape=points.shape[1:],
        train=train,
        validation=validation,
        test=test,
        mean=tuple(mean.tolist()),
        std=tuple(std.tolist()),
    )


def point_tensors(
    points: NDArray[np.float64],
    targets: NDArray[np.int64],
    mean: NDArray[np.float64],
    std: NDArray[np.float64],
) -> tuple[Tensor, Tensor]:
    """Points as float32 in standard units (N, D), and their classes (N,)."""
    import torch

    standard = ((points - mean) / std).astype(np.float32)
    return torch.from_numpy(standard), torch.from_numpy(targets.astype(np.int64))


def measured(points: NDArray[np.float64]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Mean and deviation of each coordinate (D,) of points (N, D)."""
    return points.mean(axis=0), _nonzero(points.std(axis=0))


def channel_statistics(
    pixels: NDArray[np.uint8],
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Mean and deviation of each channel of (N, C, H, W), in 0..1.

    From the histogram: exact whatever the number of threads, and without a copy as floats.
    """
    levels = np.arange(256) / 255
    means, deviations = [], []
    for channel in range(pixels.shape[1]):
        share = np.bincount(pixels[:, channel].ravel(), minlength=256)
        share = share / share.sum()
        means.append(float(share @ levels))
        deviations.append(float(np.sqrt(share @ (levels - means[-1]) ** 2)))
    return tuple(means), tuple(_nonzero(np.array(deviations)).tolist())


def _nonzero(std: NDArray[np.float64]) -> NDArray[np.float64]:
    """A channel that never changes stays at 0 instead of becoming 0/0."""
    return np.where(std < 1e-12, 1.0, std)
