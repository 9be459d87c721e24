"""Two modes and one Gaussian: divergences against closed forms and the lab's own methods."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch

from kdlab.insight.modes import DIVERGENCES, END, GRID, STEP, Gaussian, Mixture, divergences, slope
from kdlab.methods import METHODS

PARAMETERS = {"jsd": (0.1, 0.5, 0.9), "skew-kl": (0.1, 0.5)}
CASES = [(name, value) for name in DIVERGENCES for value in PARAMETERS.get(name, (0.0,))]
STUDENTS = [Gaussian(-1.0, 2.4), Gaussian(2.5, 0.8), Gaussian(0.3, 0.5), Gaussian(-4.0, 4.5)]
UNEVEN = Mixture(0.7, 5.0, 0.8)


def value(name, parameter, mixture, student, x=GRID):
    log_p, log_q = mixture.log_density(x), student.log_density(x)
    return DIVERGENCES[name].of(log_p, log_q, parameter)[0]


def test_densities_are_probabilities():
    for mixture in (UNEVEN, Mixture(0.0, 8.0, 0.4), Mixture(1.0, 8.0, 1.5), Mixture(0.5, 0.0, 1.0)):
        p = np.exp(mixture.log_density())
        assert p.sum() * STEP == pytest.approx(1, abs=1e-12)
        assert (p * GRID).sum() * STEP == pytest.approx(mixture.mean, abs=1e-12)
        variance = (p * (GRID - mixture.mean) ** 2).sum() * STEP
        assert variance == pytest.approx(mixture.deviation**2, rel=1e-12)
    for student in (Gaussian(5.0, 4.5), Gaussian(-5.0, 0.2)):
        assert np.exp(student.log_density()).sum() * STEP == pytest.approx(1, abs=1e-10)


@pytest.mark.parametrize(
    ("mixture", "at"),
    [(Mixture(1.0, 4.0, 0.7), -2.0), (Mixture(0.0, 4.0, 0.7), 2.0), (Mixture(0.3, 0.0, 1.2), 0.0)],
)
def test_kl_of_one_mode_is_that_of_two_gaussians(mixture, at):
    for student in STUDENTS:
        a, b = mixture.width, student.sigma
        apart = (at - student.mean) ** 2
        forward = math.log(b / a) + (a**2 + apart) / (2 * b**2) - 0.5
        reverse = math.log(a / b) + (b**2 + apart) / (2 * a**2) - 0.5
        found = divergences(mixture, student)
        assert found["soft-targets"] == pytest.approx(forward, rel=1e-9, abs=1e-12)
        assert found["reverse-kl"] == pytest.approx(reverse, rel=1e-7, abs=1e-12)


def test_total_variation_of_two_shifted_gaussians():
    """It is 2 Phi(d / 2s) - 1; what is left is STEP^2 / 12 times the slope at the crossing."""
    for shift in (0.5, 2.0, 6.0):
        student = Gaussian(-2.0 + shift, 0.7)
        exact = math.erf(shift / 2 / 0.7 / math.sqrt(2))
        found = divergences(Mixture(1.0, 4.0, 0.7), student)["total-variation"]
        z = shift / 2 / 0.7
        slopes = 2 * z / 0.7**2 * math.exp(-(z**2) / 2) / math.sqrt(2 * math.pi)
        assert found == pytest.approx(exact, abs=STEP**2 / 12 * slopes * 1.1 + 1e-9)


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_the_labs_own_losses_give_the_same_numbers(name, parameter):
    """The densities as a categorical distribution over 600 points, at T = 1."""
    x = np.linspace(-18, 18, 600)
    for mixture in (UNEVEN, Mixture(0.5, 3.0, 1.2)):
        for student in STUDENTS[:3]:
            log_p, log_q = (torch.from_numpy(d.log_density(x)) for d in (mixture, student))
            known = {p.name: parameter for p in METHODS[name].parameters}
            loss = METHODS[name].loss
            assert loss is not None
            theirs = float(loss(log_q, log_p, 1.0, **known))
            tolerance = 5e-4 if name == "total-variation" else 1e-5
            assert theirs == pytest.approx(
                value(name, parameter, mixture, student), rel=1e-5, abs=tolerance
            )


def test_parameters_are_those_of_the_methods():
    for name, divergence in DIVERGENCES.items():
        assert tuple(p.name for p in METHODS[name].parameters) == (
            (divergence.parameter,) if divergence.parameter else ()
        )


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_a_divergence_is_zero_for_equals_and_positive_for_others(name, parameter):
    same = Mixture(1.0, 4.0, 0.7)
    assert value(name, parameter, same, Gaussian(-2.0, 0.7)) == pytest.approx(0, abs=1e-12)
    for student in STUDENTS:
        assert value(name, parameter, UNEVEN, student) > 0.04
    other = Mixture(1 - UNEVEN.weight, UNEVEN.distance, UNEVEN.width)
    for student in STUDENTS:
        mirrored = Gaussian(-student.mean, student.sigma)
        assert value(name, parameter, other, mirrored) == pytest.approx(
            value(name, parameter, UNEVEN, student), rel=1e-9
        )


def test_bounded_divergences_have_their_bounds():
    far = Gaussian(5.0, 0.2), Mixture(1.0, 8.0, 0.4)
    for beta in (0.1, 0.5, 0.9):
        most = -beta * math.log(beta) - (1 - beta) * math.log(1 - beta)
        assert value("jsd", beta, far[1], far[0]) == pytest.approx(most, rel=1e-9)
    assert value("skew-kl", 0.1, far[1], far[0]) == pytest.approx(-math.log(0.1), rel=1e-9)
    assert value("total-variation", 0, far[1], far[0]) == pytest.approx(1, abs=1e-9)
    found = divergences(far[1], far[0])
    unbounded = {name for name, each in DIVERGENCES.items() if not each.bounded}
    assert unbounded == {name for name, v in found.items() if v > 10}


def test_jsd_at_a_half_is_symmetric_and_vanishes_at_both_ends():
    for student in STUDENTS:
        one = DIVERGENCES["jsd"].of(UNEVEN.log_density(), student.log_density(), 0.5)[0]
        other = DIVERGENCES["jsd"].of(student.log_density(), UNEVEN.log_density(), 0.5)[0]
        assert one == pytest.approx(other, rel=1e-12)
        for end in (0.0, 1.0):
            assert value("jsd", end, UNEVEN, student) == pytest.approx(0, abs=1e-12)


def test_scaled_jsd_tends_to_forward_and_to_reverse_kl():
    """Divided by beta at 0, by 1 - beta at 1: so beta is no direction knob, but a small weight."""
    student = Gaussian(-0.5, 1.8)
    known = divergences(UNEVEN, student)
    for small in (1e-3, 1e-5):
        forward = value("jsd", small, UNEVEN, student) / small
        reverse = value("jsd", 1 - small, UNEVEN, student) / small
        assert forward == pytest.approx(known["soft-targets"], rel=40 * small)
        assert reverse == pytest.approx(known["reverse-kl"], rel=40 * small)


def test_skew_at_0_is_forward_kl():
    for student in STUDENTS:
        assert value("skew-kl", 0.0, UNEVEN, student) == pytest.approx(
            value("soft-targets", 0.0, UNEVEN, student), rel=1e-12
        )


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_slopes_agree_with_differences(name, parameter):
    log_p, e = UNEVEN.log_density(), 1e-4
    for student in STUDENTS:

        def at(mean, log, student=student):
            moved = Gaussian(student.mean + mean, student.sigma * math.exp(log))
            return DIVERGENCES[name].of(log_p, moved.log_density(), parameter)[0]

        found, by_mean, by_log = slope(DIVERGENCES[name], log_p, student, parameter)
        assert found == at(0, 0)
        assert by_mean == pytest.approx((at(e, 0) - at(-e, 0)) / (2 * e), rel=1e-5, abs=2e-6)
        assert by_log == pytest.approx((at(0, e) - at(0, -e)) / (2 * e), rel=1e-5, abs=2e-6)


def test_a_finer_grid_changes_nothing():
    fine = np.linspace(-END, END, 4 * (len(GRID) - 1) + 1)
    for name, parameter in CASES:
        for student in STUDENTS:
            log_p, log_q = UNEVEN.log_density(fine), student.log_density(fine)
            finer = DIVERGENCES[name].of(log_p, log_q, parameter)[0] / 4
            tolerance = 2e-3 if name == "total-variation" else 1e-9
            assert finer == pytest.approx(value(name, parameter, UNEVEN, student), abs=tolerance)
