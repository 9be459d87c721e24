"""What is missing in a language, what is left over, and what does not agree with the English."""

from __future__ import annotations

import re
import tomllib
import unicodedata
from pathlib import Path

import pytest
from spoken import everything

from kdlab.lessons import shelf
from kdlab.translation import ENGLISH, LANGUAGES, ask, language, say, speaking
from kdlab.translation.catalogue import FOLDER, catalogue
from pages.ui.guide.places import PLACES
from pages.ui.shell import prose

OTHERS = [name for name in LANGUAGES if name != ENGLISH]
TEXTS = (
    *("home", "lessons", "guide", "words", "soft_targets", "the_loss", "live", "stage"),
    *("classes", "compared", "server", "phone", "class_room", "compose", "own_lesson"),
)
"""Files whose words the translated pages show."""
LACKING: dict[str, set[str]] = {"live": {"own images"}}
"""Sections that may stay English."""


def places(text):
    """Names in braces, of one and of two."""
    return sorted(re.findall(r"\{\w*\}", prose.WITH.sub("", text))), sorted(prose.asked_for(text))


def figures(text):
    """All numbers, as they are written."""
    return set(re.findall(r"(?<![\w.])[−+-]?\d[\d,.]*\d|(?<![\w.])\d", text))


@pytest.mark.parametrize("name", OTHERS)
def test_no_words_are_missing(name):
    missing = {
        words: where for words, where in everything().items() if words not in catalogue(name)
    }
    assert not missing


@pytest.mark.parametrize("name", OTHERS)
def test_no_words_are_left_over(name):
    assert not set(catalogue(name)) - set(everything()) - {"to ", " "}


@pytest.mark.parametrize("name", OTHERS)
def test_the_same_values_stand_in_a_sentence(name):
    differ = {e: t for e, t in catalogue(name).items() if places(e) != places(t)}
    assert not differ
    for english, translated in catalogue(name).items():
        assert figures(translated) <= figures(english) | {"1"}, english  # which "one" may be


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("page", TEXTS)
def test_every_section_of_a_text_is_translated(name, page):
    english, own = prose._read(page, ENGLISH), prose._read(page, name)
    assert set(own) <= set(english), "a section that nobody reads"
    english = {section: words for section, words in english.items() if words}
    assert english.keys() - own.keys() <= LACKING.get(page, set())
    for section in english.keys() & own.keys():
        assert own[section], section
        assert places(english[section]) == places(own[section]), section
        assert figures(english[section]) == figures(own[section]), section


@pytest.mark.parametrize("name", OTHERS)
@pytest.mark.parametrize("page", TEXTS)
def test_what_there_is_to_try_is_the_same(name, page):
    english, own = prose.tries(page, ENGLISH), prose.tries(page, name)
    assert [one.name for one in own] == [one.name for one in english]
    for one, other in zip(english, own, strict=True):
        assert prose.asked_for(one.task) == prose.asked_for(other.task)
        assert prose.asked_for(one.answer) == prose.asked_for(other.answer)
        assert bool(one.answer) == bool(other.answer)
        assert other.label


def test_words_that_are_not_there_stay_english():
    with speaking("zh"):
        assert say("Nobody has ever said this") == "Nobody has ever said this"
        assert say("{count} of these", count=3) == "3 of these"
        assert say("points", about="measure") != say("points")
    assert say("points", about="measure") == "points"


def test_a_text_that_is_not_there_stays_english():
    assert not (FOLDER / "zh" / "map.md").is_file()
    assert prose.text("map", language="zh") == prose.text("map", language=ENGLISH)


def test_whoever_is_asked_speaks_where_nothing_else_is_said(monkeypatch):
    monkeypatch.setattr("kdlab.translation.catalogue._asked", [])
    assert language() == ENGLISH
    ask(lambda: "zh")
    assert language() == "zh"
    with speaking(ENGLISH):
        assert language() == ENGLISH
    assert language() == "zh"


LESSONS = Path(__file__).parents[2] / "assets" / "lessons"
SAID = {"title", "about", "needs", "ask", "say", "because", "right", "choices", "unit"}
"""Keys of a lesson's blocks that hold words."""
NUMBERS_IN_WORDS = {str(number) for number in range(1, 13)} | {"690"}
"""What English writes out: nine, some 69 billion."""


def blocks(text):
    """The TOML of a lesson, without its words; how many words there were of each kind."""

    def bare(part):
        if isinstance(part, dict):
            return {k: len(v) if k == "choices" else k in SAID or bare(v) for k, v in part.items()}
        return [bare(each) for each in part] if isinstance(part, list) else part

    front, body = text.split("+++\n", 2)[1:]
    fenced = re.findall(r"^```(\w+)\n(.*?)^```$", body, re.DOTALL | re.MULTILINE)
    return [bare(tomllib.loads(front)), *((kind, bare(tomllib.loads(own))) for kind, own in fenced)]


@pytest.mark.parametrize("name", OTHERS)
def test_every_lesson_is_there_and_is_read_without_a_mistake(name):
    found = shelf.shelf(PLACES(), name)
    assert not found.wrong
    assert {lesson.language for lesson in found.lessons.values()} == {name}
    assert list(found.lessons) == list(shelf.shelf(PLACES()).lessons)


MARKED = [
    path
    for name in OTHERS
    for path in sorted([*(LESSONS / name).glob("*.md"), *(FOLDER / name).glob("**/*.md")])
]


@pytest.mark.parametrize("path", MARKED, ids=str)
def test_every_asterisk_makes_words_bold_or_italic(path):
    """Beside a letter and a full-width stop, which count as letter and punctuation, it would be
    shown as it is: **提示：**看."""
    text = path.read_text(encoding="utf-8")
    text = re.sub(r"```.*?```|`[^`]*`|\$[^$]*\$", "x", text, flags=re.DOTALL)
    for part in re.split(r"\n\s*\n|\n(?=- )|\n  > ", text):
        marks = list(re.finditer(r"\*+", part))
        assert len(marks) % 2 == 0, part
        for number, mark in enumerate(marks):
            sides = f" {part} "[mark.start()], f" {part} "[mark.end() + 1]
            outside, inside = sides if number % 2 == 0 else sides[::-1]
            assert not inside.isspace(), part
            assert not punctuation(inside) or outside.isspace() or punctuation(outside), part


def punctuation(sign):
    """As Markdown counts it."""
    return unicodedata.category(sign)[0] in "PS"


@pytest.mark.parametrize(
    "path", [path for name in OTHERS for path in sorted((LESSONS / name).glob("*.md"))], ids=str
)
def test_a_lesson_does_the_same_in_another_language(path):
    own = path.read_text(encoding="utf-8")
    english = (LESSONS / ENGLISH / path.name).read_text(encoding="utf-8")
    assert blocks(own) == blocks(english)
    for heads in (r"^## ", r"^### After$"):
        counts = [len(re.findall(heads, text, re.MULTILINE)) for text in (own, english)]
        assert counts[0] == counts[1]
    assert figures(own) <= figures(english) | NUMBERS_IN_WORDS
    words = re.sub(r"```.*?```|`[^`]*`", "", own.split("+++", 2)[2], flags=re.DOTALL)
    assert not re.search("[a-z] [a-z]+ [a-z]", words), "a sentence is English"
