"""What a server with a class lets its visitors do: no full runs, searches and uploads of their own,
unless their room, or the environment, allows it.

``python -m kdlab open --class`` sets KDLAB_CLASS; elsewhere nothing is refused here. What room
somebody is in, and what that allows, the server of the pages tells (:func:`ask`); where nobody
tells, nothing is allowed. The owner of the machine, and so every command, may do everything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from kdlab.errors import ClassError
from kdlab.hosting.visitor import Visitor, current

VARIABLE, ALLOWED = "KDLAB_CLASS", "KDLAB_CLASS_ALLOWS"
Right = Literal["searches", "uploads", "full runs"]
RIGHTS: tuple[Right, ...] = ("searches", "uploads", "full runs")

_known: list[Callable[[Visitor, Right], bool]] = []


def ask(allows: Callable[[Visitor, Right], bool]) -> None:
    """From now on ``allows`` knows who instructs, and what somebody's room allows."""
    _known[:] = [allows]


def holds_class() -> bool:
    """Whether this is a server with a class."""
    return os.environ.get(VARIABLE, "").strip().lower() not in ("", "0", "no", "false")


def may(what: Right, visitor: Visitor | None = None) -> bool:
    """Whether a class lets ``visitor`` (None: for whom this thread is at work) do it; so it does
    where there is no class."""
    who = visitor or current()
    return who.owner or not holds_class() or gives(what, who)


def gives(what: Right, visitor: Visitor) -> bool:
    """Whether the class of this server, or its environment, allows it to this visitor."""
    if not holds_class():
        return False
    everybody = {each.strip().lower() for each in os.environ.get(ALLOWED, "").split(",")}
    return what in everybody or bool(_known and _known[-1](visitor, what))


def check(what: Right, visitor: Visitor | None = None) -> None:
    """ClassError where a class does not let ``visitor`` do it."""
    if not may(what, visitor):
        raise ClassError(
            f"{what} are closed in this class",
            f"{what} where the instructor opens them to the class",
            "Ask your instructor, or watch what runs for all",
        )
