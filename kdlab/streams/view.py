"""A view: a pure function of what a feed has told; and its value over time, as deltas."""

from __future__ import annotations

import itertools
import json
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, NamedTuple

from kdlab.streams.deltas import delta

SMALL = 500
"""Bytes for which it is not worth while to send a value whole."""
MOST_BYTES = 4_000_000
"""Of deltas kept for a view; whoever has read less than they tell is sent the whole value."""


@dataclass(frozen=True)
class View:
    """``function(told, *args)``, a value that JSON can hold. Views of the same function and
    arguments are one, whoever asks: so a class that watches one run costs what one visitor does.
    The function stands at the top of a module, the arguments can be hashed."""

    function: Callable[..., Any]
    args: tuple[Any, ...] = ()

    def of(self, told: Any) -> Any:
        """The value now."""
        return self.function(told, *self.args)


class Change(NamedTuple):
    """What a view has become: its ``value``; ``text``, JSON, of all of it or of what changed."""

    value: Any
    text: str


class Deltas:
    """The values of one view: the newest as a whole, and what changed with each number. One thread
    at a time makes changes; what they are put into is read by others, behind a lock."""

    def __init__(self) -> None:
        self.number = 0
        """With which the value changed last."""
        self._value: Any = None
        self._known = False
        self._whole: str | None = None
        self._length = 0
        self._log: deque[tuple[int, str]] = deque()
        self._bytes = 0
        self._first = 0
        """Whoever has read up to here or further can be told by deltas."""

    def change(self, value: Any) -> Change | None:
        """What there is to put where the value is ``value`` now; None where it is the same as
        before. It is kept, so nobody may change it. ValueError for what no JSON can hold."""
        changed = delta(self._value, value) if self._known else value
        return Change(value, _text(changed)) if changed or not self._known else None

    def put(self, change: Change | None, number: int) -> bool:
        """It came with ``number``; whether there was any."""
        if change is None:
            return False
        if not self._known:
            self._whole, self._length = change.text, len(change.text)
            self._known, self._value, self.number, self._first = True, change.value, number, number
            return True
        self._value, self.number, self._whole = change.value, number, None
        self._log.append((number, change.text))
        self._bytes += len(change.text)
        while self._bytes > MOST_BYTES:
            self._first, gone = self._log.popleft()
            self._bytes -= len(gone)
        return True

    def since(self, read: int | None) -> str | None:
        """JSON for a reader who has the value up to number ``read`` (None: he has none): either
        ``{"is": value}`` or ``{"by": [delta, ...]}``; None where nothing has changed since."""
        if read is not None and read >= self._first:
            if self.number <= read:
                return None
            missed = list(itertools.takewhile(lambda one: one[0] > read, reversed(self._log)))
            # Its length is that of a while ago: to know it exactly is to write it anew each time.
            if sum(len(text) for _, text in missed) < max(self._length, SMALL):
                return f'{{"by":[{",".join(text for _, text in reversed(missed))}]}}'
        return f'{{"is":{self.whole}}}' if self._known else None

    @property
    def whole(self) -> str:
        """The newest value."""
        if self._whole is None:
            self._whole = _text(self._value)
            self._length = len(self._whole)
        return self._whole


def _text(value: Any) -> str:
    """ValueError for what no JSON can hold, NaN above all."""
    return json.dumps(value, separators=(",", ":"), allow_nan=False)
