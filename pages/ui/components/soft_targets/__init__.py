"""Soft targets softmax(z / T) in the browser, redrawn while T or a logit is dragged.

The script recomputes the bars, the entropy and the class-by-class heat map at every movement;
Python hears of the state when it is let go. Formula: Hinton, Vinyals and Dean 2015, eq. 1.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from kdlab.config.schema import T_MAX, T_MIN
from pages.ui.components import inline

PARTS = ("entropy", "examples", "heatmap", "limits", "logits", "scale", "temperature", "wrong")
"""What ``hide`` may name."""

POPULATION_ROWS = 2000
POPULATION_NUMBERS = 60_000
"""What a browser averages within a frame, while T is dragged."""

_mount = inline.declare("soft_targets", "parts.js", "soft_targets.js", css_class="kd-soft")


@dataclass(frozen=True, slots=True)
class SoftTargetsState:
    """What the visitor set: T, the example, and its logits where they were edited (else None)."""

    temperature: float
    index: int
    logits: tuple[float, ...] | None


def soft_targets(
    *,
    logits: npt.ArrayLike,
    classes: Sequence[str],
    label: int | npt.ArrayLike,
    temperature: float,
    key: str,
    index: int = 0,
    edited: Sequence[float] | None = None,
    images: npt.NDArray[np.uint8] | None = None,
    population: tuple[npt.ArrayLike, npt.ArrayLike] | None = None,
    compact: bool = False,
    hide: Collection[str] = (),
) -> SoftTargetsState:
    """Show soft targets; return what the visitor last let go of.

    ``logits``: (C,) for one example or (M, C) for M to choose from; ``label``: one class number, or
    (M,) of them. ``temperature``, ``index`` and ``edited`` (C logits instead of the example's own,
    or None) are the state to show: pass back what the last run returned, or something else to move
    the component there. ``images``: (M, H, W) grey or (M, 1 or 3, H, W), uint8, in the order of
    ``logits``. ``population``: logits (N, C) and labels (N,) of a set for the heat map of mean soft
    targets; of more than 2,000 rows (fewer for very many classes), evenly spaced ones are taken.
    ``compact``: only the slider and the bars, at most 170 pixels high. ``hide``: names from
    :data:`PARTS`, others are ignored. ValueError where shapes do not belong together.
    """
    z, labels = inline.examples(logits, label, classes)
    count, width = z.shape
    asked: dict[str, Any] = {
        "temperature": float(np.clip(temperature, T_MIN, T_MAX)),
        "index": int(np.clip(index, 0, count - 1)),
        "logits": None if edited is None else inline.rounded(edited),
    }

    def check(sent: Mapping[str, Any]) -> dict[str, Any]:
        return {
            "temperature": inline.number(
                sent.get("temperature"), T_MIN, T_MAX, asked["temperature"]
            ),
            "index": int(inline.number(sent.get("index"), 0, count - 1, asked["index"])),
            "logits": inline.numbers(sent.get("logits"), width),
        }

    state, revision = inline.agree(key, asked, check)
    _mount(
        key=key,
        data={
            **state,
            "revision": revision,
            "classes": list(classes),
            "examples": inline.rounded(z),
            "labels": labels.tolist(),
            "images": None if images is None else inline.pictures(images, count),
            "population": None if population is None else _population(*population, width),
            "compact": compact,
            "help": inline.help_of("temperature"),
            "hide": sorted(set(hide) & set(PARTS)),
        },
        on_value_change=lambda: None,
    )
    inline.remember(key, state)
    return SoftTargetsState(
        temperature=state["temperature"],
        index=state["index"],
        logits=inline.maybe_tuple(state["logits"]),
    )


def _population(logits: npt.ArrayLike, labels: npt.ArrayLike, width: int) -> dict[str, Any]:
    """The set of the heat map, thinned out to what a browser averages within a frame."""
    z, y = np.asarray(logits, dtype=np.float64), np.asarray(labels, dtype=np.int64)
    if z.ndim != 2 or z.shape[1] != width or len(y) != len(z):
        raise ValueError(f"the population is {z.shape} with {len(y)} labels; allowed: (N, {width})")
    rows = min(len(z), POPULATION_ROWS, POPULATION_NUMBERS // width)
    keep = np.linspace(0, len(z) - 1, rows).round().astype(int)
    return {"logits": inline.rounded(z[keep]), "labels": y[keep].tolist()}
