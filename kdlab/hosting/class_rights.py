"""What visitors of a server may begin: searches and uploads unless they are in a class, and full
runs where KDLAB_FULL_RUNS=1, or their class, lets them.

``python -m kdlab open --class`` sets KDLAB_CLASS. Then visitors begin no searches, uploads and full
runs of their own, unless their room allows it, or KDLAB_CLASS_ALLOWS, which lists what all classes
of the server allow (``searches,uploads``). Who is in which room, and who instructs, the server of
the pages tells (:func:`ask`); where nobody tells, nothing is allowed. The owner of the machine, and
so every command, may begin everything.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from typing import Literal

from kdlab.errors import ClassError, ConfigError, KdlabError
from kdlab.hosting import key
from kdlab.hosting.visitor import Visitor, current

VARIABLE, ALLOWED, FULL_RUNS = "KDLAB_CLASS", "KDLAB_CLASS_ALLOWS", "KDLAB_FULL_RUNS"
Right = Literal["searches", "uploads", "full runs"]
RIGHTS: tuple[Right, ...] = ("searches", "uploads", "full runs")
_NO = ("", "0", "no", "false")

_known: list[Callable[[Visitor, Right], bool]] = []


def ask(allows: Callable[[Visitor, Right], bool]) -> None:
    """From now on ``allows`` knows who instructs, and what somebody's room allows."""
    _known[:] = [allows]


def holds_class() -> bool:
    """Whether this is a server with a class."""
    return _is_set(VARIABLE)


def may(what: Right, visitor: Visitor | None = None) -> bool:
    """Whether ``visitor`` (None: for whom this thread is at work) may begin such a thing."""
    who = visitor or current()
    if who.owner or (what == "full runs" and _is_set(FULL_RUNS)):
        return True
    if not holds_class():
        return what != "full runs"
    return what in given(who, (what,))


def given(visitor: Visitor, among: tuple[Right, ...] = RIGHTS) -> tuple[str, ...]:
    """Which of them the class of this server, or its environment, allows to this visitor."""
    if not holds_class():
        return ()
    told = {each.strip().lower() for each in os.environ.get(ALLOWED, "").split(",")}
    if visitor.rights is not None:
        told.update(visitor.rights)
        return tuple(what for what in among if what in told)
    return tuple(what for what in among if what in told or (_known and _known[-1](visitor, what)))


def handed_on(visitor: Visitor) -> tuple[str, bool, tuple[str, ...]]:
    """What another process is told of ``visitor``, which can ask nobody."""
    return visitor.name, visitor.owner, given(visitor)


def check(what: Right, visitor: Visitor | None = None) -> None:
    """ClassError, or without a class ConfigError, where ``visitor`` may not begin it."""
    if not may(what, visitor):
        raise refusal(what, visitor)


def refusal(what: Right, visitor: Visitor | None = None) -> KdlabError:
    """The error for who may not."""
    if holds_class():
        return ClassError(
            f"{what.capitalize()} are closed to this class",
            f"{what} where the instructor allows them",
            "Ask your instructor to allow them" + key.for_owner(visitor),
        )
    return ConfigError(
        f"{what.capitalize()} were requested by a visitor of this server",
        f"{what} by its owner, or by all where {FULL_RUNS}=1",
        "Use your own computer" + key.for_owner(visitor),
    )


def _is_set(variable: str) -> bool:
    return os.environ.get(variable, "").strip().lower() not in _NO
