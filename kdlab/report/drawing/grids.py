"""Maps, and examples beside what a teacher says of them, drawn."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

import numpy as np

from kdlab.report.drawing.charts import plain
from kdlab.report.drawing.letters import NORMAL, SMALL, shown
from kdlab.report.drawings import Answers, Heat
from kdlab.report.looks import ALL, BETTER, BLACK, GREY, LOOKS, NONE, SAME, TEACHER, WORSE

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

STAR = "\u2605"
ROOM = 12
"""Columns and rows up to which a cell has room for its figures."""
CELL = 0.46
"""Inches of a row of cells."""
BESIDE = 64
"""Letters that names of columns may have together: of more, they stand upright."""
MOST_BARS = 10
"""Classes of an example that are shown, the likeliest."""


def heat(figure: Figure, drawn: Heat) -> None:
    """Cells with their figures. The frame of a cell tells what its colour must not tell alone."""
    from matplotlib.colors import LinearSegmentedColormap
    from matplotlib.patches import Rectangle

    rows, columns = drawn.shape
    figure.set_figheight(min(8.4, 1.3 + CELL * rows))
    axes = plain(figure, grid="none")
    steps = [NONE, ALL] if drawn.shares else [WORSE, SAME, BETTER]
    scale = LinearSegmentedColormap.from_list("cells", steps)
    colours = scale.with_extremes(bad="#FFFFFF")
    values = np.ma.masked_invalid(np.array(drawn.values).reshape(rows, columns))
    mesh = axes.pcolormesh(
        np.arange(columns + 1) - 0.5, np.arange(rows + 1) - 0.5, values, cmap=colours,
        vmin=0 if drawn.shares else -drawn.reach, vmax=drawn.reach, edgecolors="white",
        linewidth=1.5,
    )  # fmt: skip
    if max(rows, columns) <= ROOM:
        for cell, words in enumerate(drawn.texts):
            row, column = divmod(cell, columns)
            axes.text(
                column, row, words, ha="center", va="center", fontsize=SMALL - 1, color=BLACK,
                linespacing=1.15,
            )  # fmt: skip
    for cell in drawn.equals:
        row, column = divmod(cell, columns)
        frame = Rectangle((column - 0.46, row - 0.46), 0.92, 0.92, fill=False, ec=BLACK, lw=0.9)
        axes.add_patch(frame)
    if drawn.best is not None:
        row, column = divmod(drawn.best, columns)
        axes.text(column + 0.33, row + 0.24, STAR, ha="center", va="center", fontsize=11)
    below = [shown(words, 12) for _, words in drawn.x.ticks]
    axes.set_xticks(range(columns), below, rotation=90 if sum(map(len, below)) > BESIDE else 0)
    axes.set_yticks(range(rows), [shown(words, 12) for _, words in drawn.y.ticks])
    axes.tick_params(length=0)
    for side in ("left", "bottom"):
        axes.spines[side].set_visible(False)
    axes.set_xlabel(shown(drawn.x.words, 90), fontsize=NORMAL, color=BLACK)
    axes.set_ylabel(shown(drawn.y.words, 90), fontsize=NORMAL, color=BLACK)
    bar = figure.colorbar(mesh, ax=axes, fraction=0.045, pad=0.02)
    bar.outline.set_visible(False)
    bar.ax.tick_params(labelsize=SMALL - 1, length=2)
    bar.set_label(shown(drawn.bar, 60), fontsize=SMALL, color=BLACK)


def answers(figure: Figure, drawn: Answers) -> None:
    """Each example, and beside it the likeliest classes: a thin bar at T = 1, a thick one at T."""
    across = 3
    down = math.ceil(len(drawn.examples) / across)
    figure.set_figheight(0.55 + 1.75 * down)
    grid = figure.add_gridspec(down, 2 * across, width_ratios=[1, 1.5] * across)
    for place, one in enumerate(drawn.examples):
        row, column = divmod(place, across)
        picture = figure.add_subplot(grid[row, 2 * column])
        picture.imshow(one.pixels, cmap="gray_r" if one.pixels.ndim == 2 else None)
        picture.set_axis_off()
        picture.set_title(
            shown(f"class {drawn.classes[one.label]}", 18), fontsize=SMALL, color=BLACK
        )
        _bars(figure.add_subplot(grid[row, 2 * column + 1]), drawn, one.soft, one.plain, one.label)


def _bars(
    axes: Axes, drawn: Answers, soft: tuple[float, ...], hard: tuple[float, ...], label: int
) -> None:
    order = sorted(range(len(soft)), key=lambda n: -soft[n])[:MOST_BARS]
    places, colour = np.arange(len(order)), LOOKS[TEACHER].colour
    axes.barh(places, [100 * soft[n] for n in order], height=0.72, color=colour, alpha=0.35)
    axes.barh(places, [100 * hard[n] for n in order], height=0.24, color=colour)
    names = [shown(drawn.classes[n], 12) + (" ✓" if n == label else "") for n in order]
    axes.set_yticks(places, names, fontsize=SMALL - 2)
    axes.set_ylim(len(order) - 0.4, -0.6)
    axes.set_xlim(0, 100)
    axes.set_xticks([0, 50, 100], ["0", "50", "100 %"], fontsize=SMALL - 2)
    axes.tick_params(length=0)
    for side in ("top", "right", "left"):
        axes.spines[side].set_visible(False)
    axes.spines["bottom"].set_color(GREY)
