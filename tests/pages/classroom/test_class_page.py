"""The page of a class: who may come in, each phase as a visitor and as the instructor."""

from __future__ import annotations

import codecs
import dataclasses
import json
import re
from urllib.parse import parse_qsl, urlsplit

import pytest
from told import words

from kdlab.hosting.visitor import Visitor
from pages.ui.classroom import managing
from pages.ui.shell import prose
from tests.pages.classroom.one_class import HELPS, HOW_GOOD, WHY

EVIL = "<img src=x onerror=alert(1)> **bold** [link](http://evil)"


def button(page, key):
    return next((b for b in page.button if b.key == key), None)


def press(page, key):
    button(page, key).click().run()
    assert not page.exception, page.exception
    return page


def chart(page):
    """What the histogram was told."""
    (found,) = [
        c for c in page.get("bidi_component") if c.proto.id.endswith("-chart_class_answers")
    ]
    return json.loads(found.proto.json)["value"]


def answers(class_, page, value, who):
    """``who``, whose page this is, gives an answer."""
    class_.who = who
    page.radio[0].set_value(value).run()
    given = [b for b in page.button if b.key and b.key.startswith(f"class.{class_.code}.")]
    given[0].click().run()
    assert not page.exception, page.exception


def test_a_wrong_code_is_told_in_a_sentence(class_):
    page = class_.opened("anna", room="NOSUCHCODE")
    (error,) = page.error
    assert "There is no class with the code" in words(page)
    assert "NOSUCHCODE" in error.value
    page.text_input[0].set_value(" zzzz-9999 ")
    page.button[0].click().run()
    assert "zzzz-9999" in words(page)


def test_the_code_may_be_typed_as_it_is_read_aloud(class_):
    page = class_.opened("anna", room="")
    code = class_.code.lower()
    page.text_input[0].set_value(f"{code[:4]} {code[4:]}")
    page.button[0].click().run()
    assert page.title[0].value == "Tuesday"
    assert "No question is open" in words(page)


def test_a_visitor_predicts_changes_it_and_sees_what_came_of_it(class_):
    page = class_.opened("anna")
    class_.instructor.ask(HELPS)
    class_.run(page, "anna")
    assert "Will it help with 30 labels" in page.radio[0].label
    answers(class_, page, "helped", "anna")
    assert "Your prediction: It helps" in words(page)
    assert "1 has answered" in words(page)
    assert class_.store.tally(class_.code).counts["helped"] == 1
    press(page, "class.change.1")
    answers(class_, page, "hurt", "anna")
    assert class_.store.tally(class_.code).counts == {"helped": 0, "hurt": 1, "unclear": 0}
    other = class_.opened("ben")
    answers(class_, other, "helped", "ben")
    class_.instructor.close()
    class_.run(page, "anna")
    assert "The answers are closed" in words(page)
    assert "Your prediction: It hurts" in words(page)
    assert not page.radio
    class_.instructor.run()
    class_.instructor.reveal({"gain": (5.9, 5.3, 6.6)})
    class_.run(page, "anna")
    assert "1 of 2 said it helps; it helped: +5.9 points (5.3 to 6.6)." in words(page)
    assert ":material/cancel: You predicted: **It hurts**" in words(page)
    class_.run(other, "ben")
    assert ":material/check_circle: You predicted: **It helps**" in words(other)
    told = chart(other)
    (bars,) = told["figure"]["data"]
    assert bars["x"] == [1, 1, 0]
    assert "◆ yours" in bars["text"][0]
    assert "✓ measured" in bars["text"][0]
    assert "Yours: It helps" in told["alt"]
    assert "◆" not in chart(page)["figure"]["data"][0]["text"][0]


def test_a_number_is_predicted_and_held_against_the_interval(class_):
    page = class_.opened("anna")
    class_.instructor.ask(HOW_GOOD)
    class_.run(page, "anna")
    page.slider[0].set_value(80.0).run()
    press(page, f"class.{class_.code}.1.give")
    assert "Your prediction: 80 %" in words(page)
    class_.instructor.run()
    class_.instructor.reveal({"accuracy distilled": (91.3, 90.8, 91.7)})
    class_.run(page, "anna")
    assert "0 of 1 predicted it right: 91.3 % (90.8 to 91.7)." in words(page)
    assert "11.3 points off" in words(page)
    told = chart(page)
    names = [trace.get("name") for trace in told["figure"]["data"]]
    assert "Yours" in names
    assert "Measured" in names
    assert sum(told["figure"]["data"][0]["y"]) == 1
    assert "Measured: 91.3 % (90.8 to 91.7)." in told["alt"]


def test_a_question_with_a_right_answer_needs_no_run(class_):
    page = class_.opened("anna")
    class_.instructor.ask(WHY)
    class_.run(page, "anna")
    answers(class_, page, "The seed", "anna")
    class_.instructor.reveal({})
    class_.run(page, "anna")
    assert "0 of 1 were right. The answer is: The temperature" in words(page)
    assert "It divides the scores." in words(page)
    assert "It only starts." in words(page)
    assert "See it: Live distillation" in [b.label for b in page.button]


def test_what_others_named_is_text(class_):
    evil = type(WHY)(EVIL, EVIL + "1", EVIL, (type(WHY.wrong[0])(EVIL + "2", EVIL),))
    page = class_.opened("anna")
    class_.instructor.ask(evil)
    class_.run(page, "anna")
    answers(class_, page, EVIL + "2", "anna")
    class_.instructor.reveal({})
    class_.run(page, "anna")
    drawn = [e.value for e in [*page.markdown, *page.caption, *page.error]]
    for said in drawn:
        assert not re.search(r"(?<!\\)<img", said)
        assert "**bold**" not in said
        assert "[link](" not in said
    assert any(prose.plain(EVIL) in said for said in drawn), "it is there, as text"
    assert "<img" not in json.dumps(chart(page)["figure"])


def test_a_nickname_goes_with_the_answer_and_stands_on_no_page(class_):
    page = class_.opened("anna")
    class_.instructor.ask(HELPS)
    class_.run(page, "anna")
    page.text_input[0].set_value("=Anna <b>").run()
    answers(class_, page, "helped", "anna")
    class_.who = "instructor"
    table = class_.instructor.as_csv()
    assert "'=Anna <b>" in table
    steered = class_.opened("instructor")
    assert "Anna" not in words(steered)
    assert "Anna" not in json.dumps(chart(steered))


def test_the_table_that_is_taken_away_is_one_that_spreadsheets_know_as_utf_8(class_):
    class_.store.answer(
        class_.code, class_.instructor.ask(HELPS), Visitor("anna"), "helped", "王小明"
    )
    file = managing._table(class_.instructor)
    assert file.startswith(codecs.BOM_UTF8)
    assert "王小明" in file.decode("utf-8-sig")


def test_only_the_instructor_has_the_instructors_controls(class_):
    class_.instructor.ask(HELPS)
    page = class_.opened("anna")
    keys = {b.key for b in page.button}
    assert not keys & {"class.close", "class.run", "class.reveal", "class.clear", "class.end",
                       "class.renew", "class.send", "class.ask"}  # fmt: skip
    assert class_.store.secret(class_.code) not in str(page._tree)


def test_the_instructor_asks_closes_and_clears(class_):
    page = class_.opened("instructor")
    assert "You lead this class" in words(page)
    assert f"{class_.code[:4]} {class_.code[4:]}" in words(page)
    page.segmented_control(key="class.where").set_value("Your own").run()
    page.text_area(key="class.own.ask").set_value("Will 30 labels do?").run()
    page.text_input(key="class.own.link").set_value("http://x/live?labels=30&room=ABC").run()
    assert not page.exception
    press(page, "class.ask")
    asked = class_.now().asked
    assert (asked.what.ask, asked.what.kind, asked.phase) == (
        "Will 30 labels do?",
        "verdict",
        "open",
    )
    assert (asked.what.link.path, dict(asked.what.link.query)) == ("live", {"labels": "30"})
    assert button(page, "class.reveal") is None, "before the run"
    press(page, "class.close")
    assert class_.now().asked.phase == "closed"
    press(page, "class.clear")
    assert class_.now().asked is None


@pytest.mark.parametrize(
    ("link", "said"),
    [
        ("http://x/nowhere?labels=3", "is no page of the lab"),
        ("http://x/live?labels=banana", "cannot be used"),
        ("http://x/live?lables=100", "cannot be used"),
        ("http://x/soft-targets?temperature=2", "has no result to predict"),
        ("javascript:alert(1)", "is no page of the lab"),
        ("http://x/" + "a" * 1990, "is no page of the lab"),
    ],
)
def test_a_link_that_cannot_be_run_is_told_and_not_asked(class_, link, said):
    page = class_.opened("instructor")
    page.segmented_control(key="class.where").set_value("Your own").run()
    page.text_area(key="class.own.ask").set_value("Well?").run()
    page.text_input(key="class.own.link").set_value(link).run()
    assert not page.exception
    assert said in words(page)
    assert button(page, "class.ask").disabled


def test_the_instructor_sends_allows_ends_and_opens_again(class_):
    page = class_.opened("instructor")
    page.text_input(key="class.send.link").set_value("http://x/map").run()
    press(page, "class.send")
    assert (class_.now().sending, class_.now().sent.path) == (1, "map")
    page.pills(key="class.allowed.[]").set_value(["searches"]).run()
    assert class_.now().allowed == {"searches"}
    press(page, "class.end")
    assert class_.now().ended
    other = class_.opened("anna")
    assert "has ended" in words(other)
    class_.run(page, "instructor")
    press(page, "class.reopen")
    assert not class_.now().ended


def test_of_a_class_that_has_ended_only_what_can_still_be_done_is_there(class_):
    page = class_.opened("instructor")
    class_.instructor.end()
    class_.run(page, "instructor")
    keys = {b.key for b in page.button}
    assert {"class.reopen", "class.renew", "class.secret", "class.leave"} <= keys
    assert not keys & {"class.send", "class.ask", "class.end", "class.enlarge"}
    assert [e.label for e in page.expander] == ["Rooms of this server"], "there is nobody to send"
    assert not page.pills
    assert page.get_by_key("class.csv")
    assert f"{class_.code[:4]} {class_.code[4:]}" not in words(page), "nobody can come"


def test_what_is_asked_comes_first_and_the_code_beside_it_can_be_enlarged(class_):
    page = class_.opened("instructor")
    assert button(page, "class.enlarge") is None, "it is large where nothing is asked"
    class_.instructor.ask(HELPS)
    class_.run(page, "instructor")
    told = words(page)
    code = f"{class_.code[:4]} {class_.code[4:]}"
    assert told.index("Will it help with 30 labels") < told.index(code)
    press(page, "class.enlarge")
    assert words(page).count(code) == 2
    class_.run(page, "instructor")
    assert words(page).count(code) == 1


def test_the_lesson_stays_chosen_and_its_next_question_is_offered(class_):
    page = class_.lab("instructor")
    page.switch_page("learn/class_room.py")
    class_.run(page, "instructor")
    lessons = page.selectbox(key="class.lesson")
    name = lessons.options[-1]
    lessons.select(name).run()
    key = next(b.key for b in page.selectbox if b.key.startswith("class.lesson."))
    questions = page.selectbox(key=key).options
    assert len(questions) > 1
    press(page, "class.ask")
    assert page.selectbox(key=key).value == 1
    assert class_.now().asked.what.ask in questions[0]
    page.switch_page("distil/live.py")  # as for the run
    class_.run(page, "instructor")
    page.switch_page("learn/class_room.py")
    class_.run(page, "instructor")
    assert page.selectbox(key="class.lesson").value in key
    assert page.selectbox(key=key).value == 1
    for _ in questions:
        press(page, "class.ask")
    assert page.selectbox(key=key).value == len(questions) - 1


def test_what_is_typed_stays_while_the_link_is_copied_on_another_page(class_):
    page = class_.lab("instructor")
    page.switch_page("learn/class_room.py")
    class_.run(page, "instructor")
    page.segmented_control(key="class.where").set_value("Your own").run()
    page.text_area(key="class.own.ask").set_value("Will 30 labels do?").run()
    page.switch_page("distil/live.py")
    class_.run(page, "instructor")
    page.switch_page("learn/class_room.py")
    class_.run(page, "instructor")
    assert page.text_area(key="class.own.ask").value == "Will 30 labels do?"


def test_of_two_tabs_the_second_says_that_the_first_answer_counts(class_):
    one, two = class_.opened("anna"), class_.opened("anna")
    class_.instructor.ask(HELPS)
    class_.run(one, "anna")
    class_.run(two, "anna")
    answers(class_, one, "helped", "anna")
    class_.who = "anna"
    two.radio[0].set_value("hurt").run()
    assert class_.store.tally(class_.code).counts == {"helped": 1, "hurt": 0, "unclear": 0}
    assert "You answered in another tab, and that counts: It helps" in words(two)
    press(two, "class.change.1")
    answers(class_, two, "hurt", "anna")
    assert "Your prediction: It hurts" in words(two)
    assert "another tab" not in words(two)
    class_.run(one, "anna")
    assert "You answered in another tab, and that counts: It hurts" in words(one)
    again = class_.opened("anna")
    assert "Your prediction: It hurts" in words(again), "loaded anew"


def test_a_press_that_comes_second_says_that_the_first_answer_counts(class_):
    page = class_.opened("anna")
    class_.instructor.ask(HELPS)
    class_.run(page, "anna")
    page.radio[0].set_value("hurt").run()
    class_.store.answer(class_.code, 1, Visitor("anna"), "helped")  # in another tab
    press(page, f"class.{class_.code}.1.give")
    assert class_.store.tally(class_.code).counts["hurt"] == 0
    assert "You answered in another tab, and that counts: It helps" in words(page)


@pytest.mark.parametrize(
    ("typed", "meant"),
    [("http://x/lvie?labels=3", "/live"), ("soft-target", "/soft-targets"), ("http://x/qqqq", "")],
)
def test_a_wrong_link_to_send_to_is_told_with_what_a_link_looks_like(class_, typed, meant):
    page = class_.opened("instructor")
    page.text_input(key="class.send.link").set_value(typed).run()
    (told,) = [e.value.replace("\\", "").replace("\u200b", "") for e in page.warning]
    assert f"“{typed}” is no page of the lab" in told
    assert "/live?labels=100" in told
    assert (f"Perhaps {meant} was meant" in told) == bool(meant)
    assert len(told) < 300
    assert button(page, "class.send").disabled


def test_an_action_of_who_instructs_no_more_is_refused(class_):
    page = class_.opened("instructor")
    class_.instructor.ask(HELPS)
    class_.run(page, "instructor")
    class_.who = "anna"  # the secret was renewed elsewhere
    button(page, "class.close").click().run()
    assert not page.exception
    assert class_.now().asked.phase == "open"


def test_a_button_does_nothing_to_a_question_that_was_asked_after_it_was_drawn(class_):
    page = class_.opened("instructor")
    class_.instructor.ask(WHY)
    class_.run(page, "instructor")
    class_.instructor.ask(dataclasses.replace(WHY, ask="Another?"))
    button(page, "class.reveal").click().run()
    assert not page.exception
    assert "question 1 is not before the class any more" in words(page)
    assert (class_.now().asked.number, class_.now().asked.phase) == (2, "open")
    press(page, "class.reveal")
    assert class_.now().asked.phase == "revealed"


def test_a_renewed_secret_takes_its_own_browser_along_and_a_refused_renewal_none(class_):
    before = class_.store.secret(class_.code)
    page = class_.lab("instructor")
    page.switch_page("learn/class_room.py").run()
    class_.who = "anna"  # instructs no more
    button(page, "class.renew").click().run()
    assert not page.exception
    assert class_.store.secret(class_.code) == before
    class_.run(page, "instructor")
    press(page, "class.renew")
    after = class_.store.secret(class_.code)
    assert after != before
    (element,) = page.get("html")
    assert class_.store.browser_pass(class_.code) in element.proto.body


def test_the_servers_owner_opens_another_room_and_others_do_not(class_):
    page = class_.opened("anna")
    assert "Rooms of this server" not in [e.label for e in page.expander]
    page = class_.opened("owner")
    assert "Rooms of this server" in [e.label for e in page.expander]
    assert class_.code in words(page)


def test_the_address_that_is_shown_is_that_of_the_room(class_):
    page = class_.opened("instructor")
    shown = next(m.value for m in page.markdown if "class?room" in m.value.replace("\\", ""))
    parts = urlsplit("http://" + shown.replace("\\", "").strip("*"))
    assert parts.path.endswith("/class")
    assert dict(parse_qsl(parts.query)) == {"room": class_.code}


def test_a_nickname_that_is_typed_late_or_cannot_be_kept(class_):
    page = class_.opened("anna")
    class_.instructor.ask(HELPS)
    class_.run(page, "anna")
    page.text_input[0].set_value("Anna\ue000").run()  # no character that anybody has named
    assert "a nickname with invisible characters" in words(page)
    answers(class_, page, "helped", "anna")
    assert "Your prediction: It helps" in words(page), "it stands in nobody's way"
    page.text_input[0].set_value("Anna").run()
    assert not page.exception
    assert "cannot be seen" not in words(page)
    assert [each.nickname for each in class_.instructor.answers()] == ["Anna"]
    again = class_.opened("anna")  # a session of its own, as after loading the page anew
    assert again.text_input[0].value == "Anna"
    press(again, "class.change.1")
    answers(class_, again, "hurt", "anna")
    assert [(each.value, each.nickname) for each in class_.instructor.answers()] == [
        ("hurt", "Anna")
    ]


def test_the_secret_address_is_sent_when_it_is_asked_for_and_to_no_projector(class_):
    secret = class_.store.secret(class_.code)
    page = class_.opened("instructor")
    assert secret not in str(page._tree)
    press(page, "class.secret")
    assert any(secret in each.value for each in page.code)
    class_.run(page, "instructor")
    assert secret not in str(page._tree)
    page.session_state["link.projector"] = "on"
    button(page, "class.secret").click().run()  # drawn before the projector was switched on
    assert secret not in str(page._tree)
    assert button(page, "class.secret").disabled


def test_where_everybody_is_the_owner_the_secret_tells_who_instructs(class_, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", "everybody")
    class_.instructor.ask(HELPS)
    page = class_.opened("owner")
    assert "You lead this class" not in words(page)
    assert class_.store.secret(class_.code) not in str(page._tree)
    assert f"class.room.{class_.code}" not in {b.key for b in page.button}
    answers(class_, page, "helped", "owner")
    assert class_.store.tally(class_.code).answers == 1
    assert "You lead this class" in words(class_.opened("instructor"))
