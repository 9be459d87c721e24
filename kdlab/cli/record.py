"""``record``: make the results that come with the lab again, under assets/."""

from __future__ import annotations

import argparse
from collections.abc import Collection
from typing import Any

from kdlab.experiments.experiment import Experiment
from kdlab.studies import EXPERIMENTS, find
from kdlab.system.paths import BUNDLED

KINDS = tuple(dict.fromkeys(experiment.plural for experiment in EXPERIMENTS.values()))


def add(commands: Any, name: str, about: str) -> None:
    """The command, for developers."""
    parser = commands.add_parser(
        name, help=about, description="Regenerates the stored results under assets/."
    )
    parser.add_argument(
        "only",
        nargs="*",
        metavar="WHAT",
        help=f"{', '.join(KINDS)}, or names of studies or presets, such as mnist-pair "
        "(default: all)",
    )
    parser.set_defaults(run=_record)


def _record(arguments: argparse.Namespace) -> int:
    for experiment, name in _chosen(arguments.only or KINDS):
        for line in experiment.record(experiment.presets[name], BUNDLED):
            print(f"{name}: {line}", flush=True)
    return 0


def _chosen(only: Collection[str]) -> list[tuple[Experiment[Any, Any], str]]:
    """Each preset that is to be recorded, with the kind of work that it is of."""
    known = [(each, name) for each in EXPERIMENTS.values() for name in each.presets]
    chosen = [pair for pair in known if pair[0].plural in only]
    for what in only:
        if what not in KINDS:
            if not (named := [pair for pair in known if pair[1] == what]):
                study = EXPERIMENTS[find(what).name]  # or an error that lists them
                named = [pair for pair in known if pair[0] is study]
            chosen += named
    return chosen
