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
from kdlab.translation import say
from pages.ui.shell import explain, prose, reach, turns, workers
from pages.ui.shell.theme import TEACHER
from pages.ui.stage import offers
from pages.ui.stream import handed

SECONDS = 120.0
"""How long a worker may take: a large network is loaded and measured several times."""
OFFERED = [name for name, each in FORMATS.items() if not each.needs]
"""What others need is for the command line: ExecuTorch's exporter would change PyTorch's modules
under whoever trains in the same process."""
KEPT = "device.files"
"""In the session: the files that were made last, of whatever page."""
MOST_BYTES = 100_000_000
"""Of them all: they lie in the server's memory, and again where they are fetched."""
USUAL = ["onnx", "int8", "html"]

Ask = tuple[Make, Any]
"""What makes the files, and what it makes them of."""


def panel(
    page: str,
    mark: str,
    ask: Ask,
    file_name: str,
    *,
    is_run: bool = True,
    for_phone: bool = True,
) -> None:
    """Choose formats, have the files made, take them away. ``mark`` names the work on screen: the
    files of another one are not offered. ``is_run``: its networks are teacher, labels only and
    distilled. ``for_phone``: they can stand on a page for the phone."""
    offered = [name for name in OFFERED if for_phone or not FORMATS[name].page]
    st.markdown(say("**The networks for a device**"), help=prose.text("stage", "help device"))
    wanted = st.pills(
        say("Formats"),
        offered,
        selection_mode="multi",
        default=[name for name in USUAL if name in offered],
        format_func=lambda name: say(FORMATS[name].label),
        key=f"{page}.device.formats" + ("" if for_phone else ".table"),
        label_visibility="collapsed",
    )
    if not for_phone:
        st.caption(explain.text("stage", "no page"))
    key = f"{page}.device"
    beside: tuple[str, ...] = ()
    if (
        is_run
        and "html" in wanted
        and st.toggle(
            say("Teacher and labels-only student on the page, too"),
            key=f"{key}.beside",
            help=prose.text("stage", "help beside"),
        )
    ):
        beside = (TEACHER, LABELS_ONLY)
    pressed = st.button(
        say("Make the files"),
        key=f"{key}.make",
        icon=":material/smartphone:",
        disabled=not wanted,
    )
    if pressed:
        st.session_state[KEPT] = {"mark": f"{page} {mark}", **_made(ask, wanted, beside)}
    made = st.session_state.get(KEPT)
    if made is None or made["mark"] != f"{page} {mark}":
        return
    if made["problem"]:
        st.error(prose.plain(made["problem"]), icon=":material/error:")
        return
    _offered(made, page, file_name)


def _made(ask: Ask, wanted: list[str], beside: tuple[str, ...]) -> dict[str, Any]:
    """{machine, files, remarks, problem}: what a worker made, or why there is nothing."""
    make, what = ask
    asked = ",".join(name for name in FORMATS if name in wanted)
    try:
        with st.spinner(say("Writing the files and checking the answers of each")), turns.aside():
            told = workers.manager().call(collected, make, what, asked, beside, timeout=SECONDS)
    except KdlabError as error:
        return _nothing(str(error))
    size = sum(len(each["content"]) for each in told["files"])
    if size > MOST_BYTES:
        return _nothing(
            f"The files have {size:,} bytes together. Allowed: {MOST_BYTES:,} by a page. Choose "
            "fewer formats, or use python -m kdlab export."
        )
    return {**told, "problem": ""}


def _nothing(problem: str) -> dict[str, Any]:
    return {"machine": "", "files": [], "remarks": [], "problem": problem}


def _offered(made: Mapping[str, Any], page: str, file_name: str) -> None:
    for text in made["remarks"]:
        st.warning(prose.plain(text), icon=":material/warning:")
    with st.container(horizontal=True):
        for each in made["files"]:
            offers.offer(each["name"], each["content"], f"{file_name}-{each['name']}", page)
    rows = [row(each) for each in made["files"]]
    if any("accuracy" in each["facts"] for each in made["files"]):
        st.dataframe(
            rows, hide_index=True, width="stretch", alt=say("What each file says and costs")
        )
        judged = max(each["facts"].get("judged", 0) for each in made["files"])
        words = prose.text("stage", "device measured")
        st.caption(words.format(judged=f"{judged:,}", machine=prose.plain(made["machine"])))
    for each in made["files"]:
        if each["name"].endswith(".html"):
            on_a_phone(each["name"], each["content"])


def row(each: Mapping[str, Any]) -> dict[str, str]:
    """A file's line in the table."""
    facts = each["facts"]
    found = {say("File"): each["name"], say("Bytes"): f"{facts['bytes']:,}"}
    if "accuracy" not in facts:
        return found
    time = facts["latency_ms"]
    found[say("Right on test, %")] = f"{100 * facts['accuracy']:.2f}"
    if "bits" in facts:
        found[say("Bits per character")] = f"{facts['bits']:.3f}"
    found[say("Same answers as in PyTorch, %")] = f"{100 * facts['alike']:.1f}"
    found[say("One input, ms")] = f"{time['median']:.3f}" + say(
        " ({low} to {high})", low=f"{time['low']:.3f}", high=f"{time['high']:.3f}"
    )
    return found


def on_a_phone(name: str, content: bytes) -> None:
    """A code that leads a phone in the same network to the page ``name``."""
    root = reach.from_elsewhere()
    if root is None:
        st.caption(explain.text("stage", "no phone"))
        return
    token = handed.files().hand(name, content)
    address = f"{root}/{handed.PATH}/{token}/{name}"
    with st.popover(say("On your phone"), icon=":material/qr_code_2:"):
        st.image(code(address), width=240)
        st.markdown(explain.text("stage", "phone"))
        st.code(address, language=None, wrap_lines=True)


def code(address: str) -> str:
    """A QR code as SVG, dark on white whatever the theme: cameras want it so."""
    out = io.BytesIO()
    segno.make(address, error="m").save(out, kind="svg", scale=6, border=3, light="#fff")
    return out.getvalue().decode()
