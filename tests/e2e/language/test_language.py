"""Language models in a browser: what is typed is answered, names change as the models learn."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import steps

PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}
QUICK = (
    "/language-model?train_limit=3000&teacher=mlp-16&teacher_epochs=2&student=mlp-8&labels=200"
    "&epochs=3&seeds=2"
)


def rows(page):
    """The distributions of the three models."""
    return page.locator(".kd-letters svg[aria-label*=' at T ']")


def test_what_is_typed_is_answered_and_the_bars_follow_the_temperature(visitor):
    page = visitor("/language-model")
    expect(rows(page)).to_have_count(3)
    before = rows(page).first.get_attribute("aria-label")
    assert before.startswith("Teacher at T 1: ")
    typed = page.get_by_role("textbox", name="Beginning of a string")
    typed.fill("smi")
    typed.press("Enter")
    label = steps.sees_change(page, rows(page).first, "aria-label", before)
    assert label.startswith("Teacher at T 1: t "), "smith is not the only such name, but the first"
    expect(page).to_have_url(re.compile("prefix=smi"))
    steps.wait_for_runs(page, 0)
    runs, sent = page.evaluate("window.lab.runs"), page.watch.sent
    slider = page.locator(".kd-letters").get_by_role("slider", name="T of the bars")
    x, y = steps.press_slider(page, slider, 0.3)
    shares = []
    for _ in range(4):
        x += 0.1 * slider.bounding_box()["width"]
        page.mouse.move(x, y)
        label = steps.sees_change(page, rows(page).first, "aria-label", label)
        shares.append(steps.numbers(label.split(": ")[1].split(" %")[0])[-1])
    assert shares == sorted(shares, reverse=True)
    assert (page.evaluate("window.lab.runs"), page.watch.sent) == (runs, sent)
    page.mouse.up()
    expect(page).to_have_url(re.compile("shown_temperature="))
    label = rows(page).first.get_attribute("aria-label")
    page.reload()
    expect(rows(page).first).to_have_attribute("aria-label", label)


def test_names_are_made_up_anew_as_they_learn_and_the_verdict_is_in_bits(visitor):
    page = visitor(QUICK)
    page.get_by_role("button", name=re.compile("^Train")).click()
    expect(page.get_by_text(re.compile(r"bits per character, 95\s% interval"))).to_be_visible()
    expect(page.get_by_text("Made up after epoch 3, character by character.")).to_be_visible()
    expect(page.locator(".kd-made section")).to_have_count(3)
    expect(page.locator(".kd-made li")).to_have_count(30)
    expect(rows(page)).to_have_count(3)
    chart = steps.chart(page, "Bits per character on validation characters")
    expect(chart).to_have_attribute("aria-label", re.compile("after epoch 3"))


def test_on_a_phone_in_the_dark_all_fits(visitor):
    page = visitor("/language-model?prefix=sch", color_scheme="dark", **PHONE)
    expect(rows(page)).to_have_count(3)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    for row in rows(page).all():
        box = row.bounding_box()
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 390
    expect(page.locator(".kd-made li").first).to_be_visible()
