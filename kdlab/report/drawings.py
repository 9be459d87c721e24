"""Drawings as data: what stands in a figure, before anybody draws it.

Values are as they are drawn (per cent, points, bits, nats); NaN is a gap, or no interval.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kdlab.report.looks import Look

Form = Literal["line", "points", "steps"]


@dataclass(frozen=True)
class Series:
    """Values over ``x`` with the ends of their 95 % intervals, which a line shows as a band and
    points as whiskers; empty where there are none."""

    look: Look
    label: str
    x: tuple[float, ...]
    y: tuple[float, ...]
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    form: Form = "line"


@dataclass(frozen=True)
class Level:
    """A horizontal line: a teacher, a published number."""

    look: Look
    label: str
    value: float


@dataclass(frozen=True)
class Axis:
    """Its words; ``ends`` are those of what is shown, None: as the values are; ``ticks`` names
    places, ``whole``: only whole numbers are named."""

    words: str
    log: bool = False
    ends: tuple[float, float] | None = None
    ticks: tuple[tuple[float, str], ...] = ()
    whole: bool = False


@dataclass(frozen=True)
class Chart:
    """Series and levels over one x axis; ``marks`` are upright lines at an x, with words."""

    x: Axis
    y: Axis
    series: tuple[Series, ...]
    levels: tuple[Level, ...] = ()
    marks: tuple[tuple[float, str], ...] = ()


@dataclass(frozen=True)
class Row:
    """A mean with its interval, and what each seed came to."""

    look: Look
    label: str
    mean: float
    low: float = float("nan")
    high: float = float("nan")
    each: tuple[float, ...] = ()


@dataclass(frozen=True)
class Rows:
    """Means one below the other; ``zero``: a line that they are held against, with its words.
    ``ends`` of the axis, None: as the values are."""

    x: str
    rows: tuple[Row, ...]
    zero: tuple[float, str] | None = None
    ends: tuple[float, float] | None = None


@dataclass(frozen=True)
class Pair:
    """Two values of one seed."""

    label: str
    before: float
    after: float


@dataclass(frozen=True)
class Pairs:
    """Two values a row, with an arrow from one to the other."""

    x: str
    before: Look
    after: Look
    pairs: tuple[Pair, ...]


@dataclass(frozen=True)
class Heat:
    """A grid of cells, row by row from below; the colours of ``values`` lie between -reach and
    reach, of ``shares`` between 0 and reach. ``texts`` stand in the cells; ``best`` is the cell
    with a star, those in ``equals`` have a frame."""

    x: Axis
    y: Axis
    shape: tuple[int, int]
    values: tuple[float, ...]
    reach: float
    texts: tuple[str, ...]
    bar: str
    best: int | None = None
    equals: tuple[int, ...] = ()
    shares: bool = False


@dataclass(frozen=True)
class Bars:
    """Shares one below the other."""

    x: str
    look: Look
    bars: tuple[tuple[str, float], ...]


@dataclass(frozen=True, eq=False)
class Example:
    """An input as pixels (H, W) or (H, W, 3), its class, and what a teacher answers at T = 1 and at
    the T of the run."""

    pixels: NDArray[np.uint8]
    label: int
    plain: tuple[float, ...]
    soft: tuple[float, ...]


@dataclass(frozen=True, eq=False)
class Answers:
    """What a teacher says of some examples, class by class."""

    classes: tuple[str, ...]
    temperature: float
    examples: tuple[Example, ...]


Drawing = Chart | Rows | Pairs | Heat | Bars | Answers
