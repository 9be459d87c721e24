"""The way through the lab, as somebody goes it: from page to page, and what to try on them."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from pages.ui.shell.contents import STEPS
from tests.e2e import steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
PROJECTOR = {"viewport": {"width": 1280, "height": 720}}
SIZES = pytest.mark.parametrize("size", [PROJECTOR, PHONE], ids=["projector", "phone"])


def way(page):
    return page.get_by_role("navigation", name="The way through the lab")


def try_this(page, name):
    """Press one of "Try this"."""
    page.get_by_role("group", name="Try this").get_by_role("button", name=name, exact=True).click()


def in_view(page, chart):
    """Wait until the whole ``chart`` can be seen, below what covers the top of the page."""
    expect(chart).to_be_visible()
    page.wait_for_function(
        """node => {
            const box = node.getBoundingClientRect();
            return box.height > 100 && box.top >= 60 && box.bottom <= innerHeight + 1;
        }""",
        arg=chart.element_handle(),
    )


@SIZES
def test_next_leads_from_home_through_the_steps_and_back(visitor, size):
    page = visitor("/", **size)
    page.evaluate("window.stayed = true")
    for number, step in enumerate(STEPS[:4], start=1):
        way(page).get_by_role("link", name=f"Next: {step.title}").click()
        expect(page.get_by_role("heading", level=1)).to_have_text(step.title)
        expect(way(page)).to_contain_text(f"Step {number} of {len(STEPS)} · about")
        expect(page).to_have_url(re.compile(rf"/{step.path}(\?.*)?$"))
    way(page).get_by_role("link", name=f"Before: {STEPS[2].title}").click()
    expect(page.get_by_role("heading", level=1)).to_have_text(STEPS[2].title)
    expect(page).to_have_url(re.compile(rf"/{STEPS[2].path}(\?.*)?$"))
    assert page.evaluate("window.stayed"), "the app was never loaded anew"
    page.go_back()
    expect(page.get_by_role("heading", level=1)).to_have_text(STEPS[3].title)


def test_a_step_opens_in_a_tab_of_its_own(visitor):
    page = visitor("/loss")
    link = way(page).get_by_role("link", name=f"Next: {STEPS[2].title}")
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    expect(opened.value.get_by_role("heading", level=1)).to_have_text(STEPS[2].title)
    expect(page.get_by_role("heading", level=1)).to_have_text("The loss")


@SIZES
def test_a_question_and_its_answer_stand_where_the_picture_is_seen(visitor, size):
    page = visitor("/live", **size)
    accuracy = steps.chart(page, "Accuracy")
    expect(accuracy).to_be_visible()
    answer = page.get_by_text("follows the arms: 92 %")
    expect(answer).not_to_be_visible()
    try_this(page, "Spirals")
    expect(page.get_by_text("where do labels alone leave the arms?")).to_be_visible()
    expect(page).to_have_url(re.compile("dataset=spirals"))
    expect(page.get_by_text("Stored run that comes with the lab: spirals")).to_be_visible()
    expect(answer).not_to_be_visible()
    in_view(page, accuracy)
    page.get_by_text("What you should see, and why").click()
    expect(answer).to_be_visible()
    try_this(page, "A hasty teacher")
    expect(page).to_have_url(re.compile("teacher_epochs=1"))
    expect(answer).not_to_be_visible()
    in_view(page, accuracy)
    page.get_by_role("button", name="Put the question away").click()
    expect(page.get_by_text("What you should see, and why")).not_to_be_visible()
    expect(page).to_have_url(re.compile("teacher_epochs=1"))


@SIZES
@pytest.mark.parametrize(
    ("path", "name", "address"),
    [("map", "Labels and alpha", "y_axis=labels"), ("temperature", "Twenty labels", "labels=20")],
)
def test_after_a_press_the_chart_is_in_view(visitor, size, path, name, address):
    page = visitor(f"/{path}", **size)
    chart = page.locator(".st-key-picture .kd-chart[data-draws]").first
    expect(chart).to_be_visible()
    try_this(page, name)
    expect(page).to_have_url(re.compile(address))
    in_view(page, chart)


@SIZES
def test_a_lesson_is_set_to_what_is_asked(visitor, size):
    page = visitor("/soft-targets", **size)
    try_this(page, "T = 20")
    expect(page).to_have_url(re.compile("temperature=20"))
    expect(steps.bars(page)).to_have_attribute("aria-label", re.compile("^Soft targets at T 20:"))
    columns = steps.bars(page)
    page.wait_for_function(
        "node => node.getBoundingClientRect().top < innerHeight - 100",
        arg=columns.element_handle(),
    )
    page.get_by_text("What you should see, and why").click()
    expect(page.get_by_text("The 0 keeps 18 %")).to_be_visible()
