"""``python -m kdlab search``: find a student within a budget, its result as JSON or in words."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from typing import Any

from kdlab.cli.options import add_settings, add_workers, look_at_images, read_settings, workers_of
from kdlab.cli.reporter import Reporter
from kdlab.errors import ConfigError, KdlabError
from kdlab.events import Progress, SearchFinished, SearchStarted
from kdlab.experiments.search import SearchConfig, normal, possible
from kdlab.experiments.search.history import SearchHistory, repeatable
from kdlab.experiments.search.spread import spread
from kdlab.measure.gain import Gain
from kdlab.system.paths import check_writable, default_home

EPILOG = """\
example:
  python -m kdlab search --max-parameters 1500 --labels 100 --trials 40 --json

The same command again continues a search that was interrupted, and finds what an uninterrupted one
finds; with more --trials it goes further.
With KDLAB_SCHEDULER it spreads over that cluster's workers, with --workers N over N processes here.
Several processes, also on several machines that share the folder KDLAB_HOME, may be started with
the same settings at the same time: they divide the trials between them.

With --json stdout gets one object: config, best {student, teacher, method, temperature, alpha,
parameters, bytes, flops_per_image, latency_ms, validation_accuracy, config (of a single run), ...},
front [{the same without config, on (parameters, latency_ms)}], importance {name: share}, trials
[{number, state, student, ..., accuracy (validation, one number per seed), epochs}], test {seeds,
best {student, accuracy}, labels_only {student, accuracy}, gain {mean, ci95, seeds}, teacher},
machine, seconds, workers (more than one: what they try depends on their speed, so that another
search may find something else). The accuracies of test are of the test images and of seeds that the
search has not seen; accuracies are fractions, temperature is null where the method has none.

Exit code: 0 done, 1 the search failed, 2 a setting is wrong, 130 stopped by Ctrl-C.
Searches are kept in the folder KDLAB_HOME, downloads in KDLAB_DATA (default: the user's cache)."""


def add(commands: Any, about: str) -> None:
    """The parser of ``search``."""
    parser = commands.add_parser(
        "search",
        help=about,
        usage="python -m kdlab search [SETTING ...] [--config FILE.json] [--json] [--no-cache] "
        "[--workers N]",
        description=inspect.cleandoc(SearchConfig.__doc__ or "").replace("``", ""),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_settings(parser, SearchConfig)
    add_workers(parser)
    parser.set_defaults(run=_search, model=SearchConfig)


def _config(arguments: argparse.Namespace) -> SearchConfig:
    config = read_settings(arguments, SearchConfig)
    try:
        possible(config)
        return normal(config)
    except KdlabError as error:
        raise ConfigError(error.received, error.allowed, error.todo) from None


def _search(arguments: argparse.Namespace) -> int:
    config, workers = _config(arguments), workers_of(arguments)
    look_at_images(config)
    check_writable(default_home())  # not only after all the work
    history = SearchHistory()
    with Reporter(sys.stderr) as reporter:
        for event in spread(config, workers=workers, cache=not arguments.no_cache):
            if isinstance(event, SearchStarted) and history.started is None:
                reporter.tell(Progress(stage=_started(event)))
            history.take([event])
            reporter.tell(event)
    finished = history.finished
    if finished is None:
        print(history.failed.reason if history.failed else "", file=sys.stderr)
        return 1
    notes = {"notes": history.notes} if history.notes else {}
    print(
        json.dumps(as_json(config, history.trials, finished) | notes, allow_nan=False)
        if arguments.json
        else summary(finished)
    )
    return 0


def _started(event: SearchStarted) -> str:
    resumed = f", {event.resumed} of them done before" if event.resumed else ""
    return f"{event.candidates} students fit the budget; {event.trials} trials{resumed}"


def as_json(
    config: SearchConfig, trials: list[dict[str, Any]], finished: SearchFinished
) -> dict[str, Any]:
    """The one JSON object of ``search``."""
    return {
        "config": config.model_dump(mode="json"),
        "best": finished.best,
        "front": finished.front,
        "importance": finished.importance,
        "trials": sorted(trials, key=lambda trial: trial["number"]),
        "test": finished.test,
        "machine": finished.machine,
        "seconds": finished.seconds,
        "workers": finished.workers,
    }


def summary(finished: SearchFinished) -> str:
    """A few lines for a person."""
    best, test = finished.best, finished.test
    alpha = f"alpha {best['alpha']:g}"
    how = alpha if best["temperature"] is None else f"T {best['temperature']:g}, {alpha}"
    lines = [
        f"best          {best['student']}, {best['method']}, {how}, teacher {best['teacher']}",
        f"size          {best['parameters']:,} parameters, {best['bytes']:,} bytes, "
        f"{best['flops_per_image']:,} FLOPs, {best['latency_ms']:.3g} ms an image",
    ]
    for key, label in (("labels_only", "labels only"), ("best", "distilled")):
        values = test[key]["accuracy"]
        mean = 100 * sum(values) / len(values)
        lines.append(f"{label:<13} {mean:6.1f} %  mean of {len(values)} fresh seeds, test images")
    lines.append(Gain.of(test["gain"]).sentence())
    return "\n".join([*lines, *repeatable(finished)])
