"""A phone: pages and settings within reach, a picture beside what sets it, swipes that scroll."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import TimeoutError as PlaywrightTimeout
from playwright.sync_api import expect

from tests.e2e import steps
from tests.patience import PATIENCE

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
SCROLLED = "document.querySelector('[data-testid=stMain]').scrollTop"
SETTINGS_SCROLLED = "document.querySelector('[data-testid=stSidebarContent]').scrollTop"


@pytest.fixture
def phone(visitor):
    """Opens a page on a phone, at rest."""

    def opened(path, **options):
        page = visitor(path, **PHONE, **options)
        steps.wait_for_runs(page, 0)
        return page

    return opened


def swipe(page, start, across=0.0, down=0.0):
    """A finger goes from ``start`` that far, in small moves."""
    touch, count = page.context.new_cdp_session(page), 15
    for n in range(count + 1):
        at = [{"x": start[0] + across * n / count, "y": start[1] + down * n / count}]
        kind = "touchMove" if n else "touchStart"
        touch.send("Input.dispatchTouchEvent", {"type": kind, "touchPoints": at})
    touch.send("Input.dispatchTouchEvent", {"type": "touchEnd", "touchPoints": []})
    touch.detach()


def on(locator, share=0.5):
    """A place on an element, at ``share`` of its width; where it is on screen."""
    locator.scroll_into_view_if_needed()
    box = locator.bounding_box()
    return box["x"] + share * box["width"], box["y"] + box["height"] / 2


def scrolls(page, locator, share, scrolled=SCROLLED):
    """Swipe from a place on an element, to the side where there is more of the page, and wait until
    that has scrolled; again where the page was drawn anew under the finger, which ends a swipe."""
    end = time.monotonic() + PATIENCE
    while True:
        start = on(locator, share)
        before = page.evaluate(scrolled)
        swipe(page, start, across=3, down=-120 if before < 120 else 120)
        moved = f"before => Math.abs({scrolled} - before) > 20"
        try:
            page.wait_for_function(moved, arg=before, timeout=5000)
            return
        except PlaywrightTimeout:
            assert time.monotonic() < end, "nothing scrolls"


def test_the_pages_have_a_menu_and_it_closes_behind_who_has_chosen(phone, visitor):
    page = phone("/live")
    page.get_by_role("button", name="Pages").tap()
    page.get_by_test_id("stPopoverBody").get_by_role("link", name="The loss").tap()
    expect(page.get_by_role("heading", level=1)).to_have_text("The loss")
    expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
    expect(page.get_by_role("button", name="Pages")).to_be_visible()
    expect(page.get_by_test_id("stExpandSidebarButton")).to_be_hidden()  # it has no settings
    expect(visitor("/live").get_by_role("button", name="Pages")).to_be_hidden()


def test_settings_come_up_from_below_and_the_picture_stays_above_them(phone):
    page = phone("/live")
    page.get_by_test_id("stExpandSidebarButton").tap()
    settings = page.get_by_test_id("stSidebar")
    expect(settings).to_have_attribute("data-collapsed", "false")
    temperature = settings.get_by_role("slider", name="Temperature T")
    expect(temperature).to_be_in_viewport()
    accuracy = steps.chart(page, "Accuracy")
    accuracy.evaluate("node => node.scrollIntoView({ block: 'start' })")
    expect(accuracy).to_be_in_viewport()
    expect(temperature).to_be_in_viewport()
    page.wait_for_function(
        "document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().y > 400"
    )
    before = page.evaluate(SCROLLED)
    swipe(page, (200, 150), down=-100)
    page.wait_for_function(f"before => {SCROLLED} > before + 20", arg=before)
    expect(settings).to_have_attribute("data-collapsed", "false")
    swipe(page, on(temperature, 0.44), across=80)
    expect(page.get_by_text("The results below come from other settings")).to_be_attached()


def test_what_is_set_stays_beside_what_it_changes(phone):
    for path, far in (
        ("/soft-targets", ".kd-soft canvas:not(.big)"),
        ("/loss?view=mathematics", ".kd-loss svg"),
    ):
        page = phone(path)
        page.locator(far).last.evaluate("node => node.scrollIntoView({ block: 'end' })")
        expect(page.locator(far).last).to_be_in_viewport()
        assert page.evaluate(SCROLLED) > 0
        slider = steps.temperature(page)
        expect(slider).to_be_in_viewport()
        before = slider.get_attribute("aria-valuetext")
        swipe(page, on(slider, 0.45), across=60)
        steps.sees_change(page, slider, "aria-valuetext", before)


def test_a_swipe_over_a_slider_scrolls_and_sets_nothing(phone):
    page = phone("/soft-targets")
    slider = steps.temperature(page)
    before = slider.get_attribute("aria-valuetext")
    logit = page.locator(".kd-soft .handle").nth(3)
    was = logit.get_attribute("aria-valuetext")
    places = (
        (slider, 0.2),
        (slider, 0.45),  # the thumb itself
        (page.locator(".kd-soft .entropy svg"), 0.3),
        (logit.locator(".logit"), 0.5),
    )
    for locator, share in places:
        page.evaluate(f"{SCROLLED} = 0")
        scrolls(page, locator, share)
        expect(slider).to_have_attribute("aria-valuetext", before)
        expect(logit).to_have_attribute("aria-valuetext", was)
    assert "temperature" not in page.url


def test_a_swipe_over_a_setting_scrolls_and_its_thumb_sets_it(phone):
    page = phone("/live")
    page.get_by_test_id("stExpandSidebarButton").tap()
    labels = page.get_by_test_id("stSidebar").get_by_test_id("stSlider").first
    rail = labels.locator("[role=group] > [data-rac]")
    thumb = rail.locator("[data-rac]")
    value = labels.get_by_role("slider")
    for locator, share in ((rail, 0.1), (thumb, 0.5), (rail, 0.9)):
        page.evaluate(f"{SETTINGS_SCROLLED} = 0")
        scrolls(page, locator, share, SETTINGS_SCROLLED)
        expect(value).to_have_attribute("aria-valuetext", "100")
    swipe(page, on(thumb), across=80)
    expect(page).to_have_url(re.compile("labels="))
