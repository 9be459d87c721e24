"""The address under which others in the same network reach this server, if they can."""

from __future__ import annotations

import socket
from urllib.parse import urlsplit

import streamlit as st

from kdlab.hosting.loopback import is_loopback
from pages.ui.shell import launch


def from_elsewhere() -> str | None:
    """Scheme and host, "http://192.168.1.7:8501", as another device in this network asks for them;
    None where only this machine reaches the server. A visitor from elsewhere knows it already."""
    seen = urlsplit(st.context.url or launch.address())
    if seen.hostname and not is_loopback(seen.hostname):
        return f"{seen.scheme}://{seen.netloc}"
    if (st.get_option("server.address") or "") not in launch.EVERYWHERE:
        return None
    own = own_address()
    if own is None:
        return None
    return f"{seen.scheme}://{own}" + (f":{seen.port}" if seen.port else "")


def own_address() -> str | None:
    """This machine's address in its network; None where it is in none. No packet is sent."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as probe:
        try:
            probe.connect(("192.0.2.1", 9))  # a documentation address: RFC 5737
            found = str(probe.getsockname()[0])
        except OSError:
            return None
    return None if is_loopback(found) else found
