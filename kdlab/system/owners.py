"""Who holds something, so that another can be told and nobody else is taken for it.

A process is its machine, its number and when it was born: numbers are given to others when a
process has ended. That it holds something is a matter of :mod:`kdlab.system.locks`; only on a file
system that other machines share, where their locks may not be seen, does the name of the machine
decide. No date of a file is asked: the clocks of two machines differ, and a file server has its
own.
"""

from __future__ import annotations

import dataclasses
import json
import os
import platform
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from kdlab.errors import printable

_BOOT = Path("/proc/sys/kernel/random/boot_id")


@dataclass(frozen=True)
class Owner:
    """A process. ``born`` says when it began, in whatever the system counts exactly; ``boot`` names
    this start of the machine, and is the same in all containers on it; both are empty where they
    are not known. ``since`` is a date for people."""

    host: str
    pid: int
    born: str = ""
    boot: str = ""
    since: str = ""

    def to_bytes(self) -> bytes:
        """One line of JSON."""
        return json.dumps(dataclasses.asdict(self)).encode()

    @property
    def nearby(self) -> bool:
        """Whether this machine sees its locks and its process."""
        return self.host == platform.node() or bool(self.boot and self.boot == boot())

    @property
    def gone(self) -> bool:
        """Whether the process has ended; False where this machine cannot tell."""
        if self.host != platform.node():
            return False
        if self.boot and boot() not in ("", self.boot):
            return True
        return not alive(self.pid) or (bool(self.born) and born(self.pid) != self.born)

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}" if self.pid else "another process"


UNKNOWN = Owner("", 0)
"""Somebody who has not said a word."""


def me() -> Owner:
    """This process, now."""
    return of(os.getpid())


def of(pid: int) -> Owner:
    """A process of this machine, now."""
    since = datetime.now().astimezone().strftime("%Y-%m-%d %H:%M:%S")
    return Owner(platform.node(), pid, born(pid), boot(), since)


def parse(content: bytes) -> Owner | None:
    """What :meth:`Owner.to_bytes` wrote; None for anything else."""
    try:
        told = json.loads(content)
        owner = Owner(**{f.name: told[f.name] for f in dataclasses.fields(Owner)})
    except (ValueError, KeyError, TypeError, RecursionError):
        return None
    words = (owner.host, owner.born, owner.boot, owner.since)
    number = type(owner.pid) is int and 0 < owner.pid < 2**31
    texts = all(isinstance(word, str) and printable(word) == word for word in words)
    return owner if number and texts else None


def boot() -> str:
    """This start of the machine; empty where the system gives it no name."""
    try:
        return _BOOT.read_text().strip()
    except (OSError, ValueError):
        return ""


def born(pid: int) -> str:
    """When process ``pid`` began; empty where there is none, or the system does not say. On Linux
    in ticks since the machine's start, which no change of the clock moves."""
    if fields := _stat(pid):
        return fields[19]
    try:
        import psutil

        return str(psutil.Process(pid).create_time())
    except ImportError:
        return ""
    except (OSError, ValueError, OverflowError, psutil.Error):
        return ""


def alive(pid: int) -> bool:
    """Whether there is a process ``pid`` that has not ended; one for which only its parent has not
    asked has ended. True where the system does not tell."""
    if fields := _stat(pid):
        return fields[0] not in ("Z", "X")
    if os.name == "nt":  # there, signal 0 would end it
        try:
            import psutil

            return bool(psutil.pid_exists(pid))
        except ImportError:
            return True
    try:
        os.kill(pid, 0)
    except (ProcessLookupError, OverflowError):
        return False
    except OSError:
        return True
    return True


def _stat(pid: int) -> list[str]:
    """What Linux tells of a process, from its state on: [0] the state, [19] when it began."""
    try:
        told = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except (OSError, ValueError):
        return []
    return told if len(told) > 19 else []
