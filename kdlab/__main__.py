"""The command line: ``python -m kdlab COMMAND``.

``open`` and ``test`` need nothing installed: they make ``.venv`` first. The others are generated
from the same configuration models as the sliders.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from kdlab import bootstrap


def main(argv: Sequence[str]) -> int:
    """Run one command; returns the exit code."""
    if argv and argv[0] in bootstrap.COMMANDS:
        return bootstrap.main(argv)
    try:
        from kdlab import cli
    except ModuleNotFoundError as error:
        print(
            f"{error.name} is not installed in {sys.executable}.\n"
            "Run `python -m kdlab open` once (it installs what is needed into .venv), then use "
            "the Python of .venv.",
            file=sys.stderr,
        )
        return 1
    return cli.main(argv)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
