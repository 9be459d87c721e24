"""Where workers come from on Linux: one process imports what all of them need, and becomes a worker
by a fork each time one is asked for. So their memory is one another's until they write to it, and
a new one is there at once.

Not on macOS, whose own frameworks may not be used after a fork, and not on Windows, which has none:
there each worker imports everything for itself (``workers.Spawned``).

It reads lines from its standard input, a log's path each, and starts a worker that writes there;
it answers on its standard output with "+ NUMBER PID" and, once a worker has ended, "- NUMBER". When
its input ends, or it is told to end, it ends its workers first. It has no thread: a fork copies
only one.
"""

from __future__ import annotations

import gc
import os
import random
import select
import signal
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import suppress

LOOK_SECONDS = 0.2
"""Between two looks whether a worker has ended."""

END_SECONDS = 1.5
"""A worker that is told to end and does not is killed after these."""


class Lines:
    """Lines of a file descriptor as they come, without a thread and without reading too far."""

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._read = b""

    def next(self, seconds: float | None) -> str | None:
        """The next one, without its end; None where none has come within ``seconds``. EOFError once
        there are no more."""
        while b"\n" not in self._read:
            if not select.select([self._descriptor], [], [], seconds)[0]:
                return None
            more = os.read(self._descriptor, 65536)
            if not more:
                raise EOFError
            self._read += more
        line, _, self._read = self._read.partition(b"\n")
        return line.decode()


class Nursery:
    """The children of this process. ``become`` is what each is, to its end."""

    def __init__(self, become: Callable[[], None]) -> None:
        self._become = become
        self._numbers: dict[int, int] = {}
        self._count = 0

    def serve(self, asked: Lines) -> None:
        """Fork for each line of ``asked``, to its end; then end all children."""
        gc.collect()
        signal.signal(signal.SIGTERM, _stop)
        gc.freeze()  # what is here now is never looked at by a child's collector, and stays shared
        with suppress(EOFError):
            while True:
                log = asked.next(LOOK_SECONDS)
                if log:
                    self._fork(log)
                self._reap()
        self._end()

    def _fork(self, log: str) -> None:
        number, self._count = self._count, self._count + 1
        child = os.fork()
        if not child:
            self._be(log)
        self._numbers[child] = number
        _say(f"+ {number} {child}")

    def _be(self, log: str) -> None:
        """In the child: never returns."""
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            nothing = os.open(os.devnull, os.O_RDONLY)
            told = os.open(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600)
            for descriptor, place in ((nothing, 0), (told, 1), (told, 2)):
                os.dup2(descriptor, place)
            random.seed()
            self._become()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for child in self._ended():
            _say(f"- {self._numbers.pop(child)}")

    def _ended(self) -> Iterator[int]:
        while self._numbers:
            child, _ = os.waitpid(-1, os.WNOHANG)
            if not child:
                return
            yield child

    def _end(self) -> None:
        self._signal(signal.SIGTERM)
        limit = time.monotonic() + END_SECONDS
        while self._numbers and time.monotonic() < limit:
            for child in self._ended():
                del self._numbers[child]
            time.sleep(0.02)
        self._signal(signal.SIGKILL)

    def _signal(self, which: signal.Signals) -> None:
        for child in self._numbers:  # none of these was waited for, so that its number is still its
            with suppress(ProcessLookupError):
                os.kill(child, which)


def _stop(*_: object) -> None:
    """As if the input had ended; once."""
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    raise EOFError


def _say(line: str) -> None:
    with suppress(OSError):  # nobody listens any more: the input ends next
        os.write(1, f"{line}\n".encode())
