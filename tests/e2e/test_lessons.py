"""A lesson from start to end beside the pages: predictions, back, skip, a link, only keys."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, expect

from tests.e2e.steps import temperature, wait_for_runs

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
ABOVE = """selector => {
  const search = (from) => from.querySelector(selector)
    ?? [...from.querySelectorAll("*")]
      .map((each) => each.shadowRoot && search(each.shadowRoot)).find(Boolean);
  const box = search(document)?.getBoundingClientRect();
  const panel = document.querySelector(".st-key-guide").getBoundingClientRect();
  return box && box.height > 0 && box.top >= 50 && box.bottom <= panel.top + 1;
}"""
"""Whether it lies between the app's header and the panel."""
LESSON = """\
+++
title = "A short one"
about = "Heat, and a guess."
minutes = 2
needs = "Nothing."
+++

Read this first.

## Heat

```step
page = "soft-targets?temperature=1"
control = "temperature"
until = ["temperature >= 8"]
```

Drag **T** above 8.

### After

The answer has melted.

## A guess

```step
page = "live?epochs=5&seeds=2"
control = "train"
```
```predict
ask = "Will it help?"
kind = "verdict"
measure = "gain"
```

Predict, then train.

### After

So it was.

## A question

```question
ask = "What does heat do?"
right = "It melts."
because = "All logits come closer."
wrong = [ { say = "It freezes.", because = "Look again.", see = "soft-targets?temperature=20" } ]
```
"""


@pytest.fixture(autouse=True)
def lesson(server):
    folder = server.log.parent / "home" / "lessons"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "short.md").write_text(LESSON, encoding="utf-8")


def panel(page: Page):
    return page.locator(".st-key-guide")


def press(page: Page, name: str) -> None:
    panel(page).get_by_role("button", name=re.compile(rf"\b{name}\b")).click()


def says(page: Page, words: str) -> None:
    expect(panel(page)).to_contain_text(words)


def fits(page: Page, most: float) -> None:
    """The panel lies within the window and leaves the rest of it to the page."""
    box, size = panel(page).bounding_box(), page.viewport_size
    assert box["height"] <= most * size["height"]
    assert box["y"] + box["height"] <= size["height"] + 1
    assert box["width"] <= size["width"]


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_a_lesson_is_walked_from_start_to_end(visitor, workers, options):
    page = visitor("/lessons?lesson=short.0", **options)
    says(page, "Read this first.")
    press(page, "Begin")
    page.wait_for_url("**/soft-targets?*lesson=short.1*")
    says(page, "Waits for: Temperature T ≥ 8")
    skip, next_one = (
        panel(page).get_by_role("button", name=re.compile(rf"\b{name}\b"))
        for name in ("Skip", "Next")
    )
    expect(next_one).to_be_disabled()
    assert skip.bounding_box()["x"] + 100 < next_one.bounding_box()["x"]
    fits(page, 0.45)
    slider = temperature(page).first
    framed = page.locator(".slider", has=slider)
    expect(framed).to_have_css("outline-style", "solid")
    slider.focus()
    page.keyboard.press("End")
    says(page, "The answer has melted.")
    expect(framed).not_to_have_css("outline-style", "solid")
    press(page, "Next")
    page.wait_for_url("**/live?*lesson=short.2*")
    panel(page).get_by_text("It hurts", exact=True).click()
    press(page, "I predict this")
    says(page, "You predicted: It hurts")
    says(page, "Will it help?")
    page.get_by_role("button", name=re.compile("^.*Train")).first.click()
    says(page, "Measured: ")
    says(page, "So it was.")
    fits(page, 0.45)
    press(page, "Next")
    panel(page).get_by_text("It freezes.", exact=True).click()
    press(page, "Answer")
    says(page, "Look again.")
    page.reload()  # the server knows nobody any more, the tab does
    says(page, "Look again.")
    press(page, "Back")
    says(page, "So it was.")
    press(page, "Next")
    says(page, "Look again.")
    press(page, "Next")
    says(page, "You have come to the end")
    press(page, "Leave")
    expect(panel(page).get_by_role("button")).to_have_count(0)
    assert "lesson=" not in page.url


def test_the_keyboard_is_enough_and_a_link_finds_the_step_again(visitor):
    page = visitor("/lessons?lesson=short.0")
    expect(panel(page).get_by_role("button", name=re.compile(r"\bBegin\b"))).to_be_visible()
    wait_for_runs(page, 0)
    page.keyboard.press("g")
    page.wait_for_url("**/soft-targets?*lesson=short.1*")
    slider = temperature(page).first
    slider.focus()
    page.keyboard.press("End")
    says(page, "The answer has melted.")
    expect(panel(page).get_by_role("button", name=re.compile(r"\bNext\b"))).to_be_enabled()
    page.keyboard.press("g")  # the slider still has the focus
    page.wait_for_url("**/live?*lesson=short.2*")
    says(page, "Will it help?")
    page.reload()
    says(page, "Will it help?")
    skip = panel(page).get_by_role("button", name=re.compile(r"\bSkip\b"))
    skip.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/live?*lesson=short.3*")
    says(page, "What does heat do?")
    expect(panel(page).get_by_role("button", name=re.compile(r"\bBack\b"))).to_be_visible()
    wait_for_runs(page, 0)
    page.keyboard.press("h")
    page.wait_for_url("**/live?*lesson=short.2*")


def test_nothing_tells_the_result_before_it_is_predicted(visitor):
    page = visitor("/when?lesson=when-does-a-teacher-help.6")
    answer = page.locator(".st-key-answer strong")
    expect(answer).to_contain_text("It helped in")
    expect(answer).to_be_hidden()
    panel(page).get_by_role("slider").focus()
    page.keyboard.press("ArrowRight")
    press(page, r"I predict \+31 points")
    says(page, "Measured")
    expect(answer).to_be_visible()


def test_a_page_without_settings_has_no_empty_place_for_them(visitor):
    page = visitor("/language-model?lesson=language-models.6")
    main = page.locator(".stMain")
    expect(panel(page)).to_contain_text("Lesson step 6 of 11")
    assert main.bounding_box()["x"] > 100, "settings stand at the side"
    press(page, "Skip")
    page.wait_for_url("**/covering-or-seeking?*")
    says(page, "Lesson step 7 of 11")
    wait_for_runs(page, 0)
    page.wait_for_function("document.querySelector('.stMain').getBoundingClientRect().x < 1")


@pytest.mark.parametrize("options", [{}, PHONE], ids=["desktop", "phone"])
def test_what_a_step_points_at_stands_in_the_room_above_the_panel(visitor, options):
    page = visitor("/lessons?lesson=soft-targets.1", **options)
    for step, part in ((1, ".plot"), (2, ".slider"), (5, ".heat")):
        page.goto(f"{page.url.split('?')[0]}?lesson=soft-targets.{step}")
        says(page, f"Lesson step {step} of 11")
        expect(page.locator(part).first).to_have_css("outline-style", "solid")
        page.wait_for_function(ABOVE, arg=part)


def test_a_result_that_is_covered_says_so_above_the_panel(visitor):
    page = visitor("/live?lesson=how-sure-is-a-gain.3", **PHONE)
    says(page, "Lesson step 3 of 11")
    page.wait_for_function(ABOVE, arg=".st-key-picture")
    assert page.locator(".st-key-picture").bounding_box()["height"] < 150


def test_gains_are_listed_seed_by_seed(visitor, workers):
    page = visitor("/live?lesson=how-sure-is-a-gain.2")
    says(page, "Lesson step 2 of 11")
    new = page.get_by_role("button", name=re.compile("New seeds")).first
    for seed in (1, 2):
        new.click()
        says(page, f"seed {seed}: ")
        page.wait_for_function(ABOVE, arg=".st-key-result [data-testid=stAlert]")
    says(page, "seed 1: ")
