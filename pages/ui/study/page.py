"""A study's page: its settings, the stage with curves and results, and what can be taken away.

Page scripts say which study they show, which of its settings come first, and what else they draw;
everything that all studies share is here.
"""

from __future__ import annotations

import functools
import math
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.experiments.study.record import StudyConfig as Base
from kdlab.measure.measures import BITS
from kdlab.studies import EXPERIMENTS, Study, StudyConfig, StudyHistory, find
from pages.ui.charts import arms as study_charts
from pages.ui.shell import explain, prose, refusals
from pages.ui.shell import state as links
from pages.ui.shell.state import State
from pages.ui.shell.theme import page_header
from pages.ui.stage import export, provenance, tries
from pages.ui.stage import stage as at_work
from pages.ui.stage.session import WorkScreen
from pages.ui.stage.stage import Draw
from pages.ui.stage.work import Work
from pages.ui.stream import watching
from pages.ui.study import report as study_report
from pages.ui.widgets import settings as controls

Shown = WorkScreen[StudyConfig, StudyHistory]
Show = Callable[[StudyHistory], object]

ALWAYS = ("labels", "temperature", "alpha", "epochs", "seeds")
RARE = (
    "method",
    "method_parameters",
    "label_noise",
    "learning_rate",
    "batch_size",
    "train_limit",
    "first_seed",
)


def show(
    name: str,
    *,
    presets: Mapping[str, StudyConfig],
    without: Iterable[str] = (),
    picture: Show | None = None,
    tabs: Mapping[str, Show] | None = None,
) -> None:
    """The whole page of the study ``name``.

    ``presets`` are those of "Try this"; their questions and answers stand in the study's text,
    under the same names. ``without`` names settings that have no control in the side bar, beside
    those that the study does not use. ``picture`` is drawn instead of curves and results, ``tabs``
    besides the usual ones, after what is behind it.
    """
    study = find(name)
    gone = study.unused | frozenset(without)
    here: State[StudyConfig] = links.state(page_of(study), study.config, controls.NAMES)
    page_header(name, prose.text(f"studies/{name}"))
    links.warn(here)
    with st.sidebar:
        sidebar(here, study, gone)
    config = _planned(study, controls.checked(here, EXPERIMENTS[name]))
    tries.show(here, f"studies/{name}", presets)
    drawn: dict[str, Draw] = {  # the first is drawn with the page: it is the cheapest one
        at_work.BEHIND: lambda *_: _behind(name)
    }
    drawn |= {title: _tab(draw) for title, draw in (tabs or {}).items()}
    drawn |= {
        "Results": _results,
        "Curves": _tab(functools.partial(_curves, study)),
        "Cost of each stage": _tab(study_report.costs),
        at_work.TAKE_AWAY: export.panel,
    }
    at_work.stage(
        work(study, gone),
        here,
        config,
        picture=functools.partial(_answered, study, picture),
        tabs=drawn,
    )
    here.write()


def _planned(study: Study, config: StudyConfig | None) -> StudyConfig | None:
    """``config``, or None after an error sentence where the study has no plan for it."""
    if config is None:
        return None
    try:
        study.planned(config)
    except KdlabError as error:
        words = refusals.sentence(error, study.config)
        st.error(prose.plain(words), icon=":material/error:")
        return None
    return config


def page_of(study: Study) -> str:
    """The key of a study's page: of its state, its jobs and its widgets."""
    return f"study.{study.name}"


def view(study: str, name: str) -> Any:
    """The value of the setting ``name``, marked ``view``, of the page of ``study``. A history does
    not have it: its configuration is the normal one, with such settings at their defaults."""
    record = find(study)
    return State(page_of(record), record.config).values[name]


def sidebar(here: State[Any], study: Study, without: frozenset[str]) -> None:
    """The study's own settings first, then those that all have."""
    own = [n for n in study.config.model_fields if n not in Base.model_fields]
    for name in own:
        if name not in without:
            network = controls.facts(study.config.model_fields[name]).get("network")
            draw = controls.popover if network else controls.control
            draw(here, name)
    if "dataset" not in without:
        controls.dataset(here, without)
    controls.panel(here, [n for n in ALWAYS if n not in without])
    if "teacher" not in without:
        controls.popover(here, "teacher", controls.teacher)
    if "student" not in without:
        controls.popover(here, "student")
    controls.more(here, [n for n in RARE if n not in without])


def work(study: Study, without: frozenset[str] = frozenset()) -> Work[StudyConfig, StudyHistory]:
    """The study as long work for :mod:`pages.ui.stage.stage`; settings that it goes ``without`` are
    not told."""
    return Work(
        page=page_of(study),
        experiment=EXPERIMENTS[study.name],
        icon="science",
        start="Run",
        words=prose.sections("study"),
        told=functools.partial(_told, without),
        progress=_progress,
        stopped=at_work.stopped,
        file_name=f"kdlab-{study.name}",
    )


def _progress(history: StudyHistory) -> tuple[float, str]:
    """How far the students are; when all have learned, what is still measured of them."""
    share, words = at_work.percent(history)
    step = history.progress
    if share < 1 or step is None:
        return share, words
    return share, f"{words}, {prose.visible(step.stage)}: {step.done} of {step.total}"


def _tab(draw: Show) -> Draw:
    def drawn(here: State[Any], shown: Shown) -> None:
        if shown.history is None:
            st.caption("This appears with the study.")
        else:
            draw(shown.history)

    return drawn


def _told(without: frozenset[str], shown: Shown) -> str:
    config = shown.history.config if shown.history else None
    assert isinstance(config, StudyConfig)
    teachers = config.teachers_drawn
    seeds = provenance.seeds(config.first_seed, config.seeds * teachers)
    if teachers > 1:
        seeds = f"{teachers} teachers, {seeds}"
    return (
        f"{at_work.source(shown)}: {provenance.settings(config, seeds, links.hidden() | without)}."
    )


def _answered(study: Study, picture: Show | None, here: State[Any], shown: Shown) -> None:
    """The question and its answer, and below them what it was seen in."""
    assert shown.history is not None, "a picture is asked for where there is a history"
    study_report.answer(study, shown.history)
    (picture or functools.partial(_picture, study))(shown.history)


def _picture(study: Study, history: StudyHistory) -> None:
    left, right = st.columns([4, 3], gap="medium")
    with left:
        lines = math.ceil(study_report.arms(history, study) / 2)  # of a legend with two columns
        study_report.curves(history, "study_curves", 330 + 24 * lines)
    with right:
        height = min(390, 90 + 42 * max(study_report.arms(history, study), 2))
        results, describe = study_charts.results, study_charts.describe
        watching.chart("study_results", history, results, describe, height)
        study_report.findings(study, history)


def _behind(name: str) -> None:
    """The theory of the study, and what was measured: it needs no study that was run."""
    st.markdown(explain.text(f"studies/{name}", "more"))


def _results(here: State[Any], shown: Shown) -> None:
    """The table; it is no chart, and does not change by itself."""
    _tab(study_report.results)(here, shown)
    if shown.running:
        st.caption("While the study runs, this is redrawn whenever you open its tab.")


def _curves(study: Study, history: StudyHistory) -> None:
    """What else was measured in every epoch, one chart at a time: there may be many arms."""
    words = {"test": "Test", "validation": "Validation", "fidelity": "Fidelity"}
    words |= {"hard": "Hard part of the loss", "soft": "Soft part of the loss"}
    if history.judged is BITS:
        words = {"test_bits": "Test bits", "validation_bits": "Validation bits"} | words
    first = "validation_bits" if history.judged is BITS else "validation"
    measure = st.segmented_control(
        "Measure", list(words), default=first, format_func=words.__getitem__,
        key="study.measure", label_visibility="collapsed", required=True,
    )  # fmt: skip
    alt = f"{study_charts.MEASURES[measure]} over epochs, one line a kind of student"
    height = max(360, 60 + 22 * study_report.arms(history, study))
    watching.chart("study_measure", history, study_charts.curves, alt, height, measure, "beside")
