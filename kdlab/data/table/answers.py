"""Columns that look like the answers of a teacher: a probability or a logit for each class.

They would give the answer away, so students are not shown them; a teacher that is only its answers
is made of them.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kdlab.data.naming import tidy

BEFORE = (
    "p", "prob", "proba", "probability", "logit", "teacher", "teacher_p", "teacher_prob",
    "teacher_proba", "teacher_logit", "pred_proba", "score",
)  # fmt: skip
BEHIND = ("p", "prob", "proba", "probability", "logit", "score")


def columns_of(columns: Sequence[str], classes: Sequence[str]) -> tuple[str, ...] | None:
    """The columns with an answer for each of the ``classes``, in their order; None where there are
    not such columns for all of them.

    >>> columns_of(["age", "p_no", "p_yes"], ["no", "yes"])
    ('p_no', 'p_yes')
    """
    known = {_plain(name): name for name in columns}
    words = [_plain(name) for name in classes]
    if len(set(words)) < len(words) or not all(words):
        return None
    patterns = [f"{word}_{{}}" for word in BEFORE] + [f"{{}}_{word}" for word in BEHIND]
    for pattern in patterns:
        wanted = [pattern.format(word) for word in words]
        if all(name in known for name in wanted):
            return tuple(known[name] for name in wanted)
    return None


def _plain(name: str) -> str:
    """ "P(Yes)" and "p_yes" alike."""
    return re.sub(r"\W+", "_", tidy(name).casefold()).strip("_")
