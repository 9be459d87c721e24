"""A reader of Chinese opens the lab, switches to English, trains there, and goes back."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import steps

QUICK = "/live?teacher=mlp-32&teacher_epochs=2&epochs=5&seeds=2"


def test_the_browser_says_the_language_and_the_switch_another(visitor):
    page = visitor(QUICK, locale="zh-CN")
    heading = page.get_by_role("heading", level=1)
    expect(heading).to_have_text("实时蒸馏")
    expect(page.locator("html")).to_have_attribute("lang", "zh-CN")
    expect(page.get_by_role("group", name="试一试")).to_be_visible()
    page.get_by_role("button", name="English", exact=True).click()
    expect(heading).to_have_text("Live distillation")
    expect(page).to_have_url(re.compile("[?&]lang=en"))
    expect(page).to_have_url(re.compile("[?&]epochs=5"))
    expect(page.locator("html")).to_have_attribute("lang", "en")
    expect(page.get_by_role("group", name="Try this")).to_be_visible()
    steps.button(page, "Train").click()
    expect(page.get_by_text(re.compile("with this teacher: "))).to_be_visible()
    page.get_by_role("button", name="中文", exact=True).click()
    expect(heading).to_have_text("实时蒸馏")
    expect(page.get_by_text(re.compile("^用这位教师蒸馏"))).to_be_visible()
    expect(steps.button(page, "播放")).to_be_visible()
