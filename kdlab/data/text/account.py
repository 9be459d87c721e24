"""What was understood of somebody's own text: how much of what, how it was cut, what was left out.

Told in two lines after reading, as of somebody's own images: :mod:`kdlab.data.own.account`. Plain
values, so that it travels as an event; nothing in it says what the file was called.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdlab.data.naming import shown_names

SHOWN = 12
"""Characters that are named."""
STRINGS = "Each line is one string, which a model learns to continue until its end"


@dataclass(frozen=True)
class TextAccount:
    """The record. ``alphabet`` are the names of the classes but for the end; ``strings`` and
    ``examples`` are numbers of each part, the ends among the examples."""

    symbols: str
    lines_read: int
    alphabet: tuple[str, ...]
    strings: Mapping[str, int]
    examples: Mapping[str, int]
    done: tuple[str, ...] = ()
    """What was skipped, cut and left out: sentences without their full stops."""

    def lines(self) -> tuple[str, str]:
        """What was understood; what was done, and what a line is taken for."""
        some = " ".join(shown_names(self.alphabet[:SHOWN]))
        more = " …" if len(self.alphabet) > SHOWN else ""
        parts = ", ".join(
            f"{count:,} {part} ({self.strings[part]:,} strings)"
            for part, count in self.examples.items()
        )
        first = (
            f"Read {self.lines_read:,} lines of {len(self.alphabet)} different {self.symbols} "
            f"({some}{more}); {self.symbols} and ends: {parts}."
        )
        return first, f"{'. '.join((*self.done, STRINGS))}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and events; ``lines`` are those of :meth:`lines`."""
        return {
            "lines": list(self.lines()),
            "symbols": self.symbols,
            "alphabet": list(self.alphabet),
            "splits": {
                part: {"strings": self.strings[part], "characters": self.examples[part]}
                for part in self.examples
            },
            "left_out": [],
            "done": list(self.done),
        }
