"""A class: more visitors than workers."""

from __future__ import annotations

import os

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

WORKERS = min(8, os.cpu_count() or 1)


@pytest.mark.usefixtures("workers")
def test_who_queues_sees_his_place_and_keeps_his_page(visitor, holds):
    holds.hold("before the end", "StudentsEpoch", epoch=5)
    pages = [visitor(f"/live?epochs=2000&first_seed={300 + 100 * n}") for n in range(WORKERS + 2)]
    for page in pages:
        steps.button(page, "Train").click()
        expect(steps.button(page, "Stop")).to_be_enabled()
    last = pages[-1]
    expect(last.get_by_text("number 2 in the queue")).to_be_visible()
    expect(last.get_by_role("tab", name="Loss")).to_be_visible()
    for page, place in ((pages[0], 1), (pages[1], None)):
        steps.button(page, "Stop").click()
        if place:
            expect(last.get_by_text(f"number {place} in the queue")).to_be_visible()
    steps.wait_for_points(last, 2)
    expect(last.get_by_role("tab", name="Loss")).to_be_visible()
    expect(steps.button(last, "Pause")).to_be_enabled()
