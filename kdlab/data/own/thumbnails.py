"""A few images of each class, to be looked at before anything is trained on them.

They are decoded where the page is made, for whoever names the archive: so few pixels of each, one
image at a time in the whole process, and no longer than a page may wait. What was not reached in
that time is there the next time that somebody looks.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from kdlab.data.own.decode import Decoded, decode_deep
from kdlab.data.own.depths import FULL_SCALE
from kdlab.data.own.sources import Source, open_source
from kdlab.data.own.survey import survey
from kdlab.data.uploads import in_hand
from kdlab.errors import ArchiveError

EACH, CLASSES = 4, 12
"""Images of a class, and classes that are shown some of."""
MOST_BYTES = 8 * 2**20
"""Of a file that is opened only to be shown."""
MOST_PIXELS = 4_000_000
"""Of an image that is decoded only to be shown, 16 MB: a camera's JPEG is decoded at an eighth of
its width and height, and only what cannot be has to be smaller."""
MOST_FRUITLESS = 3
"""Looks that may reach no image before the source counts as too slow to be looked at."""

_one_at_a_time = threading.Lock()


class Thumbnails:
    """Some training images of each of the first classes of ``folder`` (a setting), as networks see
    them that take ``side`` x ``side`` pixels.

    Images of more than 8 bits a channel are scaled by the bits that those shown use. What is
    unreadable or too large is left out. One object may be looked at from several threads.
    """

    def __init__(self, folder: str, side: int) -> None:
        self._folder = folder
        self._side = side
        self._chosen: dict[str, str] = {}
        self._classes: list[str] = []
        self._decoded: dict[str, Decoded | None] = {}
        """Of each image that was reached, None where it cannot be shown."""
        self._scaled: dict[str, Decoded] = {}
        """Those of more than 8 bits a channel again, by the depth that they use."""
        self._fruitless = 0
        self.whole = False
        """Whether there is no more to come."""

    def look(self, seconds: float) -> dict[str, list[NDArray[np.uint8]]]:
        """By class, images (3, side, side) so far, after at most about ``seconds`` more of work.
        ArchiveError, once, as from :func:`kdlab.data.images.load`."""
        end = time.monotonic() + seconds
        if not self.whole and _one_at_a_time.acquire(timeout=max(0.0, seconds)):
            try:
                self._go_on(end)
            except ArchiveError:
                self.whole = True  # it is the same each time
                raise
            finally:
                _one_at_a_time.release()
        return self._found()

    def _go_on(self, end: float) -> None:
        if self.whole:  # while this waited for its turn
            return
        before = len(self._decoded) + len(self._scaled)
        with in_hand(self._folder) as path, open_source(path) as source:
            if self._lists(source, end):
                names = [name for name in self._chosen if name not in self._decoded]
                for name, data in _until(end, source, names):
                    self._decoded[name] = self._shown(name, data, FULL_SCALE)
                if len(self._decoded) == len(self._chosen):
                    self.whole = self._scale(source, end)
        if len(self._decoded) + len(self._scaled) == before:
            self._fruitless += 1
            self.whole |= self._fruitless >= MOST_FRUITLESS

    def _lists(self, source: Source, end: float) -> bool:
        """List the source, and choose once what is shown of it; False where that takes too long."""
        if self._classes:
            return all(time.monotonic() <= end for _ in source.scan())
        steps = survey(source)
        while True:
            try:
                next(steps)
            except StopIteration as done:
                layout = done.value
                break
            if time.monotonic() > end:
                return False
        self._classes = list(layout.classes[:CLASSES])
        room = dict.fromkeys(self._classes, EACH)
        for name, label in layout.members["train"]:
            if room.get(label) and source.size(name) <= MOST_BYTES:
                self._chosen[name] = label
                room[label] -= 1
        return True

    def _scale(self, source: Source, end: float) -> bool:
        """Decode those of more than 8 bits again where they use fewer than 16, as
        :func:`kdlab.data.images.load` does; whether all are done."""
        depth = self._depth
        deep = [name for name, one in self._decoded.items() if one is not None and one.depth]
        if depth in (0, FULL_SCALE):
            return True
        for name, data in _until(end, source, [n for n in deep if n not in self._scaled]):
            if (found := self._shown(name, data, depth)) is not None:
                self._scaled[name] = found
        return all(name in self._scaled for name in deep)

    @property
    def _depth(self) -> int:
        """Bits that the values of those use that have more than 8; 0 where none has."""
        known = list(self._decoded.values())  # another thread may add to them
        return max((one.depth for one in known if one is not None), default=0)

    def _shown(self, name: str, data: bytes, depth: int) -> Decoded | None:
        with contextlib.suppress(ArchiveError):
            return decode_deep(name, data, self._side, depth, MOST_PIXELS)
        return None

    def _found(self) -> dict[str, list[NDArray[np.uint8]]]:
        """Of more than 8 bits only what is scaled: by 16 bits it may be black."""
        found: dict[str, list[NDArray[np.uint8]]] = {name: [] for name in self._classes}
        final = self._depth == FULL_SCALE
        for name, one in list(self._decoded.items()):
            shown = self._scaled.get(name) if one and one.depth and not final else one
            if shown is not None:
                found[self._chosen[name]].append(shown.pixels)
        return found


def _until(end: float, source: Source, names: list[str]) -> Iterator[tuple[str, bytes]]:
    """Those of ``names`` that can be read before ``end``."""
    if not names:
        return
    for item in source.read(names):
        if item is not None:
            yield item
        if time.monotonic() > end:
            return
