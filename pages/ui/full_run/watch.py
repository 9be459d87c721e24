"""What the page knows of the runs on this machine: read from their folders, never from the session.

A session keeps only which run it looks at, which also stands in the link as ``?run=NAME``, and how
far it has read. This room draws nothing.
"""

from __future__ import annotations

import functools
import math
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import streamlit as st

from kdlab.errors import KdlabError
from kdlab.events import DISTILLED, LABELS_ONLY, Event
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import folder as folders
from kdlab.full_run.run import process
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.log import Reader
from kdlab.full_run.run.status import Status
from kdlab.measure.intervals import interval
from kdlab.streams.source import Told
from pages.ui.charts.traces import ends
from pages.ui.shell.state import ECHO_SECONDS
from pages.ui.shell.theme import TEACHER
from pages.ui.stream import watching

PATIENCE_SECONDS = 20.0
"""A run that was asked to stop gets so long before the page offers to end its process."""
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)
"""What a damaged file of events can cause in whoever reads numbers from it."""


@dataclass
class Watched:
    """One run as a session sees it. ``problem`` says what could not be read of its folder."""

    folder: RunFolder
    history: FullHistory = field(default_factory=FullHistory)
    config: FullRunConfig | None = None
    status: Status = field(default_factory=lambda: Status("new"))
    now: Event | None = None
    problem: str = ""
    reader: Reader | None = None

    @property
    def name(self) -> str:
        """Of the folder, and in links."""
        return self.folder.path.name

    @property
    def busy(self) -> bool:
        """Whether a process is at work on it."""
        return self.status.alive

    @property
    def stop_seconds(self) -> float | None:
        """How long ago it was asked to stop; None where nobody did."""
        try:
            return time.time() - (self.folder.path / "stop").stat().st_mtime
        except OSError:
            return None

    def refresh(self) -> None:
        """Read what the folder has told since."""
        self.problem = ""
        self.status = self.folder.status()
        try:
            if self.config is None:
                self.config = self.folder.config()
        except KdlabError as error:
            self.problem = f"The configuration of this run cannot be read: {error}"
        try:
            self._read()
        except KdlabError as error:
            self.problem = f"The events of this run cannot be read: {error}"
        try:
            self.now = self.folder.now() if self.status.alive else None
        except KdlabError:  # a file that is written over and over, and worth nothing afterwards
            self.now = None

    def _read(self) -> None:
        if self.reader is None:
            self.reader = Reader(self.folder)
        events, anew = self.reader.news()
        if anew:  # cut by a process that resumed the run
            self.history = FullHistory()
        self.history.take(events)


class Folder:
    """The source of what is told of a run at work: its folder, which another process writes.
    Its own :class:`Watched`, for the session's is read by the page."""

    seconds = 1.0

    def __init__(self, run: RunFolder) -> None:
        self._watched = Watched(run)
        self._watched.refresh()

    @property
    def key(self) -> str:
        """The folder."""
        return f"full run {self._watched.folder.path}"

    @property
    def told(self) -> Told:
        """The run, as the history of views."""
        return Told(self._watched, 0)

    @property
    def over(self) -> bool:
        """Whether no process is at work on it."""
        return not self._watched.busy

    def listen(self, call: Callable[[], None]) -> None:
        """Nothing says when there is news."""

    def look(self) -> bool:
        """Read what the folder has told since."""
        self._watched.refresh()
        return True

    def joined(self, other: Any) -> None:
        """Another page looks at the same."""

    def left(self, other: Any) -> None:
        """A page looks at it no more."""

    def unlisten(self) -> None:
        """Nobody was called."""

    def renew(self) -> None:
        """It goes on whether anybody looks or not."""


@contextmanager
def followed(shown: Watched, part: str) -> Iterator[None]:
    """What is drawn within, this ``part`` of the page, shows the run on screen, and follows it
    while it is at work."""
    made = functools.partial(Folder, shown.folder)
    with watching.source(f"full run {shown.name}", made, part, shown.busy):
        yield


def phase(shown: Watched) -> tuple[Any, ...]:
    """What the page draws in another way: buttons, results, tabs with tables."""
    asked = shown.stop_seconds
    late = asked is not None and asked > PATIENCE_SECONDS
    stages = len(shown.history.done)
    return (shown.status.state, shown.busy, asked is not None, late, stages, shown.problem)


# -- the run on screen -------------------------------------------------------------------------


def choose(name: str) -> None:
    """Look at the run of this name from now on."""
    st.session_state["full-run.chosen"] = name


def watched() -> Watched | None:
    """The run on screen, read up to now: the chosen one, else the one at work, else the youngest;
    None where there is no run."""
    everything = {run.path.name: run for run in folders.runs()}
    name = st.session_state.get("full-run.chosen", "")
    if name not in everything:
        name = next((run.path.name for run in process.at_work()), next(iter(everything), ""))
    if not name:
        return None
    held: Watched | None = st.session_state.get("full-run.watched")
    if held is None or held.folder.path != everything[name].path:
        held = Watched(everything[name])
        st.session_state["full-run.watched"] = held
    choose(name)
    held.refresh()
    return held


def follow_link() -> str:
    """Take the run from the address, where a link was followed; a sentence where it has no such
    run. To be asked before the page is drawn."""
    asked = st.query_params.get("run", "")
    memory = st.session_state.setdefault("full-run.link", {"written": "", "before": "", "at": 0.0})
    echo = asked == memory["before"] and time.monotonic() - memory["at"] < ECHO_SECONDS
    if not asked or asked == memory["written"] or echo:
        return ""
    memory["written"] = asked
    if asked not in {run.path.name for run in folders.runs()}:
        return (
            f"The link asks for the run {asked[:80]!r}. Allowed: a run of this machine. Shown "
            "instead: the latest."
        )
    choose(asked)
    return ""


def write_link(shown: Watched | None) -> None:
    """Put the run on screen into the address; the page's settings follow it there."""
    name = shown.name if shown is not None else ""
    memory = st.session_state["full-run.link"]
    if name != st.query_params.get("run", ""):
        memory |= {"before": st.query_params.get("run", ""), "at": time.monotonic()}
        if name:
            st.query_params["run"] = name
        else:
            del st.query_params["run"]
    memory["written"] = name


# -- all runs ----------------------------------------------------------------------------------


@st.cache_resource(show_spinner=False)
def _summaries() -> dict[str, tuple[Any, dict[str, Any]]]:
    """Folder -> (marks of its files, what the table says of it)."""
    return {}


def summaries() -> list[dict[str, Any]]:
    """One row a run, the youngest first; read again only where its folder has changed."""
    kept, rows, seen = _summaries(), [], set()
    for run in folders.runs():
        path = str(run.path)
        seen.add(path)
        status = run.status()
        mark = (status, *(_mark(run.path / name) for name in ("events.jsonl", "config.json")))
        if path not in kept or kept[path][0] != mark:
            kept[path] = (mark, summary(run, status))
        rows.append(kept[path][1])
    for path in [p for p in kept if p not in seen]:
        kept.pop(path, None)
    return rows


def _mark(path: Path) -> tuple[int, int]:
    try:
        found = path.stat()
    except OSError:
        return (0, 0)
    return found.st_size, found.st_mtime_ns


def summary(run: RunFolder, status: Status) -> dict[str, Any]:
    """What the table of all runs says of one. Accuracies are lists in per cent, one per seed."""
    nothing: dict[str, Any] = {name: [] for name in (TEACHER, LABELS_ONLY, DISTILLED)}
    nothing |= {"device": "", "gain": None, "seconds": 0.0, "published": None}
    row = {"run": run.path.name, "state": status.state, "config": None, "problem": ""} | nothing
    try:
        row["config"] = run.config()
        history = FullHistory()
        history.take(run.read()[0])
        row |= {name: [100 * v for v in found] for name, found in history.accuracies().items()}
        row["seconds"] = sum(e.seconds for e in history.epochs)
        if history.started is not None:
            row["device"] = str(history.started.device["name"])
            row["published"] = history.started.published.get("method")
        if history.finished is not None:
            row["gain"] = {n: history.finished.gain[n] for n in ("mean", "ci95", "seeds")}
            row["seconds"] = history.finished.seconds["total"]
        _check(row)
    except (KdlabError, *UNREADABLE) as error:
        row |= nothing
        row["problem"] = str(error) if isinstance(error, KdlabError) else "its events are damaged"
    return row


def _check(row: dict[str, Any]) -> None:
    """ValueError where a number of the row is none: one run would take the table from all."""
    shares = [share for name in (TEACHER, LABELS_ONLY, DISTILLED) for share in row[name]]
    if not all(0 <= share <= 100 for share in shares):
        raise ValueError("an accuracy is none")
    gain = [] if row["gain"] is None else [row["gain"]["mean"], *(row["gain"]["ci95"] or ())]
    published = [] if row["published"] is None else [row["published"]]
    numbers = [*gain, *published, row["seconds"]]
    if not all(type(one) in (int, float) and math.isfinite(one) for one in numbers):
        raise ValueError("a number is none")


def spread(values: Sequence[float]) -> str:
    """Mean and 95 % interval of accuracies in per cent: "70.7 (70.3 to 71.1)", which ends at 0 and
    100; the mean alone for one seed."""
    if not values:
        return ""
    mean, low, high = interval(list(values))
    found = "" if low != low else ends(max(low, 0.0), min(high, 100.0), 2)
    return f"{mean:.2f}{found}"  # few seeds reach beyond what there is
