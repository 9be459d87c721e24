r"""Covering or seeking: what a small student makes of a teacher with two modes.

The teacher p is a mixture of two Gaussians on a line, the student q one Gaussian, which cannot be
both. What it becomes is decided by the divergence that it makes small: forward KL(p || q) is
infinite where the student says nothing and the teacher something, so that the student covers both
modes; reverse KL(q || p) asks only where the student says something, so that it seeks one. Between
them: the generalised Jensen-Shannon divergence, Agarwal et al. 2024 (GKD), arXiv:2306.13649; skew
KL, Ko et al. 2024 (DistiLLM), arXiv:2402.03898; total variation, Wen et al. 2023, arXiv:2307.15190.

The formulas are those of :mod:`kdlab.methods` at T = 1, whose logits are here logarithms of
densities at the points of :data:`GRID`: the tests hold the two together. All integrals are sums
over that grid, exact but for rounding where the integrand is smooth, as the trapezoid rule is for
Gaussians that are wider than a step. Natural logarithms: nats.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

WEIGHT, DISTANCE, WIDTH = (0.0, 1.0), (0.0, 8.0), (0.4, 1.5)
"""Least and most of a :class:`Mixture`."""
MEAN, SIGMA = (-5.0, 5.0), (0.2, 4.5)
"""Least and most of a :class:`Gaussian`: they hold the best one of every mixture."""
BETA, SKEW = (0.0, 1.0), (0.0, 0.9)
"""Least and most of the parameters."""
END, POINTS = 36.0, 1201
"""The grid goes from -END to END: almost seven widths beyond the outermost student."""
GRID: Array = np.linspace(-END, END, POINTS)
STEP = 2 * END / (POINTS - 1)


@dataclass(frozen=True, slots=True)
class Mixture:
    """The teacher: modes at -``distance`` / 2 with ``weight`` and at +``distance`` / 2 with the
    rest, both of standard deviation ``width``. Weight in 0 .. 1, lengths in units of the line."""

    weight: float = 0.7
    distance: float = 5.0
    width: float = 0.8

    @property
    def mean(self) -> float:
        """Of the whole mixture."""
        return (0.5 - self.weight) * self.distance

    @property
    def deviation(self) -> float:
        """Standard deviation of the whole mixture."""
        apart = self.weight * (1 - self.weight) * self.distance**2
        return math.sqrt(self.width**2 + apart)

    def log_density(self, x: Array = GRID) -> Array:
        """log p at each x, the shape of ``x``."""
        left, right = (
            _log_weight(weight) + Gaussian(at, self.width).log_density(x)
            for weight, at in (
                (self.weight, -self.distance / 2),
                (1 - self.weight, self.distance / 2),
            )
        )
        return np.logaddexp(left, right)


@dataclass(frozen=True, slots=True)
class Gaussian:
    """The student: ``mean`` and standard deviation ``sigma``."""

    mean: float
    sigma: float

    def log_density(self, x: Array = GRID) -> Array:
        """log q at each x, the shape of ``x``."""
        z = (x - self.mean) / self.sigma
        return -0.5 * z**2 - math.log(self.sigma * math.sqrt(2 * math.pi))


def _log_weight(weight: float) -> float:
    return math.log(weight) if weight > 0 else -math.inf


Measured = tuple[float, Array]
"""A divergence, and its derivative by log q at each point of the grid."""


@dataclass(frozen=True)
class Divergence:
    """A way to compare teacher and student. ``name`` is that of the lab's method. ``of`` takes
    log p and log q on the grid and the parameter (0 where there is none). ``parameter`` is what the
    page calls it, "" for none. ``scale`` of the parameter makes its curvature that of a KL
    divergence: the same lowest point, found as quickly at every parameter. ``bounded``: it grows no
    more where the two have nothing in common, and then nothing pulls the student."""

    name: str
    label: str
    formula: str
    of: Callable[[Array, Array, float], Measured]
    parameter: str = ""
    scale: Callable[[float], float] = lambda parameter: 1.0
    bounded: bool = False


def _forward(log_p: Array, log_q: Array, _: float) -> Measured:
    p = np.exp(log_p)
    return float((p * (log_p - log_q)).sum()) * STEP, -p * STEP


def _reverse(log_p: Array, log_q: Array, _: float) -> Measured:
    q, ratio = np.exp(log_q), log_q - log_p
    return float((q * ratio).sum()) * STEP, q * (ratio + 1) * STEP


def _jsd(log_p: Array, log_q: Array, beta: float) -> Measured:
    p, q = np.exp(log_p), np.exp(log_q)
    log_m = np.logaddexp(log_p + _log_weight(beta), log_q + _log_weight(1 - beta))
    value = beta * (p * (log_p - log_m)).sum() + (1 - beta) * (q * (log_q - log_m)).sum()
    return float(value) * STEP, (1 - beta) * q * (log_q - log_m) * STEP


def _skew(log_p: Array, log_q: Array, skew: float) -> Measured:
    p = np.exp(log_p)
    log_m = np.logaddexp(log_p + _log_weight(skew), log_q + _log_weight(1 - skew))
    pull = -(1 - skew) * np.exp(log_p + log_q - log_m)
    return float((p * (log_p - log_m)).sum()) * STEP, pull * STEP


def _variation(log_p: Array, log_q: Array, _: float) -> Measured:
    """Half the integral of |p - q|, which has a corner where the two cross: there the straight line
    between two points of the grid is integrated, or a descent would be caught in the corners of the
    sum. What is left is STEP^2 / 12 times the slope of p - q at each crossing."""
    q = np.exp(log_q)
    apart = q - np.exp(log_p)
    size, pull = np.abs(apart), np.sign(apart)
    cross = np.flatnonzero(apart[:-1] * apart[1:] < 0)
    left, right = size[cross], size[cross + 1]
    both = left + right
    pull[cross] *= 1 - (right / both) ** 2
    pull[cross + 1] *= 1 - (left / both) ** 2
    return float(size.sum() - (left * right / both).sum()) * STEP / 2, pull * q * STEP / 2


DIVERGENCES: dict[str, Divergence] = {
    each.name: each
    for each in (
        Divergence("soft-targets", "Forward KL", "KL(p ‖ q)", _forward),
        Divergence("reverse-kl", "Reverse KL", "KL(q ‖ p)", _reverse),
        Divergence(
            "jsd",
            "JSD",
            "β · KL(p ‖ m) + (1 − β) · KL(q ‖ m), m = β p + (1 − β) q",
            _jsd,
            "beta",
            lambda beta: 1 / (beta * (1 - beta)),
            bounded=True,
        ),
        Divergence(
            "skew-kl",
            "Skew KL",
            "KL(p ‖ skew · p + (1 − skew) · q)",
            _skew,
            "skew",
            lambda skew: 1 / (1 - skew) ** 2,
            bounded=True,
        ),
        Divergence("total-variation", "Total variation", "½ ∫ |p − q|", _variation, bounded=True),
    )
}
"""Name of the lab's method -> its divergence, in the order of the page."""


def divergences(
    mixture: Mixture, student: Gaussian, *, beta: float = 0.5, skew: float = 0.1
) -> dict[str, float]:
    """All divergences between teacher and student by name, in nats (total variation: 0 .. 1)."""
    log_p, log_q = mixture.log_density(), student.log_density()
    known = {"beta": beta, "skew": skew}
    return {
        name: max(0.0, each.of(log_p, log_q, known.get(each.parameter, 0.0))[0])
        for name, each in DIVERGENCES.items()
    }


def slope(
    divergence: Divergence, log_p: Array, student: Gaussian, parameter: float = 0.0
) -> tuple[float, float, float]:
    """The divergence, and its derivatives by the student's mean and by the logarithm of its sigma.

    ``log_p``: the teacher's log density on the grid. By the chain rule over log q, whose
    derivatives are z / sigma and z^2 - 1 with z = (x - mean) / sigma.
    """
    value, pull = divergence.of(log_p, student.log_density(), parameter)
    z = (GRID - student.mean) / student.sigma
    return value, float(pull @ z) / student.sigma, float(pull @ (z**2 - 1))
