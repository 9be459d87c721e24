"""Who answers what: what the page sends, and what the browser draws and says of it."""

from __future__ import annotations

import json
from collections import Counter

import pytest
from fakes import events_of

from kdlab.config import DistilConfig
from kdlab.history import History, fold
from pages.ui.components.panels import contents
from pages.ui.theme import LOOKS

IMAGES = fold(events_of(DistilConfig(epochs=6, seeds=4)))
POINTS = fold(events_of(DistilConfig(dataset="moons", epochs=3)))


@pytest.mark.parametrize("history", [IMAGES, POINTS])
def test_what_is_sent_is_plain_and_in_the_order_of_the_legend(history):
    data = contents(history)
    json.dumps(data, allow_nan=False)
    assert [m["short"] for m in data["models"]] == [look.short for look in LOOKS.values()]
    assert f"after epoch {history.epoch}" in data["title"]


def test_nothing_is_sent_before_there_is_a_picture():
    assert contents(History()) is None


def say(view, presses):
    """What the readout says after these arrow keys on the canvas."""
    view.page.locator("canvas").first.focus()
    for key, times in presses.items():
        for _ in range(times):
            view.page.keyboard.press(key)
    view.frame()
    return view.page.locator(".said").inner_text()


def test_a_matrix_says_true_class_answer_and_count(mount):
    view = mount("panels", "kd-panels", contents(IMAGES))
    matrix = IMAGES.picture.matrices["teacher"]
    # The first key enters at the first cell; then two to the right, three down.
    assert say(view, {"ArrowRight": 3, "ArrowDown": 3}) == f"Teacher: 3, answered 2: {matrix[3][2]}"
    assert matrix[3][2] != matrix[2][3]
    label = view.page.locator("canvas").first.get_attribute("aria-label")
    right = sum(matrix[k][k] for k in range(10))
    assert f"Teacher {right} right" in label


def test_past_the_edge_of_a_panel_lies_the_next(mount):
    view = mount("panels", "kd-panels", contents(IMAGES))
    assert say(view, {"ArrowRight": 11}).startswith("Labels only: 0, answered 0")
    assert say(view, {"ArrowLeft": 1}).startswith("Teacher: 0, answered 9")


def test_the_pointer_reads_cells_too(mount):
    view = mount("panels", "kd-panels", contents(IMAGES))
    box = view.page.locator("canvas").first.bounding_box()
    said = Counter()
    for share in (0.15, 0.5, 0.85):
        view.page.mouse.move(box["x"] + share * box["width"], box["y"] + 0.5 * box["height"])
        view.frame()
        said[view.page.locator(".said").inner_text().split(":")[0]] += 1
    assert said == {"Teacher": 1, "Labels only": 1, "Distilled": 1}
    view.page.mouse.move(0, 0)
    view.frame()
    assert "They differ on" in view.page.locator(".said").inner_text()


def test_images_on_which_the_students_differ_are_shown_with_both_answers(mount):
    view = mount("panels", "kd-panels", contents(IMAGES))
    figures = view.page.locator(".differ figure")
    item = IMAGES.picture.differ[0]
    assert figures.count() == len(IMAGES.picture.differ)
    answers = figures.first.locator("b").all_inner_texts()
    assert answers == [str(item["labels only"]), str(item["distilled"])]
    assert figures.first.inner_text().strip().startswith(f"{item['label']}: ")


def test_a_point_in_the_plane_says_what_all_three_answer(mount):
    view = mount("panels", "kd-panels", contents(POINTS))
    picture, classes = POINTS.picture, POINTS.started.classes
    top_left = (picture.size - 1) * picture.size  # texts begin at the lowest y
    said = say(view, {"ArrowRight": 1})
    assert said.startswith("(−1.00, 2.00): ")
    for name, look in LOOKS.items():
        assert f"{look.short} {classes[int(picture.answers[name][top_left])]}" in said
    assert view.page.locator(".key span").all_inner_texts() == list(classes)


def test_class_names_of_users_stay_text(mount):
    data = contents(IMAGES) | {"classes": [f"<img src=x onerror={n}>" for n in range(10)]}
    view = mount("panels", "kd-panels", data)
    assert "<img src=x onerror=0>" in say(view, {"ArrowRight": 1})
    assert view.page.locator("img").count() == 0


@pytest.mark.parametrize("history", [IMAGES, POINTS])
def test_it_is_not_wider_than_a_phone(mount, history):
    phone = {"width": 360, "height": 740}
    view = mount("panels", "kd-panels", contents(history), viewport=phone)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_comes_later_replaces_all_of_what_was_there(mount):
    """Regions after a matrix without differences, and other class names on the same points."""
    nothing = {"shape": [1, 8, 8], "pixels": [], "labels": [], "answers": [], "alt": []}
    view = mount("panels", "kd-panels", contents(IMAGES) | {"differ": nothing})
    view.give(contents(POINTS))
    view.frame()
    key = view.page.locator(".key")
    assert key.is_visible()
    view.give(contents(POINTS) | {"classes": ["outer", "inner"]})
    view.frame()
    assert key.locator("span").all_inner_texts() == ["outer", "inner"]
    view.give(contents(IMAGES))
    view.frame()
    assert view.page.locator(".differ figure").count() == len(IMAGES.picture.differ)


def test_long_names_are_cut_on_the_axis_and_whole_in_the_sentence(mount):
    names = [f"a class with a very long name {n}" for n in range(10)]
    view = mount("panels", "kd-panels", contents(IMAGES) | {"classes": names})
    assert f"{names[0]}, answered {names[0]}" in say(view, {"ArrowRight": 1})
    answers = view.page.locator(".differ figure b").all_inner_texts()
    assert all(len(answer) <= 9 for answer in answers)


def test_mounted_again_on_the_same_element_it_stands_there_once(mount):
    """As Streamlit does now and then while a page is drawn."""
    view = mount("panels", "kd-panels", contents(IMAGES))
    view.page.evaluate("end()")
    view.give(contents(POINTS))
    view.frame()
    assert view.page.locator(".kd-panels > canvas").count() == 1
    assert "Decision regions" in view.page.locator("h3").inner_text()
