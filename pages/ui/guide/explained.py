"""Words of the glossary in what a lesson says, each explained where it first stands in a step."""

from __future__ import annotations

from kdlab.translation import language
from pages.ui.shell import glossary


def words(*texts: str) -> tuple[str, ...]:
    """``texts`` of one step in their order, Markdown that is sound: all that is added are links of
    the lab's own, whose words are the glossary's (:func:`kdlab.lessons.markdown.clean` has taken
    all else apart). Each term is explained once."""
    met: frozenset[str] = frozenset()
    marked = []
    for text in texts:
        told, found = glossary.mark(text, met, language())
        marked.append(told)
        met |= set(found)
    return tuple(marked)
