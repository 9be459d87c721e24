"""The page that makes exercises: what a link says is what was composed, for every page; words
beside it are kept and shown; what cannot be is said in a sentence."""

from __future__ import annotations

import random
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.errors import ConfigError, KdlabError
from kdlab.lessons import own, shelf
from pages.ui.exercises import exercise, hiding, settings, typed
from pages.ui.exercises.exercise import PAGES, Exercise
from pages.ui.guide.places import PLACES
from pages.ui.shell import page_links, prose
from pages.ui.shell import state as links
from tests.pages.told import words
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
SCRIPT = ROOT / "pages/learn/compose.py"


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))


def compose(**values):
    page = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    page.session_state[typed.MEMORY] = values
    page.run()
    assert not page.exception
    return page


def other_values(path, seed):
    """Some settings of a page with values that can be and are not the default."""
    draw, model, found = random.Random(seed), PAGES[path].settings, {}
    for name in settings.offered(_State(path)):
        field = model.model_fields[name]
        value = field.default
        tried = []
        if isinstance(value, bool):
            tried = [not value]
        elif isinstance(value, int):
            tried = [value + 1, value - 1]
        elif isinstance(value, float):
            tried = [value * 1.5 + 0.01, value / 2]
        for each in tried:
            if draw.random() < 0.7:
                try:
                    model.parse(found | {name: each})
                except KdlabError:
                    continue
                found[name] = each
    return found


@pytest.mark.parametrize("path", PAGES)
def test_a_link_read_back_gives_the_same_settings_and_hides(path):
    page = PAGES[path]
    told = set()
    for seed in range(3):
        config = page.settings.parse(other_values(path, seed))
        told |= set(config.to_query())
        hide = tuple(sorted(random.Random(seed).sample(hiding.offered(page), 2)))
        made = Exercise(page, config, hide)
        for address in (exercise.address(made.link), exercise.address(made.link, "own-0")):
            found, problems = exercise.read(address)
            assert problems == []
            assert (found.page, found.config, found.hide) == (page, config, hide)
    assert len(told) > 1, "the test sets something"


def test_of_settings_at_their_defaults_the_one_in_the_link_is_said():
    page = compose()
    (link,) = [each.value for each in page.code if "http" in each.value]
    ((name, value),) = parse_qs(urlsplit(link).query).items()
    assert "All settings are at their defaults" in words(page)
    title = settings.title(PAGES["live"].settings, name)
    assert f"The link names one of them ({title}: **{value[0]}**)" in words(page)
    config = PAGES["live"].settings.parse({"temperature": 7.0})
    assert "defaults" not in settings.told(config)


@pytest.mark.parametrize("path", PAGES)
def test_all_that_is_offered_can_be_hidden_and_has_a_name(path):
    page = PAGES[path]
    offered = hiding.offered(page)
    assert set(offered) <= links.HIDEABLE | page.settings.model_fields.keys()
    assert len(set(offered)) == len(offered) > 2
    bare = [n for n in hiding.parts(page) if hiding.called(page, n) == n]
    assert bare == []


@pytest.mark.parametrize("path", PAGES)
def test_every_setting_of_every_page_can_be_drawn(path):
    """And as they are drawn nothing changes: the link sets nothing but the page."""
    here = settings.offered(_State(path))
    page = compose(page=path, **{f"settings.compose.{path}": here})
    assert not page.error
    link = page.code[0].value
    (name,) = page_links.query(PAGES[path].settings())
    assert list(parse_qs(urlsplit(link).query)) == [name]


class _State:
    """As much of a page's state as is asked for before a page runs."""

    def __init__(self, path):
        self.page = f"compose.{path}"
        self.model = PAGES[path].settings
        self.values = self.model().model_dump()


def test_what_is_set_and_hidden_is_in_the_link_and_in_the_preview():
    page = compose()
    page.slider(key="compose.live.alpha").set_value(0.5)
    page.checkbox(key="compose.hide.live.train").check()
    page.checkbox(key="compose.hide.live.alpha").check()
    page.run()
    found, _ = exercise.read(page.code[0].value)
    assert found.config.to_query() == {"alpha": "0.5"}
    assert found.hide == ("alpha", "train")
    assert "Weight α: **0.5**" in words(page)
    assert "Hidden: Weight α, Train and Stop" in words(page)


def test_an_address_is_taken_over():
    page = compose()
    address = "http://elsewhere:1/x/loss?alpha=0.25&temperature=99999&hide=logits,nonsense"
    page.text_input(key="compose.address").set_value(address)
    page.button(key="compose.take").click().run()
    assert not page.exception
    found, _ = exercise.read(page.code[0].value)
    assert (found.page.path, found.hide) == ("loss", ("logits",))
    assert found.config.to_query() == {"alpha": "0.25"}
    assert "temperature is 99999" in words(page)
    assert "'nonsense'" in words(page)


@pytest.mark.parametrize(
    "text",
    ["", "live?x", "http://x/nowhere?alpha=1", "http://[", "javascript:alert(1)", "x" * 9000],
)
def test_what_is_no_address_of_a_page_is_refused_in_a_sentence(text):
    if text == "live?x":
        assert exercise.read(text)[0].page.path == "live"
        return
    with pytest.raises(ConfigError, match="labels=100"):
        exercise.read(text)


def test_a_question_is_kept_and_its_link_opens_it():
    page = compose(page="soft-targets", kind="question", ask="Why <b>T</b>?", right="A", wrong1="B",
                   text="Look at **T**.", heading="# <i>Look</i>")  # fmt: skip
    assert "Make the link" in [each.label for each in page.button]
    assert not page.code[0].value.startswith("http")
    page.button(key="compose.made.keep").click().run()
    link = page.code[0].value
    query = parse_qs(urlsplit(link).query)
    name, number = query["lesson"][0].split(".")
    assert number == "1"
    lesson = shelf.lesson(name, PLACES())
    (step,) = lesson.steps
    assert step.question.ask == "Why <b>T</b>?"
    assert [each.because for each in step.question.wrong] == ["Right is: A"]
    assert step.page.path == "soft-targets"
    assert step.heading == "# <i>Look</i>"
    assert r"\<i\>Look" in " ".join(str(e.value) for e in page.markdown), "shown as text"
    assert not any("<b>" in str(e.value).replace(r"\<b\>", "") for e in page.markdown)


@pytest.mark.parametrize(
    ("values", "says"),
    [
        ({"kind": "question", "right": "A", "wrong1": "B"}, "no question"),
        ({"kind": "question", "ask": "Why?"}, "No answer is marked as right"),
        ({"kind": "question", "ask": "Why?", "right": "A"}, "one answer"),
        ({"kind": "question", "ask": "Why?", "right": "A", "wrong1": "A"}, "twice"),
        ({"kind": "prediction"}, "Nothing is asked"),
        ({"text": "<script>alert(1)</script>"}, "HTML"),
    ],
)
def test_what_is_not_complete_is_said_and_nothing_is_handed_out(values, says):
    page = compose(**values)
    assert says in words(page)
    assert bool(page.error) is ("text" in values), "what lacks yet is no mistake"
    assert not page.code
    assert not own.path_of("x").parent.exists()


def test_nobody_is_told_what_lacks_before_he_has_typed():
    page = compose(kind="question")
    assert not page.error
    assert [each.value for each in page.info] == [prose.text("compose", "not typed yet")]


def test_whoever_adds_a_step_sees_that_it_was_added():
    page = compose(text="Look.")
    assert "in your lesson" not in words(page)
    page.button(key="compose.made.add").click().run()
    assert "steps so far: 1" in page.toast[0].value
    assert "It is step 1 of 1 in your lesson" in words(page)


def test_a_handout_of_a_server_that_nobody_reaches_says_so():
    page = compose(text="Look.")
    page.button(key="compose.made.keep").click().run()
    assert prose.text("compose", "paper only here") in words(page)


def test_steps_are_collected_into_a_lesson():
    page = compose(text="Look.", title="Mine <b>", about="About", needs="Nothing",
                   **{"hide.live": ("alpha",)})  # fmt: skip
    page.button(key="compose.made.add").click().run()
    page.selectbox(key="compose.page").set_value("loss").run()
    page.button(key="compose.made.add").click().run()
    page.button(key="compose.lesson.up.1").click().run()
    page.button(key="compose.lesson.keep").click().run()
    assert not page.exception
    link = [each.value for each in page.code if "lesson=" in each.value][-1]
    name = parse_qs(urlsplit(link).query)["lesson"][0].split(".")[0]
    lesson = shelf.lesson(name, PLACES())
    assert lesson.title == "Mine <b>"
    assert [step.page.path for step in lesson.steps] == ["loss", "live"]
    assert [step.page.query["hide"] for step in lesson.steps] == ["", "alpha"], "each says it"
    assert urlsplit(link).path == "/loss"
    page.button(key="compose.lesson.remove.0").click().run()
    assert [step.page.path for step in page.session_state[typed.MEMORY]["steps"]] == ["live"]
