"""Turning T and alpha of a run that goes on in a worker: what a page says, what the worker does.

::

    jobs = DISTILL.jobs(manager, config, 1, owner, steerable=True)
    turn(jobs, temperature=2.0, alpha=0.5)     # as often as somebody moves a slider
    history.take(jobs.news())                  # a Turned at the next epoch's end
    history.performed(config)                  # the configuration that repeats it
"""

from __future__ import annotations

import uuid
from collections.abc import Iterator

from kdlab.config import schedule
from kdlab.config.schema import DistilConfig
from kdlab.events import Event
from kdlab.experiments.run.run import run
from kdlab.jobs import mailbox
from kdlab.jobs.group import JobGroup, Task
from kdlab.training.course import Wish


def turn(jobs: JobGroup, temperature: float, alpha: float) -> None:
    """From the end of the epoch that goes on, T and alpha are to be these; ConfigError where they
    cannot be. The newest of several counts, and none in a run's last epoch or after its end."""
    wish = DistilConfig.parse({"temperature": temperature, "alpha": alpha})
    jobs.tell({"temperature": wish.temperature, "alpha": wish.alpha})


def tasks(config: DistilConfig, key: str = "") -> list[Task]:
    """The job of a run that somebody turns: a new one, or that of this ``key``. Nobody joins it,
    whoever asks for the same meanwhile: nobody but him knows its key."""
    return [Task(steered, (config,), key or f"{config.fingerprint()} {uuid.uuid4().hex}")]


def steered(config: DistilConfig) -> Iterator[Event]:
    """The run that a worker does, asking its mailbox at each epoch's end."""
    box = mailbox.current()
    return run(config, steering=lambda: _wish(box.take()))


def _wish(message: mailbox.Message | None) -> Wish | None:
    """None where the message, from another version of the lab, is no such wish."""
    try:
        (found,) = schedule.read([[0, message["temperature"], message["alpha"]]] if message else [])
    except (KeyError, ValueError):
        return None
    return found.temperature, found.alpha
