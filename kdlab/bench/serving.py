"""The lab as its visitors meet it: a server of its own, and a browser.

For measurements and for the browser tests. Streamlit runs as a separate process, so that the core
still imports nothing of it; playwright is imported only where a browser is started.
"""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.request import urlopen

import psutil

from kdlab.bootstrap import STREAMLIT

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[2]
PATIENCE_SECONDS = 300.0
STOP_SECONDS = 60.0
NO_VARIABLES: Mapping[str, str] = {}

QUIET = (
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
"""A browser that asks nobody anything by itself."""

LOGGED = re.compile(r"Traceback|\b(ERROR|CRITICAL|WARNING|Error|Exception|Warning)\b")
CLOSED_TAB = re.compile(
    # Not anchored at its head: uvicorn's prefix differs with the terminal.
    r"[^\n]*Exception in ASGI application\n(?:(?!^\S*WebSocketDisconnected).*\n)*?"
    r"^\S*WebSocketDisconnected.*\n?"
    # One may have been raised while another was handled: all of them are one report.
    r"(?:\n(?:During handling|The above exception).*\n\n(?:(?!^\S*WebSocketDisconnected).*\n)*?"
    r"^\S*WebSocketDisconnected.*\n?)*",
    re.MULTILINE,
)
"""A tab that closes while Streamlit 1.67 sends to it: starlette 1.10 raises an exception that
Streamlit does not expect. Nothing is lost, the session ends as it should."""


def trouble(log: str) -> list[str]:
    """Lines of a server's log that report a fault, those that are known to be harmless left out."""
    return [line for line in CLOSED_TAB.sub("", log).splitlines() if LOGGED.search(line)]


@dataclass
class Served:
    """A running lab: its address, its process, and what it writes to its log."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path
    left_behind: list[str] = field(default_factory=list)
    """Command lines of processes that outlived the server and had to be killed."""

    def said(self) -> str:
        """The log so far."""
        return self.log.read_text(encoding="utf-8", errors="replace")

    def stop(self) -> None:
        """End the server and see that its workers end too; a second call does nothing."""
        if self.process.poll() is not None:
            return
        family = psutil.Process(self.process.pid).children(recursive=True)
        self.process.terminate()
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            self.process.kill()
            self.process.wait()
        _, alive = psutil.wait_procs(family, timeout=STOP_SECONDS)
        for process in alive:
            try:
                self.left_behind.append(" ".join(process.cmdline()))
                process.kill()
            except psutil.NoSuchProcess:
                continue


@contextmanager
def lab(
    folder: Path,
    script: str = "app.py",
    trust: str = "everybody",
    port: int | None = None,
    variables: Mapping[str, str] = NO_VARIABLES,
) -> Iterator[Served]:
    """Serve app.py, or another ``script``, on ``port``, by default a free one, of the loopback
    interface to the end.

    Results go to ``folder``/home and the log to ``folder``/server.log. Edits of the sources while
    it runs change nothing. ``trust`` is its KDLAB_TRUST: by default whoever comes is its owner, as
    nobody else can reach it; ``variables`` are more of its environment. RuntimeError with the end
    of the log where it does not come up.
    """
    port = port or _free_port()
    environment = {k: v for k, v in os.environ.items() if k != "KDLAB_SCHEDULER"}
    environment |= {"KDLAB_HOME": str(folder / "home"), "KDLAB_TRUST": trust}
    environment |= variables
    options = {
        "port": port,
        "address": "127.0.0.1",
        "headless": "true",
        "fileWatcherType": "none",
    }
    command = [sys.executable, "-c", STREAMLIT, "run", script]
    for name, value in options.items():
        command += [f"--server.{name}", str(value)]
    path = folder / "server.log"
    with path.open("wb") as log:
        process = subprocess.Popen(
            command,
            cwd=ROOT,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=subprocess.STDOUT,
        )
    served = Served(f"http://127.0.0.1:{port}", process, path)
    try:
        _wait_for(served)
        yield served
    finally:
        served.stop()


def chromium() -> str | None:
    """The browser's program: KDLAB_CHROMIUM, or what this machine has installed; None without."""
    names = ("chromium", "chromium-browser", "google-chrome", "chrome")
    found = (os.environ.get("KDLAB_CHROMIUM"), *(shutil.which(name) for name in names))
    return next((path for path in found if path), None)


@contextmanager
def browser(*more: str) -> Iterator[Browser]:
    """A browser without a window until the block ends, with ``more`` options of Chromium's command
    line; RuntimeError where there is none."""
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        raise RuntimeError("playwright is not installed") from None
    program = chromium()
    if program is None:
        raise RuntimeError("Chromium is not installed; KDLAB_CHROMIUM may name a program")
    # Chromium refuses its sandbox to root, which is who runs in a container.
    root = sys.platform == "linux" and os.geteuid() == 0
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(
            executable_path=program, args=[*QUIET, *(["--no-sandbox"] if root else []), *more]
        )
        try:
            yield started
        finally:
            started.close()


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _wait_for(served: Served) -> None:
    deadline = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < deadline and served.process.poll() is None:
        try:
            with urlopen(f"{served.url}/_stcore/health", timeout=5) as answer:
                if answer.status == 200:
                    return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError(f"the server did not come up: {served.said()[-2000:]}")
