"""Python imports this by itself in every process that finds it on its path: the browser tests put
it on that of their server. In the processes that train it holds runs, in all others nothing.

An event that fits a file of ``$KDLAB_TEST_HOLDS`` is not told before the file is gone, see
``tests/e2e/holds.py``; a run that nobody wants any more is let go.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path


def trains() -> bool:
    """Whether this process is a worker, or a full run."""
    return "kdlab.jobs.process" in sys.orig_argv or "full-run" in sys.orig_argv


def wanted() -> bool:
    """Whether the run of this thread still is; a full run has a folder of its own to ask."""
    if "distributed" not in sys.modules:
        return True
    from distributed import get_worker

    from kdlab.jobs import driver

    try:
        worker = get_worker()
        return driver._is_wanted(worker, worker.get_current_task())
    except (ValueError, RuntimeError):  # not in a task's thread
        return True


def fits(event: object, hold: Path) -> bool:
    """Whether ``hold`` asks for this event; a hold that is gone asks for none."""
    try:
        asked = json.loads(hold.read_text(encoding="utf-8"))
    except FileNotFoundError:
        return False
    return type(event).__name__ == asked.pop("event") and all(
        getattr(event, name) == value for name, value in asked.items()
    )


def install(folder: Path) -> None:
    from kdlab.events import Event

    tell = Event.to_json

    def held(self: Event) -> str:
        for hold in sorted(folder.glob("*.hold")):
            while fits(self, hold) and wanted():
                time.sleep(0.02)
        return tell(self)

    Event.to_json = held


if trains():
    sys.path.insert(0, str(Path(__file__).resolve().parents[3]))
    install(Path(os.environ["KDLAB_TEST_HOLDS"]))
