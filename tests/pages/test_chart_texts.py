"""Every chart of every page, as it is sent to the browser: names stay names, log axes can be read.

All pages are opened with all their tabs, on results in which everything that a user can name is
named in the worst way. A list of the places that draw charts says whether one was missed.
"""

from __future__ import annotations

import ast
import json
import re
import sys
from dataclasses import fields, replace
from pathlib import Path

import fullruns as full
import numpy as np
import optuna
import pytest
import streamlit as st
from optuna.distributions import CategoricalDistribution, FloatDistribution
from streamlit.testing.v1 import AppTest

from kdlab.events import ArmDone, Event, Exhibit, StudyFinished
from kdlab.storage.store import Store
from kdlab.studies import STUDIES
from pages.ui.charts.text import LEGEND_LETTERS, Own, lines, own, plain, safe
from pages.ui.components import live_chart as component
from pages.ui.full_run import table
from pages.ui.full_run import tabs as full_tabs
from pages.ui.search import page as searching
from pages.ui.shell import prose, workers
from pages.ui.shell.contents import CONTENTS
from pages.ui.stage.session import WorkScreen
from pages.ui.stream import watching
from tests.patience import PATIENCE
from tests.run.counted_run import counted

ROOT = Path(__file__).parents[2]
SCRIPTS = {page.path: page.script for pages in CONTENTS.values() for page in pages}
NAMES = (
    "<a href='javascript:alert(1)'>x</a>",
    "<span style='font-size:60px'>huge</span>",
    "%{customdata}",
    "[x](//a.b)",
    "&lt;b&gt;<br>",
    "two\nlines",
    "\u202egnp.exe",
    "half \ud800",
    "$x$",
    "long " * 60,
)
OWN_TAGS = {"<br>", "<b>", "</b>", "<extra>", "</extra>", '<span style="color:#FFFFFF">', "</span>"}


def name(n):
    """The n-th name of a hostile user."""
    return f"{NAMES[n % len(NAMES)]} {n}"


def encodable(n):
    """The same for what pandas also holds: names of classes alone reach a chart without it."""
    return name(n).replace("\ud800", "")


def named(event):
    """``event`` with every name in it replaced by one of a hostile user."""
    found = {}
    for field in fields(event):
        value = getattr(event, field.name)
        if field.name == "classes":
            found["classes"] = tuple(map(name, range(len(value))))
        elif field.name == "machine":
            found["machine"] = name(0)
        elif field.name == "arms":
            found["arms"] = [arm | {"label": encodable(n)} for n, arm in enumerate(value)]
        elif field.name == "trials" and isinstance(value, list):
            found["trials"] = [row | {"student": encodable(n)} for n, row in enumerate(value)]
    return replace(event, **found)


def hostile(events):
    return [named(event) if isinstance(event, Event) else event for event in events]


class Sent:
    """What pages hand to the browser: figures, and from which lines of which files."""

    def __init__(self):
        self.figures = []
        self.places = set()
        self.words = []

    def take(self, *, key, data, **_):
        frame = sys._getframe(2)  # take <- live_chart <- who draws, or has it watched
        while frame.f_code.co_filename in (watching.__file__, component.__file__):
            self.places.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
            frame = frame.f_back
        self.places.add((Path(frame.f_code.co_filename).name, frame.f_lineno))
        value = json.loads(json.dumps(data["value"]))
        self.figures.append((key, value["figure"], value["alt"]))


SENT = Sent()


@pytest.fixture(scope="module")
def walk(tmp_path_factory):
    """All figures of all pages and tabs."""
    with pytest.MonkeyPatch.context() as patch:
        folder = tmp_path_factory.mktemp("walk")
        patch.setenv("KDLAB_HOME", str(folder))
        manager = full.Manager()
        patch.setattr(workers, "manager", lambda: manager)
        patch.setattr(workers, "store", lambda: Store(folder))
        patch.setattr(component, "_mount", SENT.take)
        stored, events = WorkScreen.stored, Store.events
        patch.setattr(WorkScreen, "stored", lambda *a, **k: hostile(stored(*a, **k)))
        patch.setattr(searching, "_study", lambda shown: tried())
        patch.setattr(Store, "events", lambda *a: hostile(counted(events(*a) or [])) or None)
        patch.setattr(table, "label", lambda row: lines(name(0), name(1)))
        full.made("2026-01-02-done", seeds=2, validation=True)
        for path in (*STUDIES, "live", "language-model", "map", "search", "full-run"):
            opened(path)
        for pin in ("labels:all", "dataset:spirals,teacher:mlp-64-64,student:mlp-16-16,labels:30"):
            page = AppTest.from_file(ROOT / SCRIPTS["live"], default_timeout=PATIENCE)
            page.query_params["pin"] = pin
            read(page.run())
        read(
            AppTest.from_file(ROOT / SCRIPTS["covering-or-seeking"], default_timeout=PATIENCE).run()
        )
        read(AppTest.from_function(answers_of_a_class, default_timeout=PATIENCE).run())
        # As it stands while the students learn: nothing is exhibited yet.
        patch.setattr(WorkScreen, "stored", lambda *a, **k: begun(stored(*a, **k)))
        for path in ("missing", "methods"):
            opened(path)
        yield SENT.figures
    for kept in (st.cache_data, st.cache_resource):  # of this store: other tests have their own
        kept.clear()


def answers_of_a_class():
    """A question of an instructor, while it is open and when it is answered."""
    from dataclasses import replace

    from kdlab.classroom.room import Asked, Room, Tally
    from kdlab.lessons.lesson import Question, Wrong
    from pages.ui.classroom import answering, leading
    from tests.pages.test_chart_texts import encodable

    said = [encodable(n) for n in range(4)]
    what = Question(said[0], said[1], said[2], (Wrong(said[3], said[0]),))
    asked = Asked(1, what, "open", 3)
    room, tally = Room("ABCDEFGH", encodable(5), 1, asked), Tally({said[1]: 2, said[3]: 1}, 3, 0)
    leading.question(room, tally, height=300)
    shown = replace(room, asked=replace(asked, phase="revealed"))
    answering.revealed(shown, tally, said[3], height=300)


def begun(events):
    return [
        event
        for event in hostile(events)
        if not isinstance(event, Exhibit | ArmDone | StudyFinished)
    ]


def tried():
    """A search as Optuna knows it, whose networks have the names of a hostile user."""
    study = optuna.create_study(direction="maximize")
    kinds = {
        "temperature": FloatDistribution(0.5, 50, log=True),
        "alpha": FloatDistribution(0, 1),
        "teacher": CategoricalDistribution(tuple(map(encodable, range(4)))),
    }
    for n in range(4):
        values = {"temperature": 1.0 + n, "alpha": n / 4, "teacher": encodable(n)}
        study.add_trial(optuna.trial.create_trial(params=values, distributions=kinds, value=n / 4))
    return study


def opened(path):
    """The page ``path`` with every tab and every view that changes a chart."""
    page = AppTest.from_file(ROOT / SCRIPTS[path], default_timeout=PATIENCE).run()
    assert not page.exception, path
    read(page)
    key = next((k for k in KEYS.get(path, (f"study.{path}.tab",))), None)
    for label in [tab.label for tab in page.tabs] or full_tabs.TABS:
        page.session_state[key] = label
        page.run()
        assert not page.exception, f"{path}: {label}"
        read(page)
    for other, (tab, values) in VIEWS.get(path, {}).items():
        for value in values:
            page.session_state[key] = tab
            page.session_state[other] = value
            page.run()
            assert not page.exception, f"{path}: {other} {value}"


def read(page):
    """Note what the page says where Streamlit reads Markdown."""
    for kind in ("markdown", "caption", "error", "success", "info", "warning", "metric"):
        for element in page.get(kind):
            SENT.words += [str(getattr(element, name, "")) for name in ("value", "label", "help")]


KEYS = {
    "live": ("live.tab",),
    "language-model": ("language_model.tab",),
    "map": ("map.tab",),
    "search": ("search.tab",),
    "full-run": ("full-run.tab",),
}
VIEWS = {
    "pipeline": {"pipeline.stage": ("Results", (1, 2, 3))},
    "search": {
        "search.view": (
            "Optuna's views",
            ("Parallel coordinates", "Slices", "T and α", "History"),
        ),
    },
}


def texts(value, key=""):
    """Every text of a figure, with the key that it stands under."""
    if isinstance(value, str):
        yield key, value
    elif isinstance(value, dict):
        for inner, part in value.items():
            yield from texts(part, inner)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part, key)


def test_no_chart_reads_a_name_as_markup(walk):
    written = [name(n) for n in range(200)]
    read = [w for w in written if plain(w) != w]
    for key, figure, alt in walk:
        for where, text in texts(figure):
            assert set(re.findall(r"<[^<>]*>", text)) <= OWN_TAGS, (key, text)
            assert "%{" not in text or where in ("hovertemplate", "texttemplate"), (key, text)
            assert not [w for w in read if w in text], (key, text)
            assert text.isprintable(), (key, text)
        alt.encode()
        assert "\n" not in alt


def test_no_sentence_reads_a_name_as_markdown(walk):
    said = " ".join(SENT.words)
    for n in range(100):
        assert name(n) not in said or name(n) == prose.plain(name(n)), name(n)
    assert "\u202e" not in said
    assert prose.plain("[x](//a.b) 3") in said, "the missing class is named in a sentence"


def test_hostile_names_came_through_charts_of_every_kind(walk):
    """Else the test above would look at nothing."""
    seen = " ".join(text for _, figure, _ in walk for _, text in texts(figure))
    shown = prose.class_names([*map(name, range(len(NAMES)))], LEGEND_LETTERS)
    for n, text in enumerate(shown):
        assert plain(text) in seen, name(n)


def test_every_label_of_a_logarithmic_axis_is_a_whole_number(walk):
    """Plotly writes a bare 2 and 5 between powers of ten unless it is told a format."""
    count = 0
    for key, figure, _ in walk:
        for axis in figure["layout"].values():
            if isinstance(axis, dict) and axis.get("type") == "log":
                count += 1
                assert axis.get("tickformat"), key
                if "tickvals" in axis:
                    assert len(axis["ticktext"]) == len(axis["tickvals"]), key
                else:
                    assert axis["nticks"] <= 3, f"{key}: 0.8, 0.9 and 1 lie on each other"
    assert count > 10


def test_no_text_of_a_chart_has_a_hyphen_for_a_minus_or_a_signed_zero(walk):
    for key, figure, alt in walk:
        for _, text in [*texts(figure), ("alt", alt)]:
            if "bdata" not in text and not text.startswith(("rgb", "#")):
                assert not re.search(r"(?<![\w.\d-])-\d+\.\d", text), (key, text)
                assert not re.search(r"(?<![\d.])[-−+]0\.0+(?!\d)", text), (key, text)


def test_no_format_of_plotlys_own_meets_a_negative_number(walk):
    """It would write a hyphen, and a sign before zero."""
    for key, figure, _ in walk:
        for trace in figure["data"]:
            for axis in re.findall(r"%{([xyz]):", trace.get("hovertemplate", "")):
                values = np.array(trace[axis], dtype=object).ravel()
                numbers = [v for v in values if isinstance(v, int | float)]
                assert min(numbers, default=0) >= 0, (key, axis)


def test_the_walk_misses_no_chart(walk):
    """Every line of the pages that draws a chart has drawn one."""
    missed = []
    for path in (ROOT / "pages").rglob("*.py"):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            called = isinstance(node, ast.Call) and ast.unparse(node.func).split(".")[-1]
            if called in ("live_chart", "plotly_chart", "chart", "charts", "charts_in_row"):
                span = range(node.lineno, node.end_lineno + 1)
                if not {(path.name, line) for line in span} & SENT.places:
                    missed.append(f"{path.name}:{node.lineno}")
    assert not missed


# -- the escaping itself -------------------------------------------------------------------------


@pytest.mark.parametrize("text", NAMES)
def test_a_name_is_shown_by_its_letters(text):
    """What Plotly makes of it: tags and templates are read first, then signs are decoded."""
    sent = plain(text)
    assert "<" not in sent
    assert "%{" not in sent
    decoded = sent.replace("&#123;", "{").replace("&lt;", "<").replace("&gt;", ">")
    shown = decoded.replace("&amp;", "&")
    assert shown.encode().decode("unicode_escape" if "\\" in shown else "utf-8") or shown
    if text.isprintable():
        assert shown == text


def test_what_the_lab_wrote_stays_and_what_it_put_in_does_not():
    assert own("<b>{}</b>: %{{y:.1f}} {:.2f}", "<i>", 3) == "<b>&lt;i&gt;</b>: %{y:.1f} 3.00"
    assert lines("a", own("{}", "b & c")) == "a<br>b &amp; c"
    figure = {"data": [{"x": [1, 2], "y": ["<b>"], "hovertemplate": Own("%{y}<br>")}], "n": 1}
    assert safe(figure) == {
        "data": [{"x": [1, 2], "y": ["&lt;b&gt;"], "hovertemplate": "%{y}<br>"}], "n": 1
    }  # fmt: skip


def test_markup_that_was_put_together_carelessly_is_shown_not_read():
    assert safe("<b>" + Own("x")) == "&lt;b&gt;x"


def test_two_names_that_differ_stay_two():
    """They may be categories of one axis."""
    assert plain("<") != plain("&lt;")
    assert plain("\ud800") != plain("\ud801")
