"""Covering or seeking: redrawn while it is dragged, without asking Python; learned by mouse and
finger; kept in the link."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


def densities(page):
    return page.locator("svg[aria-label^='Densities of teacher']")


def test_the_list_follows_the_student_while_it_is_dragged(visitor):
    page = visitor("/covering-or-seeking")
    picture = densities(page)
    expect(picture).to_be_visible()
    steps.wait_for_runs(page, 0)
    runs, sent = page.evaluate("window.lab.runs"), page.watch.sent
    grip = page.get_by_role("slider", name="Mean μ of the student").locator(".grip")
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    label = picture.get_attribute("aria-label")
    seen = set()
    for _ in range(5):
        x += 12
        page.mouse.move(x, y)
        label = steps.sees_change(page, picture, "aria-label", label)
        seen.add(page.locator(".divergences .value").first.inner_text())
    assert len(seen) == 5
    assert (page.evaluate("window.lab.runs"), page.watch.sent) == (runs, sent)
    page.mouse.up()
    expect(page).to_have_url(re.compile(r"mean=\d"))
    page.reload()
    expect(picture).to_have_attribute("aria-label", label)


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["1280x720", "phone"])
def test_reverse_kl_is_learned_from_four_starts(visitor, screen):
    page = visitor("/covering-or-seeking?divergence=reverse-kl", reduced_motion="reduce", **screen)
    expect(densities(page)).to_be_visible()
    steps.wait_for_runs(page, 0)
    box, view = densities(page).bounding_box(), page.viewport_size
    assert box["y"] + box["height"] <= view["height"]
    page.get_by_role("button", name="From four starts").click()
    expect(page.locator(".kd-modes .told")).to_contain_text("two minima")
    expect(page).to_have_url(re.compile(r"mean=-2\.49"))
    chart = page.locator(".kd-chart[aria-label^='Best student over β'][data-draws]")
    expect(chart).to_have_attribute("aria-label", re.compile("it jumps from one minimum"))


def test_a_new_teacher_has_new_charts_over_beta(visitor):
    page = visitor("/covering-or-seeking")
    chart = page.locator(".kd-chart[aria-label^='Best student over β'][data-draws]")
    expect(chart).to_have_attribute("aria-label", re.compile("it jumps"))
    typed = page.get_by_role("textbox", name="Distance between the modes, typed")
    typed.fill("1")
    typed.press("Enter")
    expect(page).to_have_url(re.compile(r"distance=1\.0"))
    expect(chart).to_have_attribute("aria-label", re.compile("it moves evenly"))
