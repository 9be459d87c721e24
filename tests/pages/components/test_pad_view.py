"""The drawing pad in a browser, by mouse and by keyboard; and what the networks see of it."""

from __future__ import annotations

import base64

import numpy as np
import pytest

from tests import drawings

DIGITS = {"sheet": "draw", "shape": [1, 8, 8], "clear": 0}
MNIST = DIGITS | {"shape": [1, 28, 28]}


def on_sheet(view):
    """What lies on the page's sheet: (paper (28, 28), pixels of the shape), None for nothing."""
    told = view.page.evaluate(
        """() => {
          const { drawing } = kdlabSheets.get("draw");
          return drawing && [Array.from(drawing.paper), Array.from(drawing.pixels), drawing.shape];
        }"""
    )
    if told is None:
        return None
    paper, pixels, shape = told
    return np.array(paper, np.uint8).reshape(28, 28), np.array(pixels, np.uint8).reshape(shape)


def stroke(view, top=0.2, bottom=0.8, end=True):
    """A vertical one in the middle."""
    box = view.page.locator(".face").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    view.page.mouse.move(x, y + top * box["height"])
    view.page.mouse.down()
    view.page.mouse.move(x, y + bottom * box["height"], steps=10)
    if end:
        view.page.mouse.up()


@pytest.mark.parametrize("data", [DIGITS, MNIST], ids=["digits", "mnist"])
def test_what_is_drawn_lies_on_the_sheet_as_networks_read_it(mount, data):
    view = mount("pad", "kd-pad", data)
    assert on_sheet(view) is None
    stroke(view)
    paper, pixels = on_sheet(view)
    assert paper[7:20, 13:15].min() > 200
    assert paper[:, [0, 1, 2, 25, 26, 27]].max() == 0
    apart = np.abs(pixels.astype(int) - drawings.seen(paper, tuple(data["shape"])))
    assert apart.max() <= 1  # Pillow and the browser round in another order
    view.page.get_by_role("button", name="Clear").click()
    assert on_sheet(view) is None
    assert view.sent() == [], "Python hears nothing of it"


def test_a_stroke_is_told_while_it_grows(mount):
    view = mount("pad", "kd-pad", DIGITS)
    stroke(view, end=False)
    view.page.wait_for_function("kdlabSheets.get('draw').drawing")
    assert view.page.evaluate("kdlabSheets.get('draw').down")
    view.page.mouse.up()
    assert not view.page.evaluate("kdlabSheets.get('draw').down")


def test_drawing_by_keyboard(mount):
    view = mount("pad", "kd-pad", MNIST)
    view.page.locator(".face").focus()
    view.page.keyboard.press("Space")
    for _ in range(6):
        view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Space")
    view.frame()
    paper, _ = on_sheet(view)
    assert paper[14, 14:20].min() > 200
    assert not view.page.evaluate("kdlabSheets.get('draw').down")
    view.page.keyboard.press("Delete")
    assert on_sheet(view) is None


def test_a_new_clear_empties_the_pad(mount):
    view = mount("pad", "kd-pad", MNIST)
    view.page.locator(".face").click()
    assert on_sheet(view) is not None
    view.give(MNIST)
    assert on_sheet(view) is not None
    view.give(MNIST | {"clear": 1})
    view.frame()
    assert "Nothing drawn" in view.page.locator(".face").get_attribute("aria-label")
    assert on_sheet(view) is None


def test_a_drawing_stays_for_other_networks(mount):
    view = mount("pad", "kd-pad", MNIST)
    stroke(view)
    paper, pixels = on_sheet(view)
    view.give(DIGITS)
    again, others = on_sheet(view)
    assert np.array_equal(again, paper)
    assert (pixels.shape, others.shape) == ((1, 28, 28), (1, 8, 8))


def test_nothing_stays_of_a_pad_that_is_gone(mount):
    view = mount("pad", "kd-pad", MNIST)
    stroke(view)
    view.page.evaluate("end()")
    assert on_sheet(view) is None


def test_it_is_not_wider_than_a_phone(mount):
    view = mount("pad", "kd-pad", MNIST, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_the_networks_see(mount):
    example = np.arange(64, dtype=np.uint8)
    data = {
        "sheet": "draw",
        "shape": [1, 8, 8],
        "example": base64.b64encode(example.tobytes()).decode(),
        "label": "<b>7</b>",
        "description": "8 x 8 pixels",
    }
    view = mount("seen", "kd-seen", data)
    picture, told = view.page.locator("canvas"), view.page.locator("p")

    def pixels():
        return view.page.evaluate(
            """() => Array.from(host.querySelector("canvas").getContext("2d")
                .getImageData(0, 0, 8, 8).data).filter((_, n) => n % 4 === 0)"""
        )

    assert pixels() == example.tolist()
    assert picture.get_attribute("aria-label") == "The input of the networks: 8 x 8 pixels"
    assert told.inner_text() == "A validation image. True class: <b>7</b>"
    put = "(shape) => kdlabSheets.get('draw').put({pixels: new Uint8Array(64).fill(9), shape})"
    view.page.evaluate(put, [1, 8, 8])
    view.frame()
    assert pixels() == [9] * 64
    assert told.inner_text() == ""
    view.page.evaluate("kdlabSheets.get('draw').put(null)")
    view.frame()
    assert pixels() == example.tolist()
    assert "A validation image" in told.inner_text()
