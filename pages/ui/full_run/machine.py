"""One line on the accelerator that runs use, and what is behind it."""

from __future__ import annotations

import math
import time
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.system import machine
from pages.ui.full_run import worker_calls
from pages.ui.shell import explain, prose, workers
from pages.ui.stream import watching, workers_line

AGAIN_SECONDS = 30.0
"""After which the workers are asked again, where none of them had a moment to answer."""
KINDS = {"cuda": "CUDA", "mps": "MPS (Apple)", "cpu": "CPU"}


@st.cache_resource(show_spinner=False)
def _kept() -> dict[str, Any]:
    """What a worker has told, once a server."""
    return {}


def known() -> dict[str, Any]:
    """The device's facts as far as a worker has told them; nobody is asked."""
    kept = _kept()
    return {} if "problem" in kept else kept


def asks_again() -> bool:
    """Whether nobody had a moment to answer, and it is time to ask once more."""
    return time.monotonic() - _kept().get("failed", math.inf) > AGAIN_SECONDS


def device() -> dict[str, Any]:
    """The device's facts; empty until a worker has told them."""
    kept = _kept()
    if asks_again():
        kept.clear()
    if not kept and workers.manager().state == "ready":
        try:
            told = workers.manager().call(worker_calls.describe)
            kept.update(told if isinstance(told, dict) else {})
        except KdlabError as error:
            kept.update(problem=str(error), failed=time.monotonic())
    return known()


def show() -> None:
    """The line; the page runs again when the workers are there."""
    st.markdown(line())
    now = workers.standing()
    if now.state == "starting":
        with watching.source("workers", workers_line.source, "machine"):
            watching.run_on("machine", now, workers_line.phase)


def line() -> str:
    """The machine in a line, as Markdown; its own name is known without a worker."""
    found, own = device(), machine.facts()
    if not found:
        return f"**This machine** {prose.plain(own.gpu or own.cpu)}, {own.cores} cores"
    parts = [KINDS.get(found["kind"], found["kind"]), found["name"], gib(found["memory_bytes"])]
    if found["kind"] == "cuda":
        parts += [f"compute capability {found['capability']}"]
        parts += ["bf16" if found["bf16"] else "no bf16"]
        parts += [f"{found['gpus']} GPUs"] if found["gpus"] > 1 else []
    elif found["kind"] == "cpu":
        parts += [f"{own.cores} core{'s' * (own.cores != 1)}", "no accelerator"]
    return "**This machine** " + prose.plain(", ".join(map(str, parts)))


def more() -> None:
    """All facts, and where there is no accelerator, what is missing and what still works."""
    found = device()
    if not found:
        st.caption(explain.text("full-run", "device not known yet"))
        if problem := _kept().get("problem"):
            st.warning(prose.plain(problem), icon=":material/warning:")
        if st.button("Look again", key="full-run.look", help="Ask the workers about the device."):
            _kept().clear()
            st.rerun()
        return
    rows = {
        "Runs use": KINDS.get(found["kind"], found["kind"]),
        "Name": found["name"],
        "Memory": gib(found["memory_bytes"]),
        "Compute capability": found["capability"] or "none: not CUDA",
        "bf16": "fast, used with precision auto" if found["bf16"] else "not fast here: fp32",
        "GPUs": found["gpus"],
        "Software": f"torch {found['torch']}, Python {found['python']}",
    }
    lines = [f"| {name} | {prose.plain(value)} |" for name, value in rows.items()]
    st.markdown("| | |\n|---|---|\n" + "\n".join(lines))
    if found["machine"] != machine.describe():
        st.caption(f"As a worker sees it: {prose.plain(found['machine'])}.")
    if found["kind"] != "cpu":
        return
    missing = "no accelerator found" if found.get("cuda") else "no CUDA in torch"
    st.markdown(explain.text("full-run", missing))
    st.markdown(explain.text("full-run", "without an accelerator"))


def gpus() -> int:
    """GPUs that one run can use together, at least 1."""
    return max(1, int(device().get("gpus") or 1))


def gib(count: float) -> str:
    """Bytes as people read them: "139 GiB", "1.3 GiB", "85 MiB", "12 KiB"."""
    if count < 2**20:
        return f"{count / 2**10:,.0f} KiB"
    if count < 2**30:
        return f"{count / 2**20:,.0f} MiB"
    size = count / 2**30
    return f"{size:.1f} GiB" if size < 10 else f"{size:,.0f} GiB"
