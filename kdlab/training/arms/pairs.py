"""Which layer of a student learns from which layer of its teacher."""

from __future__ import annotations

from collections.abc import Sequence


def pair_layers(
    asked: Sequence[tuple[int, int]], which: str, student: int, teacher: int
) -> tuple[tuple[int, int], ...]:
    """The pairs of layers that are compared, out of ``student`` and ``teacher`` layers: as asked,
    else the last ones, the middle ones (the second of three or four), or every layer of the student
    with the one that lies as deep. The embedding of each counts as the layer behind the last."""
    if asked:
        return tuple(asked)
    if which == "embedding":
        return ((student, teacher),)
    if which == "middle":
        return (((student - 1) // 2, (teacher - 1) // 2),)
    if which == "last":
        return ((student - 1, teacher - 1),)
    return tuple((n, max(0, round((n + 1) * teacher / student) - 1)) for n in range(student))
