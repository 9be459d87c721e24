"""How the lab's own components reach the browser: plain .js and .css files, put together as text.

A component is a folder with its Python wrapper and its scripts. Streamlit sends a component's
script with every mount, as a module of its own, which cannot import a neighbour. So it is sent a
few lines that load the rest from this server, once for good: the shared arithmetic (``maths.js``),
what all share on screen (``kit/``, ``kit.css``), and the component's own.
"""

from __future__ import annotations

import base64
import hashlib
import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

import numpy as np
import numpy.typing as npt
import plotly
import streamlit as st

from kdlab.config.schema import T_HIGH, T_LOW, T_MAX, T_MIN, DistilConfig
from kdlab.translation import LANGUAGES, language, say
from kdlab.translation.catalogue import catalogue

HERE = Path(__file__).parent
LOGIT_LIMIT = 60.0
"""Logits can be dragged and typed from -60 to 60."""
KIT = (
    "dom", "format", "slider", "temperature", "drag", "columns", "gallery", "mount",
    "stream", "player", "sheet", "watched", "library", "away", "idle",
)  # fmt: skip
"""Scripts in ``kit/``, one a topic, in the order in which they are read."""
PATH = "kdlab/script"
"""Where the server has them, from its root."""
LIBRARY = f"kdlab/plotly-{plotly.__version__}.min.js"
"""The address of the library that draws charts, from the server's root. The version is in its name,
so that a browser may keep it for good."""
SCRIPTS: dict[str, str] = {}
"""File name, which tells its contents, -> a component's script."""
SAYS = re.compile(r'\bsay(?:With)?\(\s*"((?:[^"\\]|\\.)*)"')
"""What a script says to a reader: ``say("Play")``."""
LOADER = (HERE / "loader.js").read_text(encoding="utf-8")


def text_of(folder: str, scripts: Iterable[str | Path]) -> str:
    """The script of the component in ``folder``: the limits of T as the settings have them, shared
    parts, then its own, in order: names in the folder, and paths of what the core has."""
    limits = (
        f"const WORDS = {{}}, T_MIN = {T_MIN}, T_MAX = {T_MAX}, T_LOW = {T_LOW}, T_HIGH = {T_HIGH};"
    )
    kit = [HERE / "kit" / f"{name}.js" for name in KIT]
    files = [HERE / "maths.js", *kit, *(HERE / folder / name for name in scripts)]
    return "\n".join([limits, *(path.read_text(encoding="utf-8") for path in files)])


def words_of(script: str, language: str) -> dict[str, str]:
    """What a ``script`` of this folder says in English -> the same in ``language``."""
    known = catalogue(language)
    said = (json.loads(f'"{found}"') for found in SAYS.findall(script))
    return {english: known[english] for english in said if english in known}


def help_of(name: str) -> str:
    """The help of a setting of a run, written once in its field."""
    return say(DistilConfig.model_fields[name].description or "")


def declare(
    folder: str,
    *scripts: str | Path,
    css_class: str = "",
    html: str = "",
    isolated: bool = True,
) -> Callable[..., Any]:
    """Register the component in ``folder`` and return its mounting command, which tells the script
    in which language its reader reads. With a ``css_class`` it
    has the look that all share, else it is the element ``html`` alone. What is not ``isolated``
    lies in the page's own document."""
    sheet = HERE / folder / f"{folder}.css"
    style = [path for path in (HERE / "kit.css", sheet) if css_class or path == sheet]
    text, addresses = text_of(folder, scripts), {}
    for each in LANGUAGES:
        words = json.dumps(words_of(text, each), ensure_ascii=False)
        own = text.replace("WORDS = {}", f"WORDS = {words}", 1)
        name = f"{folder}-{hashlib.sha256(own.encode()).hexdigest()[:12]}.js"
        SCRIPTS[name] = own
        addresses[each] = f"{PATH}/{name}"
    mount: Callable[..., Any] = st.components.v2.component(
        f"kdlab_{folder}",
        html=html or f'<div class="kd {css_class}"></div>',
        css="\n".join(p.read_text(encoding="utf-8") for p in style if p.is_file()) or None,
        js=LOADER.replace("ADDRESSES", json.dumps(addresses)),
        isolate_styles=isolated,
    )

    def mounted(*, data: Mapping[str, Any], **more: Any) -> Any:
        return mount(data={**data, "language": language()}, **more)

    return mounted


def agree(
    key: str, asked: dict[str, Any], check: Callable[[Mapping[str, Any]], dict[str, Any]]
) -> tuple[dict[str, Any], int]:
    """Who is right about the component's state, the page or the browser: ``(state, revision)``.

    The browser owns the state while somebody drags; Python's values arrive late and would pull the
    slider back. So the page's ``asked`` wins only where it is news: neither what the last run gave
    the page (:func:`remember`) nor what the browser has. It then gets a new revision, which tells
    the browser to adopt it, and commits of an older revision no longer count. ``check`` turns what
    a browser sent into a state of the same form as ``asked``, whatever nonsense it contains.
    """
    memory = _memory(key)
    held = st.session_state.get(key)
    sent = held.get("value") if isinstance(held, Mapping) else None
    current = isinstance(sent, Mapping) and sent.get("revision") == memory["revision"]
    mine = check(cast("Mapping[str, Any]", sent)) if current else None
    if asked not in (memory["given"], mine):
        memory["revision"] += 1
        memory["given"] = asked
        mine = None
    return (asked if mine is None else mine), memory["revision"]


def remember(key: str, given: dict[str, Any]) -> None:
    """Note what the page is given; call it last, so that an interrupted run gives nothing."""
    _memory(key)["given"] = given


def _memory(key: str) -> dict[str, Any]:
    """What the last run gave the page for ``key``, and the revision the browser should be at."""
    memory: dict[str, Any] = st.session_state.setdefault(
        f"{key} (memory)", {"given": None, "revision": 0}
    )
    return memory


def number(value: Any, low: float, high: float, fallback: float) -> float:
    """``value`` from the browser if it is a number from ``low`` to ``high``, else ``fallback``."""
    good = isinstance(value, int | float) and not isinstance(value, bool)
    return float(value) if good and math.isfinite(value) and low <= value <= high else fallback


def numbers(value: Any, count: int, limit: float = LOGIT_LIMIT) -> list[float] | None:
    """``value`` from the browser if it is ``count`` numbers from -limit to limit, else None."""
    if not isinstance(value, list | tuple) or len(value) != count:
        return None
    checked = [number(item, -limit, limit, math.nan) for item in value]
    return None if any(math.isnan(item) for item in checked) else checked


def rounded(values: npt.ArrayLike) -> Any:
    """Numbers as nested lists with three decimals: what a chart can show, a third of the bytes."""
    return np.asarray(values, dtype=np.float64).round(3).tolist()


def softmax(logits: npt.ArrayLike, temperature: float) -> npt.NDArray[np.float64]:
    """softmax(z / T) over the last axis, (..., C) -> (..., C), without overflow; as in maths.js."""
    z = np.asarray(logits, dtype=np.float64) / temperature
    shares = np.exp(z - z.max(axis=-1, keepdims=True))
    return shares / shares.sum(axis=-1, keepdims=True)


def maybe_tuple(values: Sequence[float] | None) -> tuple[float, ...] | None:
    """The frozen form of edited logits."""
    return None if values is None else tuple(float(value) for value in values)


def examples(
    logits: npt.ArrayLike, label: npt.ArrayLike, classes: Sequence[str]
) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.int64]]:
    """One example or many as (M, C) logits and (M,) labels; ValueError where they do not fit."""
    z = np.atleast_2d(np.asarray(logits, dtype=np.float64))
    labels = np.atleast_1d(np.asarray(label, dtype=np.int64))
    if z.shape != (len(labels), len(classes)):
        raise ValueError(
            f"logits are {z.shape}, with {len(classes)} classes and {len(labels)} labels; "
            "allowed: (M, C) logits, C classes, M labels"
        )
    return z, labels


def pictures(images: npt.NDArray[np.uint8], count: int) -> dict[str, Any]:
    """Pixels as base64, one text an image, with their shape (channels, height, width)."""
    pixels = np.asarray(images, dtype=np.uint8)
    if pixels.ndim == 3:
        pixels = pixels[:, None]
    if pixels.ndim != 4 or len(pixels) != count or pixels.shape[1] not in (1, 3):
        raise ValueError(f"images are {np.shape(images)}; allowed: ({count}, 1 or 3, H, W)")
    return {
        "shape": list(pixels.shape[1:]),
        "pixels": [base64.b64encode(image.tobytes()).decode() for image in pixels],
    }
