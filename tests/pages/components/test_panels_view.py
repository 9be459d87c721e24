"""Who answers what: what the page sends, and what the browser draws and says of it."""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import replace

import pytest
from fakes import events_of

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.history import History, fold
from pages.ui.components import points
from pages.ui.components.panels import contents
from pages.ui.shell.theme import LOOKS

IMAGES = fold(events_of(DistilConfig(epochs=6, seeds=4)))
POINTS = fold(events_of(DistilConfig(dataset="moons", epochs=3)))


@pytest.mark.parametrize("history", [IMAGES, POINTS])
def test_what_is_sent_is_plain_and_in_the_order_of_the_legend(history):
    data = contents(history)
    json.dumps(data, allow_nan=False)
    assert [m["short"] for m in data["models"]] == [look.short for look in LOOKS.values()]
    assert f"after epoch {history.epoch}" in data["shown"][str(history.epoch)]["alt"]
    assert list(data["shown"]) == [str(epoch) for epoch in range(history.epoch + 1)]


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
    view = mount("panels", "kd-panels", {"value": contents(IMAGES)})
    matrix = IMAGES.picture.matrices["teacher"]
    # The first key enters at the first cell; then two to the right, three down.
    assert say(view, {"ArrowRight": 3, "ArrowDown": 3}) == f"Teacher: 3, answered 2: {matrix[3][2]}"
    assert matrix[3][2] != matrix[2][3]
    label = view.page.locator("canvas").first.get_attribute("aria-label")
    right = sum(matrix[k][k] for k in range(10))
    assert f"Teacher {right} right" in label


def test_past_the_edge_of_a_panel_lies_the_next(mount):
    view = mount("panels", "kd-panels", {"value": contents(IMAGES)})
    assert say(view, {"ArrowRight": 11}).startswith("Labels only: 0, answered 0")
    assert say(view, {"ArrowLeft": 1}).startswith("Teacher: 0, answered 9")


def test_the_pointer_reads_cells_too(mount):
    view = mount("panels", "kd-panels", {"value": contents(IMAGES)})
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
    view = mount("panels", "kd-panels", {"value": contents(IMAGES)})
    figures = view.page.locator(".differ figure")
    item = IMAGES.picture.differ[0]
    assert figures.count() == len(IMAGES.picture.differ)
    answers = figures.first.locator("b").all_inner_texts()
    assert answers == [str(item["labels only"]), str(item["distilled"])]
    assert figures.first.inner_text().strip().startswith(f"{item['label']}: ")


def test_a_point_in_the_plane_says_what_all_three_answer(mount):
    view = mount("panels", "kd-panels", {"value": contents(POINTS)})
    picture, classes = POINTS.picture, POINTS.started.classes
    top_left = (picture.size - 1) * picture.size  # texts begin at the lowest y
    said = say(view, {"ArrowRight": 1})
    assert said.startswith("(−1.00, 2.00): ")
    for name, look in LOOKS.items():
        assert f"{look.short} {classes[int(picture.answers[name][top_left])]}" in said
    assert view.page.locator(".key span").all_inner_texts() == list(classes)


SPIRALS = DistilConfig(dataset="spirals", labels=30, label_noise=0.2, epochs=3)


def with_points(mount, config=SPIRALS, **options):
    """Regions over which the points of ``config`` are drawn; they come a little later."""
    data = contents(POINTS, points.mark(config)) | {"classes": ["a", "b", "c"]}
    data |= {"extent": [-2.5, 2.5, -2.5, 2.5], "colours": ["#56B4E9", "#E69F00", "#009E73"]}
    view = mount("panels", "kd-panels", {"value": data}, **options)
    give_points(view, config)
    return view


def give_points(view, config):
    """What points.js does."""
    view.page.evaluate(
        "(data) => { window.kdlabPoints = data; window.dispatchEvent(new Event('kdlab-points')) }",
        points.contents(config),
    )
    view.frame()


def pixels(view, panel):
    """How many pixels of a panel have each colour, as "r,g,b"."""
    return Counter(
        view.page.locator("canvas").first.evaluate(
            """(node, panel) => {
              const step = (node.width + 14) / 3;
              const left = Math.round(panel * step);
              const pen = node.getContext("2d");
              const { data } = pen.getImageData(left, 22, Math.round(step - 14), node.height - 22);
              const found = [];
              for (let i = 0; i < data.length; i += 4) {
                found.push(data.slice(i, i + 3).join() + (data[i + 3] === 255 ? "" : " faint"));
              }
              return found;
            }""",
            panel,
        )
    )


def marks(view):
    return view.page.locator(".marks span").all_inner_texts()


def test_points_lie_over_the_regions_when_they_have_come(mount):
    view = mount("panels", "kd-panels", {"value": contents(POINTS, points.mark(SPIRALS))})
    bare = [pixels(view, n) for n in range(3)]
    assert view.page.locator(".marks").is_hidden()
    view = with_points(mount)
    edge = "26,26,26"
    assert not any(edge in panel for panel in bare)
    assert all(pixels(view, n)[edge] for n in range(3))
    assert pixels(view, 0)[edge] > pixels(view, 1)[edge], "the teacher was given every label"
    assert pixels(view, 1)[edge] == pixels(view, 2)[edge], "they were given the same labels"


def test_the_marks_are_explained_with_their_numbers(mount):
    view = with_points(mount)
    assert marks(view) == ["label given to a student (24 of 500)", "wrong label (6)", "no label"]
    everything = SPIRALS.model_copy(update={"labels": "all", "label_noise": 0.0})
    view = with_points(mount, everything)
    assert marks(view) == ["training point (500)"]


def test_test_points_are_shown_by_a_switch(mount):
    view = with_points(mount)
    before = pixels(view, 2)
    switch = view.page.get_by_role("button", name="Test points")
    assert switch.get_attribute("aria-pressed") == "false"
    switch.focus()
    view.page.keyboard.press("Enter")
    view.frame()
    assert switch.get_attribute("aria-pressed") == "true"
    assert switch.evaluate("node => node.getRootNode().activeElement === node"), "focus stays"
    assert pixels(view, 2) != before
    assert "test point (300)" in marks(view)
    view.page.keyboard.press("Enter")
    view.frame()
    assert pixels(view, 2) == before


def test_points_of_another_run_are_not_drawn(mount):
    view = with_points(mount)
    give_points(view, SPIRALS.model_copy(update={"first_seed": 7}))
    assert "26,26,26" not in pixels(view, 1)
    assert view.page.locator(".marks").is_hidden()


def words_of_cell(config, column, row, size=3, reach=2.5):
    """What is to be said of the points in a cell, row 0 at the top."""
    data = points.contents(config)["train"]
    names = "abc"
    here = []
    for x, y, truth, given in zip(*(data[k] for k in ("x", "y", "classes", "given")), strict=True):
        along = [(v + reach) / (2 * reach) * (size - 1) + 0.5 for v in (x, -y)]
        if [int(v) for v in along] == [column, row]:
            here.append((given < 0, truth, given))
    if not here:
        return ""
    unlabelled, truth, given = min(here, key=lambda point: point[0])
    if unlabelled:
        return f". Here a point of {names[truth]}, without a label"
    if given == truth:
        return f". Here a point with the label {names[truth]}"
    return f". Here a point of {names[truth]} with the wrong label {names[given]}"


def test_a_cell_says_which_point_lies_in_it(mount):
    view = with_points(mount)
    found = set()
    for row in range(3):
        for column in range(3):
            presses = {"ArrowRight": 1} if column or not row else {"ArrowDown": 1, "ArrowLeft": 2}
            words = words_of_cell(SPIRALS, column, row)
            assert say(view, presses).endswith(words)
            found.add(words.split(" point ")[-1][:4])
    assert len(found) > 1


def test_points_are_sent_once_and_fit_their_message():
    data = points.contents(SPIRALS)
    assert len(data["train"]["x"]) == len(data["train"]["given"]) == 500
    assert sum(y >= 0 for y in data["train"]["given"]) == 30
    assert len(json.dumps(data)) < 30_000
    assert '"train"' not in json.dumps(contents(POINTS, points.mark(SPIRALS)))
    assert points.contents(DistilConfig()) == {"mark": points.mark(DistilConfig())}


def test_class_names_of_users_stay_text(mount):
    data = {
        "value": contents(IMAGES) | {"classes": [f"<img src=x onerror={n}>" for n in range(10)]}
    }
    view = mount("panels", "kd-panels", data)
    assert "<img src=x onerror=0>" in say(view, {"ArrowRight": 1})
    assert view.page.locator("img").count() == 0


def test_names_that_would_turn_round_their_neighbours_are_written_out():
    history = fold(events_of(DistilConfig(epochs=1, seeds=2)))
    names = ("\u202eexe", "half \ud800", "two\nlines", *map(str, range(7)))
    history.started = replace(history.started, classes=names)
    classes = contents(history)["classes"]
    assert classes[:3] == ["\\u202eexe", "half \\ud800", "two\\nlines"]
    json.dumps(contents(history), ensure_ascii=False).encode()


def test_points_fit_a_phone(mount):
    view = with_points(mount, viewport={"width": 360, "height": 740}, color_scheme="dark")
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360
    assert view.page.get_by_role("button", name="Test points").is_visible()


@pytest.mark.parametrize("history", [IMAGES, POINTS])
def test_it_is_not_wider_than_a_phone(mount, history):
    phone = {"width": 360, "height": 740}
    view = mount("panels", "kd-panels", {"value": contents(history)}, viewport=phone)
    assert view.page.evaluate("document.documentElement.scrollWidth") <= 360


def test_what_comes_later_replaces_all_of_what_was_there(mount):
    """Regions after a matrix without differences, and other class names on the same points."""
    images = contents(IMAGES)
    shown = {epoch: each | {"differ": []} for epoch, each in images["shown"].items()}
    view = mount("panels", "kd-panels", {"value": images | {"shown": shown}})
    assert view.page.locator(".differ figure").count() == 0
    view.give({"value": contents(POINTS)})
    view.frame()
    key = view.page.locator(".key")
    assert key.is_visible()
    view.give({"value": contents(POINTS) | {"classes": ["outer", "inner"]}})
    view.frame()
    assert key.locator("span").all_inner_texts() == ["outer", "inner"]
    view.give({"value": contents(IMAGES)})
    view.frame()
    assert view.page.locator(".differ figure").count() == len(IMAGES.picture.differ)


def test_long_names_are_cut_on_the_axis_and_whole_in_the_sentence(mount):
    names = [f"a class with a very long name {n}" for n in range(10)]
    view = mount("panels", "kd-panels", {"value": contents(IMAGES) | {"classes": names}})
    assert f"{names[0]}, answered {names[0]}" in say(view, {"ArrowRight": 1})
    answers = view.page.locator(".differ figure b").all_inner_texts()
    assert all(len(answer) <= 9 for answer in answers)


def test_mounted_again_on_the_same_element_it_stands_there_once(mount):
    """As Streamlit does now and then while a page is drawn."""
    view = mount("panels", "kd-panels", {"value": contents(IMAGES)})
    view.page.evaluate("end()")
    view.give({"value": contents(POINTS)})
    view.frame()
    assert view.page.locator(".kd-panels > canvas").count() == 1
    assert "Decision regions" in view.page.locator("h3").inner_text()
