"""The server of the lab: ``streamlit run``, and its owner's address in terminal and browser.

Streamlit takes the next port where 8501 is busy, and only the server itself knows which one it got:
so the address is told from inside of it, once it listens.
"""

from __future__ import annotations

import contextlib
import math
import os
import re
import sys
import threading
import time
import tomllib
import webbrowser
from collections.abc import Callable, Sequence
from pathlib import Path
from urllib.parse import urlencode

import streamlit as st
from streamlit import config, runtime
from streamlit.runtime import RuntimeState

from kdlab.classroom import opening
from kdlab.errors import KdlabError
from kdlab.hosting import class_rights, key, limits
from kdlab.hosting.loopback import is_loopback
from kdlab.hosting.network import own_address
from pages.ui.shell import instructing

HEADLESS = "--server.headless"
WELCOME = "--logger.hideWelcomeMessage"
ADDRESS = "--server.address"
MOST_MB = "--server.maxUploadSize"
USUAL_MB = 200
YES = ("true", "1", "yes", "on", "t", "y")
LOOK_SECONDS = 0.05
EVERYWHERE = ("", "0.0.0.0", "::")
"""Addresses at which a server listens, and no browser can ask."""
_told = threading.Event()
"""Whether this process has told its address."""


def main() -> None:
    """``streamlit`` with the options of the command line, and its address told by the lab."""
    from streamlit.web.cli import main as streamlit

    options, opens = prepared(sys.argv[1:])
    sys.argv[1:] = options
    _told.set()  # by this thread, not again when the server is up
    threading.Thread(target=_tell_when_there, args=(opens,), name="address", daemon=True).start()
    streamlit(prog_name="streamlit")


def prepared(argv: Sequence[str]) -> tuple[list[str], bool]:
    """(Options for Streamlit, whether a browser is to be opened): what Streamlit would tell and
    open itself is the address without a key, so the lab does both.

    Where others can reach the server, no file is taken that is larger than visitors may load,
    unless the options say otherwise: a program that talks to the server needs no widget.
    """
    ours = [HEADLESS, "true", WELCOME, "true"]
    told, rest = _without(HEADLESS, argv)
    headless = told or _set("server", "headless") or str(_has_no_screen())
    address = _without(ADDRESS, argv)[0]
    if address is not None and not is_loopback(address) and _without(MOST_MB, argv)[0] is None:
        most = _visitors_mb()
        if most < _server_mb():
            ours += [MOST_MB, str(most)]
    return [*rest[:2], *ours, *rest[2:]], headless.lower() not in YES


def _set(section: str, name: str) -> str:
    """What was set for an option besides the command line; empty where nothing was.

    Read here: Streamlit, asked before its command line is read, complains of the changes later.
    """
    words = re.sub(r"([A-Z])", r"_\1", name).upper()
    found = os.environ.get(f"STREAMLIT_{section.upper()}_{words}", "")
    for path in reversed(config.get_config_files("config.toml")):  # the later ones prevail
        try:
            told = tomllib.loads(Path(path).read_text(encoding="utf-8"))[section][name]
        except (OSError, ValueError, LookupError, TypeError):  # Streamlit says what is wrong
            continue
        found = found or str(told)
    return found


def _has_no_screen() -> bool:
    """As Streamlit finds it."""
    return sys.platform not in ("win32", "darwin") and not (
        os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")
    )


def _without(name: str, argv: Sequence[str]) -> tuple[str | None, list[str]]:
    """(The last value of option ``name``, the others); what follows ``--`` is the script's own."""
    value, rest = None, list(argv)
    end = rest.index("--") if "--" in rest else len(rest)
    place = 0
    while place < end:
        word = rest[place]
        if word == name and place + 1 < end:
            value, count = rest[place + 1], 2
        elif word.startswith(f"{name}="):
            value, count = word.partition("=")[2], 1
        else:
            place += 1
            continue
        del rest[place : place + count]
        end -= count
    return value, rest


def _server_mb() -> float:
    try:
        return float(_set("server", "maxUploadSize") or USUAL_MB)
    except ValueError:  # Streamlit says what is wrong
        return USUAL_MB


def _visitors_mb() -> float:
    try:
        most = limits.told().upload_mb
    except KdlabError:  # told on every page
        most = limits.Limits().upload_mb
    return math.ceil(most) if most else math.inf


def tell_once() -> None:
    """Print the address, if this process has not done so: a plain ``streamlit run app.py`` comes
    here when it starts."""
    if not _told.is_set():
        _told.set()
        _say(words())
        _say(class_words())


def class_words() -> list[str]:
    """The addresses of the class for which the server was started, whose room is opened where there
    is none; empty without a class."""
    if not class_rights.holds_class():
        return []
    try:
        rooms = instructing.rooms()
        room = opening.room_of(rooms, os.environ.get(opening.TITLE, ""))
        root = rooms.served_at(_for_others())
        told = opening.lines(rooms, room, root, colours=_has_colours())
        if rooms.aside is not None:
            told += ["", f"  The file of earlier classes was damaged; it is {rooms.aside} now."]
    except KdlabError as error:
        return ["", f"  No class: {error}", ""]
    return [*told, ""]


def _for_others() -> str:
    """This server's address as others in its network have it, as far as that is known here."""
    own = own_address() if _listens_everywhere() else None
    return address().replace("//localhost", f"//{own}", 1) if own else address()


def _listens_everywhere() -> bool:
    return (st.get_option("server.address") or "") in EVERYWHERE


def _has_colours() -> bool:
    return bool(sys.stdout) and sys.stdout.isatty() and not os.environ.get("NO_COLOR")


def words() -> list[str]:
    """What is told where the server was started."""
    plain, in_class = address(), class_rights.holds_class()
    lines = ["", f"  The lab: {plain}"]
    if _trust() == key.KEY:
        lines = [
            "",
            f"  For you, the owner: {plain}?{key.PARAMETER}={key.secret()}",
            "  Anyone who opens this owns the server, without limits: keep it to yourself.",
        ]
        if not in_class:  # the address of the class is the one to hand out
            lines.append(f"  For visitors: {plain}")
    if _listens_everywhere() and not (in_class and own_address()):
        lines.append("  Others reach it by this machine's name or address, in place of localhost.")
    return [*lines, ""]


def address() -> str:
    """This server's address on this machine."""
    scheme = "https" if st.get_option("server.sslCertFile") else "http"
    host = st.get_option("server.address") or ""
    host = "localhost" if host in EVERYWHERE else host
    host = f"[{host}]" if ":" in host else host
    base = (st.get_option("server.baseUrlPath") or "").strip("/")
    return f"{scheme}://{host}:{st.get_option('server.port')}/" + (f"{base}/" if base else "")


def _trust() -> str:
    try:
        return key.trust()
    except KdlabError as error:
        _say([str(error)])
        return key.NOBODY


def _tell_when_there(
    opens: bool, show: Callable[[str], object] = webbrowser.open, wait: float = LOOK_SECONDS
) -> None:
    """Tell the address when the server has its port, and open it in the browser where ``opens``."""
    while not _is_there():
        time.sleep(wait)
    _say(words())
    _say(class_words())
    if opens:
        show(_first_page())


def _first_page() -> str:
    """The address that is opened here: of the class, where there is one, as its owner."""
    shown, more = address(), {}
    if class_rights.holds_class():
        with contextlib.suppress(KdlabError):
            room = opening.room_of(instructing.rooms(), os.environ.get(opening.TITLE, ""))
            shown, more = f"{shown}class", {instructing.ROOM: room.code}
    if _trust() == key.KEY:
        more[key.PARAMETER] = key.ticket()
    return shown + (f"?{urlencode(more)}" if more else "")


def _is_there() -> bool:
    return runtime.exists() and runtime.get_instance().state is not RuntimeState.INITIAL


def _say(lines: Sequence[str]) -> None:
    """To the terminal, where there is one."""
    try:
        sys.stdout.write("\n".join([*lines, ""]))
        sys.stdout.flush()
    except (AttributeError, OSError, ValueError):  # a server without a terminal
        pass
