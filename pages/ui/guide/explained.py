"""Words of the glossary in what a lesson says, each explained where it first stands in a step."""

from __future__ import annotations

import itertools
import re

from kdlab.translation import language
from pages.ui.shell import glossary, prose

LINK = re.compile(r'(\[[^\]]*\])(\(\./words(?:[^()"]|"[^"]*")*\))')


def words(*texts: str) -> tuple[str, ...]:
    """``texts`` of one step in their order, Markdown that is sound: all that is added are links of
    the lab's own, whose words are the glossary's (:func:`kdlab.lessons.markdown.clean` has taken
    all else apart). Each term is explained once."""
    met: frozenset[str] = frozenset()
    marked = []
    for text in texts:
        told, found = glossary.mark(text, met, language())
        marked.append(bold(told))
        met |= set(found)
    return tuple(map(prose.unbroken, marked))


def bold(text: str) -> str:
    """``text`` with bold words that are explained bold within their link, where no blank stands
    before or after them: two asterisks between a letter and a bracket are none to Markdown.

    >>> bold('以**[温度](./words?word=T "x")** T')
    '以[**温度**](./words?word=T "x") T'
    """
    parts = text.split("**")
    if len(parts) % 2 == 0:
        return text
    for at in range(1, len(parts), 2):
        part, before, after = parts[at], parts[at - 1][-1:], parts[at + 1][:1]
        glued = LINK.match(part) and before.isalnum()
        if glued or (part.endswith(")") and after.isalnum() and LINK.search(part)):
            parts[at] = "".join(_piece(each) for each in _pieces(part))
        else:
            parts[at] = f"**{part}**"
    return "".join(parts)


def _pieces(part: str) -> list[str]:
    """What is linked and what is not, in its order."""
    ends = [0, *(end for found in LINK.finditer(part) for end in found.span()), len(part)]
    return [part[a:b] for a, b in itertools.pairwise(ends)]


def _piece(piece: str) -> str:
    found = LINK.fullmatch(piece)
    if found:
        return f"[**{found[1][1:-1]}**]{found[2]}"
    bare = piece.strip()
    return piece.replace(bare, f"**{bare}**") if bare else piece
