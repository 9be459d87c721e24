"""How far somebody has read a job."""

from __future__ import annotations

from typing import NamedTuple

from kdlab.events import Event
from kdlab.jobs.job import Job


class News(NamedTuple):
    """What is new to a reader; ``anew``: the run began anew, what he had read no longer counts."""

    events: list[Event]
    anew: bool


class Reader:
    """Reads ``job`` from its first event on, each once."""

    def __init__(self, job: Job) -> None:
        self.job = job
        self._attempt = self._seen = 0

    def news(self) -> News:
        """What was told since the last time."""
        attempt, events = self.job.read(self._attempt, self._seen)
        anew = attempt != self._attempt and self._seen > 0
        self._seen = len(events) + (self._seen if attempt == self._attempt else 0)
        self._attempt = attempt
        return News(events, anew)

    @property
    def known(self) -> list[Event]:
        """All that it has read of the job's attempt."""
        return self.job.events_since(0)[: self._seen]

    @property
    def behind(self) -> bool:
        """Whether there is something that it has not read."""
        return bool(self.job.read(self._attempt, self._seen)[1])
