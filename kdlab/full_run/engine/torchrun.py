"""What torchrun tells a process of its place: environment variables, which also stay behind.

On a shared server they are left in a shell by an earlier job, wholly or in part, and one process
then waits for others that nobody starts. So they are read in one place, before anything is made.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Mapping
from dataclasses import dataclass

from kdlab.errors import ConfigError

NAMES = ("WORLD_SIZE", "RANK", "LOCAL_RANK", "MASTER_ADDR", "MASTER_PORT")
"""What a process of several needs."""
OTHERS = ("LOCAL_WORLD_SIZE", "GROUP_RANK", "GROUP_WORLD_SIZE", "ROLE_RANK", "ROLE_WORLD_SIZE")
TODO = (
    "For one process: unset WORLD_SIZE RANK LOCAL_RANK MASTER_ADDR MASTER_PORT. For several: start "
    "them with python -m torch.distributed.run --nproc-per-node=N -m kdlab full-run"
)
MOST = {"WORLD_SIZE": 100_000, "MASTER_PORT": 65_535}


@dataclass(frozen=True)
class Told:
    """This process is number ``rank`` of ``size``, and ``local_rank`` on its machine; they meet at
    ``address`` (host:port, empty for one process alone)."""

    rank: int = 0
    size: int = 1
    local_rank: int = 0
    address: str = ""


def told(environment: Mapping[str, str] | None = None) -> Told:
    """This process's place; alone where nothing is said. ConfigError where the variables say half
    of it, or what cannot be."""
    found = _found(environment)
    if "WORLD_SIZE" not in found:
        if "RANK" in found:
            raise _refused(found, "WORLD_SIZE is not set beside it")
        return Told()  # a LOCAL_RANK or a MASTER_ADDR alone asks for nothing
    size = _number(found, "WORLD_SIZE", 1)
    if size == 1 and "RANK" not in found:
        return Told()
    for name in NAMES[: 2 if size == 1 else None]:
        if name not in found:
            raise _refused(found, f"{name} is not set beside it")
    rank = _number(found, "RANK", 0)
    if rank >= size:
        raise _refused(found, f"there are {size} processes, from 0 to {size - 1}", "RANK")
    if size == 1:
        return Told()
    local = _number(found, "LOCAL_RANK", 0)
    if local >= size:
        raise _refused(found, f"there are {size} processes in all", "LOCAL_RANK")
    port = _number(found, "MASTER_PORT", 1)
    return Told(rank, size, local, f"{found['MASTER_ADDR']}:{port}")


def local_rank(environment: Mapping[str, str] | None = None) -> int:
    """Which device of its machine is this process's: 0 unless it is one of several."""
    try:
        return told(environment).local_rank
    except ConfigError:  # said where a run begins, not where a machine is described
        return 0


def nobody_came(place: Told, seconds: float, problem: str) -> ConfigError:
    """The error where the other processes did not come to ``place.address``."""
    return ConfigError(
        f"WORLD_SIZE is {place.size} and RANK is {place.rank}, but the {place.size} processes did "
        f"not meet at MASTER_ADDR:MASTER_PORT, which is {place.address}, within {seconds:.0f} s "
        f"({problem})",
        "one process alone, or all of them at the same time",
        TODO,
    )


def without(environment: Mapping[str, str]) -> dict[str, str]:
    """``environment`` for a process that is to be alone, or torchrun itself."""
    return {n: value for n, value in environment.items() if n not in (*NAMES, *OTHERS)}


def launcher(processes: int) -> list[str]:
    """The options of Python that start ``processes`` of a program on this machine; it follows them.

    Not ``--standalone``: what its processes say to each other before they begin are pickles, in a
    store that listens on all interfaces, so that whoever reaches it could run code. The static
    meeting exchanges JSON. Its store listens as widely: PyTorch knows no other.
    """
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    meeting = ["--rdzv-backend=static", "--master-addr=127.0.0.1", f"--master-port={port}"]
    return ["-m", "torch.distributed.run", *meeting, f"--nproc-per-node={processes}"]


def _found(environment: Mapping[str, str] | None) -> dict[str, str]:
    """The variables that are set to something."""
    given = os.environ if environment is None else environment
    values = {name: given.get(name, "").strip() for name in NAMES}
    return {name: value for name, value in values.items() if value}


def _number(found: dict[str, str], name: str, least: int) -> int:
    value, most = found[name], MOST.get(name, MOST["WORLD_SIZE"])
    plain = value.isascii() and value.isdigit() and len(value) < 10
    if not plain or not least <= int(value) <= most:
        raise _refused(found, f"that is not a whole number from {least} to {most:,}", name)
    return int(value)


def _refused(found: dict[str, str], why: str, name: str = "") -> ConfigError:
    name = name or next(iter(found))
    return ConfigError(
        f"the environment variable {name} is {found[name][:40]!r}, and {why}",
        "none of torchrun's variables, or all of them as torchrun sets them",
        TODO,
    )
