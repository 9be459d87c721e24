"""Before a full run: the machine, the steps at once, time and memory where asked, and the start;
what a visitor can begin with."""

from __future__ import annotations

import functools
import json
import subprocess
import tempfile
import threading
import time
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import OWN
from kdlab.full_run.run import folder as folders
from kdlab.full_run.run import process
from kdlab.full_run.run.folder import RunFolder
from kdlab.hosting import class_rights, key
from kdlab.measure.wording import duration
from pages.ui.components.transport import Course, course
from pages.ui.full_run import checks, machine, rough, watch
from pages.ui.full_run.machine import gib
from pages.ui.shell import explain, prose, state
from pages.ui.shell.state import State
from pages.ui.shell.theme import LOOKS, TEACHER
from pages.ui.stream import watching
from pages.ui.stream.sources import Looked
from pages.ui.widgets import overview
from pages.ui.widgets.buttons import button

STAGES = {"teacher": TEACHER, "student": "labels only", "distilled": "distilled"}
MOST_KEPT = 50
LONGEST_SECONDS = 600
"""A measurement that takes longer is given up."""


PRESETS = {
    "Digits in a minute": FullRunConfig.parse(
        {
            "pair": OWN, "dataset": "digits", "teacher": "resnet8", "student": "cnn-8",
            "epochs": 5, "seeds": 3, "padding": 1, "flip": False,
        }
    ),
    "A quick look at the published pair": FullRunConfig(train_limit=2000, epochs=3),
    "The whole published experiment": FullRunConfig(),
}  # fmt: skip


@dataclass
class Measuring:
    """The one measurement that this server makes, and what earlier ones found, by fingerprint."""

    mark: str = ""
    running: subprocess.Popen[bytes] | None = None
    began: float = 0.0
    output: Path = field(default_factory=Path)
    found: dict[str, dict[str, Any]] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def begin(self, config: FullRunConfig) -> None:
        """Measure ``config``, in a process of its own, unless another is measured."""
        with self.lock:
            if self.running is None:
                self._begin(config)

    def _begin(self, config: FullRunConfig) -> None:
        self.output = Path(tempfile.mkdtemp(prefix="kdlab-estimate-")) / "told.txt"
        self.mark, self.began = config.fingerprint(), time.monotonic()
        self.running = process.estimate(config, self.output)

    def stop(self) -> None:
        """End the measurement; it is as if none had been asked for."""
        with self.lock:
            if self.running is not None and self.running.poll() is None:
                self.running.kill()
                self.running.wait()
                self._poll()
                self.found.pop(self.mark, None)

    def poll(self) -> None:
        """Take what the process has printed, when it has ended; from any thread."""
        with self.lock:
            self._poll()

    def _poll(self) -> None:
        if self.running is None:
            return
        if self.running.poll() is None and time.monotonic() - self.began > LONGEST_SECONDS:
            self.running.kill()
            self.running.wait()
        if self.running.poll() is None:
            return
        self.running = None
        text = self.output.read_text(encoding="utf-8", errors="replace")
        self.found[self.mark] = told(text)
        for path in self.output.parent.iterdir():
            path.unlink()
        self.output.parent.rmdir()
        while len(self.found) > MOST_KEPT:
            del self.found[next(iter(self.found))]


def told(text: str) -> dict[str, Any]:
    """What a measurement printed: its JSON object, or {problem} with the last line of it."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    for line in reversed(lines):
        if line.startswith("{"):
            try:
                found = json.loads(line)
            except ValueError:
                break
            if isinstance(found, dict) and "total_seconds" in found:
                return found
    return {"problem": lines[-1] if lines else "The measurement ended without a result."}


@st.cache_resource(show_spinner=False)
def measuring() -> Measuring:
    """Shared by all visitors: two at once would measure each other."""
    return Measuring()


def row(config: FullRunConfig | None, problem: str) -> None:
    """The machine, the buttons, and what is known before the start. Part of a run of the page."""
    machine.show()
    measured = measuring()
    measured.poll()
    busy = process.at_work()
    refused = _refused(busy)
    with st.container(horizontal=True, gap="small", vertical_alignment="center", key="player"):
        if "train" not in state.hidden():
            off = config is None or bool(refused)
            button(
                "Start the run",
                "full-run.start",
                "rocket_launch",
                begin,
                config,
                help_text=prose.text("full-run", "help start"),
                shortcut="T",
                off=off,
                kind="primary",
            )
            if measured.running is not None and config is not None and measured.mark == (
                config.fingerprint()
            ):  # fmt: skip
                words = "End the measurement. Nothing is lost: it writes nothing."
                name = "full-run.estimate.stop"
                button("Stop the estimate", name, "timer_off", _stop_estimate, help_text=words)
            else:
                label, name = "Estimate time and memory", "full-run.estimate"
                told = prose.text("full-run", "help estimate")
                off = off or measured.running is not None
                button(label, name, "timer", _estimate, config, help_text=told, off=off)
            if (most := machine.gpus()) > 1:
                st.selectbox(
                    "GPUs", range(1, most + 1), key="full-run.gpus", width=90,
                    label_visibility="collapsed", format_func=lambda n: f"{n} GPU{'s' * (n > 1)}",
                    help=prose.text("full-run", "help gpus"),
                )  # fmt: skip
        with st.popover("This machine", icon=":material/memory:", key="full-run.machine"):
            machine.more()
    if problem == checks.WAITS:
        overview.invite()
    elif problem:
        st.error(prose.plain(problem), icon=":material/error:")
    elif refused:
        st.caption(f":material/info: {refused}")
    if failed := st.session_state.get("full-run.problem"):
        st.error(prose.plain(failed), icon=":material/error:")
    if config is not None:
        guess = not busy and measured.found.get(config.fingerprint()) is None
        guess = guess and rough.waits(config)
        phase = functools.partial(_phase, config)
        name = f"before {config.fingerprint()}"
        made = functools.partial(Looked, name, phase, _is_settled)
        waits = measured.running is not None or guess
        with watching.source("before", made, "start", waits, config.fingerprint()):
            with st.container():
                _before(config, bool(busy))
            watching.run_on("before", _phase(config), _drawn_for)


def _refused(busy: Any) -> str:
    """Why no run can be started now, as Markdown; empty where one can."""
    if not class_rights.may("full runs") and class_rights.holds_class():
        return prose.plain(class_rights.refusal("full runs"))
    if not class_rights.may("full runs"):
        hint = prose.text("full-run", "open server owner") if key.for_owner() else ""
        return f"{prose.text('full-run', 'open server')} {hint}".strip()
    if busy:
        return f"{prose.plain(busy[0].path.name)} is running: one run at a time on a machine."
    return ""


def may_start() -> bool:
    """Whether a run can be started now."""
    return not _refused(process.at_work())


def begin(config: FullRunConfig) -> None:
    """The press of the button: it looks again at what another visitor may have begun since."""
    st.session_state["full-run.problem"] = ""
    if not class_rights.may("full runs") or process.at_work():
        return
    try:
        folder = RunFolder.create(folders.new_path(config), config)
        process.start(folder, int(st.session_state.get("full-run.gpus", 1)))
    except (KdlabError, OSError) as error:
        st.session_state["full-run.problem"] = str(error)
        return
    watch.choose(folder.path.name)


def _estimate(config: FullRunConfig) -> None:
    st.session_state["full-run.problem"] = ""
    if not class_rights.may("full runs") or measuring().running is not None:
        return
    try:
        measuring().begin(config)
    except OSError as error:
        st.session_state["full-run.problem"] = f"The measurement cannot start: {error}"


def _stop_estimate() -> None:
    if class_rights.may("full runs"):
        measuring().stop()


Phase = tuple[int, bool, bool]
"""For how long a measurement goes on, in whole seconds and -1 where none does; whether a guess is
being worked out; whether the workers must be asked once more."""


def _phase(config: FullRunConfig) -> Phase:
    measured = measuring()
    measured.poll()
    seconds = -1 if measured.running is None else int(time.monotonic() - measured.began)
    asks = machine.asks_again() or not rough.guesses().asked  # the page asks when it runs
    return seconds, rough.waits(config), asks


def _is_settled(phase: Phase) -> bool:
    """Whether neither goes on."""
    return phase[0] < 0 and not phase[1]


def _drawn_for(phase: Phase) -> tuple[bool, bool, bool]:
    """What is drawn in another way."""
    return phase[0] < 0, phase[1], phase[2]


def _measured_for(phase: Phase) -> Course:
    seconds = max(0, phase[0])
    words = f"A process gets ready and runs a few steps of each stage: {seconds} s so far"
    return course("runs", min(0.95, seconds / 60), words)


def _before(config: FullRunConfig, busy: bool) -> None:
    """Steps at once; a table when they were measured, folded while a run is on the page."""
    measured = measuring()
    measured.poll()
    mark = config.fingerprint()
    if measured.running is not None and measured.mark == mark:
        watching.progress("before.course", "before", _phase(config), _measured_for)
    elif found := measured.found.get(mark):
        with st.expander(_headline(found), expanded=not busy):
            _table(found, config)
    elif not busy:
        lines = [rough.data_line(config), rough.time_line(config), _steps(config)]
        st.caption(" ".join(line for line in lines if line))


def _steps(config: FullRunConfig) -> str:
    steps = checks.steps(config)
    if steps is None:
        return "The number of steps is known once the images are counted: estimate, or start."
    images = checks.train_size(config)
    students = f"{2 * config.seeds} students of {steps['student']:,} steps"
    teacher = f"teacher {steps['teacher']:,} steps" if steps["teacher"] else "teacher given"
    return (
        f"{images:,} training images, {teacher}, {students}. A teacher that was trained here "
        "before is used again."
    )


def _headline(found: dict[str, Any]) -> str:
    if "problem" in found:
        return "The estimate failed"
    ready = found.get("ready_seconds")
    first = "" if ready is None else f", after {duration(max(1, ready))} of getting ready"
    return (
        f"About {duration(max(1, found['total_seconds']))} of training{first}; "
        f"{gib(found['memory_bytes'])} of {gib(found['free_bytes'])} that are free"
    )


def _table(found: dict[str, Any], config: FullRunConfig) -> None:
    if "problem" in found:
        st.error(prose.plain(found["problem"]), icon=":material/error:")
        return
    lines = ["| Stage | Steps | One step | Time |", "|---|--:|--:|--:|"]
    for name, stage in STAGES.items():
        times = "" if name == "teacher" or config.seeds == 1 else f", {config.seeds} times"
        lines.append(
            f"| {LOOKS[stage].label}{times} | {found['steps'][name]:,} | "
            f"{1000 * found['step_seconds'][name]:.1f} ms | {duration(found['seconds'][name])} |"
        )
    st.markdown("\n".join(lines))
    cache = found["cache"]
    answers = "kept" if cache["on"] else "not kept"
    st.caption(
        f"Teacher's answers: {answers}, {prose.plain(cache['reason'])} "
        f"({cache['views']:,} views an image, {gib(cache['bytes'])}). Steps run as "
        f"{prose.plain(found['engine'])}. {prose.text('full-run', 'estimate')}"
    )


# -- where there is no run yet -------------------------------------------------------------------


def first(here: State[FullRunConfig]) -> None:
    """Where there is no run yet: the first thing to try with a button that starts it at once,
    unless nobody may, or another run is at work."""
    st.markdown(explain.text("full-run", "invitation"))
    label, config = next(iter(PRESETS.items()))
    with st.container(border=True, width=480):
        button(
            f"{label}: start it",
            "full-run.first",
            "play_arrow",
            _begin,
            here,
            config,
            help_text=prose.text("full-run", "help first"),
            off=not may_start() or "train" in state.hidden(),
        )
        st.caption(prose.tries("full-run")[0].task)


def _begin(here: State[FullRunConfig], config: FullRunConfig) -> None:
    here.set(**config.model_dump())
    begin(config)
