"""Brings what pages tell running jobs to their workers; the keeper's thread alone uses it.

Of each job one message at most is on its way. What was told meanwhile follows it, the newest alone.
"""

from __future__ import annotations

import functools
import logging
import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdlab.jobs import mailbox
from kdlab.jobs.job import Job, Letter

if TYPE_CHECKING:
    from distributed import Client

AGAIN_SECONDS = 1.0
"""Before a message that did not arrive is sent again: its worker may have died, and the next
attempt of its job gets it then."""

log = logging.getLogger(__name__)


@dataclass
class _OnItsWay:
    letter: Letter
    sent: float
    done: bool = False
    arrived: bool = False
    """Its worker has answered, also that the job has ended there."""


class Post:
    """``look`` is called, in Dask's thread, when a message has arrived or was lost."""

    def __init__(self, look: Callable[[], None]) -> None:
        self._look = look
        self._going: dict[str, _OnItsWay] = {}

    def bring(self, client: Client, job: Job) -> None:
        """Send what ``job`` was told, if its worker does not have it yet."""
        going = self._going.get(job.id)
        if going is not None:
            if going.arrived:
                job._got(going.letter)
            elif not going.done or time.monotonic() < going.sent + AGAIN_SECONDS:
                return
            del self._going[job.id]
        letter = job._letter()
        if letter is not None:
            assert client.loop is not None
            going = self._going[job.id] = _OnItsWay(letter, time.monotonic())
            client.loop.add_callback(functools.partial(self._send, client, job.id, going))

    def forget(self, job: Job) -> None:
        """The job has ended: nothing more is brought to it."""
        self._going.pop(job.id, None)

    async def _send(self, client: Client, job: str, going: _OnItsWay) -> None:
        letter = going.letter
        try:
            answers = await client.run(
                mailbox.deliver,
                *(job, letter.number, letter.message),
                workers=[letter.worker],
                on_error="ignore",
                asynchronous=True,
            )
            going.arrived = bool(answers)
        except Exception:  # whatever Dask met: the connection's own check tells of it
            log.debug("a message to a job did not arrive", exc_info=True)
        going.done = True
        self._look()
