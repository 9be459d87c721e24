"""The code of a room, and what stands for a visitor in it."""

from __future__ import annotations

import hashlib
import secrets

from kdlab.errors import ClassError
from kdlab.hosting.visitor import Visitor

LETTERS = "ACDEFGHJKMNPQRTUVWXY34679"
"""Of which none looks like another one; eight of them are 1.5e11 codes."""
LENGTH = 8
_LEFT_OUT = str.maketrans("", "", " -\t\n")


def made() -> str:
    """A code that nobody guesses."""
    return "".join(secrets.choice(LETTERS) for _ in range(LENGTH))


def typed(text: str) -> str | None:
    """What somebody typed as a code, in capitals and without blanks and hyphens; None where that
    cannot be one."""
    if len(text) > 3 * LENGTH:
        return None
    found = text.translate(_LEFT_OUT).upper()
    return found if len(found) == LENGTH and set(found) <= set(LETTERS) else None


def no_room() -> ClassError:
    """That a code is none of a room."""
    return ClassError(
        "there is no class with this code",
        f"the {LENGTH} letters and digits of a class on this server",
        "Check the code",
    )


def mark(code: str, visitor: Visitor) -> str:
    """What stands for ``visitor`` in this room: another in each, so that rooms cannot be joined."""
    said = f"kdlab class {code} {visitor.name}"
    return hashlib.sha256(said.encode("utf-8", "replace")).hexdigest()[:16]
