"""The components' arithmetic against NumPy and PyTorch, and their behaviour in a real browser."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from pages.ui.components import inline

CHROMIUM = os.environ.get("KDLAB_CHROMIUM", "/usr/bin/chromium")
FLAGS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
pytestmark = pytest.mark.skipif(
    not Path(CHROMIUM).exists(), reason=f"no browser at {CHROMIUM} (KDLAB_CHROMIUM names another)"
)

RNG = np.random.default_rng(0)
LOGITS = [
    [0.0, 0.0, 0.0],
    [3.2, 1.8, 0.6, 0.2, -0.5],
    [60.0, -60.0, 59.5],
    [800.0, -800.0, 0.0, 799.0],
    RNG.normal(0, 5, 10).round(3).tolist(),
    RNG.normal(0, 4, 100).round(3).tolist(),
]
TEMPERATURES = [0.05, 0.5, 1.0, 4.0, 50.0, 1000.0]
PAIRS = [
    (RNG.normal(0, 5, 10).round(3).tolist(), RNG.normal(0, 3, 10).round(3).tolist()),
    ([9.0, 2.0, -6.0], [0.0, 0.0, 0.0]),
    ([60.0, -60.0], [-60.0, 60.0]),
]


@pytest.fixture(scope="module")
def browser() -> Iterator[Any]:
    from playwright.sync_api import sync_playwright

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="module")
def maths(browser: Any) -> Callable[..., Any]:
    """Call a function of maths.js by name with plain arguments."""
    page = browser.new_page()
    page.add_script_tag(content=(inline.HERE / "maths.js").read_text(encoding="utf-8"))

    def call(name: str, *arguments: Any) -> Any:
        return page.evaluate(f"(args) => {name}(...args)", list(arguments))

    return call


def soft(z: list[float], T: float) -> np.ndarray:
    return F.softmax(torch.tensor(z, dtype=torch.float64) / T, dim=0).numpy()


# -- arithmetic -----------------------------------------------------------------------------------


@pytest.mark.parametrize("T", TEMPERATURES)
def test_softmax_and_entropy_agree_with_torch(maths, T):
    for z in LOGITS:
        p = soft(z, T)
        np.testing.assert_allclose(maths("softmax", z, T), p, rtol=1e-12, atol=1e-300)
        reference = -np.sum(p[p > 0] * np.log(p[p > 0]))
        assert maths("entropy", z, T) == pytest.approx(reference, rel=1e-10, abs=1e-12)


def test_limits_of_t(maths):
    z = LOGITS[1]
    assert maths("softmax", z, 0.05)[0] == pytest.approx(1)
    np.testing.assert_allclose(maths("softmax", z, 1e6), 0.2, atol=1e-6)
    assert maths("entropy", z, 1e6) == pytest.approx(np.log(5))


@pytest.mark.parametrize("T", TEMPERATURES)
@pytest.mark.parametrize("alpha", [0.0, 0.3, 1.0])
def test_loss_and_gradient_agree_with_autograd(maths, T, alpha):
    for zt, zs in PAIRS:
        t = torch.tensor(zt, dtype=torch.float64)
        s = torch.tensor(zs, dtype=torch.float64, requires_grad=True)
        hard = F.cross_entropy(s[None], torch.tensor([1]))
        kl = F.kl_div(
            F.log_softmax(s / T, 0), F.log_softmax(t / T, 0), log_target=True, reduction="sum"
        )
        total = (1 - alpha) * hard + alpha * T**2 * kl
        total.backward()
        got = maths("distillationLoss", zt, zs, 1, alpha, T)
        assert got["hard"] == pytest.approx(hard.item(), rel=1e-10)
        assert got["kl"] == pytest.approx(kl.item(), rel=1e-9, abs=1e-15)
        assert got["soft"] == pytest.approx(T**2 * kl.item(), rel=1e-9, abs=1e-9)
        assert got["total"] == pytest.approx(total.item(), rel=1e-9, abs=1e-9)
        gradient = maths("lossGradient", zt, zs, 1, alpha, T)
        np.testing.assert_allclose(gradient, s.grad.numpy(), rtol=1e-8, atol=1e-10)


def test_parts_of_the_gradient(maths):
    zt, zs = PAIRS[0]
    y = np.eye(10)[3]
    np.testing.assert_allclose(maths("hardGradient", zs, 3), soft(zs, 1) - y, rtol=1e-12)
    for T in TEMPERATURES:
        expected = T * (soft(zs, T) - soft(zt, T))
        np.testing.assert_allclose(maths("softGradient", zt, zs, T), expected, atol=1e-12)
        assert maths("norm", expected.tolist()) == pytest.approx(np.linalg.norm(expected))


def test_soft_gradient_tends_to_logit_regression(maths):
    zt, zs = PAIRS[0]
    a, b = np.array(zs), np.array(zt)
    expected = ((a - a.mean()) - (b - b.mean())) / 10
    np.testing.assert_allclose(maths("largeTGradient", zt, zs), expected, atol=1e-12)
    distance = [
        np.linalg.norm(np.subtract(maths("softGradient", zt, zs, T), expected))
        for T in (20, 200, 2000, 20_000)
    ]
    assert distance == sorted(distance, reverse=True)
    # The next term of the expansion falls like 1/T.
    assert distance[3] == pytest.approx(distance[2] / 10, rel=0.05)


def test_kl_of_equal_logits_is_exactly_zero(maths):
    for z in LOGITS:
        assert maths("klDivergence", z, z, 4) == 0


def test_mean_soft_targets_by_class(maths):
    z = RNG.normal(0, 3, (40, 4)).round(3)
    y = RNG.integers(0, 3, 40)  # nobody has class 3
    got = maths("meanSoftTargets", z.tolist(), y.tolist(), 4, 2.5)
    p = np.exp(z / 2.5) / np.exp(z / 2.5).sum(axis=1, keepdims=True)
    for label in range(3):
        np.testing.assert_allclose(got[label], p[y == label].mean(axis=0), rtol=1e-12)
    assert got[3] is None


@pytest.mark.parametrize(("side", "size"), [(28, 28), (280, 28), (280, 8), (30, 8)])
def test_area_average(maths, side, size):
    image = RNG.integers(0, 256, (side, side))
    got = np.array(maths("areaAverage", image.ravel().tolist(), side, size)).reshape(size, size)
    # By brute force: repeat every pixel until the areas are whole, then average blocks.
    fine = np.kron(image, np.ones((size, size)))
    expected = fine.reshape(size, side, size, side).mean(axis=(1, 3))
    np.testing.assert_allclose(got, expected, atol=0.5 + 1e-6)


def test_nice_t_keeps_three_digits_and_lands_on_ticks(maths):
    assert maths("niceT", 3.96) == 4
    assert maths("niceT", 12.3456) == 12.3
    assert maths("niceT", 0.05) == 0.05
    assert maths("niceT", 1000) == 1000


# -- behaviour ------------------------------------------------------------------------------------


class Mounted:
    """A component's script on an otherwise empty page, as Streamlit would call it."""

    def __init__(self, page: Any, data: dict[str, Any]) -> None:
        self.page = page
        self.give(data)
        page.wait_for_function("host.querySelector('.kd').dataset.redraws > 0")

    def give(self, data: dict[str, Any]) -> None:
        """Call the script with (new) data."""
        self.page.evaluate(
            "(data) => { window.end = component({data, parentElement: host, key: 'k', name: 'n',"
            " setStateValue: (name, value) => sent.push([name, value]), setTriggerValue() {}}) }",
            data,
        )

    def sent(self) -> list[dict[str, Any]]:
        """What Python was told."""
        values = self.page.evaluate("sent")
        assert all(name == "value" for name, _ in values)
        return [value for _, value in values]

    def wait_sent(self, count: int) -> dict[str, Any]:
        """Wait for the ``count``-th message and return it."""
        self.page.wait_for_function("(n) => sent.length >= n", arg=count)
        assert len(self.sent()) == count
        return self.sent()[-1]

    def frame(self) -> None:
        """Wait until what was asked for is drawn."""
        self.page.evaluate(
            "new Promise((r) => requestAnimationFrame(() => requestAnimationFrame(r)))"
        )


@pytest.fixture
def mount(browser: Any) -> Iterator[Callable[..., Mounted]]:
    """Mount a component by folder; any error in the browser's console fails the test."""
    contexts: list[Any] = []
    errors: list[str] = []

    def make(folder: str, css_class: str, data: dict[str, Any], **options: Any) -> Mounted:
        options = {"viewport": {"width": 900, "height": 700}, **options}
        context = browser.new_context(**options)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda m: errors.append(m.text) if m.type == "error" else None)
        page.route("**/*", lambda route: route.fulfill(body="<!doctype html><body>"))
        page.goto("http://lab.test/")
        scripts = [p.name for p in (inline.HERE / folder).glob("*.js") if p.stem != folder]
        source = inline.text_of(folder, [*sorted(scripts), f"{folder}.js"])
        style = "".join(
            path.read_text(encoding="utf-8")
            for path in (inline.HERE / "kit.css", inline.HERE / folder / f"{folder}.css")
        )
        page.evaluate(
            """async ([source, style, cls]) => {
              document.body.style.cssText =
                "--st-background-color:#fff;--st-text-color:#222;--st-primary-color:#06c;" +
                "--st-font:sans-serif;--st-base-radius:8px;--st-button-radius:8px;color:#222";
              const outer = document.body.appendChild(document.createElement("div"));
              window.host = outer.attachShadow({mode: "open"});
              host.innerHTML = `<div class="kd ${cls}"></div><style>${style}</style>`;
              window.sent = [];
              const url = URL.createObjectURL(new Blob([source], {type: "text/javascript"}));
              window.component = (await import(url)).default;
            }""",
            [source, style, css_class],
        )
        return Mounted(page, data)

    yield make
    for context in contexts:
        context.close()
    assert errors == []


SOFT = {
    "classes": ["cat", "dog", "car"],
    "examples": [[4.0, 2.0, -3.0], [0.5, 1.0, 2.0]],
    "labels": [0, 2],
    "images": None,
    "population": {"logits": [[4, 2, -3], [1, 3, 0], [0, 0, 2]], "labels": [0, 1, 2]},
    "compact": False,
    "hide": [],
    "revision": 1,
    "temperature": 4.0,
    "index": 0,
    "logits": None,
}
LOSS = {
    "classes": ["cat", "dog", "car"],
    "examples": [[4.0, 2.0, -3.0]],
    "labels": [0],
    "images": None,
    "start": [0.0, 0.0, 0.0],
    "hide": [],
    "revision": 1,
    "temperature": 4.0,
    "alpha": 0.75,
    "index": 0,
    "teacher": None,
    "student": None,
    "convention": "teacher",
}


def bars(view: Mounted) -> dict[str, float]:
    """Class -> probability, as the soft-target component says it."""
    label = view.page.locator(".left .plot svg").get_attribute("aria-label")
    words = label.split(": ", 1)[1].split(". ")[0].split(", ")
    pairs = [word.rsplit(" ", 1) for word in words]
    return {name: 0.0 if "10" in value else float(value) for name, value in pairs}  # 4·10⁻¹⁸ is 0


def test_dragging_t_redraws_and_tells_python_once(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    slider = view.page.locator("input[type=range]")
    box = slider.bounding_box()
    y = box["y"] + box["height"] / 2
    view.page.mouse.move(box["x"] + 0.45 * box["width"], y)
    view.page.mouse.down()
    seen = set()
    for step in range(20):
        view.page.mouse.move(box["x"] + (0.46 + 0.02 * step) * box["width"], y)
        view.frame()
        seen.add(tuple(bars(view).values()))
    assert len(seen) == 20
    assert view.sent() == []
    view.page.mouse.up()
    told = view.wait_sent(1)
    assert told["temperature"] > 20
    assert told["index"] == 0
    assert told["logits"] is None
    expected = soft(SOFT["examples"][0], told["temperature"])
    np.testing.assert_allclose(list(bars(view).values()), expected, atol=6e-4)


def test_arrow_keys_move_t(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    slider = view.page.locator("input[type=range]")
    slider.focus()
    for _ in range(10):
        view.page.keyboard.press("ArrowRight")
    view.page.wait_for_function("sent.at(-1)?.[1].temperature > 4.9")
    told = view.sent()[-1]
    assert 4.9 < told["temperature"] < 5.5
    assert slider.get_attribute("aria-valuetext") == f"Temperature T {told['temperature']:g}"


def test_typed_t_may_leave_the_slider_but_not_the_range(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    readout = view.page.get_by_label("Temperature T, typed")
    readout.select_text()
    view.page.keyboard.type("0,2")
    view.page.keyboard.press("Enter")
    assert view.wait_sent(1)["temperature"] == 0.2
    readout.fill("0")
    readout.press("Enter")
    assert readout.get_attribute("aria-invalid") == "true"
    assert len(view.sent()) == 1


def test_choosing_an_example_needs_no_answer_from_python(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    view.page.get_by_role("button", name="Example 2, label car").click()
    view.frame()
    np.testing.assert_allclose(list(bars(view).values()), soft([0.5, 1, 2], 4), atol=6e-4)
    assert view.wait_sent(1)["index"] == 1


def test_the_limits_of_t(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    view.page.get_by_role("button", name="T → 0").click()
    view.frame()
    assert bars(view)["cat"] == 1.0
    view.page.get_by_role("button", name="T → ∞").click()
    view.frame()
    np.testing.assert_allclose(list(bars(view).values()), 1 / 3, atol=0.005)
    view.page.wait_for_function("sent.at(-1)?.[1].temperature === 1000")


def test_logits_by_drag_keyboard_and_typing(mount):
    view = mount("soft_targets", "kd-soft", SOFT)
    handle = view.page.get_by_role("slider", name="Logit of car")
    grip = handle.locator(".grip").bounding_box()
    x, y = grip["x"] + grip["width"] / 2, grip["y"] + grip["height"] / 2
    view.page.mouse.move(x, y)
    view.page.mouse.down()
    view.page.mouse.move(x, y - 20, steps=4)
    view.frame()
    dragged = float(handle.get_attribute("aria-valuenow"))
    assert dragged > -3
    assert view.sent() == []
    view.page.mouse.up()
    assert view.wait_sent(1)["logits"] == [4.0, 2.0, dragged]
    handle.press("ArrowUp")
    assert view.wait_sent(2)["logits"][2] > dragged
    handle.press("Enter")
    view.page.keyboard.type("-3.5")
    view.page.keyboard.press("Enter")
    assert view.wait_sent(3)["logits"] == [4.0, 2.0, -3.5]
    view.page.get_by_role("button", name="Reset logits").click()
    assert view.wait_sent(4)["logits"] is None


def test_late_data_does_not_pull_the_slider_back(mount):
    view = mount("soft_targets", "kd-soft", SOFT, reduced_motion="reduce")
    readout = view.page.get_by_label("Temperature T, typed")
    readout.fill("20")
    readout.press("Enter")
    view.wait_sent(1)
    view.give({**SOFT, "temperature": 8.0})  # an answer to something older
    view.frame()
    assert readout.input_value() == "20"
    view.give({**SOFT, "temperature": 2.0, "revision": 2})  # the page asks for another state
    view.frame()
    assert readout.input_value() == "2"
    np.testing.assert_allclose(list(bars(view).values()), soft([4, 2, -3], 2), atol=6e-4)


def test_compact_strip_is_low_and_hides_the_rest(mount):
    view = mount("soft_targets", "kd-soft", {**SOFT, "compact": True, "hide": ["limits"]})
    assert view.page.locator(".kd").bounding_box()["height"] <= 170
    assert view.page.get_by_role("slider").count() == 1
    assert not view.page.get_by_role("button", name="T → 0").is_visible()


def test_nothing_is_wider_than_a_phone(mount):
    phone = {"viewport": {"width": 360, "height": 740}}
    for view in (
        mount("soft_targets", "kd-soft", SOFT, **phone),
        mount("loss_lab", "kd-loss", LOSS, **phone),
        mount("pad", "kd-pad", {"size": 28, "clear": 0}, **phone),
    ):
        assert view.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_the_formula_shows_what_the_arithmetic_says(mount, maths):
    view = mount("loss_lab", "kd-loss", LOSS)
    loss = maths("distillationLoss", LOSS["examples"][0], LOSS["start"], 0, 0.75, 4)
    numbers = view.page.locator(".term:not(.sign) .number").all_inner_texts()
    expected = [loss["total"], 0.25, loss["hard"], 0.75, 16, loss["kl"]]
    np.testing.assert_allclose([float(n) for n in numbers], expected, atol=6e-4)


def test_the_other_convention_changes_what_is_written_and_not_the_loss(mount):
    view = mount("loss_lab", "kd-loss", LOSS)
    numbers = view.page.locator(".term:not(.sign) .number")
    before = numbers.all_inner_texts()
    weights = view.page.locator(".term > span:first-child")
    assert weights.nth(2).inner_text() == "(1 − α)"
    view.page.get_by_role("button", name="α on the labels").click()
    view.frame()
    assert weights.nth(2).inner_text() == "α"
    assert view.page.get_by_label("alpha, typed").input_value() == "0.25"
    assert numbers.all_inner_texts() == before
    told = view.wait_sent(1)
    assert (told["alpha"], told["convention"]) == (0.75, "labels")
    typed = view.page.get_by_label("alpha, typed")
    typed.fill("0.1")  # in the letters on screen: the labels weigh 0.1
    typed.press("Enter")
    assert view.wait_sent(2)["alpha"] == 0.9


def test_gradient_steps_go_down_the_loss(mount, maths):
    view = mount("loss_lab", "kd-loss", LOSS, reduced_motion="reduce")
    view.page.get_by_role("button", name="One gradient step").click()
    gradient = maths("lossGradient", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)
    np.testing.assert_allclose(view.wait_sent(1)["student"], np.negative(gradient), atol=6e-4)
    view.page.get_by_role("button", name="10 steps").click()
    student = view.wait_sent(2)["student"]
    before = maths("distillationLoss", LOSS["examples"][0], [0, 0, 0], 0, 0.75, 4)["total"]
    after = maths("distillationLoss", LOSS["examples"][0], student, 0, 0.75, 4)["total"]
    assert after < before / 2
    view.page.get_by_role("button", name="Reset").click()
    assert view.wait_sent(3)["student"] is None


def test_drawing_and_clearing(mount):
    view = mount("pad", "kd-pad", {"size": 8, "clear": 0})
    box = view.page.locator(".face").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"]
    view.page.mouse.move(x, y + 0.2 * box["height"])
    view.page.mouse.down()
    view.page.mouse.move(x, y + 0.8 * box["height"], steps=10)
    view.page.mouse.up()
    view.page.wait_for_function("sent.length > 0")
    drawn = np.array(view.sent()[-1]["pixels"]).reshape(8, 8)
    assert drawn[2:6, 3:5].min() > 20  # a vertical stroke in the middle
    assert drawn[:, [0, 1, 6, 7]].max() == 0
    view.page.get_by_role("button", name="Clear").click()
    assert view.sent()[-1]["pixels"] is None


def test_drawing_by_keyboard(mount):
    view = mount("pad", "kd-pad", {"size": 28, "clear": 0})
    view.page.locator(".face").focus()
    view.page.keyboard.press("Space")
    for _ in range(6):
        view.page.keyboard.press("ArrowRight")
    view.page.keyboard.press("Space")
    drawn = np.array(view.sent()[-1]["pixels"]).reshape(28, 28)
    assert drawn[14, 14:20].min() > 200
    view.page.keyboard.press("Delete")
    assert view.sent()[-1]["pixels"] is None


def test_a_new_clear_empties_the_pad_without_a_message(mount):
    view = mount("pad", "kd-pad", {"size": 28, "clear": 0})
    view.page.locator(".face").click()
    view.page.wait_for_function("sent.length > 0")
    before = len(view.sent())
    view.give({"size": 28, "clear": 1})
    view.frame()
    assert "Nothing drawn" in view.page.locator(".face").get_attribute("aria-label")
    assert len(view.sent()) == before
    assert json.dumps(view.sent()[-1]["clear"]) == "0"
