"""What a page takes for granted: the section ``needs`` of its text, for the line beside its title.

A link in it, ``[The loss](loss)``, is the address of another page; terms of the glossary are
explained as everywhere.
"""

from __future__ import annotations

import re
from functools import lru_cache

from kdlab.translation import language
from pages.ui.components.way import Needs
from pages.ui.shell import glossary, prose

LINK = re.compile(r"\[([^\]]*)\]\(([\w-]+)\)")


def of(text: str) -> Needs:
    """What the page with this ``text`` needs; nothing is told where it does not say so."""
    return _of(text, language())


@lru_cache(maxsize=200)
def _of(text: str, language: str) -> Needs:
    written = " ".join(prose.sections(text).get("needs", "").split())
    pieces, paths, met, end = [], [], frozenset[str](), 0
    for link in LINK.finditer(written):
        html, met = _explained(written[end : link.start()], met, language)
        name, path = prose.in_html(link[1]), prose.in_html(link[2])
        pieces += [html, f'<a class="page" data-path="{path}">{name}</a>']
        paths.append(link[2])
        end = link.end()
    pieces.append(_explained(written[end:], met, language)[0])
    return {"html": "".join(pieces), "paths": paths}


def _explained(words: str, met: frozenset[str], language: str) -> tuple[str, frozenset[str]]:
    marked, found = glossary.mark(words, met, language)
    return prose.to_html(marked), met.union(found)
