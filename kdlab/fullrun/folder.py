"""A full run belongs to its folder: who runs it, watches it or resumes it meets only there.

::

    config.json        what was asked for
    status.json        {state, reason, failure, host, pid, beat}: see STATES
    now.json           the last word on where the work stands, written over and over
    events.jsonl       what happened, one event a line, in whole epochs
    data.json          what its data are: classes, counts, hashes
    checkpoint.safetensors   where to go on from; written aside, then renamed
    teacher.safetensors  labels-only-seed0.safetensors  distilled-seed0.safetensors ...
    log.txt            what the process said
    stop               somebody asks the run to end
    reserve            some bytes that are given up to say that the disk is full

Everything is readable without torch. The folder may be on another machine's disk: a process that
cannot be seen is alive while its beat is young.
"""

from __future__ import annotations

import contextlib
import json
import os
import platform
import shutil
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

from kdlab import files
from kdlab.errors import StoreError
from kdlab.events import Event, from_json
from kdlab.fullrun.config import FullRunConfig
from kdlab.paths import default_home, refuses

State = Literal["new", "running", "stopped", "finished", "failed", "interrupted"]
STATES: dict[State, str] = {
    "new": "Set up, not begun",
    "running": "At work",
    "stopped": "Stopped: it goes on from its last epoch",
    "finished": "Finished",
    "failed": "Ended early",
    "interrupted": "Its process has ended without a word: it goes on from its last epoch",
}
Failure = Literal["loss", "memory", "disk", "data", "network", "settings", "folder", "crash"]
FAILURES: dict[Failure, str] = {
    "loss": "The loss stopped being a number",
    "memory": "Out of memory",
    "disk": "The disk is full",
    "data": "The data cannot be read",
    "network": "Weights or a network that do not fit",
    "settings": "Settings that cannot be run",
    "folder": "The run's folder",
    "crash": "An error of the lab or of its libraries",
}
"""The names that ``status.json`` uses, and how a page calls them."""
BEAT_SECONDS = 180.0
"""A process of another machine that has said nothing for so long is over."""
RESERVE = b"\0" * 65_536


@dataclass(frozen=True)
class Status:
    """How a run stands. ``failure`` names what went wrong, see
    :mod:`kdlab.fullrun.failures`; ``reason`` says it in a sentence."""

    state: State
    reason: str = ""
    failure: str = ""
    host: str = ""
    pid: int = 0

    @property
    def alive(self) -> bool:
        """Whether a process is at work on it."""
        return self.state == "running"

    @property
    def resumable(self) -> bool:
        """Whether it can go on, or begin."""
        return self.state in ("new", "stopped", "failed", "interrupted")


class RunFolder:
    """One full run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path

    # -- what was asked for -------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, config: FullRunConfig) -> RunFolder:
        """A new run in ``path``, which may exist but not hold a run; StoreError otherwise."""
        folder = cls(path)
        if folder.exists():
            raise StoreError(
                f"{path} holds a run already, which is {folder.status().state}",
                "an empty or new folder, or that run with --resume",
                "Choose another folder, or add --resume",
            )
        try:
            path.mkdir(parents=True, exist_ok=True)
            (path / "reserve").write_bytes(RESERVE)
            files.write(path / "config.json", config.to_json().encode())
        except OSError as error:
            raise refuses(path, error) from None
        return folder

    def exists(self) -> bool:
        """Whether there is a run."""
        return (self.path / "config.json").is_file()

    def config(self) -> FullRunConfig:
        """What was asked for; StoreError or ConfigError where the file is not what was written."""
        return FullRunConfig.from_json(self._text("config.json"))

    # -- how it stands ------------------------------------------------------------------------

    def status(self) -> Status:
        """How the run stands now, whatever its process managed to say."""
        try:
            told = json.loads(self._text("status.json"))
            status = Status(**{n: told[n] for n in ("state", "reason", "failure", "host", "pid")})
        except (StoreError, ValueError, KeyError, TypeError):
            return Status("new")
        if status.state == "running" and self._over(status):
            return Status("interrupted", STATES["interrupted"], "interrupted", status.host)
        return status

    def _over(self, status: Status) -> bool:
        if files.gone(status.host, status.pid):
            return True
        if status.host == platform.node():
            return not _same_process(status.pid, self.path / "status.json")
        return time.time() - self._beat() > BEAT_SECONDS

    def _beat(self) -> float:
        """When the process last wrote something."""
        times = [0.0]
        for name in ("now.json", "status.json", "events.jsonl", "checkpoint.safetensors"):
            with contextlib.suppress(OSError):
                times.append((self.path / name).stat().st_mtime)
        return max(times)

    def say(self, state: State, reason: str = "", failure: str = "", pid: int = 0) -> None:
        """Write the status of this process, or of another of this machine; gives up the reserve
        where the disk is full."""
        told = {
            "state": state,
            "reason": reason,
            "failure": failure,
            "host": platform.node(),
            "pid": pid or os.getpid(),
        }
        content = json.dumps(told).encode()
        try:
            files.write(self.path / "status.json", content)
        except OSError:
            (self.path / "reserve").unlink(missing_ok=True)
            files.write(self.path / "status.json", content)

    def claim(self) -> None:
        """This process is the one at work; StoreError where another is, unless that is the launcher
        which started this one."""
        status = self.status()
        if status.alive and status.pid not in (os.getpid(), os.getppid()):
            raise StoreError(
                f"process {status.pid} on {status.host} is at work in {self.path}",
                "a run that nobody works on",
                "Stop it first, or watch it",
            )
        try:
            (self.path / "now.json").unlink(missing_ok=True)
            if not (self.path / "reserve").exists():
                (self.path / "reserve").write_bytes(RESERVE)
            self.say("running")
        except OSError as error:
            raise refuses(self.path, error) from None

    def ask_to_stop(self) -> None:
        """Leave word for the process; it ends within a step or two."""
        with contextlib.suppress(OSError):
            (self.path / "stop").touch()

    def forget_stop(self) -> None:
        """A run that is not at work has nobody to obey."""
        with contextlib.suppress(OSError):
            (self.path / "stop").unlink(missing_ok=True)

    def stop_asked(self) -> bool:
        """Whether somebody asked."""
        return (self.path / "stop").exists()

    # -- what happened ------------------------------------------------------------------------

    def read(self, offset: int = 0) -> tuple[list[Event], int]:
        """Events from byte ``offset`` on, and the offset after them; a line in the making is left.
        Whoever reads again and again uses a :class:`Reader`."""
        try:
            with (self.path / "events.jsonl").open("rb") as file:
                file.seek(offset)
                content = file.read()
        except OSError:
            return [], offset
        whole = content[: content.rfind(b"\n") + 1]
        events = [from_json(line) for line in whole.decode("utf-8", "replace").splitlines()]
        return events, offset + len(whole)

    def now(self) -> Event | None:
        """Where the work stands within an epoch, or while data are read."""
        try:
            return from_json(self._text("now.json"))
        except StoreError:
            return None

    def log(self) -> str:
        """The end of what the process said."""
        with contextlib.suppress(StoreError):
            return self._text("log.txt")[-4000:]
        return ""

    # -- the whole ----------------------------------------------------------------------------

    def delete(self) -> None:
        """Remove the run and all that it made; StoreError where a process is at work on it."""
        if self.status().alive:
            raise StoreError(
                f"{self.path.name} is at work", "a run that has ended", "Stop it first"
            )
        try:
            aside = self.path.with_name(f".deleted-{self.path.name}")
            self.path.rename(aside)
        except OSError as error:
            raise refuses(self.path, error) from None
        shutil.rmtree(aside, ignore_errors=True)

    def weights(self) -> list[Path]:
        """The networks that are done."""
        known = sorted(self.path.glob("*.safetensors"))
        return [path for path in known if path.name != "checkpoint.safetensors"]

    def _text(self, name: str) -> str:
        try:
            return (self.path / name).read_text(encoding="utf-8", errors="replace")
        except OSError as error:
            raise StoreError(
                f"{self.path / name} cannot be read ({error.strerror})",
                "the folder of a full run",
                "Choose such a folder",
            ) from None


def home() -> Path:
    """Where the page keeps its runs."""
    return default_home() / "full-runs"


def runs(root: Path | None = None) -> Iterator[RunFolder]:
    """All runs in ``root``, the youngest first."""
    root = root or home()
    try:
        found = [p for p in root.iterdir() if (p / "config.json").is_file() and p.name[0] != "."]
    except OSError:
        return
    yield from map(RunFolder, sorted(found, key=lambda p: p.name, reverse=True))


def new_path(config: FullRunConfig, root: Path | None = None) -> Path:
    """A folder for a run that begins now: when, what, and no other's."""
    root = root or home()
    what = f"{config.teacher}-{config.student}-{config.dataset}"
    base = time.strftime("%Y-%m-%d-%H%M%S") + f"-{what}"
    path, more = root / base, 2
    while path.exists():
        path, more = root / f"{base}-{more}", more + 1
    return path


def _same_process(pid: int, written: Path) -> bool:
    """Whether the process ``pid`` is older than the file, or its age cannot be told: the number of
    a process that has ended is given to others, after a reboot above all."""
    try:
        import psutil

        return bool(psutil.Process(pid).create_time() <= written.stat().st_mtime + 1)
    except ImportError:
        return True
    except (OSError, psutil.Error):
        return False
