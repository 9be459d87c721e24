"""``python -m kdlab bench``: the lab's speed on this machine, as tables."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.errors import ConfigError

ABOUT = """\
Measures the lab's speed on this machine and prints a table: what was measured, the result, the
goal, and whether the goal was met. Without options: training, workers, and the pages in one
browser. Each option measures something else instead."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``bench``."""
    parser = commands.add_parser(name, help=about, description=ABOUT)
    instead = parser.add_mutually_exclusive_group()
    instead.add_argument(
        "--full-run",
        action="store_true",
        help="time full runs on this machine's device, and the way common libraries train",
    )
    instead.add_argument(
        "--class",
        dest="visitors",
        metavar="N",
        help="start a server and time its pages while N visitors at a time open them and train, "
        "until 200 visitors have come and gone",
    )
    instead.add_argument(
        "--question",
        dest="pupils",
        metavar="N",
        help="start a server with a class, have its instructor ask N visitors one question, and "
        "fail unless every answer is counted, including after each visitor has changed it",
    )
    parser.add_argument(
        "--json", action="store_true", help="with --full-run: print JSON, one object per line"
    )
    parser.add_argument("--minutes", metavar="M", help="with --class: run for M minutes instead")
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.visitors is None and arguments.minutes is not None:
        raise ConfigError(
            "--minutes is given without --class",
            "--minutes with --class N",
            "Add --class 40, or leave --minutes out",
        )
    if arguments.json and not arguments.full_run:
        raise ConfigError(
            "--json is given without --full-run",
            "--json with --full-run",
            "Add --full-run, or leave --json out",
        )
    if arguments.visitors is not None:
        from kdlab.bench.classroom import lines as classroom

        visitors = _whole("--class", arguments.visitors, classroom.MOST_VISITORS)
        minutes = arguments.minutes
        if minutes is not None:
            minutes = _whole("--minutes", minutes, classroom.MOST_MINUTES)
        lines = classroom.lines(visitors, minutes)
    elif arguments.pupils is not None:
        from kdlab.bench.classroom import question

        lines = question.lines(_whole("--question", arguments.pupils, question.MOST_VISITORS))
    elif arguments.full_run:
        from kdlab.bench import full_run

        lines = full_run.as_json() if arguments.json else full_run.lines()
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
