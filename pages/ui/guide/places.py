"""The lab's pages as lessons know them: made from the table of contents."""

from __future__ import annotations

from functools import cache

from kdlab.lessons.places import Place, Places, Work
from kdlab.studies import STUDIES
from pages.ui.shell.contents import CONTENTS, Entry
from pages.ui.shell.state import PARTS
from pages.ui.widgets import settings

WORK: dict[str, Work] = {
    "live": "run",
    "language-model": "text",
    "map": "map",
    "search": "search",
}
"""Page -> what is trained there; all studies are one kind."""
COMPONENTS = {
    "soft-targets": ("picture", "temperature", "logits", "examples", "entropy", "heatmap"),
    "loss": ("picture", "temperature", "alpha", "examples"),
    "covering-or-seeking": ("picture",),
    "draw": ("pad",),
    "live": ("new-seeds", "result"),
}
"""What else of a page can be pointed at: parts of its picture, a button."""


@cache
def PLACES() -> Places:  # noqa: N802
    """Address -> page, of all pages that a lesson may lead to."""
    return {
        entry.path: _place(entry)
        for pages in CONTENTS.values()
        for entry in pages
        if entry.path not in ("lessons",)
    }


def _place(entry: Entry) -> Place:
    study = entry.path if entry.path in STUDIES else ""
    work: Work = "study" if study else WORK.get(entry.path, "")
    controls: tuple[str, ...] = COMPONENTS.get(entry.path, ())
    if work:
        controls = (*PARTS, "picture", *controls)
    if work == "map":
        controls = ("cell", *controls)
    return Place(
        path=entry.path,
        title=entry.title,
        model=lambda: entry.settings,
        controls=tuple(dict.fromkeys(controls)),
        work=work,
        names=settings.NAMES,
        study=study,
    )
