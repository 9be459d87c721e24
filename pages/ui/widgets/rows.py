"""A table in HTML, as far as it is looked at before anything is trained: its classes as bars, its
columns with what becomes of them, and its first rows. All that a file holds is shown as text."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import NamedTuple

from pages.ui.shell import prose
from pages.ui.shell.prose import in_html

STYLE = prose.style(__file__)
LONGEST = 60
"""Characters of a cell, and of a column's name."""
WHOLE = 24
"""Characters of a name that is not taken apart."""
UNEVEN = 3.0
"""So many times as many rows in the largest class as in the smallest are told in words."""
PARTS = {"train": "training", "validation": "validation", "test": "test"}


class Line(NamedTuple):
    """A column: its name, what is in it, how many rows have nothing there, what becomes of it, and
    whether it is used at all."""

    name: str
    kind: str
    missing: int
    becomes: str
    used: bool = True


def classes(names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> str:
    """A bar for each class, a stretch of it for each part, and beside it the numbers.

    ``names`` are those of the classes as they are, ``counts[part][c]`` the rows of class c."""
    totals = _totals(names, counts)
    most, every = max(totals, default=0) or 1, sum(totals) or 1
    lines = []
    for place, shown in enumerate(prose.class_names(names)):
        stretches = "".join(
            f'<i class="{part}" style="width:{100 * counts[part][place] / most:.2f}%"></i>'
            for part in PARTS
        )
        each = "".join(f'<td class="count">{counts[part][place]:,}</td>' for part in PARTS)
        lines.append(
            f'<tr><th scope="row"><bdi>{_foldable(shown)}</bdi></th>'
            f'<td class="bar" aria-hidden="true"><div>{stretches}</div></td>'
            f'<td class="count">{share(totals[place] / every)}</td>{each}</tr>'
        )
    head = "".join(
        f'<th scope="col" class="count"><i class="{part}"></i>{word}</th>'
        for part, word in PARTS.items()
    )
    return framed(
        "classes",
        "Classes",
        '<th scope="col">class</th><td class="bar"></td><th scope="col" class="count">of all</th>'
        + head,
        lines,
    )


def _totals(names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> list[int]:
    return [sum(counts[part][place] for part in PARTS) for place in range(len(names))]


def framed(kind: str, name: str, head: str, lines: Iterable[str]) -> str:
    """A table of these ``lines`` that scrolls within itself, under a ``head`` that stays."""
    return (
        f'<div class="kd-{kind}" tabindex="0" role="region" aria-label="{name}"><table>'
        f"<thead><tr>{head}</tr></thead><tbody>{''.join(lines)}</tbody></table></div>"
    )


def share(part: float) -> str:
    """A share in per cent: small ones with two figures, and none as 0 that is not.

    >>> share(0.627), share(0.0042), share(0.00001), share(0.0)
    ('63 %', '0.42 %', 'under 0.01 %', '0 %')
    """
    if 0 < part < 0.0001:
        return "under 0.01 %"
    return f"{100 * part:.0f} %" if part >= 0.095 or not part else f"{100 * part:.2g} %"


def uneven(names: Sequence[str], counts: Mapping[str, Sequence[int]]) -> str:
    """What is said of classes of which one has far more rows than another, as Markdown; empty where
    they are about alike."""
    totals = _totals(names, counts)
    if len(totals) < 2 or not min(totals) or max(totals) < UNEVEN * min(totals):
        return ""
    shown = prose.class_names(names)
    large, small = totals.index(max(totals)), totals.index(min(totals))
    times = max(totals) / min(totals)
    return prose.text("own_table", "uneven").format(
        large=prose.plain(shown[large]),
        small=prose.plain(shown[small]),
        times=f"{times:.1f}" if times < 9.95 else f"{times:,.0f}",
        share=share(max(totals) / sum(totals)),
    )


def columns(lines: Iterable[Line]) -> str:
    """A row for each column of the table."""
    head = (
        '<th scope="col">column</th><th scope="col">what is in it</th>'
        '<th scope="col" class="count">missing</th><th scope="col">how it is used</th>'
    )
    return framed("columns", "Columns", head, map(_line, lines))


def _line(line: Line) -> str:
    mark = "" if line.used else ' class="unused"'
    missing = f"{line.missing:,}" if line.missing else "–"
    return (
        f'<tr{mark}><th scope="row">{_cell(line.name)}</th><td>{in_html(line.kind)}</td>'
        f'<td class="count">{missing}</td><td>{in_html(line.becomes)}</td></tr>'
    )


def preview(names: Sequence[str], lines: Iterable[Sequence[str]], target: str) -> str:
    """The first rows as the file has them, numbered from 1; the column of the target stands out."""
    marks = [' class="target"' if name == target else "" for name in names]
    head = "".join(
        f'<th scope="col"{mark}>{_cell(name)}</th>' for name, mark in zip(names, marks, strict=True)
    )
    body = (
        f'<tr><th scope="row" class="count">{number}</th>'
        + "".join(f"<td{mark}>{_cell(cell)}</td>" for cell, mark in zip(line, marks, strict=True))
        + "</tr>"
        for number, line in enumerate(lines, start=1)
    )
    return framed("preview", "First rows", f'<th scope="col" class="count">row</th>{head}', body)


def _cell(text: str) -> str:
    """The text of a cell in the direction in which it is read, cut where it is long; what is whole
    is told who points at it."""
    if len(text) <= LONGEST:
        return f"<bdi>{_foldable(text)}</bdi>"
    cut = _foldable(text[: LONGEST - 1])
    return f'<bdi title="{in_html(text[:1000])}">{cut}…</bdi>'


def _foldable(text: str) -> str:
    """A name as it is; a long one may go on in the next line behind an underscore."""
    shown = in_html(text)
    return shown.replace("_", "_<wbr>") if len(text) > WHOLE else shown
