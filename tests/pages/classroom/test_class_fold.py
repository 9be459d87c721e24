"""The dock folds, and what the class does next opens it; what its visitor does himself is no news
to his page, and what others do afterwards is."""

from __future__ import annotations

from told import streamed, words

from tests.pages.classroom.one_class import HELPS, WHY

COMPOSE = "learn/compose.py"


def folded(page):
    return page.button(key="class.fold").label == "Unfold"


def test_who_folds_the_dock_finds_it_open_when_something_else_comes(class_):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    assert not folded(page)
    page.button(key="class.fold").click().run()
    assert folded(page)
    assert HELPS.ask not in words(page)
    page.switch_page("understand/the_loss.py").run()
    assert folded(page), "on every page"
    page.button(key="class.fold").click().run()
    assert not folded(page)
    page.button(key="class.fold").click().run()
    class_.instructor.close()
    page.run()
    assert not folded(page)
    assert HELPS.ask in words(page)


def test_where_an_instructor_prepares_something_it_is_folded_when_he_comes(class_):
    class_.instructor.ask(HELPS)
    page = class_.lab("instructor")
    for _ in range(2):
        page.switch_page(COMPOSE).run()
        assert folded(page)
        page.button(key="class.fold").click().run()
        assert not folded(page), "until he wants it"
        page.switch_page("understand/the_loss.py").run()
        assert not folded(page)
    page.switch_page(COMPOSE).run()
    class_.instructor.close()
    page.run()
    assert not folded(page), "what the class does next opens it there, too"


def test_a_learner_sees_there_what_is_asked(class_):
    class_.instructor.ask(HELPS)
    page = class_.lab("anna")
    page.switch_page(COMPOSE).run()
    assert not folded(page)


def test_what_the_instructor_does_is_no_news_to_his_page_and_what_others_do_is(class_):
    class_.instructor.ask(WHY)
    page = class_.lab("instructor")
    watches = page.session_state["watching.class"].subscription
    number, _ = streamed(watches)
    page.button(key="class.close").click().run()
    number, told = streamed(watches, number)
    assert told["class_turn"]["is"][1] == "closed", "as his page has drawn it: it asks for nothing"
    class_.instructor.reveal({})
    number, told = streamed(watches, number)
    assert "class_turn" in told, "in another window"
    page.button(key="class.clear").click()
    class_.instructor.clear()  # so that his own is refused
    page.run()
    assert not page.exception
    number, _ = streamed(watches, number)
    class_.instructor.ask(HELPS)
    _, told = streamed(watches, number)
    assert "class_turn" in told, "after what was refused, too"


def test_what_can_be_asked_next_is_folded_while_the_class_is_busy(class_):
    class_.instructor.ask(WHY)
    page = class_.opened("instructor")
    assert "Ask something else" in {each.label for each in page.expander}
    page.button(key="class.reveal").click().run()
    assert "Ask something else" not in {each.label for each in page.expander}
    assert "**Ask the class**" in words(page)
