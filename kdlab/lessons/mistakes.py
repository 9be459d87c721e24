"""The mistakes of a lesson's file: sentences, each with its line and its step."""

from __future__ import annotations

from dataclasses import dataclass, field

from kdlab.lessons.places import quoted

MOST = 100
"""So many are told; a file that has more is read again once these are mended."""


@dataclass
class Mistakes:
    """What was found so far, in the order of the lines."""

    found: list[tuple[int, int, str]] = field(default_factory=list)

    def add(self, line: int, words: str, step: tuple[int, str] | None = None) -> None:
        """``words`` are wrong at ``line`` (from 1; 0 for the file), in the ``step`` of that number
        and heading."""
        where = [f"Line {line}"] if line else []
        if step is not None:
            where.append(f"step {step[0]} {quoted(step[1])}" if step[1] else f"step {step[0]}")
        words = words if words.endswith("?") else f"{words.rstrip('.')}."
        told = f"{', '.join(where)}: {words}" if where else words[:1].upper() + words[1:]
        self.found.append((line, len(self.found), told))

    def told(self) -> list[str]:
        """The sentences, at most :data:`MOST` and how many more there are."""
        sentences = list(dict.fromkeys(words for _, _, words in sorted(self.found)))
        more = len(sentences) - MOST
        return sentences[:MOST] + ([f"And {more} more."] if more > 0 else [])


@dataclass(frozen=True)
class Spot:
    """A place in the file at which something is read: its step and its lines by key."""

    mistakes: Mistakes
    line: int
    step: tuple[int, str] | None = None
    lines: dict[str, int] = field(default_factory=dict)

    def add(self, words: str, key: str = "") -> None:
        """``words`` are wrong here, at the line of ``key`` where that is known."""
        self.mistakes.add(self.lines.get(key, self.line), words, self.step)

    def at(self, line: int) -> Spot:
        """The same step at another line."""
        return Spot(self.mistakes, line, self.step, self.lines)
