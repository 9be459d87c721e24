"""Where workers come from on Linux: one process imports what all of them need, and becomes a worker
by a fork each time one is asked for. So their memory is one another's until they write to it, and
a new one is there at once.

Not on macOS, whose own frameworks may not be used after a fork, and not on Windows, which has none:
there each worker imports everything for itself (``workers.Spawned``).

It reads lines from its standard input, a log's path each, and starts a worker that writes there;
it answers on its standard output with "+ NUMBER PID" and, once a worker has ended, or could not be
forked, "- NUMBER". When its input ends, or it is told to end, it ends its workers first. It has no
thread: a fork copies only one.
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

PARENT_SECONDS = 0.5
"""Between two looks whether the server is still there, before the input tells."""


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
    """The children of this process. ``become`` is what each is, to its end; ``say`` tells of them,
    a line at a time."""

    def __init__(self, become: Callable[[], None], say: Mouth) -> None:
        self._become = become
        self._say = say
        self._numbers: dict[int, int] = {}
        self._count = 0

    def serve(self, asked: Lines) -> None:
        """Fork for each line of ``asked``, to its end; then end all children."""
        gc.collect()
        gc.freeze()  # what is here now is never looked at by a child's collector, and stays shared
        try:
            while True:
                log = asked.next(LOOK_SECONDS)
                if log:
                    self._fork(log)
                self._reap()
        except EOFError:
            pass
        finally:
            self._end()

    def _fork(self, log: str) -> None:
        number, self._count = self._count, self._count + 1
        try:
            child = os.fork()
        except OSError as error:  # no memory, or too many processes: the others go on
            os.write(2, f"no worker could be forked: {error}\n".encode())
            self._say(f"- {number}")
            return
        if not child:
            self._be(log)
        self._numbers[child] = number
        self._say(f"+ {number} {child}")

    def _be(self, log: str) -> None:
        """In the child: never returns."""
        status = 1
        try:
            signal.signal(signal.SIGTERM, signal.SIG_DFL)
            self._say.close()
            put(log, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 1, 2)
            put(os.devnull, os.O_RDONLY, 0)
            random.seed()
            self._become()
            status = 0
        except BaseException:
            sys.excepthook(*sys.exc_info())
        finally:
            os._exit(status)

    def _reap(self) -> None:
        for child in self._ended():
            number = self._numbers.pop(child, None)
            if number is not None:
                self._say(f"- {number}")

    def _ended(self) -> Iterator[int]:
        with suppress(ChildProcessError):  # there is none
            while child := os.waitpid(-1, os.WNOHANG)[0]:
                yield child

    def _end(self) -> None:
        for which in (signal.SIGTERM, signal.SIGKILL):
            for child in self._numbers:
                with suppress(ProcessLookupError):
                    os.kill(child, which)
            limit = time.monotonic() + END_SECONDS
            while self._numbers and time.monotonic() < limit:
                for child in self._ended():
                    self._numbers.pop(child, None)
                time.sleep(0.02)


def put(path: str, how: int, *places: int) -> None:
    """Have the descriptors ``places`` be the file at ``path``."""
    opened = os.open(path, how, 0o600)
    for place in places:
        os.dup2(opened, place)
    os.close(opened)


class Mouth:
    """Writes lines to the standard output of this process, to which nobody else writes from now on:
    what is imported may print, and that goes where errors go."""

    def __init__(self) -> None:
        self._kept = os.dup(1)
        os.dup2(2, 1)

    def __call__(self, line: str) -> None:
        """Say it, where somebody listens."""
        with suppress(OSError):  # nobody does any more: the input ends next
            os.write(self._kept, f"{line}\n".encode())

    def close(self) -> None:
        """For a child, which has nothing to say."""
        os.close(self._kept)


def watch_over(parent: int) -> Callable[[], None]:
    """While this process imports, end it when ``parent`` has gone, and when it is told to. What is
    returned ends that: from then on it is told to end by its input. No thread: see above."""

    def look(*_: object) -> None:
        if os.getppid() != parent:
            os._exit(0)

    signal.signal(signal.SIGALRM, look)
    signal.siginterrupt(signal.SIGALRM, False)  # no library fails for being looked after
    signal.setitimer(signal.ITIMER_REAL, PARENT_SECONDS, PARENT_SECONDS)

    def ready() -> None:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGTERM, _stop)

    return ready


def _stop(*_: object) -> None:
    """As if the input had ended: what waits for it goes on, and whatever else is at work first
    finishes that."""
    put(os.devnull, os.O_RDONLY, 0)
