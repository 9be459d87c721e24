"""What this machine is, without torch: every measured time is shown with it.

Nothing here fails: what cannot be found out is left out.
"""

from __future__ import annotations

import functools
import os
import platform
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

PATIENCE_SECONDS = 2.0
"""For the programs that are asked: a driver that hangs must not hold up a page."""


@dataclass(frozen=True)
class Machine:
    """``cores`` that this process may use; ``memory_gib`` 0 where unknown; ``gpu`` by NVIDIA."""

    cpu: str
    cores: int
    memory_gib: float
    gpu: str | None
    system: str
    python: str


@functools.cache
def facts() -> Machine:
    """The machine that runs this process; found out once."""
    return Machine(
        cpu=_cpu(),
        cores=cores(),
        memory_gib=memory_gib(),
        gpu=_gpu(),
        system=platform.system() or sys.platform,
        python=platform.python_version(),
    )


def describe() -> str:
    """One line for people: processor, cores, memory, GPU, system, Python."""
    found = facts()
    parts = [found.cpu, f"{found.cores} core{'' if found.cores == 1 else 's'}"]
    if found.memory_gib:
        parts.append(f"{found.memory_gib:.0f} GiB of memory")
    parts += [found.gpu or "no NVIDIA GPU", found.system, f"Python {found.python}"]
    return ", ".join(parts)


def _cpu() -> str:
    """The processor's name as its maker wrote it, else the kind of processor ("arm64")."""
    name = ""
    if sys.platform == "linux":
        name = _cpu_in(_read(Path("/proc/cpuinfo")))
    elif sys.platform == "darwin":
        name = _ask("sysctl", "-n", "machdep.cpu.brand_string")
    return " ".join((name or platform.processor() or platform.machine()).split()) or "processor"


def _cpu_in(cpuinfo: str) -> str:
    """The name in Linux's list of processors; ARM boards give another key, or none."""
    entries = [line.partition(":") for line in cpuinfo.splitlines()]
    for wanted in ("model name", "Model", "Hardware"):
        for key, _, value in entries:
            if key.strip() == wanted and value.strip():
                return value.strip()
    return ""


def cores() -> int:
    """Cores that the system lets this process use, which may be fewer than the machine has."""
    if sys.platform == "linux":
        count = len(os.sched_getaffinity(0))
    else:
        count = os.cpu_count() or 1
    return count


def memory_gib() -> float:
    """Memory of the machine in GiB, 0 where unknown."""
    try:
        if sys.platform == "win32":
            import ctypes

            kilobytes = ctypes.c_ulonglong(0)
            ctypes.windll.kernel32.GetPhysicallyInstalledSystemMemory(ctypes.byref(kilobytes))
            return kilobytes.value / 2**20
        return os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30
    except (OSError, ValueError, AttributeError):
        return 0.0


def _gpu() -> str | None:
    """The NVIDIA GPUs: "2 GPUs, the first NVIDIA H200, 140 GiB"; None without any."""
    found = _gpus_in(
        _ask("nvidia-smi", "--query-gpu=name,memory.total", "--format=csv,noheader,nounits")
    )
    if not found:
        return None
    name, gib = found[0]
    if len(found) == 1:
        return f"{name}, {gib:.0f} GiB"
    return f"{len(found)} GPUs, the first {name}, {gib:.0f} GiB"


def _gpus_in(table: str) -> list[tuple[str, float]]:
    """Lines "name, MiB" -> (name, GiB); other lines are an error message and say nothing."""
    found = []
    for line in table.splitlines():
        name, _, mib = line.rpartition(",")
        if name.strip() and mib.strip().isdigit():
            found.append((name.strip(), int(mib) / 1024))
    return found


def _ask(*command: str) -> str:
    """What a program prints; empty where there is none, it fails or it takes too long."""
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=PATIENCE_SECONDS, check=True
        )
    except (OSError, subprocess.SubprocessError, UnicodeError):
        return ""
    return done.stdout.strip()


def _read(path: Path) -> str:
    try:
        return path.read_text(errors="replace")
    except OSError:
        return ""
