"""Files that a phone fetches by an address which nobody can guess: kept in memory, for a while."""

from __future__ import annotations

import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

PATH = "kdlab/phone"
"""Of the route, below the server's own."""
SECONDS = 3600.0
"""How long a file can be fetched."""
MOST_BYTES = 60_000_000
"""Of all files together; the oldest go first."""


@dataclass(frozen=True)
class Handed:
    """One file, and until when it can be fetched."""

    name: str
    content: bytes
    until: float


class Files:
    """What can be fetched, by token."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._files: dict[str, Handed] = {}

    def hand(self, name: str, content: bytes) -> str:
        """Make ``content`` fetchable; its token. The same content keeps the token that it has."""
        with self._lock:
            self._sweep()
            for token, known in self._files.items():
                if (known.name, known.content) == (name, content):
                    return token
            token = secrets.token_urlsafe(12)
            self._files[token] = Handed(name, content, self._clock() + SECONDS)
            self._sweep()
            return token

    def find(self, token: str) -> Handed | None:
        """The file, None where there is none, or none any more."""
        with self._lock:
            self._sweep()
            return self._files.get(token)

    def _sweep(self) -> None:
        now = self._clock()
        self._files = {token: one for token, one in self._files.items() if one.until > now}
        while len(self._files) > 1 and sum(map(_size, self._files.values())) > MOST_BYTES:
            del self._files[next(iter(self._files))]


def _size(one: Handed) -> int:
    return len(one.content)


@st.cache_resource(show_spinner=False)
def files() -> Files:
    """Those of this server."""
    return Files()
