"""Whether a stored answer of a search can be drawn and told: what its events hold, beyond types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.events import Event, SearchFinished, SearchStarted, TrialsDone
from kdlab.events.fits import LARGE, finite, plain, require, shares
from kdlab.methods import METHODS

STATES = ("complete", "pruned")


def check(events: Sequence[Event]) -> None:
    """ValueError where they are not a search from its start to its answer, or a number in them is
    none that a search can find; ConfigError where the run that they lead to is none."""
    kinds = [type(event) for event in events]
    require(kinds == [SearchStarted, TrialsDone, SearchFinished])
    started, done, finished = events
    assert isinstance(started, SearchStarted)
    assert isinstance(done, TrialsDone)
    assert isinstance(finished, SearchFinished)
    require(started.trials == finished.trials == len(done.trials) > 0)
    for row in (*done.trials, *finished.front, finished.best):
        _trial(row)
    numbers = {row["number"] for row in done.trials}
    require(len(numbers) == len(done.trials))
    require(all(row["number"] in numbers for row in (*finished.front, finished.best)))
    _test(finished.test)
    require(all(0 <= share <= 1 for share in finished.importance.values()))
    told = [done.trials, finished.front, finished.best, finished.test]
    plain(told)  # what the command line prints
    DistilConfig.parse(finished.best["config"])


def _trial(row: dict[str, Any]) -> None:
    require(row["state"] in STATES and row["method"] in METHODS)
    _accuracies(row["accuracy"])
    shares([row["alpha"]], measured=True)
    require(row["temperature"] is None or 0 < row["temperature"] < LARGE)
    require(row["parameters"] > 0 and row["bytes"] > 0 and row["flops_per_image"] > 0)
    require(0 < row["latency_ms"] < LARGE)
    shares([row.get("validation_accuracy", 0.0)], measured=True)


def _test(test: dict[str, Any]) -> None:
    seeds = len(test["seeds"])
    for name in ("best", "labels_only"):
        require(len(test[name]["accuracy"]) == seeds)
        _accuracies(test[name]["accuracy"])
    gain = test["gain"]
    finite([gain["mean"], *(gain["ci95"] or ())], -LARGE)
    shares([test["teacher"]], measured=True)


def _accuracies(values: Sequence[float]) -> None:
    require(bool(values))
    shares(values, measured=True)
