"""Before the start: whether the images are on this machine, and roughly how long a run would take.

The guess is worked out by a worker, in a thread of the server that no page waits for.
"""

from __future__ import annotations

import threading
from dataclasses import dataclass, field

import streamlit as st

from kdlab.data import DATASETS, downloads
from kdlab.errors import KdlabError
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.sizes import published_size
from pages.ui.full_run import machine, worker_calls
from pages.ui.shell import prose, workers

MOST_KEPT = 200
PATIENCE_SECONDS = 60.0
SHORT = 30.0
"""Seconds of a run that needs no estimate: the process of either takes as long to get ready."""
MINUTE, HOUR, DAY = 60.0, 3600.0, 86400.0


@dataclass
class Guesses:
    """Seconds by fingerprint, None where nobody can say; ``asked`` is being worked out."""

    found: dict[str, float | None] = field(default_factory=dict)
    asked: str = ""


@st.cache_resource(show_spinner=False)
def guesses() -> Guesses:
    """Of this server: one is asked for at a time."""
    return Guesses()


def data_line(config: FullRunConfig) -> str:
    """Whether the images are here, as Markdown: "" where they come with the lab or the user."""
    if config.dataset not in downloads.ARCHIVES:
        return ""
    label = prose.plain(DATASETS[config.dataset].label)
    if said := downloads.announced(config.dataset, label):
        return f"**{said[0]}:** {said[1]}."
    return f"{label} is on this machine."


def time_line(config: FullRunConfig) -> str:
    """How long this machine would take, as Markdown; asks for it where it is not known."""
    kind = machine.device().get("kind")
    if kind is None:
        return prose.text("full-run", "time not known yet")
    if kind != "cpu":  # no server keeps a GPU's memory for a guess
        return prose.text("full-run", "time on a gpu")
    known, mark = guesses(), config.fingerprint()
    if mark not in known.found:
        if not known.asked:
            _ask(known, config, mark)
        return prose.text("full-run", "time is guessed")
    if (seconds := known.found[mark]) is None:
        return prose.text("full-run", "time on a gpu")
    section = "guess" if seconds > SHORT else "short"
    return f"**{about(seconds)} on this machine**, {prose.text('full-run', section)}"


def waits(config: FullRunConfig) -> bool:
    """Whether the line will change by itself; asks nobody."""
    if workers.manager().state == "failed":
        return False
    kind = machine.known().get("kind")
    return kind is None or (kind == "cpu" and config.fingerprint() not in guesses().found)


def about(seconds: float) -> str:
    """One digit that counts: "About 40 s", "About 3 hours", "About 20 days"."""
    for unit, word in ((DAY, "day"), (HOUR, "hour"), (MINUTE, "minute")):
        if seconds >= unit:
            count = float(f"{seconds / unit:.1g}")
            return f"About {count:,.0f} {word}{'s' * (count != 1)}"
    return f"About {max(1.0, float(f'{seconds:.1g}')):.0f} s"


def _ask(known: Guesses, config: FullRunConfig, mark: str) -> None:
    manager, known.asked = workers.manager(), mark

    def work() -> None:
        told: object = None
        try:
            if (size := published_size(config)) is not None:
                told = manager.call(
                    worker_calls.roughly, config.to_json(), size, timeout=PATIENCE_SECONDS
                )
        except KdlabError:
            pass  # the other estimate says what is wrong
        finally:
            while len(known.found) >= MOST_KEPT:
                del known.found[next(iter(known.found))]
            known.found[mark] = told if isinstance(told, float) else None
            known.asked = ""

    threading.Thread(target=work, name="guessing", daemon=True).start()
