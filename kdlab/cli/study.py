"""``python -m kdlab study``: the studies there are, each an experiment of its own."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.cli import experiment
from kdlab.errors import ConfigError
from kdlab.studies import EXPERIMENTS, STUDIES


class StudyParser(argparse.ArgumentParser):
    """The options of one study, made when they are asked for: there are many studies, and a
    command line names one."""

    study = ""

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse has it, with the options of the study."""
        if self.study:
            experiment.fill(self, EXPERIMENTS[self.study])
            self.study = ""
        return super().parse_known_args(args, namespace)


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``study``, and one for each study."""
    parser = commands.add_parser(
        name,
        help=about,
        description="A study compares students taught in different ways for equally long.",
        allow_abbrev=False,
    )
    parser.add_argument("--list", action="store_true", help="list the studies")
    parser.set_defaults(run=_list)
    each = parser.add_subparsers(
        dest="study", metavar="NAME", title="studies", parser_class=StudyParser
    )
    for study in STUDIES.values():
        own = experiment.declare(each, study.name, study.question)
        own.study = study.name
        own.set_defaults(command=f"study {study.name}")


def _list(arguments: argparse.Namespace) -> int:
    if not arguments.list:
        raise ConfigError(
            "no study was named", ", ".join(STUDIES), "Name one, as in: study teachers"
        )
    for study in STUDIES.values():
        print(f"{study.name:>14}  {study.question}")
    return 0
