"""A class whose visitors and instructor read Chinese."""

from __future__ import annotations

import pytest
from told import data, words

from kdlab.translation import speaking
from tests.pages.classroom.one_class import HELPS, HOW_GOOD, WHY
from tests.pages.shell.english import ENGLISH, left_english

LINK = "http://host:8501/live?labels=30"
OWN = [
    *(what.ask for what in (HELPS, HOW_GOOD, WHY)),
    *(WHY.right, WHY.because),
    *(words for wrong in WHY.wrong for words in (wrong.say, wrong.because) if words),
]
"""What the instructor of these tests has written."""


@pytest.fixture(autouse=True)
def _chinese():
    """The test asks what the boxes say, as a browser knows it."""
    with speaking("zh"):
        yield


def english(page):
    """What is left in English, but for the instructor's own words."""
    said = left_english(page)
    for own in OWN:
        said = [each.replace(own, "") for each in said]
    return [each for each in said if ENGLISH.search(each)]


@pytest.mark.parametrize("what", [HELPS, HOW_GOOD, WHY], ids=lambda what: what.ask)
def test_a_visitor_answers_and_sees_the_result_without_a_word_of_english(class_, what):
    page = class_.opened("anna", speaks="zh")
    assert english(page) == []
    assert "现在没有问题" in words(page)
    class_.instructor.ask(what)
    class_.run(page, "anna")
    assert english(page) == []
    if what is HOW_GOOD:
        page.slider[0].set_value(80.0).run()
    else:
        page.radio[0].set_value("helped" if what is HELPS else "The seed").run()
    given = [b for b in page.button if b.key and b.key.startswith(f"class.{class_.code}.")]
    class_.who = "anna"
    given[0].click().run()
    assert "已有 1 人回答" in words(page)
    assert english(page) == []
    class_.instructor.close()
    class_.run(page, "anna")
    assert "回答已经截止" in words(page)
    assert english(page) == []
    if what is not WHY:
        class_.instructor.run()
    measured = {"gain": (5.9, 5.3, 6.6), "accuracy distilled": (91.3, 90.8, 91.7)}
    class_.instructor.reveal({} if what is WHY else {name: measured[name] for name in what.measure})
    class_.run(page, "anna")
    assert english(page) == []
    told = words(page)
    if what is HELPS:
        assert "1 人中有 1 人说有益；确实有益：+5.9 个百分点 (5.3 至 6.6)。" in told
        assert "您的：有益" in data(page, "chart_class_answers")["value"]["alt"]
    elif what is HOW_GOOD:
        assert "1 人中有 0 人预测正确：91.3 % (90.8 至 91.7)。预测的中位数是 80 %。" in told
        assert "相差 11.3 个百分点" in told
    else:
        assert "1 人中有 0 人答对" in told
        assert "去看看：实时蒸馏" in [b.label for b in page.button]


def test_the_instructor_has_no_word_of_english_on_his_page(class_):
    page = class_.opened("instructor", speaks="zh")
    assert "您是这个班的主讲人" in words(page)
    assert english(page) == []
    page.segmented_control(key="class.where.zh").set_value("Your own").run()
    for kind in ("verdict", "number", "choice", "question"):
        page.segmented_control(key="class.kind.zh").set_value(kind).run()
        page.text_area(key="class.own.ask").set_value("三十个标签够吗？").run()
        if kind != "question":
            page.text_input(key="class.own.link").set_value(LINK).run()
        assert not page.exception
        assert english(page) == []
    class_.instructor.ask(HELPS)
    class_.run(page, "instructor")
    assert "还没有人到场" in words(page)
    assert english(page) == []
    page.text_input(key="class.send.link").set_value(LINK).run()
    assert "全部转到“实时蒸馏”" in [b.label for b in page.button]
    page.pills(key="class.allowed.[].zh").set_value(["searches"]).run()
    assert class_.now().allowed == {"searches"}


def test_the_dock_speaks_the_visitors_language_on_a_page_that_is_english_only(class_):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna", lang="zh")
    page.switch_page("understand/modes.py").run()
    assert page.title[0].value == "Covering or seeking?"
    assert "班级：Tuesday" in words(page)
    page.radio(key=f"class.{class_.code}.1.choice.zh").set_value("unclear").run()
    page.button(key=f"class.{class_.code}.1.give").click().run()
    assert not page.exception
    assert "您的预测：说不清" in words(page)
    assert class_.store.tally(class_.code).counts["unclear"] == 1
