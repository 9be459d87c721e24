"""The search page, as a person meets it: set a budget, search, stop, go on, read the answer."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

SMALL = "/search?max_parameters=400&trials=8&epochs=5&seeds=2&first_seed=70&teacher=mlp-32"


@pytest.fixture(autouse=True)
def _workers(workers):
    """Every test here may train."""


def test_a_search_fills_in_and_ends_with_a_student(visitor):
    page = visitor(SMALL)
    steps.button(page, "Search").click()
    trials = page.locator(".kd-chart[aria-label^='Trials of a search'][data-draws]")
    expect(trials).to_be_visible()
    expect(page.get_by_text(re.compile("of the test images, .* fresh seeds"))).to_be_visible()
    shown = trials.evaluate("node => Math.max(...node.data.flatMap(t => t.x ?? []))")
    assert 0 < shown <= 400, "no student may exceed the budget"
    page.get_by_role("tab", name="Optuna's views").click()
    expect(page.locator(".kd-chart[aria-label^='Optuna: Parallel'][data-draws]")).to_be_visible()
    page.get_by_test_id("stMain").get_by_role("link", name="Open it in Live").click()
    expect(page.get_by_role("heading", level=1)).to_have_text("Live distillation")
    expect(page.get_by_text("Stored run of this machine")).to_be_visible()
