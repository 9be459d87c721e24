"""Hidden layers of student and teacher, compared: what an arm and a full run do in the same way."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch
from torch import Tensor

from kdlab.errors import ConfigError
from kdlab.methods import Method
from kdlab.training.seeds import Role, stream

PLACES = 7919
"""Between the random streams of two pairs of one student."""


def comparable(
    method: Method, student: str, teacher: str, ours: Sequence[Tensor], theirs: Sequence[Tensor]
) -> None:
    """ConfigError where the layers that are paired, each (N, ...), cannot be compared by
    ``method``; ``student`` and ``teacher`` name the networks."""
    if "maps" in method.needs and any(f.ndim != 4 for f in theirs):
        raise ConfigError(
            f"method is {method.name!r}, with the teacher {teacher}",
            "networks whose layers are maps, with a height and a width, like cnn-16-32",
            "Choose convolutional networks as teacher and student, or another method",
        )
    if any(a.ndim != b.ndim for a, b in zip(ours, theirs, strict=True)):
        raise ConfigError(
            f"layers of {student} were to be compared with layers of {teacher}",
            "two networks whose layers are both maps, or both vectors",
            "Choose two MLPs, or two convolutional networks",
        )


def first_adapters(
    method: Method, ours: Sequence[Tensor], theirs: Sequence[Tensor], seed: int
) -> list[dict[str, Tensor]]:
    """What ``method`` trains beside one student, drawn from its seed: a dict for each pair of
    layers (N, ...), empty where it trains nothing."""
    if method.adapter is None:
        return [{} for _ in ours]
    found = []
    for place, (a, b) in enumerate(zip(ours, theirs, strict=True)):
        drawn = torch.Generator().manual_seed(stream(seed, Role.VIEWS) + PLACES * place)
        found.append(method.adapter(a.shape[1:], b.shape[1:], drawn))
    return found


def compared(
    method: Method,
    students: Sequence[Tensor],
    teachers: Sequence[Tensor],
    adapters: Sequence[Mapping[str, Tensor]],
    parameters: Mapping[str, float],
) -> Tensor:
    """The soft part of each pair of layers, not weighed: (pairs, ...), where ... are students in
    front of (..., B, D) or (..., B, C, H, W)."""
    assert method.compare is not None, f"{method.name} compares answers, not features"
    return torch.stack(
        [
            method.compare(student, teacher, adapter, **parameters)
            for student, teacher, adapter in zip(students, teachers, adapters, strict=True)
        ]
    )
