"""Charts in a real browser: hostile names, points over regions, and nothing that lies over a page
that one watches."""

from __future__ import annotations

import io
import re
import zipfile

import pytest
from PIL import Image
from playwright.sync_api import expect

from tests.e2e import steps

NAMES = (
    "<a href='javascript:alert(1)'>x",
    "<span style='font-size:60px'>huge",
    "%{customdata}",
    "&lt;b&gt; $x$",
)
"""Names of folders, so without a slash; Plotly closes what is left open."""


def archive():
    """40 small images of each class, a shade a class."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as file:
        for n, name in enumerate(NAMES):
            for k in range(40):
                image = Image.new("L", (8, 8), 60 * n + k // 8)
                image.putpixel((k % 8, k // 8), 255)
                picture = io.BytesIO()
                image.save(picture, "PNG")
                file.writestr(f"{name}/{k}.png", picture.getvalue())
    return content.getvalue()


EDGED = """node => {
  const { data } = node.getContext("2d").getImageData(0, 0, node.width, node.height);
  let found = 0;
  for (let i = 0; i < data.length; i += 4) {
    found += data[i] === 26 && data[i + 1] === 26 && data[i + 2] === 26;
  }
  return found;
}"""
"""How many pixels have the colour of the edge of a point whose label a student was given."""


def biggest_letters(page):
    return page.evaluate(
        """() => Math.max(...[...document.querySelectorAll(".kd-chart text, .kd-chart tspan")]
            .map(n => parseFloat(getComputedStyle(n).fontSize)))"""
    )


def test_classes_named_like_markup_are_words_on_every_chart(visitor, workers):
    page = visitor(
        "/difference?dataset=images&image_size=8&teacher=mlp-16&student=mlp-4&temperatures=1,4"
        "&seeds=2&epochs=3&teacher_epochs=2&labels=all"
    )
    file = {"name": "named.zip", "mimeType": "application/zip", "buffer": archive()}
    page.get_by_test_id("stFileUploader").locator("input[type=file]").set_input_files(file)
    expect(page).to_have_url(re.compile("folder="))
    steps.button(page, "Run").click()
    expect(page.get_by_text(re.compile("^Trained here"))).to_be_visible()
    charts = page.locator(".kd-chart[data-draws]")
    expect(charts).to_have_count(3)
    ticks = charts.nth(1).locator(".xtick text")
    expect(ticks).to_have_count(len(NAMES))
    # Those that differ most come first.
    shown = set(ticks.all_text_contents())
    assert shown == {f"{n[:11]}…{n[-12:]}" if len(n) > 24 else n for n in NAMES}
    bar = charts.nth(1).locator(".bars .point path").first.bounding_box()
    page.mouse.move(bar["x"] + bar["width"] / 2, bar["y"] + bar["height"] / 2)
    expect(charts.nth(1).locator(".hoverlayer")).to_contain_text("mean of |f|")
    assert page.locator(".kd-chart a").count() == 0
    assert page.locator("a[href^=javascript]").count() == 0
    assert biggest_letters(page) < 20


@pytest.mark.parametrize(
    ("schemes", "size"),
    [(("light", "dark"), (1280, 720)), (("dark", "light"), (390, 844))],
    ids=["wide", "narrow"],
)
def test_points_lie_over_the_regions_of_a_run_that_was_stored_without_them(visitor, schemes, size):
    """In the theme in which the page is loaded, and in the other one, to which it goes over."""
    width, height = size
    page = visitor(
        "/live?dataset=spirals&teacher=mlp-64-64&student=mlp-16-16&labels=30&epochs=100",
        color_scheme=schemes[0],
        viewport={"width": width, "height": height},
    )
    canvas = page.locator(".kd-panels canvas[aria-label^='Decision regions']")
    expect(canvas).to_have_attribute(
        "aria-label", re.compile("500 training points, of which a student was given 30 labels")
    )
    marks = page.locator(".kd-panels .marks")
    expect(marks).to_contain_text("label given to a student (30 of 500)")
    assert canvas.evaluate(EDGED) > 30
    panels = page.locator(".kd-panels")
    drawn = panels.get_attribute("data-redraws")
    page.emulate_media(color_scheme=schemes[1])
    expect(panels).not_to_have_attribute("data-redraws", drawn)
    page.wait_for_function(f"node => ({EDGED})(node) > 30", arg=canvas.element_handle())
    page.get_by_role("button", name="Test points").click()
    expect(marks).to_contain_text("test point (300)")
    assert page.evaluate("document.documentElement.scrollWidth") <= width
    if width > 1000:
        box = canvas.bounding_box()
        assert box["y"] + box["height"] < height, "the picture needs no scrolling"


def test_the_help_of_a_button_is_gone_while_one_watches_what_it_does(visitor):
    page = visitor("/live?first_seed=90")  # the default run is another test's to train
    train = steps.button(page, "Train")
    train.hover()
    help_text = page.get_by_role("tooltip")
    expect(help_text).to_be_visible()
    train.click()
    expect(help_text).not_to_be_visible()
    page.mouse.move(640, 700)
    train.hover()
    expect(help_text).not_to_be_visible()  # it is still the button that was pressed
    steps.button(page, "New seeds").hover()
    expect(page.get_by_role("tooltip")).to_be_visible()
