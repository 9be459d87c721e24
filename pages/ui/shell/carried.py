"""What the address carries from page to page beside a page's settings: the projector, a lesson, a
class, the language.

Each is one parameter, ``?projector=on``, that stands in the address, so that it can be kept as a
bookmark, and in the session, so that it goes along where a link within the app leads elsewhere.
What hands out settings does not carry them: who follows such a link has a screen of his own.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

import streamlit as st

ECHO_SECONDS = 1.5
"""For so long after a change the browser may still send the address of before."""


class Carried:
    """One such parameter. ``sound`` says which values it may have; others are as if it were not
    there."""

    def __init__(self, parameter: str, sound: Callable[[str], bool]) -> None:
        self.parameter = parameter
        self.sound = sound
        self.memory = f"link.{parameter}"
        self._changed = f"link.{parameter}.changed"
        PARAMETERS[parameter] = self

    @property
    def value(self) -> str:
        """As it is for this visitor now; empty where it is not there."""
        return str(st.session_state.get(self.memory, ""))

    def read(self) -> None:
        """Take it from the address, where it stands in it."""
        asked = st.query_params.get(self.parameter)
        changed = st.session_state.get(self._changed, -ECHO_SECONDS)
        if asked is not None and time.monotonic() - changed >= ECHO_SECONDS:
            st.session_state[self.memory] = asked if self.sound(asked) else ""

    def put(self, value: str) -> None:
        """From now on it is ``value``; empty takes it away. In a callback, or before the page."""
        st.session_state[self.memory] = value
        st.session_state[self._changed] = time.monotonic()


PARAMETERS: dict[str, Carried] = {}
"""All that are carried, by name; each module that has one adds it."""


def read() -> None:
    """Take all of them from the address; before the page that is asked for draws anything."""
    for each in PARAMETERS.values():
        each.read()


def without(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address but for those: what it says of a page."""
    return {name: value for name, value in address.items() if name not in PARAMETERS}


def told(address: Mapping[str, str]) -> dict[str, str]:
    """The parameters of an address, with those as they are now."""
    now = {name: each.value for name, each in PARAMETERS.items() if each.value}
    return without(address) | now


def write() -> None:
    """Put them into the address where it says something else; after the page, which may have
    written its own."""
    now = dict(st.query_params)
    if (wanted := told(now)) != now:
        st.query_params.from_dict(wanted)
