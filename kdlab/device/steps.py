"""From PyTorch's calls to plain steps: each reads values, numbers without a batch, and makes one.
What a step computes is written in ``browser/forward.js``, which runs it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import numpy as np
import numpy.typing as npt
from torch import Tensor

from kdlab.device.watched import Call
from kdlab.errors import ModelError

Numbers = npt.NDArray[np.floating[Any]]
Shape = tuple[int, ...]
KNOWN = (
    "what the networks of the lab are made of: linear layers, convolutions, norms, pooling, ReLU, "
    "sums, gates and attention"
)


@dataclass(eq=False)
class Step:
    """``op`` makes the value ``to``, which has this ``shape``, of those with the numbers ``of``."""

    op: str
    of: list[int]
    to: int
    shape: Shape
    attributes: dict[str, Any]
    weights: dict[str, Numbers]


@dataclass(eq=False)
class Steps:
    """Steps as they are written down. Value 0 is the input, in standard units; ``known`` tells
    which value a tensor is, by its identity, and keeps it alive for that."""

    architecture: str
    done: list[Step] = field(default_factory=list)
    known: dict[int, tuple[int, Tensor]] = field(default_factory=dict)
    count: int = 1

    def add(
        self,
        op: str,
        of: list[int],
        shape: Shape,
        weights: Mapping[str, Tensor | None],
        **attributes: Any,
    ) -> int:
        """Write a step; the number of what it makes. A weight that is None is left out."""
        kept = {name: numbers(w) for name, w in weights.items() if w is not None}
        self.done.append(Step(op, of, self.count, shape, attributes, kept))
        self.count += 1
        return self.count - 1

    def name(self, tensor: Tensor, value: int) -> None:
        """``tensor`` is this value."""
        self.known[id(tensor)] = value, tensor

    def value(self, tensor: Any) -> int | None:
        """The number of the value that ``tensor`` is; None for a weight."""
        found = self.known.get(id(tensor))
        return found[0] if found else None

    def refused(self, call: Call) -> ModelError:
        """The error for a call that PyTorch alone can do."""
        shapes = " and ".join(str(tuple(a.shape)) for a in call.args if isinstance(a, Tensor))
        return ModelError(
            f"{self.architecture} uses {call.name[:60]} on {shapes or 'numbers'} in a way that "
            "only PyTorch can run",
            KNOWN,
            "Choose one of the lab's own architectures",
        )


def numbers(weight: Tensor) -> Numbers:
    """A weight as it is: the factors of norms are in double precision, all else in single."""
    found: Numbers = weight.detach().cpu().numpy()
    return found


def shape_of(tensor: Tensor) -> Shape:
    """Without the batch, which is 1."""
    return tuple(tensor.shape[1:])


def given(call: Call, **defaults: Any) -> dict[str, Any]:
    """What a function was called with, by the names of all its parameters, in order."""
    return defaults | dict(zip(defaults, call.args, strict=False)) | call.kwargs


def pair(size: Any) -> list[int]:
    """Along the height and the width."""
    return [int(each) for each in size] if isinstance(size, tuple | list) else [int(size)] * 2


Made = list[int] | None
"""The numbers of the values that a call gave; None where it cannot be written as steps."""


def one(
    steps: Steps,
    call: Call,
    op: str,
    attributes: dict[str, Any] | None = None,
    of: list[Tensor] | None = None,
    **weights: Tensor | None,
) -> Made:
    """A step with one output. None where it reads something that was not computed."""
    read = [steps.value(tensor) for tensor in of or [call.args[0]]]
    if any(value is None for value in read):
        return None
    values = [value for value in read if value is not None]
    return [steps.add(op, values, shape_of(call.given[0]), weights, **(attributes or {}))]
