"""What one visitor looks at on the search page: a search, which is kept trial by trial."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab.events import Event, TrialsDone
from kdlab.experiments.search import SearchConfig, tried
from kdlab.experiments.search.history import SearchHistory
from pages.ui.shell import workers
from pages.ui.stage.session import WorkScreen


@dataclass
class SearchScreen(WorkScreen[SearchConfig, SearchHistory]):
    """What one visitor sees of a search."""

    tried_here: int = 0
    """How many trials of the settings that were looked up this machine has, of no whole search."""

    def stored(self, config: SearchConfig, *, bundled: bool = False) -> list[Event]:
        """Also the trials of a search that was stopped, or was asked for fewer of them."""
        found = super().stored(config, bundled=bundled)
        if bundled:
            return found
        part = [] if found else tried(config, workers.store())
        self.tried_here = sum(len(e.trials) for e in part if isinstance(e, TrialsDone))
        return found or part
