"""The best Gaussian for a divergence: descents from several starts, and over beta.

A student learns by going downhill, and where it ends depends on where it began: reverse KL has a
lowest point at each mode. So a descent is kept with its whole path, and the best is the lowest of
several ends. The steps go along the natural gradient: the gradient by (mean, log sigma) divided by
the Fisher information of a Gaussian, diag(1 / sigma^2, 2), so that a narrow student takes small
steps. A step is halved until it leads down; none moves the mean by more than 0.3 or changes sigma
by more than 16 %, so that the path can be watched.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

from kdlab.insight.modes import (
    DIVERGENCES,
    MEAN,
    SIGMA,
    Array,
    Divergence,
    Gaussian,
    Mixture,
    slope,
)

STARTS = (
    Gaussian(-4.0, 0.6),
    Gaussian(4.0, 0.6),
    Gaussian(-1.5, 3.5),
    Gaussian(1.5, 3.5),
)
"""Narrow on either side, and wide in the middle: one comes upon each mode, one upon the whole."""
MOST_STEPS = 400
FARTHEST_MEAN, FARTHEST_LOG = 0.3, 0.15
"""Of one step."""
LONGEST, ENOUGH = 4.0, 0.4
"""A step is at most so many natural gradients long, and brings at least this share of what the
slope promises: with less a descent goes to and fro across a valley."""
STILL = 1e-10
"""A step that gains less than this, in nats of a KL divergence: the descent has come to its end."""
SAME = 0.1
"""Two ends that are nearer than this are one: total variation has flat bottoms."""
APART = 0.999
"""A student of a larger total variation has nothing in common with its teacher."""


@dataclass(frozen=True, slots=True)
class Descent:
    """A way downhill: the students from the start to the end, and the divergence at the end.
    ``settled``: it ended because nothing was left to gain, not because it was cut off. ``lost``: it
    ended on a plain, where a bounded divergence pulls nowhere."""

    path: tuple[Gaussian, ...]
    value: float
    settled: bool
    lost: bool

    @property
    def end(self) -> Gaussian:
        """Where it came to rest."""
        return self.path[-1]


def descend(
    mixture: Mixture, start: Gaussian, divergence: Divergence, parameter: float = 0.0
) -> Descent:
    """Go downhill from ``start``. JSD at beta 0 and 1 is 0 everywhere: its path is the start."""
    return _descend(mixture.log_density(), start, divergence, parameter)


def _descend(log_p: Array, start: Gaussian, divergence: Divergence, parameter: float) -> Descent:
    if divergence.name == "jsd" and parameter in (0.0, 1.0):
        return Descent((start,), 0.0, settled=True, lost=True)
    path, value, settled = _downhill(log_p, start, divergence, parameter)
    lost = divergence.bounded and _variation(log_p, path[-1]) > APART
    return Descent(tuple(path), value, settled, lost)


def _variation(log_p: Array, student: Gaussian) -> float:
    return DIVERGENCES["total-variation"].of(log_p, student.log_density(), 0.0)[0]


def _downhill(
    log_p: Array, start: Gaussian, divergence: Divergence, parameter: float
) -> tuple[list[Gaussian], float, bool]:
    """The path, the divergence at its end, and whether it came to rest."""
    scale = divergence.scale(parameter)
    here, path, reach = start, [start], 1.0
    value, by_mean, by_log = slope(divergence, log_p, here, parameter)
    for _ in range(MOST_STEPS):
        way = -scale * by_mean * here.sigma**2, -scale * by_log / 2
        reach = min(LONGEST, 2 * reach)
        while True:
            there = _moved(here, way, reach)
            found = slope(divergence, log_p, there, parameter)
            gain = by_mean * (there.mean - here.mean)
            gain += by_log * math.log(there.sigma / here.sigma)
            if found[0] <= value + ENOUGH * gain and gain < 0:
                break
            reach /= 2
            if reach < 1e-6:  # rounding: no step leads down
                return path, value, True
        gained, here = scale * (value - found[0]), there
        value, by_mean, by_log = found
        path.append(here)
        if gained < STILL:
            return path, value, True
    return path, value, False


def _moved(here: Gaussian, way: tuple[float, float], reach: float) -> Gaussian:
    """``here`` after a step along ``way``, not too far and within what there is."""
    short = max(
        reach * abs(way[0]) / FARTHEST_MEAN,
        reach * abs(way[1]) / FARTHEST_LOG,
        1.0,
    )
    mean = here.mean + reach * way[0] / short
    sigma = here.sigma * math.exp(reach * way[1] / short)
    return Gaussian(min(max(mean, MEAN[0]), MEAN[1]), min(max(sigma, SIGMA[0]), SIGMA[1]))


def lowest(
    mixture: Mixture,
    divergence: Divergence,
    parameter: float = 0.0,
    starts: Iterable[Gaussian] = STARTS,
) -> tuple[Descent, ...]:
    """The different ends of descents from ``starts``, the best first, without those that
    are lost or were cut off."""
    return _distinct(descend(mixture, start, divergence, parameter) for start in starts)


def _distinct(found: Iterable[Descent]) -> tuple[Descent, ...]:
    kept: list[Descent] = []
    for each in sorted(found, key=lambda descent: descent.value):
        if (
            each.settled
            and not each.lost
            and all(_apart(each.end, other.end) > SAME for other in kept)
        ):
            kept.append(each)
    return tuple(kept)


def _apart(one: Gaussian, other: Gaussian) -> float:
    return max(abs(one.mean - other.mean), abs(math.log(one.sigma / other.sigma)))


BETAS = tuple(n / 50 for n in range(51))


@dataclass(frozen=True, slots=True)
class AtBeta:
    """The lowest points of JSD at one beta, the best first, and JSD at the best. At 0 and 1, where
    JSD vanishes, they are those of forward and of reverse KL, to which JSD / (beta (1 - beta))
    tends there."""

    beta: float
    ends: tuple[Gaussian, ...]
    values: tuple[float, ...]


def over_beta(mixture: Mixture) -> tuple[AtBeta, ...]:
    """The lowest points of JSD over :data:`BETAS`.

    Each beta starts where its neighbours ended, from both sides: what is a lowest point at one beta
    is near one at the next, until it is none any more and leads into another.
    """
    log_p = mixture.log_density()
    found: list[list[Descent]] = [[] for _ in BETAS]
    for order in (range(len(BETAS)), range(len(BETAS) - 1, -1, -1)):
        starts: list[Gaussian] = list(STARTS)
        for n in order:
            divergence, beta = _objective(BETAS[n])
            ends = _distinct(_descend(log_p, start, divergence, beta) for start in starts)
            starts = [descent.end for descent in ends]
            found[n] += ends
    result = []
    for beta, descents in zip(BETAS, found, strict=True):
        ends = _distinct(descents)
        inside = 0 < beta < 1
        values = tuple(descent.value if inside else 0.0 for descent in ends)
        result.append(AtBeta(beta, tuple(descent.end for descent in ends), values))
    return tuple(result)


def _objective(beta: float) -> tuple[Divergence, float]:
    ends = {0.0: "soft-targets", 1.0: "reverse-kl"}
    return DIVERGENCES[ends.get(beta, "jsd")], beta
