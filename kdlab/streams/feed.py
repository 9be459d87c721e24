"""One piece of work, folded once for all who watch it."""

from __future__ import annotations

import json
import logging
import threading
import time
from collections.abc import Mapping
from typing import TYPE_CHECKING

from kdlab.streams.source import Source
from kdlab.streams.view import Deltas, View

if TYPE_CHECKING:
    from kdlab.streams.subscription import Subscription

log = logging.getLogger(__name__)


class Feed:
    """The views of what ``source`` tells, and who watches them. Numbers count what changed: with
    each look at the source that changes a view comes the next one."""

    def __init__(self, source: Source) -> None:
        self.source = source
        self.over = False
        """Whether the source is, and all that it told has been made into views."""
        self.looked_at = 0.0
        self.lock = threading.RLock()
        self.subscriptions: list[Subscription] = []
        self._number = 0
        self._views: dict[View, Deltas] = {}
        self._failed: set[View] = set()

    def add(self, view: View) -> int:
        """Someone wants ``view``, too: the number before which he cannot have seen it."""
        with self.lock:
            self._number += 1
            if view not in self._views:
                self._views[view] = Deltas()
                self._put(view)
            return self._number

    def look(self) -> bool:
        """Read the source and renew what is shown; whether anything has changed."""
        with self.lock:
            self.looked_at = time.monotonic()  # also of a look that fails
            changed = self.source.look()
            if changed:
                self._number += 1
                wanted = {view for one in self.subscriptions for view in one.views}
                self._views = {view: self._views.get(view) or Deltas() for view in wanted}
                changed = sum(self._put(view) for view in self._views) > 0
            if self.source.over and not self.over:  # nothing is left that it has not read
                self.over = changed = True
            return changed

    def _put(self, view: View) -> bool:
        try:
            return self._views[view].put(view.of(self.source.told), self._number)
        except Exception:  # one failing chart must not take the others down
            if view not in self._failed:  # at 40 looks a second, once is enough
                self._failed.add(view)
                log.exception("a view could not be made")
            return False

    def since(self, views: Mapping[str, tuple[View, int]], read: int) -> tuple[int, str]:
        """See :meth:`Subscription.since`; with each view the number with which it was added."""
        with self.lock:
            parts = []
            for name, (view, added) in views.items():
                if view not in self._views:  # left by all meanwhile, and wanted again
                    self._views[view] = Deltas()
                    self._put(view)
                told = self._views[view].since(read if read >= added else None)
                if told is not None:
                    parts.append(f"{json.dumps(name)}:{told}")
            return self._number, f"{{{','.join(parts)}}}"
