"""How a full run stands: its states, and the names of what ends it early."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

State = Literal["new", "running", "stopped", "finished", "failed", "interrupted"]
STATES: dict[State, str] = {
    "new": "Set up, not started",
    "running": "At work",
    "stopped": "Stopped: it can resume from its last epoch",
    "finished": "Finished",
    "failed": "Ended early",
    "interrupted": "Its process has ended without a message: it can resume from its last epoch",
}
Failure = Literal["loss", "memory", "disk", "data", "network", "settings", "folder", "crash"]
FAILURES: dict[Failure, str] = {
    "loss": "The loss became NaN",
    "memory": "Out of memory",
    "disk": "The disk is full",
    "data": "The data cannot be read",
    "network": "Weights or a network that do not fit",
    "settings": "Settings that cannot be run",
    "folder": "The run's folder",
    "crash": "An error of the lab or of its libraries",
}
"""The names that ``status.json`` uses, and how a page calls them."""


@dataclass(frozen=True)
class Status:
    """How a run stands. ``failure`` names what went wrong, see
    :mod:`kdlab.full_run.run.failures`; ``reason`` says it in a sentence. ``host``, ``pid`` and
    ``since`` (a date for people) are those of the process at work."""

    state: State
    reason: str = ""
    failure: str = ""
    host: str = ""
    pid: int = 0
    since: str = ""

    @property
    def alive(self) -> bool:
        """Whether a process is at work on it."""
        return self.state == "running"

    @property
    def resumable(self) -> bool:
        """Whether it can resume, or begin."""
        return self.state in ("new", "stopped", "failed", "interrupted")
