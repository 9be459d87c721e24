"""A teacher that is no network, on the pages: a forest in the menu, and answers in a file, which
are waited for, matched, judged and refused before anything is trained."""

from __future__ import annotations

import io
import math
import random
import zipfile

import numpy as np
import pytest
from PIL import Image
from streamlit.testing.v1 import AppTest

from kdlab.data import uploads
from kdlab.data.accepted import ARCHIVE, TABLE
from pages.ui.stage import provenance
from pages.ui.widgets import answers
from tests.pages.live.test_own_table_page import ROOT, bring, page_of, shown, words
from tests.patience import PATIENCE

LESSONS = ("understand/soft_targets.py", "understand/the_loss.py")


@pytest.fixture(autouse=True)
def _a_home_of_its_own(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.delenv("KDLAB_UPLOADS_ONLY", raising=False)
    monkeypatch.setattr(answers, "LOOK_SECONDS", PATIENCE)


def table(count: int = 200, *, told: bool = False) -> bytes:
    """Who buys; with what a teacher thinks of it, where ``told``."""
    return "\n".join(",".join(line) for line in _lines(count, told)).encode()


def _lines(count: int, told: bool) -> list[list[str]]:
    draw = random.Random(5)
    found = [["id", "a", "b", "bought", *(["p_no", "p_yes"] if told else [])]]
    for n in range(count):
        a, b = draw.gauss(0, 1), draw.gauss(0, 1)
        bought = a + b + draw.gauss(0, 0.7) > 0
        p = 1 / (1 + math.exp(-2 * (a + b)))
        line = [f"r{n}", f"{a:.4f}", f"{b:.4f}", "yes" if bought else "no"]
        found.append([*line, *([f"{1 - p:.5f}", f"{p:.5f}"] if told else [])])
    return found


def said(how="as it is", count: int = 200) -> bytes:
    """A file of answers to :func:`table`, in another order; ``how`` they are spoilt."""
    lines = [line[:1] + line[4:] for line in _lines(count, True)]
    body, draw = lines[1:], random.Random(6)
    draw.shuffle(body)
    if how == "confidently wrong":
        body = [[one, *draw.choice([("1.0", "0.0"), ("0.0", "1.0")])] for one, *_ in body]
    if how == "half a row":
        body[7][1] = "0.9"
        body[7][2] = "0.9"
    return "\n".join(",".join(line) for line in [lines[0], *body]).encode()


def with_answers(file: bytes | None = None, **values) -> AppTest:
    folder = uploads.keep(table(), "buyers.csv", TABLE)
    more = {} if file is None else {"teacher_file": uploads.keep(file, "teacher.csv", TABLE)}
    return page_of("live", folder=folder, teacher="answers", **more, **values)


def kinds(page) -> list[str]:
    (found,) = [w for w in page.selectbox if w.label.startswith("Kind of teacher")]
    return found.options


def test_the_menu_offers_trees_and_for_own_data_answers():
    assert kinds(page_of("live", dataset="wine"))[-2:] == ["Random forest", "Gradient boosting"]
    assert kinds(page_of("live"))[-3:] == [
        "Random forest",
        "Gradient boosting",
        "Answers in a file",
    ]
    assert "Random forest" in kinds(page_of("live", dataset="digits"))
    text = page_of("live", dataset="names")
    assert [w.label for w in text.selectbox if w.label.startswith("Kind of teacher")] == []


@pytest.mark.parametrize(("kind", "name"), [("forest", "forest-300"), ("boosting", "boosting-200")])
def test_a_forest_is_chosen_and_how_many_trees_it_has(kind, name):
    page = page_of("live", dataset="breast-cancer")
    page.selectbox(key="live.teacher:family").set_value(kind).run()
    assert not page.exception
    assert not page.error
    values = page.session_state["link.live"]["values"]
    assert values["teacher"] == name
    page.select_slider(key=f"live.teacher:{kind}").set_value(50).run()
    assert page.session_state["link.live"]["values"]["teacher"] == f"{kind}-50"
    labels = [w.label for w in (*page.slider, *page.select_slider)]
    assert "Teacher's epochs" not in labels, "trees grow, and have no epochs"
    page.selectbox(key="live.teacher:family").set_value("mlp").run()
    assert page.session_state["link.live"]["values"]["teacher"].startswith("mlp-")


@pytest.mark.parametrize("script", LESSONS)
@pytest.mark.parametrize("teacher", ["forest-300", "answers"])
def test_a_lesson_takes_such_a_teacher_and_the_data_of_a_table(script, teacher):
    page = AppTest.from_file(ROOT / "pages" / script, default_timeout=PATIENCE)
    page.query_params["dataset"] = "wine"
    page.query_params["teacher"] = teacher
    page.run()
    assert not page.exception
    assert not page.warning


def test_answers_are_waited_for_and_nothing_is_wrong_yet():
    page = with_answers()
    assert not page.exception
    assert not page.error
    assert "Bring the teacher's answers" in words(page)
    assert "for each row" in words(page)


def test_answers_are_matched_by_their_ids_and_judged_before_anything_is_trained():
    page = with_answers()
    page = bring(page, said(), "teacher.csv", "File of answers")
    assert not page.exception
    assert not page.error
    assert "The teacher's answers: right for" in words(page)
    assert "Answers and rows were matched by “id”" in words(page)
    assert "Entropy" in shown(page)
    for cell in ("p_no", "p_yes", '<th scope="row">test</th>'):
        assert cell in shown(page)
    assert not page.warning


def test_answers_in_columns_of_the_table_need_no_file_and_are_not_shown_to_students():
    folder = uploads.keep(table(told=True), "buyers.csv", TABLE)
    page = page_of("live", folder=folder, teacher="answers")
    assert not page.exception
    assert not page.error
    assert "The teacher's answers: right for" in words(page)
    assert "left out: looks like a teacher's answer" in shown(page).replace("&#x27;", "'")


def test_a_teacher_that_is_surely_wrong_is_told_so():
    page = with_answers(said("confidently wrong"))
    assert not page.exception
    told = " ".join(one.value for one in page.warning).replace("\\", "")
    assert "confidently wrong" in told
    assert "never unsure" in told


def test_what_is_wrong_with_answers_is_one_sentence_with_its_place():
    page = with_answers(said("half a row"))
    assert not page.exception
    for place in (page.main, page.sidebar):  # what lies open over the page says it, too
        (error,) = place.error
        assert "row 8 (line 9)" in error.value.replace("\\", "").lower()
        assert "1.8 together" in error.value.replace("\\", "")


def test_nothing_is_trained_with_a_wrong_file_and_the_next_one_is_as_if_it_were_the_first():
    def train(page):
        return next(b for b in page.button if b.label == "Train")

    page = with_answers(said("half a row"))
    assert train(page).disabled
    page = bring(page, said(), "right.csv", "File of answers")
    assert not page.error
    assert not train(page).disabled


def test_settings_are_told_by_their_labels():
    page = with_answers(said().replace(b"p_no", b"nobody"))
    (error,) = page.main.error
    assert "name them in “Columns of the teacher's answers”" in error.value.replace("\\", "")
    assert "teacher_columns" not in error.value.replace("\\", "")


def test_rows_without_an_answer_and_answers_without_a_row_are_told_before_anything_is_trained():
    lines = said().decode().splitlines()
    other = [line.replace("r", "other-") for line in lines[1:31]]
    page = with_answers("\n".join([lines[0], *other, *lines[31:]]).encode())
    (told,) = [w.value for w in page.main.warning if "no answer" in w.value]
    assert told.startswith("30 of the 200 rows of the table have no answer and are left out")
    assert "30 rows of the file of answers match none of them" in told


def test_a_file_of_answers_has_its_name_wherever_it_is_told():
    page = with_answers(said())
    values = page.session_state["link.live"]["values"]
    config = page_config(values)
    assert "answers teacher" in provenance.settings(config, "seed 0").replace("\\", "")
    assert "upload:" not in provenance.settings(config, "seed 0")


def page_config(values):
    from kdlab.config.schema import DistilConfig

    return DistilConfig.parse(values)


# -- images ---------------------------------------------------------------------------------------


def pets() -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name in ("cat", "dog"):
            for number in range(20):
                stream = io.BytesIO()
                Image.fromarray(np.full((9, 9, 3), 8 * number, np.uint8)).save(stream, "PNG")
                archive.writestr(f"{name}/{number}.png", stream.getvalue())
    return content.getvalue()


def of_pets() -> bytes:
    lines = ["file,p_cat,p_dog"]
    for name, p in (("cat", 0.8), ("dog", 0.3)):
        lines += [f"{name}/{number}.png,{p},{1 - p:.1f}" for number in range(20)]
    return "\n".join(lines).encode()


def test_answers_to_images_are_matched_by_their_files():
    folder = uploads.keep(pets(), "pets.zip", ARCHIVE)
    page = page_of("live", dataset="images", folder=folder, teacher="answers")
    assert not page.exception
    assert not page.error
    assert "a column with the name of the image's file" in words(page)
    page = bring(page, of_pets(), "teacher.csv", "File of answers")
    assert not page.exception
    assert not page.error
    assert "right for 100.0 % of test" in words(page)
    assert "Answers and images were matched by “file”" in words(page)


def buttons(page) -> list[str]:
    """What the buttons of the side bar say in front of what they open."""
    return [block.proto.popover.label for block in page.sidebar.get("popover")]


def choose(page, label: str, value) -> None:
    box = next(w for w in (*page.selectbox, *page.select_slider) if w.label == label)
    box.set_value(value).run()
    assert not page.exception


def test_the_button_says_the_teacher_in_the_run_that_chooses_it():
    page = page_of("live", dataset="wine", teacher="mlp-64-64")
    assert buttons(page)[0] == "Teacher: mlp-64-64"
    choose(page, "Kind of teacher", "Random forest")
    assert buttons(page)[0] == "Teacher: forest-300"
    choose(page, "Trees", 50)
    assert buttons(page)[0] == "Teacher: forest-50"
    choose(page, "Kind of teacher", "MLP")
    choose(page, "Layer 1: hidden widths", 16)
    assert buttons(page)[0].startswith("Teacher: mlp-16")


def test_the_button_says_that_weights_were_loaded_until_another_teacher_is_chosen():
    page = page_of("live", teacher="mlp-64-64", teacher_weights="0123abcd")
    assert buttons(page)[0] == "Teacher: mlp-64-64, loaded"
    choose(page, "Kind of teacher", "Random forest")
    assert buttons(page)[0] == "Teacher: forest-300"
    assert "teacher_weights" not in page.query_params
