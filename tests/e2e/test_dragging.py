"""The two pages of "Understand": they redraw while something is dragged, without asking Python."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.e2e import steps


def test_bars_follow_the_temperature_while_it_is_dragged(visitor):
    page = visitor("/soft-targets")
    bars = steps.bars(page)
    expect(bars).to_have_attribute("aria-label", re.compile("at T 4:"))
    steps.wait_for_runs(page, 0)
    runs, sent = page.evaluate("window.lab.runs"), page.watch.sent
    label = bars.get_attribute("aria-label")
    seen = [max(steps.soft_targets(label))]
    slider = steps.temperature(page)
    x, y = steps.press_slider(page, slider, 0.5)
    for _ in range(6):
        x += 0.06 * slider.bounding_box()["width"]
        page.mouse.move(x, y)
        label = steps.sees_change(page, bars, "aria-label", label)
        seen.append(max(steps.soft_targets(label)))
    assert seen == sorted(seen, reverse=True)
    assert len(set(seen)) >= 6
    assert (page.evaluate("window.lab.runs"), page.watch.sent) == (runs, sent)
    assert "temperature" not in page.url
    page.mouse.up()
    shown = page.get_by_role("textbox", name="Temperature T, typed")
    expect(page).to_have_url(re.compile(rf"temperature={re.escape(shown.input_value())}"))
    page.wait_for_function("runs => window.lab.runs > runs", arg=runs)
    kept = shown.input_value()
    page.reload()
    expect(shown).to_have_value(kept)
    expect(bars).to_have_attribute("aria-label", re.compile(f"at T {re.escape(kept)}:"))


def test_keys_move_the_temperature_and_the_limits_are_one_hot_and_uniform(visitor):
    page = visitor("/soft-targets?temperature=2", reduced_motion="reduce")
    bars, slider = steps.bars(page), steps.temperature(page)
    expect(bars).to_have_attribute("aria-label", re.compile("at T 2:"))
    slider.focus()
    label = bars.get_attribute("aria-label")
    page.keyboard.press("ArrowRight")
    up = steps.sees_change(page, bars, "aria-label", label)
    assert steps.numbers(up)[0] > 2
    expect(page).to_have_url(re.compile(r"temperature=2\.\d"))
    page.get_by_role("button", name="T → ∞").click()
    label = steps.sees_change(page, bars, "aria-label", up)
    assert steps.soft_targets(label) == pytest.approx([0.1] * 10, abs=0.005)
    expect(page).to_have_url(re.compile("temperature=1000"))
    page.get_by_role("button", name="T → 0").click()
    label = steps.sees_change(page, bars, "aria-label", label)
    assert sorted(steps.soft_targets(label))[-2:] == pytest.approx([0, 1], abs=1e-3)


def test_logits_are_edited_and_shared(visitor):
    page = visitor("/soft-targets")
    bars = steps.bars(page)
    before = steps.soft_targets(bars.get_attribute("aria-label"))
    handle = page.get_by_role("slider", name="Logit of 3")
    handle.focus()
    label = bars.get_attribute("aria-label")
    page.keyboard.press("End")
    after = steps.soft_targets(steps.sees_change(page, bars, "aria-label", label))
    assert after[3] > 0.99 > before[3]
    expect(page).to_have_url(re.compile("logits="))
    page.get_by_role("button", name="log", exact=True).click()
    page.reload()
    expect(handle).to_have_attribute("aria-valuenow", "60.00")
    page.get_by_role("button", name="Reset logits").click()
    expect(handle).not_to_have_attribute("aria-valuenow", "60.00")
    expect(page).not_to_have_url(re.compile("logits="))
    page.get_by_role("button", name="T = 20").click()
    expect(bars).to_have_attribute("aria-label", re.compile("at T 20:"))
    expect(page).to_have_url(re.compile("temperature=20"))


def test_the_loss_adds_up_wherever_alpha_and_temperature_are(visitor):
    page = visitor("/loss?view=mathematics", reduced_motion="reduce")
    formula = page.locator("[aria-label^='L ']")
    label = formula.get_attribute("aria-label")
    assert _parts(label)[1] == pytest.approx(0.1)
    alpha = page.get_by_role("slider", name="Weight α")
    alpha.focus()
    page.keyboard.press("Home")
    label = steps.sees_change(page, formula, "aria-label", label)
    total, hard_weight, hard, *_ = _parts(label)
    assert (hard_weight, total) == (1, hard)
    page.keyboard.press("End")
    label = steps.sees_change(page, formula, "aria-label", label)
    assert _parts(label)[1] == 0
    typed = page.get_by_role("textbox", name="Temperature T, typed")
    typed.fill("8")
    typed.press("Enter")
    label = steps.sees_change(page, formula, "aria-label", label)
    assert _parts(label)[4] == 64
    expect(page).to_have_url(re.compile(r"temperature=8.*alpha=1|alpha=1.*temperature=8"))
    weight = page.get_by_role("textbox", name="Weight α, typed")
    expect(weight).to_have_value("1.00")
    page.get_by_role("button", name="α on the labels").click()
    expect(weight).to_have_value("0.00")
    assert formula.get_attribute("aria-label") == label  # the same loss in other letters
    expect(page).to_have_url(re.compile("convention=labels"))
    page.reload()
    expect(weight).to_have_value("0.00")
    expect(formula).to_have_attribute("aria-label", label)
    page.get_by_role("button", name="One step").click()
    after = steps.sees_change(page, formula, "aria-label", label)
    assert _parts(after)[0] < _parts(label)[0]


PHONE = {"viewport": {"width": 390, "height": 844}, "has_touch": True, "is_mobile": True}


@pytest.mark.parametrize("screen", [{}, PHONE], ids=["1280x720", "phone"])
def test_the_loss_is_told_in_plain_words_first_and_the_mathematics_is_a_switch(visitor, screen):
    page = visitor("/loss", reduced_motion="reduce", **screen)
    picture = page.locator("svg[aria-label^='Which classes are pushed up']")
    label = picture.get_attribute("aria-label")
    assert "The label asks: 0 up; all others down." in label
    box, view = picture.bounding_box(), page.viewport_size
    assert box["y"] + box["height"] <= view["height"]
    assert box["x"] + box["width"] <= view["width"]
    expect(page.locator(".kd-loss .glossary")).to_be_hidden()
    typed = page.get_by_role("textbox", name="Weight α, typed")
    typed.fill("0")
    typed.press("Enter")
    label = steps.sees_change(page, picture, "aria-label", label)
    assert "Both together ask: 0 up; all others down." in label
    expect(page.get_by_text("Only the label counts")).to_be_visible()
    page.get_by_role("button", name="10 steps").click()
    expect(page.get_by_text("in 10 steps")).to_be_visible()
    page.get_by_role("button", name="With the mathematics").click()
    expect(page).to_have_url(re.compile("view=mathematics"))
    expect(page.locator("[aria-label^='L ']")).to_be_visible()
    expect(page.locator(".kd-loss .glossary")).to_contain_text("Kullback-Leibler")
    page.reload()
    expect(page.get_by_role("button", name="With the mathematics")).to_have_attribute(
        "aria-pressed", "true"
    )


def _parts(label: str) -> list[float]:
    """Total, weight and value of the hard part, weight of the soft part, T squared, KL."""
    total, a, hard, b, square, kl = steps.numbers(label)
    # Each number is rounded to its last digit on screen.
    slack = 0.0006 * (1 + a + b * square) + 0.0051 * (hard + square * kl) * (a not in (0, 1))
    assert total == pytest.approx(a * hard + b * square * kl, abs=slack)
    return [total, a, hard, b, square, kl]


def test_a_lesson_s_link_that_is_broken_gets_a_sentence(visitor):
    page = visitor("/soft-targets?temperature=0&hide=heatmap,try")
    expect(page.get_by_test_id("stAlert")).to_contain_text("“Temperature T” is 0. Allowed:")
    expect(steps.bars(page)).to_have_attribute("aria-label", re.compile("at T 4:"))
    expect(page.get_by_role("img", name="Mean soft targets")).to_have_count(0)
    expect(page.get_by_text("Try this")).to_have_count(0)


def test_a_budget_is_dragged_in_the_chart_and_told_when_it_is_left(visitor):
    page = visitor("/device")
    grip = page.get_by_role("slider", name="Your budget, kB").and_(page.locator(".kd-limit"))
    expect(grip).to_have_attribute("aria-valuetext", "no budget")
    chart = page.locator(".kd-chart").first
    faint = "node => node.data.filter(t => t.meta?.limited && t.opacity < 1).length"
    grip.scroll_into_view_if_needed()
    box = grip.bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    steps.wait_for_runs(page, 0)
    runs, sent = page.evaluate("window.lab.runs"), page.watch.sent
    page.mouse.move(x, y)
    page.mouse.down()
    said = "no budget"
    for _ in range(8):
        x -= 40
        page.mouse.move(x, y)
        said = steps.sees_change(page, grip, "aria-valuetext", said)
    assert chart.evaluate(faint) > 0
    still = chart.evaluate("n => [n.layout.dragmode, n.layout.xaxis.fixedrange]")
    assert still == [False, True], "whoever misses the line does not zoom"
    others = "node => node.data.filter(t => !t.meta?.limited).map(t => t.opacity ?? null)"
    assert set(chart.evaluate(others)) == {None}, "only what the limit is about is changed"
    assert (page.evaluate("window.lab.runs"), page.watch.sent) == (runs, sent)
    assert "kilobytes" not in page.url
    page.mouse.up()
    expect(page).to_have_url(re.compile("kilobytes="))
    expect(page.get_by_text(f"Within {said.split(' ')[0]}")).to_be_visible()
    page.keyboard.press("End")  # the grip has the focus
    expect(grip).to_have_attribute("aria-valuetext", "no budget")
    expect(page).not_to_have_url(re.compile("kilobytes="))
    page.keyboard.press("Home")
    expect(page.get_by_text("Nothing is that small")).to_be_visible()
    assert chart.evaluate(faint) == 9


def test_a_key_just_before_a_drag_does_not_settle_in_the_middle_of_it(visitor):
    page = visitor("/device")
    grip = page.get_by_role("slider", name="Your budget, kB").and_(page.locator(".kd-limit"))
    expect(grip).to_have_attribute("aria-valuetext", "no budget")
    grip.scroll_into_view_if_needed()
    steps.wait_for_runs(page, 0)
    sent = page.watch.sent
    # At once, as no test can press them: a synthetic pointer cannot be captured.
    grip.evaluate(
        """(grip) => {
          grip.setPointerCapture = () => {};
          const { left, top } = grip.getBoundingClientRect();
          const tell = (name, clientX) =>
            grip.dispatchEvent(new PointerEvent(name, { clientX, clientY: top + 5, pointerId: 7 }));
          grip.dispatchEvent(new KeyboardEvent("keydown", { key: "ArrowLeft" }));
          tell("pointerdown", left);
          tell("pointermove", left - 80);
          window.leave = () => tell("pointerup", left - 80);
        }"""
    )
    page.wait_for_timeout(600)
    assert page.watch.sent == sent
    assert "kilobytes" not in page.url
    page.evaluate("window.leave()")
    expect(page).to_have_url(re.compile("kilobytes="))
