"""What "What do they look at?" draws: maps side by side, features in the plane, layers compared."""

from __future__ import annotations

from statistics import fmean

import numpy as np
import numpy.typing as npt
import streamlit as st

from kdlab.measure.intervals import interval
from kdlab.studies import StudyHistory, find
from kdlab.studies.looking import ARMS, COMPARED, TEACHER, LookingConfig
from pages.ui.charts import colour
from pages.ui.charts.base import base_layout, list_layout
from pages.ui.charts.text import LEGEND_LETTERS, Own, number, own
from pages.ui.charts.traces import Dict, dots, means
from pages.ui.components.live_chart import charts_in_row, live_chart
from pages.ui.shell import explain, prose
from pages.ui.shell import images as pictures
from pages.ui.shell.theme import LOOKS
from pages.ui.study import report

NAMES = (TEACHER, *ARMS)
KINDS = {"saliency": "Saliency", "attention": "Attention"}
STOPS = np.array(
    [(68, 1, 84), (59, 82, 139), (33, 145, 140), (94, 201, 98), (253, 231, 37)], dtype=np.float64
)
"""From dark to bright, after viridis: it rises evenly in brightness for every kind of eye."""
COLOURS = (
    "#0072B2", "#E69F00", "#009E73", "#CC79A7", "#D55E00",
    "#56B4E9", "#F0E442", "#7A7A7A", "#5D3A9B", "#8C564B",
)  # fmt: skip
"""Of classes; repeated after ten, when the symbol changes."""
SYMBOLS = ("circle", "diamond", "cross", "triangle-up", "star")
STYLE = prose.style(__file__)


def painted(values: npt.NDArray[np.uint8]) -> npt.NDArray[np.uint8]:
    """A map (H, W) in 0 .. 255 -> RGB (3, H, W), dark where nothing is looked at."""
    where = values.astype(np.float64) / 255 * (len(STOPS) - 1)
    below = np.minimum(where.astype(int), len(STOPS) - 2)
    part = (where - below)[..., None]
    rgb = STOPS[below] * (1 - part) + STOPS[below + 1] * part
    return np.moveaxis(rgb.round().astype(np.uint8), -1, 0)


def sheet(history: StudyHistory, kind: str) -> str:
    """HTML of the images and, below each, the maps of the three networks; texts made safe."""
    content = history.exhibits["maps"]
    assert history.started is not None
    shape, classes = tuple(content["shape"]), prose.class_names(history.started.classes)
    labels = [classes[k] for k in content["labels"]]
    images = [pictures.address(pictures.decoded(i, shape)) for i in content["images"]]
    lines = [_row("Image", "", images, [f"image of class {name}" for name in labels])]
    for name in NAMES:
        maps = [
            pictures.address(painted(pictures.decoded(m, shape[1:])))
            for m in content["kinds"][kind][name]
        ]
        look = LOOKS[name]
        said = [f"{KINDS[kind]} map of {look.label} for an image of class {c}" for c in labels]
        lines.append(_row(look.short, look.colour, maps, said))
    body = "".join(lines)
    return f'{STYLE}<div class="kd-scroll" tabindex="0"><table class="kd-maps">{body}</table></div>'


def _row(name: str, colour: str, sources: list[str], said: list[str]) -> str:
    mark = f'<span style="color:{colour}">■</span> ' if colour else ""
    cells = "".join(
        f'<td><img alt="{prose.in_html(alt)}" src="{source}"></td>'
        for source, alt in zip(sources, said, strict=True)
    )
    return f'<tr><th scope="row">{mark}{prose.in_html(name)}</th>{cells}</tr>'


def agreed(history: StudyHistory, kind: str) -> Dict:
    """Rank correlation with the teacher's maps: a faint dot per seed, mean with its interval, and
    what chance alone would give."""
    title = f"{KINDS[kind]}: agreement, 95 %"
    zero, words = {"rangemode": "tozero"}, "Rank correlation with the teacher's maps"
    layout = list_layout(words, title, top=34, xaxis=zero)
    arms = history.exhibits["agreement"]["kinds"][kind]
    data: list[Dict] = []
    for name in ARMS:
        look, values = LOOKS[name], arms[name]["mean"]
        spread = interval(values)
        row = [look.short]
        data.append(dots(values, row * len(values), look.colour, 5, marker={"opacity": 0.4}))
        hover = own("{}: {}<extra></extra>", look.short, number(spread[0], 3))
        data.append(means([spread], row, look, 12, hover))
        by_chance = fmean(arms[name]["chance"])
        hover = own("chance: {}<extra></extra>", number(by_chance, 3))
        symbol = {"symbol": "line-ns-open", "line": {"width": 2}}
        data.append(dots([by_chance], row, look.colour, 13, marker=symbol, hover=hover))
    return {"data": data, "layout": layout}


def describe(history: StudyHistory, kind: str) -> str:
    """The agreement in a sentence, for people who do not see the chart."""
    arms = history.exhibits["agreement"]["kinds"][kind]
    told = [
        f"{LOOKS[name].short} {number(fmean(arms[name]['mean']))} "
        f"(chance {number(fmean(arms[name]['chance']))})"
        for name in ARMS
    ]
    return f"Rank correlation of {KINDS[kind].lower()} maps with the teacher's: {', '.join(told)}"


def picture(history: StudyHistory) -> None:
    """Saliency of the three networks side by side, how far it agrees, and what was found."""
    if history.finished and "maps" not in history.exhibits:
        st.caption("Points in the plane have no pixels: the tabs below compare their layers.")
        report.findings(find("looking"), history)
    elif "maps" not in history.exhibits:
        st.caption("The maps are drawn when the students are trained.")
    else:
        _maps(history, "saliency", findings=True)


def attention(history: StudyHistory) -> None:
    """The same for attention maps of the last hidden layer, between convolutional networks."""
    if "attention" in history.exhibits.get("maps", {}).get("kinds", {}):
        _maps(history, "attention", findings=False)
    else:
        st.caption(explain.text("studies/looking", "no attention"))


def _maps(history: StudyHistory, kind: str, *, findings: bool) -> None:
    left, right = st.columns([4, 3], gap="medium")
    with left:
        st.html(sheet(history, kind))
        st.caption(explain.text("studies/looking", kind))
    with right:
        live_chart(f"looking_{kind}", agreed(history, kind), describe(history, kind), 190)
        images = history.exhibits["agreement"]["images"]
        st.caption(f"Over {images} test images. Upright bar: maps of different images, by chance.")
        if findings:
            report.findings(find("looking"), history)


# -- tabs -----------------------------------------------------------------------------------------


def plane(history: StudyHistory, name: str) -> Dict:
    """The last hidden layer of one network in 2-D, a point a test image, coloured by class."""
    content, started = history.exhibits["features"], history.started
    assert started is not None
    bare, title = {"showticklabels": False, "range": [-1.6, 1.6]}, LOOKS[name].label
    layout = base_layout("", "", title, under=-0.02, closest=True, xaxis=bare, yaxis=bare)
    layout["showlegend"] = name == TEACHER
    data = []
    points = content["points"][name]
    for k, label in enumerate(prose.class_names(started.classes, LEGEND_LETTERS)):
        own = [p for p, c in zip(points, content["labels"], strict=True) if c == k]
        if not own:
            continue
        turn = k // len(COLOURS)
        data.append(
            dots(
                [p[0] for p in own],
                [p[1] for p in own],
                COLOURS[k % len(COLOURS)],
                6,
                name=label,
                marker={"symbol": SYMBOLS[turn % len(SYMBOLS)]},
                hover=Own("class %{fullData.name}<extra></extra>"),
            )
        )
    return {"data": data, "layout": layout}


def features(history: StudyHistory) -> None:
    """Three networks, the same test images."""
    if "features" not in history.exhibits:
        st.caption("Features are drawn when the students are trained.")
        return
    config = report.settings(history, LookingConfig)
    alt = "Last hidden layer of {} in the plane, one point an image"
    charts = [
        (f"plane_{n}", plane(history, name), alt.format(LOOKS[name].label))
        for n, name in enumerate(NAMES)
    ]
    charts_in_row(charts, 360, gap="small")
    facts = {"images": len(history.exhibits["features"]["labels"]), "most": COMPARED}
    how = prose.text("studies/looking", config.projection)
    st.caption(explain.text("studies/looking", "features", how=how, **facts))


def similar(history: StudyHistory, arm: str, what: str = "values") -> Dict:
    """CKA of the teacher's layers (rows) with those of the students of ``arm``; ``what`` is values
    or chance."""
    content = history.exhibits["layers"]
    own = content["arms"][arm]
    title = LOOKS[arm].label + (", by chance" if what == "chance" else "")
    layout = base_layout(
        "Student's layer",
        "Teacher's layer",
        title,
        top=34,
        closest=True,
        xaxis={"type": "category"},
        yaxis={"type": "category", "autorange": "reversed", "automargin": True},
    )
    colours = [f"#{r:02X}{g:02X}{b:02X}" for r, g, b in STOPS.astype(int).tolist()]
    return {
        "data": [
            {
                "type": "heatmap",
                "x": own["columns"],
                "y": content["rows"],
                "z": own[what],
                "zmin": 0,
                "zmax": 1,
                "colorscale": colour.scale(colours),
                "showscale": what == "chance",
                "text": [
                    [colour.on(colour.at(colours, value), f"{value:.2f}") for value in row]
                    for row in own[what]
                ],
                "texttemplate": Own("%{text}"),
                "textfont": {"color": colour.DARK, "size": 13},  # else the markup counts as width
                "hovertemplate": Own("teacher's %{y}, student's %{x}: %{z:.3f}<extra></extra>"),
            }
        ],
        "layout": layout,
    }


def layers(history: StudyHistory) -> None:
    """Heat maps of CKA, both students and chance."""
    if "layers" not in history.exhibits:
        st.caption("Layers are compared when the students are trained.")
        return
    shown = [(arm, "values") for arm in ARMS] + [(ARMS[-1], "chance")]
    charts = [
        (
            f"layers_{arm.replace(' ', '_')}_{what}",
            similar(history, arm, what),
            f"CKA of the teacher's layers with those of {LOOKS[arm].label}, {what}",
        )
        for arm, what in shown
    ]
    charts_in_row(charts, 300, gap="small")
    st.caption(explain.text("studies/looking", "layers"))
