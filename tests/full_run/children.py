"""Processes of a test, with which it talks line by line: it waits for what they say, never for
time. A child that ends or is stuck fails the test."""

import contextlib
import json
import os
import subprocess
import sys
import threading
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
STUCK_SECONDS = 600
"""A child that has said nothing for so long will not."""


class Child:
    """``python program arguments``, whose standard output is JSON lines."""

    def __init__(self, program, *arguments, pass_fds=(), **environment):
        self.process = subprocess.Popen(
            [sys.executable, str(Path(__file__).with_name(program)), *map(str, arguments)],
            cwd=ROOT,
            env={**os.environ, "PYTHONPATH": str(ROOT), **environment},
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            pass_fds=pass_fds,
            text=True,
        )

    @property
    def pid(self):
        return self.process.pid

    def hear(self):
        """The next thing that it says."""
        watch = threading.Timer(STUCK_SECONDS, self.process.kill)
        watch.start()
        try:
            line = self.process.stdout.readline()
        finally:
            watch.cancel()
        assert line, f"process {self.pid} has ended or was stuck"
        return json.loads(line)

    def say(self, **what):
        self.process.stdin.write(json.dumps(what) + "\n")
        self.process.stdin.flush()

    def kill(self):
        """As a power cut does."""
        self.process.kill()
        self.process.wait()

    def end(self):
        self.process.kill()
        with contextlib.suppress(OSError):
            self.process.stdin.close()
        self.process.stdout.close()
        self.process.wait()


class Rivals:
    """Two processes of ``rivals.py`` that are released by one write."""

    def __init__(self, *modes, count=2):
        gate, self._gate = os.pipe()
        self.children = [Child("rivals.py", gate, *modes, pass_fds=(gate,)) for _ in range(count)]
        os.close(gate)

    def ask(self, do, path):
        """All get ready, and are let go at the same instant."""
        for child in self.children:
            child.say(do=do, path=str(path))
        for child in self.children:
            assert child.hear() == {"ready": child.pid}
        os.write(self._gate, b"." * len(self.children))

    def end(self):
        os.close(self._gate)
        for child in self.children:
            child.end()
