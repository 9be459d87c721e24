"""A drawing as an SVG or a PNG file.

Through Matplotlib's objects alone: pyplot keeps all figures of a process in one list, and pages are
drawn in threads. Letters become outlines, so that a figure looks the same in every program and on
every printer, whatever fonts are there. The same drawing gives the same bytes: no date, and names
inside the file that follow from what they name.
"""

from __future__ import annotations

import functools
import io
import re
import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Literal

from kdlab.report.drawings import Answers, Bars, Chart, Drawing, Heat, Pairs, Rows

if TYPE_CHECKING:
    from matplotlib.figure import Figure

Kind = Literal["svg", "png"]
KINDS: tuple[Kind, ...] = ("png", "svg")
WIDTH = 6.7
"""Inches: between the margins of A4 and of Letter."""
DPI = 220
"""Of a PNG: 1,474 pixels wide, sharp on a slide."""
PLACES = 5
"""Decimals of a place, as a share of the figure."""
_LOCK = threading.Lock()
"""Matplotlib's fonts and the parser of its texts are not made for several threads."""
_NOT_OURS = re.compile(rb"<!DOCTYPE[^>]*>\s*|<metadata>.*?</metadata>\s*", re.DOTALL)
"""An address of a DTD, and what says which version of which program has drawn it."""


def rendered(drawing: Drawing, kind: Kind, title: str = "") -> bytes:
    """The file; ``title`` is what an SVG says of itself."""
    import matplotlib

    with _LOCK, matplotlib.rc_context(_usual()):
        figure = _figure(drawing)
        file = io.BytesIO()
        if kind == "png":
            figure.savefig(file, format="png", dpi=DPI, metadata={"Software": None})
            return file.getvalue()
        about = {"Date": None, "Creator": None, "Format": None, "Type": None, "Title": title}
        figure.savefig(file, format="svg", metadata=about)
    return _NOT_OURS.sub(b"", file.getvalue())


def _figure(drawing: Drawing) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(WIDTH, 3.4), facecolor="white", layout="constrained")
    FigureCanvasAgg(figure)
    _painters()[type(drawing)](figure, drawing)
    _settle(figure)
    return figure


def _settle(figure: Figure) -> None:
    """Lay it out once and round where its axes stand: the solver's last digits are those of chance,
    and names of parts follow from them."""
    figure.draw_without_rendering()
    figure.set_layout_engine("none")
    for axes in figure.axes:
        for which in ("original", "active"):
            left, bottom, wide, high = axes.get_position(original=which == "original").bounds
            place = (round(left, PLACES), round(bottom, PLACES), round(wide, PLACES))
            axes.set_position((*place, round(high, PLACES)), which=which)


@functools.cache
def _usual() -> Any:
    """Matplotlib's own defaults: what a ``matplotlibrc`` of this machine says, such as to call
    LaTeX, is for other programs. Beside them what SVG files name their parts by; else chance does.
    """
    import matplotlib

    # a back end would be looked for, with pyplot
    found = {k: v for k, v in matplotlib.rcParamsDefault.items() if not k.startswith("backend")}
    return found | {"svg.hashsalt": "kdlab"}


@functools.cache
def _painters() -> dict[type[Any], Callable[[Any, Any], None]]:
    from kdlab.report.drawing import charts, grids

    return {
        Chart: charts.chart,
        Rows: charts.rows,
        Pairs: charts.pairs,
        Bars: charts.bars,
        Heat: grids.heat,
        Answers: grids.answers,
    }
