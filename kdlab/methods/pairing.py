"""Which layer of a student learns from which layer of its teacher: one rule, in studies and in full
runs.

Networks of as many layers are paired one to one, as every published experiment has it (Tian et al.
2020, arXiv:1910.10699: three stages and three, or four and four). Where depths differ nobody says
how. Here each layer of the student learns from the one that lies as deep in the teacher, as a share
of all layers: no layer of the student goes without a teacher, the last learns from the last, and
maps of similar size meet. The other rule in use, the last layers of both one to one, leaves the
first layers of a deeper student alone and never shows a student what the teacher does first.
"""

from __future__ import annotations

from collections.abc import Sequence


def pair_layers(
    asked: Sequence[tuple[int, int]], which: str, student: int, teacher: int
) -> tuple[tuple[int, int], ...]:
    """The pairs (student's layer, teacher's layer) that are compared, out of ``student`` and
    ``teacher`` hidden layers, counted from 0; the embedding of each is the layer behind the last.

    As ``asked``; else what ``which`` (:data:`kdlab.methods.record.Layers`) says: "embedding", the
    "last" layers, the "middle" ones (the second of three or four), or "every" layer of the student,
    which is paired by depth.

    >>> pair_layers((), "every", 3, 3)
    ((0, 0), (1, 1), (2, 2))
    >>> pair_layers((), "every", 2, 4)
    ((0, 1), (1, 3))
    """
    if asked:
        return tuple(asked)
    if which == "embedding":
        return ((student, teacher),)
    if which == "middle":
        return (((student - 1) // 2, (teacher - 1) // 2),)
    if which == "last":
        return ((student - 1, teacher - 1),)
    return tuple((n, max(0, round((n + 1) * teacher / student) - 1)) for n in range(student))
