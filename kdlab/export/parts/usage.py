"""What a script answers to ``--help``."""

from __future__ import annotations

import sys
import textwrap
from pathlib import Path


def usage(takes: str = "") -> None:
    """Answer ``--help``: what this file does and ``takes``, and the constants that may be
    changed."""
    given = (
        sys.argv[1:] if "__file__" in globals() else []
    )  # a notebook's arguments are not for this script
    if not given:
        return
    file = Path(__file__)
    if not {"-h", "--help"} & set(given):
        raise SystemExit(
            f"{' '.join(given)}: {file.name} has no option but --help. Change the constants at its "
            "top instead."
        )
    _, _, below = file.read_text(encoding="utf-8").partition("\n# What to change -")
    constants = below.partition("\n\n")[2].partition("\n\n")[0]
    print(f"Usage: python {file.name} [--help]{takes}\n\n{(__doc__ or '').strip()}\n")
    print("There are no other options. Change these constants, at the top of the file:\n")
    print(textwrap.indent(constants, "    "))
    raise SystemExit


def file_named(usual: Path) -> Path:
    """The file that the command line names, else the ``usual`` one; all else is for
    :func:`usage`."""
    given = sys.argv[1:] if "__file__" in globals() else []
    if len(given) == 1 and not given[0].startswith("-"):
        return Path(given[0])
    usage(" [FILE]")
    return usual
