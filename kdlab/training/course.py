"""T and alpha of an arm's students over the epochs: as they are planned, or as somebody turns them
while the students learn. Needs no torch."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from kdlab.config.schedule import MOST_ENTRIES, Turn

Wish = tuple[float, float]
"""T and alpha, as somebody wants them from now on."""
Steering = Callable[[], Wish | None]
"""The newest wish since it was last asked, None where there is none."""


class Course:
    """Begins with ``temperature`` and ``alpha`` and follows ``schedule``."""

    def __init__(self, temperature: float, alpha: float, schedule: Iterable[Turn] = ()) -> None:
        self.now: Wish = (temperature, alpha)
        self._plan: dict[int, Wish] = {t.epoch: (t.temperature, t.alpha) for t in schedule}

    def at(self, epoch: int) -> Turn | None:
        """What holds from the end of ``epoch`` on, where that is something else than before; to be
        asked once of each epoch, in their order, but for the last, after which no step comes."""
        found = self._wanted(epoch)
        if found == self.now:
            return None
        self.now = found
        return Turn(epoch, *found)

    def _wanted(self, epoch: int) -> Wish:
        return self._plan.get(epoch, self.now)


class Steered(Course):
    """Follows whoever turns T and alpha: from the first wish that is not what was planned, nothing
    of the plan is left. ``fits`` makes of a wish what can be done, None where that is nothing."""

    def __init__(
        self,
        temperature: float,
        alpha: float,
        schedule: Iterable[Turn],
        steering: Steering,
        fits: Callable[[Wish], Wish | None],
    ) -> None:
        super().__init__(temperature, alpha, schedule)
        self._steering, self._fits = steering, fits
        self._entries = 0
        self.full = False
        """Whether there was a wish that no schedule has room for."""

    def at(self, epoch: int) -> Turn | None:
        """As :meth:`Course.at`; what holds from the start is no entry of a schedule."""
        turn = super().at(epoch)
        self._entries += turn is not None and epoch > 0
        return turn

    def _wanted(self, epoch: int) -> Wish:
        planned = super()._wanted(epoch)
        asked = self._steering()
        wish = None if asked is None else self._fits(asked)
        if wish is None or wish == planned:
            return planned
        if self._entries >= MOST_ENTRIES:
            self.full = True
            return planned
        self._plan = {}
        return wish
