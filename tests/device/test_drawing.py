"""A drawing becomes the same pixels in a browser as in Python."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from kdlab.config.presets import MNIST_PAIR
from kdlab.data import digits
from kdlab.device.plain import DRAWING
from kdlab.storage.store import BUNDLED, Store
from tests.drawings import INK, as_digits, as_mnist

PASS = 1
"""Pillow rounds after each of two passes, and which comes first depends on its version: a pixel
that it resized may be so much darker or lighter."""


@pytest.fixture(scope="module")
def js(browser):
    """Call a function of drawing.js for many pictures at once."""
    page = browser.new_page()
    page.add_script_tag(content=DRAWING.read_text(encoding="utf-8"))

    def call(name, pictures, *more):
        told = page.evaluate(
            "([name, all, more]) => all.map((one) => Array.from(drawn[name](one, ...more)))",
            [name, [picture.ravel().tolist() for picture in pictures], list(more)],
        )
        return np.array(told, np.uint8)

    yield call
    page.close()


def apart(there, here):
    """The largest difference of two pixels."""
    return np.abs(there.astype(int) - np.asarray(here)).max()


def pictures(count):
    """Drawings of 28x28: real digits, larger; strokes of one straight line; a dot; noise."""
    pixels, _ = digits._all()
    grown = [
        np.pad(np.asarray(Image.fromarray(one[0]).resize((18, 22), Image.Resampling.BICUBIC)), 5)
        for one in pixels[:count]
    ]
    grown = [one[:28, :28] if one.shape[1] == 28 else one[2:30, :28] for one in grown]
    lines = np.zeros((4, 28, 28), np.uint8)
    lines[0, 3:25, 13:15] = 255
    lines[1, 13:15, 3:25] = 200
    lines[2, np.arange(5, 20), np.arange(5, 20)] = 255
    lines[3, 9, 17] = 1
    noise = np.random.default_rng(0).integers(0, 256, (20, 28, 28), dtype=np.uint8)
    return [*grown, *lines, *noise, np.zeros((28, 28), np.uint8)]


def stroke(top=4, left=12, height=20, width=4, side=28, lean=0.0):
    """A straight stroke, leaning to the right by ``lean`` columns a row."""
    picture = np.zeros((side, side), np.uint8)
    for n in range(height):
        start = left + round(lean * (height - n))
        picture[top + n, start : start + width] = 255
    return picture


def blob():
    """A lopsided figure that fills its bounding box."""
    picture = np.zeros((28, 28), np.uint8)
    picture[6:18, 8:12] = 255
    picture[14:18, 8:18] = 255
    return picture


def test_pixels_have_the_levels_and_the_ink_of_the_data_set(js):
    (pixels,) = js("asDigits", [blob()], 28)
    assert set(np.unique(pixels)) <= {round(level * 255 / 16) for level in range(17)}
    assert pixels.mean() / 255 == pytest.approx(INK, abs=0.02)


@pytest.mark.parametrize("make", ["asDigits", "asMnist"])
def test_it_does_not_matter_where_a_drawing_stands(js, make):
    one, other = js(make, [np.roll(blob(), (3, 5), axis=(0, 1)), blob()], 28)
    assert np.array_equal(one, other)


def test_it_hardly_matters_how_large_a_drawing_is(js):
    (large,) = js("asDigits", [blob().repeat(2, axis=0).repeat(2, axis=1)], 56)
    (small,) = js("asDigits", [blob()], 28)
    assert np.abs(large.astype(int) - small).mean() < 8


def test_a_leaning_stroke_is_set_upright(js):
    upright, leaning = js("asDigits", [stroke(left=4, lean=lean) for lean in (0.0, 0.5)], 28)
    assert np.abs(leaning.astype(int) - upright).mean() < 10
    leaning = leaning.reshape(8, 8)
    assert leaning[:, 3:5].sum() > 0.8 * leaning.sum()


@pytest.mark.parametrize("make", ["asDigits", "asMnist"])
def test_whatever_is_drawn_is_seen(js, make):
    """Nothing, all, one faint pixel, a diagonal, the last row."""
    nothing, *others = js(
        make,
        [
            np.zeros((28, 28), np.uint8),
            np.full((28, 28), 255, np.uint8),
            np.pad(np.array([[9]], np.uint8), (0, 27)),
            np.eye(28, dtype=np.uint8) * 255,
            np.pad(np.full((1, 28), 255, np.uint8), ((27, 0), (0, 0))),
        ],
        28,
    )
    assert not nothing.any()
    assert all(pixels.any() for pixels in others)


def test_a_drawing_becomes_like_mnist(js):
    drawings = pictures(200)
    assert {one.shape for one in drawings} == {(28, 28)}
    there = js("asMnist", drawings, 28).reshape(-1, 28, 28)
    assert apart(there, [as_mnist(one) for one in drawings]) <= PASS


def test_a_drawing_becomes_like_the_digits_to_the_last_number(js):
    drawings = pictures(200)
    there = js("asDigits", drawings, 28).reshape(-1, 8, 8)
    here = np.array([as_digits(one) for one in drawings])
    assert np.array_equal(there, here)


def test_real_drawings(js):
    """Images of MNIST, which come with a teacher: somebody drew them."""
    outputs = Store(bundled=BUNDLED).teacher_outputs(MNIST_PAIR.teacher_config())
    images = outputs.inputs[:150, 0]
    assert images.shape == (150, 28, 28)
    assert np.array_equal(js("asMnist", images, 28).reshape(images.shape), images)
    there = js("asDigits", images, 28).reshape(-1, 8, 8)
    here = np.array([as_digits(image) for image in images])
    assert np.array_equal(there, here)


@pytest.mark.parametrize("filter_name", ["bilinear", "bicubic"])
@pytest.mark.parametrize("sizes", [((37, 21), (8, 8)), ((9, 14), (28, 28)), ((64, 5), (3, 5))])
def test_pictures_are_resized_as_pillow_does(js, filter_name, sizes):
    before, after = sizes
    noise = np.random.default_rng(1).integers(0, 256, (3, *before), dtype=np.uint8)
    there = js("resized", noise, list(before), list(after), filter_name)
    way = Image.Resampling[filter_name.upper()]
    here = [np.asarray(Image.fromarray(one).resize(after[::-1], way)) for one in noise]
    assert apart(there.reshape(-1, *after), here) <= PASS


@pytest.mark.parametrize(("side", "size"), [(28, 28), (280, 28), (280, 8), (30, 8)])
def test_a_picture_is_averaged_over_equal_areas(js, side, size):
    image = np.random.default_rng(2).integers(0, 256, (side, side))
    there = js("averaged", [image], side, size).reshape(size, size)
    # By brute force: repeat every pixel until the areas are whole, then average blocks.
    fine = np.kron(image, np.ones((size, size)))
    here = fine.reshape(size, side, size, side).mean(axis=(1, 3))
    np.testing.assert_allclose(there, here, atol=0.5 + 1e-6)
