"""A full run as a process of its own, which outlives whoever started it."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kdlab.data import uploads
from kdlab.errors import StoreError
from kdlab.full_run.engine import torchrun
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run.folder import RunFolder, home, runs
from kdlab.full_run.run.leftovers import sweep_deleted
from kdlab.full_run.run.owned import far_advice
from kdlab.full_run.run.status import Status
from kdlab.hosting import class_rights
from kdlab.system import locks
from kdlab.system.owners import Owner
from kdlab.system.paths import refuses

ROOT = Path(__file__).resolve().parents[3]
"""Where ``python -m kdlab`` finds the lab."""

_started: list[subprocess.Popen[bytes]] = []


def start(folder: RunFolder, gpus: int = 1) -> int:
    """Begin the run in ``folder``, or resume it; under torchrun on several GPUs. Returns the
    number of the process, which belongs to nobody; what it says is in the folder's log.

    StoreError where a run of this machine beside it is at work: of two that are started at the same
    instant one is. ConfigError or ClassError where whoever this is done for may start none.
    """
    class_rights.check("full runs")
    command = [sys.executable, "-u"]
    if gpus > 1:
        command += torchrun.launcher(gpus)
    command += ["-m", "kdlab", "full-run", "--out", str(folder.path), "--resume"]
    try:
        with locks.waited(folder.path.parent / ".starting"):
            if busy := at_work(folder.path.parent):
                raise StoreError(
                    f"{busy[0].path.name} is at work",
                    "one run at a time on a machine",
                    "Wait until it has ended, or stop it first",
                )
            if folder.path.parent == home():
                sweep_deleted(home())
            folder.forget_stop()
            with (folder.path / "log.txt").open("ab") as log:
                process = _detached(command, log.fileno())
            _started.append(process)
            with contextlib.suppress(OSError):  # it takes the run itself, some seconds later
                folder.owned.launched(process.pid)
    except OSError as error:
        raise refuses(folder.path, error) from None
    return process.pid


def estimate(config: FullRunConfig, output: Path) -> subprocess.Popen[bytes]:
    """Measure a few steps in a process of its own, so that no server holds a GPU's memory for it;
    its JSON, or its complaint, goes to ``output``. Refused as :func:`start` is."""
    class_rights.check("full runs")
    settings = output.with_suffix(".config.json")
    settings.write_text(config.to_json(), encoding="utf-8")
    command = [sys.executable, "-m", "kdlab", "full-run", "--config", str(settings)]
    command += ["--estimate", "--json"]
    with output.open("wb") as file:
        return subprocess.Popen(
            command,
            cwd=ROOT,
            env=_environment(),
            stdout=file,
            stderr=subprocess.STDOUT,
        )


def end(folder: RunFolder) -> Status:
    """End a process that does not obey: the epoch in progress is lost, nothing else. StoreError
    where it runs on another machine."""
    owner = folder.owned.owner()
    if owner is None or not owner.pid:
        return folder.status()
    if not owner.nearby:
        raise StoreError(
            f"{owner} is at work on the run", "a run of this machine", far_advice(owner)
        )
    if not owner.gone:  # else its number may be another's by now
        _kill(owner)
    reap()
    return folder.status()


def _kill(owner: Owner) -> None:
    """End the process and those that it has started: torchrun's go on without it."""
    hard = signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM
    family = [owner.pid]
    try:
        import psutil

        with contextlib.suppress(psutil.Error):
            family += [p.pid for p in psutil.Process(owner.pid).children(recursive=True)]
    except ImportError:
        pass
    for pid in family:
        with contextlib.suppress(OSError):
            os.kill(pid, hard)


def reap() -> None:
    """Take note of processes of ours that have ended; otherwise they stay as zombies."""
    for process in list(_started):
        if process.poll() is not None:
            _started.remove(process)


def at_work(root: Path | None = None) -> Sequence[RunFolder]:
    """The runs in ``root`` that a process of this machine works on now."""
    reap()
    return [folder for folder in runs(root) if _is_here(folder.owned.owner())]


def _is_here(owner: Owner | None) -> bool:
    return owner is not None and (owner.nearby or not owner.pid)


def _environment() -> dict[str, str]:
    """Of a process that works for whoever asks: a command of its own would work for the owner, and
    open what he may name."""
    refused = {"KDLAB_UPLOADS_ONLY": "1"} if uploads.uploads_only() else {}
    return {**torchrun.without(os.environ), **refused}


def _detached(command: list[str], log: int) -> subprocess.Popen[bytes]:
    """In a session of its own: it does not end with the terminal or the server."""
    environment = {**_environment(), "PYTHONUNBUFFERED": "1"}
    flags = getattr(subprocess, "CREATE_NEW_PROCESS_GROUP", 0)
    return subprocess.Popen(
        command,
        cwd=ROOT,
        env=environment,
        stdin=subprocess.DEVNULL,
        stdout=log,
        stderr=log,
        start_new_session=True,
        creationflags=flags,
    )
