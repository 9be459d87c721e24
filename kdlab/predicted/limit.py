"""What a visitor of a server may ask for: predicted work, held to the server's limit."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from kdlab.errors import ConfigError
from kdlab.hosting import key
from kdlab.hosting import limits as hosting
from kdlab.hosting.limits import TERA, Limits
from kdlab.hosting.visitor import Visitor, current
from kdlab.predicted.counting import Work

Config = TypeVar("Config")

LOWER = {
    "teachers": "Choose fewer epochs for the teacher, a smaller one, or fewer training examples",
    "students": "Choose fewer epochs or seeds, smaller students, or fewer training examples",
}


def check(
    predicted: Callable[[Config], Work],
    config: Config,
    visitor: Visitor | None = None,
    limits: Limits | None = None,
) -> None:
    """ConfigError where ``config`` asks for more work than ``visitor`` (None: for whom this thread
    is at work) may have. The owner may have all, and nothing is counted for him."""
    visitor = visitor or current()
    if visitor.owner:
        return
    allowed = (limits or hosting.told()).operations
    if allowed == float("inf"):
        return
    work = predicted(config)
    if work.total > allowed:
        raise refusal(work, allowed, visitor)


def refusal(work: Work, allowed: float, visitor: Visitor | None = None) -> ConfigError:
    """The error for ``work``, with what would lower it most, and what the owner does who is taken
    for a visitor: somebody alone who opened the plain address."""
    most = "teachers" if work.teachers > work.students else "students"
    return ConfigError(
        f"{_tera(work.total)} operations are predicted for this",
        f"at most {_tera(allowed)} for a visitor of this server",
        LOWER[most] + key.for_owner(visitor),
    )


def _tera(operations: float) -> str:
    """In 10^12, with two figures where there are few."""
    value = operations / TERA
    return f"{value:,.0f} · 10¹²" if value >= 100 else f"{value:.2g} · 10¹²"
