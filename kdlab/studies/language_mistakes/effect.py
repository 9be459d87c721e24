"""What a mistake does, computed: sentences with their figures, and curves."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal, Self


@dataclass(frozen=True)
class Series:
    """One curve of a chart: the ``wrong`` version, the ``right`` one, or something to compare both
    with."""

    name: str
    role: Literal["wrong", "right", "other"]
    x: tuple[float, ...]
    y: tuple[float, ...]

    @classmethod
    def of(
        cls,
        name: str,
        role: Literal["wrong", "right", "other"],
        x: Iterable[float],
        y: Iterable[float],
    ) -> Self:
        """From any numbers."""
        return cls(name, role, tuple(map(float, x)), tuple(map(float, y)))


@dataclass(frozen=True)
class Effect:
    """``said`` are sentences, the first of which tells the effect; ``log`` names axes on a
    logarithmic scale; ``dots``: the places along x are things of their own, with no way between
    them."""

    said: tuple[str, ...]
    title: str
    x: str
    y: str
    series: tuple[Series, ...]
    log: frozenset[Literal["x", "y"]] = frozenset()
    dots: bool = False
