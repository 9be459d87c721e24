"""What one visitor looks at on the search page: a search, which is kept trial by trial."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.events import Event
from kdlab.experiments.search import SearchConfig, tried
from kdlab.experiments.search.history import SearchHistory
from pages.ui.shell import workers
from pages.ui.stage.session import WorkScreen


@dataclass
class SearchScreen(WorkScreen[SearchConfig, SearchHistory]):
    """What one visitor sees of a search."""

    def stored(self, config: SearchConfig, *, bundled: bool = False) -> list[Event]:
        """Also the trials of a search that was stopped, or was asked for fewer of them."""
        found = super().stored(config, bundled=bundled)
        return found if found or bundled else tried(config, workers.store())
