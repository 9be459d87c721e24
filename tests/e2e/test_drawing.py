"""Draw a digit: three networks answer while it is drawn, in the browser alone."""

from __future__ import annotations

import math
import re

import numpy as np
import pytest
from playwright.sync_api import expect

from kdlab.config.presets import MNIST_PAIR
from kdlab.experiments.run import run
from kdlab.storage.store import BUNDLED, Store
from tests import drawings
from tests.e2e import steps


def test_three_networks_answer_while_a_digit_is_drawn(visitor):
    page = visitor("/draw")
    answers = page.locator(".kd-three ol[role=img]")
    expect(answers).to_have_count(3)
    for answer, name in zip(
        answers.all(), ("Teacher", "Student, labels", "Student, dis"), strict=True
    ):
        expect(answer).to_have_attribute("aria-label", re.compile(f"^{name}"))
    pad = page.locator("canvas.face")
    expect(pad).to_have_attribute("aria-label", re.compile("Nothing drawn"))
    expect(page.get_by_text("A validation image.")).to_be_visible()
    page.locator(".kd-three[data-running]").wait_for()
    steps.wait_for_runs(page, 0)
    before = answers.first.get_attribute("aria-label")
    runs, sent = page.evaluate("window.lab.runs"), page.watch.sent
    _zero(page, pad, until=0.6)
    steps.sees_change(page, answers.first, "aria-label", before)  # the mouse is still down
    _zero(page, pad, since=0.6)
    page.mouse.up()
    expect(answers.first).to_have_attribute("aria-label", re.compile("^Teacher: 0,"))
    expect(page.get_by_text("A validation image.")).to_have_count(0)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("A validation image.")).to_be_visible()
    expect(answers.first).to_have_attribute("aria-label", before)
    assert (page.evaluate("window.lab.runs"), page.watch.sent) == (runs, sent), "asked nobody"


def test_the_browser_answers_as_pytorch_does_and_says_how_long_it_takes(visitor):
    page = visitor("/draw")
    expect(page.locator(".kd-three .time")).to_have_count(3)
    page.locator(".kd-three[data-measured]").wait_for()
    for time in page.locator(".kd-three .time").all():
        expect(time).to_have_text(re.compile(r"^(< )?[\d.]+ ms on this device$"))
    pad = page.locator("canvas.face")
    _zero(page, pad)
    page.mouse.up()
    answers = page.locator(".kd-three ol[role=img]")
    expect(answers.first).to_have_attribute("aria-label", re.compile("^Teacher: 0,"))
    paper, pixels, logits = page.evaluate(
        """() => {
          const { paper, pixels } = window.kdlabSheets.get("draw").drawing;
          const { asked } = window.lab.within(".kd-three");
          const rows = Object.entries(asked.logits).map(([role, z]) => [role, Array.from(z)]);
          return [Array.from(paper), Array.from(asked.pixels), Object.fromEntries(rows)];
        }"""
    )
    shape = (28, 28)
    seen = np.array(pixels).reshape(shape)
    here = drawings.as_mnist(np.array(paper, np.uint8).reshape(shape))
    assert np.abs(here.astype(int) - seen).max() <= 1, "Pillow rounds in another order"
    outputs = Store(bundled=BUNDLED).teacher_outputs(MNIST_PAIR.teacher_config())
    inputs = drawings.standardised(seen[None, None], outputs.mean, outputs.std)
    for role, (told,) in run.answer(MNIST_PAIR, inputs).items():
        np.testing.assert_allclose(logits[role], told, atol=1e-4 * np.ptp(told))


def test_t_and_the_other_networks_are_for_what_is_drawn(visitor):
    page = visitor("/draw")
    answers = page.locator(".kd-three ol[role=img]")
    pad = page.locator("canvas.face")
    page.locator(".kd-three[data-running]").wait_for()
    _zero(page, pad)
    page.mouse.up()
    expect(answers.first).to_have_attribute("aria-label", re.compile("^Teacher: 0,"))
    before = answers.first.get_attribute("aria-label")
    page.get_by_role("button", name="T = 4").click()
    expect(page.locator(".kd-three .compared")).to_contain_text("At T = 4 ")
    softer = steps.sees_change(page, answers.first, "aria-label", before)
    assert softer.startswith("Teacher: 0,")
    seen = page.get_by_role("img", name="The input of the networks")
    expect(seen).to_have_attribute("width", "28")
    page.get_by_role("combobox", name="Networks that answer").click()
    page.get_by_role("option", name="The pair of Live distillation").click()
    expect(seen).to_have_attribute("width", "8")
    expect(page.get_by_text("A validation image.")).to_have_count(0)
    page.wait_for_function("window.lab.within('.kd-three').asked.pixels.length === 64")
    page.get_by_role("button", name="3").first.click()
    expect(page.get_by_text("A validation image. True class: 3")).to_be_visible()
    expect(pad).to_have_attribute("aria-label", re.compile("Nothing drawn"))


def _zero(page, pad, since: float = 0.0, until: float = 1.0) -> None:
    """A part of an upright oval, drawn with the mouse."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for step in range(round(24 * since), round(24 * until) + 1):
        angle = 2 * math.pi * step / 24
        page.mouse.move(
            box["x"] + box["width"] * (0.5 + 0.2 * math.sin(angle)),
            box["y"] + box["height"] * (0.5 - 0.32 * math.cos(angle)),
        )
        if step == 0:
            page.mouse.down()


@pytest.mark.parametrize("crossed", [False, True], ids=["plain", "crossed"])
def test_a_drawn_7_is_a_7_to_all_three(visitor, crossed):
    page = visitor("/draw")
    answers = page.locator(".kd-three ol[role=img]")
    expect(answers).to_have_count(3)
    page.get_by_role("button", name="Clear").click()
    pad = page.locator("canvas.face")
    _stroke(page, pad, (80, 60), (200, 60), (120, 230))
    if crossed:
        _stroke(page, pad, (115, 145), (205, 145))
    for answer in answers.all():
        expect(answer).to_have_attribute("aria-label", re.compile(": 7,"))


def _stroke(page, pad, *points) -> None:
    """Straight lines through ``points`` of a pad of 280 x 280."""
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    x, y = (box["width"] / 280, box["height"] / 280)
    for place, (across, down) in enumerate(points):
        page.mouse.move(box["x"] + x * across, box["y"] + y * down, steps=1 if place == 0 else 8)
        if place == 0:
            page.mouse.down()
    page.mouse.up()


def test_the_pad_is_drawn_on_by_keyboard(visitor):
    page = visitor("/draw")
    answers = page.locator(".kd-three ol[role=img]")
    expect(answers).to_have_count(3)
    before = answers.first.get_attribute("aria-label")
    pad = page.locator("canvas.face")
    pad.focus()
    for key in ["ArrowUp"] * 8 + [" "] + ["ArrowDown"] * 16 + [" "]:
        page.keyboard.press(key)
    expect(pad).to_have_attribute("aria-label", re.compile("Something is drawn"))
    steps.sees_change(page, answers.first, "aria-label", before)
