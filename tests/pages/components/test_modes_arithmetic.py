"""The arithmetic of covering and seeking in the browser: the same numbers as Python's."""

from __future__ import annotations

import math
from dataclasses import asdict

import numpy as np
import pytest

from kdlab.insight import modes_fit as fit
from kdlab.insight.modes import DIVERGENCES, GRID, Gaussian, Mixture, divergences, slope
from pages.ui.components import inline
from pages.ui.components.modes import LAB

MIXTURES = [Mixture(), Mixture(0.5, 8.0, 0.4), Mixture(1.0, 3.0, 1.5), Mixture(0.0, 3.0, 0.8)]
STUDENTS = [Gaussian(-1.0, 2.43), Gaussian(2.5, 0.8), Gaussian(5.0, 0.2), Gaussian(-5.0, 4.5)]
PARAMETERS = {"jsd": (0.0, 0.05, 0.5, 1.0), "skew-kl": (0.0, 0.1, 0.9)}
CASES = [(name, value) for name in DIVERGENCES for value in PARAMETERS.get(name, (0.0,))]


@pytest.fixture(scope="module")
def call(browser):
    """Evaluate an expression with the functions of arithmetic.js; `lab` has Python's constants."""
    page = browser.new_page()
    for path in ("kit/dom.js", "modes/arithmetic.js"):
        page.add_script_tag(content=(inline.HERE / path).read_text(encoding="utf-8"))
    page.evaluate("(lab) => { window.lab = lab; window.x = lineOf(lab.end, lab.points) }", LAB)

    def ask(expression, **values):
        names = ", ".join(values)
        return page.evaluate(f"({{ {names} }}) => {expression}", values)

    return ask


def test_line_and_densities(call):
    np.testing.assert_allclose(call("[...x]"), GRID, atol=1e-12)
    for mixture in MIXTURES:
        found = call("[...logMixture(x, mixture)]", mixture=asdict(mixture))
        np.testing.assert_allclose(found, mixture.log_density(), rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize(("name", "parameter"), CASES)
def test_divergences_and_slopes(call, name, parameter):
    for mixture in MIXTURES:
        for student in STUDENTS:
            found = call(
                "divergenceSlope(name, x, logMixture(x, mixture), student, parameter)",
                name=name,
                mixture=asdict(mixture),
                student=asdict(student),
                parameter=parameter,
            )
            known = slope(DIVERGENCES[name], mixture.log_density(), student, parameter)
            assert found == pytest.approx(known, rel=1e-9, abs=1e-10)


def test_the_list_has_all_of_them(call):
    for student in STUDENTS:
        found = call(
            "allDivergences(lab, mixture, student, {beta: 0.3, skew: 0.2})",
            mixture=asdict(MIXTURES[0]),
            student=asdict(student),
        )
        known = divergences(MIXTURES[0], student, beta=0.3, skew=0.2)
        assert found == pytest.approx(list(known.values()), rel=1e-10, abs=1e-12)


@pytest.mark.parametrize("name", DIVERGENCES)
def test_descents_end_where_pythons_end(call, name):
    parameter = {"jsd": 0.5, "skew-kl": 0.1}.get(name, 0.0)
    for mixture in MIXTURES[:2]:
        for start in (*fit.STARTS, Gaussian(5.0, 0.4)):
            found = call(
                "descent(lab, name, mixture, start, parameter)",
                name=name,
                mixture=asdict(mixture),
                start=asdict(start),
                parameter=parameter,
            )
            known = fit.descend(mixture, start, DIVERGENCES[name], parameter)
            assert found["value"] == pytest.approx(known.value, abs=1e-7)
            assert (found["settled"], found["lost"]) == (known.settled, known.lost)
            # The same steps: rounding alone may part two descents, late and by little.
            for mine, theirs in zip(found["path"][:10], known.path[:10], strict=False):
                assert mine == pytest.approx(asdict(theirs), abs=1e-6)


def test_distinct_ends_are_pythons(call):
    for name, parameter in (("reverse-kl", 0.0), ("jsd", 0.5), ("jsd", 0.0), ("skew-kl", 0.1)):
        found = call(
            "distinctEnds(lab, lab.starts.map((s) => descent(lab, name, mixture, s, parameter)))"
            ".map(({ path, value }) => [path.at(-1).mean, path.at(-1).sigma, value])",
            name=name,
            mixture=asdict(MIXTURES[0]),
            parameter=parameter,
        )
        known = fit.lowest(MIXTURES[0], DIVERGENCES[name], parameter)
        assert len(found) == len(known)
        for mine, theirs in zip(found, known, strict=True):
            assert mine == pytest.approx(
                [theirs.end.mean, theirs.end.sigma, theirs.value], abs=1e-4
            )


def test_nothing_is_above_its_bound_when_far(call):
    found = call(
        "allDivergences(lab, {weight: 1, distance: 8, width: 0.4}, {mean: 5, sigma: 0.2},"
        " {beta: 0.5, skew: 0.1})"
    )
    assert all(math.isfinite(v) for v in found)
    assert found[2:] == pytest.approx([math.log(2), -math.log(0.1), 1], rel=1e-6)
