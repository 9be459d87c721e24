"""The map page, as a person meets it: train, watch it fill in, click a cell, take it away."""

from __future__ import annotations

import csv
import json
import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

SMALL = "/map?temperatures=1,4&alphas=0,0.5,1&labels=100&seeds=3&epochs=60&first_seed=20"


def drawn_again(page, before):
    """Wait until the map was drawn more than ``before`` times; how often it was then."""
    page.wait_for_function(
        """before => document.querySelector(".kd-chart[aria-label^='Test accuracy map']")
            .dataset.draws > before""",
        arg=before,
    )
    return int(heat(page).get_attribute("data-draws"))


@pytest.fixture(autouse=True)
def _workers(workers):
    """Every test here may train."""


def heat(page):
    return page.locator(".kd-chart[aria-label^='Test accuracy map'][data-draws]")


def test_the_map_fills_in_live_and_a_cell_tells_its_story(visitor, holds, tmp_path):
    looks = range(10, 60, 10)
    for look in looks:
        holds.hold(f"epoch {look}", "SweepEpoch", epoch=look)
    page = visitor(SMALL)
    page.get_by_role("button", name=re.compile("^Train the map")).click()
    expect(heat(page)).to_be_visible()
    heat(page).evaluate("node => { node.marked = true; }")
    drawn = 0
    for look in looks:  # five redraws before the end, and the end
        drawn = drawn_again(page, drawn)
        holds.release(f"epoch {look}")
    expect(page.get_by_text(re.compile("^Trained here: 15 students"))).to_be_visible()
    drawn_again(page, drawn)
    assert heat(page).evaluate("node => node.marked"), "the map's node was replaced"
    cells = heat(page).evaluate("node => node.data[0].z")
    assert [len(row) for row in cells] == [3, 3]
    assert cells[0][0] == cells[1][0] == 0, "alpha = 0 is labels only"
    assert min(cells[0][1:] + cells[1][1:]) > 0
    expect(page.get_by_text("Best cell on validation images")).to_be_visible()

    box = heat(page).locator(".nsewdrag").bounding_box()
    page.mouse.click(box["x"] + box["width"] / 2, box["y"] + 0.25 * box["height"])
    expect(page.get_by_text("The cell you chose")).to_be_visible()
    chosen = page.get_by_test_id("stMarkdown").filter(has_text="The cell you chose")
    expect(chosen).to_contain_text("Temperature T 4, Weight α 0.5")
    expect(page).to_have_url(re.compile("column=1.*row=1|row=1.*column=1"))

    page.get_by_role("tab", name="Slices").click()
    expect(page.locator(".kd-chart[aria-label^='Test accuracy over Temp']")).to_be_visible()
    page.get_by_role("tab", name="Fidelity and calibration").click()
    expect(page.locator(".kd-chart[aria-label^='Calibration error']")).to_be_visible()
    page.get_by_role("tab", name="Take it away").click()
    config = json.loads(steps.download(page, "Settings, JSON", tmp_path).read_text("utf-8"))
    assert (config["temperatures"], config["alphas"]) == ([1, 4], [0, 0.5, 1])
    table = steps.download(page, "Results, CSV", tmp_path).read_text("utf-8")
    rows = list(csv.DictReader(table.splitlines()))
    assert len(rows) == 15, "a row a student"
    script = steps.download(page, "PyTorch script of the cell", tmp_path).read_text("utf-8")
    assert "TEMPERATURE = 4.0" in script
    assert "ALPHA = 0.5" in script

    page.get_by_test_id("stMain").get_by_role("link", name="Open this cell").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Live distillation")
    expect(page).to_have_url(re.compile("alpha=0.5"))


def test_a_map_can_be_stopped_and_cleared(visitor, holds):
    holds.hold("on its way", "SweepEpoch", epoch=5)
    page = visitor("/map?temperatures=1,2,3&alphas=0.5,1&seeds=2&epochs=1500&first_seed=50")
    train = page.get_by_role("button", name=re.compile("^Train the map"))
    stop = steps.button(page, "Stop")
    train.click()
    expect(page.get_by_text(re.compile(r"learn at once: \d+\s%"))).to_be_visible()
    stop.click()
    expect(page.get_by_text(re.compile(r"Stopped at \d+\s%"))).to_be_visible()
    expect(stop).to_be_disabled()
    expect(heat(page)).to_be_visible()
    steps.button(page, "Reset").click()
    expect(page.get_by_text("Press Train the map")).to_be_visible()


def test_the_map_of_the_lab_is_there_at_once_and_values_are_checked(visitor):
    page = visitor("/map")
    expect(page.get_by_text("Stored map that comes with the lab")).to_be_visible()
    expect(heat(page)).to_be_visible()
    field = page.get_by_label("Temperatures", exact=True)
    field.fill("0, 1")
    field.press("Enter")
    expect(page.get_by_text(re.compile("“Temperatures” has 0. Allowed"))).to_be_visible()
    expect(page.get_by_role("button", name=re.compile("^Train the map"))).to_be_disabled()
    field.fill("1, 2")
    field.press("Enter")
    expect(page).to_have_url(re.compile("temperatures=1"))
    expect(page.get_by_role("button", name=re.compile("^Train the map"))).to_be_enabled()
