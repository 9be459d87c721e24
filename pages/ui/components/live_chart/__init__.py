"""A Plotly chart that changes in place.

``st.plotly_chart`` mounts a new chart on every change of its figure, which flickers and forgets
the reader's zoom. This component calls ``Plotly.react`` on one DOM node instead. The library is
the ``plotly.min.js`` of the installed plotly package, served by this server
(:mod:`pages.ui.stream.routes`): nothing is fetched from elsewhere.
"""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Literal, Union

import streamlit as st

from pages.ui.charts.text import safe
from pages.ui.components import inline
from pages.ui.shell import projector
from pages.ui.shell.prose import visible

if TYPE_CHECKING:  # a second to import, and the lab's own charts are dicts
    import plotly.graph_objects as go

Figure = Union["go.Figure", dict[str, Any]]
"""A figure, or the dict of ``data`` and ``layout`` that it would write: cheap at every event."""

NO_STREAM: Mapping[str, str] = {}

# Plotly writes its own rules into the document
_mount = inline.declare(
    "live_chart",
    "saved.js",
    "paper.js",
    "limit.js",
    "live_chart.js",
    html='<div class="kd-chart-frame"><div class="kd-chart"></div></div>',
    isolated=False,
)


def live_chart(
    key: str,
    figure: Figure,
    alt: str,
    height: int = 320,
    *,
    on_pick: Callable[[list[int]], None] | None = None,
    on_limit: Callable[[float | None], None] | None = None,
    stream: Mapping[str, str] = NO_STREAM,
    about: str | None = None,
) -> None:
    """Draw ``figure`` where it stands; the next call with the same ``key`` redraws it in place, and
    so does what the ``stream`` tells, see :mod:`pages.ui.stream.watching`.

    ``alt`` says in a sentence what is drawn, for people who do not see it; ``height`` is in
    pixels, the width is that of the container. Texts of the figure are shown letter by letter
    unless they are :class:`pages.ui.charts.text.Own`. Colours of text and lines follow the theme. A
    layout with ``uirevision`` keeps the reader's zoom over redraws. ``on_pick`` is called with the
    place of what was clicked: [row, column] in a heat map, [number] of a point elsewhere.
    ``on_limit`` lets the limit of the figure (:mod:`pages.ui.charts.limit`) be dragged, and is
    called with the place where it is left, None for no limit. A chart that is saved tells the
    settings of the page's work (:mod:`pages.ui.stage.told`), or what it is ``about`` where that is
    not the page's one work.
    """

    key = f"chart_{key}"

    def picked() -> None:
        held = st.session_state.get(key)
        place = held.get("picked") if isinstance(held, dict) else None
        if on_pick is not None and isinstance(place, list):
            on_pick([int(n) for n in place if isinstance(n, int | float) and n >= 0])

    def limited() -> None:
        held = st.session_state.get(key)
        told = held.get("limited") if isinstance(held, dict) else None
        if on_limit is None or not isinstance(told, list) or len(told) != 1:
            return
        value = told[0]
        if value is None:
            on_limit(None)
        elif isinstance(value, int | float) and math.isfinite(value) and value > 0:
            on_limit(float(value))

    _mount(
        key=key,
        data={
            "value": drawn(figure, alt),
            "height": height,
            "key": key,
            "source": inline.LIBRARY,
            "picks": on_pick is not None,
            "limits": on_limit is not None,
            "projector": projector.on(),
            "about": about,
            **stream,
        },
        on_picked_change=picked,
        on_limited_change=limited,
    )


def drawn(figure: Figure, alt: str) -> dict[str, Any]:
    """What the browser is told of a chart."""
    spec = figure if isinstance(figure, dict) else json.loads(str(figure.to_json()))
    return {"figure": safe(_framed(spec)), "alt": visible(alt)}


def _framed(spec: dict[str, Any]) -> dict[str, Any]:
    """A figure in which nothing is drawn yet, without the numbers that Plotly would make up for its
    axes: those that have a range keep theirs."""
    if any(trace.get("x") or trace.get("y") or "z" in trace for trace in spec["data"]):
        return spec
    bare = {
        name: {"showticklabels": False} | axis
        for name, axis in spec["layout"].items()
        if name.startswith(("xaxis", "yaxis")) and not {"range", "tickvals"} & set(axis)
    }
    return spec | {"layout": spec["layout"] | bare}


def charts_in_row(
    charts: Iterable[tuple[str, Figure, str]],
    height: int,
    widths: int | Sequence[int] = 3,
    *,
    gap: Literal["small", "medium"] = "medium",
    on_pick: Callable[[list[int]], None] | None = None,
) -> None:
    """Charts side by side, as many as ``widths``: of each what :func:`live_chart` is given."""
    for place, (key, figure, alt) in zip(st.columns(widths, gap=gap), charts, strict=True):
        with place:
            live_chart(key, figure, alt, height, on_pick=on_pick)
