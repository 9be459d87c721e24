"""How often a page asks for news of its work."""

from __future__ import annotations

MOVING_SECONDS = 0.2
POLLS_A_SECOND = 20.0
"""What all pages that watch a run or wait for one may ask of the server together, as far as each
one's pace was set when they were that many."""
HELD_SECONDS = 1.0
"""A held picture needs no redraw, but the job's lease must be renewed; a queue moves slowly."""


def pace(pages: int) -> float:
    """Seconds between two polls of a page where so many move at once: a doubling of the shortest.

    >>> [pace(n) for n in (1, 4, 5, 8, 16)]
    [0.2, 0.2, 0.4, 0.4, 0.8]
    """
    seconds = MOVING_SECONDS
    while seconds < pages / POLLS_A_SECOND:
        seconds *= 2
    return seconds
