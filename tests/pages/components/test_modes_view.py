"""Covering or seeking in a browser: what drags and keys do, and where learning ends."""

from __future__ import annotations

import re

import pytest

from kdlab.insight.modes import DIVERGENCES, Gaussian, Mixture, divergences
from pages.ui.components.modes import LAB, NUMBERS

MODES = {
    "weight": 0.7,
    "distance": 5.0,
    "width": 0.8,
    "mean": 0.0,
    "sigma": 1.5,
    "divergence": "soft-targets",
    "beta": 0.5,
    "skew": 0.1,
    "revision": 1,
    "lab": LAB,
    "help": {"weight": "Left."},
    "hide": [],
}
STILL = {"reduced_motion": "reduce"}


def values(view):
    """The list of divergences as it is on screen."""
    return [float(v) for v in view.page.locator(".divergences .value").all_inner_texts()]


def known(told):
    mixture = Mixture(told["weight"], told["distance"], told["width"])
    student = Gaussian(told["mean"], told["sigma"])
    return list(divergences(mixture, student, beta=told["beta"], skew=told["skew"]).values())


def drag(view, handle, dx, dy=0):
    """Drag the grip of a handle by some pixels; Python hears nothing before it is let go of."""
    box = handle.locator(".grip").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    before = len(view.sent())
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x + dx, y + dy, steps=5)
    view.frame()
    assert len(view.sent()) == before
    shown = values(view)
    view.page.mouse.up()
    return shown, view.wait_sent(before + 1)


def test_the_list_shows_all_divergences_at_once(mount):
    view = mount("modes", "kd-modes", MODES)
    assert values(view) == pytest.approx(known(MODES), abs=6e-4)
    labels = view.page.get_by_role("radio").all_inner_texts()
    assert [label.split("\n")[0] for label in labels] == [
        "Forward KL", "Reverse KL", "JSD β 0.50", "Skew KL 0.10", "Total variation",
    ]  # fmt: skip


def test_mean_and_width_are_dragged_and_the_list_follows(mount):
    view = mount("modes", "kd-modes", MODES)
    mean = view.page.get_by_role("slider", name="Mean μ of the student")
    shown, told = drag(view, mean, 60)
    assert told["mean"] > 1
    assert told["sigma"] == 1.5
    assert shown == pytest.approx(known(told), abs=2e-3)
    width = view.page.get_by_role("slider", name="Width σ of the student")
    shown, told = drag(view, width, 30)
    assert told["sigma"] > 1.8
    assert shown == pytest.approx(known(told), abs=2e-3)


def test_in_the_plane_both_are_dragged_at_once(mount):
    view = mount("modes", "kd-modes", MODES)
    _, told = drag(view, view.page.locator(".sheet .handle"), -40, -20)
    assert told["mean"] < -0.5
    assert told["sigma"] > 1.7


def test_keys_and_typing_move_the_student(mount):
    view = mount("modes", "kd-modes", MODES)
    mean = view.page.get_by_role("slider", name="Mean μ of the student")
    mean.press("ArrowLeft")
    assert view.wait_sent(1)["mean"] == -0.1
    mean.press("End")
    assert view.wait_sent(2)["mean"] == 5
    mean.press("Enter")
    view.page.keyboard.type("-2.5")
    view.page.keyboard.press("Enter")
    assert view.wait_sent(3)["mean"] == -2.5
    width = view.page.get_by_role("slider", name="Width σ of the student")
    width.press("PageDown")
    assert view.wait_sent(4)["sigma"] == 1.0
    width.press("Home")
    assert view.wait_sent(5)["sigma"] == 0.2


@pytest.mark.parametrize(
    ("name", "mean", "sigma"),
    [("Forward KL", -1.0, 2.427), ("Reverse KL", -2.495, 0.808)],
)
def test_a_student_learns_by_the_chosen_divergence(mount, name, mean, sigma):
    view = mount("modes", "kd-modes", MODES, **STILL)
    view.page.get_by_role("radio", name=name).click()
    view.page.get_by_role("button", name="Let it learn").click()
    view.page.wait_for_function("sent.at(-1)?.[1].mean !== 0 && sent.length")
    told = view.sent()[-1]
    assert (told["mean"], told["sigma"]) == pytest.approx((mean, sigma), abs=2e-3)
    said = view.page.get_by_role("status").inner_text()
    assert ("covers both" in said) == (name == "Forward KL")
    assert ("sought the left mode" in said) == (name == "Reverse KL")
    label = view.page.locator(".sheet svg").get_attribute("aria-label")
    assert "one way downhill, from μ 0.00, σ 1.50 to" in label


def test_from_four_starts_reverse_kl_has_two_minima(mount):
    view = mount("modes", "kd-modes", MODES | {"divergence": "reverse-kl"}, **STILL)
    view.page.get_by_role("button", name="From four starts").click()
    said = view.page.get_by_role("status")
    view.page.wait_for_function("host.querySelector('.told').textContent.includes('minima')")
    assert "two minima, μ −2.50, σ 0.81 (0.355); μ 2.49, σ 0.82 (1.199)" in said.inner_text()
    assert view.page.locator(".ways path").count() == 4
    assert view.wait_sent(1)["mean"] == pytest.approx(-2.495, abs=2e-3)
    view.page.get_by_role("slider", name="Mean μ of the student").press("ArrowLeft")
    view.frame()
    assert view.page.locator(".ways path").count() == 0, "another student, no way any more"


HALFWAY = """() => {
  const asked = requestAnimationFrame, from = performance.now();
  window.requestAnimationFrame = (call) => asked((now) => call(Math.min(now, from + 350)));
}"""
"""What moves stops there, however slow the test is: nothing takes less than 700 ms."""


def test_learning_is_seen_as_it_goes_and_a_hand_ends_it(mount):
    view = mount("modes", "kd-modes", MODES, reduced_motion="no-preference")
    view.page.evaluate(HALFWAY)
    view.page.get_by_role("button", name="Let it learn").click()
    view.page.wait_for_function(
        "host.querySelector('.ways path') && host.querySelector('.told').textContent === ''"
    )
    view.page.get_by_role("slider", name="Mean μ of the student").press("Home")
    assert view.wait_sent(1)["mean"] == -5
    view.frame()
    assert view.page.locator(".ways path").count() == 0


def test_at_its_ends_beta_leaves_nothing_to_learn(mount):
    view = mount("modes", "kd-modes", MODES | {"divergence": "jsd"})
    beta = view.page.get_by_role("slider", name="Mixture β")
    beta.press("Home")
    assert view.wait_sent(1)["beta"] == 0
    assert "JSD is 0 for every student" in view.page.get_by_role("status").inner_text()
    assert view.page.get_by_role("button", name="Let it learn").is_disabled()
    assert values(view)[2] == 0
    assert not view.page.get_by_role("slider", name="Skew").is_visible()


def test_the_teacher_is_changed_and_the_shading_follows(mount):
    view = mount("modes", "kd-modes", MODES)
    pixels = "host.querySelector('canvas').getContext('2d').getImageData(0, 0, 46, 32).data.join()"
    before = view.page.evaluate(pixels)
    view.page.get_by_role("slider", name="Distance between the modes").press("Home")
    told = view.wait_sent(1)
    assert told["distance"] == 0
    assert values(view) == pytest.approx(known(told), abs=6e-4)
    view.page.wait_for_function(f"before => {pixels} !== before", arg=before)
    label = view.page.locator(".plot svg").get_attribute("aria-label")
    assert "The teacher has one mode at 0.00" in label


def test_late_data_pulls_nothing_back_and_news_is_adopted(mount):
    view = mount("modes", "kd-modes", MODES)
    view.page.get_by_role("slider", name="Mean μ of the student").press("End")
    told = view.wait_sent(1)
    assert set(told) == {*NUMBERS, "divergence", "revision"}
    view.give(MODES | {"mean": 1.0})
    view.frame()
    assert values(view) == pytest.approx(known(told), abs=6e-4)
    view.give(MODES | {"mean": 1.0, "revision": 2})
    view.frame()
    assert values(view) == pytest.approx(known(MODES | {"mean": 1.0}), abs=6e-4)


def test_what_a_link_hides_is_not_there(mount):
    hide = ["weight", "distance", "width", "mean", "sigma", "learn", "plane", "divergence"]
    view = mount("modes", "kd-modes", MODES | {"hide": hide})
    assert view.page.get_by_role("slider").count() == 0
    assert not view.page.get_by_role("button", name="Let it learn").is_visible()
    assert not view.page.locator(".sheet").is_visible()
    assert view.page.get_by_role("radio", disabled=True).count() == len(DIVERGENCES) - 1


def test_arrow_keys_choose_a_divergence(mount):
    view = mount("modes", "kd-modes", MODES)
    view.page.get_by_role("radio", name=re.compile("Forward KL")).press("ArrowUp")
    assert view.wait_sent(1)["divergence"] == "total-variation"


def test_it_is_not_wider_than_a_phone(mount):
    view = mount("modes", "kd-modes", MODES, viewport={"width": 360, "height": 740}, **STILL)
    view.page.get_by_role("button", name="From four starts").click()
    view.frame()
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
