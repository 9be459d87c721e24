"""The player of a run: a list of events and a playhead on it.

The same player shows a run that is being trained, one that finished a moment ago and one from the
store. It knows neither Streamlit nor the workers; its clock is passed in.

::

                     play                        the head moves on (live run)
    paused <──────────────────> playing ──────────────────────────────> at the end: paused
              pause, step, seek

At full speed a live run is followed as it comes. A run that is over is replayed at the pace at
which it was trained, but in 4 to 8 seconds; the speed is a fraction of that pace.
"""

from __future__ import annotations

import math
import time
from collections.abc import Callable, Iterable

from kdlab.events import Event, RunFailed
from kdlab.experiments.run.history import History

SPEEDS: dict[str, float] = {"1x": 1.0, "1/4x": 0.25, "1/10x": 0.1, "1/40x": 0.025}
SHORTEST_SECONDS, LONGEST_SECONDS = 4.0, 8.0


class Player:
    """Events and the epoch that is shown. ``clock`` returns seconds that only grow."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.speed = 1.0
        self.clear()

    def clear(self) -> None:
        """No run."""
        self.events: list[Event] = []
        self.history = History()
        self.playing = False
        self._closed = False
        self._position = -1.0
        self._ticked = self._clock()

    def load(self, events: Iterable[Event], *, replay: bool) -> None:
        """A whole run: shown at its end, or played from its first epoch."""
        self.clear()
        self.take(events)
        if replay:
            self._position = 0.0
            self.play()
        else:
            self._position = float(self.head)

    def start(self) -> None:
        """A run whose events will come by :meth:`take`; followed from the beginning."""
        self.clear()
        self.playing = True

    def restart(self) -> None:
        """The same run from its beginning: what came of it no longer counts."""
        playing = self.playing
        self.clear()
        self.playing = playing

    def close(self) -> None:
        """No more events will come, though no event said so: the run was stopped, or it broke."""
        self._closed = True

    def take(self, events: Iterable[Event]) -> None:
        """Events that came since; the playhead goes along if it follows the head."""
        new = list(events)
        if not new:
            return
        follows = self.following
        self.events += new
        self.history.take(new)
        if follows or self._position < 0:
            self._position = float(self.head)

    @property
    def head(self) -> int:
        """The last epoch that there is, -1 before the students began."""
        return self.history.epoch

    @property
    def complete(self) -> bool:
        """Whether the events say the result."""
        return self.history.complete

    @property
    def failed(self) -> RunFailed | None:
        """Why there is no result, where the events say it."""
        return self.history.failed

    @property
    def told(self) -> bool:
        """The events say how the run ended."""
        return self.complete or self.failed is not None

    @property
    def ended(self) -> bool:
        """No more events will come."""
        return self.told or self._closed

    @property
    def empty(self) -> bool:
        """Nothing was loaded or started, or nothing has come yet."""
        return not self.events

    @property
    def following(self) -> bool:
        """Whether what comes is shown at once."""
        return self.playing and self.speed >= 1 and not self.ended

    @property
    def epoch(self) -> int:
        """The epoch that is shown, -1 before the students began."""
        return int(self._position) if self._position >= 0 else -1

    @property
    def moving(self) -> bool:
        """Whether the picture will change by itself."""
        return self.playing and (not self.ended or self._position < self.head)

    @property
    def view(self) -> History:
        """The run as it stood after the epoch that is shown."""
        return self.history.upto(self.epoch)

    @property
    def pace(self) -> float:
        """Epochs a second at full speed."""
        seconds = self.history.epochs[-1].seconds if self.history.epochs else 0.0
        return max(self.head, 1) / min(max(seconds, SHORTEST_SECONDS), LONGEST_SECONDS)

    def tick(self, longest: float = math.inf) -> int:
        """Move the playhead by the time that has passed, by ``longest`` seconds at most; returns
        the epoch that is shown."""
        now = self._clock()
        passed, self._ticked = min(now - self._ticked, longest), now
        if self.playing:
            if self.following:
                self._position = float(self.head)
            elif self._position >= 0:
                ahead = self._position + passed * self.pace * self.speed
                self._position = min(ahead, float(self.head))
            if self.ended and self._position >= self.head:
                self.playing = False
        return self.epoch

    def play(self) -> None:
        """Go on; from the beginning if the end is shown."""
        if self.ended and self._position >= self.head:
            self._position = float(min(self.head, 0))
        self._ticked = self._clock()
        self.playing = True

    def pause(self) -> None:
        """Hold the picture. A live run goes on in the background."""
        self.playing = False

    def step(self, epochs: int = 1) -> None:
        """Hold, and show the next epoch, or one before."""
        self.seek(self.epoch + epochs)

    def seek(self, epoch: int) -> None:
        """Hold, and show ``epoch``, or the nearest that there is."""
        self.pause()
        self._position = float(min(max(epoch, min(self.head, 0)), self.head))

    def to_end(self) -> None:
        """Show the newest epoch; a live run is followed from here."""
        self._position = float(self.head)
        self.speed = 1.0
        self.playing = not self.ended
