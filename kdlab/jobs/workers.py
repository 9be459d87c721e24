"""The processes of the lab's own workers, as the cluster has them: spawned one by one, or forked by
a nursery (:mod:`kdlab.jobs.nursery`)."""

from __future__ import annotations

import contextlib
import re
import subprocess
import sys
import threading
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Protocol

from kdlab.system import machine, memory

MOST = 8
"""Workers that nobody has asked for."""
LAB_GIB = 1.6
"""What the system, the server, the scheduler and the nursery take of a machine's memory."""

SAID = re.compile(r"\+ (?P<number>\d+) (?P<pid>\d+)|- (?P<ended>\d+)")
"""By a nursery: "+ NUMBER PID" of one that began, "- NUMBER" of one that has ended."""

Run = Callable[..., tuple["subprocess.Popen[str]", Path]]
"""``run(role, *modules, heard=False)`` starts a process of the cluster; also where its log is.
Where it is ``heard``, it can be read from."""


class Workers(Protocol):
    """Some processes of one kind, none at first."""

    def add(self) -> None:
        """One more is to come."""

    def greet(self, *lines: str) -> None:
        """What all are told first, who they are and where the scheduler is; those that are added
        later, too."""

    def lost(self) -> list[Path]:
        """The logs of those that have ended since this was asked last."""

    def log(self) -> Path | None:
        """Of one that is about to be ready, where there is one: why it is not."""

    def pids(self) -> list[int]:
        """Of all processes there are."""


class Spawned:
    """Each imports ``modules`` for itself."""

    GIB = 0.6
    """Of memory for one: half of it is what it imports."""

    def __init__(self, run: Run, modules: Sequence[str]) -> None:
        self._run, self._modules = run, tuple(modules)
        self._all: list[tuple[subprocess.Popen[str], Path]] = []
        self._lines: tuple[str, ...] = ()

    def add(self) -> None:
        """See :class:`Workers`."""
        self._all.append(self._run("worker", *self._modules))
        if self._lines:
            tell(self._all[-1][0], *self._lines, last=True)

    def greet(self, *lines: str) -> None:
        """See :class:`Workers`."""
        self._lines = lines
        for process, _ in self._all:
            tell(process, *lines, last=True)

    def lost(self) -> list[Path]:
        """See :class:`Workers`."""
        ended = [each for each in self._all if each[0].poll() is not None]
        self._all = [each for each in self._all if each not in ended]
        for process, _ in ended:
            close_pipes(process)
        return [log for _, log in ended]

    def log(self) -> Path | None:
        """See :class:`Workers`."""
        return self._all[0][1] if self._all else None

    def pids(self) -> list[int]:
        """See :class:`Workers`."""
        return [process.pid for process, _ in self._all]


class Forked:
    """One process imports ``modules`` for all, and forks."""

    GIB = 0.3
    """Of memory for one, beside what it shares with the others."""

    def __init__(self, run: Run, modules: Sequence[str]) -> None:
        self._run, self._modules = run, tuple(modules)
        self._lock = threading.Lock()
        self._nursery: tuple[subprocess.Popen[str], Path] | None = None
        self._logs: list[Path] = []
        self._pids: dict[int, int] = {}
        self._ended: list[int] = []
        self._lines: tuple[str, ...] = ()

    def add(self) -> None:
        """See :class:`Workers`."""
        process, log = self._nursery or self._begin()
        self._logs.append(log.with_name(f"forked-{len(self._logs)}-of-{log.name}"))
        if self._lines:
            tell(process, str(self._logs[-1]))

    def greet(self, *lines: str) -> None:
        """See :class:`Workers`."""
        self._lines = lines
        if self._nursery is not None:
            tell(self._nursery[0], *lines, *map(str, self._logs))

    def lost(self) -> list[Path]:
        """See :class:`Workers`. Where the nursery has ended, all its workers have, or are about
        to."""
        if self._nursery is not None and self._nursery[0].poll() is not None:
            process, log = self._nursery
            close_pipes(process)
            with self._lock:
                gone = len(self._logs) - len(self._done())
                self._nursery, self._logs, self._pids, self._ended = None, [], {}, []
            return [log] * max(gone, 1)
        with self._lock:
            ended, self._ended = self._ended, []
            for number in ended:
                self._pids[number] = 0
        return [self._told(self._logs[number]) for number in ended]

    def log(self) -> Path | None:
        """See :class:`Workers`."""
        return None if self._nursery is None else self._nursery[1]

    def pids(self) -> list[int]:
        """See :class:`Workers`."""
        with self._lock:
            nursery = [] if self._nursery is None else [self._nursery[0].pid]
            return nursery + [pid for pid in self._pids.values() if pid]

    def _told(self, log: Path) -> Path:
        """Where a worker says why it ended: in the nursery's, if it was never one."""
        lived = log.exists() and log.stat().st_size
        return log if lived or self._nursery is None else self._nursery[1]

    def _done(self) -> list[int]:
        """The numbers of those whose end is known and was told."""
        return [number for number, pid in self._pids.items() if not pid]

    def _begin(self) -> tuple[subprocess.Popen[str], Path]:
        self._nursery = self._run("nursery", *self._modules, heard=True)
        if self._lines:
            tell(self._nursery[0], *self._lines)
        hears = threading.Thread(
            target=self._hear, args=(self._nursery[0],), name="nursery", daemon=True
        )
        hears.start()
        return self._nursery

    def _hear(self, process: subprocess.Popen[str]) -> None:
        assert process.stdout is not None
        with contextlib.suppress(OSError, ValueError):  # it was closed meanwhile
            for line in process.stdout:
                found = SAID.fullmatch(line.strip())
                with self._lock:
                    if self._nursery is None or self._nursery[0] is not process:
                        return
                    if found is None:
                        continue
                    if found["pid"]:
                        self._pids[int(found["number"])] = int(found["pid"])
                    else:
                        self._ended.append(int(found["ended"]))


def kind() -> type[Forked] | type[Spawned]:
    """That of this system."""
    return Forked if sys.platform == "linux" else Spawned


def usual() -> int:
    """How many there are on this machine where nobody says how many: one a core, as far as its
    memory goes, and no more than MOST."""
    cores, gib = machine.cores(), memory.usable_gib()
    fit = int((gib - LAB_GIB) / kind().GIB) if gib else MOST
    return max(1, min(MOST, cores, fit))


def tell(process: subprocess.Popen[str], *lines: str, last: bool = False) -> None:
    """Write ``lines`` to its standard input; nothing comes after the ``last`` ones."""
    assert process.stdin is not None
    with contextlib.suppress(OSError, ValueError):  # it has ended already, which will be seen
        process.stdin.writelines(f"{line}\n" for line in lines)
        process.stdin.flush()
        if last:
            process.stdin.close()


def close_pipes(process: subprocess.Popen[str]) -> None:
    """Of one that has ended."""
    for pipe in (process.stdin, process.stdout):
        if pipe is not None:
            with contextlib.suppress(OSError):  # what was not written yet, to a dead process
                pipe.close()
