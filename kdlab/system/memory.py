"""How much memory this process and those that it starts may use: the machine's, or less where a
container or a service was given less."""

from __future__ import annotations

from pathlib import Path

from kdlab.system import machine

CGROUPS = (Path("/sys/fs/cgroup/memory.max"), Path("/sys/fs/cgroup/memory/memory.limit_in_bytes"))
"""Where Linux tells a process its limit: of version 2 of control groups, and of version 1. In a
container the group is at the root of what it sees."""
NO_LIMIT = 2**50
"""Version 1 writes some huge number where there is none."""
GIB = 2**30


def usable_gib() -> float:
    """In GiB; 0 where unknown."""
    limits = [machine.memory_gib(), *(_limit(path) / GIB for path in CGROUPS)]
    return min((limit for limit in limits if limit > 0), default=0.0)


def _limit(path: Path) -> int:
    """Bytes; 0 where there is no limit, or it is not told."""
    try:
        told = path.read_text(encoding="ascii").strip()
    except (OSError, UnicodeError):
        return 0
    return int(told) if told.isdigit() and int(told) < NO_LIMIT else 0
