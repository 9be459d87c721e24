"""The loss component in a browser: in plain words, and its formula, the other convention, steps."""

from __future__ import annotations

import numpy as np
import pytest

LOSS = {
    "classes": ["cat", "dog", "car"],
    "examples": [[4.0, 2.0, -3.0]],
    "labels": [0],
    "images": None,
    "start": [0.0, 0.0, 0.0],
    "help": {"temperature": "Softens.", "alpha": "Weighs."},
    "hide": [],
    "revision": 1,
    "temperature": 4.0,
    "alpha": 0.75,
    "index": 0,
    "teacher": None,
    "student": None,
    "convention": "teacher",
    "view": "mathematics",
}
PLAIN = LOSS | {"view": "plain"}


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
    assert view.page.get_by_label("Weight α, typed").input_value() == "0.25"
    assert numbers.all_inner_texts() == before
    told = view.wait_sent(1)
    assert (told["alpha"], told["convention"]) == (0.75, "labels")
    typed = view.page.get_by_label("Weight α, typed")
    typed.fill("0.1")  # in the letters on screen: the labels weigh 0.1
    typed.press("Enter")
    assert view.wait_sent(2)["alpha"] == 0.9


def test_gradient_steps_go_down_the_loss(mount, maths):
    view = mount("loss_lab", "kd-loss", LOSS, reduced_motion="reduce")
    view.page.get_by_role("button", name="One step").click()
    gradient = maths("lossGradient", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)
    np.testing.assert_allclose(view.wait_sent(1)["student"], np.negative(gradient), atol=6e-4)
    view.page.get_by_role("button", name="10 steps").click()
    student = view.wait_sent(2)["student"]
    before = maths("distillationLoss", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)["total"]
    after = maths("distillationLoss", LOSS["examples"][0], student, 0, 0.75, 4)["total"]
    assert after < before / 2
    view.page.get_by_role("button", name="Reset").click()
    assert view.wait_sent(3)["student"] is None


def test_in_plain_words_it_says_who_is_pushed_up_and_who_down(mount):
    view = mount("loss_lab", "kd-loss", PLAIN | {"examples": [[2.0, 4.0, -3.0]]})
    words = view.page.locator(".sentences p")
    texts = words.all_inner_texts()
    assert texts[0] == "The label says “cat” and nothing more. It asks: cat up; dog and car down."
    assert "to “dog”" in texts[1]
    assert "It asks: dog and cat up; car down." in texts[1]
    assert "25 % label and 75 % teacher" in texts[2]
    for mathematics in (".formula", ".glossary", ".norms", ".limit-words"):
        assert not view.page.locator(mathematics).is_visible()


def test_what_both_ask_of_a_class_is_what_a_step_does(mount):
    view = mount("loss_lab", "kd-loss", PLAIN, reduced_motion="reduce")
    asked = []
    for name in PLAIN["classes"]:
        view.page.locator("text.name", has_text=name).hover()
        view.frame()
        said = view.page.locator("p.line").inner_text()
        assert said.startswith(f"{name}: the teacher gives it ")
        way, far = said.rsplit("both together: ", 1)[1].rstrip(".").split(" by ")
        asked.append({"up": 1, "down": -1}[way] * float(far))
    view.page.get_by_role("button", name="One step").click()
    np.testing.assert_allclose(view.wait_sent(1)["student"], asked, atol=6e-3)


def test_the_mathematics_is_a_switch_that_is_kept_and_can_be_hidden(mount):
    view = mount("loss_lab", "kd-loss", PLAIN)
    view.page.get_by_role("button", name="With the mathematics").click()
    assert view.wait_sent(1)["view"] == "mathematics"
    view.page.locator(".formula").wait_for(state="visible")
    assert view.page.get_by_text("Kullback-Leibler divergence").is_visible()
    assert not view.page.locator(".sentences").is_visible()
    view.give(LOSS | {"revision": 2, "hide": ["view", "formula"]})
    view.page.locator(".formula").wait_for(state="hidden")
    assert not view.page.get_by_role("button", name="In plain words").is_visible()


def test_each_slider_says_what_it_is_when_asked(mount):
    view = mount("loss_lab", "kd-loss", PLAIN)
    said = view.page.get_by_text("Softens.")
    assert not said.is_visible()
    view.page.get_by_role("button", name="What is Temperature T?").click()
    said.wait_for(state="visible")
    assert (
        view.page.get_by_role("button", name="What is Weight α?").get_attribute("title")
        == "Weighs."
    )


@pytest.mark.parametrize("data", [PLAIN, LOSS], ids=["plain", "mathematics"])
def test_it_is_not_wider_than_a_phone(mount, data):
    view = mount("loss_lab", "kd-loss", data, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
