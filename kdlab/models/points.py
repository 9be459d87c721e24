"""Places of a network at which its features can be read, as texts.

The name of a submodule stands for what it puts out: ``layer3``. With :data:`INPUT` behind it, it
stands for what goes into it: ``fc:input`` is the embedding, of which the last linear layer makes
the logits.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypeVar

Value = TypeVar("Value")

INPUT = ":input"


def submodule(point: str) -> str:
    """The name of the submodule that has to be watched."""
    return point.removesuffix(INPUT)


def taken(point: str, inputs: Sequence[Value], output: Value) -> Value:
    """What is read at ``point``, of what a hook on its submodule is told."""
    return inputs[0] if point.endswith(INPUT) else output
