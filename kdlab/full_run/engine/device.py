"""The accelerator at hand: which one a run uses, what it is, and how precisely it computes."""

from __future__ import annotations

import contextlib
import os
import subprocess
import sys
import time
from typing import Any

import torch

from kdlab.errors import ConfigError
from kdlab.full_run.engine import torchrun
from kdlab.system import machine

LARGE_STEP = 10**9
"""Operations of a forward pass over a batch from which several threads pay on a CPU."""


def choose() -> torch.device:
    """This process's CUDA device (of torchrun's LOCAL_RANK), else Apple's MPS, else the CPU.
    KDLAB_DEVICE=cpu leaves an accelerator alone."""
    if os.environ.get("KDLAB_DEVICE", "").strip().lower() == "cpu":
        return torch.device("cpu")
    if torch.cuda.is_available():
        local, here = torchrun.local_rank(), torch.cuda.device_count()
        if local >= here:
            raise ConfigError(
                f"the environment variable LOCAL_RANK is {local}, and this machine has {here} "
                f"GPU{'s' * (here != 1)}",
                "a number of one of its GPUs, from 0 on",
                torchrun.TODO,
            )
        return torch.device("cuda", local)
    if torch.backends.mps.is_available():
        return torch.device("mps")
    return torch.device("cpu")


def describe(device: torch.device | None = None) -> dict[str, Any]:
    """Plain facts: kind ("cuda", "mps", "cpu"), name, memory_bytes, capability ("9.0", empty where
    there is none), bf16 (whether it is fast in it), gpus, threads, torch, python, machine."""
    where = device or choose()
    found: dict[str, Any] = {
        "kind": where.type,
        "name": machine.facts().cpu,
        "memory_bytes": int(machine.facts().memory_gib * 2**30),
        "capability": "",
        "bf16": has_bf16(where),
        "gpus": torch.cuda.device_count() if where.type == "cuda" else 0,
        "threads": torch.get_num_threads(),
        "torch": torch.__version__,
        "cuda": torch.version.cuda or "",
        "python": sys.version.split()[0],
        "machine": machine.describe(),
    }
    if where.type == "cuda":
        told = torch.cuda.get_device_properties(where)
        found |= {
            "name": told.name,
            "memory_bytes": told.total_memory,
            "capability": f"{told.major}.{told.minor}",
        }
    elif where.type == "mps":
        found |= {"name": "Apple GPU", "memory_bytes": torch.mps.recommended_max_memory()}
    return found


def has_bf16(device: torch.device) -> bool:
    """Whether bf16 is worth using: on a CUDA device that computes in it, not only emulates it."""
    return device.type == "cuda" and torch.cuda.get_device_capability(device) >= (8, 0)


def precision(asked: str, device: torch.device) -> str:
    """ "bf16" or "fp32"; ConfigError where bf16 is asked of a device that has none."""
    if asked == "auto":
        return "bf16" if has_bf16(device) else "fp32"
    if asked == "bf16" and device.type == "mps":
        raise ConfigError(
            "precision is 'bf16' on an Apple GPU", "auto or fp32 here", "Change precision"
        )
    return asked


def autocast(chosen: str, device: torch.device) -> contextlib.AbstractContextManager[object]:
    """The context in which networks run."""
    if chosen == "bf16":
        return torch.autocast(device.type, torch.bfloat16, cache_enabled=False)
    return contextlib.nullcontext()


def prepare(device: torch.device) -> None:
    """For training at full speed: the same shapes come again and again, so the fastest kernels are
    looked for once; fp32 products may use the device's 19-bit matrix units."""
    if device.type == "cuda":
        torch.cuda.set_device(device)
        torch.backends.cudnn.benchmark = True
        torch.backends.cudnn.allow_tf32 = True
        torch.backends.cuda.matmul.allow_tf32 = True
        torch.cuda.reset_peak_memory_stats(device)


def share_cores(flops: int, device: torch.device) -> None:
    """On a CPU: all cores for steps with ``flops`` operations forwards or more, else one.

    Threads that wait for each other after every small layer cost more than they bring; on cores
    that others use, too, a small network was 20 times slower with two threads than with one.
    OMP_NUM_THREADS, where it is set, decides.
    """
    if device.type == "cpu" and not os.environ.get("OMP_NUM_THREADS"):
        torch.set_num_threads(machine.facts().cores if flops >= LARGE_STEP else 1)


def synchronise(device: torch.device) -> None:
    """Wait until the device has done all that it was given."""
    if device.type == "cuda":
        torch.cuda.synchronize(device)
    elif device.type == "mps":
        torch.mps.synchronize()


def clock(device: torch.device) -> float:
    """Seconds, after the device has done all that it was given."""
    synchronise(device)
    return time.perf_counter()


def peak_bytes(device: torch.device) -> int:
    """The most memory that was taken: of the device, what CUDA graphs hold included, or of the
    process on a CPU; on MPS what is taken now; 0 if unknown."""
    if device.type == "cuda":
        return torch.cuda.max_memory_reserved(device)
    if device.type == "mps":
        return int(torch.mps.driver_allocated_memory())
    try:
        import resource
    except ImportError:  # Windows
        return 0
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return int(peak * (1 if sys.platform == "darwin" else 1024))


def free_bytes(device: torch.device) -> int:
    """Memory that is left; 0 if unknown."""
    if device.type == "cuda":
        return torch.cuda.mem_get_info(device)[0]
    if device.type == "mps":
        return int(torch.mps.recommended_max_memory() - torch.mps.driver_allocated_memory())
    try:
        import psutil

        return int(psutil.virtual_memory().available)
    except ImportError:
        return int(machine.facts().memory_gib * 2**30 / 2)


class Utilisation:
    """The GPU's utilisation in per cent, asked of nvidia-smi now and then, in a process of its own
    for which nobody waits."""

    EVERY_SECONDS = 5.0

    def __init__(self, device: torch.device) -> None:
        self._on = device.type == "cuda"
        # by its own mark: CUDA_VISIBLE_DEVICES numbers the devices anew
        self._mark = f"GPU-{torch.cuda.get_device_properties(device).uuid}" if self._on else ""
        self._asked = -self.EVERY_SECONDS
        self._process: subprocess.Popen[str] | None = None
        self.last = -1

    def look(self) -> None:
        """Take the last answer if it has come, and ask again if it is time. Cheap to call."""
        if not self._on:
            return
        if self._process is not None and self._process.poll() is not None:
            with contextlib.suppress(ValueError, IndexError):
                self.last = int(self._process.communicate()[0].split()[0])
            self._process = None
        if self._process is None and time.monotonic() - self._asked > self.EVERY_SECONDS:
            self._asked = time.monotonic()
            command = [
                "nvidia-smi", f"--id={self._mark}", "--query-gpu=utilization.gpu",
                "--format=csv,noheader,nounits",
            ]  # fmt: skip
            try:
                self._process = subprocess.Popen(
                    command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True
                )
            except OSError:
                self._on = False
