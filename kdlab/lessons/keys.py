"""Values of a piece of TOML, checked one by one; what is wrong is told at its line."""

from __future__ import annotations

import math
from dataclasses import dataclass, field
from typing import Any

from kdlab.data.naming import visible
from kdlab.lessons.mistakes import Spot
from kdlab.lessons.places import meant, quoted


@dataclass
class Keys:
    """``values`` of ``what`` (“the front matter”). Those that were asked for are known; all others
    are told by :meth:`rest`."""

    spot: Spot
    what: str
    values: dict[str, Any]
    known: set[str] = field(default_factory=set)

    def __contains__(self, key: str) -> bool:
        return key in self.values

    def line(self, key: str, most: int) -> str:
        """A text in one line of at most ``most`` characters, which has to be there."""
        self.known.add(key)
        if key not in self.values:
            self.spot.add(f'{self.what} lacks {key} = "…"')
            return ""
        return self._line(key, self.values[key], most)

    def lines(self, key: str, most: int, length: int = 200) -> tuple[str, ...]:
        """A list of at most ``most`` such texts; one text counts as a list of it."""
        self.known.add(key)
        found = self.values.get(key, [])
        found = [found] if isinstance(found, str) else found
        if not isinstance(found, list):
            self.spot.add(f'{key} is {_kind(found)}; it is a list of texts: ["…", "…"]', key)
            return ()
        if len(found) > most:
            self.spot.add(f"{key} has {len(found)} texts; at most {most} are read", key)
        return tuple(self._line(key, each, length) for each in found[:most])

    def number(
        self, key: str, low: float, high: float, default: float | None = None, whole: bool = False
    ) -> float:
        """A number from ``low`` to ``high``; it has to be there where there is no ``default``."""
        self.known.add(key)
        noun = "a whole number" if whole else "a number"
        if key not in self.values:
            if default is None:
                self.spot.add(f"{self.what} lacks {key} = {noun} from {low:g} to {high:g}")
            return low if default is None else default
        found = self.values[key]
        fits = isinstance(found, int if whole else int | float) and not isinstance(found, bool)
        if not fits or not (low <= found <= high) or not math.isfinite(found):
            said = f"{found}"[:40] if isinstance(found, int | float) else _kind(found)
            self.spot.add(f"{key} is {said}; it is {noun} from {low:g} to {high:g}", key)
            return low
        return float(found)

    def one_of(self, key: str, allowed: tuple[str, ...]) -> str:
        """One of the texts ``allowed``, which has to be there."""
        found = self.line(key, 60)
        if found and found not in allowed:
            self.spot.add(f"{key} is {quoted(found)}; allowed: {', '.join(allowed)}", key)
            return ""
        return found

    def rest(self, *others: str) -> None:
        """Tell the keys that nothing asked for; ``others`` may be there, too."""
        self.known.update(others)
        for key in self.values:
            if key not in self.known:
                allowed = sorted(self.known)
                self.spot.add(
                    f"{self.what} has {quoted(key)}, which means nothing here{meant(key, allowed)}",
                    key,
                )

    def _line(self, key: str, found: Any, most: int) -> str:
        if not isinstance(found, str):
            self.spot.add(f"{key} is {_kind(found)}; it is a text in quotation marks", key)
            return ""
        text = visible(" ".join(found.split()))
        if not text:
            self.spot.add(f"{key} is empty", key)
        if len(text) > most:
            self.spot.add(f"{key} has {len(text):,} characters; at most {most:,} are read", key)
        return text[:most]


def _kind(value: object) -> str:
    """In words."""
    names = {bool: "true or false", int: "a number", float: "a number", str: "a text"}
    names |= {list: "a list", dict: "a table"}
    return names.get(type(value), "a date")
