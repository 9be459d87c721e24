"""Whether a stored answer of a search can be drawn and told: what its events hold, beyond types."""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.events import Event, SearchFinished, SearchStarted, TrialsDone
from kdlab.methods import METHODS

LARGE = 1e100
STATES = ("complete", "pruned")


def check(events: Sequence[Event]) -> None:
    """ValueError where they are not a search from its start to its answer, or a number in them is
    none that a search can find; ConfigError where the run that they lead to is none."""
    kinds = [type(event) for event in events]
    _require(kinds == [SearchStarted, TrialsDone, SearchFinished])
    started, done, finished = events
    assert isinstance(started, SearchStarted)
    assert isinstance(done, TrialsDone)
    assert isinstance(finished, SearchFinished)
    _require(started.trials == finished.trials == len(done.trials) > 0)
    for row in (*done.trials, *finished.front, finished.best):
        _trial(row)
    numbers = {row["number"] for row in done.trials}
    _require(len(numbers) == len(done.trials))
    _require(all(row["number"] in numbers for row in (*finished.front, finished.best)))
    _test(finished.test)
    _require(all(0 <= share <= 1 for share in finished.importance.values()))
    told = [done.trials, finished.front, finished.best, finished.test]
    json.dumps(told, allow_nan=False)  # what the command line prints
    DistilConfig.parse(finished.best["config"])


def _trial(row: dict[str, Any]) -> None:
    _require(row["state"] in STATES and row["method"] in METHODS)
    _fractions(row["accuracy"])
    _fractions([row["alpha"]])
    _require(row["temperature"] is None or 0 < row["temperature"] < LARGE)
    _require(row["parameters"] > 0 and row["bytes"] > 0 and row["flops_per_image"] > 0)
    _require(0 < row["latency_ms"] < LARGE)
    _fractions([row.get("validation_accuracy", 0.0)])


def _test(test: dict[str, Any]) -> None:
    seeds = len(test["seeds"])
    for name in ("best", "labels_only"):
        _require(len(test[name]["accuracy"]) == seeds)
        _fractions(test[name]["accuracy"])
    gain = test["gain"]
    told = [gain["mean"], *(gain["ci95"] or ())]
    _require(all(-LARGE < value < LARGE for value in told))
    _fractions([test["teacher"]])


def _fractions(values: Iterable[float]) -> None:
    known = list(values)
    _require(bool(known) and all(0 <= value <= 1 for value in known))


def _require(holds: bool) -> None:
    if not holds:
        raise ValueError("this is no answer of a search")
