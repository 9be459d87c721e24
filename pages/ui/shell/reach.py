"""The address under which others in the same network reach this server, if they can."""

from __future__ import annotations

from urllib.parse import SplitResult, urlsplit

import streamlit as st

from kdlab.hosting.loopback import is_loopback
from kdlab.hosting.network import own_address
from pages.ui.shell import launch
from pages.ui.shell.contents import CONTENTS


def from_elsewhere() -> str | None:
    """The root of the lab, "http://192.168.1.7:8501" or "https://host/proxy/8501", without a slash
    at its end, as another device in this network asks for it; None where only this machine reaches
    the server, or the address is none. A visitor from elsewhere knows it already, with what a proxy
    puts before a page's name."""
    try:
        seen = urlsplit(st.context.url or launch.address())
        port = seen.port
    except ValueError:
        return None
    if seen.hostname and not is_loopback(seen.hostname):
        return f"{seen.scheme}://{seen.netloc}{before_the_page(seen)}"
    if (st.get_option("server.address") or "") not in launch.EVERYWHERE:
        return None
    own = own_address()
    if own is None:
        return None
    return f"{seen.scheme}://{own}" + (f":{port}" if port else "") + before_the_page(seen)


def root() -> str:
    """The root of the lab as others ask for it, or where only this machine reaches it, as this
    visitor does; without a slash at its end."""
    found = from_elsewhere()
    if found is not None:
        return found
    try:
        seen = urlsplit(st.context.url or launch.address())
    except ValueError:
        seen = urlsplit(launch.address())
    return f"{seen.scheme}://{seen.netloc}{before_the_page(seen)}"


def before_the_page(seen: SplitResult) -> str:
    """The path of an address without the name of a page at its end: Home has none."""
    path = seen.path.rstrip("/")
    before, _, last = path.rpartition("/")
    pages = {page.path for section in CONTENTS.values() for page in section}
    return before if last in pages else path
