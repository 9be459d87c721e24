"""Files that are fetched by an address which nobody can guess: kept in memory, for a while. A phone
fetches a page, and a page that is open the networks that run in it."""

from __future__ import annotations

import base64
import hashlib
import secrets
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass

import streamlit as st

PATH = "kdlab/phone"
"""Of the route for phones, below the server's own."""
NETWORKS_PATH = "kdlab/networks"
"""Of that for networks."""
SECONDS = 3600.0
"""How long a file can be fetched after it was handed out for the last time."""
MOST_BYTES = 60_000_000
"""Of all files together; the oldest go first."""


@dataclass(frozen=True)
class Handed:
    """One file, and until when it can be fetched."""

    name: str
    content: bytes
    until: float


class Files:
    """What can be fetched, by token. The same content always has the same token, after it was
    forgotten, too: what a browser has kept of it stays good."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._lock = threading.Lock()
        self._files: dict[str, Handed] = {}
        self._secret = secrets.token_bytes(32)

    def hand(self, name: str, content: bytes) -> str:
        """Make ``content`` fetchable from now on; its token."""
        with self._lock:
            same = (
                t for t, one in self._files.items() if (one.name, one.content) == (name, content)
            )
            token = next(same, None) or self._token(name, content)
            self._files.pop(token, None)  # the one that was handed out last goes last
            self._files[token] = Handed(name, content, self._clock() + SECONDS)
            self._sweep()
            return token

    def _token(self, name: str, content: bytes) -> str:
        """Of these, for whoever knows the secret."""
        made = hashlib.blake2b(name.encode() + b"\0" + content, key=self._secret, digest_size=15)
        return base64.urlsafe_b64encode(made.digest()).decode()

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
    """Pages for phones, of this server."""
    return Files()


@st.cache_resource(show_spinner=False)
def networks() -> Files:
    """Networks for pages that are open, as packed JSON: a list of programs each."""
    return Files()


def address_of_networks(packed: bytes) -> str:
    """Where a page fetches these, from the server's root."""
    return f"{NETWORKS_PATH}/{networks().hand('networks', packed)}"
