"""What was understood of somebody's own table: columns and their kinds, classes, parts, what was
left out and done.

Told in two lines after reading, as of somebody's own images: :mod:`kdlab.data.own.account`. What
travels as an event has names of columns and classes in it, counts, and single cells that were not
understood, but no row of the table and not what the file was called; ``preview`` is for whoever may
read the table itself.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from kdlab.data.naming import printable, shown_names
from kdlab.data.own.account import LeftOut, capital
from kdlab.data.table.kinds import Column

SHOWN_CLASSES, SHOWN_COLUMNS = 4, 100
PREVIEW_ROWS = 8
OVERRULE = (
    "Not as meant? Set the target, the columns left out, those of groups and parts, the separator, "
    "the decimal mark or the encoding"
)


@dataclass(frozen=True)
class TableAccount:
    """The record. ``classes`` are the names as they are; the screen has those that
    :func:`kdlab.data.naming.shown_names` makes of them. ``counts[part][c]`` rows of class c;
    ``unlabelled`` training rows of which nobody knows the class."""

    rows: int
    columns: tuple[Column, ...]
    """All of the file, in its order. Those that students are not shown have their reason, the
    target and its like among them."""
    inputs: tuple[str, ...]
    """The names of the numbers that a network reads."""
    target: str
    why: str
    """How the target was found."""
    classes: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    origin: Mapping[str, str]
    """Part -> the column of parts, "taken from train", or nothing."""
    unlabelled: int = 0
    group_column: str = ""
    split_column: str = ""
    answers: tuple[str, ...] = ()
    """Columns that look like a teacher's answers, each set in the order of the classes."""
    done: tuple[str, ...] = ()
    """What was recognised and done: sentences without their full stops."""
    preview: tuple[tuple[str, ...], ...] = ()
    """The first rows, each cell of ``columns`` as the file has it, shortened; "" for none."""
    together: Column | None = None
    """A column that may say which rows belong together, where they are not kept so."""
    sure: bool = True
    """Of the target, as :class:`kdlab.data.table.target.Target` has it; and so ``numbered``."""
    numbered: bool = False

    @property
    def left_out(self) -> tuple[LeftOut, ...]:
        """Columns that students are not shown, by reason."""
        by: dict[str, list[str]] = {}
        for column in self.columns:
            if column.why:
                by.setdefault(column.why, []).append(column.name)
        return tuple(LeftOut.of(why, names) for why, names in by.items())

    def lines(self) -> tuple[str, str]:
        """What was understood; what was left out and done, and how it can be overruled."""
        shown = ", ".join(shown_names(self.classes)[:SHOWN_CLASSES])
        more = ", …" if len(self.classes) > SHOWN_CLASSES else ""
        parts = []
        for part, counts in self.counts.items():
            total = sum(counts) + (self.unlabelled if part == "train" else 0)
            origin = self.origin.get(part, "")
            parts.append(f"{total:,} {part}" + (f" ({printable(origin)[:40]})" if origin else ""))
        first = (
            f"Read {self.rows:,} rows of {len(self.columns):,} columns; target "
            f"{printable(self.target)[:60]!r} ({self.why}) with {len(self.classes)} classes "
            f"({shown}{more}); {self._inputs()}; rows: {', '.join(parts)}."
        )
        kept_back = [one for one in self.left_out if one.why != "the target"]
        second = "No column was left out."
        if kept_back:
            each = (
                f"{', '.join(repr(name[:40]) for name in one.examples[:3])}"
                f"{', …' if one.count > 3 else ''} ({one.why})"
                for one in kept_back
            )
            second = f"Left out: {'; '.join(each)}."
        if self.done:
            second += f" {'. '.join(map(capital, self.done))}."
        return first, f"{second} {OVERRULE}."

    def _inputs(self) -> str:
        kinds = Counter(str(column.kind) for column in self.columns if column.used)
        words = {"number": ("number", "numbers"), "category": ("category", "categories")}
        told = " and ".join(
            f"{kinds[kind]:,} {word[kinds[kind] != 1]}"
            for kind, word in words.items()
            if kinds[kind]
        )
        wide = len(self.inputs)
        become = "becomes" if kinds.total() == 1 else "become"
        return f"{told} {become} {wide:,} input{'s' * (wide != 1)}"

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and events; ``lines`` are those of :meth:`lines`."""
        return {
            "lines": list(self.lines()),
            "rows": self.rows,
            "target": {"name": self.target, "why": self.why},
            "classes": {
                name: {part: counts[index] for part, counts in self.counts.items()}
                for index, name in enumerate(self.classes)
            },
            "splits": {
                part: {"rows": sum(counts), "origin": self.origin.get(part, "")}
                for part, counts in self.counts.items()
            },
            "unlabelled": self.unlabelled,
            "inputs": len(self.inputs),
            "columns": [
                {"name": c.name, "kind": c.kind, "missing": c.missing, "why": c.why}
                for c in self.columns[:SHOWN_COLUMNS]
            ],
            "left_out": [
                {"why": one.why, "count": one.count, "examples": list(one.examples)}
                for one in self.left_out
            ],
            "done": list(self.done),
            "overrule": OVERRULE,
        }
