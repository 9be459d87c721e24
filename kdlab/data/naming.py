"""Names that people gave, mostly to classes: when two are one, and how they are shown.

What is stored and compared is the name itself; it is shortened where it is shown, and nowhere else.
"""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence

MOST_CHARACTERS = 60
SPACE = "␣"
UNSEEN = frozenset("CMZ")
"""Of Unicode's categories: control and format characters, marks that combine, separators."""
BLANK = frozenset("\u115f\u1160\u2800\u3164\uffa0")
"""Letters and signs that are empty."""
BIDI = frozenset("\u061c\u200e\u200f\u202a\u202b\u202c\u202d\u202e\u2066\u2067\u2068\u2069")
"""Signs that turn round what stands beside a name."""
CONTROL = frozenset({"Cc", "Cs", "Zl", "Zp"})
"""Unicode's control characters, halves of pairs (which no message can carry), breaks of lines."""


def tidy(name: str) -> str:
    """A name in one Unicode form (NFC; macOS writes another) and without spaces around it."""
    return unicodedata.normalize("NFC", name).strip()


def printable(name: str) -> str:
    """A name as it can be shown anywhere: what cannot be shown becomes "?"."""
    return "".join(c if c.isprintable() else "?" for c in name.encode("utf-8", "replace").decode())


def legible(name: str) -> str:
    """A name of one character, as of text, that nobody would see alone: a space as "␣", what has no
    width, no form or joins its neighbours by its number in Unicode. All others stay.

    >>> legible(" "), legible("\u0301"), legible("\u200d"), legible("é"), legible("cat")
    ('␣', 'U+0301', 'U+200D', 'é', 'cat')
    """
    if name == " ":
        return SPACE
    if len(name) != 1:
        return name
    hidden = name in BLANK or unicodedata.category(name)[0] in UNSEEN
    return f"U+{ord(name):04X}" if hidden else name


def visible(text: str, keep: str = "") -> str:
    r"""``text`` with what cannot be seen written out, but for the characters of ``keep``: a name
    may hold any character, and must neither break a line nor turn round its neighbours.

    >>> visible("two\nlines"), visible("\u202egnp.exe"), visible("žluťoučký 猫 👩\u200d🔬")
    ('two\\nlines', '\\u202egnp.exe', 'žluťoučký 猫 👩\u200d🔬')
    """
    if text.isascii() and text.isprintable():
        return text
    return "".join(
        repr(sign)[1:-1]
        if sign not in keep and (sign in BIDI or unicodedata.category(sign) in CONTROL)
        else sign
        for sign in text
    )


def shown_names(names: Sequence[str]) -> tuple[str, ...]:
    """Names as they are shown, told apart: see :func:`told_apart`."""
    return told_apart([printable(legible(name)) for name in names])


def told_apart(names: Sequence[str], most: int = MOST_CHARACTERS) -> tuple[str, ...]:
    """Names of at most ``most`` letters: long ones are shortened in their middle, and those
    that are alike even then get a number, in their order."""
    found: list[str] = []
    seen: set[str] = set()
    for name in names:
        whole = shown = _shortened(name, most)
        number = 1
        while shown in seen:
            number += 1
            shown = f"{whole[: most - 3 - len(str(number))]} ({number})"
        seen.add(shown)
        found.append(shown)
    return tuple(found)


def _shortened(name: str, most: int) -> str:
    if len(name) <= most:
        return name
    head = most // 2 - 1
    return f"{name[:head]}…{name[len(name) - (most - head - 1) :]}"
