"""A class: more visitors than workers."""

from __future__ import annotations

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor

import pytest
from playwright.sync_api import expect

from kdlab.bench.classroom import scenario
from kdlab.bench.classroom.tally import Tally
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


@pytest.mark.usefixtures("workers")
def test_the_bench_of_a_class_can_do_all_that_it_does(server):
    tally, visitors = Tally(), 2
    pace = scenario.Pace(spread=1.0, watch=5.0, look=0.5)
    with ThreadPoolExecutor(1) as thread:  # playwright has an event loop at work in this one
        visit = scenario.attended(server.url, visitors, 999, pace, tally)
        thread.submit(asyncio.run, visit).result()
    assert [*tally.refused, *tally.lost, *tally.faults] == []
    assert len(tally.stays) == visitors
    assert len(tally.pages) == 6 * visitors
    assert len(tally.clicks) >= 2 * visitors
    assert tally.polls or tally.lags, "nobody saw anything of a run"
    assert 0 < tally.watched_bytes < tally.bytes
