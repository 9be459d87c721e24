"""The class at the bottom of every page: it follows, once, and begins its part in a run for all."""

from __future__ import annotations

import pytest
from told import streamed, words

from kdlab.classroom.room import SENT_SECONDS
from kdlab.config.schema import DistilConfig
from kdlab.errors import ClassError
from kdlab.hosting.visitor import Visitor
from kdlab.lessons.lesson import Link
from pages.ui.classroom import going, membership
from pages.ui.shell import contents, projector
from tests.pages.classroom.one_class import HELPS

LESSON = "how-sure-is-a-gain"
CARRIED = (membership.ROOM, projector.STANDS)
"""Parameters that go from page to page, and into no link."""


def keys(page):
    return {b.key for b in page.button}


def test_who_is_in_no_room_has_no_dock(class_):
    page = class_.lab("anna", room="")
    assert "Class:" not in words(page)


def test_every_page_asks_what_is_asked_and_takes_the_answer(class_):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    assert "Class: Tuesday" in words(page)
    page.radio(key=f"class.{class_.code}.1.choice").set_value("unclear").run()
    page.button(key=f"class.{class_.code}.1.give").click().run()
    assert not page.exception
    assert "Your prediction: Too close to tell" in words(page)
    assert class_.store.tally(class_.code).counts["unclear"] == 1
    page.switch_page("understand/the_loss.py").run()
    assert "Your prediction: Too close to tell" in words(page)
    assert page.query_params["room"] in (class_.code, [class_.code]), "it goes along"


def test_an_answer_runs_no_page_and_a_question_does(class_):
    """A page runs again when its browser is told another turn: wake.js does nothing else."""
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    watches = page.session_state["watching.class"].subscription
    number, _ = streamed(watches)
    class_.store.answer(class_.code, 1, Visitor("ben"), "helped")
    number, told = streamed(watches, number)
    assert "class_there" in told, "the browser hears of him"
    assert "class_turn" not in told
    class_.instructor.close()
    number, told = streamed(watches, number)
    assert "class_turn" in told


def test_a_run_for_all_takes_every_page_there_and_begins_its_part(class_, manager):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna", labels="")
    class_.instructor.run()
    class_.run(page, "anna")
    assert page.title[0].value == "Live distillation"
    assert page.query_params["labels"] in ("30", ["30"])
    shown = page.session_state["live.screen"]
    assert shown.config == DistilConfig(labels=30)
    assert shown.running
    assert len(manager.jobs) >= 1
    page.switch_page("understand/the_loss.py").run()
    assert page.title[0].value == "The loss", "who goes elsewhere is not fetched again"


def test_all_pages_are_sent_once(class_):
    page = class_.lab("anna")
    class_.instructor.send(Link("soft-targets", {"temperature": "6"}))
    class_.run(page, "anna")
    assert page.title[0].value == "Soft targets"
    assert page.query_params["temperature"] in ("6.0", ["6.0"])
    page.switch_page("understand/the_loss.py").run()
    assert page.title[0].value == "The loss"
    class_.instructor.send(Link("soft-targets", {"temperature": "8"}))
    class_.run(page, "anna")
    assert page.title[0].value == "Soft targets"


def test_a_session_that_is_new_on_a_page_stays_there(class_):
    """As after the server was started anew."""
    class_.instructor.send(Link("soft-targets", {"temperature": "6"}))
    page = class_.lab("anna")
    assert page.title[0].value == "Knowledge distillation lab"


def test_a_session_that_is_new_on_the_page_of_the_run_goes_on_with_it(class_, manager):
    """As when the server is started anew in the middle of the run for all."""
    class_.instructor.ask(HELPS)
    class_.instructor.run()
    page = class_.lab("anna", room="")
    page.switch_page("distil/live.py")
    class_.run(page, "anna", room=class_.code, labels="30")
    assert page.session_state["live.screen"].config == DistilConfig(labels=30)
    assert page.session_state["live.screen"].running
    assert len(manager.jobs) == 1


def test_who_comes_late_by_the_class_is_where_the_others_are(class_):
    class_.instructor.send(Link("soft-targets", {"temperature": "6"}))
    page = class_.comes("anna")
    assert page.title[0].value == "Soft targets"
    assert page.query_params["temperature"] in ("6.0", ["6.0"])


@pytest.mark.parametrize("then", ["ask", "ask and clear", "end and reopen", "wait"])
def test_who_comes_later_is_not_sent_to_where_the_others_were_once(class_, then):
    class_.behind[0] = SENT_SECONDS + 1 if then == "wait" else 0
    class_.instructor.send(Link("soft-targets", {"temperature": "6"}))
    if then.startswith("ask"):
        class_.instructor.ask(HELPS)
    if then == "ask and clear":
        class_.instructor.clear()
    if then.startswith("end"):
        class_.instructor.end()
        class_.instructor.reopen()
    class_.behind[0] = 0
    page = class_.comes("anna")
    assert page.title[0].value == "Tuesday"
    assert bool(page.radio) == (then == "ask")
    class_.instructor.send(Link("loss", {}))
    class_.run(page, "anna")
    assert page.title[0].value == "The loss"


def test_the_instructor_sends_everybody_to_where_he_is(class_):
    page = class_.lab("instructor")
    page.switch_page("understand/the_loss.py").run()
    page.button(key="class.send_here").click().run()
    assert not page.exception
    assert class_.now().sent.path == "loss"
    assert page.title[0].value == "The loss", "and stays himself"
    assert [each.value for each in page.toast] == ["All pages were sent here\\."]
    class_.run(page, "instructor")
    assert not page.toast, "it is told once"


def test_what_came_of_a_press_is_told_in_its_own_room_and_once(class_):
    page = class_.lab("instructor")
    class_.who = "anna"  # the secret was renewed elsewhere
    page.button(key="class.send_here").click().run()
    other = class_.store.open_room("Other").code
    class_.run(page, "instructor", room=other)
    assert "You do not lead" not in words(page)
    page.button(key="class.send_here").click()
    class_.who = "anna"
    page.run()
    class_.run(page, "instructor")
    assert "You do not lead" in words(page)
    class_.run(page, "instructor")
    assert "You do not lead" not in words(page)


def test_who_leaves_has_the_lab_for_himself(class_):
    page = class_.lab("anna")
    page.button(key="class.leave").click().run()
    assert not page.exception
    assert "Class:" not in words(page)
    assert "room" not in page.query_params


def test_a_room_that_has_ended_says_so(class_):
    page = class_.lab("anna")
    class_.instructor.end()
    class_.run(page, "anna")
    assert "This class has ended" in words(page)


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        ("http://host:8501/live?labels=100&room=AB&projector=on", "live", {"labels": "100"}),
        ("https://hub/user/x/proxy/8501/map", "map", {}),
        ("live?labels=30&hide=alpha", "live", {"labels": "30", "hide": "alpha"}),
        ("http://host:8501/", "", {}),
    ],
)
def test_a_link_is_read_wherever_it_was_copied(text, path, query):
    assert going.read(text) == Link(path, query)


@pytest.mark.parametrize(
    ("text", "path", "query"),
    [
        (f"http://h/live?labels=100&lesson={LESSON}.2&room=AB", "live",
         {"labels": "100", "lesson": f"{LESSON}.2"}),
        (f"http://h/?lesson={LESSON}", "", {"lesson": LESSON}),
        ("http://h/lessons", "lessons", {}),
    ],
)  # fmt: skip
def test_all_are_sent_to_a_lesson_or_to_all_lessons(class_, text, path, query):
    link = going.read(text, sends=True)
    assert link == Link(path, query)
    page = class_.lab("anna")
    class_.instructor.send(link)
    class_.run(page, "anna")
    title = "Lessons" if path == "lessons" else "Live distillation" if path else ""
    assert not title or page.title[0].value == title
    assert ("Lesson step 2 of" in words(page)) == ("lesson" in query and "." in query["lesson"])
    if "labels" in query:
        assert page.session_state["link.live"]["values"]["labels"] == 100, "of the link"
    if path != "lessons":
        assert page.session_state["link.lesson"] == query["lesson"]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("http://h/live?lesson=no-such-lesson", "has no lesson “no-such-lesson”"),
        ("http://h/live?lesson=../x", "has no lesson"),
        ("http://h/lessons?labels=3", "cannot be used"),
    ],
)
def test_no_class_is_sent_to_a_lesson_that_there_is_not(text, said):
    with pytest.raises(ClassError, match=said):
        going.read(text, sends=True)


def test_a_question_has_no_lesson_beside_its_run():
    assert going.read(f"live?labels=30&lesson={LESSON}") == Link("live", {"labels": "30"})
    with pytest.raises(ClassError, match="is no page of the lab"):
        going.read("http://h/lessons")


def test_every_page_can_be_gone_to():
    for pages in contents.CONTENTS.values():
        for page in pages:
            link = Link(page.path, {})
            assert going.known(link)
            assert bool(going.query(link)) == (page.settings is not None), page.path
