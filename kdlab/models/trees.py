"""An ensemble of decision trees as plain numbers: no scikit-learn, no pickle, no gradients.

Each tree is a binary tree of nodes; all nodes of all trees stand in one row of arrays. An input
goes left where its ``feature`` is at most ``threshold``, else right, until it is at a leaf, which
goes to itself. What the leaves say is averaged as probabilities (a forest), or summed up on top of
a ``start`` (boosting).

Inputs are 32-bit numbers and scikit-learn's thresholds have 64 bits: x <= t is the same as
x <= t', with t' the largest 32-bit number that is not above t, so that 32 bits are exact
(:func:`rounded_down`).
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import safetensors.torch
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kdlab.errors import ModelError
from kdlab.measure.probabilities import log_of
from kdlab.models import black_box, header
from kdlab.models.weights import contents

AT_ONCE = 4_000_000
"""Places of inputs in trees that are followed together."""
MAX_BYTES = 4 * 2**30


@dataclass(frozen=True)
class Tree:
    """One tree, its root first: ``feature``, ``threshold``, ``left`` and ``right`` of each node
    (-1, anything and themselves at a leaf), and ``value`` (nodes, V)."""

    feature: NDArray[np.int64]
    threshold: NDArray[np.float64]
    left: NDArray[np.int64]
    right: NDArray[np.int64]
    value: NDArray[np.floating]

    @property
    def depth(self) -> int:
        """Comparisons on the longest way from the root to a leaf."""
        level, here = -1, np.array([0])
        while len(here):
            level += 1
            inner = here[self.feature[here] >= 0]
            here = np.concatenate([self.left[inner], self.right[inner]])
        return level


class TreeEnsemble(nn.Module):
    """(N, *input_shape) -> logits (N, C), whose mean is 0, in evaluation mode and in training mode
    alike.

    ``columns`` (trees,) says to which class the values of a tree belong, -1: to all of them. With
    ``start`` (C,) the values are summed up as logits, without it averaged as probabilities.
    """

    feature: Tensor
    threshold: Tensor
    left: Tensor
    right: Tensor
    leaf: Tensor
    value: Tensor
    root: Tensor
    column: Tensor
    start: Tensor
    depth: Tensor

    def __init__(self, arrays: dict[str, Tensor], depths: Sequence[int]) -> None:
        super().__init__()
        for name, tensor in arrays.items():
            self.register_buffer(name, tensor)
        self.register_buffer("depth", torch.tensor(list(depths), dtype=torch.int32))
        self.steps = max(depths, default=0)

    @classmethod
    def of(
        cls, trees: Sequence[Tree], columns: Sequence[int], start: Sequence[float] = ()
    ) -> TreeEnsemble:
        """The ensemble of these trees."""
        counts = [len(tree.feature) for tree in trees]
        root = np.cumsum([0, *counts[:-1]])
        at_leaf = [tree.feature < 0 for tree in trees]
        every = np.concatenate(at_leaf)
        places = [np.arange(len(tree.feature)) for tree in trees]

        def joined(side: str) -> NDArray[np.int32]:
            found = [
                np.where(end, place, getattr(tree, side)) + first
                for tree, end, place, first in zip(trees, at_leaf, places, root, strict=True)
            ]
            return np.concatenate(found).astype(np.int32)

        arrays = {
            "feature": np.concatenate([t.feature for t in trees]).clip(0).astype(np.int32),
            "threshold": rounded_down(np.concatenate([t.threshold for t in trees])),
            "left": joined("left"),
            "right": joined("right"),
            "leaf": (np.cumsum(every) - 1).astype(np.int32),
            "value": np.concatenate(
                [t.value[end] for t, end in zip(trees, at_leaf, strict=True)]
            ).astype(np.float32),
            "root": root.astype(np.int32),
            "column": np.asarray(columns, dtype=np.int32),
            "start": np.asarray(start, dtype=np.float32),
        }
        depths = [tree.depth for tree in trees]
        return cls({name: torch.from_numpy(array) for name, array in arrays.items()}, depths)

    def forward(self, inputs: Tensor) -> Tensor:
        """Logits (N, C)."""
        flat = inputs.flatten(1)
        most = max(1, AT_ONCE // max(1, len(self.root)))
        with torch.no_grad():
            return torch.cat([self._said(rows) for rows in flat.split(most)])

    def _said(self, rows: Tensor) -> Tensor:
        node = self.root.long().expand(len(rows), -1)
        left, right, feature = self.left.long(), self.right.long(), self.feature.long()
        for _ in range(self.steps):
            goes_left = rows.gather(1, feature[node]) <= self.threshold[node]
            node = torch.where(goes_left, left[node], right[node])
        leaf = self.leaf.long()[node]
        if not len(self.start):  # in 64 bits: hundreds of trees are added up
            total = rows.new_zeros(len(rows), self.value.shape[1], dtype=torch.float64)
            for tree in leaf.unbind(1):
                total += self.value[tree]
            found = torch.from_numpy(log_of((total / leaf.shape[1]).cpu().numpy()))
            return found.to(rows.device)
        logits = self.start.double().repeat(len(rows), 1)
        logits.index_add_(1, self.column.long(), self.value[leaf].squeeze(2).double())
        return (logits - logits.mean(1, keepdim=True)).float()

    @property
    def told_parameters(self) -> int:
        """Numbers that were learned: a feature and a threshold for each comparison, and what the
        leaves say."""
        inner = len(self.feature) - len(self.value)
        return 2 * inner + self.value.numel() + len(self.start)

    @property
    def told_operations(self) -> int:
        """For one input, at most: a comparison for each node on the longest way through each tree,
        and an addition for each number of a leaf."""
        return int(self.depth.sum()) + len(self.root) * self.value.shape[1]


def rounded_down(threshold: NDArray[np.float64]) -> NDArray[np.float32]:
    """The largest 32-bit number that is not above each 64-bit one."""
    with np.errstate(over="ignore"):
        near = threshold.astype(np.float32)
    below = np.nextafter(near, np.float32(-np.inf))
    return np.where(near.astype(np.float64) > threshold, below, near)


def load(
    content: bytes, input_shape: tuple[int, ...] = (), classes: Sequence[str] = ()
) -> TreeEnsemble:
    """The ensemble in a file of :func:`kdlab.models.weights.dump_weights`; ModelError where it is
    none, where a node leads nowhere, and where it is for other inputs or classes than these."""
    data, told = contents(content, MAX_BYTES)
    box = black_box.find(told.texts.get("architecture", ""))
    if box is None or not box.numbered:
        raise header.broken("the file holds no ensemble of trees")
    for key, wanted in (("input_shape", list(input_shape)), ("class_names", list(classes))):
        if wanted and json.loads(told.texts.get(key, "null")) != wanted:
            raise header.broken(f"the trees in the file are of another {key}")
    found = safetensors.torch.load(data)
    try:
        depths = found.pop("depth").tolist()
        module = TreeEnsemble(found, depths)
        _whole(module, json.loads(told.texts["input_shape"]))
    except (KeyError, AttributeError, ValueError, TypeError, RuntimeError, IndexError):
        raise header.broken("the trees in the file are incomplete") from None
    return module.eval()


def _whole(module: TreeEnsemble, input_shape: Any) -> None:
    """ValueError where an index of a damaged file would lead out of its arrays."""
    nodes = len(module.feature)
    limits = {
        "feature": int(np.prod(input_shape)),
        "left": nodes,
        "right": nodes,
        "root": nodes,
        "leaf": len(module.value),
        "column": max(1, len(module.start)),
    }
    for name, most in limits.items():
        array = getattr(module, name)
        low = -1 if name in ("column", "leaf") else 0
        if (
            array.is_floating_point()
            or not len(array)
            or not low <= array.min() <= array.max() < most
        ):
            raise ValueError(name)
    if not torch.isfinite(module.value).all() or not 0 <= module.steps <= nodes:
        raise ModelError("the trees hold NaN or infinite numbers", "finite numbers", header.ADVICE)
    if {len(module.threshold), len(module.left), len(module.right), len(module.leaf)} != {nodes}:
        raise ValueError("nodes")
