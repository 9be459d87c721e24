"""``python -m kdlab open`` and ``test`` on a fresh machine: make .venv, install, go on inside it.

Standard library only, the same on Linux, macOS and Windows, and free of newer syntax, so that an
old Python gets a sentence instead of a SyntaxError. uv installs in seconds what plain pip takes
minutes for.
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
WINDOWS = os.name == "nt"
OLDEST = (3, 11)
COMMANDS = {
    "open": "install the requirements into .venv and open the lab in the browser",
    "test": "install the requirements into .venv and run all tests",
}
USAGE = {
    "open": """\
usage: python -m kdlab open [--class [TITLE]] [options of streamlit run]

{}

  --class [TITLE]  open a class: other computers can reach the lab, and the addresses for the
                   class and for the instructor are printed (again: python -m kdlab class)""",
    "test": "usage: python -m kdlab test [options of pytest]\n\n{}",
}
CLASS, ADDRESS, EVERYWHERE = "--class", "--server.address", "0.0.0.0"
STREAMLIT = "from pages.ui.shell.launch import main; main()"
"""`streamlit`, whose address is told by the lab: see that module, which needs what is installed."""
ADVICE = """\
Check the network and the free disk space (about 6 GB), then run the same command again: it resumes
where it stopped."""
NO_PIP = """\
This Python cannot put pip into .venv. On Debian and Ubuntu: sudo apt install python3-venv
Then run the same command again."""
STOPPED = 130
"""Exit code after Ctrl-C, as shells have it."""
MOST_TESTING = 8
"""Processes that run tests at the same time."""


def main(argv: Sequence[str]) -> int:
    """``open [streamlit options]`` or ``test [pytest options]``; returns the exit code."""
    if is_too_old():
        return 1
    command, options = argv[0], list(argv[1:])
    if options[:1] in (["-h"], ["--help"]):
        print(USAGE[command].format(COMMANDS[command]))
        return 0
    if command == "open":
        options = for_class(options)
    try:
        python = install()
    except KeyboardInterrupt:
        print("Stopped. Run the same command again to resume.", file=sys.stderr)
        return STOPPED
    except subprocess.CalledProcessError as error:
        advice = NO_PIP if "ensurepip" in error.cmd else ADVICE
        print(
            f"Installation failed (exit code {error.returncode}); the lines above say why.\n"
            f"{advice}",
            file=sys.stderr,
        )
        return 1
    except OSError as error:
        print(f"Installation failed: {error}.\n{ADVICE}", file=sys.stderr)
        return 1
    if command == "test":
        return hand_over([python, "-m", "pytest", *side_by_side(), *options], ROOT)
    # Streamlit's first start on a machine would otherwise ask for an e-mail address and wait.
    ours = ["--server.showEmailPrompt", "false"]
    return hand_over([python, "-c", STREAMLIT, "run", "app.py", *ours, *options], ROOT)


def for_class(options: Sequence[str]) -> list[str]:
    """``options`` without ``--class [TITLE]``, which the server is told in its environment. For a
    class it listens to all, unless the options, or the environment, name another address."""
    rest = list(options)
    end = rest.index("--") if "--" in rest else len(rest)
    at = [n for n, word in enumerate(rest[:end]) if word == CLASS or word.startswith(f"{CLASS}=")]
    if not at:
        return rest
    place, count, title = at[0], 1, rest[at[0]].partition("=")[2]
    if rest[place] == CLASS and place + 1 < end and not rest[place + 1].startswith("-"):
        count, title = 2, rest[place + 1]
    del rest[place : place + count]
    os.environ["KDLAB_CLASS"] = "1"
    os.environ["KDLAB_CLASS_TITLE"] = title
    told = any(word == ADDRESS or word.startswith(f"{ADDRESS}=") for word in rest)
    if not told and not os.environ.get("STREAMLIT_SERVER_ADDRESS"):
        rest[:0] = [ADDRESS, EVERYWHERE]
    return rest


def side_by_side() -> list[str]:
    """Options of pytest: a process for each core that this one may use, up to MOST_TESTING, since
    each takes half a gigabyte; none of their own where there is one core."""
    own = getattr(os, "sched_getaffinity", lambda _: range(os.cpu_count() or 1))
    processes = min(len(own(0)), MOST_TESTING)
    if processes < 2:
        return ["-n", "0"]
    return ["-n", str(processes), "--dist", "loadscope", "--no-loadscope-reorder"]


def is_too_old() -> bool:
    """Whether this Python cannot run the lab; says so."""
    if sys.version_info >= OLDEST:
        return False
    version = ".".join(map(str, sys.version_info[:3]))
    print(f"This is Python {version}. The lab needs Python 3.11 or newer.", file=sys.stderr)
    return True


def venv_python() -> Path:
    """Where .venv's Python is, or will be."""
    return VENV / ("Scripts/python.exe" if WINDOWS else "bin/python")


def install() -> str:
    """The path of .venv's Python, after everything in requirements.txt is there.

    A stamp of the requirements lies in .venv, so that a second call starts at once.
    CalledProcessError or OSError where something failed.
    """
    python = venv_python()
    requirements = ROOT / "requirements.txt"
    stamp = VENV / "kdlab-installed"
    wanted = hashlib.sha256(requirements.read_bytes()).hexdigest().encode()
    if python.exists() and stamp.exists() and stamp.read_bytes() == wanted:
        return str(python)
    print("Installing into .venv (once; a few minutes, about 6 GB on Linux) ...", file=sys.stderr)
    if not python.exists():  # also where its Python was removed from the machine
        venv.create(VENV, clear=True, symlinks=not WINDOWS)
    run = [str(python), "-m"]
    nowhere = subprocess.DEVNULL
    if subprocess.call([*run, "pip", "--version"], stdout=nowhere, stderr=nowhere):
        subprocess.check_call([*run, "ensurepip", "--default-pip"], stdout=nowhere)
    pip = [*run, "pip", "--disable-pip-version-check", "install", "--quiet"]
    what = ["--requirement", str(requirements)]
    # uv does not read pip's settings: behind a mirror that pip knows, pip has to do it
    if subprocess.call([*pip, "uv"]) or subprocess.call(
        [*run, "uv", "pip", "install", "--python", str(python), *what]
    ):
        print("Trying again with pip, which takes longer ...", file=sys.stderr)
        subprocess.check_call([*pip, *what])
    stamp.write_bytes(wanted)
    return str(python)


def hand_over(command: Sequence[str], folder: Path | None = None) -> int:
    """Go on as ``command``, in ``folder`` or here; returns its exit code, or never.

    Where a process can become another one it does, so that signals reach the right one.
    """
    sys.stdout.flush()
    sys.stderr.flush()
    if not WINDOWS:
        os.chdir(folder or Path.cwd())
        os.execv(command[0], list(command))
    process = subprocess.Popen(list(command), cwd=folder)
    while True:
        try:
            return process.wait()
        except KeyboardInterrupt:
            pass  # it was told as well, and ends in its own way
