"""A report as data: sections of paragraphs, tables, lists, code and figures.

All texts are plain. What a sign means in HTML or Markdown is the business of the writers, so that a
name of a class or of a column, which may be anything, is never markup.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from typing import Literal

from kdlab.report.drawings import Drawing

Tone = Literal["plain", "verdict", "warning", "note"]


@dataclass(frozen=True)
class Paragraph:
    """Sentences. A ``verdict`` is what the report comes to, a ``warning`` what to mind, a ``note``
    is small."""

    text: str
    tone: Tone = "plain"


@dataclass(frozen=True)
class Listing:
    """Sentences that stand one below the other."""

    items: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """``rows`` of texts under ``head``, the first of each names its row. ``numbers`` are the places
    of the columns that hold numbers; ``folded``: closed on the screen, open in print."""

    caption: str
    head: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    numbers: frozenset[int] = frozenset()
    folded: bool = False

    @classmethod
    def of(
        cls,
        caption: str,
        head: Sequence[str],
        rows: Sequence[Sequence[str]],
        texts: Sequence[int] = (0,),
        *,
        folded: bool = False,
    ) -> Table:
        """All columns are numbers but those at the places ``texts``."""
        numbers = frozenset(range(len(head))) - set(texts)
        return cls(caption, tuple(head), tuple(map(tuple, rows)), numbers, folded)


@dataclass(frozen=True)
class Code:
    """To be copied as it is."""

    text: str
    language: str = ""
    caption: str = ""
    folded: bool = False


@dataclass(frozen=True)
class Figure:
    """A drawing with its ``name`` in files, a ``caption``, and the same in words for people who do
    not see it."""

    name: str
    caption: str
    alt: str
    drawing: Drawing


Block = Paragraph | Listing | Table | Code | Figure


@dataclass(frozen=True)
class Section:
    """A heading and what stands under it."""

    title: str
    blocks: tuple[Block, ...]


@dataclass(frozen=True)
class Report:
    """The whole: its question as ``title``, what it is a report of as ``kind``, the ``verdict``
    before all else, and sections in their order. ``name`` begins names of files."""

    title: str
    kind: str
    made: str
    verdict: tuple[Block, ...]
    sections: tuple[Section, ...]
    name: str = "report"
    facts: tuple[tuple[str, str], ...] = field(default=())
    """(What, which) to stand under the title: data, networks, fingerprint."""

    @property
    def blocks(self) -> Iterator[Block]:
        """All of them, in their order."""
        yield from self.verdict
        for section in self.sections:
            yield from section.blocks

    @property
    def answer(self) -> str:
        """The verdict alone."""
        return next(b.text for b in self.verdict if isinstance(b, Paragraph))

    @property
    def figures(self) -> list[Figure]:
        """In their order."""
        return [block for block in self.blocks if isinstance(block, Figure)]


def numbered(report: Report) -> Report:
    """The same whose tables and figures can be referred to: "Table 1. ...", in their order."""
    counts = {Table: 0, Figure: 0}

    def told(block: Block) -> Block:
        if not isinstance(block, Table | Figure):
            return block
        counts[type(block)] += 1
        number = counts[type(block)]
        return replace(block, caption=f"{type(block).__name__} {number}. {block.caption}")

    sections = tuple(
        replace(section, blocks=tuple(map(told, section.blocks))) for section in report.sections
    )
    return replace(report, sections=sections)
