"""What the page "Covering or seeking?" has beside its component: settings, and JSD over beta."""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Literal

from pydantic import Field

from kdlab.config.base import Settings
from kdlab.insight import modes as core
from kdlab.insight import modes_fit as fit
from kdlab.insight.modes import Gaussian, Mixture
from kdlab.measure.wording import signed
from pages.ui.charts.base import base_layout
from pages.ui.charts.text import Own
from pages.ui.charts.traces import Dict, dots, line
from pages.ui.shell.theme import LOOKS

STUDENT, TEACHER = LOOKS["distilled"], LOOKS["teacher"]


def _number(default: float, ends: tuple[float, float], title: str, description: str) -> Any:
    low, high = ends
    return Field(default, ge=low, le=high, title=title, description=description)


class ModesSettings(Settings):
    """A teacher with two modes, a student with one, and the divergence that it learns by."""

    weight: float = _number(
        0.7,
        core.WEIGHT,
        "Weight of the left mode",
        "How much of the teacher's probability lies in its left mode; the rest lies in the right.",
    )
    distance: float = _number(
        5.0,
        core.DISTANCE,
        "Distance between the modes",
        "How far the two modes are from each other.",
    )
    width: float = _number(
        0.8,
        core.WIDTH,
        "Width of each mode",
        "The standard deviation of each of the teacher's modes.",
    )
    mean: float = _number(
        0.0, core.MEAN, "Mean μ of the student", "Where the student's one mode is."
    )
    sigma: float = _number(
        1.5,
        core.SIGMA,
        "Width σ of the student",
        "The standard deviation of the student.",
    )
    divergence: Literal["soft-targets", "reverse-kl", "jsd", "skew-kl", "total-variation"] = Field(
        "soft-targets",
        title="Divergence",
        description="What the student makes small when it learns: one of the lab's methods. "
        "Forward KL is soft targets.",
    )
    beta: float = _number(
        0.5,
        core.BETA,
        "Mixture β",
        "The teacher's share of the mixture in JSD. Small leans to forward KL, large to reverse "
        "KL; at 0 and at 1 JSD is 0 for every student.",
    )
    skew: float = _number(
        0.1,
        core.SKEW,
        "Skew",
        "How much of the teacher is mixed into the student. At 0 skew KL is forward KL.",
    )


HELP = {
    name: str(ModesSettings.model_fields[name].description)
    for name in ("weight", "distance", "width", "beta", "skew")
}
"""What each slider says of itself."""


@lru_cache(maxsize=64)
def over_beta(mixture: Mixture) -> tuple[fit.AtBeta, ...]:
    """The lowest points of JSD over beta: computed once for all who see this mixture."""
    return fit.over_beta(mixture)


def students_over_beta(mixture: Mixture, found: Sequence[fit.AtBeta]) -> Dict:
    """Mean and width of the Gaussian with the smallest JSD over beta, as lines, and of the other
    lowest points, as small open marks; the teacher's modes as levels."""
    layout = base_layout(
        "β",
        "Place on the line",
        "The best student over β",
        under=-0.28,
        closest=True,
        xaxis={"range": [-0.02, 1.02]},
    )
    half = mixture.distance / 2
    words = "Teacher's modes"
    data = [
        line((0, 1), (at, at), TEACHER, words, width=1.5, hover=None, showlegend=n == 0)
        for n, at in enumerate((-half, half))
    ]
    for name, dash, symbol, read in (
        ("Student's mean μ", "solid", "circle", _mean),
        ("its width σ", "dot", "square", _sigma),
    ):
        best = [(at.beta, read(at.ends[0])) for at in found if at.ends]
        others = [(at.beta, read(end)) for at in found for end in at.ends[1:]]
        x, y = _with_gaps(best)
        shape = {"color": STUDENT.colour, "size": 5, "symbol": symbol}
        stroke = {"color": STUDENT.colour, "dash": dash, "width": 2}
        hover = Own("%{text}<extra></extra>")
        said = _hover(name, x, y)
        data.append(
            line(x, y, STUDENT, name, size=5, marker=shape, line=stroke, hover=hover, text=said)
        )
        beta, value = [at for at, _ in others], [v for _, v in others]
        data.append(
            dots(
                beta,
                value,
                STUDENT.colour,
                5,
                marker={"symbol": f"{symbol}-open"},
                name=f"{name}, another minimum",
                hover=hover,
                text=_hover(name, beta, value),
                showlegend=False,
            )
        )
    return {"data": data, "layout": layout}


def _mean(student: Gaussian) -> float:
    return student.mean


def _sigma(student: Gaussian) -> float:
    return student.sigma


def _hover(name: str, x: Sequence[float], y: Sequence[float | None]) -> list[str]:
    """What each point says of itself; Plotly's own formats write a hyphen for a minus."""
    return [
        "" if value is None else f"{name}: {_number_told(value)} at β = {at:.2f}"
        for at, value in zip(x, y, strict=True)
    ]


JUMP = 0.5
"""Between two betas a best student that moves farther than this has changed to another lowest
point: no line leads there."""


def _with_gaps(points: Sequence[tuple[float, float]]) -> tuple[list[float], list[float | None]]:
    """x and y of a line through ``points`` with a gap where y jumps."""
    x: list[float] = []
    y: list[float | None] = []
    for n, (at, value) in enumerate(points):
        if n and abs(value - points[n - 1][1]) > JUMP:
            x.append((at + points[n - 1][0]) / 2)
            y.append(None)
        x.append(at)
        y.append(value)
    return x, y


def size_over_beta(found: Sequence[fit.AtBeta]) -> Dict:
    """JSD of the best student over beta, in nats: 0 at both ends, whoever the student is."""
    layout = base_layout(
        "β",
        "JSD of the best student, nats",
        "JSD itself vanishes at both ends",
        closest=True,
        xaxis={"range": [-0.02, 1.02]},
        yaxis={"rangemode": "tozero"},
    )
    values = [(at.beta, at.values[0]) for at in found if at.values]
    trace = line(
        [beta for beta, _ in values],
        [max(0.0, value) for _, value in values],
        STUDENT,
        "JSD",
        size=6,
        hover=Own("β %{x:.2f}: %{y:.4f} nats"),
        showlegend=False,
    )
    return {"data": [trace], "layout": layout}


def tipping(found: Sequence[fit.AtBeta]) -> tuple[float, float] | None:
    """The two betas between which the best student jumps from one lowest point to another; None
    where it moves evenly all the way."""
    for one, other in itertools.pairwise(found):
        if one.ends and other.ends and _far(one.ends[0], other.ends[0]):
            return one.beta, other.beta
    return None


def _far(one: Gaussian, other: Gaussian) -> bool:
    return max(abs(one.mean - other.mean), abs(one.sigma - other.sigma)) > JUMP


def in_words(found: Sequence[fit.AtBeta]) -> str:
    """What the pictures over beta show, in two sentences: also for those who do not see them."""
    first, last = found[0].ends[0], found[-1].ends[0]
    jump = tipping(found)
    way = (
        f"in between it jumps from one minimum to the other, between β = {jump[0]:.2f} and "
        f"{jump[1]:.2f}"
        if jump
        else "in between it moves evenly"
    )
    largest = max(found, key=lambda at: at.values[0] if at.values else 0.0)
    return (
        f"Towards β = 0 the best student is that of forward KL, {_told(first)}, towards β = 1 that "
        f"of reverse KL, {_told(last)}; {way}. JSD of the best student is largest, "
        f"{max(0.0, largest.values[0]):.3f} nats, at β = {largest.beta:.2f}, and 0 at both ends."
    )


def about(mixture: Mixture) -> str:
    """What a saved chart tells of the teacher."""
    half, right = mixture.distance / 2, round(1 - mixture.weight, 3)
    modes = (
        f"modes at −{half:g} (weight {mixture.weight:g}) and {half:g} (weight {right:g}), each"
        if half
        else "one mode at 0,"
    )
    return f"Teacher: {modes} {mixture.width:g} wide. Student: one Gaussian."


def _number_told(value: float) -> str:
    return signed(value, 2).removeprefix("+")


def _told(student: Gaussian) -> str:
    return f"μ {_number_told(student.mean)}, σ {_number_told(student.sigma)}"
