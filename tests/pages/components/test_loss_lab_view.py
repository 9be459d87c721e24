"""The loss component in a browser: its formula, the other convention, gradient steps."""

from __future__ import annotations

import numpy as np

LOSS = {
    "classes": ["cat", "dog", "car"],
    "examples": [[4.0, 2.0, -3.0]],
    "labels": [0],
    "images": None,
    "start": [0.0, 0.0, 0.0],
    "hide": [],
    "revision": 1,
    "temperature": 4.0,
    "alpha": 0.75,
    "index": 0,
    "teacher": None,
    "student": None,
    "convention": "teacher",
}


def test_the_formula_shows_what_the_arithmetic_says(mount, maths):
    view = mount("loss_lab", "kd-loss", LOSS)
    loss = maths("distillationLoss", LOSS["examples"][0], LOSS["start"], 0, 0.75, 4)
    numbers = view.page.locator(".term:not(.sign) .number").all_inner_texts()
    expected = [loss["total"], 0.25, loss["hard"], 0.75, 16, loss["kl"]]
    np.testing.assert_allclose([float(n) for n in numbers], expected, atol=6e-4)


def test_the_other_convention_changes_what_is_written_and_not_the_loss(mount):
    view = mount("loss_lab", "kd-loss", LOSS)
    numbers = view.page.locator(".term:not(.sign) .number")
    before = numbers.all_inner_texts()
    weights = view.page.locator(".term > span:first-child")
    assert weights.nth(2).inner_text() == "(1 − α)"
    view.page.get_by_role("button", name="α on the labels").click()
    view.frame()
    assert weights.nth(2).inner_text() == "α"
    assert view.page.get_by_label("alpha, typed").input_value() == "0.25"
    assert numbers.all_inner_texts() == before
    told = view.wait_sent(1)
    assert (told["alpha"], told["convention"]) == (0.75, "labels")
    typed = view.page.get_by_label("alpha, typed")
    typed.fill("0.1")  # in the letters on screen: the labels weigh 0.1
    typed.press("Enter")
    assert view.wait_sent(2)["alpha"] == 0.9


def test_gradient_steps_go_down_the_loss(mount, maths):
    view = mount("loss_lab", "kd-loss", LOSS, reduced_motion="reduce")
    view.page.get_by_role("button", name="One gradient step").click()
    gradient = maths("lossGradient", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)
    np.testing.assert_allclose(view.wait_sent(1)["student"], np.negative(gradient), atol=6e-4)
    view.page.get_by_role("button", name="10 steps").click()
    student = view.wait_sent(2)["student"]
    before = maths("distillationLoss", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)["total"]
    after = maths("distillationLoss", LOSS["examples"][0], student, 0, 0.75, 4)["total"]
    assert after < before / 2
    view.page.get_by_role("button", name="Reset").click()
    assert view.wait_sent(3)["student"] is None


def test_it_is_not_wider_than_a_phone(mount):
    view = mount("loss_lab", "kd-loss", LOSS, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
