"""The questions that workers are answering: how many of one visitor at the same time.

An answer takes the second thread of a worker, which jobs never take. Who waits for one gives up
after some seconds, but nobody can take the thread back: a question counts until it is answered.
"""

from __future__ import annotations

import threading
from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from kdlab.hosting.visitor import Visitor
from kdlab.jobs import problems

if TYPE_CHECKING:
    from distributed import Client, Future

MOST_QUESTIONS = 2
"""Of one visitor at the same time: he draws in one tab and looks at another."""


class Questions:
    """What visitors have asked. The owner may ask as much as he likes, and is not written down."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._asked: dict[Visitor, list[Future[Any]]] = {}

    def ask(
        self, visitor: Visitor, client: Client, submit: Callable[[], Future[Any]]
    ) -> Future[Any]:
        """What ``submit`` hands to ``client``. JobError where ``visitor`` waits for too many."""
        if visitor.owner:
            return submit()
        with self._lock:
            self._strike(client)
            going = self._asked.get(visitor, [])
            if len(going) >= MOST_QUESTIONS:
                raise problems.too_many_questions(MOST_QUESTIONS, visitor)
            future = submit()
            self._asked[visitor] = [*going, future]
            return future

    def end(self, visitor: Visitor, future: Future[Any]) -> None:
        """Nobody waits for ``future`` any more. One that a worker may be at still counts."""
        if visitor.owner or future.done():
            future.cancel()
        with self._lock:
            self._strike(future.client)

    def _strike(self, client: Client) -> None:
        """Strike out what is answered, and what was asked of workers that are no more."""
        going = {
            visitor: [one for one in asked if one.client is client and not one.done()]
            for visitor, asked in self._asked.items()
        }
        self._asked = {visitor: asked for visitor, asked in going.items() if asked}
