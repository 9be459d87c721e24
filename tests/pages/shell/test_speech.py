"""A page speaks the language of whoever is in front of it, in all of its parts."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from fakes import FakeManager, events_of
from streamlit.testing.v1 import AppTest
from told import data

from kdlab.config.schema import DistilConfig
from kdlab.jobs import JobState
from kdlab.storage.store import Store
from kdlab.streams import View
from kdlab.translation import speaking
from pages.ui.shell import speech, workers
from pages.ui.stream import watching
from tests.pages.shell.english import left_english
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGES = {
    "home": "pages/home/home.py",
    "lessons": "pages/learn/lessons.py",
    "compose": "pages/learn/compose.py",
    "words": "pages/learn/words.py",
    "soft-targets": "pages/understand/soft_targets.py",
    "loss": "pages/understand/the_loss.py",
    "live": "pages/distil/live.py",
}


@pytest.fixture
def manager(monkeypatch, tmp_path):
    made = FakeManager()
    monkeypatch.setattr(workers, "manager", lambda: made)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path))
    return made


def opened(script, **query):
    page = AppTest.from_file(ROOT / script, default_timeout=PATIENCE)
    page.query_params.update(query)
    return page


@pytest.mark.parametrize("name", PAGES)
def test_no_english_is_left_on_a_page_that_is_translated(manager, name):
    page = opened(PAGES[name])
    page.session_state[speech.NOW] = "zh"
    page.run()
    assert not page.exception
    assert left_english(page) == []
    assert any("\u4e00" <= sign <= "\u9fff" for sign in page.title[0].value)


def test_a_run_is_told_in_chinese_from_the_first_epoch_to_the_verdict(manager):
    page = opened(PAGES["live"])
    page.session_state[speech.NOW] = "zh"
    page.run()
    with speaking("zh"):  # the test asks what the boxes say, as a browser knows it
        page.button(key="live.train").click().run()
    job, config = manager.jobs[-1], DistilConfig()
    job.tell(events_of(config, epochs=5))
    with speaking("zh"):
        page.run()
    assert data(page, "live.course")["value"]["text"].startswith("第 5 轮，共 100 轮")
    assert "验证图像上的准确率" in json.dumps(data(page, "chart_accuracy"), ensure_ascii=False)
    job.tell(events_of(config), JobState.DONE)
    with speaking("zh"):
        page.run()
    assert not page.exception
    assert any(each.value.startswith("用这位教师蒸馏有益：") for each in page.success)
    assert left_english(page) == []


@pytest.mark.parametrize(
    ("locale", "query", "title"),
    [
        ("zh-CN", {}, "知识蒸馏实验室"),
        ("zh-Hant-TW", {}, "知识蒸馏实验室"),
        ("de-DE", {}, "Knowledge distillation lab"),
        ("zh-CN", {"lang": "en"}, "Knowledge distillation lab"),
        ("de-DE", {"lang": "zh"}, "知识蒸馏实验室"),
        ("de-DE", {"lang": "<script>"}, "Knowledge distillation lab"),
    ],
)
def test_the_link_says_more_than_the_browser(manager, monkeypatch, locale, query, title):
    monkeypatch.setattr(type(speech.st.context), "locale", locale)
    page = opened("pages/entry.py", **query).run()
    assert not page.exception
    assert page.title[0].value == title


def test_the_language_goes_along_from_page_to_page(manager):
    page = opened("pages/entry.py", lang="zh").run()
    page.switch_page("understand/the_loss.py").run()
    assert page.title[0].value == "损失"
    assert page.query_params["lang"] == "zh"


def test_a_page_that_is_not_translated_is_english_and_says_so(manager):
    page = opened("pages/entry.py", lang="zh").run()
    page.switch_page("understand/modes.py").run()
    assert page.title[0].value == "Covering or seeking?"
    assert "本页暂时只有英文。" in [caption.value for caption in page.caption]


def test_the_switch_leads_to_the_other_language_and_back(manager):
    page = opened("pages/entry.py").run()
    page.button(key="speech.zh").click().run()
    assert page.title[0].value == "知识蒸馏实验室"
    page.button(key="speech.en").click().run()
    assert page.title[0].value == "Knowledge distillation lab"
    assert page.query_params["lang"] == "en"


def spoken(history):
    return workers.waits(1)


def test_the_hub_keeps_what_it_tells_by_language(manager):
    view = View(watching._value, (spoken, ()))
    english = watching._in_words_of_this_page(view)
    assert english == view
    with speaking("zh"):
        chinese = watching._in_words_of_this_page(view)
    told = type("Told", (), {"history": None})()
    assert chinese != english
    assert english.of(told) == "A worker is about to start"
    assert chinese.of(told) == "工作进程马上开始"
    hash(chinese)


def test_boxes_keep_their_choice_when_the_language_changes(manager):
    page = opened("pages/entry.py").run()
    page.switch_page("distil/live.py").run()
    key = next(box.key for box in page.selectbox if box.key.startswith("live.dataset"))
    page.selectbox(key=key).select("moons").run()
    page.button(key="speech.zh").click().run()
    assert not page.exception
    (box,) = [box for box in page.selectbox if box.label == "数据集"]
    assert box.value == "moons"
    assert box.key != key, "the browser's old word for it is no choice any more"
