"""One seed, several independent streams of random numbers.

A student's seed decides its first weights, its order of batches and which labels it sees, a
teacher's seed its first weights and its batches. If all of them were drawn with the seed itself, a
student and a teacher of seed 0 would begin with the same numbers.
"""

from __future__ import annotations

from enum import IntEnum

ROLES = 8
FURTHER = 2**40
"""Between roles that joined later and the first eight, whose numbers they must not change: more
than any seed times ROLES."""


class Role(IntEnum):
    """What a stream is drawn for."""

    WEIGHTS = 0
    BATCHES = 1
    LABELS = 2
    TEACHER_WEIGHTS = 3
    TEACHER_BATCHES = 4
    NOISE = 5
    PEER_WEIGHTS = 6
    VIEWS = 7
    PREFIXES = 8
    TEACHER_PREFIXES = 9
    SAMPLES = 10


def stream(seed: int, role: Role) -> int:
    """The seed of one stream: another one for each pair of seed and role."""
    later, role_of_eight = divmod(role, ROLES)
    return FURTHER * later + ROLES * seed + role_of_eight
