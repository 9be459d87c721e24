"""Images of a study as HTML: a table whose rows are images and whose columns are views of them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from pages.ui.shell import images, prose
from pages.ui.shell.prose import in_html

STYLE = prose.style(__file__)


@dataclass(frozen=True)
class View:
    """One image: base64 of its uint8 ``pixels`` in the order of ``shape``, ``lines`` beside it."""

    pixels: str
    shape: tuple[int, ...]
    lines: tuple[str, ...]
    alt: str


def table(head: Sequence[str], rows: Iterable[Sequence[View | str]]) -> str:
    """HTML of a table; texts are made safe."""
    above = "".join(f'<th scope="col">{in_html(h)}</th>' for h in head)
    body = "".join(f"<tr>{''.join(map(_cell, row))}</tr>" for row in rows)
    return (
        f'{STYLE}<div class="kd-scroll" tabindex="0"><table class="kd-views">'
        f"<thead><tr>{above}</tr></thead><tbody>{body}</tbody></table></div>"
    )


def _cell(cell: View | str) -> str:
    if isinstance(cell, str):
        return f"<td>{in_html(cell)}</td>"
    source = images.address(images.decoded(cell.pixels, cell.shape))
    lines = "<br>".join(in_html(line) for line in cell.lines)
    image = f'<img alt="{in_html(cell.alt)}" src="{source}">'
    return f"<td><div>{image}<span>{lines}</span></div></td>"


def mark(answer: int, truth: int, classes: Sequence[str]) -> str:
    """The name of the class that was answered, and whether it is right.

    >>> mark(1, 2, ("a", "b", "c"))
    'b ✗'
    """
    return f"{classes[answer]} {'✓' if answer == truth else '✗'}"
