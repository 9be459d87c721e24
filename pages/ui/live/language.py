"""The page of language models: bits per character, what comes next, what is made up."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import pandas as pd
import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.data import known_inputs
from kdlab.data.text import grammar
from kdlab.data.text.windows import shown as text_of
from kdlab.data.text.windows import window_of
from kdlab.errors import KdlabError
from kdlab.experiments.run import run
from kdlab.experiments.run.history import History
from kdlab.experiments.run.language import LANGUAGE, Language, codes_before
from kdlab.measure.intervals import interval
from kdlab.models import arrays
from pages.ui.charts import language as charts
from pages.ui.charts.traces import ends
from pages.ui.components.letters import letters
from pages.ui.live import numbers
from pages.ui.live.standing import progress, standing, stopped
from pages.ui.shell import explain, prose, refusals, state, turns, workers
from pages.ui.shell.state import State
from pages.ui.shell.theme import KIT_COLOURS, LOOKS
from pages.ui.stage import export
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.work import Work
from pages.ui.stream import watching
from pages.ui.widgets import settings as controls

PAGE = "language_model"
ANSWER_SECONDS = 5.0
"""How long a worker may take to say what comes next: the visitor goes on typing meanwhile."""
Screen = WorkScreen[Language, History]

TRIES: dict[str, Mapping[str, Any]] = {
    "A beginning": {"prefix": "sch"},
    "Look into the small": {"prefix": "sch", "shown_temperature": 4.0},
    "Few labels": Language(labels=200).model_dump(),
    "All labels": Language(labels="all").model_dump(),
    "A grammar": Language.parse({"dataset": "grammar"}).model_dump(),
}
"""Of "Try this": the settings of each."""

WORK = Work(
    page=PAGE,
    experiment=LANGUAGE,
    icon="abc",
    start="Train",
    start_key="train",
    steps=True,
    words=prose.sections("language_model"),
    progress=progress,
    stopped=stopped,
    file_name="kdlab-language-{dataset}",
)


def stage(here: State[Language], config: Language | None) -> None:
    """Everything but the controls. Part of a run of the whole page."""
    at_work.stage(WORK, here, config, picture=_picture, tabs=TABS, standing=standing)


def _picture(here: State[Language], shown: Screen) -> None:
    """How they learn; what comes next; what they make up."""
    history = shown.known
    left, right = st.columns([4, 5], gap="medium")
    with left:
        watching.chart("bits", history, charts.bits, numbers.describe_accuracy, 320)
    with right:
        _next(here, shown)
    watching.html("made", history, made)
    with st.container(key="result"):
        numbers.numbers(history, shown.config)
        _to_truth(history)
    here.write()


# -- what comes next ------------------------------------------------------------------------------


def _next(here: State[Language], shown: Screen) -> None:
    """The three distributions after what is typed."""
    controls.control(here, "prefix")
    if shown.config is None or shown.history is None or shown.history.finished is None:
        over = shown.history is not None and not shown.running
        st.caption(explain.text(PAGE, "no answers" if over else "answers later"))
        return
    asked = shown.config.model_copy(update={"prefix": here.values["prefix"]})
    try:
        codes = codes_before(asked)
        window, made_in = tuple(window_of(codes, asked.window)), shown.history.finished.seconds
        found = _logits(asked.run(), window, f"{workers.store().home} {made_in}")
    except KdlabError as error:
        st.warning(prose.plain(refusals.sentence(error, Language)), icon=":material/warning:")
        return
    known = known_inputs(asked)
    assert known is not None, "what was asked has classes"
    here.values["shown_temperature"] = letters(
        logits={KIT_COLOURS[name]: found[name] for name in LOOKS},
        labels={KIT_COLOURS[name]: look.label for name, look in LOOKS.items()},
        classes=prose.class_names(known.classes),
        truth=_truth(asked, known.classes),
        temperature=here.values["shown_temperature"],
        key=here.key("letters"),
        hide=("temperature",) if "shown_temperature" in state.hidden() else (),
    )
    longer = len(codes) - asked.window
    if longer > 0:
        seen = prose.plain(prose.in_a_row(text_of(codes[-asked.window :], known.classes)))
        st.caption(f"The models see only the last {asked.window} {asked.symbols}: {seen}")
    if asked.dataset == "grammar":
        st.caption(explain.text(PAGE, "truth"))


def _logits(
    config: DistilConfig, window: tuple[int, ...], which: str
) -> Mapping[str, Sequence[float]]:
    """Of each model (V,) for what comes after ``window``. Of MLPs it is known here, others are
    asked on a worker; a KdlabError says why there is no answer. ``which`` tells this run from
    others of the same settings, whose text may have changed."""
    known = known_inputs(config)
    assert known is not None
    inputs = np.eye(len(known.classes), dtype=np.float32)[list(window)][None]
    networks = _networks(config, which)
    if networks is not None:
        return {n: arrays.mlp_logits(layers, inputs)[0].tolist() for n, layers in networks.items()}
    return _asked(config, window, which)


@st.cache_resource(
    max_entries=8, show_spinner=False, hash_funcs={DistilConfig: DistilConfig.fingerprint}
)
def _networks(config: DistilConfig, which: str) -> dict[str, arrays.Layers] | None:
    """The networks of a finished run whose weights are in the store, where all are MLPs that can
    be read."""
    if not all(name.startswith("mlp-") for name in (config.teacher, config.student)):
        return None
    read = {n: arrays.mlp_layers(f) for n, f in (workers.store().weights(config) or {}).items()}
    found = {name: layers for name, layers in read.items() if layers is not None}
    return found if found.keys() == LOOKS.keys() else None


@st.cache_data(
    max_entries=500, show_spinner=False, hash_funcs={DistilConfig: DistilConfig.fingerprint}
)
def _asked(config: DistilConfig, window: tuple[int, ...], which: str) -> dict[str, list[float]]:
    """The same, of a worker."""
    known = known_inputs(config)
    assert known is not None
    inputs = np.eye(len(known.classes), dtype=np.float32)[list(window)][None]
    with turns.aside():
        told = workers.manager().call(run.answer, config, inputs, timeout=ANSWER_SECONDS)
    return {name: list(rows[0]) for name, rows in told.items()}


def _truth(config: Language, classes: tuple[str, ...]) -> list[float] | None:
    """The right probabilities after the typed beginning, where they are known."""
    if config.dataset != "grammar":
        return None
    following = grammar.next_characters(config.grammar).get(config.prefix)
    if following is None:  # no string of the grammar begins like this
        return None
    return [following.get("" if place == 0 else name, 0.0) for place, name in enumerate(classes)]


def _to_truth(history: History) -> None:
    """Of a grammar how far each model is from it, over seeds."""
    finished = history.finished
    if finished is None or finished.truth is None:
        return
    rows = []
    for name, look in LOOKS.items():
        told = finished.truth[name]
        kl, low, high = interval(told["kl"])
        share, least, most = (100 * end for end in interval(told["coverage"]))
        rows.append(
            {
                "": look.label,
                "KL to the truth, bits per string": f"{kl:.3f}{ends(low, high, 3)}",
                "Strings it can produce, %": f"{share:.1f}{ends(least, min(most, 100.0))}",
            }
        )
    st.dataframe(pd.DataFrame(rows), hide_index=True, width="stretch")
    st.caption(explain.text(PAGE, "to truth"))


# -- what is made up ------------------------------------------------------------------------------


def made(history: History) -> str:
    """The newest strings of each model, as HTML; those of the training data are marked."""
    if not history.samples:
        return f"<p>{prose.in_html(prose.text(PAGE, 'made later'))}</p>"
    last = history.samples[max(history.samples)]
    parts = []
    for name, look in LOOKS.items():
        strings = last.samples.get(name, [])
        new = sum(not one["known"] for one in strings)
        items = "".join(
            '<li dir="auto">'
            + (prose.in_html(one["text"]) or "<i>(nothing)</i>")
            + ("<small> known</small>" if one["known"] else "")
            + "</li>"
            for one in strings
        )
        parts.append(
            f'<section><h4><i style="background:{look.colour}"></i>{look.label}: {new} of '
            f"{len(strings)} are new</h4><ol>{items}</ol></section>"
        )
    return (
        f"<p>Made up after epoch {last.epoch}, character by character. All three use the same "
        f'random numbers: only the model differs.</p><div class="kd-made">{"".join(parts)}</div>'
    )


TABS: dict[str, at_work.Draw] = {
    "Loss": lambda _, shown: numbers.losses(
        shown.history, shown.config.method if shown.config else "soft-targets"
    ),
    "Where they differ": lambda _, shown: numbers.differences(shown.history),
    "Size and speed": lambda _, shown: numbers.costs(
        shown.history, shown.config.run() if shown.config else None
    ),
    at_work.TAKE_AWAY: lambda here, shown: export.panel(
        here, shown, run=lambda config: config.run()
    ),
}
"""Only the open one is drawn."""
