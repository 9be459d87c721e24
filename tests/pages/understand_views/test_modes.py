"""The page "Covering or seeking?": its link, what its component is given, the figures it tells."""

from __future__ import annotations

import json
import math
import re
from pathlib import Path

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from kdlab.insight import modes_fit as fit
from kdlab.insight.modes import DIVERGENCES, GRID, STEP, Gaussian, Mixture, divergences, slope
from pages.ui.components.modes import NUMBERS
from pages.ui.shell import prose
from pages.ui.understand import modes as ours
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
DEFAULT = ours.ModesSettings().model_dump()


def open_page(**query):
    app = AppTest.from_file(str(ROOT / "pages/understand/modes.py"), default_timeout=PATIENCE)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def linked(app, name):
    """What the address says of a setting; a list where the page has written it."""
    found = app.query_params[name]
    return found if isinstance(found, str) else found[0]


def components(app, name):
    found = [e for e in app.get("bidi_component") if e.proto.component_name == f"kdlab_{name}"]
    return [json.loads(e.proto.json) for e in found]


def mounted(app):
    (given,) = components(app, "modes")
    return given


def commit(app, **value):
    state = {name: mounted(app)[name] for name in (*NUMBERS, "divergence", "revision")}
    app.session_state["modes.picture"] = {"value": state | value}
    app.run()
    assert not app.exception
    return app


def test_it_begins_with_the_default_mixture():
    app = open_page()
    given = mounted(app)
    assert {name: given[name] for name in DEFAULT} == DEFAULT
    assert (given["weight"], given["distance"], given["width"]) == (0.7, 5.0, 0.8)
    assert app.title[0].value == "Covering or seeking?"
    assert given["help"].keys() == {"weight", "distance", "width", "beta", "skew"}


def test_a_link_has_the_whole_state():
    asked = {
        "weight": "0.4", "distance": "6.5", "width": "0.55", "mean": "-2.125", "sigma": "0.75",
        "divergence": "jsd", "beta": "0.05", "skew": "0.3",
    }  # fmt: skip
    app = open_page(**asked)
    given = mounted(app)
    for name, text in asked.items():
        assert given[name] == (text if name == "divergence" else float(text))
    assert {name: linked(app, name) for name in asked} == asked


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"weight": "1.5"}, "“Weight of the left mode” is 1.5"),
        ({"sigma": "0"}, "“Width σ of the student” is 0"),
        ({"mean": "nan"}, "“Mean μ of the student”"),
        ({"divergence": "chi-square"}, "soft-targets"),
        ({"beta": "-0.1"}, "“Mixture β” is -0.1"),
    ],
)
def test_a_broken_link_is_told_and_leaves_the_default(query, words):
    app = open_page(**query)
    (warning,) = app.warning
    assert words in warning.value.replace("\\", "")
    (name,) = query
    assert mounted(app)[name] == DEFAULT[name]


def test_what_is_let_go_of_goes_into_the_link_and_is_no_news():
    app = commit(open_page(), mean=1.25, divergence="reverse-kl", beta=0.9)
    assert linked(app, "mean") == "1.25"
    assert linked(app, "divergence") == "reverse-kl"
    revision = mounted(app)["revision"]
    assert mounted(app.run())["revision"] == revision


def test_nonsense_from_the_browser_is_not_believed():
    app = commit(open_page(), mean="far", sigma=-1, weight=2, divergence=["jsd"], beta=None)
    assert app.session_state["link.modes"]["values"] == DEFAULT


def test_hide_takes_controls_pictures_and_words_away():
    app = open_page(hide="weight,learn,over_beta,mean")
    assert mounted(app)["hide"] == ["learn", "mean", "over_beta", "weight"]
    assert components(app, "live_chart") == []
    words = " ".join(element.value for element in app.markdown)
    assert "Drag it" not in words
    assert "{{" not in words
    assert not app.warning


def test_the_charts_over_beta_are_of_the_mixture_that_is_shown():
    app = open_page(distance="0")
    for chart in components(app, "live_chart"):
        assert "in between it moves evenly" in chart["value"]["alt"]
    app = commit(app, distance=5.0)
    students, size = components(app, "live_chart")
    assert "it jumps from one minimum to the other" in students["value"]["alt"]
    assert students["about"].startswith("Teacher: modes at −2.5 (weight 0.7) and 2.5 (weight 0.3)")
    (trace,) = size["value"]["figure"]["data"]
    assert trace["y"][0] == trace["y"][-1] == 0
    assert max(trace["y"]) > 0.1


def test_the_best_student_over_beta_has_a_gap_where_it_jumps():
    found = ours.over_beta(Mixture())
    low, high = ours.tipping(found)
    assert 0.3 < low < high < 0.4
    figure = ours.students_over_beta(Mixture(), found)
    mean = next(t for t in figure["data"] if t["name"] == "Student's mean μ")
    at = mean["y"].index(None)
    assert mean["x"][at - 1 : at + 2] == [low, pytest.approx((low + high) / 2), high]
    assert ours.tipping(ours.over_beta(Mixture(0.7, 1.0, 0.8))) is None
    for half, name in ((-2.5, "Teacher's modes"), (2.5, "Teacher's modes")):
        assert any(t["name"] == name and t["y"] == [half, half] for t in figure["data"])


# -- the figures that the page tells --------------------------------------------------------------


TEACHER = Mixture()


def best(name, mixture=TEACHER, parameter=0.0):
    return fit.lowest(mixture, DIVERGENCES[name], parameter)


def spot(student):
    return f"μ {student.mean:.2f}", f"σ {student.sigma:.2f}"


def figures(name):
    """What the answer to ``name`` has to say, computed."""
    state = ours.ModesSettings()
    if name == "Cover":
        end = best("soft-targets")[0].end
        middle = np.abs(GRID) < 1
        shares = [
            100 * float(np.exp(one.log_density())[middle].sum()) * STEP for one in (end, TEACHER)
        ]
        return *spot(end), f"{shares[0]:.0f} %", f"{shares[1]:.0f} %"
    if name == "Seek":
        ends = best("reverse-kl")
        parts = [part for each in ends for part in (*spot(each.end), f"{each.value:.3f}")]
        return *parts, f"{math.log(1 / 0.7):.3f}", f"{math.log(1 / 0.3):.3f}"
    if name == "The wrong mode":
        start = Gaussian(3.5, 0.8)
        found = fit.descend(TEACHER, start, DIVERGENCES["reverse-kl"])
        low = best("reverse-kl")[0].value
        return spot(found.end)[0], f"{found.value:.3f}", f"{low:.3f}"
    if name == "Where it tips":
        return [p for beta in (0.35, 0.4) for p in spot(best("jsd", TEACHER, beta)[0].end)]
    if name == "Far away":
        far = Gaussian(5.0, 0.4)
        log_p, told = TEACHER.log_density(), divergences(TEACHER, far, beta=state.beta)
        slopes = [
            slope(DIVERGENCES[n], log_p, far, p)[1]
            for n, p in (("jsd", 0.5), ("soft-targets", 0.0))
        ]
        return (
            f"{told['soft-targets']:.0f} nats", f"JSD {told['jsd']:.3f}", f"{math.log(2):.3f}",
            f"{slopes[0]:.3f}", f"{slopes[1]:.1f}",
        )  # fmt: skip
    assert name == "Modes that touch"
    near = Mixture(0.7, 2.0, 0.8)
    return *spot(best("soft-targets", near)[0].end), *spot(best("reverse-kl", near)[0].end)


@pytest.mark.parametrize("one", prose.tries("modes"), ids=lambda one: one.name)
def test_the_figures_of_an_answer_are_those_that_are_computed(one):
    wanted = [figure.replace("-", "−") for figure in figures(one.name)]
    answer = prose.for_hidden(one.answer, ())
    assert [figure for figure in wanted if figure not in answer] == []
    written = re.findall(r"(?<![\w/])\d+\.\d{2,3}(?![\d.])", answer)
    known = " ".join([*wanted, "0.35", "0.40", "0.50"])
    assert [number for number in written if number not in known] == []


def test_what_is_to_be_tried_sets_what_its_question_speaks_of(tried):
    app = open_page()
    for name, asked in (
        ("Seek", {"divergence": "reverse-kl", "mean": 0.0}),
        ("The wrong mode", {"divergence": "reverse-kl", "mean": 3.5, "sigma": 0.8}),
        ("Where it tips", {"divergence": "jsd", "beta": 0.35}),
        ("Far away", {"divergence": "jsd", "mean": 5.0, "sigma": 0.4}),
        ("Modes that touch", {"distance": 2.0, "divergence": "soft-targets"}),
        ("Cover", {"distance": 5.0, "divergence": "soft-targets", "mean": 0.0}),
    ):
        given = mounted(tried(app, name))
        assert {key: given[key] for key in asked} == asked
