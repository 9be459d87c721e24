"""The command line: ``python -m kdlab COMMAND``.

``open`` and ``test`` need nothing installed: they make ``.venv`` first. The others are generated
from the same configuration models as the sliders, and go on in ``.venv`` by themselves.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from pathlib import Path

from kdlab import bootstrap


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    if bootstrap.is_too_old():
        return 1
    if argv and argv[0] in bootstrap.COMMANDS:
        return bootstrap.main(argv)
    try:
        from kdlab import cli

        return cli.main(argv)
    except ModuleNotFoundError as error:
        if not error.name or error.name.split(".")[0] == "kdlab":
            raise  # a mistake of the lab's own
        python = bootstrap.venv_python()
        if python.exists() and Path(sys.prefix).resolve() != bootstrap.VENV.resolve():
            return bootstrap.hand_over([str(python), "-m", "kdlab", *argv])
        print(
            f"{error.name} is not installed in {sys.executable}.\n"
            "Run `python -m kdlab open` once: it installs everything needed into .venv.",
            file=sys.stderr,
        )
        return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
