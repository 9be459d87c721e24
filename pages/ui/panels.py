"""The pictures of a run, three panels side by side: teacher, labels only, distilled.

Regions for points in the plane, confusion matrices for images; dicts as in :mod:`pages.ui.charts`.
"""

from __future__ import annotations

import html
import math
from collections.abc import Sequence
from typing import Any

from kdlab.events import Confusion, Regions
from pages.ui.charts import Dict, base_layout
from pages.ui.theme import CLASS_COLOURS, LOOKS


def _three(names: Sequence[str]) -> tuple[list[Dict], Dict]:
    """Side by side: the headings as annotations, and the axes of up to three square panels."""
    width = 1 / len(names)
    headings, axes = [], {}
    for n, name in enumerate(names):
        left, right = n * width + 0.015, (n + 1) * width - 0.015
        suffix = "" if n == 0 else str(n + 1)
        axes["xaxis" + suffix] = {"domain": [left, right], "anchor": "y" + suffix}
        axes["yaxis" + suffix] = {
            "domain": [0, 1],
            "anchor": "x" + suffix,
            "scaleanchor": "x" + suffix,
            "constrain": "domain",
            "constraintoward": "top",
        }
        axes["xaxis" + suffix]["constrain"] = "domain"
        headings.append(
            {
                "text": LOOKS[name].short,
                "x": 0.5,
                "y": 1.0,
                "xref": f"x{suffix} domain",  # of the square, which is narrower than its third
                "yref": "paper",
                "yanchor": "bottom",
                "showarrow": False,
                "font": {"color": LOOKS[name].text, "size": 13},
            }
        )
    return headings, axes


def regions(picture: Regions, classes: Sequence[str]) -> Dict:
    """2-D data: which class each model answers where; the stronger the colour, the surer it is."""
    names = [name for name in LOOKS if name in picture.answers]
    headings, axes = _three(names)
    low_x, high_x, low_y, high_y = picture.extent
    size = picture.size
    steps = [i / (size - 1) for i in range(size)]
    data = []
    for n, name in enumerate(names):
        codes = [
            10 * int(a) + int(c)
            for a, c in zip(picture.answers[name], picture.confidence[name], strict=True)
        ]
        data.append(
            {
                "type": "heatmap",
                "x": [low_x + s * (high_x - low_x) for s in steps],
                "y": [low_y + s * (high_y - low_y) for s in steps],
                "z": [codes[row * size : (row + 1) * size] for row in range(size)],
                "zmin": 0,
                "zmax": 10 * len(classes) - 1,
                "colorscale": _class_scale(len(classes)),
                "showscale": False,
                "hoverinfo": "skip",
                "xaxis": "x" + ("" if n == 0 else str(n + 1)),
                "yaxis": "y" + ("" if n == 0 else str(n + 1)),
            }
        )
    for axis in axes.values():
        axis |= {"showticklabels": False, "ticks": "", "showgrid": False, "zeroline": False}
    layout = base_layout("", "", f"Decision regions after epoch {picture.epoch}")
    layout |= axes | {"annotations": headings, "hovermode": False}
    return {"data": data, "layout": layout}


def _class_scale(classes: int) -> list[list[Any]]:
    """Ten steps of opacity for each class, as one colour scale over 0 .. 10 * classes - 1."""
    colours = []
    for k in range(classes):
        colour = CLASS_COLOURS[k % len(CLASS_COLOURS)]
        red, green, blue = (int(colour[i : i + 2], 16) for i in (1, 3, 5))
        colours += [f"rgba({red},{green},{blue},{0.1 + 0.09 * c:.2f})" for c in range(10)]
    last = max(len(colours) - 1, 1)
    return [[n / last, colour] for n, colour in enumerate(colours)]


def confusion(picture: Confusion, classes: Sequence[str]) -> Dict:
    """Images: rows are the true classes, columns the answers; opacity grows with the root of the
    share, so that a few errors can be seen beside many correct answers."""
    names = [name for name in LOOKS if name in picture.matrices]
    headings, axes = _three(names)
    classes = [html.escape(name, quote=False) for name in classes]  # Plotly reads some HTML
    ticks = list(range(len(classes)))
    labels = list(classes) if len(classes) <= 20 else [""] * len(classes)
    data = []
    for n, name in enumerate(names):
        matrix = picture.matrices[name]
        shares = [[math.sqrt(v / max(sum(row), 1)) for v in row] for row in matrix]
        data.append(
            {
                "type": "heatmap",
                "z": shares,
                "text": [
                    [f"{classes[i]}, answered {classes[j]}: {v}" for j, v in enumerate(row)]
                    for i, row in enumerate(matrix)
                ],
                "zmin": 0,
                "zmax": 1,
                "xgap": 1,
                "ygap": 1,
                "colorscale": [[0, LOOKS[name].faded(0.04)], [1, LOOKS[name].colour]],
                "showscale": False,
                "hovertemplate": "%{text}<extra></extra>",
                "xaxis": "x" + ("" if n == 0 else str(n + 1)),
                "yaxis": "y" + ("" if n == 0 else str(n + 1)),
            }
        )
    for key, axis in axes.items():
        axis |= {"tickvals": ticks, "ticktext": labels, "showgrid": False, "zeroline": False}
        axis |= {"tickfont": {"size": 10}}
        if key.startswith("yaxis"):
            axis |= {
                "autorange": "reversed",
                "title": {"text": "True class"} if key == "yaxis" else {},
            }
        else:
            axis |= {"title": {"text": "Answer"}}
    layout = base_layout("", "", f"Answers on validation images after epoch {picture.epoch}")
    layout |= axes | {"annotations": headings, "hovermode": "closest"}
    return {"data": data, "layout": layout}
