"""The run on screen: how it stands, its buttons, curves and result."""

from __future__ import annotations

import math
from typing import Any

import streamlit as st

from kdlab.data import DATASETS
from kdlab.errors import KdlabError
from kdlab.events import DISTILLED, LABELS_ONLY, FullPart, Progress
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import process
from kdlab.full_run.run.history import STAGES
from kdlab.full_run.run.status import FAILURES, STATES
from kdlab.hosting import class_rights
from kdlab.measure.gain import NOT_A_NUMBER, Gain
from kdlab.measure.wording import duration
from pages.ui.charts import full_run
from pages.ui.components.transport import Course, course
from pages.ui.full_run import machine, made_with, start, watch
from pages.ui.full_run.watch import UNREADABLE, Watched, spread
from pages.ui.shell import explain, prose
from pages.ui.shell import state as links
from pages.ui.shell.state import State
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stage import differs, told
from pages.ui.stream import watching
from pages.ui.widgets.buttons import button

COLOURS = {
    "new": "gray", "running": "blue", "stopped": "orange",
    "finished": "green", "failed": "red", "interrupted": "orange",
}  # fmt: skip
REPORTED = {TEACHER: "teacher", LABELS_ONLY: "student", DISTILLED: "method"}


def stage(here: State[FullRunConfig], shown: Watched | None) -> None:
    """Part of a run of the whole page."""
    if shown is None:
        start.first(here)
        return
    with watch.followed(shown, "picture"):
        _head(shown)
        _differs(here, shown)
        _standing(shown)
        try:
            with st.container(key="picture"):
                _curves(shown)
        except UNREADABLE:
            st.error(prose.text("full-run", "damaged"), icon=":material/error:")
        watching.run_on("full.phase", shown, watch.phase)


# -- head: name, state, buttons ----------------------------------------------------------------


def title_of(shown: Watched) -> str:
    """What is trained, as Markdown: "resnet56 → resnet20, CIFAR-100"."""
    config = shown.config
    if config is None:
        return prose.plain(shown.name)
    record = DATASETS.get(config.dataset)
    data = record.label if record else config.dataset
    return prose.plain(f"{config.teacher} → {config.student}, {data}")


def _head(shown: Watched) -> None:
    state = shown.status.state
    words = STATES[state].split(":")[0]
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="standing"):
        st.markdown(f"**{title_of(shown)}**  :{COLOURS[state]}-badge[{words}]", width="content")
        if "player" not in links.hidden() and class_rights.may("full runs"):
            _buttons(shown)
    if st.session_state.get("full-run.deleting") == shown.name:
        _ask(shown)
    if failed := st.session_state.get("full-run.refused"):
        st.error(prose.plain(failed), icon=":material/error:")


def _buttons(shown: Watched) -> None:
    asked = shown.stop_seconds
    if shown.status.alive:
        waits = asked is not None
        label = "Stopping" if waits else "Stop"
        _button(label, "stop", "stop", lambda run: run.folder.ask_to_stop(), shown, off=waits)
        if asked is not None and asked > watch.PATIENCE_SECONDS:
            _button("End now", "end", "dangerous", lambda run: process.end(run.folder), shown)
        return
    if shown.status.resumable:
        others = bool(process.at_work())
        label = "Begin" if shown.status.state == "new" else "Resume"
        off = others or shown.config is None
        _button(label, "resume", "play_arrow", _resume, shown, off=off)
    ask = {"full-run.deleting": shown.name}
    _button("Delete", "delete", "delete", lambda _: st.session_state.update(ask), shown)


def _button(
    label: str, key: str, icon: str, call: Any, shown: Watched, *, off: bool = False
) -> None:
    told = prose.text("full-run", f"help {key}")
    button(label, f"full-run.{key}", icon, _act, call, shown, help_text=told, off=off)


def _act(call: Any, shown: Watched) -> None:
    """A press: what the folder refuses is said above the picture."""
    st.session_state["full-run.refused"] = ""
    if not class_rights.may("full runs"):
        return
    try:
        call(shown)
    except (KdlabError, OSError) as error:
        st.session_state["full-run.refused"] = str(error)


def _resume(shown: Watched) -> None:
    if not process.at_work():
        started = shown.history.started
        before = int(started.device.get("processes", 1)) if started is not None else 1
        process.start(shown.folder, min(before, max(1, machine.gpus())))


def _ask(shown: Watched) -> None:
    with st.container(horizontal=True, vertical_alignment="center", border=True):
        st.markdown(prose.text("full-run", "delete"), width="stretch")
        _button("Delete this run", "delete_really", "delete_forever", _delete, shown)
        _button("Keep it", "keep", "undo", _keep, shown)


def _keep(shown: Watched) -> None:
    st.session_state.pop("full-run.deleting", None)


def _delete(shown: Watched) -> None:
    _keep(shown)
    shown.folder.delete()
    st.session_state.pop("full-run.watched", None)
    st.session_state.pop("full-run.chosen", None)


def _differs(here: State[FullRunConfig], shown: Watched) -> None:
    """Said where the run on screen is not the one that the controls ask for."""
    config = shown.config
    if config is None or all(here.values.get(n) == v for n, v in config.model_dump().items()):
        return
    differs.sentence(here, config.model_dump(), "full-run", goes_on=shown.busy)


# -- where the work stands ---------------------------------------------------------------------


def _standing(shown: Watched) -> None:
    if shown.problem:
        st.error(prose.plain(shown.problem), icon=":material/error:")
    status = shown.status
    if shown.busy:
        watching.progress("full.course", shown.name, shown, _course)
    elif status.state == "failed":
        name = FAILURES[status.failure] if status.failure in FAILURES else STATES["failed"]
        words, code = prose.with_code(status.reason)
        st.error(f"**{name}.** {prose.plain(words)}", icon=":material/error:")
        if code:
            st.code(code, "python")
    elif status.state in ("stopped", "interrupted"):
        done = shown.history.share_done
        words = f"{STATES[status.state]}. {100 * done:.0f} % done."
        st.progress(min(1.0, done), text=words)
    if status.state in ("failed", "new", "interrupted"):
        if log := shown.folder.log():
            with st.expander("The end of its log"):
                st.code(log, language=None)
        elif status.state == "new":
            st.caption(STATES["new"] + ".")


def _course(shown: Watched) -> Course:
    return course("runs", *progress(shown))


def progress(shown: Watched) -> tuple[float, str]:
    """How far it is, 0 to 1, and the sentence beside it, as it is."""
    history, now = shown.history, shown.now
    if history.started is None or history.now is None:
        if isinstance(now, Progress):
            share = min(1.0, now.done / now.total) if now.total > 0 else 0.0
            return share, prose.visible(f"{now.stage[:1].upper()}{now.stage[1:]}")
        return min(1.0, history.share_done), "The process is getting ready"
    at, share = history.now, history.share_done
    name = LOOKS[at.stage].label if at.stage in LOOKS else at.stage
    seed = f", seed {at.seed}" if at.stage != TEACHER else ""
    epoch = max((e.epoch for e in history.epochs if (e.stage, e.seed) == (at.stage, at.seed)),
                default=at.epoch)  # fmt: skip
    words = f"{name}{seed}, epoch {min(epoch + 1, at.epochs)} of {at.epochs}"
    if isinstance(now, FullPart) and now.total and (now.stage, now.seed) == (at.stage, at.seed):
        verb = "answered by the teacher" if now.what == "teacher" else "trained on"
        words += f": {now.done:,} of {now.total:,} images {verb}"
        if now.images_per_second:
            words += f", {now.images_per_second:,.0f} a second"
    left = history.seconds_left
    if left is not None:
        words += f". {100 * share:.0f} %, about {duration(max(1, math.ceil(left)))} left"
    return min(1.0, share), prose.visible(words)


# -- the picture -------------------------------------------------------------------------------


def _curves(shown: Watched) -> None:
    left, right = st.columns([5, 4], gap="medium")
    with left:
        watching.chart("full_accuracy", shown, _accuracy, _describe, 310)
    with right:
        _result(shown, reference_of(shown))


def _accuracy(shown: Watched) -> dict[str, Any]:
    return full_run.accuracy(shown.history, reference_of(shown))


def _describe(shown: Watched) -> str:
    return full_run.describe(shown.history)


def reference_of(shown: Watched) -> dict[str, Any]:
    """What papers report of this run's networks on its data; empty where nobody did."""
    if shown.history.started is not None:
        return dict(shown.history.started.published)
    return shown.config.reference() if shown.config is not None else {}


def _result(shown: Watched, reference: dict[str, Any]) -> None:
    history = shown.history
    found = history.accuracies()
    lines = ["| Test, last epoch | Here, % |", "|---|--:|"]
    for name in STAGES:
        values = [100 * value for value in found.get(name, [])]
        cell = (spread(values) or "…").replace(" ", "\u00a0")  # on one line
        lines.append(f"| {LOOKS[name].short} | {cell} |")
    if reference:  # a column more
        figures = [reference.get(REPORTED[name]) for name in STAGES]
        column = ["Published", "--:", *("" if v is None else f"{v:.2f}" for v in figures)]
        lines = [f"{line} {cell} |" for line, cell in zip(lines, column, strict=True)]
    st.markdown("\n".join(lines))
    if history.finished is not None:
        st.markdown(sentence(Gain.of(history.finished.gain)))
    else:
        st.caption(explain.text("full-run", "no result yet"))
    with told.run():
        st.caption(made_with.words(shown, reference))


def sentence(gain: Gain) -> str:
    """The gain with its interval, and what it allows to say."""
    found = gain.verdict
    if found == "NaN":
        return NOT_A_NUMBER
    told = f"**{gain.amount(2)}** compared with the same student on labels alone"
    if found == "one seed":
        return f"{told}. One seed: no interval, so this may be chance."
    word = "It is unclear whether distillation helped"
    if found != "unclear":
        word = f"Distillation {found}"
    return f"{told}, {gain.interval(2)}. {word} with this teacher."
