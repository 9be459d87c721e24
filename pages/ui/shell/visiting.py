"""Who is in front of the browser: this server's owner, or a visitor with a name of his own.

The owner opens the address that ``python -m kdlab open`` has printed, with the owner's key in it.
The key is looked at before any page is; the browser is given a pass that follows from the key, as a
cookie, and is sent on to the same page without the key, in place of the address that had it: the
key stands in no link, no history of the tab and no page. From then on the pass is what tells.

A visitor is known by who has signed in (where the server asks for that), else by the token that
Streamlit gives to each browser, else by the session. No address counts: behind a proxy all visitors
come from this machine, and a browser may say whatever it likes of where it comes from.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

import streamlit as st
from streamlit.runtime.scriptrunner import get_script_run_ctx

from kdlab.errors import KdlabError
from kdlab.hosting import key, limits, visitor
from kdlab.hosting.visitor import OWNER, Visitor
from pages.ui.shell import prose

PASS_SECONDS = 30 * 24 * 3600
SOMEBODY = Visitor("nobody-known")
"""For whom the server is at work where that cannot be told: not for its owner."""
LEAVING = "visiting.leaving"
_left: set[str] = set()
"""Browsers whose owner has signed off: their other tabs still send the pass, since a session has
the cookies with which it began."""
WRONG = "visiting.wrong"
"""The page at which a wrong key was shown: said there until another page is opened."""
XSRF = "_streamlit_xsrf"
GIVE = """
<p id="kdlab-owner">{words}</p>
<script>
(() => {{
  const secure = location.protocol === "https:" ? "; Secure" : "";
  document.cookie = {cookie} + "; path=/; SameSite=Strict" + secure;
  const there = new URL(location.href);
  there.searchParams.delete({parameter});
  if (document.cookie.split("; ").includes({expected}) !== {kept})
    document.getElementById("kdlab-owner").textContent = {refused};
  else if (there.href === location.href) location.reload();
  else location.replace(there);
}})();
</script>
"""


def arrive(page: str = "") -> bool:
    """What is done in each run before any ``page``: whether the run ends with that.

    Who works here is registered, what the server was set to is checked, and the owner's key is
    taken from the address.
    """
    visitor.ask(who)
    try:
        key.trust()
        limits.told()
    except KdlabError as error:
        st.error(prose.plain(error), icon=":material/error:")
        return True
    if st.session_state.get(LEAVING):
        send_on(f"{key.cookie()}=", 0, key.PARAMETER, "signing off")
        return True
    if key.PARAMETER not in st.query_params:
        _tell_if_wrong(page)
        return False
    shown = st.query_params[key.PARAMETER]
    if key.trust() == key.KEY and key.opens(shown):
        _left.discard(_here())
        cookie = f"{key.cookie()}={key.browser_pass()}"
        send_on(cookie, PASS_SECONDS, key.PARAMETER, "signing on")
        return True
    del st.query_params[key.PARAMETER]
    st.session_state[WRONG] = page
    _tell_if_wrong(page)
    return False


def _tell_if_wrong(page: str) -> None:
    """Again in each run: pages run anew by themselves, as when the workers are ready."""
    if st.session_state.get(WRONG) != page or who().owner:
        st.session_state.pop(WRONG, None)
    else:
        st.warning(prose.text("server", f"wrong {key.trust()}"), icon=":material/key_off:")


def who() -> Visitor:
    """For whom this thread of the server is at work: registered in :mod:`kdlab.hosting.visitor`."""
    try:
        trust = key.trust()
    except KdlabError:  # told on every page
        trust = key.NOBODY
    if trust == key.EVERYBODY:
        return OWNER
    context = get_script_run_ctx(suppress_warning=True)
    if context is None:
        return SOMEBODY
    sent = cookies()
    mark = _mark(sent, context.session_id)
    if trust == key.KEY and LEAVING not in st.session_state and mark not in _left:
        shown = sent.get(key.cookie(), "")
        if shown and key.is_pass(shown):
            return OWNER
    return Visitor(key.derived("visitor", mark)[:16])


def sign_off() -> None:
    """This browser is no longer the owner's, in none of its tabs; for the callback of a button."""
    st.session_state[LEAVING] = True
    _left.add(_here())


def send_on(cookie: str, seconds: int, parameter: str, section: str) -> None:
    """Give the browser a cookie ("name=value"; for 0 seconds: take it away), and the same page
    without the ``parameter`` that held what it stands for. Whoever keeps no cookies is told;
    ``section`` of the text is what is said meanwhile."""
    values = {
        "cookie": f"{cookie}; Max-Age={seconds}",
        "parameter": parameter,
        "expected": cookie,
        "kept": bool(seconds),
        "refused": prose.text("server", "no cookies"),
    }
    told = {name: json.dumps(value) for name, value in values.items()}
    words = prose.in_html(prose.text("server", section))
    st.html(GIVE.format(words=words, **told), unsafe_allow_javascript=True)


def cookies() -> Any:
    """The browser's cookies, as it sent them when this session began."""
    try:
        return st.context.cookies
    except RuntimeError:  # no server: a test runs the page
        return {}


def browser() -> str:
    """What tells this visitor's browser from others; empty where nothing does."""
    return browser_of(cookies())


def browser_of(sent: Mapping[str, str]) -> str:
    """The same of whoever sends these cookies."""
    return key.derived("browser", token)[:16] if (token := _token(sent.get(XSRF, ""))) else ""


def _here() -> str:
    """What tells this browser from others."""
    context = get_script_run_ctx(suppress_warning=True)
    return _mark(cookies(), context.session_id if context is not None else "")


def _mark(sent: Any, session: str) -> str:
    """What tells this visitor from others."""
    try:
        if st.user.get("is_logged_in"):
            return "user " + str(st.user.get("sub") or st.user.get("email") or "")
    except (AttributeError, KeyError, RuntimeError):  # nobody signs in here
        pass
    token = _token(sent.get(XSRF, ""))
    return f"browser {token}" if token else f"session {session}"


def _token(cookie: str) -> str:
    """The token in Streamlit's cookie "2|mask|token|time": each answer of the server masks it anew.
    Hexadecimal digits; empty where it is something else."""
    try:
        _, mask, masked, _ = cookie.strip("\"'").split("|")
        key_bytes, token = bytes.fromhex(mask), bytes.fromhex(masked)
        return bytes(byte ^ key_bytes[i % 4] for i, byte in enumerate(token)).hex()
    except (ValueError, IndexError):
        return ""
