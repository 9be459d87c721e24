"""Two runs beside each other, as a person compares them: pin, change, train, share."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps

SMALL = "/live?epochs=12&seeds=3&labels=50&teacher=mlp-32&teacher_epochs=4&student=mlp-8"
COMPARED = re.compile(r"With this teacher, .*paired over 3 seeds")


@pytest.fixture(autouse=True)
def _workers(workers):
    """Every test here may train."""


def row(page, title):
    """The cells of a row of the comparison."""
    found = page.locator(".kd-compared tr").filter(has=page.get_by_role("rowheader", name=title))
    return found.locator("td")


def trained(page):
    steps.button(page, "Train").click()
    expect(page.get_by_text("Trained here")).to_be_visible()


def test_pin_change_t_train_and_hand_on_the_link(visitor, holds):
    page = visitor(f"{SMALL}&first_seed=700")
    trained(page)
    pin = page.get_by_role("button", name=re.compile("^Pin this run"))
    pin.focus()
    page.keyboard.press("k")
    expect(page.get_by_text("Pinned:")).to_be_visible()
    expect(page).to_have_url(re.compile("pin=teacher%3Amlp-32%2C"))
    expect(page.locator(".kd-compared")).to_have_count(0)
    # With the teacher's bars, or without where its answers are too new for them.
    page.get_by_test_id("stSidebar").get_by_role("slider", name="Temperature T").press("ArrowLeft")
    expect(page).to_have_url(re.compile(r"[?&]temperature=[\d.]+"))
    steps.wait_for_runs(page, 0)
    (chosen,) = re.findall(r"[?&]temperature=([\d.]+)", page.url)
    temperatures = ["4", f"{float(chosen):g}", ""]
    holds.hold("on its way", "StudentsEpoch", epoch=6)
    steps.button(page, "Train").click()
    steps.wait_for_held(page, 6)
    accuracy = steps.chart(page, "Accuracy")
    names = "n => n.data.filter(t => t.name?.startsWith('Pinned')).map(t => t.x.length)"
    assert accuracy.evaluate(names) == [13, 13, 2], "all of the pinned run stands behind"
    holds.release("on its way")
    sentence = page.get_by_text(COMPARED)
    expect(sentence).to_be_visible()
    expect(row(page, "Temperature T")).to_have_text(temperatures)
    expect(row(page, "Student, distilled").nth(2)).to_have_text(re.compile(r"\(.* to .*\)"))
    both = steps.chart(page, "Accuracy on validation images at the end")
    expect(both).to_be_visible()
    labels = both.locator(".annotation-text")
    assert {text.split()[-1] for text in labels.all_text_contents()} == {
        "teacher", "only", "distilled"
    }  # fmt: skip
    said = sentence.inner_text()

    link = page.get_by_test_id("stCode").filter(has_text="pin=").inner_text().strip()
    other = visitor(link, color_scheme="dark")
    expect(other.get_by_text(COMPARED)).to_have_text(said)
    expect(row(other, "Temperature T")).to_have_text(temperatures)
    other.reload()
    expect(other.get_by_text(COMPARED)).to_have_text(said)

    other.get_by_role("button", name="Use its settings again").click()
    expect(other).to_have_url(re.compile("^(?!.*[?&]temperature=).*pin="))
    expect(other.get_by_text("Change something and train")).to_be_visible()
    expect(other.locator(".kd-compared")).to_have_count(0)
    other.get_by_role("button", name="Unpin").click()
    expect(other).not_to_have_url(re.compile("pin="))
    expect(other.get_by_role("button", name=re.compile("^Pin this run"))).to_be_visible()


def test_a_link_whose_runs_are_missing_trains_both_beside_each_other(visitor, holds):
    holds.hold("the pinned one", "StudentsEpoch", epoch=7)
    small = SMALL.partition("?")[2].replace("=", ":").replace("&", ",")
    page = visitor(f"{SMALL}&first_seed=720&alpha=0.5&pin={small},first_seed:720")
    page.get_by_role("button", name="Train the pinned run").click()
    expect(page.get_by_text("Epoch 6 of 12")).to_be_visible()
    expect(page.get_by_text("Press Train. Curves appear here")).to_be_visible()
    holds.release("the pinned one")
    expect(page.get_by_role("button", name="Train the pinned run")).to_have_count(0)
    steps.wait_for_runs(page, 0)
    trained(page)
    expect(page.get_by_text(COMPARED)).to_be_visible()
    expect(row(page, "Weight α")).to_have_text(["0.9", "0.5", ""])


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_on_a_phone_nothing_of_it_is_wider_than_the_screen(visitor, scheme):
    page = visitor(
        "/live?labels=all&pin=temperature:4",
        color_scheme=scheme,
        viewport={"width": 390, "height": 844},
    )
    table = page.locator(".kd-compared")
    expect(table).to_be_visible()
    expect(steps.chart(page, "Accuracy on validation images at the end")).to_be_visible()
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert table.evaluate("node => node.scrollWidth <= node.clientWidth")
