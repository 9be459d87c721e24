"""Rows of a table as networks see them: the lab's cut, and its encoding of numbers."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kdlab.data.split import Indices
from kdlab.data.table.cut import by_class, by_group, places, rows_of, with_their_group
from kdlab.data.table.encode import scale_of
from kdlab.export.parts.constants import TRAIN_LIMIT

Codes = NDArray[np.int64]
Rows = tuple[Indices, Indices, Indices]
"""The rows of training, of validation and of the test."""


def rows_by_class(targets: Codes, given: Codes | None = None) -> Rows:
    """The rows of each part, class by class in proportion. ``given`` says 0, 1 or 2 of each row
    where a column has its part."""
    place = places(targets, given, partial(by_class, targets))
    return rows_of(targets, place, TRAIN_LIMIT)


def rows_by_group(targets: Codes, groups: Codes, given: Codes | None = None) -> Rows:
    """The rows of each part, all of a group in the same one. ``given`` says 0, 1 or 2 of each row
    where a column has its part."""
    place = places(targets, given, partial(by_group, targets, groups))
    return rows_of(targets, with_their_group(place, targets >= 0, groups), TRAIN_LIMIT)


def standard(values: NDArray[np.float64], train: Indices) -> list[NDArray[np.float64]]:
    """Numbers in standard units, missing ones the median, both of the training rows; and 0 or 1
    for whether each is missing, where some of these are."""
    fill, mean, std = scale_of(values[train])
    missing = np.isnan(values)
    flags = [missing.astype(np.float64)] if missing[train].any() else []
    return [(np.where(missing, fill, values) - mean) / std, *flags]


def row_tensors(
    columns: Iterable[NDArray[np.float64]], targets: Codes, parts: Rows
) -> list[Tensor]:
    """Inputs (N, D) and classes (N,) of the training part, of validation and of the test, one after
    the other."""
    inputs = np.stack([values.astype(np.float32) for values in columns], axis=1)
    tensors = ((torch.from_numpy(inputs[r]), torch.from_numpy(targets[r])) for r in parts)
    return [tensor for part in tensors for tensor in part]


def sklearn_tensors(data: Any) -> list[Tensor]:
    """Inputs and classes, as :func:`row_tensors` gives them, of one of scikit-learn's tables, its
    classes in alphabetical order."""
    _, targets = np.unique(data.target_names[data.target], return_inverse=True)
    parts = rows_by_class(targets)
    columns = (each for values in data.data.T for each in standard(values, parts[0]))
    return row_tensors(columns, targets, parts)
