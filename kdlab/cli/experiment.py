"""``distill``, ``sweep``, ``search`` and each study: an experiment, its result as JSON or in words.

Nothing here knows what kind of experiment it is: :data:`kdlab.studies.EXPERIMENTS` does.
"""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Sequence
from typing import Any

from kdlab.cli import budget, teacher
from kdlab.cli.options import (
    about_settings,
    add_command,
    add_settings,
    add_workers,
    look_at_images,
    read_settings,
    workers_of,
)
from kdlab.cli.reporter import Reporter
from kdlab.config.schema import StudentConfig
from kdlab.errors import DamagedError
from kdlab.events import Remark
from kdlab.experiments.experiment import Experiment
from kdlab.studies import EXPERIMENTS
from kdlab.system.paths import check_writable, default_home


def add(commands: Any, name: str, about: str, aliases: Sequence[str] = ()) -> None:
    """The parser of the experiment ``name``."""
    fill(declare(commands, name, about, aliases), EXPERIMENTS[name])


def declare(commands: Any, name: str, about: str, aliases: Sequence[str] = ()) -> Any:
    """The parser of the experiment ``name`` before it has options."""
    experiment = EXPERIMENTS[name]
    flags = "".join(f"[--{flag}] " for flag in experiment.flags)
    parser = add_command(
        commands,
        name,
        about,
        aliases=aliases,
        usage=f"python -m kdlab {experiment.command} [SETTING ...] [--config FILE.json] [--json] "
        f"{flags}[--no-cache]{' [--workers N]' * experiment.shared}",
        described=experiment.config,
        description=experiment.about,
        epilog=experiment.epilog,
    )
    parser.set_defaults(run=_run, model=experiment.config, experiment=experiment)
    return parser


def fill(parser: argparse.ArgumentParser, experiment: Experiment[Any, Any]) -> None:
    """Give ``parser`` the options of ``experiment``."""
    add_settings(parser, experiment.config)
    for flag, text in experiment.flags.items():
        parser.add_argument(f"--{flag}", action="store_true", help=text)
    if experiment.shared:
        add_workers(parser)


def _run(arguments: argparse.Namespace) -> int:
    experiment: Experiment[Any, Any] = arguments.experiment
    budget.bring(arguments, experiment.config)
    teacher.bring(arguments, experiment.config)
    config = read_settings(arguments, experiment.config)
    with about_settings():
        experiment.possible(config)
        config = experiment.normal(config)
    workers = workers_of(arguments) if experiment.shared else 1
    if experiment.looks_first:
        look_at_images(config)
    check_writable(default_home())  # not only after all the work
    cache = not arguments.no_cache
    history = experiment.history(config)
    if cache and experiment.in_parts:
        with contextlib.suppress(DamagedError):  # the work tells that
            history.take(experiment.load_result(config))
    if not history.complete:
        _train(experiment, config, history, workers, cache)
    if not history.complete:
        print(history.failed.reason if history.failed else "", file=sys.stderr)
        return 1
    if arguments.json:
        asked = {flag: getattr(arguments, flag) for flag in experiment.flags}
        print(json.dumps(experiment.as_json(config, history, **asked), allow_nan=False))
    else:
        print(experiment.summary(history))
    return 0


def _train(
    experiment: Experiment[Any, Any], config: StudentConfig, history: Any, workers: int, cache: bool
) -> None:
    """Train what is missing, and say so."""
    with Reporter(sys.stderr) as reporter:
        for event in experiment.stream(config, workers=workers, cache=cache):
            history.take([event])
            if experiment.many and history.started and not isinstance(event, Remark):
                reporter.share("training the students", history.share_done)
            else:
                reporter.tell(event)
