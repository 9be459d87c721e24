"""Columns whose values each come again a few times: rows of one patient, customer or session. In
training and in test, they would be recognised instead of told apart.

Nobody but the owner knows, so it is asked, not done: ``group_column`` keeps them together.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import TYPE_CHECKING

from kdlab.data.naming import printable

if TYPE_CHECKING:
    from kdlab.data.table.kinds import Column

MANY = 50
"""More different words than that are hardly a property of a row."""
AGAIN = (2.0, 20.0)
"""Rows a word on average, where its column's name says nothing."""
LARGEST = 10.0
"""Rows of the most frequent word, in units of the average: towns differ more, patients less."""
LEAST = 5
"""Different values of a column whose name says it: fewer groups cannot be shared out."""
ONCE = 1.2
"""Rows a value on average up to which nearly each has one row."""

_CAMEL = re.compile(r"(?<=[a-z])(?=[A-Z])")
_NAMES_ROWS = re.compile(r"(?:^|[_ .-])(?:id|ids|idx|index|uuid|guid|row|rowid|rownames?)$")
_NAMES_GROUPS = re.compile(
    r"(?:patient|subject|participant|user|customer|client|person|speaker|writer|session|site|family"
    r"|household|patienten|proband|kunden?|nutzer|familie)(?:[_ .-]*(?:id|no|nr|number|code|key))?"
)


def names_rows(name: str) -> bool:
    """Whether a column of this name may tell rows, or groups of them, apart.

    >>> names_rows("PassengerId"), names_rows("patient_id"), names_rows("paid")
    (True, True, False)
    """
    return bool(_NAMES_ROWS.search(_folded(name)))


def names_groups(name: str) -> bool:
    """Whether a column of this name may tell groups of rows apart.

    >>> names_groups("Patient"), names_groups("store_id"), names_groups("customer age")
    (True, True, False)
    """
    return bool(_NAMES_GROUPS.fullmatch(_folded(name))) or names_rows(name)


def repeats(name: str, different: int, filled: int, largest: int = 0) -> float:
    """Rows a value, on average, of a column that may say which rows belong together, else 0.
    ``largest``: rows of the most frequent of its words; 0 for numbers, of which only the name tells
    it: ages come again as well."""
    if different < LEAST:
        return 0.0
    average = filled / different
    if names_groups(name):
        return average if average >= ONCE else 0.0
    alike = 0 < largest <= LARGEST * average
    return average if alike and different > MANY and AGAIN[0] <= average <= AGAIN[1] else 0.0


def suspected(columns: Iterable[Column]) -> Column | None:
    """The column that likeliest says which rows belong together: one that is called so, else the
    one of most values. None where there is none."""
    found = [column for column in columns if column.repeats]
    return max(found, key=lambda c: (names_groups(c.name), c.different), default=None)


def told(column: Column) -> str:
    """That its rows may belong together, without a full stop."""
    return (
        f"Each value of {printable(column.name)[:40]!r} occurs about {column.repeats:.1f} times: "
        "if its rows belong together, set it as the column of groups; otherwise they are in both "
        "training and test"
    )


def _folded(name: str) -> str:
    return _CAMEL.sub("_", name).casefold().strip()
