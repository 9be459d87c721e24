"""In your tool: one chooses a tool, turns a knob, and copies what the tool is to be told."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import steps


def test_a_loss_is_read_in_another_tool_and_copied(visitor):
    page = visitor("/tools", permissions=["clipboard-read", "clipboard-write"])
    expect(page.get_by_role("heading", level=1)).to_have_text("In your tool")
    snippet = page.get_by_test_id("stCode")
    expect(snippet).to_contain_text("alpha: 0.1")
    page.get_by_role("combobox", name="Tool").click()
    page.get_by_role("option", name="TRL GKDTrainer").click()
    expect(snippet).to_contain_text("GKDConfig")
    expect(page).to_have_url(re.compile(r"tool=trl-gkd"))
    expect(page.locator(".kd-tools tr[aria-current]")).to_contain_text("TRL GKDTrainer")
    steps.wait_for_runs(page, 0)
    snippet.hover()
    page.get_by_role("button", name=re.compile("[Cc]opy")).click()
    copied = page.evaluate("() => navigator.clipboard.readText()")
    assert "lmbda=0.0" in copied
    assert copied.strip() == snippet.locator("code").inner_text().strip()


def test_the_table_is_moved_on_a_phone_and_not_the_page(visitor):
    page = visitor("/tools", viewport={"width": 390, "height": 844}, is_mobile=True)
    table = page.locator(".kd-tools")
    expect(table).to_be_visible()
    assert table.evaluate("n => n.scrollWidth > n.clientWidth")
    assert page.evaluate(
        "() => document.documentElement.scrollWidth <= document.documentElement.clientWidth + 1"
    )
