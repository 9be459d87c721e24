"""What a visitor may not begin for a while, though he may otherwise: what his class predicts just
now. The pages of a class register who knows that, since they stand on the stage, not under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from pages.ui.stage.work import Work

Why = Callable[[Work[Any, Any], Any], str]
_known: list[Why] = []


def ask(why: Why) -> None:
    """From now on ``why(work, config)`` says why this visitor may not begin ``work`` at ``config``;
    empty where he may."""
    _known[:] = [why]


def why(work: Work[Any, Any], config: Any) -> str:
    """The sentence; empty where nobody withholds it."""
    return _known[-1](work, config) if _known else ""
