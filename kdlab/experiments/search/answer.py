"""Whether a stored answer of a search can be drawn and told: what its events hold, beyond types."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdlab import data
from kdlab.config.schema import DistilConfig
from kdlab.events import Event, SearchFinished, SearchStarted, TrialsDone
from kdlab.events.fits import LARGE, finite, plain, require, shares
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS, Measure
from kdlab.methods import METHODS

STATES = ("complete", "pruned")


def check(events: Sequence[Event]) -> None:
    """ValueError where they are not a search from its start to its answer, or a number in them is
    none that a search can find; ConfigError where the run that they lead to is none. Of text, all
    is told in bits too: a search of a version that chose by accuracy there is none."""
    kinds = [type(event) for event in events]
    require(kinds == [SearchStarted, TrialsDone, SearchFinished])
    started, done, finished = events
    assert isinstance(started, SearchStarted)
    assert isinstance(done, TrialsDone)
    assert isinstance(finished, SearchFinished)
    require(started.trials == finished.trials == len(done.trials) > 0)
    measure = data.measure_of(DistilConfig.parse(finished.best["config"]).dataset)
    for row in (*done.trials, *finished.front, finished.best):
        _trial(row, measure)
    require(all(f"validation_{measure.name}" in row for row in (*finished.front, finished.best)))
    numbers = {row["number"] for row in done.trials}
    require(len(numbers) == len(done.trials))
    require(all(row["number"] in numbers for row in (*finished.front, finished.best)))
    _test(finished.test, measure)
    require(all(0 <= share <= 1 for share in finished.importance.values()))
    told = [done.trials, finished.front, finished.best, finished.test]
    plain(told)  # what the command line prints


def _trial(row: dict[str, Any], measure: Measure) -> None:
    require(row["state"] in STATES and row["method"] in METHODS)
    _accuracies(row["accuracy"])
    _bits(row, measure)
    shares([row["alpha"]], measured=True)
    require(row["temperature"] is None or 0 < row["temperature"] < LARGE)
    require(row["parameters"] > 0 and row["bytes"] > 0 and row["flops_per_image"] > 0)
    require(0 < row["latency_ms"] < LARGE)
    require(row.get("int8_bytes", 1) > 0 and 0 < row.get("int8_latency_ms", 1.0) < LARGE)
    require(("int8_bytes" in row) == ("int8_latency_ms" in row))
    shares([row.get("validation_accuracy", 0.0)], measured=True)
    finite([row.get("validation_bits", 0.0)])


def _test(test: dict[str, Any], measure: Measure) -> None:
    seeds = len(test["seeds"])
    for name in ("best", "labels_only"):
        require(len(test[name]["accuracy"]) == seeds)
        _accuracies(test[name]["accuracy"])
        _bits(test[name], measure)
    gain = test["gain"]
    require(Gain.of(gain).measure is measure)
    finite([gain["mean"], *(gain["ci95"] or ())], -LARGE)
    shares([test["teacher"]], measured=True)
    if measure is BITS:
        finite([test["teacher_bits"]])


def _accuracies(values: Sequence[float]) -> None:
    require(bool(values))
    shares(values, measured=True)


def _bits(told: dict[str, Any], measure: Measure) -> None:
    """Of text as many as accuracies, of other data none."""
    require(("bits" in told) == (measure is BITS))
    if measure is BITS:
        require(len(told["bits"]) == len(told["accuracy"]))
        finite(told["bits"])
