"""Where a lesson may take place, as its reader is told: the lab's pages, their settings, what can
be pointed at. The core knows no pages; whoever has some hands them in."""

from __future__ import annotations

import difflib
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from kdlab.config.base import Settings
from kdlab.errors import ConfigError, KdlabError, ModelError
from kdlab.lessons.lesson import Link

HIDE = "hide"
"""In a link to a page: what is hidden there."""
Work = Literal["", "run", "text", "map", "search", "study"]


@dataclass(frozen=True, slots=True)
class Place:
    """A page. ``model`` gives the model of its settings, None where it has none; ``controls`` are
    what can be pointed at beside settings; ``work`` is what is trained there, which says what can
    be measured: "" for nothing. ``names``: settings that name an entry of a registry, with the
    function that finds it, KdlabError where there is none. ``study`` names a study."""

    path: str
    title: str
    model: Callable[[], type[Settings] | None]
    controls: Collection[str] = ()
    work: Work = ""
    names: Mapping[str, Callable[[str], Any]] | None = None
    study: str = ""

    @property
    def settings(self) -> type[Settings] | None:
        """The model of its settings."""
        return self.model()

    @property
    def fields(self) -> tuple[str, ...]:
        """The names of its settings."""
        found = self.settings
        return () if found is None else tuple(found.model_fields)

    def values(self, link: Link) -> Settings | None:
        """The settings that a sound link asks for; None where the page has none."""
        found = self.settings
        return None if found is None else found.from_query(link.query)[0]

    def problems(self, query: Mapping[str, str]) -> list[str]:
        """What of ``query`` the page cannot use, each a sentence without its full stop."""
        found = self.settings
        own = self.fields
        query = {name: value for name, value in query.items() if name != HIDE}
        told = [
            f"it sets {quoted(name)}, which no setting of the page {self.path or 'Home'} is called"
            f"{meant(name, own)}"
            for name in query
            if name not in own
        ]
        if found is None:
            return told
        config, wrong = found.from_query({n: v for n, v in query.items() if n in own})
        told += [f"it sets a value that cannot be: {each.rstrip('.')}" for each in wrong]
        for name, find in (self.names or {}).items():
            try:
                if name in query and name in own:
                    find(getattr(config, name))
            except KdlabError as error:
                told.append(f"it sets {error.received}; allowed: {error.allowed}")
        return told or _impossible(config)


def _impossible(config: Settings) -> list[str]:
    """What of settings that may each be so cannot be together, or with these data: more labels than
    there are images. What only loading would tell is left to the page, and so are data that a
    learner brings."""
    from kdlab.data import DATASETS
    from kdlab.studies import EXPERIMENTS  # else every page that has lessons would wait for it

    experiment = next((e for e in EXPERIMENTS.values() if e.config is type(config)), None)
    record = DATASETS.get(getattr(config, "dataset", ""))
    if experiment is None or (record is not None and "folder" in record.settings):
        return []
    try:
        experiment.possible(config)
    except (ConfigError, ModelError) as error:
        return [f"it sets a value that cannot be: {error.received}; allowed: {error.allowed}"]
    except KdlabError:  # of data that this server does not have: another one may
        return []
    return []


Places = Mapping[str, Place]
"""Address of a page -> the page; "" is Home."""


def quoted(text: object) -> str:
    """What somebody wrote, in quotation marks and not too long."""
    words = " ".join(str(text).split())
    return f"“{words if len(words) <= 60 else words[:59] + '…'}”"


def meant(name: str, known: Iterable[str]) -> str:
    """ ". Did you mean temperature?", or the names that there are where they are few."""
    known = [each for each in known if each]
    close = difflib.get_close_matches(name[:80], known, 1, 0.6)
    if close:
        return f". Did you mean {close[0]}?"
    return f". Allowed: {', '.join(known)}" if 0 < len(known) <= 12 else ""
