"""``record``: make the results that come with the lab again, under assets/."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.studies import EXPERIMENTS, find
from kdlab.system.paths import BUNDLED

KINDS = tuple(dict.fromkeys(experiment.plural for experiment in EXPERIMENTS.values()))


def add(commands: Any, name: str, about: str) -> None:
    """The command, for developers."""
    parser = commands.add_parser(name, help=about)
    parser.add_argument(
        "only", nargs="*", metavar="WHAT", help=f"{', '.join(KINDS)}, or names of studies; all"
    )
    parser.set_defaults(run=_record)


def _record(arguments: argparse.Namespace) -> int:
    only = arguments.only or KINDS
    chosen = [each for each in EXPERIMENTS.values() if each.plural in only]
    chosen += [EXPERIMENTS[find(name).name] for name in only if name not in KINDS]
    for experiment in chosen:
        for name, config in experiment.presets.items():
            for line in experiment.record(config, BUNDLED):
                print(f"{name}: {line}", flush=True)
    return 0
