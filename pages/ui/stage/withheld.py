"""What a visitor may neither begin nor see for a while, though he may otherwise: what his class
predicts just now. The pages of a class register who knows that, since they stand on the stage, not
under it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.experiments.experiment import Experiment

Why = Callable[[Experiment[Any, Any], Any], str]
_known: list[Why] = []


def ask(why: Why) -> None:
    """From now on ``why(experiment, config)`` says why this visitor may not begin it at ``config``,
    nor see its result beside another one; empty where he may."""
    _known[:] = [why]


def why(experiment: Experiment[Any, Any], config: Any) -> str:
    """The sentence; empty where nobody withholds it."""
    return _known[-1](experiment, config) if _known else ""
