"""How much memory this process and those that it starts may use: the machine's, or less where a
container or a service was given less."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path, PurePosixPath

from kdlab.system import machine

GROUPS = Path("/proc/self/cgroup")
"""Where Linux tells a process its control groups, a line each: "ID:CONTROLLERS:PATH"."""
MOUNT = Path("/sys/fs/cgroup")
NO_LIMIT = 2**50
"""Version 1 of control groups writes some huge number where there is none."""
GIB = 2**30


def usable_gib() -> float:
    """In GiB; 0 where unknown."""
    limits = [machine.memory_gib(), *(_limit(path) / GIB for path in _files())]
    return min((limit for limit in limits if limit > 0), default=0.0)


def _files() -> Iterator[Path]:
    """Those that may hold a limit: of the group of this process and of all above it, in version 2
    and in version 1. In a container the group is at the root of what it sees."""
    try:
        lines = GROUPS.read_text(encoding="utf-8").splitlines()
    except (OSError, UnicodeError):
        return
    for line in lines:
        _, _, rest = line.partition(":")
        controllers, _, path = rest.partition(":")
        if controllers and "memory" not in controllers.split(","):
            continue
        top, name = (
            (MOUNT / "memory", "memory.limit_in_bytes") if controllers else (MOUNT, "memory.max")
        )
        group = PurePosixPath(path.lstrip("/"))
        for each in (group, *group.parents):
            yield top / each / name


def _limit(path: Path) -> int:
    """Bytes; 0 where there is no limit, or it is not told."""
    try:
        told = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return 0
    return int(told) if told.isdigit() and int(told) < NO_LIMIT else 0
