"""The drawing pad in a browser: by mouse and by keyboard."""

from __future__ import annotations

import json

import numpy as np


def test_drawing_and_clearing(mount):
    view = mount("pad", "kd-pad", {"size": 8, "clear": 0})
    box = view.page.locator(".face").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    view.page.mouse.move(x, y + 0.2 * box["height"])
    view.page.mouse.down()
    view.page.mouse.move(x, y + 0.8 * box["height"], steps=10)
    view.page.mouse.up()
    view.page.wait_for_function("sent.length > 0")
    drawn = np.array(view.sent()[-1]["pixels"]).reshape(8, 8)
    assert drawn[2:6, 3:5].min() > 20  # a vertical stroke in the middle
    assert drawn[:, [0, 1, 6, 7]].max() == 0
    view.page.get_by_role("button", name="Clear").click()
    assert view.sent()[-1]["pixels"] is None


def test_drawing_by_keyboard(mount):
    view = mount("pad", "kd-pad", {"size": 28, "clear": 0})
    view.page.locator(".face").focus()
    view.page.keyboard.press("Space")
    for _ in range(6):
        view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Space")
    drawn = np.array(view.sent()[-1]["pixels"]).reshape(28, 28)
    assert drawn[14, 14:20].min() > 200
    view.page.keyboard.press("Delete")
    assert view.sent()[-1]["pixels"] is None


def test_a_new_clear_empties_the_pad_without_a_message(mount):
    view = mount("pad", "kd-pad", {"size": 28, "clear": 0})
    view.page.locator(".face").click()
    view.page.wait_for_function("sent.length > 0")
    before = len(view.sent())
    view.give({"size": 28, "clear": 1})
    view.frame()
    assert "Nothing drawn" in view.page.locator(".face").get_attribute("aria-label")
    assert len(view.sent()) == before
    assert json.dumps(view.sent()[-1]["clear"]) == "0"


def test_it_is_not_wider_than_a_phone(mount):
    view = mount("pad", "kd-pad", {"size": 28, "clear": 0}, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
