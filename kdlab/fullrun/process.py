"""A full run as a process of its own, which outlives whoever started it."""

from __future__ import annotations

import contextlib
import os
import platform
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

from kdlab.errors import StoreError
from kdlab.fullrun.config import FullRunConfig
from kdlab.fullrun.folder import RunFolder, Status, runs
from kdlab.paths import refuses

ROOT = Path(__file__).resolve().parents[2]
"""Where ``python -m kdlab`` finds the lab."""

_started: list[subprocess.Popen[bytes]] = []


def start(folder: RunFolder, gpus: int = 1) -> int:
    """Begin the run in ``folder``, or go on with it; under torchrun on several GPUs. Returns the
    number of the process, which belongs to nobody; what it says is in the folder's log."""
    command = [sys.executable, "-u"]
    if gpus > 1:
        command += ["-m", "torch.distributed.run", "--standalone", f"--nproc-per-node={gpus}"]
    command += ["-m", "kdlab", "full-run", "--out", str(folder.path), "--resume"]
    folder.forget_stop()
    try:
        with (folder.path / "log.txt").open("ab") as log:
            process = _detached(command, log.fileno())
    except OSError as error:
        raise refuses(folder.path, error) from None
    _started.append(process)
    with contextlib.suppress(OSError):  # it says so itself, some seconds later
        folder.say("running", pid=process.pid)
    return process.pid


def estimate(config: FullRunConfig, output: Path) -> subprocess.Popen[bytes]:
    """Measure a few steps in a process of its own, so that no server holds a GPU's memory for it;
    its JSON, or its complaint, goes to ``output``."""
    settings = output.with_suffix(".config.json")
    settings.write_text(config.to_json(), encoding="utf-8")
    command = [sys.executable, "-m", "kdlab", "full-run", "--config", str(settings)]
    command += ["--estimate", "--json"]
    with output.open("wb") as file:
        return subprocess.Popen(command, cwd=ROOT, stdout=file, stderr=subprocess.STDOUT)


def end(folder: RunFolder) -> Status:
    """End a process that does not obey: the epoch in progress is lost, nothing else. StoreError
    where it runs on another machine."""
    status = folder.status()
    if not status.alive:
        return status
    if status.host != platform.node():
        raise StoreError(
            f"the run is at work on {status.host}",
            "a run of this machine",
            f"End process {status.pid} there",
        )
    with contextlib.suppress(OSError):
        os.kill(status.pid, signal.SIGKILL if hasattr(signal, "SIGKILL") else signal.SIGTERM)
    reap()
    return folder.status()


def reap() -> None:
    """Take note of processes of ours that have ended; otherwise they stay as zombies."""
    for process in list(_started):
        if process.poll() is not None:
            _started.remove(process)


def at_work(root: Path | None = None) -> Sequence[RunFolder]:
    """The runs in ``root`` that a process works on now."""
    reap()
    return [folder for folder in runs(root) if folder.status().alive]


def _detached(command: list[str], log: int) -> subprocess.Popen[bytes]:
    """In a session of its own: it does not end with the terminal or the server."""
    environment = {**os.environ, "PYTHONUNBUFFERED": "1"}
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
