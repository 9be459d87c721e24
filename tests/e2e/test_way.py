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
    """Wait until the whole ``chart`` can be seen below what covers the top of the page: or, where
    that is more than the window has room for, as much of it as there is below the question."""
    expect(chart).to_be_visible()
    page.wait_for_function(
        """node => {
            const box = node.getBoundingClientRect();
            const asked = window.lab.within(".asked:not([hidden])")?.getBoundingClientRect().top;
            const whole = box.top >= 60 && box.bottom <= innerHeight + 1;
            const most = Math.abs(asked - 64) < 2 && box.top < innerHeight - 100;
            return box.height > 100 && (whole || most);
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


def test_a_tab_of_its_own_goes_on_with_the_exercise(visitor):
    """It is a session of its own: all it knows stands in its address."""
    page = visitor("/soft-targets?hide=alpha,try")
    link = way(page).get_by_role("link", name="Next: The loss")
    expect(link).to_have_attribute("href", "./loss?hide=alpha%2Ctry")
    with page.context.expect_page() as opened:
        link.click(modifiers=["ControlOrMeta"])
    tab = opened.value
    expect(tab.get_by_role("heading", level=1)).to_have_text("The loss")
    expect(steps.temperature(tab)).to_be_visible()
    expect(tab.get_by_role("slider", name=re.compile("α"))).to_have_count(0)
    expect(tab.get_by_role("group", name="Try this")).to_have_count(0)
    expect(tab).to_have_url(re.compile("hide=alpha"))


def test_an_exercise_goes_on_from_home(visitor):
    page = visitor("/?hide=temperature,try")
    way(page).get_by_role("link", name="Next: Soft targets").click()
    expect(steps.bars(page)).to_be_visible()
    expect(steps.temperature(page)).to_have_count(0)
    expect(page).to_have_url(re.compile("hide=temperature"))


LISTENING = """() => {
    window.listening = [];
    const add = window.addEventListener;
    window.addEventListener = function (kind, heard, options) {
        if (["wheel", "touchmove", "keydown", "pointerdown"].includes(kind) && options?.passive) {
            window.listening.push({ signal: options.signal });
        }
        return add.call(this, kind, heard, options);
    };
    const later = window.setTimeout;
    window.setTimeout = (call, ms, ...rest) => (ms === 10_000 ? 0 : later(call, ms, ...rest));
    window.measured = 0;
    const measure = Element.prototype.getBoundingClientRect;
    Element.prototype.getBoundingClientRect = function () {
        window.measured += this.matches(".asked");
        return measure.call(this);
    };
}"""
"""Note who listens for a visitor that goes on, and how often the place of a question is measured.
No look ends because its time is over: what ends it is what somebody does."""
STILL = "() => window.listening.filter(({ signal }) => !signal?.aborted).length"


def test_a_press_leaves_nothing_behind(visitor):
    page = visitor("/live")
    accuracy = steps.chart(page, "Accuracy")
    expect(accuracy).to_be_visible()
    page.evaluate(LISTENING)
    for name, address in [("Spirals", "spirals"), ("A hasty teacher", "teacher_epochs=1")]:
        try_this(page, name)
        expect(page).to_have_url(re.compile(address))
        in_view(page, accuracy)
    assert page.evaluate("window.listening.length") == 8, "they are those of the row"
    assert page.evaluate(STILL) == 4, "of the last press, as long as nobody goes on"
    steps.wait_for_runs(page, 0)
    measured = page.evaluate(
        """async () => {
            const before = window.measured;
            for (let n = 0; n < 60; n += 1) await new Promise(requestAnimationFrame);
            return window.measured - before;
        }"""
    )
    assert measured < 30, "not in every frame"
    try_this(page, "Spirals")
    expect(page).to_have_url(re.compile("spirals"))
    page.keyboard.press("Shift")
    assert page.evaluate(STILL) == 0, "who goes on is left alone"
    try_this(page, "A hasty teacher")
    expect(page).to_have_url(re.compile("teacher_epochs=1"))
    assert page.evaluate(STILL) == 4
    way(page).get_by_role("link", name="Next: ").evaluate(
        "link => link.click()"
    )  # no pointer, no key
    expect(page.get_by_role("heading", level=1)).not_to_have_text("Live distillation")
    page.wait_for_function(f"({STILL})() === 0")  # the row has ended


@SIZES
def test_a_question_and_its_answer_stand_where_the_picture_is_seen(visitor, size):
    page = visitor("/live", **size)
    accuracy = steps.chart(page, "Accuracy")
    expect(accuracy).to_be_visible()
    answer = page.get_by_text("follows the arms: 92 %")
    expect(answer).not_to_be_visible()
    try_this(page, "Spirals")
    expect(
        page.get_by_text("where does the student on labels alone lose the arms?")
    ).to_be_visible()
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
    page.get_by_role("button", name="Close the question").click()
    expect(page.get_by_text("What you should see, and why")).not_to_be_visible()
    expect(page).to_have_url(re.compile("teacher_epochs=1"))


@SIZES
@pytest.mark.parametrize(
    ("path", "name", "address"),
    [("map", "Labels and α", "y_axis=labels"), ("temperature", "Twenty labels", "labels=20")],
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
