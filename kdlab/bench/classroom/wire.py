"""Streamlit's messages between browser and server: websocket, protobuf.

The only file of the core that imports Streamlit, and of it the messages alone.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from streamlit.proto.WidgetStates_pb2 import WidgetState

PATH = "_stcore/stream"
"""Of the websocket, below the server's address."""
PROTOCOL = "streamlit"
HEALTH, HOST = "_stcore/health", "_stcore/host-config"
"""What a browser asks for before it opens the websocket; the first gives it a cookie."""
COOKIE = "_streamlit_xsrf"

DONE = ForwardMsg.FINISHED_SUCCESSFULLY
BROKEN = ForwardMsg.FINISHED_WITH_COMPILE_ERROR
FRAGMENT_DONE = ForwardMsg.FINISHED_FRAGMENT_RUN_SUCCESSFULLY


def rerun(
    address: str,
    query: str = "",
    *,
    page: str = "",
    name: str = "",
    fragment: str = "",
    by_itself: bool = False,
    widgets: Iterable[WidgetState] = (),
) -> bytes:
    """Run the script: the whole of it, or one ``fragment``.

    ``page`` is the hash of a page that the server has told of; without one it goes by ``name``, the
    path of the address. ``by_itself``: no visitor has done anything.
    """
    message = BackMsg()
    state = message.rerun_script
    state.query_string, state.page_script_hash, state.page_name = query, page, name
    state.fragment_id, state.is_auto_rerun = fragment, by_itself
    state.widget_states.widgets.extend(widgets)
    context = state.context_info
    context.timezone, context.timezone_offset, context.locale = "UTC", 0, "en-US"
    context.url, context.is_embedded, context.color_scheme = address, False, "light"
    return message.SerializeToString()


def pressed(button: str) -> WidgetState:
    """What a click on the button with this id says."""
    return WidgetState(id=button, trigger_value=True)


def chosen(radio: str, option: str) -> WidgetState:
    """What says that this ``option`` of the radio with this id is the one."""
    return WidgetState(id=radio, string_value=option)


def triggered(component: str, event: str, value: Any) -> WidgetState:
    """What ``setTriggerValue(event, value)`` in the script of the component with this id says."""
    told = json.dumps([{"event": event, "value": value}], separators=(",", ":"))
    name = f"$$STREAMLIT_INTERNAL_KEY_{component}__events"
    return WidgetState(id=name, json_trigger_value=told)


def read(data: bytes) -> ForwardMsg:
    """A message of the server."""
    return ForwardMsg.FromString(data)
