"""From a run on screen to a phone."""

from __future__ import annotations

import re

from playwright.sync_api import expect

from tests.e2e import steps


def test_a_run_leaves_as_a_page_for_a_phone(visitor, tmp_path):
    page = visitor("/live")
    page.get_by_role("tab", name="Take it away").click()
    page.get_by_role("button", name="ONNX", exact=True).click()  # the page alone is quick
    page.get_by_role("button", name="ONNX, int8").click()
    steps.wait_for_runs(page, 0)
    page.get_by_role("button", name="Make the files").click()
    offered = page.get_by_role("button", name="student.html")
    expect(offered).to_be_visible()
    with page.expect_download() as download:
        offered.click()
    saved = tmp_path / "student.html"
    download.value.save_as(saved)
    assert saved.stat().st_size < 100_000
    expect(page.get_by_text("A phone cannot load the page from this server")).to_be_visible()
    phone = page.context.new_page()
    phone.goto(saved.as_uri())
    expect(phone.get_by_role("heading", name=re.compile("A student of"))).to_be_visible()
