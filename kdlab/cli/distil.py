"""``python -m kdlab distill``: one run, its result as JSON or in words."""

from __future__ import annotations

import argparse
import inspect
import json
import sys
from typing import Any

from kdlab import checks
from kdlab.cli.options import add_settings, read_settings
from kdlab.cli.reporter import Reporter
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError, KdlabError
from kdlab.events import Event
from kdlab.experiments.run.history import History, fold, verdict_sentence
from kdlab.system.paths import check_writable, default_home

EPILOG = """\
example:
  python -m kdlab distill --dataset digits --labels 100 --temperature 4 --alpha 0.9 --seeds 5 --json

With --json stdout gets one object: config, teacher {accuracy, parameters, bytes, flops_per_image,
latency_ms}, student {the same, without accuracy}, groups [{name, accuracy, fidelity, ece}, one
number per seed], gain {mean, ci95, seeds} (ci95 is null for one seed), seconds {teacher, students,
total}, machine; of your own images also data {classes, splits, left_out, done, overrule, lines}:
what was understood of them; and notes [sentences] on a teacher that was brought, or on what was
damaged in the store and made anew. Accuracies are fractions of the test images.

Exit code: 0 done, 1 the run failed, 2 a setting is wrong, 130 stopped by Ctrl-C.
Results are kept in the folder KDLAB_HOME, downloads in KDLAB_DATA (default: the user's cache)."""


def add(commands: Any, about: str) -> None:
    """The parser of ``distill``."""
    parser = commands.add_parser(
        "distill",
        aliases=["distil"],
        help=about,
        usage="python -m kdlab distill [SETTING ...] [--config FILE.json] [--json] [--no-cache]",
        description=inspect.cleandoc(DistilConfig.__doc__ or "").replace("``", ""),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_settings(parser, DistilConfig)
    parser.set_defaults(run=_distil, model=DistilConfig)


def _config(arguments: argparse.Namespace) -> DistilConfig:
    config = read_settings(arguments, DistilConfig)
    try:
        checks.possible(config)
        return checks.normal(config)
    except KdlabError as error:
        raise ConfigError(error.received, error.allowed, error.todo) from None


def _distil(arguments: argparse.Namespace) -> int:
    from kdlab.experiments.run.run import run

    config = _config(arguments)
    check_writable(default_home())  # not only after all the work
    events: list[Event] = []
    with Reporter(sys.stderr) as reporter:
        for event in run(config, cache=not arguments.no_cache):
            events.append(event)
            reporter.tell(event)
    history = fold(events)
    if history.failed:
        print(history.failed.reason, file=sys.stderr)
        return 1
    print(
        json.dumps(as_json(config, history), allow_nan=False)
        if arguments.json
        else summary(history)
    )
    return 0


def as_json(config: DistilConfig, history: History) -> dict[str, Any]:
    """The one JSON object of ``distill``; accuracies are fractions, lists one per seed."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    keys = ("parameters", "bytes", "flops_per_image", "latency_ms")
    cost = {name: {key: model[key] for key in keys} for name, model in measured.models.items()}
    return {
        "config": config.model_dump(mode="json"),
        "teacher": {"accuracy": finished.teacher_accuracy, **cost["teacher"]},
        "student": cost["student"],
        "groups": finished.groups,
        "gain": finished.gain,
        "seconds": {name: finished.seconds[name] for name in ("teacher", "students", "total")},
        "machine": measured.machine,
        **({"data": history.data.account} if history.data else {}),
        **({"notes": history.remarks} if history.remarks else {}),
    }


def summary(history: History) -> str:
    """A few lines for a person."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    teacher, student = measured.models["teacher"], measured.models["student"]
    lines = [f"teacher       {100 * finished.teacher_accuracy:6.1f} %  of the test images"]
    for group in finished.groups:
        n = len(group["accuracy"])
        mean = 100 * sum(group["accuracy"]) / n
        lines.append(f"{group['name']:<13} {mean:6.1f} %  " + (f"mean of {n} seeds" * (n > 1)))
    ratio = teacher["parameters"] / student["parameters"]
    sizes = f"{teacher['parameters']:,} and {student['parameters']:,}"
    lines.append(f"parameters    {sizes}, {ratio:.3g} to 1")
    return "\n".join([*(line.rstrip() for line in lines), verdict_sentence(finished)])
