"""Three networks that answer in a browser: their words, their bars, and how long they take."""

from __future__ import annotations

import base64
import json
import re

import numpy as np
import pytest

from kdlab.device import plain
from kdlab.models import arrays
from pages.ui.components import inline
from tests.patience import PATIENCE

ROLES = ("teacher", "labels only", "distilled")
LOOKS = ("teacher", "labels", "distilled")
NAMES = ("Teacher", "Student, labels only", "Student, distilled")
CLASSES = ("<b>nought</b>", *"123456789")
ADDRESS = "kdlab/networks/token"
RNG = np.random.default_rng(0)
EXAMPLE = RNG.integers(0, 256, (1, 8, 8), dtype=np.uint8)
MEAN, STD = 0.3, 0.2


def layers(hidden):
    sizes = [(hidden, 64), (10, hidden)]
    return [
        (RNG.normal(0, 0.2, size).astype(np.float32), RNG.normal(0, 1, size[0]).astype(np.float32))
        for size in sizes
    ]


NETWORKS = dict(zip(ROLES, (layers(9), layers(5), layers(7)), strict=True))
DATA = {
    "sheet": "draw",
    "networks": [
        {"role": role, "look": look, "label": label}
        for role, look, label in zip(ROLES, LOOKS, NAMES, strict=True)
    ],
    "address": None,
    "shape": [1, 8, 8],
    "example": base64.b64encode(EXAMPLE.tobytes()).decode(),
    "known": {"teacher": [3.0, 0, 0, 1, 0, 0, 0, 0, 0, 0]},
    "classes": list(CLASSES),
    "temperature": 1.0,
}


def programs():
    facts = {"classes": CLASSES, "shape": (1, 8, 8), "mean": (MEAN,), "std": (STD,), "origin": {}}
    return [
        plain.mlp(one, role=role, architecture="mlp", **facts) for role, one in NETWORKS.items()
    ]


def logits(pixels):
    """Of each network (10,), in Python."""
    inputs = ((np.asarray(pixels, np.float64).reshape(1, -1) / 255 - MEAN) / STD).astype(np.float32)
    return {role: arrays.mlp_logits(one, inputs)[0] for role, one in NETWORKS.items()}


def probabilities(view):
    """Of each network in percent, as its bars say it; 0 where there is no number."""
    rows = view.page.evaluate(
        """() => [...host.querySelectorAll("ol")].map((list) =>
            [...list.querySelectorAll("em")].map((em) => Number(em.textContent)))"""
    )
    return np.array(rows)


def labels(view):
    return [one.get_attribute("aria-label") for one in view.page.locator("ol[role=img]").all()]


@pytest.fixture
def asked():
    """The addresses that were fetched."""
    return []


@pytest.fixture
def running(mount, asked):
    """The component with its networks, which answer; measured with ``measured=True``."""

    def make(measured=False, **more):
        view = mount("answers", "kd-three", DATA)

        def answer(route):
            asked.append(route.request.url)
            route.fulfill(content_type="application/json", body=json.dumps(programs()))

        view.page.route(f"**/{ADDRESS}", answer)
        view.page.set_default_timeout(1000 * PATIENCE)
        view.give(DATA | {"address": ADDRESS} | more)
        what = "measured" if measured else "running"
        view.page.locator(f".kd-three[data-{what}]").wait_for()
        return view

    return make


def put(view, pixels, down=False):
    """Lay a drawing on the sheet; it is answered when this ends."""
    view.page.evaluate(
        """([pixels, down]) => kdlabSheets.get("draw").put(
            pixels && {pixels: Uint8Array.from(pixels), shape: [1, 8, 8]}, down)""",
        [None if pixels is None else pixels.ravel().tolist(), down],
    )
    view.frame()


def test_what_is_known_without_the_networks_is_shown(mount):
    view = mount("answers", "kd-three", DATA)
    assert labels(view) == ["Teacher: <b>nought</b>, 65 %; then 3, 8.8 %"]
    assert view.page.locator(".compared").inner_text().strip() == ""
    put(view, EXAMPLE)
    assert labels(view) == [], "nobody knows what they would say"


def test_all_three_answer_the_example_and_the_drawing(running, asked):
    view = running()
    for pixels in (EXAMPLE, 255 - EXAMPLE, np.zeros_like(EXAMPLE)):
        put(view, pixels)
        told = view.page.evaluate("host.querySelector('.kd').asked.logits")
        for role, expected in logits(pixels).items():
            np.testing.assert_allclose(told[role], expected, atol=1e-4 * np.ptp(expected))
        shares = [inline.softmax(row, 1.0) for row in logits(pixels).values()]
        np.testing.assert_allclose(probabilities(view), 100 * np.array(shares), atol=0.51)
        for name, row, label in zip(NAMES, shares, labels(view), strict=True):
            assert label.startswith(f"{name}: {CLASSES[int(np.argmax(row))]}, ")
    put(view, None)
    shares = [inline.softmax(row, 1.0) for row in logits(EXAMPLE).values()]
    np.testing.assert_allclose(probabilities(view), 100 * np.array(shares), atol=0.51)
    assert len(asked) == 1
    assert view.sent() == [], "Python hears nothing of it"


def test_t_softens_the_bars(running):
    view = running()
    view.give(DATA | {"address": ADDRESS, "temperature": 8.0})
    view.frame()
    shares = [inline.softmax(row, 8.0) for row in logits(EXAMPLE).values()]
    np.testing.assert_allclose(probabilities(view), 100 * np.array(shares), atol=0.51)
    assert "At T = 8 the distilled student shares" in view.page.locator(".compared").inner_text()


def test_a_drawing_of_another_kind_is_not_for_these_networks(running):
    """The pad makes it anew for these a moment later."""
    view = running()
    before = labels(view)
    view.page.evaluate(
        "kdlabSheets.get('draw').put({pixels: new Uint8Array(784), shape: [1, 28, 28]})"
    )
    view.frame()
    assert labels(view) == before


def test_each_says_how_long_an_answer_takes_on_this_device(running):
    view = running(measured=True)
    times = view.page.locator(".time").all_inner_texts()
    assert len(times) == 3
    assert all(re.fullmatch(r"(< 0\.01|[\d.]+) ms on this device", each) for each in times)


def test_networks_that_are_fetched_once_stay_with_the_page(running, asked):
    view = running(measured=True)
    view.page.evaluate("end()")
    view.give(DATA | {"address": ADDRESS})
    view.page.wait_for_function("host.querySelectorAll('.time').length === 3")
    view.frame()
    assert all(
        each.endswith("on this device") for each in view.page.locator(".time").all_inner_texts()
    )
    assert len(asked) == 1


def test_networks_that_cannot_be_fetched_leave_a_sentence(mount):
    view = mount("answers", "kd-three", DATA)
    view.page.route(f"**/{ADDRESS}", lambda route: route.fulfill(body="no JSON"))
    view.give(DATA | {"address": ADDRESS})
    view.page.get_by_role("alert").wait_for(timeout=1000 * PATIENCE)
    assert "Reload the page" in view.page.get_by_role("alert").inner_text()
    assert labels(view) == ["Teacher: <b>nought</b>, 65 %; then 3, 8.8 %"]


def test_slow_networks_wait_for_the_end_of_a_stroke(running):
    """As networks do that take longer than a pen can wait for."""
    view = running(measured=True)
    view.page.evaluate("kdlabNetworks.values().next().value.then((all) => (all[0].ms = 1000))")
    before = labels(view)
    put(view, 255 - EXAMPLE, down=True)
    assert labels(view) == before
    put(view, 255 - EXAMPLE)
    assert labels(view) != before


def test_names_of_classes_are_text(running):
    view = running()
    put(view, EXAMPLE)
    assert view.page.locator("li b").count() == 0
    assert view.page.locator("li strong").first.inner_text() == CLASSES[0]


def test_it_is_not_wider_than_a_phone(mount):
    view = mount("answers", "kd-three", DATA, viewport={"width": 360, "height": 740})
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360


# -- words -------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def words(browser):
    """The functions of words.js, in a page."""
    page = browser.new_page()
    for name in ("maths.js", "kit/dom.js", "answers/words.js"):
        page.add_script_tag(content=(inline.HERE / name).read_text(encoding="utf-8"))
    yield page
    page.close()


def three(*best):
    """Logits of three networks whose best classes are these."""
    return [(3.0 * np.eye(10)[k]).tolist() for k in best]


@pytest.mark.parametrize(
    ("best", "said"),
    [
        ((3, 3, 3), "All three answer 3."),
        ((3, 5, 3), "The distilled student answers 3 like its teacher, the student on labels "
                    "alone 5."),
        ((3, 3, 5), "The student on labels alone answers 3 like the teacher, the distilled "
                    "student 5."),
        ((3, 5, 5), "The teacher answers 3, both students 5."),
        ((3, 5, 8), "Three answers: the teacher says 3, the student on labels alone 5, the "
                    "distilled student 8."),
    ],
)  # fmt: skip
def test_disagreement_in_words(words, best, said):
    words_of, bold = words.evaluate(
        """([three, classes]) => {
          const line = make("p");
          line.append(...compared(...three.map((z) => answerOf(z, 1)), classes, 1).said);
          return [line.textContent, [...line.querySelectorAll("b")].map((b) => b.textContent)];
        }""",
        [three(*best), list("0123456789")],
    )
    assert words_of == said
    assert set(bold) == {str(k) for k in best}


def test_a_high_temperature_makes_every_answer_the_same(words):
    entropy, share = words.evaluate(
        """(three) => {
          const [one, , other] = three.map((z) => answerOf(z, 1000));
          return [one.entropy, shared(one, other)];
        }""",
        three(3, 5, 8),
    )
    assert entropy == pytest.approx(np.log2(10), abs=1e-3)
    assert share == pytest.approx(1, abs=1e-2)
    assert words.evaluate("answerOf([0, 0], 1).entropy") == pytest.approx(1)


@pytest.mark.parametrize(
    ("share", "told"),
    [
        (0.99997, "> 99.9 %"),
        (0.992, "99.2 %"),
        (0.5, "50 %"),
        (0.012, "1.2 %"),
        (0.00001, "< 0.1 %"),
    ],
)
def test_digits_that_matter(words, share, told):
    assert words.evaluate("(share) => percent(share)", share) == told
