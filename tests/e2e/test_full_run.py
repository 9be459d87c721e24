"""A full run, as a person meets it: start, watch, leave and come back, stop, go on, see the end."""

from __future__ import annotations

import json
import re

from playwright.sync_api import Page, expect

SMALL = (
    "/full-run?pair=own&dataset=digits&teacher=cnn-8&student=cnn-4&epochs=4&padding=1"
    "&flip=False&train_limit=200"
)
EPOCH = re.compile(r"Teacher, epoch 3 of 4")


def accuracy(page: Page):
    return page.locator(".kd-chart[aria-label^='Accuracy'][data-draws]")


def press(page: Page, name: str) -> None:
    page.get_by_test_id("stMain").get_by_role("button", name=re.compile(f"^{name}")).click()


def test_a_small_run_is_started_watched_left_stopped_resumed_and_seen_to_its_end(
    visitor, holds, tmp_path
):
    holds.hold("on its way", "FullEpoch", stage="teacher", epoch=3)
    page = visitor(SMALL)
    press(page, "Start the run")
    expect(page.get_by_text(EPOCH)).to_be_visible()
    expect(accuracy(page)).to_be_visible()
    assert accuracy(page).bounding_box()["y"] < 620, "the picture needs scrolling"
    expect(page).to_have_url(re.compile(r"run=\d{4}-"))

    page.reload()  # nothing about a run lives in a session
    expect(page.get_by_text(EPOCH)).to_be_visible()
    press(page, "Stop")
    expect(page.get_by_role("button", name=re.compile("^Stopping"))).to_be_visible()
    holds.release("on its way")
    stopped = page.get_by_text(
        re.compile(r"Stopped: it can resume from its last epoch\. \d+\s% done")
    )
    expect(stopped).to_be_visible()
    share = int(re.search(r"(\d+)\s% done", stopped.inner_text()).group(1))
    assert 0 < share < 100, "it was stopped on its way"

    press(page, "Resume")
    expect(page.get_by_text(re.compile(r"^Finished$")).first).to_be_visible()
    expect(page.get_by_text(re.compile(r"One seed: no interval"))).to_be_visible()
    drawn = accuracy(page).evaluate("n => n.data.map(trace => (trace.x ?? []).length)")
    assert drawn.count(4) >= 3, "a curve of all its epochs for each stage"

    page.get_by_role("tab", name="Take it away").click()
    with page.expect_download() as waiting:
        page.get_by_role("button", name=re.compile("events", re.I)).first.click()
    path = tmp_path / "events.jsonl"
    waiting.value.save_as(path)
    told = [json.loads(line) for line in path.read_text("utf-8").splitlines()]
    epochs = [(e["stage"], e["epoch"]) for e in told if e["event"] == "FullEpoch"]
    assert epochs == [(s, n) for s in ("teacher", "labels only", "distilled") for n in range(1, 5)]
    assert told[-1]["event"] == "FullFinished"
