"""The best Gaussian: where descents end, that they go down, and how beta moves the best of JSD."""

from __future__ import annotations

import math

import pytest

from kdlab.insight import modes_fit as fit
from kdlab.insight.modes import (
    DIVERGENCES,
    MEAN,
    SIGMA,
    STEP,
    Gaussian,
    Mixture,
    divergences,
    slope,
)

UNEVEN = Mixture(0.7, 5.0, 0.8)
EXTREMES = [
    Mixture(0.5, 8.0, 0.4),
    Mixture(0.95, 8.0, 0.4),
    Mixture(0.5, 8.0, 1.5),
    Mixture(0.6, 2.0, 0.8),
    Mixture(0.0, 5.0, 0.8),
]
PARAMETER = {"jsd": 0.5, "skew-kl": 0.1}


def ends(name, mixture=UNEVEN, parameter=None):
    parameter = PARAMETER.get(name, 0.0) if parameter is None else parameter
    return fit.lowest(mixture, DIVERGENCES[name], parameter)


@pytest.mark.parametrize("mixture", [UNEVEN, *EXTREMES])
def test_forward_kl_ends_at_the_moments_of_the_teacher(mixture):
    """Known in closed form; and from every start."""
    (found,) = ends("soft-targets", mixture)
    assert found.end.mean == pytest.approx(mixture.mean, abs=1e-4)
    assert found.end.sigma == pytest.approx(mixture.deviation, rel=1e-4)


def test_the_values_that_were_measured_before():
    """Forward KL about -1.0 and 2.45, reverse KL -2.5 and 0.8, to the digits given there."""
    (covers,) = ends("soft-targets")
    assert (covers.end.mean, covers.end.sigma) == pytest.approx((-1.0, 2.45), abs=0.03)
    seeks = ends("reverse-kl")[0]
    assert (seeks.end.mean, seeks.end.sigma) == pytest.approx((-2.5, 0.8), abs=0.02)


def test_reverse_kl_has_a_lowest_point_at_each_mode():
    left, right = ends("reverse-kl")
    assert (left.end.mean, right.end.mean) == pytest.approx((-2.5, 2.5), abs=0.02)
    # On one mode alone p is its weight times q: KL(q || p) = -log weight, less what else is there.
    assert left.value == pytest.approx(-math.log(0.7), abs=0.005)
    assert right.value == pytest.approx(-math.log(0.3), abs=0.005)
    assert left.value < -math.log(0.7)


def test_where_reverse_kl_ends_depends_on_where_it_begins():
    for start, side in ((Gaussian(3.5, 0.8), 1), (Gaussian(0.0, 1.5), -1)):
        found = fit.descend(UNEVEN, start, DIVERGENCES["reverse-kl"])
        assert found.end.mean == pytest.approx(2.49 * side, abs=0.02)


def test_equal_modes_can_hold_a_student_in_the_middle():
    found = ends("reverse-kl", Mixture(0.5, 5.0, 0.8))
    assert [round(each.end.mean) for each in found[2:]] == [0]
    assert found[0].value == pytest.approx(found[1].value, rel=1e-6)


@pytest.mark.parametrize("name", DIVERGENCES)
@pytest.mark.parametrize("mixture", [UNEVEN, *EXTREMES])
def test_a_descent_goes_down_in_small_steps_and_ends_where_nothing_leads_down(name, mixture):
    divergence, parameter = DIVERGENCES[name], PARAMETER.get(name, 0.0)
    log_p = mixture.log_density()
    for start in fit.STARTS:
        found = fit.descend(mixture, start, divergence, parameter)
        assert found.path[0] == start
        values = [slope(divergence, log_p, each, parameter)[0] for each in found.path]
        assert values == sorted(values, reverse=True)
        assert values[-1] == found.value
        for one, other in zip(found.path, found.path[1:], strict=False):
            assert abs(one.mean - other.mean) <= fit.FARTHEST_MEAN + 1e-9
            assert abs(math.log(one.sigma / other.sigma)) <= fit.FARTHEST_LOG + 1e-9
            assert MEAN[0] <= other.mean <= MEAN[1]
            assert SIGMA[0] <= other.sigma <= SIGMA[1]
        if found.settled and not found.lost:
            for mean, log in ((0.05, 0), (-0.05, 0), (0, 0.05), (0, -0.05)):
                near = Gaussian(found.end.mean + mean, found.end.sigma * math.exp(log))
                value = slope(divergence, log_p, near, parameter)[0]
                assert value > found.value - STEP**2 / 100, "nothing near it is lower"


def test_the_best_is_the_best_of_a_whole_grid_of_students():
    for name in DIVERGENCES:
        best = ends(name)[0].value
        for a in range(21):
            for b in range(12):
                student = Gaussian(-5 + a / 2, 0.2 * 1.3**b)
                assert divergences(UNEVEN, student)[name] > best - 1e-4


def test_a_student_that_nothing_pulls_is_lost():
    found = fit.descend(Mixture(1.0, 8.0, 0.4), Gaussian(5.0, 0.2), DIVERGENCES["jsd"], 0.5)
    assert found.lost
    assert found.end == Gaussian(5.0, 0.2) or len(found.path) < 5
    pulled = fit.descend(Mixture(1.0, 8.0, 0.4), Gaussian(5.0, 0.2), DIVERGENCES["soft-targets"])
    assert not pulled.lost
    assert pulled.end.mean == pytest.approx(-4, abs=1e-3)
    for beta in (0.0, 1.0):
        assert fit.descend(UNEVEN, Gaussian(0.0, 1.0), DIVERGENCES["jsd"], beta).lost


def test_over_beta_goes_from_forward_to_reverse_kl_and_jsd_vanishes_at_both_ends():
    found = fit.over_beta(UNEVEN)
    assert tuple(at.beta for at in found) == fit.BETAS
    for at, name in ((found[0], "soft-targets"), (found[-1], "reverse-kl")):
        best = ends(name)[0].end
        assert (at.ends[0].mean, at.ends[0].sigma) == pytest.approx(
            (best.mean, best.sigma), abs=1e-3
        )
        assert at.values[0] == 0
    for one, other in ((found[1], found[0]), (found[-2], found[-1])):
        assert abs(one.ends[0].mean - other.ends[0].mean) < 0.01
        assert 0 < one.values[0] < 0.02
    assert max(at.values[0] for at in found) > 0.1


def test_over_beta_has_the_best_of_fresh_descents():
    for mixture in (UNEVEN, Mixture(0.5, 8.0, 1.5)):
        for at in fit.over_beta(mixture)[5:-1:9]:
            fresh = ends("jsd", mixture, at.beta)[0]
            assert at.values[0] <= fresh.value + 1e-8
            assert list(at.values) == sorted(at.values)
