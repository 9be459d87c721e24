"""``python -m kdlab open`` and ``test`` on a fresh machine: make .venv, install, go on inside it.

Standard library only, the same on Linux, macOS and Windows. uv installs in seconds what plain pip
takes minutes for.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys
import venv
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
VENV = ROOT / ".venv"
COMMANDS = {
    "open": "install what is needed into .venv and open the lab in the browser",
    "test": "install what is needed into .venv and run all tests",
}


def main(argv: Sequence[str]) -> int:
    """``open [streamlit options]`` or ``test [pytest options]``; returns the exit code."""
    if sys.version_info < (3, 11):  # noqa: UP036 - this file runs before anything checked it
        version = ".".join(map(str, sys.version_info[:3]))
        print(f"This is Python {version}. The lab needs 3.11 or newer.", file=sys.stderr)
        return 1
    command, options = argv[0], list(argv[1:])
    try:
        python = install()
    except subprocess.CalledProcessError as error:
        print(
            f"Installing failed (exit code {error.returncode}); the lines above say why.\n"
            "Check the network and the free disk space (about 6 GB), then run the same command "
            "again: it goes on where it stopped.",
            file=sys.stderr,
        )
        return 1
    if command == "test":
        return subprocess.call([python, "-m", "pytest", *options], cwd=ROOT)
    try:
        return subprocess.call([python, "-m", "streamlit", "run", "app.py", *options], cwd=ROOT)
    except KeyboardInterrupt:
        return 0


def install() -> str:
    """The path of .venv's Python, after everything in requirements.txt is there.

    A stamp of the requirements lies in .venv, so that a second call starts at once.
    """
    python = VENV / ("Scripts/python.exe" if os.name == "nt" else "bin/python")
    requirements = ROOT / "requirements.txt"
    stamp = VENV / "kdlab-installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest()
    if python.exists() and stamp.exists() and stamp.read_text() == wanted:
        return str(python)
    print("Installing into .venv (once; a few minutes, about 6 GB on Linux) ...", file=sys.stderr)
    if not python.exists():
        venv.create(VENV, with_pip=True)
    pip = [str(python), "-m", "pip", "--disable-pip-version-check", "install", "--quiet", "uv"]
    subprocess.check_call(pip)
    uv = [str(python), "-m", "uv", "pip", "install", "--python", str(python)]
    subprocess.check_call([*uv, "--requirement", str(requirements)])
    stamp.write_text(wanted)
    return str(python)
