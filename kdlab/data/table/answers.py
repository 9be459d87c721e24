"""Columns that look like the answers of a teacher: a probability or a logit for each class, named
after the class with a word before or behind it.

::

    classes cat, dog      p_cat, p_dog      cat, dog      P(cat), P(dog)      cat_logit, dog_logit

They would give the answer away, so students are not shown them; a teacher that is only its answers
is made of them (:mod:`kdlab.data.answers`).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Sequence
from typing import Literal, NamedTuple

Form = Literal["", "probabilities", "logits"]

_WORDS: dict[str, Form] = {
    "p": "probabilities", "prob": "probabilities", "proba": "probabilities",
    "probability": "probabilities", "softmax": "probabilities", "logit": "logits",
    "logits": "logits", "z": "logits", "score": "", "pred": "", "prediction": "", "class": "",
    "teacher": "", "output": "", "teacher_p": "probabilities", "teacher_prob": "probabilities",
    "teacher_proba": "probabilities", "pred_proba": "probabilities", "teacher_logit": "logits",
}  # fmt: skip
_SPACE = r"[\s_\-.:=|]"
_PATTERNS: list[tuple[re.Pattern[str], Form, str]] = []
for _word, _form in _WORDS.items():
    _bare = _word.replace("_", f"{_SPACE}+")
    for _pattern, _way in (
        (rf"{_bare}{_SPACE}+(.+)", f"{_word}_..."),
        (rf"{_bare}{_SPACE}*\((.+)\)", f"{_word}(...)"),
        (rf"{_bare}{_SPACE}*\[(.+)\]", f"{_word}[...]"),
        (rf"(.+?){_SPACE}+{_bare}", f"..._{_word}"),
    ):
        _PATTERNS.append((re.compile(_pattern, re.IGNORECASE), _form, _way))
BARE = "..."
"""The way that is the name of the class itself."""
_INPUTS = (BARE, "z_...", "..._z")
"""Ways in which inputs are called as well: measurements a and b, z-scores of them."""


class Reading(NamedTuple):
    """One way to read the name of a column: the way, what it says of the numbers, the class."""

    way: str
    form: Form
    core: str


def readings(column: str) -> list[Reading]:
    """Each way to read the name of a column."""
    column = unicodedata.normalize("NFKC", column).strip()
    found = [Reading(BARE, "", column)]
    for pattern, form, way in _PATTERNS:
        match = pattern.fullmatch(column)
        if match:
            found.append(Reading(way, form, match.group(1)))
    return found


def ways(columns: Sequence[str], classes: Sequence[str]) -> dict[str, tuple[dict[str, str], Form]]:
    """By way the columns that are read in it as an answer for a class, by class, and what the way
    says of their numbers."""
    found: dict[str, tuple[dict[str, str], Form]] = {}
    alike = comparing(classes)
    known = {alike(name): name for name in classes}
    for column in columns:
        for way, form, core in readings(column):
            name = known.get(alike(core))
            if name is not None:
                found.setdefault(way, ({}, form))[0].setdefault(name, column)
    return found


def columns_of(columns: Sequence[str], classes: Sequence[str]) -> tuple[str, ...]:
    """The columns with an answer for each of the ``classes``, in their order, one set of them after
    the other; none where there are not such columns for all of them, or where their names may be
    those of inputs.

    >>> columns_of(["age", "p_no", "p_yes"], ["no", "yes"])
    ('p_no', 'p_yes')
    """
    found: dict[str, None] = {}
    for way, (own, _) in ways(columns, classes).items():
        if way not in _INPUTS and len(own) == len(classes):
            found |= dict.fromkeys(own[name] for name in classes)
    return tuple(found)


def folded(name: str) -> str:
    """A name as it is compared: in one Unicode form and case, without spaces around it.

    >>> folded(" Cat"), folded("1.0"), folded("01")
    ('cat', '1', '01')
    """
    return _plain(name).casefold()


def comparing(classes: Sequence[str]) -> Callable[[str], str]:
    """How names of these classes are compared: their case counts where it tells two apart."""
    return folded if len({folded(name) for name in classes}) == len(classes) else _plain


def _plain(name: str) -> str:
    return re.sub(r"^(-?\d+)\.0*$", r"\1", unicodedata.normalize("NFKC", name).strip())
