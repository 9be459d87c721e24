"""The owner's key: who shows it in the browser is the owner of this server, wherever he sits.

It lies in ``<home>/owner-key``, which only its user may read, and is made where it is missing. What
the browser keeps is not the key but a pass that follows from it, so that a new key ends all passes.
A home that takes no file has a key all the same, for as long as the process lives.

KDLAB_TRUST says who is the owner in the browser:

``key`` (default)
    who shows the key;
``everybody``
    everybody who reaches the server, for one on a machine that nobody else can reach;
``nobody``
    no one: then only commands on the machine itself work for the owner.
"""

from __future__ import annotations

import hashlib
import hmac
import os
import re
import secrets
import threading
import time
from pathlib import Path

from kdlab.errors import ConfigError
from kdlab.hosting.visitor import Visitor, current
from kdlab.system import files
from kdlab.system.paths import default_home, refuses

VARIABLE = "KDLAB_TRUST"
KEY, EVERYBODY, NOBODY = "key", "everybody", "nobody"
PARAMETER = "owner"
"""The name in the address under which the key is shown."""
HOW = (
    "open the address that was printed where the server was started (python -m kdlab key prints it "
    "again)"
)
"""What an owner does who is not known as one: the end of a sentence."""
TICKET_SECONDS = 300.0
_NAME = "owner-key"
_SOUND = re.compile(r"[A-Za-z0-9_-]{32,128}")
_LONGEST = 1000

_guard = threading.Lock()
_spare: dict[Path, str] = {}
"""This process's key for a home that takes none."""
_tickets: dict[str, float] = {}
"""Ticket -> when it ends, on the monotonic clock."""


def trust() -> str:
    """Who is the owner in the browser; ConfigError where KDLAB_TRUST is something else."""
    told = os.environ.get(VARIABLE, "").strip().lower() or KEY
    if told not in (KEY, EVERYBODY, NOBODY):
        raise ConfigError(
            f"{VARIABLE} is {told[:40]!r}",
            f"{KEY} (visitors with the owner's key), {EVERYBODY} (everybody) or {NOBODY}",
            f"Change {VARIABLE}, or leave it out",
        )
    return told


def for_owner(visitor: Visitor | None = None) -> str:
    """What ``visitor`` (None: for whom this thread is at work) does who is the owner and is not
    known as one, to go after a sentence that refuses something; empty where that is not why."""
    if (visitor or current()).owner or os.environ.get(VARIABLE, "").strip().lower() == NOBODY:
        return ""
    return f", or as this server's owner {HOW}"


def secret() -> str:
    """The key of this home; made, and kept, where there is none or what is there is no key."""
    path = _path()
    try:
        return _read(path) or _keep(path, new=False)
    except OSError:  # a home that takes no file, or somebody else's key
        with _guard:
            return _spare.setdefault(path, secrets.token_urlsafe(32))


def renew() -> str:
    """A new key in place of the old one, whose passes end; StoreError where it cannot be kept."""
    path = _path()
    try:
        return _keep(path, new=True)
    except OSError as error:
        raise refuses(path.parent, error) from None


def kept() -> bool:
    """Whether this home keeps the key, so that other processes have the same."""
    try:
        return _read(_path()) == secret()
    except OSError:
        return False


def is_key(text: str) -> bool:
    """Whether ``text`` is the key."""
    return _same(text, secret())


def ticket() -> str:
    """What stands in for the key once, for some minutes and in this process: a browser is started
    with its address on the command line, which every user of the machine can read."""
    made = secrets.token_urlsafe(32)
    with _guard:
        now = time.monotonic()
        for old in [old for old, end in _tickets.items() if end < now]:
            del _tickets[old]
        _tickets[made] = now + TICKET_SECONDS
    return made


def opens(text: str) -> bool:
    """Whether ``text`` is the key, or a ticket, which is then used up."""
    with _guard:
        end = _tickets.pop(text, None)
    return (end is not None and time.monotonic() <= end) or is_key(text)


def browser_pass() -> str:
    """What the owner's browser keeps and shows from then on, instead of the key."""
    return derived("pass", "")


def is_pass(text: str) -> bool:
    """Whether ``text`` is a pass of today's key."""
    return _same(text, browser_pass())


def cookie() -> str:
    """The name under which a browser keeps the pass: labs of other homes at the same host, whose
    cookies are one heap whatever their ports, have other names."""
    return "kdlab_owner_" + derived("cookie", "")[:8]


def derived(use: str, text: str) -> str:
    """64 hexadecimal digits that follow from ``text`` and the key, and tell of neither."""
    said = f"{use}\0{text}".encode("utf-8", "surrogatepass")
    return hmac.new(secret().encode(), said, hashlib.sha256).hexdigest()


def _path() -> Path:
    return default_home() / _NAME


def _same(one: str, other: str) -> bool:
    encoded = (text.encode("utf-8", "surrogatepass") for text in (one, other))
    return hmac.compare_digest(*encoded)


def _read(path: Path) -> str | None:
    """The key in ``path``; None where there is none that is whole. PermissionError where it is
    another user's."""
    try:
        with files.regular(path, _LONGEST) as file:
            text = file.read(_LONGEST).decode("ascii", "replace").strip()
    except PermissionError:
        raise
    except OSError:
        return None
    return text if _SOUND.fullmatch(text) else None


def _keep(path: Path, *, new: bool) -> str:
    """Make a key and keep it, unless somebody has kept one in the meantime and none that is ``new``
    is wanted; the key that counts. It appears whole or not at all, and for its user alone."""
    path.parent.mkdir(parents=True, exist_ok=True)
    made = secrets.token_urlsafe(32)
    with files.aside(path, f"{made}\n".encode(), mode=0o600) as written:
        if new or not _first(written, path):
            written.replace(path)
    return _read(path) or made


def _first(written: Path, path: Path) -> bool:
    """Put the file ``written`` at ``path`` as its first key; whether there is a sound one now."""
    try:
        os.link(written, path)
    except FileExistsError:
        return _read(path) is not None
    except OSError:  # a file system without links
        return False
    return True
