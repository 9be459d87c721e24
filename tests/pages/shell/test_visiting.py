"""Who is in front of the browser: the owner shows a key, and nothing else makes one."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest
from fakes import FakeManager
from streamlit.testing.v1 import AppTest
from streamlit.web.server.starlette.starlette_app_utils import generate_xsrf_token_string

from kdlab.hosting import key, visitor
from kdlab.storage.store import Store
from pages.ui.shell import visiting, workers
from tests.patience import PATIENCE

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[3]


@pytest.fixture
def cookies(monkeypatch):
    """What the browser sends."""
    sent = {}
    monkeypatch.setattr(visiting, "cookies", lambda: sent)
    monkeypatch.setattr(visiting, "_left", set())
    return sent


@pytest.fixture
def app(monkeypatch, tmp_path, cookies):
    monkeypatch.setenv("KDLAB_TRUST", "key")
    monkeypatch.setattr(workers, "manager", FakeManager)
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    return AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE)


def script():
    import streamlit as st

    from pages.ui.shell import visiting

    st.session_state["who"] = visiting.who()


def who(**user):
    """Who a new session with today's cookies is."""
    page = AppTest.from_function(script, default_timeout=PATIENCE)
    for name, value in user.items():
        page.user[name] = value
    page.run()
    assert not page.exception
    return page.session_state["who"]


def words(page):
    return " ".join(str(e.value) for e in [*page.markdown, *page.caption, *page.warning])


def everything(page):
    """All that a run has sent to the browser."""
    return str(page._tree) + str([element.proto for element in page.get("html")])


# -- the address ----------------------------------------------------------------------------------


@pytest.mark.parametrize("made", [key.secret, key.ticket], ids=["key", "ticket"])
def test_who_shows_the_key_is_given_a_pass_and_sent_on_before_any_page_is_drawn(app, made):
    shown = made()
    app.query_params["owner"] = shown
    app.run()
    assert not app.exception
    assert not app.title
    (element,) = app.get("html")
    body = element.proto.body
    assert f"{key.cookie()}={key.browser_pass()}; Max-Age=" in body
    assert "SameSite=Strict" in body
    assert "location.replace" in body, "the address with the key is in no history"
    assert shown not in everything(app)
    assert key.secret() not in everything(app)


@pytest.mark.parametrize("shown", ["", "wrong", "é", "x" * 5000, "<script>alert(1)</script>"])
def test_a_wrong_key_is_told_and_taken_from_the_address(app, shown):
    app.query_params["owner"] = shown
    app.run()
    assert not app.exception
    assert app.title[0].value == "Knowledge distillation lab"
    assert "not this server owner's key" in app.warning[0].value
    assert "owner" not in app.query_params
    assert "What this server allows" in [e.label for e in app.expander]
    assert key.browser_pass() not in everything(app)


def test_a_wrong_key_is_told_for_as_long_as_its_page_is_open(app):
    app.query_params["owner"] = "wrong"
    app.run()
    app.run()  # the page by itself, as when the workers are ready
    assert "not this server owner's key" in app.warning[0].value
    app.switch_page("understand/the_loss.py").run()
    assert not app.warning
    app.switch_page("home/home.py").run()
    assert not app.warning


def test_a_ticket_that_was_used_is_a_wrong_key_but_says_nothing_to_the_owner(app, cookies):
    ticket = key.ticket()
    assert key.opens(ticket)
    app.query_params["owner"] = ticket
    app.run()
    assert app.warning
    cookies[key.cookie()] = key.browser_pass()
    app.query_params["owner"] = ticket
    app.run()
    assert not app.warning
    assert "You are this server's owner" in words(app)


def test_where_nobody_is_the_owner_the_key_does_not_help(app, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", "nobody")
    app.query_params["owner"] = key.secret()
    app.run()
    assert "this server has no owner" in app.warning[0].value
    assert key.browser_pass() not in everything(app)


def test_where_everybody_is_no_key_is_needed(app, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", "everybody")
    app.query_params["owner"] = key.secret()
    app.run()
    assert not app.warning
    assert "owner" not in app.query_params
    assert "Anyone who can reach this server is its owner" in words(app)
    assert visitor.current() == visitor.OWNER


@pytest.mark.parametrize(("name", "value"), [("KDLAB_TRUST", "all"), ("KDLAB_UPLOAD_MB", "x")])
def test_a_server_that_was_set_up_wrongly_says_so_and_trusts_nobody(app, monkeypatch, name, value):
    monkeypatch.setenv(name, value)
    app.run()
    assert not app.exception
    assert name in app.error[0].value.replace("\\", "")
    assert not app.title
    assert not who().owner


def test_the_owner_can_sign_off(app, cookies):
    cookies[key.cookie()] = key.browser_pass()
    app.run()
    app.button(key="visiting.sign_off").click().run()
    (element,) = app.get("html")
    assert f"{key.cookie()}=; Max-Age=0" in element.proto.body
    assert not app.title


def test_who_signs_off_in_one_tab_has_signed_off_in_all_of_this_browser(app, cookies):
    here = {visiting.XSRF: browser(b"0123456789abcdef"), key.cookie(): key.browser_pass()}
    cookies |= here
    assert who().owner
    app.run()
    app.button(key="visiting.sign_off").click().run()
    assert not who().owner
    cookies[visiting.XSRF] = browser(b"fedcba9876543210")
    assert who().owner  # another browser's pass is its own
    cookies |= here
    again = AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE)
    again.query_params["owner"] = key.secret()
    again.run()
    assert who().owner


# -- what is trusted ------------------------------------------------------------------------------


@pytest.fixture
def _by_key(monkeypatch, cookies):
    monkeypatch.setenv("KDLAB_TRUST", "key")


@pytest.mark.usefixtures("_by_key")
def test_the_pass_makes_the_owner_and_ends_with_its_key(cookies):
    assert not who().owner
    cookies[key.cookie()] = key.browser_pass()
    assert who() == visitor.OWNER
    name, value = key.cookie(), key.browser_pass()
    key.renew()
    assert not who().owner
    cookies[key.cookie()] = value
    assert not who().owner
    assert name in cookies


@pytest.mark.usefixtures("_by_key")
@pytest.mark.parametrize("value", ["", "x", "é", "0" * 64, "None"])
def test_no_other_cookie_does(cookies, value):
    cookies[key.cookie()] = value
    cookies["kdlab_owner"] = "1"
    assert not who().owner


@pytest.mark.usefixtures("_by_key")
def test_the_key_itself_is_no_pass(cookies):
    cookies[key.cookie()] = key.secret()
    assert not who().owner


def test_nobody_means_nobody(cookies, monkeypatch):
    monkeypatch.setenv("KDLAB_TRUST", "nobody")
    cookies[key.cookie()] = key.browser_pass()
    assert not who().owner


@pytest.mark.usefixtures("_by_key")
def test_a_thread_of_the_server_works_for_no_owner():
    """Nor does what has no session: where it cannot be told, it is a visitor."""
    visitor.ask(visiting.who)
    heard = []
    thread = threading.Thread(target=lambda: heard.append(visitor.current()))
    thread.start()
    thread.join()
    assert heard == [visiting.SOMEBODY]
    assert not visiting.SOMEBODY.owner


def fragmented():
    import streamlit as st

    from kdlab.hosting import visitor

    def pressed():
        st.session_state["callback"] = visitor.current()

    @st.fragment
    def part():
        st.session_state["fragment"] = visitor.current()
        st.button("Press", on_click=pressed)

    part()


@pytest.mark.usefixtures("_by_key")
def test_fragments_and_callbacks_know_it_without_the_entry_script(cookies):
    visitor.ask(visiting.who)
    page = AppTest.from_function(fragmented, default_timeout=PATIENCE).run()
    page.button[0].click().run()
    assert not page.session_state["callback"].owner
    assert page.session_state["callback"] == page.session_state["fragment"]
    cookies[key.cookie()] = key.browser_pass()
    page.button[0].click().run()
    assert page.session_state["callback"] == page.session_state["fragment"] == visitor.OWNER


# -- who a visitor is -----------------------------------------------------------------------------


def browser(token):
    """The cookie that Streamlit gives; masked anew with every answer."""
    return generate_xsrf_token_string(token, 1_700_000_000)


@pytest.mark.usefixtures("_by_key")
def test_a_browser_is_one_visitor_however_its_cookie_is_masked(cookies):
    cookies["_streamlit_xsrf"] = browser(b"0123456789abcdef")
    anna, before = who(), cookies["_streamlit_xsrf"]
    cookies["_streamlit_xsrf"] = browser(b"0123456789abcdef")
    assert cookies["_streamlit_xsrf"] != before
    assert who() == anna
    cookies["_streamlit_xsrf"] = browser(b"fedcba9876543210")
    assert who() != anna
    assert len(anna.name) == 16
    assert b"0123456789abcdef".hex() not in anna.name


@pytest.mark.usefixtures("_by_key")
@pytest.mark.parametrize("cookie", ["", "2|", "2|x|y|z", "2||aa|1", "|||", "1|2|3", "é|é|é|é"])
def test_a_cookie_that_cannot_be_read_leaves_the_session(cookies, cookie):
    plain = who()
    cookies["_streamlit_xsrf"] = cookie
    assert who() == plain
    assert plain.name


@pytest.mark.usefixtures("_by_key")
def test_who_has_signed_in_is_the_same_in_every_browser(cookies):
    names = set()
    for token in (b"0123456789abcdef", b"fedcba9876543210"):
        cookies["_streamlit_xsrf"] = browser(token)
        names.add(who(is_logged_in=True, email="anna@example.org"))
    assert len(names) == 1
    assert who(is_logged_in=True, email="bert@example.org") not in names
    assert who(is_logged_in=False, email="anna@example.org") not in names
