"""From a drawing to the pixels that a network knows, in Python: what ``drawing.js`` does in a
browser is held to this. Pure functions on arrays; ink is 255, paper 0.
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from PIL import Image

from kdlab.device.plain import DIGITS

Pixels = npt.NDArray[np.uint8]

FINE = 64
"""Points a side at which a drawing is sampled before it is averaged down to 8x8."""
NARROW = 20 / 32
"""Width of a digit in the data set digits, as a share of its height."""
WIDEN = 1.25
"""A digit is widened at most so much to get there: a bare stroke must stay a stroke."""
INK = 0.3
"""Share of a picture that is ink in the data set digits: 0.31, with a deviation of 0.03."""
EDGE = 64
"""Half-covered pixels on the edge of a stroke count as ink from this value on."""
_apart = np.subtract.outer(np.arange(FINE), np.arange(FINE))
SOFTEN = np.exp(-((_apart / 2.5) ** 2) / 2)
SOFTEN /= SOFTEN[FINE // 2].sum()
"""A Gaussian blur with a deviation of 2.5 of the FINE points, as a matrix for each axis."""


def seen(drawing: Pixels, shape: tuple[int, ...]) -> Pixels:
    """What a network with inputs of ``shape`` is given for a drawing (S, S): uint8 ``shape``."""
    return (as_digits(drawing) if shape == DIGITS else as_mnist(drawing))[None]


def as_mnist(drawing: Pixels) -> Pixels:
    """Make a drawing look like MNIST: (S, S) uint8 -> (28, 28) uint8.

    The longer side of its bounding box becomes 20 pixels, and by whole pixels it is moved to where
    its centre of mass lies nearest to pixel (14, 14), counted from 0.
    """
    out = np.zeros((28, 28), np.uint8)
    rows, columns = np.flatnonzero(drawing.any(axis=1)), np.flatnonzero(drawing.any(axis=0))
    if not len(rows):
        return out
    box = drawing[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    height, width = (max(1, round(20 * n / max(box.shape))) for n in box.shape)
    # Pillow's bilinear filter averages where it makes smaller, and keeps what has the size already.
    small = Image.fromarray(np.ascontiguousarray(box))
    digit = np.asarray(small.resize((width, height), Image.Resampling.BILINEAR))
    total = max(float(digit.sum()), 1.0)
    top, left = (
        min(28 - n, max(0, round(14 - float(digit.sum(axis=1 - axis) @ np.arange(n)) / total)))
        for axis, n in enumerate(digit.shape)
    )
    out[top : top + height, left : left + width] = digit
    return out


def as_digits(drawing: Pixels) -> Pixels:
    """Make a drawing look like the data set digits: (S, S) uint8 -> (8, 8) uint8.

    Sheared upright, its bounding box scaled to 20 x 32, its stroke made as thick as the usual share
    of ink asks for, and blocks averaged: see ``asDigits`` in ``drawing.js`` for the reasons.
    """
    if not drawing.any():
        return np.zeros((8, 8), np.uint8)
    rows, columns = np.nonzero(drawing >= min(EDGE, int(drawing.max()) / 2))
    slant = _slant(rows, columns)
    across = columns - slant * rows
    top, height = rows.min() - 0.5, float(np.ptp(rows)) + 1
    left, width = across.min() - 0.5, float(np.ptp(across)) + 1
    # The box that becomes the whole picture: the digit is NARROW of it, or less if it is a stroke.
    side = width / min(NARROW, WIDEN * width / height)
    step = (np.arange(FINE) + 0.5) / FINE
    at_row = (top + step * height)[:, None]
    at_column = left + width / 2 + (step - 0.5) * side + slant * at_row
    soft = SOFTEN @ _sample(drawing, np.broadcast_to(at_row, at_column.shape), at_column) @ SOFTEN
    black = soft >= max(float(np.quantile(soft, 1 - INK)), 1e-6)
    block = FINE // 8
    share = black.reshape(8, block, 8, block).mean(axis=(1, 3))
    out: Pixels = np.rint(np.rint(16 * share) * (255 / 16)).astype(np.uint8)
    return out


def _slant(rows: npt.NDArray[np.int64], columns: npt.NDArray[np.int64]) -> float:
    """Columns that a digit leans a row: the mean of two least-squares lines, one through its ink
    and one through its left edge (the ink of a 7 leans where the digit does not)."""
    every = np.unique(rows)
    edge = np.array([columns[rows == row].min() for row in every])
    return (_slope(rows, columns) + _slope(every, edge)) / 2


def _slope(y: npt.NDArray[np.int64], x: npt.NDArray[np.int64]) -> float:
    """The slope of the least-squares line x(y); 0 where all y are one."""
    centred_y = y - y.mean()
    return float((centred_y * x).sum() / max(float((centred_y**2).sum()), 1e-6))


def _sample(
    drawing: Pixels, rows: npt.NDArray[np.float64], columns: npt.NDArray[np.float64]
) -> npt.NDArray[np.float64]:
    """Bilinear interpolation at positions in pixels, paper outside; all arrays of one shape."""
    padded = np.pad(drawing.astype(np.float64), 1)
    last = len(drawing)
    rows, columns = (np.clip(at + 1, 0, last + 0.999) for at in (rows, columns))
    r, c = rows.astype(int), columns.astype(int)
    down, right = rows - r, columns - c
    upper = padded[r, c] * (1 - right) + padded[r, c + 1] * right
    lower = padded[r + 1, c] * (1 - right) + padded[r + 1, c + 1] * right
    found: npt.NDArray[np.float64] = upper * (1 - down) + lower * down
    return found


def standardised(
    pixels: Pixels, mean: tuple[float, ...], std: tuple[float, ...]
) -> npt.NDArray[np.float32]:
    """uint8 (N, C, H, W) -> float32 of the same shape, as networks read it: (x / 255 - mean) / std,
    one mean and std a channel."""
    tail = (len(mean), 1, 1)
    centre, scale = (np.asarray(v).reshape(tail) for v in (mean, std))
    return ((pixels / 255 - centre) / scale).astype(np.float32)
