"""On which pages the terms of the glossary are met."""

from __future__ import annotations

from functools import cache

from kdlab.translation import ENGLISH
from pages.ui.shell import glossary, prose
from pages.ui.shell.contents import CONTENTS, Entry

MOST = 3
"""So many pages are named: the one that teaches a term, then others in the order of the menu."""


@cache
def pages_of(key: str) -> tuple[Entry, ...]:
    """The pages where the term ``key`` is met: that of its entry first, then those in whose own
    texts it stands."""
    every = [page for section in CONTENTS.values() for page in section if page.path]
    first = [page for page in every if page.path == glossary.terms()[key].page]
    others = [page for page in every if page not in first and key in _met(page.text)]
    return tuple([*first, *others][:MOST])


@cache
def _met(text: str) -> frozenset[str]:
    """Terms in the texts of a page: lead, what to try, the theory, captions; not what it needs."""
    found = [body for name, body in prose.sections(text).items() if name != "needs"]
    return frozenset(glossary.mark("\n\n".join(found), frozenset(), ENGLISH)[1])
