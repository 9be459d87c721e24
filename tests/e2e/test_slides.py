"""What a teacher takes into a room: charts as pictures that tell their settings, a page on paper,
a page for a projector, and numbers that can be read on the colours of a heat map."""

from __future__ import annotations

import io
import re

import pytest
from PIL import Image
from playwright.sync_api import expect

from pages.ui.charts import colour

SETTINGS = "Stored study that comes with the lab: digits, mlp-128-128 → mlp-16, 100 labels"


def saved(page, chart, kind, tmp_path):
    """The file that a keyboard gets: nothing points at the chart."""
    button = chart.locator("..").get_by_role("button", name=f"Save {kind}")
    button.focus()
    with page.expect_download() as waiting:
        page.keyboard.press("Enter")
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def caption(svg):
    """What stands below the picture of a slide."""
    return " ".join(re.findall(r'class="caption"[^>]*>([^<]*)<', svg.read_text("utf-8")))


def test_a_chart_is_saved_for_a_slide_with_its_legend_and_its_settings(visitor, tmp_path):
    page = visitor("/temperature", color_scheme="dark")
    chart = page.locator(".kd-chart[data-draws]").first
    drawn = chart.get_attribute("data-draws")
    svg = saved(page, chart, "SVG", tmp_path)
    assert svg.name.startswith("kdlab-temperature-test-accuracy-over-t")
    text = svg.read_text("utf-8")
    assert caption(svg).startswith(f"A higher temperature? {SETTINGS}")
    for words in ("Labels only", "Teacher", "Distilled", "Temperature T"):
        assert words in text
    png = saved(page, chart, "PNG", tmp_path)
    assert png.suffix == ".png"
    with Image.open(io.BytesIO(png.read_bytes())) as picture:
        assert picture.size == (1920, 1080)
        assert max(picture.convert("RGB").getpixel((5, 5))) < 60, "in the theme of the page"
        assert len(picture.convert("RGB").getcolors(2**24)) > 50, "not empty"
    other = page.goto("/chains") and page.locator(".kd-chart[data-draws]").first
    assert saved(page, other, "SVG", tmp_path).name != svg.name
    assert drawn is not None


@pytest.mark.parametrize(
    ("path", "told"),
    [
        ("/live", "Live distillation. Stored run that comes with the lab: digits, mlp-"),
        ("/map", "Map of two settings. Stored map that comes with the lab: "),
        ("/search", "Stored search that comes with the lab: digits, mlp-512-512, "),
    ],
)
def test_every_page_with_charts_saves_its_settings(visitor, tmp_path, path, told):
    page = visitor(path)
    chart = page.locator(".st-key-picture .kd-chart[data-draws]").first
    assert told in caption(saved(page, chart, "SVG", tmp_path))


def test_a_chart_can_be_saved_by_keyboard_and_by_finger_and_says_if_it_was_not(visitor):
    page = visitor("/temperature")
    frame = page.locator(".kd-chart-frame:has([data-draws])").first
    row = frame.get_by_role("group", name=re.compile("^Save the chart: Test accuracy"))
    expect(row).to_have_css("opacity", "0")
    row.get_by_role("button", name="Save PNG").focus()
    expect(row).to_have_css("opacity", "1")
    inside = frame.get_by_role("img").locator(".kd-save")
    assert not inside.count(), "what is in a picture can be reached by nobody"
    page.evaluate("() => { Plotly.toImage = () => Promise.reject(new Error('no room')); }")
    page.keyboard.press("Enter")
    expect(row.get_by_role("status")).to_have_text("The chart was not saved as PNG: no room.")

    phone = {"width": 390, "height": 844}
    page = visitor("/temperature", viewport=phone, has_touch=True, is_mobile=True)
    frame = page.locator(".kd-chart-frame:has([data-draws])").first
    button = frame.get_by_role("button", name="Save PNG")
    expect(button).to_be_visible()
    chart, box = (part.bounding_box() for part in (frame.locator(".kd-chart"), button))
    assert box["y"] >= chart["y"] + chart["height"], "not over the chart"
    assert box["height"] >= 24


LETTERS = "node => parseFloat(getComputedStyle(node.querySelector('.xtick text')).fontSize)"


def test_a_page_for_a_projector_is_a_bookmark(visitor):
    page = visitor("/temperature?projector=on")
    chart = page.locator(".kd-chart[data-draws]").first
    side = page.get_by_test_id("stSidebar")
    expect(chart).to_be_visible()
    expect(side).not_to_be_visible()
    strokes = "node => node.data.find(t => t.name === 'Distilled').line.width"
    large, wide = chart.evaluate(LETTERS), chart.evaluate(strokes)
    expect(page.get_by_text(re.compile(r"^95\s% intervals over"))).not_to_be_visible()
    expect(page.get_by_text(re.compile("^Stored study"))).to_be_visible()

    page.get_by_role("button", name="Distil", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Map")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of two settings")
    expect(page).to_have_url(re.compile("projector=on"))
    expect(side).not_to_be_visible()
    expect(page.get_by_text(re.compile("^Each cell is the same student"))).to_be_visible()

    page.goto("/temperature?projector=on")
    page.get_by_role("button", name="Projector off").click()
    expect(side).to_be_visible()
    expect(page).not_to_have_url(re.compile("projector"))
    expect(page.get_by_role("button", name="Projector", exact=True)).to_be_visible()
    page.wait_for_function(
        f"large => ({LETTERS})(document.querySelector('.kd-chart[data-draws]')) < large", arg=large
    )
    assert chart.evaluate(strokes) < wide


def test_on_a_projector_settings_can_be_opened_and_warnings_are_seen(visitor):
    page = visitor("/live?projector=on")
    side = page.get_by_test_id("stSidebar")
    expect(page.locator(".kd-chart[data-draws]").first).to_be_visible()
    expect(side).not_to_be_visible()
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(side).to_be_visible()
    side.get_by_role("slider", name="Weight α").press("ArrowLeft")
    expect(page.get_by_text("The results below come from other settings")).to_be_visible()
    expect(page.get_by_role("button", name="Use its settings")).to_be_visible()


def test_a_narrow_window_is_no_projector(visitor):
    """A phone to which the address was sent, and 1280 pixels at 200 %."""
    narrow = {"width": 640, "height": 720}
    page, usual = (visitor(f"/live{link}", viewport=narrow) for link in ("?projector=on", ""))
    found = []
    for each in (page, usual):
        chart = each.locator(".kd-chart[data-draws]").first
        expect(chart).to_be_visible()
        found.append([chart.evaluate(LETTERS), chart.bounding_box()["height"]])
    assert found[0] == found[1]
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar").get_by_role("slider", name="Weight α")).to_be_visible()
    page.set_viewport_size({"width": 1280, "height": 720})
    expect(page.get_by_role("button", name="Projector off")).to_be_visible()


def test_the_projector_leaves_what_was_typed(visitor):
    page = visitor("/temperature?seeds=3")
    box = page.get_by_test_id("stSidebar").get_by_role("textbox", name="Temperatures")
    box.fill("1,x")
    box.press("Enter")
    expect(page.get_by_role("alert").filter(has_text="1,x")).to_be_visible()
    for label, shown in (("Projector", True), ("Projector off", False)):
        page.get_by_role("button", name=label, exact=True).click()
        other = "Projector off" if shown else "Projector"
        expect(page.get_by_role("button", name=other, exact=True)).to_be_visible()
        expect(page.get_by_role("alert").filter(has_text="1,x")).to_be_visible()
        expect(box).to_have_value("1,x")


def test_on_paper_stand_words_and_pictures(visitor):
    page = visitor("/temperature")
    chart = page.locator(".kd-chart[data-draws]").first
    expect(chart).to_be_visible()
    page.emulate_media(media="print")
    for gone in ("stSidebar", "stHeader"):
        expect(page.get_by_test_id(gone)).not_to_be_visible()
    expect(page.get_by_role("button", name="Run")).not_to_be_visible()
    expect(chart).to_be_visible()
    expect(page.get_by_text("Does a higher T generalise better?")).to_be_visible()
    clipped = page.evaluate(
        """() => ["stMain", "stAppViewContainer"]
            .map(name => document.querySelector(`[data-testid=${name}]`))
            .some(n => getComputedStyle(n).overflowY !== "visible")"""
    )
    assert not clipped, "only the first page would be printed"


def test_a_chart_fits_the_paper_and_the_paper_is_white(visitor):
    page = visitor("/temperature", color_scheme="dark")
    chart = page.locator(".kd-chart[data-draws]").first
    expect(chart).to_be_visible()
    page.evaluate("window.dispatchEvent(new Event('beforeprint'))")
    page.set_viewport_size({"width": 700, "height": 990})
    page.emulate_media(media="print", color_scheme="dark")
    wide = chart.evaluate(
        "node => [node, ...node.querySelectorAll('.main-svg')].map(n => n.clientWidth)"
    )
    assert max(wide[1:]) <= wide[0], "it would lie over what stands beside it"
    boxes = chart.evaluate(
        "node => [...node.querySelectorAll('.main-svg')].map(n => n.getAttribute('viewBox'))"
    )
    assert all(boxes), "scaled, not cut"
    app = page.locator(".stApp")
    assert "invert" in app.evaluate("node => getComputedStyle(node).filter")
    page.evaluate("window.dispatchEvent(new Event('afterprint'))")
    assert app.evaluate("node => getComputedStyle(node).filter") == "none"


INKS = """node => [...node.querySelectorAll(".heatmap-label text")].flatMap(text => {
  const inks = [...text.querySelectorAll("tspan")].map(n => getComputedStyle(n).fill);
  return [[text.textContent, inks[0] ?? getComputedStyle(text).fill]];
})"""


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_numbers_of_heat_maps_can_be_read_in_both_themes(visitor, scheme):
    page = visitor("/map", color_scheme=scheme)
    page.get_by_role("tab", name="Fidelity and calibration").click()
    for name in ("Fidelity", "Calibration error"):
        chart = page.locator(f".kd-chart[aria-label^='{name}'][data-draws]")
        expect(chart.locator(".heatmap-label text")).to_have_count(56)
        trace = chart.evaluate("n => [n.data[0].colorscale, n.data[0].zmin, n.data[0].zmax]")
        stops, low, high = [stop for _, stop in trace[0]], trace[1], trace[2]
        seen = set()
        for text, ink in chart.evaluate(INKS):
            fill = tuple(float(n) for n in re.findall(r"[\d.]+", ink)[:3])
            cell = colour.at(stops, (float(text) - low) / (high - low))
            assert colour.contrast(fill, cell) >= 4.4, (text, ink)  # the text is rounded
            seen.add(fill)
        assert seen == {(0, 0, 0), (255, 255, 255)}
