"""The networks on screen as files for a device, made by a worker when somebody asks."""

from __future__ import annotations

import io
from collections.abc import Mapping
from typing import Any

import segno
import streamlit as st

from kdlab.device.collected import Make, collected
from kdlab.device.formats import FORMATS
from kdlab.errors import KdlabError
from kdlab.events import LABELS_ONLY
from pages.ui.shell import prose, reach, turns, workers
from pages.ui.shell.theme import TEACHER
from pages.ui.stage import offers
from pages.ui.stream import handed

SECONDS = 300.0
"""How long a worker may take: a large network is written, loaded and measured several times."""
USUAL = ["onnx", "int8", "html"]

Ask = tuple[Make, Any]
"""What makes the files, and what it makes them of."""


def panel(page: str, mark: str, ask: Ask, file_name: str) -> None:
    """Choose formats, have the files made, take them away. ``mark`` names the work on screen: the
    files of another one are not offered."""
    st.markdown("**The networks for a device**", help=prose.text("stage", "help device"))
    wanted = st.pills(
        "Formats",
        [name for name, each in FORMATS.items() if each.is_there],
        selection_mode="multi",
        default=[name for name in USUAL if name in FORMATS],
        format_func=lambda name: FORMATS[name].label,
        key=f"{page}.device.formats",
        label_visibility="collapsed",
    )
    key = f"{page}.device"
    beside: tuple[str, ...] = ()
    if "html" in wanted and st.toggle(
        "Teacher and labels-only student on the page, too",
        key=f"{key}.beside",
        help=prose.text("stage", "help beside"),
    ):
        beside = (TEACHER, LABELS_ONLY)
    pressed = st.button(
        "Make the files",
        key=f"{key}.make",
        icon=":material/smartphone:",
        disabled=not wanted,
    )
    if pressed:
        st.session_state[key] = {"mark": mark, **_made(ask, wanted, beside)}
    made = st.session_state.get(key)
    if made is None or made["mark"] != mark:
        return
    if made["problem"]:
        st.error(prose.plain(made["problem"]), icon=":material/error:")
        return
    _offered(made, page, file_name)


def _made(ask: Ask, wanted: list[str], beside: tuple[str, ...]) -> dict[str, Any]:
    """{machine, files, problem}: what a worker made, or why there is nothing."""
    make, what = ask
    asked = ",".join(name for name in FORMATS if name in wanted)
    try:
        with st.spinner("Writing the files, and asking each what it says"), turns.aside():
            told = workers.manager().call(collected, make, what, asked, beside, timeout=SECONDS)
    except KdlabError as error:
        return {"machine": "", "files": [], "problem": str(error)}
    return {**told, "problem": ""}


def _offered(made: Mapping[str, Any], page: str, file_name: str) -> None:
    with st.container(horizontal=True):
        for each in made["files"]:
            offers.offer(each["name"], each["content"], f"{file_name}-{each['name']}", page)
    rows = [row(each) for each in made["files"] if "accuracy" in each["facts"]]
    if rows:
        st.dataframe(rows, hide_index=True, width="stretch", alt="What each file says and costs")
        st.caption(
            prose.text("stage", "device measured").format(machine=prose.plain(made["machine"]))
        )
    for each in made["files"]:
        if each["name"].endswith(".html"):
            on_a_phone(each["name"], each["content"])


def row(each: Mapping[str, Any]) -> dict[str, str]:
    """A file's line in the table."""
    facts = each["facts"]
    time = facts["latency_ms"]
    found = {"File": each["name"], "Bytes": f"{facts['bytes']:,}"}
    found["Right on test, %"] = f"{100 * facts['accuracy']:.2f}"
    if "bits" in facts:
        found["Bits per character"] = f"{facts['bits']:.3f}"
    found["Answers as before, %"] = f"{100 * facts['alike']:.1f}"
    found["One input, ms"] = f"{time['median']:.3f} ({time['low']:.3f} to {time['high']:.3f})"
    return found


def on_a_phone(name: str, content: bytes) -> None:
    """A code that leads a phone in the same network to the page ``name``."""
    root = reach.from_elsewhere()
    if root is None:
        st.caption(prose.text("stage", "no phone"))
        return
    token = handed.files().hand(name, content)
    address = f"{root}/{handed.PATH}/{token}/{name}"
    with st.popover("On your phone", icon=":material/qr_code_2:"):
        st.image(code(address), width=240)
        st.markdown(prose.text("stage", "phone"))
        st.code(address, language=None, wrap_lines=True)


def code(address: str) -> str:
    """A QR code as SVG, dark on white whatever the theme: cameras want it so."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=6, border=3, light="#fff")
    return out.getvalue().decode()
