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
    chart.hover()
    with page.expect_download() as waiting:
        chart.locator(f".modebar-btn[data-title^='Save as {kind}']").click()
    path = tmp_path / waiting.value.suggested_filename
    waiting.value.save_as(path)
    return path


def test_a_chart_is_saved_for_a_slide_with_its_legend_and_its_settings(visitor, tmp_path):
    page = visitor("/temperature", color_scheme="dark")
    chart = page.locator(".kd-chart[data-draws]").first
    drawn = chart.get_attribute("data-draws")
    svg = saved(page, chart, "SVG", tmp_path)
    assert svg.name.startswith("kdlab-temperature-test-accuracy-over-t")
    text = svg.read_text("utf-8")
    told = " ".join(re.findall(r'class="caption"[^>]*>([^<]*)<', text))
    assert told.startswith(f"A higher temperature? {SETTINGS}")
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


def test_a_page_for_a_projector_is_a_bookmark(visitor):
    page = visitor("/temperature?projector=on")
    chart = page.locator(".kd-chart[data-draws]").first
    expect(chart).to_be_visible()
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()
    letters = "node => parseFloat(getComputedStyle(node.querySelector('.xtick text')).fontSize)"
    strokes = "node => node.data.find(t => t.name === 'Distilled').line.width"
    large, wide = chart.evaluate(letters), chart.evaluate(strokes)
    expect(page.get_by_text(re.compile("^95 % intervals over"))).not_to_be_visible()
    expect(page.get_by_text(re.compile("^Stored study"))).to_be_visible()

    page.get_by_role("button", name="Distil", exact=True).click()
    page.get_by_role("menuitem", name=re.compile("^Map")).click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Map of two settings")
    expect(page).to_have_url(re.compile("projector=on"))
    expect(page.get_by_test_id("stSidebar")).not_to_be_visible()

    page.goto("/temperature?projector=on")
    page.get_by_role("button", name="Projector off").click()
    expect(page.get_by_test_id("stSidebar")).to_be_visible()
    expect(page).not_to_have_url(re.compile("projector"))
    expect(page.get_by_role("button", name="Projector", exact=True)).to_be_visible()
    page.wait_for_function(
        f"large => ({letters})(document.querySelector('.kd-chart[data-draws]')) < large", arg=large
    )
    assert chart.evaluate(strokes) < wide


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
