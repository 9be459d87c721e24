"""A steered run that workers can import; it is held up until a test lets it go on."""

from __future__ import annotations

import time
from collections.abc import Iterator
from pathlib import Path

from kdlab.config.schema import DistilConfig
from kdlab.events import Event, StudentsEpoch
from kdlab.experiments.run import steering


def held(config: DistilConfig, folder: str, epochs: tuple[int, ...]) -> Iterator[Event]:
    """After each of ``epochs`` it waits for a file of that number in ``folder``."""
    for event in steering.steered(config):
        yield event
        if isinstance(event, StudentsEpoch) and event.epoch in epochs:
            while not (Path(folder) / str(event.epoch)).exists():
                time.sleep(0.02)
