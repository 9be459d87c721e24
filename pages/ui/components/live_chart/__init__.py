"""A Plotly chart that changes in place.

``st.plotly_chart`` mounts a new chart on every change of its figure, which flickers and forgets
the reader's zoom. This component calls ``Plotly.react`` on one DOM node instead. The library is
the ``plotly.min.js`` of the installed plotly package, served by this server: nothing is fetched
from elsewhere.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal, Union

import plotly
import streamlit as st
from streamlit.components.v1 import declare_component
from streamlit.runtime.scriptrunner import get_script_run_ctx

from pages.ui.charts.text import safe
from pages.ui.shell.prose import visible

if TYPE_CHECKING:  # a second to import, and the lab's own charts are dicts
    import plotly.graph_objects as go

HERE = Path(__file__).parent
SERVED = "kdlab_plotly"

Figure = Union["go.Figure", dict[str, Any]]
"""A figure, or the dict of ``data`` and ``layout`` that it would write: cheap at 5 redraws a s."""

_mount = st.components.v2.component(
    "kdlab_live_chart",
    html='<div class="kd-chart"></div>',
    css=(HERE / "live_chart.css").read_text(encoding="utf-8"),
    js=(HERE / "live_chart.js").read_text(encoding="utf-8"),
    isolate_styles=False,  # Plotly writes its own rules into the document
)
_served: list[str] = []


def _library() -> str:
    """The address of plotly.min.js, relative to the page; the first call makes it served.

    A component's folder is the one door through which Streamlit serves files of a package. It
    opens only while a page runs, so this cannot happen at import.
    """
    if not _served and get_script_run_ctx(suppress_warning=True) is not None:
        folder = Path(plotly.__file__).parent / "package_data"
        _served.append(declare_component(SERVED, path=folder).name)
    name = _served[0] if _served else f"{__name__}.{SERVED}"
    return f"component/{name}/plotly.min.js?v={plotly.__version__}"


def live_chart(
    key: str,
    figure: Figure,
    alt: str,
    height: int = 320,
    *,
    on_pick: Callable[[list[int]], None] | None = None,
) -> None:
    """Draw ``figure`` where it stands; the next call with the same ``key`` redraws it in place.

    ``alt`` says in a sentence what is drawn, for people who do not see it; ``height`` is in
    pixels, the width is that of the container. Texts of the figure are shown letter by letter
    unless they are :class:`pages.ui.charts.text.Own`. Colours of text and lines follow the theme. A
    layout with ``uirevision`` keeps the reader's zoom over redraws. ``on_pick`` is called with the
    place of what was clicked: [row, column] in a heat map, [number] of a point elsewhere.
    """

    key = f"chart_{key}"

    def picked() -> None:
        held = st.session_state.get(key)
        place = held.get("picked") if isinstance(held, dict) else None
        if on_pick is not None and isinstance(place, list):
            on_pick([int(n) for n in place if isinstance(n, int | float) and n >= 0])

    spec = figure if isinstance(figure, dict) else json.loads(str(figure.to_json()))
    _mount(
        key=key,
        data={
            "figure": json.dumps(safe(spec)),
            "alt": visible(alt),
            "height": height,
            "name": key,
            "source": _library(),
            "picks": on_pick is not None,
        },
        on_picked_change=picked,
    )


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
