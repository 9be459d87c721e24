"""Covering or seeking in the browser: two modes, one Gaussian, and every divergence between them.

The mixture, the student and the divergences are redrawn while anything is dragged, and descents are
computed and shown there, with the formulas and constants of :mod:`kdlab.insight.modes` and
:mod:`kdlab.insight.modes_fit`; Python hears of the state when it is let go.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import asdict, dataclass, fields
from typing import Any

from kdlab.insight import modes as core
from kdlab.insight import modes_fit as fit
from pages.ui.components import inline

PARTS = (
    "beta",
    "distance",
    "divergence",
    "learn",
    "mean",
    "over_beta",
    "plane",
    "sigma",
    "skew",
    "weight",
    "width",
)
"""What ``hide`` may name: controls and pictures; the page itself draws what is over beta."""

_mount = inline.declare(
    "modes",
    "arithmetic.js",
    "densities.js",
    "plane.js",
    "list.js",
    "modes.js",
    css_class="kd-modes",
)

LAB: dict[str, Any] = {
    "end": core.END,
    "points": core.POINTS,
    "mean": core.MEAN,
    "sigma": core.SIGMA,
    "weight": core.WEIGHT,
    "distance": core.DISTANCE,
    "width": core.WIDTH,
    "beta": core.BETA,
    "skew": core.SKEW,
    "starts": [asdict(start) for start in fit.STARTS],
    "steps": fit.MOST_STEPS,
    "farthestMean": fit.FARTHEST_MEAN,
    "farthestLog": fit.FARTHEST_LOG,
    "longest": fit.LONGEST,
    "enough": fit.ENOUGH,
    "still": fit.STILL,
    "same": fit.SAME,
    "apart": fit.APART,
    "divergences": [
        {
            "name": each.name,
            "label": each.label,
            "formula": each.formula,
            "parameter": each.parameter,
            "bounded": each.bounded,
        }
        for each in core.DIVERGENCES.values()
    ],
}
"""The core's constants, as the browser is told of them: written once."""


@dataclass(frozen=True, slots=True)
class ModesState:
    """What the visitor set: the mixture, the student, the divergence by name, its parameters."""

    weight: float
    distance: float
    width: float
    mean: float
    sigma: float
    divergence: str
    beta: float
    skew: float


NUMBERS = tuple(field.name for field in fields(ModesState) if field.name != "divergence")


def modes(
    state: ModesState, *, help: Mapping[str, str], key: str, hide: Collection[str] = ()
) -> ModesState:
    """Show mixture, student and divergences; return what the visitor last let go of.

    ``state`` is what to show: pass back what the last run returned, or something else to move the
    component there. ``help``: what the sliders say of themselves, by name of the state. ``hide``:
    names from :data:`PARTS`, others are ignored.
    """
    asked: dict[str, Any] = asdict(state)
    asked |= {name: round(float(asked[name]), 3) for name in NUMBERS}

    def check(sent: Mapping[str, Any]) -> dict[str, Any]:
        numbers = {
            name: inline.number(sent.get(name), low, high, asked[name])
            for name, (low, high) in ((name, LAB[name]) for name in NUMBERS)
        }
        name = sent.get("divergence")
        known = isinstance(name, str) and name in core.DIVERGENCES
        return numbers | {"divergence": name if known else asked["divergence"]}

    shown, revision = inline.agree(key, asked, check)
    _mount(
        key=key,
        data={
            **shown,
            "revision": revision,
            "lab": LAB,
            "help": dict(help),
            "hide": sorted(set(hide) & set(PARTS)),
        },
        on_value_change=lambda: None,
    )
    inline.remember(key, shown)
    return ModesState(**shown)
