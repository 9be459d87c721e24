"""What changes by itself and is no job: the server looks at it, and tells who is there to see."""

from __future__ import annotations

from collections.abc import Callable, Hashable
from typing import Any

from kdlab.streams.source import Told


class Looked:
    """What ``read`` gives, looked at every ``seconds`` until ``over`` says of it that it will not
    change any more. Sources of the same ``key`` are the same."""

    def __init__(
        self,
        key: Hashable,
        read: Callable[[], Any],
        over: Callable[[Any], bool],
        seconds: float = 1.0,
    ) -> None:
        self._key = key
        self._read = read
        self._over = over
        self.seconds = seconds
        self._found = read()

    @property
    def key(self) -> Hashable:
        """Names it."""
        return self._key

    @property
    def told(self) -> Told:
        """What was read last, as the history of views."""
        return Told(self._found, 0)

    @property
    def over(self) -> bool:
        """Whether it stays as it is."""
        return self._over(self._found)

    def listen(self, call: Callable[[], None]) -> None:
        """Nothing says when there is news."""

    def look(self) -> bool:
        """Read it."""
        before, self._found = self._found, self._read()
        return bool(before != self._found)

    def joined(self, other: Any) -> None:
        """Another page looks at the same."""

    def left(self, other: Any) -> None:
        """A page looks at it no more."""

    def unlisten(self) -> None:
        """Nobody was called."""

    def renew(self) -> None:
        """It goes on whether anybody looks or not."""
