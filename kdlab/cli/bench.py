"""``python -m kdlab bench``: the lab's speed on this machine, as tables."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.errors import ConfigError


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``bench``."""
    parser = commands.add_parser(name, help=about)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--full-run",
        action="store_true",
        help="instead: full runs on the device at hand, against how the known libraries train",
    )
    instead.add_argument(
        "--class",
        dest="visitors",
        metavar="N",
        help="instead: the pages of a server with N visitors at once, until 200 came and went",
    )
    parser.add_argument(
        "--minutes", metavar="M", help="with --class: for so long, whoever has come by then"
    )
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.visitors is not None:
        from kdlab.bench.classroom import lines as classroom

        visitors = _whole("--class", arguments.visitors, classroom.MOST_VISITORS)
        minutes = arguments.minutes
        if minutes is not None:
            minutes = _whole("--minutes", minutes, classroom.MOST_MINUTES)
        lines = classroom.lines(visitors, minutes)
    elif arguments.minutes is not None:
        raise ConfigError(
            "--minutes without --class",
            "--minutes with --class N",
            "Add --class 40, or leave it out",
        )
    elif arguments.full_run:
        from kdlab.bench import full_run

        lines = full_run.lines()
    else:
        from kdlab.bench import table

        lines = table.lines()
    for line in lines:
        print(line, flush=True)
    return 0


def _whole(option: str, text: str, most: int) -> int:
    if text.isdecimal() and 1 <= int(text) <= most:
        return int(text)
    raise ConfigError(
        f"{option} is {text!r}", f"a whole number from 1 to {most}", f"Change {option}"
    )
