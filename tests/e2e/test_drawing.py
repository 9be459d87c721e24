"""Draw a digit: three networks answer while it is drawn."""

from __future__ import annotations

import math
import re

import pytest
from playwright.sync_api import expect

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
    steps.wait_for_runs(page, 0)
    before = answers.first.get_attribute("aria-label")
    _zero(page, pad, until=0.6)
    steps.sees_change(page, answers.first, "aria-label", before)  # the mouse is still down
    _zero(page, pad, since=0.6)
    page.mouse.up()
    expect(answers.first).to_have_attribute("aria-label", re.compile("^Teacher: 0,"))
    expect(page.get_by_text("A validation image.")).to_have_count(0)
    page.get_by_role("button", name="Clear").click()
    expect(page.get_by_text("A validation image.")).to_be_visible()
    expect(answers.first).to_have_attribute("aria-label", before)


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
