"""Settings that go along from page to page, and work of others that one may watch."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import steps


def test_the_same_settings_on_the_map_and_back_without_a_new_page(visitor):
    page = visitor("/live?dataset=moons&labels=20&teacher=mlp-64&student=mlp-4&alpha=0.6")
    page.evaluate("window.stayed = true")
    for title, path, more in (
        ("Map of two settings", "/map?", r"column=5"),
        ("Live distillation", "/live?", "epochs=30"),
    ):
        page.get_by_role("button", name="Same settings on").click()
        menu = page.get_by_test_id("stPopoverBody")
        if path == "/map?":
            expect(menu.get_by_text("Set by that page: epochs 30.").first).to_be_visible()
            expect(menu.get_by_text(re.compile("Left behind: student")).first).to_be_visible()
        menu.get_by_role("link", name=title, exact=True).click()
        expect(page).to_have_url(re.compile(re.escape(path)))
        expect(page).to_have_url(
            re.compile(r"dataset=moons.*teacher=mlp-64.*student=mlp-4.*alpha=0\.6")
        )
        expect(page).to_have_url(re.compile(more))
        expect(page.get_by_test_id("stPopoverBody")).to_have_count(0)
        expect(page.get_by_test_id("stSidebar").get_by_text("Student: mlp-4")).to_be_visible()
    assert page.evaluate("window.stayed"), "the page was loaded anew"
    steps.wait_for_runs(page, 0)
