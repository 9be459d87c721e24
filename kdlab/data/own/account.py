"""What was understood of somebody's images: splits, classes, what was left out, what was done.

Told in two lines after reading, in full on demand. Plain values, so that it travels as an event.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from kdlab.data.naming import printable, shown_names

EXAMPLES = 20
"""Names listed of each kind of what was left out."""
SHOWN_CLASSES = 4
TABLE = "kdlab-labels.csv"
"""A table of this name wins over the folders."""
OVERRULE = (
    f"Not what you meant? Rename the folders to <split>/<class>, or add a table {TABLE} with the "
    "columns file_name,label,split, which overrides the folders"
)

LATER = " Unreadable images are found and reported when a run reads them."


@dataclass(frozen=True)
class LeftOut:
    """Files that are not used, for one reason: how many, and the first of them."""

    why: str
    count: int
    examples: tuple[str, ...]

    @classmethod
    def of(cls, why: str, names: Sequence[str]) -> LeftOut:
        """All ``names``, of which the first are kept."""
        return cls(why, len(names), tuple(printable(name)[:200] for name in names[:EXAMPLES]))


@dataclass(frozen=True)
class Account:
    """The record. ``classes`` are the names as they are; the screen has those that
    :func:`kdlab.data.naming.shown_names` makes of them. ``counts[part][c]`` images of class c;
    ``origin[part]`` says where the part comes from: names of folders, a table, or that it was cut
    from train."""

    classes: tuple[str, ...]
    counts: Mapping[str, tuple[int, ...]]
    origin: Mapping[str, str]
    left_out: tuple[LeftOut, ...] = ()
    done: tuple[str, ...] = ()
    """What was done to names and pixels, in words."""
    overrule: str = field(default=OVERRULE)
    decoded: bool = True
    """Whether the images were read, not only listed: only then it is known which are unreadable."""

    def lines(self) -> tuple[str, str]:
        """What was understood; what was left out and done, and how it can be overruled."""
        shown = ", ".join(shown_names(self.classes)[:SHOWN_CLASSES])
        more = ", …" if len(self.classes) > SHOWN_CLASSES else ""
        parts = []
        for part, counts in self.counts.items():
            origin = self.origin.get(part, "")
            parts.append(f"{sum(counts):,} {part}" + (f" ({origin})" if origin else ""))
        did = "Read" if self.decoded else "Found"
        first = f"{did} {len(self.classes)} classes ({shown}{more}); images: {', '.join(parts)}."
        second = "Nothing was left out."
        if self.left_out:
            each = (f"{one.count:,} {one.why} ({one.examples[0]})" for one in self.left_out)
            second = f"Left out: {'; '.join(each)}."
        if not self.decoded:
            second = second.replace("was left out", "is left out so far") + LATER
        if self.done:
            second += f" {capital('; '.join(self.done))}."
        return first, f"{second} {self.overrule}."

    def as_dict(self) -> dict[str, Any]:
        """Plain values for JSON and events; ``lines`` are those of :meth:`lines`."""
        return {
            "lines": list(self.lines()),
            "classes": {
                name: {part: counts[index] for part, counts in self.counts.items()}
                for index, name in enumerate(self.classes)
            },
            "splits": {
                part: {"images": sum(counts), "origin": self.origin.get(part, "")}
                for part, counts in self.counts.items()
            },
            "left_out": [
                {"why": one.why, "count": one.count, "examples": list(one.examples)}
                for one in self.left_out
            ],
            "done": list(self.done),
            "overrule": self.overrule,
        }


def capital(text: str) -> str:
    """With a capital at its beginning."""
    return text[:1].upper() + text[1:]
