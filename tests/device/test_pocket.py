"""The page for the pocket: opened from a disk, without a network, in a browser that forgives
nothing."""

from __future__ import annotations

import json
import math
import re
from dataclasses import replace

import numpy as np
import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.device.network import Deployed, Network, raw_inputs
from kdlab.device.pocket import MAX_EXAMPLES, Examples, Facts, pocket, title
from kdlab.errors import ModelError
from tests import drawings
from tests.device import small
from tests.patience import PATIENCE

SMALL = 100_000
"""Bytes of the page with the lab's default student."""
NASTY = (
    "</script><script>window.hurt = 1</script>", "<!--", "\"quoted\" & 'so'",
    "<img src=x onerror=hurt()>", "\u202eright to left", "שלום", "line\u2028separator",
    "half \ud800",
    "]]>", "plain",
)  # fmt: skip


@pytest.fixture(scope="module")
def student(digits_split):
    """The default student, trained for a moment, and examples of the test set."""
    split = digits_split
    torch.manual_seed(0)
    module = models.build("mlp-16", split.shape, 10, seed=0)
    optimiser = torch.optim.Adam(module.parameters(), 0.02)
    for _ in range(60):
        optimiser.zero_grad()
        nn.functional.cross_entropy(module(split.train.inputs), split.train.targets).backward()
        optimiser.step()
    test = split.test.only(slice(20))
    network = Network(
        "distilled", "mlp-16", module.eval(), split.shape, split.classes, split.mean, split.std,
        {"dataset": "digits"},
    )  # fmt: skip
    return network, Examples(raw_inputs(split, test).numpy(), test.targets.numpy())


FACTS = Facts(
    [{"Right on the test images": "88.4 % (85.3 to 90.9)"}], {"Data set": "digits, 8 x 8 pixels"}
)


def examples_of(network, count=3):
    return Examples(small.raw(network, count).numpy(), np.arange(count) % len(network.classes))


def data_of(html):
    """What the page reads."""
    return json.loads(re.search(r'id="data">(.*?)</script>', html, re.DOTALL)[1])


@pytest.fixture
def opened(browser, tmp_path):
    """Open a page from a file; whatever it asks for beside that file, and any complaint of the
    browser, fails the test."""
    contexts, asked, said = [], [], []

    def open_page(html, **options):
        path = tmp_path / f"student{len(contexts)}.html"
        path.write_text(html, encoding="utf-8")
        context = browser.new_context(**{"viewport": {"width": 1280, "height": 800}, **options})
        contexts.append(context)
        context.set_default_timeout(1000 * PATIENCE)
        context.set_offline(True)

        def answer(route):
            if route.request.url == path.as_uri():
                return route.continue_()
            asked.append(route.request.url)
            return route.abort()

        context.route("**/*", answer)
        page = context.new_page()
        page.on("pageerror", lambda error: said.append(str(error)))
        page.on(
            "console", lambda m: said.append(m.text) if m.type in ("error", "warning") else None
        )
        page.goto(path.as_uri())
        page.locator("html[data-asked]").wait_for(state="attached")
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert asked == []
    assert said == []


def asked(page):
    return int(page.locator("html").get_attribute("data-asked"))


def ask(page, act):
    """Do something, and wait until the networks were asked after it."""
    before = asked(page)
    act()
    page.locator(f"html:not([data-asked='{before}'])").wait_for(state="attached")


def answers(page):
    """What each network answers: the places of the classes."""
    return [int(card.get_attribute("data-answer")) for card in page.locator(".card").all()]


def logits(page):
    return np.array(page.evaluate("pocket.now().logits.map((row) => Array.from(row))"))


def in_python(network, raw):
    with torch.no_grad():
        return Deployed(network)(torch.as_tensor(raw)[None]).numpy()


def draw(page):
    """A zero with the mouse, which has been answered when this ends."""
    pad = page.locator("canvas.face")
    pad.scroll_into_view_if_needed()
    box = pad.bounding_box()
    for step in range(25):
        angle = 2 * math.pi * step / 24
        page.mouse.move(
            box["x"] + box["width"] * (0.5 + 0.2 * math.sin(angle)),
            box["y"] + box["height"] * (0.5 - 0.32 * math.cos(angle)),
        )
        if step == 0:
            page.mouse.down()
    page.mouse.up()
    page.locator("canvas.face[data-strokes='1']").wait_for()


def test_a_drawing_is_answered_as_python_answers_it(opened, student):
    network, examples = student
    page = opened(pocket([network], examples, FACTS))
    draw(page)
    seen = page.evaluate(
        "({pixels: Array.from(pocket.drawing().pixels), raw: Array.from(pocket.now().raw)})"
    )
    pixels = np.array(seen["pixels"], np.uint8).reshape(28, 28)
    assert pixels.any()
    raw = drawings.seen(pixels, network.shape)
    assert np.array_equal(np.array(seen["raw"], np.uint8).reshape(network.shape), raw)
    here = in_python(network, raw)
    assert np.abs(logits(page) - here).max() <= 1e-4 * np.ptp(here)
    assert answers(page) == [here.argmax()]
    assert page.locator(".top").inner_text() == network.classes[here.argmax()] == "0"
    assert page.locator(".verdict").inner_text() == ""


def test_examples_are_tapped_and_their_true_class_is_told(opened, student):
    network, examples = student
    page = opened(pocket([network], examples, FACTS))
    buttons = page.get_by_role("group", name="Examples").get_by_role("button")
    assert buttons.count() == MAX_EXAMPLES < len(examples.raw)
    for n in (3, 7):
        ask(page, buttons.nth(n).click)
        here = in_python(network, examples.raw[n])
        assert np.abs(logits(page) - here).max() <= 1e-4 * np.ptp(here)
        right = here.argmax() == examples.labels[n]
        expected = "right" if right else f"wrong, it is {examples.labels[n]}"
        assert page.locator(".verdict").inner_text() == expected
        assert buttons.nth(n).get_attribute("aria-pressed") == "true"


def test_it_is_drawn_on_by_keyboard_and_cleared(opened, student):
    network, examples = student
    page = opened(pocket([network], examples, FACTS))
    page.locator("canvas.face").focus()
    for key in (" ", "ArrowDown", "ArrowDown"):
        page.keyboard.press(key)
    ask(page, lambda: page.keyboard.press("ArrowDown"))
    assert page.evaluate("pocket.drawing().pixels.some((v) => v > 0)")
    ask(page, page.get_by_role("button", name="Clear").click)
    assert not page.evaluate("pocket.drawing().pixels.some((v) => v > 0)")


def test_the_time_of_a_pass_is_measured(opened, student):
    network, examples = student
    page = opened(pocket([network], examples, FACTS))
    page.locator("html[data-measured='9']").wait_for(state="attached")
    assert 0 < float(page.locator(".card").get_attribute("data-ms")) < math.inf
    page.get_by_role("button", name="Measure 100 times").click()
    page.locator("html[data-measured='100']").wait_for(state="attached")
    assert re.search("ms on this device, .* in nine of ten", page.locator(".time").inner_text())


def test_a_higher_temperature_is_a_softer_answer(opened, student):
    network, examples = student
    page = opened(pocket([network], examples, FACTS))
    sure = page.locator(".best .told")
    cold = sure.inner_text()
    page.get_by_label("Temperature").press("End")
    assert page.evaluate("pocket.T()") == 20
    softer = torch.softmax(torch.tensor(in_python(network, examples.raw[0])) / 20, 1).max()
    assert sure.inner_text() == f"{100 * float(softer):.1f} %" != cold


def test_several_networks_stand_side_by_side(opened, student):
    network, examples = student
    teacher = replace(small.network("mlp-24", network.shape, names=network.classes), role="teacher")
    page = opened(pocket([teacher, network], examples, Facts([*FACTS.networks] * 2)))
    here = [in_python(each, examples.raw[0]) for each in (teacher, network)]
    assert answers(page) == [each.argmax() for each in here]
    names = page.locator(".card h2 > bdi").all_inner_texts()
    assert names == ["Teacher", "Student, distilled"]


def test_arms_of_a_study_are_known_by_their_roles_or_stand_by_their_labels(opened, student):
    network, examples = student
    roles = ("Distilled", "teacher", "Labels only", "mlp-4, distilled", "constructor")
    networks = [replace(network, role=role) for role in roles]
    page = opened(pocket(networks, examples, Facts([*FACTS.networks] * len(roles))))
    assert page.title() == "A student of 4.8 kB"
    names = page.locator(".card h2 > bdi").all_inner_texts()
    assert names == [
        "Student, distilled", "Teacher", "Student, labels only", "mlp-4, distilled", "constructor",
    ]  # fmt: skip
    assert page.locator("thead th").all_inner_texts() == names
    own = "node => getComputedStyle(node).borderTopColor"
    colours = [card.evaluate(own) for card in page.locator(".card").all()]
    assert len(set(colours)) == 4
    assert colours[3] == colours[4]


@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_it_fits_a_small_phone(opened, student, scheme):
    network, examples = student
    page = opened(
        pocket([network] * 3, examples, Facts([*FACTS.networks] * 3)),
        viewport={"width": 360, "height": 640}, color_scheme=scheme,
    )  # fmt: skip
    assert page.evaluate("document.documentElement.scrollWidth") == 360
    assert page.locator(".face").bounding_box()["height"] > 200


def test_names_of_classes_do_no_harm(opened, student):
    network, examples = student
    page = opened(pocket([replace(network, classes=NASTY)], examples, FACTS))
    shown = [name.replace("\ud800", "\ufffd") for name in NASTY]
    found = page.locator(".bars .name bdi").all_text_contents()
    assert [name.replace("\ud800", "\ufffd") for name in found] == shown
    assert page.evaluate("typeof hurt") == "undefined"
    assert page.locator("img").count() == 0
    assert page.locator("script").count() == 2


def test_points_are_asked_by_a_click_and_by_keys(opened):
    networks = [
        small.network(name, (2,), role=role)
        for name, role in (("mlp-8", "teacher"), ("mlp-4", "distilled"))
    ]
    page = opened(pocket(networks, examples_of(networks[0]), Facts([{}, {}])))
    ask(page, lambda: page.locator(".plane").nth(1).click(position={"x": 40, "y": 60}))
    raw = page.evaluate("pocket.now().raw")
    page.locator(".plane").first.focus()
    ask(page, lambda: page.keyboard.press("ArrowRight"))
    moved = page.evaluate("pocket.now().raw")
    assert moved[0] > raw[0]
    assert moved[1] == raw[1]
    here = [in_python(network, moved) for network in networks]
    assert answers(page) == [each.argmax() for each in here]


def test_text_is_continued(opened):
    network = small.network("gru-6", (5, 7))
    page = opened(pocket([network], examples_of(network), Facts([{}])))
    field = page.get_by_label("Begin a string")
    ask(page, lambda: field.fill("Abcabca?f"))
    assert page.evaluate("Array.from(pocket.now().raw)") == [1, 2, 3, 1, 6]
    assert "?" in page.locator(".said").inner_text()
    here = in_python(network, np.array([1, 2, 3, 1, 6]))
    assert answers(page) == [here.argmax()]
    page.get_by_role("button", name="Let it write").click()
    page.locator("[data-written='1']").wait_for()
    assert page.locator(".string").inner_text().startswith("abcabcaf")


def test_a_picture_of_ones_own(opened, tmp_path):
    from PIL import Image

    network = small.network("cnn-4", (3, 8, 12))
    page = opened(pocket([network], examples_of(network), Facts([{}])))
    colours = np.zeros((40, 100, 3), np.uint8)
    colours[:, :20], colours[:, 20:80], colours[:, 80:] = (9, 9, 9), (200, 100, 50), (0, 0, 255)
    Image.fromarray(colours).save(tmp_path / "own.png")
    ask(page, lambda: page.locator("input[type=file]").set_input_files(tmp_path / "own.png"))
    raw = np.array(page.evaluate("Array.from(pocket.now().raw)"), np.uint8).reshape(3, 8, 12)
    assert (raw == np.array([200, 100, 50])[:, None, None]).all()  # the middle of the picture
    assert answers(page) == [in_python(network, raw).argmax()]
    (tmp_path / "none.png").write_text("no picture")
    page.locator("input[type=file]").set_input_files(tmp_path / "none.png")
    page.get_by_text("no picture that the browser can read").wait_for()


def test_without_a_camera_a_sentence_says_so(opened):
    network = small.network("cnn-4", (3, 8, 8))
    page = opened(pocket([network], examples_of(network), Facts([{}])))
    page.evaluate(
        "() => { navigator.mediaDevices.getUserMedia = () => Promise.reject(new Error('no')) }"
    )
    page.get_by_role("button", name="Use the camera").click()
    page.get_by_text("no camera here").wait_for()


def test_the_default_student_is_small_and_names_no_other_host(student):
    network, examples = student
    html = pocket([network], examples, FACTS)
    assert len(html.encode()) < SMALL
    assert not re.search(r"https?:|//[a-z]+\.", html)
    assert "<title>A student of 4.8 kB</title>" in html
    told = data_of(html)
    assert told["size"].strip() == f"{len(html.encode()) / 1000:.0f} kB"
    assert told["programs"][0]["origin"] == {"dataset": "digits"}
    assert title(replace(network, role="teacher")) == "A teacher of 4.8 kB"


@pytest.mark.parametrize(
    ("roles", "kind"),
    [
        (("Distilled", "teacher"), "student"),
        (("mlp-4, distilled", "Teacher"), "student"),
        (("Teacher", "Distilled"), "teacher"),
        (("teacher", "labels only", "distilled"), "teacher"),
    ],
)
def test_the_page_is_about_its_first_network(student, roles, kind):
    network, examples = student
    networks = [replace(network, role=role) for role in roles]
    html = pocket(networks, examples, Facts([{}] * len(roles)))
    assert f"<title>A {kind} of 4.8 kB</title>" in html


def test_scripts_end_where_they_should(student):
    network, examples = student
    html = pocket([replace(network, classes=NASTY)], examples, FACTS)
    assert html.count("</script>") == html.count("<script") == 2
    assert data_of(html)["programs"][0]["classes"] == list(NASTY)


def test_too_large_a_page_is_refused_before_it_is_made(student, monkeypatch):
    network, examples = student
    with torch.device("meta"):
        huge = nn.Sequential(nn.Flatten(), nn.Linear(64, 1_000_000), nn.Linear(1_000_000, 10))
    huge = replace(network, module=huge, role="teacher", architecture="mlp-1000000")
    with pytest.raises(ModelError, match=r"400 MB, most of it the weights of mlp-1000000.*20 MB"):
        pocket([network, huge], examples, Facts([{}, {}]))


def test_networks_of_other_data_and_points_in_space_are_refused(student):
    network, examples = student
    other = small.network("mlp-3", (1, 8, 8))
    with pytest.raises(ModelError, match="other classes"):
        pocket([network, other], examples, Facts([{}, {}]))
    space = small.network("mlp-3", (3,))
    with pytest.raises(ModelError, match=r"rows of 3 numbers.*html"):
        pocket([space], examples_of(space), Facts([{}]))


def test_large_pictures_are_fewer():
    network = small.network("cnn-2", (3, 200, 200))
    html = pocket([network], examples_of(network, 12), Facts([{}]))
    assert len(data_of(html)["examples"]) == 8
