"""The soft-target component in a browser: what a drag, a key and a typed number do."""

from __future__ import annotations

from typing import Any

import numpy as np

SOFT = {
    "classes": ["cat", "dog", "car"],
    "examples": [[4.0, 2.0, -3.0], [0.5, 1.0, 2.0]],
    "labels": [0, 2],
    "images": None,
    "population": {"logits": [[4, 2, -3], [1, 3, 0], [0, 0, 2]], "labels": [0, 1, 2]},
    "compact": False,
    "help": "Softens.",
    "hide": [],
    "revision": 1,
    "temperature": 4.0,
    "index": 0,
    "logits": None,
}


def soft(z: list[float], T: float) -> np.ndarray:
    e = np.exp(np.asarray(z, dtype=float) / T)
    return e / e.sum()


def bars(view: Any) -> dict[str, float]:
    """Class -> probability, as the soft-target component says it."""
    label = view.page.locator(".left .plot svg").get_attribute("aria-label")
    words = label.split(": ", 1)[1].split(". ")[0].split(", ")
    pairs = [word.rsplit(" ", 1) for word in words]
    return {name: 0.0 if "10" in value else float(value) for name, value in pairs}  # 4·10⁻¹⁸ is 0


def test_dragging_t_redraws_and_tells_python_once(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    slider = view.page.locator("input[type=range]")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    view.page.mouse.move(box["x"] + 0.45 * box["width"], y)
    view.page.mouse.down()
    seen = set()
    for step in range(20):
        view.page.mouse.move(box["x"] + (0.46 + 0.02 * step) * box["width"], y)
        view.frame()
        seen.add(tuple(bars(view).values()))
    assert len(seen) == 20
    assert view.sent() == []
    view.page.mouse.up()
    told = view.wait_sent(1)
    assert told["temperature"] > 20
    assert told["index"] == 0
    assert told["logits"] is None
    expected = soft(SOFT["examples"][0], told["temperature"])
    np.testing.assert_allclose(list(bars(view).values()), expected, atol=6e-4)


def test_arrow_keys_move_t(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    slider = view.page.locator("input[type=range]")
    slider.focus()
    for _ in range(10):
        view.page.keyboard.press("ArrowRight")
    view.page.wait_for_function("sent.at(-1)?.[1].temperature > 4.9")
    told = view.sent()[-1]
    assert 4.9 < told["temperature"] < 5.5
    assert slider.get_attribute("aria-valuetext") == f"Temperature T {told['temperature']:g}"


def test_typed_t_may_leave_the_slider_but_not_the_range(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    readout = view.page.get_by_label("Temperature T, typed")
    readout.select_text()
    view.page.keyboard.type("0,2")
    view.page.keyboard.press("Enter")
    assert view.wait_sent(1)["temperature"] == 0.2
    readout.fill("0")
    readout.press("Enter")
    assert readout.get_attribute("aria-invalid") == "true"
    assert len(view.sent()) == 1


def test_choosing_an_example_needs_no_answer_from_python(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    view.page.get_by_role("button", name="Example 2, label car").click()
    view.frame()
    np.testing.assert_allclose(list(bars(view).values()), soft([0.5, 1, 2], 4), atol=6e-4)
    assert view.wait_sent(1)["index"] == 1


def test_the_limits_of_t(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    view.page.get_by_role("button", name="T → 0").click()
    view.frame()
    assert bars(view)["cat"] == 1.0
    view.page.get_by_role("button", name="T → ∞").click()
    view.frame()
    np.testing.assert_allclose(list(bars(view).values()), 1 / 3, atol=0.005)
    view.page.wait_for_function("sent.at(-1)?.[1].temperature === 1000")


def test_logits_by_drag_keyboard_and_typing(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    handle = view.page.get_by_role("slider", name="Logit of car")
    grip = handle.locator(".grip").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x, y - 20, steps=4)
    view.frame()
    dragged = float(handle.get_attribute("aria-valuenow"))
    assert dragged > -3
    assert view.sent() == []
    view.page.mouse.up()
    assert view.wait_sent(1)["logits"] == [4.0, 2.0, dragged]
    handle.press("ArrowUp")
    assert view.wait_sent(2)["logits"][2] > dragged
    handle.press("Enter")
    view.page.keyboard.type("-3.5")
    view.page.keyboard.press("Enter")
    assert view.wait_sent(3)["logits"] == [4.0, 2.0, -3.5]
    view.page.get_by_role("button", name="Reset logits").click()
    assert view.wait_sent(4)["logits"] is None


def test_late_data_does_not_pull_the_slider_back(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    readout = view.page.get_by_label("Temperature T, typed")
    readout.fill("20")
    readout.press("Enter")
    view.wait_sent(1)
    view.give({**SOFT, "temperature": 8.0})  # an answer to something older
    view.frame()
    assert readout.input_value() == "20"
    view.give({**SOFT, "temperature": 2.0, "revision": 2})  # the page asks for another state
    view.frame()
    assert readout.input_value() == "2"
    np.testing.assert_allclose(list(bars(view).values()), soft([4, 2, -3], 2), atol=6e-4)


def test_compact_strip_is_low_and_hides_the_rest(mount):
    view = mount("soft_targets", "kd-soft", {**SOFT, "compact": True, "hide": ["limits"]})
    assert view.page.locator(".kd").bounding_box()["height"] <= 170
    assert view.page.get_by_role("slider").count() == 1
    assert not view.page.get_by_role("button", name="T → 0").is_visible()


def test_nothing_is_wider_than_a_phone(mount):
    phone = {"viewport": {"width": 360, "height": 740}}
    view = mount("soft_targets", "kd-soft", SOFT, **phone)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
