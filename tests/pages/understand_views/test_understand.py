"""The pages of "Understand": what they ask of the components, and what they keep of the answers."""

from __future__ import annotations

import dataclasses
import json
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest
from told import unmarked

from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.storage.store import Store, TeacherOutputs
from pages.ui.components import inline
from pages.ui.understand import views
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
CLASSES = ("cat", "dog", "car")


@pytest.fixture
def teacher(monkeypatch) -> TeacherOutputs:
    """Twelve grey 4x4 images; the teacher answers two of them wrongly."""
    rng = np.random.default_rng(0)
    labels = np.arange(12) % 3
    logits = rng.normal(0, 1, (12, 3)).astype(np.float32)
    logits[np.arange(12), labels] += 6
    logits[[4, 7]] = logits[[4, 7]][:, [1, 0, 2]]
    outputs = TeacherOutputs(
        classes=CLASSES,
        input_shape=(1, 4, 4),
        mean=(0.0,),
        std=(1.0,),
        inputs=rng.integers(0, 256, (12, 1, 4, 4), dtype=np.uint8),
        labels=labels,
        logits=logits,
    )
    monkeypatch.setattr(
        Store, "teacher_outputs", lambda _, c: outputs if c == TeacherConfig() else None
    )
    return outputs


def open_page(name: str, **query: str) -> AppTest:
    app = AppTest.from_file(
        str(ROOT / "pages" / "understand" / f"{name}.py"), default_timeout=PATIENCE
    )
    for key, value in query.items():
        app.query_params[key] = value
    app.run()
    assert not app.exception
    return app


def mounted(app: AppTest) -> dict[str, Any]:
    """What the page's picture was given."""
    [element] = pictures(app)
    return json.loads(element.proto.json)


def pictures(app: AppTest) -> list[Any]:
    """The components of a page itself, without what every page has."""
    own = ("kdlab_soft_targets", "kdlab_loss_lab")
    return [e for e in app.get("bidi_component") if e.proto.component_name in own]


def commit(app: AppTest, page: str, **value: Any) -> AppTest:
    """What the browser says when something is let go of, then a rerun."""
    key = f"{page}.picture"
    app.session_state[key] = {"value": {"revision": mounted(app)["revision"], **value}}
    app.run()
    assert not app.exception
    return app


# -- soft targets ---------------------------------------------------------------------------------


def test_soft_targets_shows_the_teachers_answers(teacher):
    app = open_page("soft_targets")
    assert app.title[0].value == "Soft targets"
    given = mounted(app)
    rows = views.telling_examples(teacher.logits, teacher.labels)
    assert given["classes"] == list(CLASSES)
    np.testing.assert_allclose(given["examples"], teacher.logits[rows], atol=6e-4)
    assert given["labels"] == teacher.labels[rows].tolist()
    assert len(given["images"]["pixels"]) == len(rows)
    assert given["images"]["shape"] == [1, 4, 4]
    np.testing.assert_allclose(given["population"]["logits"], teacher.logits, atol=6e-4)
    assert (given["temperature"], given["index"], given["logits"]) == (4.0, 0, None)


def test_a_link_sets_the_state(teacher):
    app = open_page("soft_targets", temperature="20", image="7", logits="1,-2.5,0.125")
    given = mounted(app)
    assert given["temperature"] == 20
    assert given["labels"][given["index"]] == teacher.labels[7]
    np.testing.assert_allclose(given["examples"][given["index"]], teacher.logits[7], atol=6e-4)
    assert given["logits"] == [1, -2.5, 0.125]


@pytest.mark.parametrize(
    "query",
    [
        {"temperature": "0"},
        {"temperature": "nan"},
        {"image": "x"},
        {"logits": "1,2;3"},
        {"logits": "1,2"},  # one too few: the image's own are shown
        {"image": "99999"},
    ],
)
def test_a_broken_link_leaves_the_page_alive(teacher, query):
    given = mounted(open_page("soft_targets", **query))
    assert (given["temperature"], given["index"], given["logits"]) == (4.0, 0, None)


@pytest.mark.parametrize("page", ["soft_targets", "the_loss"])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"dataset": "nonsense"}, ["'nonsense'", "digits", "Used instead"]),
        ({"teacher": "nonsense"}, ["'nonsense'", "mlp", "Used instead"]),
        ({"dataset": "nonsense", "teacher": "mlp-9"}, ["'nonsense'", "digits"]),
        ({"logits": "1,2"}, ["“Logits of the teacher” has 2 numbers", "3, one for each class"]),
        ({"image": "12"}, ["“Example” is 12", "0 to 11"]),
    ],
)
def test_what_a_link_asks_for_in_vain_is_said(teacher, page, query, words):
    app = open_page(page, **query)
    (warning,) = app.warning
    said = warning.value.replace("\\", "")
    assert all(word in said for word in words), said
    app.run()
    assert len(app.warning) == 1  # it is still there, once
    values = app.session_state[f"link.{page}"]["values"]
    assert (values["dataset"], values["image"], values["logits"]) == ("digits", -1, "")


def test_a_students_logits_that_do_not_fit_are_said(teacher):
    app = open_page("the_loss", student="1,2,3,4")
    assert "“Logits of the student” has 4 numbers" in app.warning[0].value
    assert mounted(app)["student"] is None


def test_what_is_let_go_of_is_kept_in_the_state_and_not_sent_back_as_news(teacher):
    app = open_page("soft_targets")
    revision = mounted(app)["revision"]
    commit(app, "soft_targets", temperature=8.0, index=2, logits=[1, 2, 3])
    rows = views.telling_examples(teacher.logits, teacher.labels)
    values = app.session_state["link.soft_targets"]["values"]
    assert (values["temperature"], values["image"]) == (8.0, rows[2])
    assert values["logits"] == "1,2,3"
    app.run()
    assert mounted(app)["revision"] == revision


def test_nonsense_from_the_browser_is_not_believed(teacher):
    app = open_page("soft_targets")
    commit(app, "soft_targets", temperature="hot", index=99, logits=[1, "2", 3])
    values = app.session_state["link.soft_targets"]["values"]
    assert (values["temperature"], values["image"], values["logits"]) == (4.0, -1, "")


def test_try_this_sets_the_state_as_news(teacher, tried):
    app = open_page("soft_targets")
    commit(app, "soft_targets", temperature=8.0, index=2, logits=[1, 2, 3])
    revision = mounted(app)["revision"]
    given = mounted(tried(app, "T = 20"))
    assert given["revision"] == revision + 1
    assert (given["temperature"], given["index"], given["logits"]) == (20.0, 0, None)
    given = mounted(tried(app, "A mistake"))
    row = given["index"]
    assert np.argmax(given["examples"][row]) != given["labels"][row]
    assert mounted(tried(app, "All logits equal"))["logits"] == [0, 0, 0]


def test_hide_reaches_the_component(teacher):
    app = open_page("soft_targets", hide="temperature,try,heatmap,nonsense")
    assert mounted(app)["hide"] == ["heatmap", "temperature"]
    assert "kdlab_tries" not in [e.proto.component_name for e in app.get("bidi_component")]


def test_the_loss_is_shown_in_plain_words_until_the_mathematics_is_asked_for(teacher, tried):
    app = open_page("the_loss")
    assert mounted(app)["view"] == "plain"
    state = {"alpha": 0.9, "index": 0, "teacher": None, "student": None, "convention": "teacher"}
    commit(app, "the_loss", temperature=4.0, view="mathematics", **state)
    assert "mathematics" in app.query_params["view"]
    assert mounted(open_page("the_loss", view="mathematics"))["view"] == "mathematics"
    assert mounted(open_page("the_loss", view="nonsense"))["view"] == "plain"
    app = open_page("the_loss")
    assert mounted(tried(app, "T = 50"))["view"] == "mathematics"  # it speaks of the formula


@pytest.mark.parametrize(
    ("page", "control", "spoken"),
    [
        ("the_loss", "alpha", "Move α"),
        ("the_loss", "convention", "The switch beside the formula"),
        ("soft_targets", "temperature", "Drag T and watch"),
        ("soft_targets", "heatmap", "The **heat map**"),
    ],
)
def test_the_words_speak_of_no_control_that_the_link_hides(teacher, page, control, spoken):
    def words(app):
        return unmarked(" ".join(element.value for element in app.markdown))

    assert spoken in words(open_page(page))
    hidden = words(open_page(page, hide=control))
    assert spoken not in hidden
    assert "{{" not in hidden
    assert "||" not in hidden


def test_nothing_is_offered_to_try_that_sets_what_the_link_hides(teacher):
    def offered(app):
        rows = [e.proto for e in app.get("bidi_component") if "tries" in e.proto.component_name]
        return [one["name"] for row in rows for one in json.loads(row.json)["tries"]]

    assert offered(open_page("the_loss", hide="temperature")) == [
        "α = 0", "A wrong student", "A perfect copy",
    ]  # fmt: skip
    assert offered(open_page("soft_targets", hide="temperature")) == []
    assert offered(open_page("the_loss", hide="temperature", temperature="20")) == []
    assert offered(open_page("the_loss", hide="alpha", alpha="0.5", temperature="1")) == [
        "A wrong student", "A perfect copy",
    ]  # fmt: skip


def row(app):
    """Name -> question and answer, of what there is to try."""
    rows = [e.proto for e in app.get("bidi_component") if "tries" in e.proto.component_name]
    (told,) = [json.loads(row.json) for row in rows]
    return {
        one["name"]: f"{one['task']} {one['answer']}".replace("\u00a0", " ")
        for one in told["tries"]
    }


@pytest.mark.parametrize(
    ("page", "name", "figure"),
    [
        ("the_loss", "α = 1, T = 1", "the 0 98 %"),
        ("the_loss", "A perfect copy", "98 % sure"),
        ("the_loss", "A wrong student", "2.4 times"),
        ("soft_targets", "T = 20", "keeps 18 %"),
        ("soft_targets", "A mistake", "46 %"),
        ("soft_targets", "All logits equal", "17.6"),
    ],
)
def test_figures_stand_beside_the_teacher_they_were_measured_with(
    teacher, monkeypatch, page, name, figure
):
    assert figure in row(open_page(page))[name]
    stood_in = open_page(page, teacher="mlp-64")  # never trained: the default teacher stands in
    assert stood_in.info
    assert figure in row(stood_in)[name]
    monkeypatch.setattr(Store, "teacher_outputs", lambda *_: teacher)
    other = row(open_page(page, teacher="mlp-64"))
    assert figure not in other[name]
    assert list(other) == list(row(open_page(page)))


def test_no_mistake_is_asked_for_where_the_teacher_makes_none(teacher, monkeypatch):
    right = dataclasses.replace(teacher, labels=teacher.logits.argmax(axis=1))
    monkeypatch.setattr(Store, "teacher_outputs", lambda *_: right)
    assert "A mistake" not in row(open_page("soft_targets"))


def test_what_to_try_is_of_the_pages_own_examples_whatever_the_link_shows(teacher, tried):
    """A link may put another example first, of which the answers do not speak."""
    telling = views.telling_examples(teacher.logits, teacher.labels)
    linked = next(n for n in range(len(teacher.labels)) if n not in telling)
    app = open_page("soft_targets", image=str(linked))
    assert mounted(app)["index"] == 0
    tried(app, "T = 20")
    assert app.session_state["link.soft_targets"]["values"]["image"] == telling[0]
    app = open_page("the_loss", image=str(linked))
    given = mounted(tried(app, "A perfect copy"))
    first = given["examples"][given["index"]]
    np.testing.assert_allclose(first, teacher.logits[telling[0]], atol=6e-4)
    np.testing.assert_allclose(given["student"], first, atol=6e-4)


def test_a_teacher_with_very_large_logits_is_no_error(teacher, monkeypatch, tried):
    large = dataclasses.replace(teacher, logits=teacher.logits * 40)
    monkeypatch.setattr(Store, "teacher_outputs", lambda *_: large)
    app = open_page("the_loss")
    tried(app, "A perfect copy")
    assert not app.exception


@pytest.mark.parametrize("page", ["soft_targets", "the_loss"])
def test_the_sliders_have_the_help_of_their_settings(teacher, page):
    told = mounted(open_page(page))["help"]
    told = told if isinstance(told, dict) else {"temperature": told}
    for name, text in told.items():
        assert text == DistilConfig.model_fields[name].description


def test_another_teacher_that_was_never_trained_is_said(teacher):
    app = open_page("soft_targets", teacher="mlp-64")
    assert "default teacher" in app.info[0].value
    assert mounted(app)["classes"] == list(CLASSES)


@pytest.mark.parametrize("page", ["soft_targets", "the_loss"])
def test_without_any_teacher_the_page_says_what_to_do(teacher, monkeypatch, page):
    monkeypatch.setattr(Store, "teacher_outputs", lambda *_: None)
    app = open_page(page)
    assert "Live distillation" in app.info[0].value
    assert not pictures(app)


def test_points_in_the_plane_have_no_pictures(teacher, monkeypatch):
    points = dataclasses.replace(teacher, inputs=np.zeros((12, 2), np.float32), input_shape=(2,))
    monkeypatch.setattr(Store, "teacher_outputs", lambda *_: points)
    assert mounted(open_page("soft_targets"))["images"] is None
    assert mounted(open_page("the_loss"))["images"] is None


@pytest.mark.parametrize("page", ["soft_targets", "the_loss"])
def test_the_pages_run_on_what_comes_with_the_lab(page):
    given = mounted(open_page(page))
    assert given["classes"] == [str(i) for i in range(10)]
    assert len(given["examples"]) >= 10


# -- the loss -------------------------------------------------------------------------------------


def test_the_loss_starts_with_a_student_that_knows_nothing(teacher):
    given = mounted(open_page("the_loss"))
    assert given["start"] == [0, 0, 0]
    assert (given["alpha"], given["temperature"], given["convention"]) == (0.9, 4.0, "teacher")
    assert given["teacher"] is None
    assert given["student"] is None


def test_the_loss_takes_its_whole_state_from_a_link(teacher):
    given = mounted(
        open_page(
            "the_loss",
            alpha="0.25",
            temperature="2",
            convention="labels",
            student="1,2,3",
            logits="3,2,-1",
        )
    )
    assert (given["alpha"], given["temperature"], given["convention"]) == (0.25, 2.0, "labels")
    assert given["student"] == [1, 2, 3]
    assert given["teacher"] == [3, 2, -1]


def test_the_loss_keeps_alpha_in_the_labs_convention(teacher):
    app = open_page("the_loss")
    commit(
        app,
        "the_loss",
        temperature=2.0,
        alpha=0.2,
        index=0,
        teacher=None,
        student=[0.5, 0, -0.5],
        convention="labels",
    )
    values = app.session_state["link.the_loss"]["values"]
    assert (values["alpha"], values["convention"]) == (0.2, "labels")
    assert values["student"] == "0.5,0,-0.5"


def test_a_perfect_copy_has_the_teachers_logits(teacher, tried):
    app = open_page("the_loss")
    given = mounted(tried(app, "A perfect copy"))
    np.testing.assert_allclose(given["student"], given["examples"][given["index"]], atol=1e-9)
    given = mounted(tried(app, "A wrong student"))
    assert np.argmax(given["student"]) != given["labels"][given["index"]]


# -- helpers --------------------------------------------------------------------------------------


def test_telling_examples_are_second_thoughts_and_mistakes(teacher):
    rows = views.telling_examples(teacher.logits, teacher.labels)
    assert sorted(rows[3:]) == [4, 7]
    for label, row in enumerate(rows[:3]):
        assert teacher.labels[row] == label
        of_class = teacher.logits[(teacher.labels == label) & ~np.isin(np.arange(12), [4, 7])]
        margins = np.sort(of_class, axis=1) @ [0, -1, 1]
        z = np.sort(teacher.logits[row])
        assert z[2] - z[1] == pytest.approx(margins.min())


def test_logits_survive_the_link():
    z = [1.0, -2.125, 0.0, -0.0, 59.999]
    assert views.from_text(views.to_text(z), 5) == pytest.approx(z)
    assert views.from_text("", 5) is None
    assert views.to_text(None) == ""


@pytest.mark.parametrize("value", [float("nan"), float("inf"), True, "4", None, [4], 51])
def test_numbers_from_a_browser_are_checked(value):
    assert inline.number(value, 0, 50, 7.0) == 7.0
    assert inline.numbers([1, value], 2, 50) is None
