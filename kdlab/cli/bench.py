"""``python -m kdlab bench``: the lab's speed on this machine, as tables."""

from __future__ import annotations

import argparse
from typing import Any


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``bench``."""
    parser = commands.add_parser(name, help=about)
    parser.add_argument(
        "--full-run",
        action="store_true",
        help="instead: full runs on the device at hand, against how the known libraries train",
    )
    parser.set_defaults(run=_bench)


def _bench(arguments: argparse.Namespace) -> int:
    if arguments.full_run:
        from kdlab.bench import full_run

        lines = full_run.lines()
    else:
        from kdlab.bench import table

        lines = table.lines()
    for line in lines:
        print(line, flush=True)
    return 0
