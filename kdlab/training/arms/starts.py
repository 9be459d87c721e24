"""Where students begin: with layers of their teacher instead of fresh weights."""

from __future__ import annotations

from collections.abc import Sequence

from torch import nn

BESIDE = (nn.BatchNorm1d, nn.BatchNorm2d, nn.LayerNorm, nn.Embedding)
"""What goes with the layer before it: norms, and the places of a transformer."""


def start_from(teacher: nn.Module, students: Sequence[nn.Module], kept: Sequence[int]) -> None:
    """Copy layers of ``teacher`` into all ``students``: those numbered in ``kept``, the one that
    gives the logits being the last; empty: all. ValueError where a layer has another shape, or
    there are not as many.

    A norm belongs to the layer before it.
    """
    source = layers(teacher)
    for student in students:
        own = layers(student)
        if not kept and len(source) != len(own):
            raise ValueError(f"one has {len(own)} layers and the other {len(source)}")
        for n in kept or range(len(source)):
            if not (0 <= n < len(source) and n < len(own)):
                raise ValueError(f"layer {n + 1} is not in both networks")
            theirs, mine = source[n].state_dict(), own[n].state_dict()
            shapes = [{k: tuple(v.shape) for k, v in state.items()} for state in (theirs, mine)]
            if shapes[0] != shapes[1]:
                raise ValueError(f"layer {n + 1} has the shape {shapes[0]} and {shapes[1]}")
            own[n].load_state_dict(theirs)


def layers(module: nn.Module) -> list[nn.ModuleList]:
    """The layers with weights, first to last, each with the norms that follow it. A GRU's are two
    a layer: what it makes of its input, and what of its state."""
    found: list[nn.ModuleList] = []
    for each in module.modules():
        if isinstance(each, nn.Linear | nn.Conv2d):
            found.append(nn.ModuleList([each]))
        elif isinstance(each, BESIDE) and found:
            found[-1].append(each)
    return found
