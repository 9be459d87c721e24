"""Curves, dots and bars, drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kdlab.report.drawing.letters import NORMAL, SMALL, shown, wrapped
from kdlab.report.drawings import Axis, Bars, Chart, Pairs, Rows, Series
from kdlab.report.looks import BLACK, GREY, GRID

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MARKERS = 12
"""So many symbols stand on a long line."""
BELOW = 0.24
"""Rows between a mean and the dots of its seeds."""
ARROW = {"arrowstyle": "-|>", "color": GREY, "lw": 1, "shrinkA": 4, "shrinkB": 4}
FEW_DECADES = 150.0
"""Of a logarithmic axis that is labelled at 1, 2 and 5 too: its end over its beginning."""
ROW = 0.34
"""Inches of a row."""


def chart(figure: Figure, drawn: Chart) -> None:
    """Lines with bands, points with whiskers, over one axis."""
    axes = plain(figure)
    if drawn.x.log:
        axes.set_xscale("log")
    if drawn.y.log:
        axes.set_yscale("log")
    for one in drawn.series:
        _series(axes, one)
    for level in drawn.levels:
        look = level.look
        axes.axhline(
            level.value, color=look.colour, linestyle=look.dash, lw=1.6, label=shown(level.label)
        )
    for x, words in drawn.marks:
        axes.axvline(x, color=GREY, lw=0.8, linestyle=":")
        if words:
            axes.annotate(
                shown(words), (x, 0.03), xycoords=("data", "axes fraction"), rotation=90,
                ha="right", va="bottom", fontsize=SMALL - 1, color=GREY,
            )  # fmt: skip
    _axis(axes, "x", drawn.x)
    _axis(axes, "y", drawn.y)
    legend(figure, axes)


def _series(axes: Axes, one: Series) -> None:
    look, label = one.look, shown(one.label)
    if not one.x:
        return
    if one.form == "points":
        if one.low:
            below = [m - e for m, e in zip(one.y, one.low, strict=True)]
            above = [e - m for m, e in zip(one.y, one.high, strict=True)]
            axes.errorbar(
                one.x, one.y, yerr=[below, above], color=look.colour, marker=look.symbol,
                linestyle=look.dash, lw=1.4, ms=5, capsize=3, label=label,
            )  # fmt: skip
        else:
            axes.plot(
                one.x, one.y, marker=look.symbol, linestyle="none", color=look.colour,
                ms=11 if look.symbol == "*" else 4.5, label=label,
            )  # fmt: skip
        return
    if one.form == "steps":
        axes.step(one.x, one.y, where="post", color=look.colour, linestyle=look.dash, label=label)
        return
    if one.low:
        axes.fill_between(one.x, one.low, one.high, color=look.colour, alpha=0.18, lw=0, zorder=1.5)
    count = len(one.x)
    axes.plot(
        one.x, one.y, color=look.colour, linestyle=look.dash, lw=1.8, label=label,
        marker=look.symbol, ms=4, markevery=max(1, count // MARKERS),
    )  # fmt: skip


def rows(figure: Figure, drawn: Rows) -> None:
    """Means with their intervals, a faint dot a seed."""
    count = len(drawn.rows)
    figure.set_figheight(0.95 + ROW * count)
    axes = plain(figure, grid="x")
    if drawn.zero is not None:
        axes.axvline(drawn.zero[0], color=BLACK, lw=1)
    for place, row in enumerate(drawn.rows):
        colour = row.look.colour
        below = [place + BELOW] * len(row.each)  # where the interval's line hides none
        axes.plot(row.each, below, ".", color=colour, alpha=0.6, ms=6, mew=0)
        if math.isfinite(row.low):
            axes.plot([row.low, row.high], [place, place], color=colour, lw=2.4, zorder=2)
            for end in (row.low, row.high):
                axes.plot([end], [place], "|", color=colour, ms=8, mew=1.6)
        thin = 2 if row.look.symbol == "x" else 0
        axes.plot([row.mean], [place], marker=row.look.symbol, color=colour, ms=8, mew=thin)
    if drawn.ends is not None:
        axes.set_xlim(*drawn.ends)
    _names(axes, [row.label for row in drawn.rows])
    words = drawn.x if drawn.zero is None else f"{drawn.x} ({drawn.zero[1]})"
    axes.set_xlabel(shown(words, 110), fontsize=NORMAL, color=BLACK)


def pairs(figure: Figure, drawn: Pairs) -> None:
    """Two values a row, and an arrow between them."""
    figure.set_figheight(1.15 + 0.27 * len(drawn.pairs))
    axes = plain(figure, grid="x")
    for place, pair in enumerate(drawn.pairs):
        known = math.isfinite(pair.before) and math.isfinite(pair.after)
        if known and pair.before != pair.after:
            axes.annotate(
                "", (pair.after, place), (pair.before, place),
                arrowprops=ARROW,
            )  # fmt: skip
    places = range(len(drawn.pairs))
    for look, values in (
        (drawn.before, [pair.before for pair in drawn.pairs]),
        (drawn.after, [pair.after for pair in drawn.pairs]),
    ):
        axes.plot(
            values, places, marker=look.symbol, linestyle="none", color=look.colour, ms=6,
            label=shown(look.label),
        )  # fmt: skip
    _names(axes, [pair.label for pair in drawn.pairs])
    axes.set_xlabel(shown(drawn.x, 110), fontsize=NORMAL, color=BLACK)
    legend(figure, axes)


def bars(figure: Figure, drawn: Bars) -> None:
    """A bar a row, with its value."""
    figure.set_figheight(0.9 + 0.3 * len(drawn.bars))
    axes = plain(figure, grid="x")
    values = [value for _, value in drawn.bars]
    axes.barh(range(len(values)), values, color=drawn.look.colour, height=0.62)
    for place, value in enumerate(values):
        axes.annotate(
            f"{value:.0f}", (value, place), (4, 0), textcoords="offset points", va="center",
            fontsize=SMALL, color=BLACK,
        )  # fmt: skip
    axes.margins(x=0.08)
    axes.set_xlim(left=0)
    _names(axes, [name for name, _ in drawn.bars])
    axes.set_xlabel(shown(drawn.x, 110), fontsize=NORMAL, color=BLACK)


# -- what they share ------------------------------------------------------------------------------


def plain(figure: Figure, grid: str = "both") -> Axes:
    """Axes without a frame, with a faint grid."""
    axes = figure.add_subplot()
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    for side in ("left", "bottom"):
        axes.spines[side].set_color(GREY)
    axes.tick_params(colors=BLACK, labelsize=SMALL, width=0.8)
    axes.set_axisbelow(True)
    if grid != "none":
        axes.grid(axis=grid, color=GRID, lw=0.7)  # type: ignore[arg-type]
    return axes


def legend(figure: Figure, axes: Axes) -> None:
    """Above the axes, where it hides nothing."""
    handles, labels = axes.get_legend_handles_labels()
    if handles:
        wide = max(map(len, labels)) > 24
        figure.legend(
            handles, labels, loc="outside upper left", ncols=2 if wide else 3, frameon=False,
            fontsize=SMALL, handlelength=3.2, columnspacing=1.4, labelcolor=BLACK,
        )  # fmt: skip


def _axis(axes: Axes, which: str, axis: Axis) -> None:
    from matplotlib.ticker import FuncFormatter, LogLocator, MaxNLocator, NullFormatter

    own = axes.xaxis if which == "x" else axes.yaxis
    own.set_label_text(shown(axis.words, 90), fontsize=NORMAL, color=BLACK)
    if axis.ends is not None:
        axes.set(**{f"{which}lim": axis.ends})
    if axis.ticks:
        own.set_ticks([at for at, _ in axis.ticks], [shown(words, 16) for _, words in axis.ticks])
        own.set_minor_formatter(NullFormatter())
    elif axis.whole:
        own.set_major_locator(MaxNLocator(nbins=8, integer=True, steps=[1, 2, 5, 10]))
    elif axis.log:
        own.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.6g}"))
        low, high = own.get_view_interval()
        if low > 0 and high / low < FEW_DECADES:  # else hardly a number would stand there
            own.set_major_locator(LogLocator(subs=(1.0, 2.0, 5.0), numticks=12))
        own.set_minor_formatter(NullFormatter())


def _names(axes: Axes, names: list[str]) -> None:
    """A name a row, the first on top."""
    axes.set_yticks(np.arange(len(names)), [wrapped(name) for name in names], fontsize=SMALL)
    axes.set_ylim(len(names) - 0.4, -0.6)
    axes.tick_params(axis="y", length=0)
