"""What somebody typed, before it is kept: not too long, and nothing in it that cannot be seen.

Sizes are looked at before anything else is done. Whoever shows a text shows it as text.
"""

from __future__ import annotations

import unicodedata

from kdlab.errors import ClassError

MOST_TITLE, MOST_NICKNAME, MOST_TEXT = 80, 40, 2_000
"""Characters of a room's title, of a nickname, of a question."""
_UNSEEN = {"Cc", "Cs", "Cn", "Co", "Zl", "Zp"}
"""Controls, halves of surrogate pairs, what no standard names, breaks of lines."""
_TURNING = set("\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Turn the direction of what follows, beyond the text that they stand in."""


def nickname(text: str) -> str:
    """A nickname as it is kept; empty is none."""
    return line(text, MOST_NICKNAME, "a nickname")


def title(text: str) -> str:
    """A room's title as it is kept; empty is none."""
    return line(text, MOST_TITLE, "a title")


def line(text: str, most: int, what: str) -> str:
    """``text`` without blanks around it; ClassError where it is no line of ``most`` characters."""
    found = text.strip() if len(text) <= 10 * most else text
    if len(found) > most:
        raise _too_long(found, most, what)
    if unseen(found):
        raise _cannot_be_seen(what)
    return found


def check(text: str, most: int = MOST_TEXT, what: str = "a text") -> None:
    """ClassError where ``text``, of one line or several, cannot be kept."""
    if len(text) > most:
        raise _too_long(text, most, what)
    if unseen(text.replace("\n", "").replace("\t", "")):
        raise _cannot_be_seen(what)


def unseen(text: str) -> bool:
    """Whether something in it is nothing to be seen."""
    return any(unicodedata.category(each) in _UNSEEN or each in _TURNING for each in text)


def quoted(text: str) -> str:
    """Shortened, and each sign spelt out that cannot be seen."""
    return repr(text if len(text) <= 60 else f"{text[:60]}…")


def _too_long(text: str, most: int, what: str) -> ClassError:
    return ClassError(
        f"{what} of {len(text):,} characters", f"at most {most:,} characters", "Make it shorter"
    )


def _cannot_be_seen(what: str) -> ClassError:
    return ClassError(
        f"{what} with invisible characters", "letters, digits and punctuation", "Type it again"
    )
