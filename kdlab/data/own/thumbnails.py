"""A few images of each class, to be looked at before anything is trained on them."""

from __future__ import annotations

import time

import numpy as np
from numpy.typing import NDArray

from kdlab.data.own.causes import UnreadableError
from kdlab.data.own.decode import decode
from kdlab.data.own.sources import open_source
from kdlab.data.own.survey import survey
from kdlab.data.uploads import in_hand

EACH, CLASSES = 4, 12
"""Images of a class, and classes that are shown some of."""
MOST_BYTES = 8 * 2**20
"""Of a file that is opened only to be shown."""


def thumbnails(folder: str, side: int, seconds: float) -> dict[str, list[NDArray[np.uint8]]]:
    """For each of the first classes of ``folder`` (a setting) some training images, (3, side, side)
    as the networks see them; what is unreadable, or would take longer than ``seconds`` in all, is
    left out. ArchiveError as from :func:`kdlab.data.images.load`."""
    end = time.monotonic() + seconds
    with in_hand(folder) as path, open_source(path) as source:
        steps = survey(source)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                layout = done.value
                break
            if time.monotonic() > end:
                return {}
        found: dict[str, list[NDArray[np.uint8]]] = {c: [] for c in layout.classes[:CLASSES]}
        chosen: dict[str, str] = {}
        for name, label in layout.members["train"]:
            few = sum(other == label for other in chosen.values()) < EACH
            if label in found and few and source.size(name) <= MOST_BYTES:
                chosen[name] = label
        for item in source.read(list(chosen)):
            if item is not None:
                try:
                    found[chosen[item[0]]].append(decode(*item, side))
                except UnreadableError:
                    continue
            if time.monotonic() > end:
                break
    return found
