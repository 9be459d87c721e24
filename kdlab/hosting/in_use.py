"""What is in use now, so that nobody makes room with it.

::

    <home>/quota.lock                     held for a few steps: to register, or to decide what goes
    <home>/in-use/<kind>@<name>@<unique>  held by the process that uses it, for as long as it does

Who uses something registers under the same lock under which somebody else decides what is removed:
either it is seen to be in use, or it is gone before it was asked for. A registration is a
lease (:mod:`kdlab.system.leases`), so it ends with its process, however that ends.
"""

from __future__ import annotations

import contextlib
import os
import uuid
from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path

from kdlab.system import files, leases, locks
from kdlab.system.paths import BUNDLED, is_bundled, refuses

FOLDER = "in-use"
BETWEEN = "@"
FAR_SECONDS = 24 * 3600
"""For which a registration of another machine counts where its lock cannot be seen."""

Name = tuple[str, str]
"""(kind, name), as in :mod:`kdlab.hosting.kept`."""


def gate(home: Path, patience: float | None = None) -> AbstractContextManager[locks.Lock]:
    """The lock under which is registered and decided. OSError where it cannot be had."""
    return locks.waited(home / "quota.lock", patience)


@contextlib.contextmanager
def using(
    home: Path, kind: str, name: str, *, must: bool = False, patience: float | None = None
) -> Iterator[None]:
    """Inside, nobody removes this entry to make room.

    A home that cannot be written can be read all the same; with ``must``, for whoever is about to
    write, that is a StoreError. So can one whose gate somebody keeps for ``patience`` seconds.
    """
    try:
        mine = None if is_bundled(home) else _registered(home, kind, name, patience)
    except OSError as error:
        if must:
            raise refuses(home, error) from None
        mine = None
    try:
        yield
    finally:
        if mine is not None:
            mine.close()


def used(home: Path) -> set[Name]:
    """All that is in use by whatever process; what ended ones left is removed. For whoever holds
    the :func:`gate`."""
    found = set()
    for path in files.listed(home / FOLDER):
        kind, _, rest = path.name.partition(BETWEEN)
        name, between, _ = rest.rpartition(BETWEEN)
        if not between:
            continue
        if _is_held(path):
            found.add((kind, name))
        else:
            with contextlib.suppress(OSError):
                path.unlink(missing_ok=True)
    return found


def renew(mark: Path) -> None:
    """Say that what ``mark`` belongs to was used now. Files that others wrote, or that come with
    the lab, stay as they are."""
    if BUNDLED not in mark.parents:
        with contextlib.suppress(OSError):
            os.utime(mark)


def _registered(home: Path, kind: str, name: str, patience: float | None) -> leases.Lease:
    folder = home / FOLDER
    folder.mkdir(parents=True, exist_ok=True)
    with gate(home, patience):
        mine = leases.take(folder / BETWEEN.join((kind, name, uuid.uuid4().hex)))
    assert mine is not None, "nobody else knows this name"
    return mine


def _is_held(path: Path) -> bool:
    """Whether its process is at work; one of another machine, whose locks this one may not see,
    counts for a day, and longer where no clock can be asked."""
    try:
        return leases.at_work(path, FAR_SECONDS) is not None
    except OSError:
        return True
