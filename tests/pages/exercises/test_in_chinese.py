"""What is handed out in Chinese: paper, and what a lesson says that was composed on a page."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

from kdlab.lessons import own, shelf
from kdlab.storage.store import BUNDLED, Store
from kdlab.translation import speaking
from pages.ui.exercises import handing, typed
from pages.ui.guide.places import PLACES
from pages.ui.shell import speech, workers
from tests.pages.shell.english import ENGLISH, left_english
from tests.patience import PATIENCE

SCRIPT = Path(__file__).parents[3] / "pages/learn/compose.py"


@pytest.fixture(autouse=True)
def _home(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path / "store", bundled=BUNDLED))


def printed(monkeypatch, lesson):
    """The two files for paper, made as when their buttons are pressed: where no page runs."""
    made = {}
    monkeypatch.setattr(handing, "offer", lambda label, content, *_: made.update({label: content}))
    handing.paper(lesson, "", lesson.name, "key")
    return [content().decode() for content in made.values()]


@pytest.mark.parametrize("name", shelf.ORDER)
def test_paper_is_in_the_language_of_its_lesson(monkeypatch, name):
    lesson = shelf.lesson(name, PLACES(), "zh")
    files = printed(monkeypatch, lesson)
    assert len(files) == 2
    for file in files:
        words = re.sub(r"<style>.*?</style>|<code>.*?</code>|<[^>]*>", " ", file, flags=re.DOTALL)
        assert '<html lang="zh">' in file
        assert "姓名" in words or "附答案" in words
        assert not ENGLISH.search(words.replace("Student t", ""))
    if name == "how-sure-is-a-gain":
        assert "95 % 区间" in files[1], "measured values are told"


def uploads():
    from pages.ui.widgets import taken

    taken.uploader("课程文件", "md", "key", lambda _: None, "帮助")


def test_the_word_on_the_button_of_a_file_is_chinese():
    page = AppTest.from_function(uploads, default_timeout=PATIENCE)
    assert not page.run().get("html")
    page.session_state[speech.NOW] = "zh"
    (rules,) = [each.proto.body for each in page.run().get("html")]
    assert 'content: "上传"' in rules


def test_a_step_that_is_composed_in_chinese_is_a_chinese_lesson():
    page = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    page.session_state[speech.NOW] = "zh"
    page.session_state[typed.MEMORY] = {
        "kind": "question", "ask": "为什么？", "right": "甲", "wrong1": "乙", "title": "我的课",
        "about": "关于温度", "needs": "无", "hide.live": ("alpha", "player"),
    }  # fmt: skip
    page.run()
    with speaking("zh"):  # the test asks what the boxes say, as a browser knows it
        page.button(key="compose.made.add").click().run()
        page.button(key="compose.made.keep").click().run()
    assert not page.exception
    assert left_english(page) == []
    (path,) = own.path_of("x").parent.glob("*.md")
    lesson = shelf.lesson(path.stem, PLACES())
    assert lesson.language == "zh"
    assert lesson.title == "实时蒸馏"
    assert lesson.steps[0].question.because == "这是正确答案。"


@pytest.mark.parametrize(
    "values",
    [
        {"kind": "question", "right": "甲", "wrong1": "乙"},
        {"kind": "question", "ask": "为什么？"},
        {"kind": "question", "ask": "为什么？", "right": "甲"},
        {"kind": "question", "ask": "为什么？", "right": "甲", "wrong1": "甲"},
        {"kind": "prediction"},
    ],
)
def test_what_is_lacking_is_said_in_chinese(values):
    page = AppTest.from_file(SCRIPT, default_timeout=PATIENCE)
    page.session_state[speech.NOW] = "zh"
    page.session_state[typed.MEMORY] = values
    page.run()
    assert not page.exception
    assert page.info
    assert left_english(page) == []
