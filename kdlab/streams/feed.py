"""One piece of work, folded once for all who watch it."""

from __future__ import annotations

import json
import logging
import threading
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

from kdlab.streams.source import Source
from kdlab.streams.view import Change, Deltas, View

if TYPE_CHECKING:
    from kdlab.streams.subscription import Subscription

log = logging.getLogger(__name__)


class Feed:
    """The views of what ``source`` tells, and who watches them. Numbers count what changed: with
    each look at the source that changes a view comes the next one.

    ``making`` is held by whoever reads the source or makes a value, for as long as that takes. What
    is made stands behind a lock of its own, for a moment each time: so readers, who share the one
    thread that serves all connections, never wait for a chart.
    """

    def __init__(self, source: Source) -> None:
        self.source = source
        self.over = False
        """Whether the source is, and all that it told has been made into views."""
        self.looked_at = 0.0
        """When the hub did so last. What a page looks at by itself counts for that page alone: in a
        class some page is drawn all the time, and those who watch must still be renewed."""
        self.making = threading.RLock()
        self.subscriptions: tuple[Subscription, ...] = ()
        """Written by the hub alone, behind its lock."""
        self._made = threading.Lock()
        self._number = 0
        self._views: dict[View, Deltas] = {}
        self._failed: set[View] = set()

    def add(self, view: View, call: Callable[[int], None]) -> None:
        """Someone wants ``view``, too. ``call`` is given the number before which he cannot have
        seen it; no reader learns of that number before ``call`` has returned."""
        with self.making:
            known = self._views.get(view)
            deltas = known or Deltas()
            change = None if known else self._change(view, deltas)
            with self._made:
                self._number += 1
                if known is None:
                    deltas.put(change, self._number)
                    self._views = {**self._views, view: deltas}
                call(self._number)

    def look(self) -> bool:
        """Read the source and renew what is shown; whether anything has changed."""
        with self.making:
            changed = self.source.look()
            if changed:
                wanted = {view for one in self.subscriptions for view in one.views}
                views = {view: self._views.get(view) or Deltas() for view in wanted}
                made = [(views[view], self._change(view, views[view])) for view in wanted]
                with self._made:
                    self._number += 1
                    self._views = views
                    changed = sum(deltas.put(change, self._number) for deltas, change in made) > 0
            if self.source.over and not self.over:  # nothing is left that it has not read
                self.over = changed = True
            return changed

    def renew(self) -> None:
        """Look, and have all who read it look where anything has changed."""
        if self.look():
            for one in self.subscriptions:
                one.wake()

    def _change(self, view: View, deltas: Deltas) -> Change | None:
        try:
            return deltas.change(view.of(self.source.told))
        except Exception:  # one failing chart must not take the others down
            if view not in self._failed:  # at 40 looks a second, once is enough
                self._failed.add(view)
                log.exception("a view could not be made")
            return None

    def since(
        self, views: Callable[[], Mapping[str, tuple[View, int]]], read: int
    ) -> tuple[int, str]:
        """See :meth:`Subscription.since`; ``views`` gives what is shown, and of each view the
        number with which it was added."""
        with self._made:
            parts = []
            for name, (view, added) in views().items():
                deltas = self._views.get(view)  # None: of a page that has gone
                told = deltas and deltas.since(read if read >= added else None)
                if told:
                    parts.append(f"{json.dumps(name)}:{told}")
            return self._number, f"{{{','.join(parts)}}}"
