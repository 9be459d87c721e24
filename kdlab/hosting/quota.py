"""One limit for the whole home, and one for each visitor: what is written makes room before.

Results are facts of their configuration: what had to go is made again when it is asked for, and a
file that somebody loaded is loaded again. :mod:`kdlab.hosting.balance` has the rule.

A home is not looked through at every write. A process looks before its first one, and then again
when it has written SLACK of a limit, or PERIOD seconds have gone by; room is made for that much
more than is needed. So one process alone never exceeds a limit; each further one can add SLACK of
it and the one thing that it is writing, until somebody looks again.
"""

from __future__ import annotations

import contextlib
import math
import threading
import time
import uuid
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

from kdlab.errors import StoreError
from kdlab.hosting import accounts, in_use, kept, limits, titles
from kdlab.hosting.balance import Balance
from kdlab.hosting.kept import Entry
from kdlab.hosting.limits import Limits
from kdlab.system import files
from kdlab.system.paths import is_bundled, refuses

SLACK = 0.01
PERIOD = 60.0
clock = time.monotonic


@dataclass
class _Seen:
    """What this process knows of a home since it looked: when, and what it has written since."""

    at: float = -math.inf
    written: int = 0
    lock: threading.Lock = field(default_factory=threading.Lock)


@dataclass
class Pruned:
    """What was removed."""

    entries: list[Entry] = field(default_factory=list)
    leftovers: int = 0

    @property
    def bytes(self) -> int:
        """Of the entries."""
        return sum(entry.bytes for entry in self.entries)


_seen: dict[Path, _Seen] = {}


@contextlib.contextmanager
def writing(home: Path, kind: str, name: str, sizes: Iterable[int]) -> Iterator[None]:
    """For whoever writes files of so many bytes of an entry inside: there is room for them, the
    entry is in use, and it is whose it was, or of whom this is done for. StoreError where there is
    no room."""
    with keeping(home, kind, name):
        make_room(home, kept.on_disk(sizes), _whose(home, kind, name))
        yield


@contextlib.contextmanager
def keeping(home: Path, kind: str, name: str) -> Iterator[None]:
    """:func:`writing`, for whom has made room, or writes little at a time."""
    if is_bundled(home):
        yield
        return
    with in_use.using(home, kind, name, must=True):
        if not kept.path_of(home, kind, name).exists():
            try:
                accounts.open_for(home, kind, name, accounts.current())
            except OSError as error:
                raise refuses(home, error) from None
        yield


def make_room(home: Path, size: int = 0, whose: str | None = None) -> None:
    """Let go of what has to go so that ``size`` bytes of ``whose`` (default: of whom this is done
    for) can be written; without a size, so that work may begin. StoreError where they cannot."""
    told, size = limits.told(), kept.blocks(size)
    whose = accounts.current() if whose is None else whose
    if is_bundled(home) or min(told.home_bytes, told.visitor_bytes) == math.inf:
        return
    _check_size(size, whose, told)
    seen = _seen.setdefault(home, _Seen())
    with seen.lock:
        if _is_due(seen, size, whose, told):
            seen.at = -math.inf  # should this fail, the next one looks again
            _fit(home, told, (whose, size))
            seen.at, seen.written = clock(), 0
        seen.written += size


def prune(home: Path) -> Pruned:
    """Let go of what is too much now, of every visitor and of the whole home, and of what killed
    writers left behind. StoreError where this user may not."""
    done, told = Pruned(), limits.told()
    if home.is_dir():
        try:
            done.leftovers = _sweep(home)
            _reduce(home, _balance(home, told, (accounts.OWNER, 0)), done)
        except OSError as error:
            raise refuses(home, error) from None
    return done


def _whose(home: Path, kind: str, name: str) -> str:
    there = kept.path_of(home, kind, name).exists()
    return accounts.holder(home, kind, name) if there else accounts.current()


def _is_due(seen: _Seen, size: int, whose: str, told: Limits) -> bool:
    own = math.inf if whose == accounts.OWNER else told.visitor_bytes
    much = seen.written + size > SLACK * min(told.home_bytes, own)
    return much or clock() - seen.at > PERIOD


def _fit(home: Path, told: Limits, adding: tuple[str, int]) -> None:
    try:
        _sweep(home)
        balance = _balance(home, told, adding)
        _say_if_full(balance, told)
        _reduce(home, balance, Pruned())
        _say_if_full(balance, told)  # somebody may have begun to use what was to go
    except OSError as error:
        raise refuses(home, error) from None


def _balance(home: Path, told: Limits, adding: tuple[str, int]) -> Balance:
    with in_use.gate(home):
        used = in_use.used(home)
    rooms = (1 - SLACK) * told.home_bytes, (1 - SLACK) * told.visitor_bytes
    return Balance(kept.entries(home), used, *rooms, adding)


def _reduce(home: Path, balance: Balance, done: Pruned) -> None:
    while (entry := balance.next()) is not None:
        if _remove(home, entry):
            balance.gone(entry)
            done.entries.append(entry)
        else:
            balance.stayed(entry)


def _remove(home: Path, entry: Entry) -> bool:
    """Whether ``entry`` has gone; not where somebody uses it, or has used it meanwhile."""
    path = kept.path_of(home, entry.kind, entry.name)
    aside = path.with_name(f"{kept.DELETED}{uuid.uuid4().hex}")
    try:
        with in_use.gate(home):
            if (entry.kind, entry.name) in in_use.used(home):
                return False
            last = kept.last_use(home, entry.kind, entry.name)
            if last is not None and last > entry.used:
                return False
            if last is not None:
                path.rename(aside)
            accounts.close(home, entry.kind, entry.name)
    except FileNotFoundError:
        return True
    except OSError:  # Windows lets nobody rename what is open
        return False
    if entry.kind == titles.KIND:
        titles.close(home, entry.name)
    files.remove(aside)
    return True


def _sweep(home: Path) -> int:
    """Remove what killed writers left, and accounts of what is gone; how many there were."""
    found = list(kept.asides(home))
    stale = [
        (kind.name, name)
        for kind in kept.KINDS
        for name in accounts.names(home, kind.name)
        if not kept.path_of(home, kind.name, name).exists()
    ]
    over = []
    with in_use.gate(home):
        used = in_use.used(home)
        for kind, name, path in found:
            if not name:
                over.append(path)
            elif (kind, name) not in used:
                aside = path.with_name(f"{kept.DELETED}{uuid.uuid4().hex}")
                with contextlib.suppress(OSError):
                    path.rename(aside)
                    over.append(aside)
        for kind, name in stale:
            if (kind, name) not in used and not kept.path_of(home, kind, name).exists():
                accounts.close(home, kind, name)
    for path in over:
        files.remove(path)
    titles.tidy(home)
    return len(over)


def _check_size(size: int, whose: str, told: Limits) -> None:
    own = math.inf if whose == accounts.OWNER else told.visitor_bytes
    limit, variable, who = min(
        (own, "KDLAB_VISITOR_GB", "one visitor"), (told.home_bytes, "KDLAB_HOME_GB", "all together")
    )
    if size > (1 - SLACK) * limit:
        raise StoreError(
            f"the new data take {shown(size)}",
            f"less than {shown(limit)}, which is for {who} on this machine ({variable})",
            f"Choose something smaller, or ask the owner to raise {variable}",
        )


def _say_if_full(balance: Balance, told: Limits) -> None:
    if balance.is_full_for_visitor:
        raise StoreError(
            f"your data in use take {shown(balance.fixed_of_visitor)}, so nothing can be removed",
            f"{shown(told.visitor_bytes)} for one visitor (KDLAB_VISITOR_GB)",
            "Stop one of your runs, or wait until it has ended",
        )
    if balance.is_full:
        raise StoreError(
            f"the data in use take {shown(balance.fixed)}, so nothing can be removed",
            f"{shown(told.home_bytes)} for everything kept (KDLAB_HOME_GB)",
            "Wait until running work has ended, or ask the owner to raise KDLAB_HOME_GB",
        )


def shown(size: float) -> str:
    """Bytes in words."""
    if size == math.inf:
        return "any number of bytes"
    for unit, factor in (("GB", 1e9), ("MB", 1e6), ("kB", 1e3)):
        if size >= factor:
            return f"{size / factor:.3g} {unit}"
    return f"{size:.0f} bytes"
