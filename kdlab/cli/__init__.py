"""Commands on the same configuration models as the sliders: options are generated, not written.

Only the command that is asked for is imported: a GPU server without the app's packages has its full
runs all the same.

Progress goes to stderr, one JSON object (``--json``) or a short summary to stdout. Accuracies are
fractions in JSON and per cent in words.
"""

from __future__ import annotations

import argparse
import importlib
import io
import os
import sys
from collections.abc import Sequence

from kdlab import bootstrap
from kdlab.cli.options import not_an_option
from kdlab.config.base import Settings
from kdlab.errors import ConfigError, KdlabError

WRONG, FAILED, STOPPED, CLOSED = 2, 1, 130, 141
"""Exit codes: the command line, the run, Ctrl-C, and nobody who reads (as shells count signals)."""


COMMANDS = {
    "distill": (
        "experiment", "train a teacher, labels-only and distilled students, and compare them"
    ),
    "sweep": ("experiment", "map the result over two settings, each cell with several seeds"),
    "search": ("experiment", "find the best student within a size or speed limit"),
    "study": ("study", "answer a question by comparing students trained for equally long"),
    "clinic": (
        "clinic", "show measured verdicts on articles' claims, and what common mistakes cost"
    ),
    "full-run": ("full_run", "run a published experiment in full, on a GPU if there is one"),
    "compare": ("compare", "compare two runs side by side"),
    "export": ("export", "write trained networks as files for phones, browsers and servers"),
    "report": ("report", "write a result as a report to hand in, or its figures for slides"),
    "class": ("classes", "show the addresses and answers of this machine's classes"),
    "key": ("key", "print the address that makes its visitor the owner of this server"),
    "store": ("store", "show what is kept on this machine and its limits; free disk space"),
    "bench": ("bench", "measure the lab's speed on this machine"),
    "record": ("record", "regenerate the stored results under assets/ (for developers)"),
}  # fmt: skip
"""Command -> the module here that has it, and what it is for."""
ALIASES = {"distil": "distill"}


def main(argv: Sequence[str]) -> int:
    """Parse and run; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack a letter: no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _command(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # "| head" has read enough
        _read_by_nobody()
        return CLOSED
    return code


def _command(argv: Sequence[str]) -> int:
    parser = _parser(argv[0] if argv else "")
    if not argv:
        parser.print_help(sys.stderr)
        return WRONG
    try:
        arguments, unknown = parser.parse_known_args(argv)
        if unknown:
            model = getattr(arguments, "model", Settings)
            raise not_an_option(unknown[0], arguments.command, model)
        return int(arguments.run(arguments))
    except SystemExit as end:  # argparse: --help, or an option without its value
        return int(end.code or 0)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG
    except KdlabError as error:
        print(error, file=sys.stderr)
        return FAILED
    except (MemoryError, RuntimeError) as error:  # torch says it with a RuntimeError
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        print(
            "This run needs more memory than is available. "
            "Choose fewer seeds, smaller networks or smaller batches.",
            file=sys.stderr,
        )
        return FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED


def _parser(asked: str) -> argparse.ArgumentParser:
    """All commands by name, and the one that was asked for with its options."""
    parser = argparse.ArgumentParser(
        prog="python -m kdlab", description="The knowledge-distillation lab.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, what in bootstrap.COMMANDS.items():  # __main__ runs these, this lists them
        listed = commands.add_parser(name, help=what, add_help=False)
        listed.set_defaults(run=lambda arguments: bootstrap.main([arguments.command]))
    for name, (module, what) in COMMANDS.items():
        if ALIASES.get(asked, asked) == name:
            others = [alias for alias, known in ALIASES.items() if known == name]
            more = {"aliases": others} if others else {}
            importlib.import_module(f"kdlab.cli.{module}").add(commands, name, what, **more)
        else:
            commands.add_parser(name, help=what, add_help=False)
    return parser


def _read_by_nobody() -> None:
    """Let the interpreter close its streams without a second complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
