"""A full run belongs to its folder: who runs it, watches it or resumes it meets only there.

::

    config.json        what was asked for
    status.json        {state, reason, failure}: what the last process said of it
    lock               held by the process at work, and who that is, see kdlab.full_run.run.owned
    launched.json      who was started to work here, until it has the lock
    now.json           the last word on where the work stands, written over and over
    events.jsonl       what happened, one event a line, in whole epochs
    events-damaged-1.jsonl   one that could not be continued, see past; never deleted
    data.json          what its data are: classes, counts, hashes
    checkpoint.safetensors   where to resume from; written aside, then renamed
    teacher.safetensors  labels-only-seed0.safetensors  distilled-seed0.safetensors ...
    log.txt            what the process said
    stop               somebody asks the run to end
    reserve            some bytes that are given up to say that the disk is full

Everything is readable without torch.
"""

from __future__ import annotations

import contextlib
import json
import os
import time
from collections.abc import Iterator
from pathlib import Path

from kdlab.errors import StoreError, printable
from kdlab.events import Event, from_json
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run.leftovers import DELETED, clear, sweep, sweep_deleted
from kdlab.full_run.run.owned import LOCK, Owned, far_advice
from kdlab.full_run.run.status import STATES, State, Status
from kdlab.system import files
from kdlab.system.paths import default_home, refuses

RESERVE = b"\0" * 65_536
EVENTS = "events.jsonl"
TEXT_BYTES = 1_000_000
"""Of a file that is read at once: whoever wrote more was not the lab."""
LOG_BYTES = 2**32


class RunFolder:
    """One full run on disk."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.owned = Owned(path)

    # -- what was asked for -------------------------------------------------------------------

    @classmethod
    def create(cls, path: Path, config: FullRunConfig) -> RunFolder:
        """A new run in ``path``, which may exist but not hold a run; StoreError otherwise. Of two
        processes that ask at the same instant one makes it."""
        folder = cls(path)
        try:
            path.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise refuses(path, error) from None
        except ValueError:  # a NUL, or half a character
            raise refuses(path, OSError("a folder cannot have this name")) from None
        if not folder.exists():
            folder.owned.take()
        try:
            if folder.exists():
                raise StoreError(
                    f"{path} already holds a run, which is {folder.status().state}",
                    "an empty or new folder, or --resume to continue that run",
                    "Choose another folder, or add --resume",
                )
            (path / "reserve").write_bytes(RESERVE)
            files.write(path / "config.json", config.to_json().encode())
        except OSError as error:
            folder.withdraw()
            raise refuses(path, error) from None
        finally:
            folder.owned.release()
        return folder

    def withdraw(self) -> None:
        """Take back a run that has not begun, so that its folder is as it was; what else lies in
        the folder stays."""
        if (self.path / "events.jsonl").exists():
            return
        self.owned.release()
        for name in ("config.json", "reserve", "status.json", LOCK):
            with contextlib.suppress(OSError):
                (self.path / name).unlink(missing_ok=True)
        with contextlib.suppress(OSError):
            self.path.rmdir()

    def exists(self) -> bool:
        """Whether there is a run."""
        try:
            return (self.path / "config.json").is_file()
        except (OSError, ValueError):  # a name that no folder can have
            return False

    def config(self) -> FullRunConfig:
        """What was asked for; StoreError or ConfigError where the file is not what was written."""
        return FullRunConfig.from_json(self._text("config.json"))

    # -- how it stands ------------------------------------------------------------------------

    def status(self) -> Status:
        """How the run stands now, whatever its process managed to say: whether one is at work is a
        matter of the lock that it holds."""
        told = self.told()
        if told.state == "finished":
            return told
        if owner := self.owned.owner():
            return Status("running", host=owner.host, pid=owner.pid, since=owner.since)
        if told.state == "running":
            return Status("interrupted", STATES["interrupted"], "interrupted")
        return told

    def told(self) -> Status:
        """What the last process said of the run; "new" where none did, or it cannot be read."""
        try:
            found = json.loads(self._text("status.json"))
            words = [found[name] for name in ("state", "reason", "failure")]
        except (StoreError, ValueError, KeyError, TypeError, RecursionError):
            return Status("new")
        if not all(isinstance(word, str) for word in words) or words[0] not in STATES:
            return Status("new")
        state, reason, failure = words
        return Status(state, printable(reason), printable(failure))

    def say(self, state: State, reason: str = "", failure: str = "") -> None:
        """Write down how the run stands; gives up the reserve where the disk is full."""
        content = json.dumps({"state": state, "reason": reason, "failure": failure}).encode()
        try:
            files.write(self.path / "status.json", content)
        except OSError:
            (self.path / "reserve").unlink(missing_ok=True)
            files.write(self.path / "status.json", content)

    def claim(self, *, over: bool = False) -> None:
        """This process is the one at work, and says so. StoreError where another is; ``over`` takes
        the run from a process of another machine that did not give it back."""
        self.owned.take(over=over)
        sweep(self.path)
        clear(self.path)
        try:
            (self.path / "now.json").unlink(missing_ok=True)
            if not (self.path / "reserve").exists():
                (self.path / "reserve").write_bytes(RESERVE)
            self.say("running")
        except OSError as error:
            self.owned.release()
            raise refuses(self.path, error) from None

    def release(self) -> None:
        """This process has ended its work here; its last word stands in the status."""
        self.owned.release()

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

    def read(self, offset: int = 0, until: int | None = None) -> tuple[list[Event], int]:
        """Events from byte ``offset`` on, to byte ``until`` where that is given, and the offset
        after them; a line in the making is left.
        Whoever reads again and again uses a :class:`Reader`."""
        try:
            with files.regular(self.path / EVENTS, LOG_BYTES) as file:
                file.seek(offset)
                content = file.read(-1 if until is None else max(0, until - offset))
        except OSError:
            return [], offset
        whole = content[: content.rfind(b"\n") + 1]
        return parse(whole), offset + len(whole)

    def now(self) -> Event | None:
        """Where the work stands within an epoch, or while data are read."""
        try:
            return from_json(self._text("now.json"))
        except StoreError:
            return None

    def log(self) -> str:
        """The end of what the process said."""
        with contextlib.suppress(OSError), files.regular(self.path / "log.txt", 2**40) as file:
            file.seek(max(0, os.fstat(file.fileno()).st_size - 4000))
            return file.read().decode("utf-8", "replace")
        return ""

    # -- the whole ----------------------------------------------------------------------------

    def delete(self) -> None:
        """Remove the run and all that it made; StoreError where a process is at work on it, or one
        of another machine may be."""
        status = self.status()
        if status.alive:
            far = self.owned.said()
            raise StoreError(
                f"{self.path.name} is at work on {status.host or 'this machine'}",
                "a run that has ended",
                far_advice(far) if far is not None and not far.nearby else "Stop it first",
            )
        self.owned.take()  # from here on nobody begins
        aside = self.path.with_name(f"{DELETED}{self.path.name}")
        if self.path.parent == home():
            sweep_deleted(home())
        try:
            files.remove(aside)  # of a deletion that was killed
            if os.name == "nt":  # renames no folder in which a file is open; nor could another's be
                self.owned.release()
            self.path.rename(aside)
        except OSError as error:
            raise refuses(self.path, error) from None
        finally:
            self.owned.release()
        files.remove(aside)

    def weights(self) -> list[Path]:
        """The networks that are done."""
        known = sorted(self.path.glob("*.safetensors"))
        return [path for path in known if path.name != "checkpoint.safetensors"]

    def _text(self, name: str) -> str:
        try:
            with files.regular(self.path / name, TEXT_BYTES) as file:
                return file.read().decode("utf-8", "replace")
        except OSError as error:
            raise StoreError(
                f"{self.path / name} cannot be read ({error.strerror})",
                "the folder of a full run",
                "Choose such a folder",
            ) from None


def parse(content: bytes) -> list[Event]:
    """The events in whole lines of a log; StoreError where one is none."""
    return [from_json(line) for line in content.decode("utf-8", "replace").splitlines()]


def home() -> Path:
    """Where the page keeps its runs."""
    return default_home() / "full-runs"


def runs(root: Path | None = None) -> Iterator[RunFolder]:
    """All runs in ``root``, the youngest first; also those whose files are damaged or gone, so that
    they can be seen and deleted."""
    root = root or home()
    found = [path for path in files.listed(root) if _is_run(path)]
    yield from map(RunFolder, reversed(found))


def _is_run(path: Path) -> bool:
    """Whether a run has left something there. One that is being made has not; a name that is no
    text can be shown nowhere."""
    if path.name[0] == "." or printable(path.name) != path.name:
        return False
    left = ("config.json", "status.json", EVENTS, "checkpoint.safetensors")
    return any(os.path.lexists(path / name) for name in left)


def new_path(config: FullRunConfig, root: Path | None = None) -> Path:
    """A folder for a run that begins now: when, what, and no other's."""
    root = root or home()
    what = f"{config.teacher}-{config.student}-{config.dataset}"
    base = time.strftime("%Y-%m-%d-%H%M%S") + f"-{what}"
    path, more = root / base, 2
    while path.exists():
        path, more = root / f"{base}-{more}", more + 1
    return path
