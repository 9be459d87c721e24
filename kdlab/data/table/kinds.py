"""What each column holds: numbers, categories, or something that students are not shown, and why.

::

    number       numbers; a few cells that are none count as missing, and are told
    category     words that come again and again; truth values are two of them
    date         left out: as numbers (days since ...) they would be used
    text         left out: nearly every row has another
    identifier   left out: differs in every row, or counts the rows
    constant     left out: the same everywhere
    empty        left out
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from kdlab.data.naming import printable
from kdlab.data.table import groups, numbers
from kdlab.data.table.groups import names_rows
from kdlab.data.table.raw import RawTable

if TYPE_CHECKING:
    import pyarrow as pa

Kind = Literal["number", "category", "date", "text", "identifier", "constant", "empty"]

NUMBERS = 0.95
"""Share of the cells with something in them that must be numbers."""
MOST_WORDS = 1000
"""Different words of a category; of more, hardly any comes again where it is asked about."""
MANY = 4000
"""Different words of which a sample is looked at first: reading a million takes seconds."""
LOOKED_AT = 2000
"""Words by which dates are recognised."""
SHORTEST_TEXT = 60
"""Characters of a word, on average, from which words are sentences."""

_DATE = re.compile(
    r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.](?:\d{4}|\d{2}))"
    r"(?:[T ]\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?\s*(?:Z|[AaPp][Mm]|[+-]\d{2}:?\d{2})?)?"
    r"|\d{1,2}:\d{2}(?::\d{2}(?:\.\d+)?)?"
)


@dataclass(frozen=True)
class Column:
    """One column. ``missing`` counts cells with nothing in them, and of numbers those that are
    none; ``different`` the others, each value once."""

    name: str
    kind: Kind
    missing: int = 0
    different: int = 0
    why: str = ""
    """Why it is left out by itself; empty where it is used."""
    remark: str = ""
    """What is to be said of it: a sentence without its full stop."""
    repeats: float = 0.0
    """Rows a value, on average, where those of one value may belong together; else 0."""

    @property
    def used(self) -> bool:
        """Whether students are shown it, unless its owner leaves it out."""
        return not self.why


def describe(table: RawTable) -> tuple[Column, ...]:
    """What each column of the table holds, in its order."""
    return tuple(_column(table, name) for name in table.columns)


def _column(table: RawTable, name: str) -> Column:
    import pyarrow as pa

    cells = table.column(name)
    if table.is_text(name) or pa.types.is_boolean(cells.type):
        return _of_text(table, name, cells)
    found = numbers.of_column(cells, table.decimal).values
    return _of_numbers(name, found, int(np.isnan(found).sum()))


def _of_numbers(name: str, values: NDArray[np.float64], missing: int, remark: str = "") -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    different = int(pc.count_distinct(pa.array(values, from_pandas=True)).as_py())
    kind: Kind = "number"
    why = ""
    whole = bool(np.all((values == np.floor(values)) | np.isnan(values)))
    if not different:
        kind, why = "empty", "empty"
    elif different == 1 and not missing:
        kind, why = "constant", "the same in every row"
    elif different == len(values) and len(values) > 2 and whole:
        if np.all(np.diff(values) == 1):
            kind, why = "identifier", "counts the rows"
        elif names_rows(name):
            kind, why = "identifier", "different in every row, and named like a row name"
    again = groups.repeats(name, different, len(values) - missing) if whole else 0.0
    return Column(name, kind, missing, different, why, remark, again)


def _of_text(table: RawTable, name: str, cells: pa.ChunkedArray) -> Column:
    import pyarrow as pa
    import pyarrow.compute as pc

    if pa.types.is_boolean(cells.type):
        cells = pc.cast(cells, pa.string())
    once = pa.types.is_dictionary(cells.type)
    quick = None if once else numbers.quick(cells, table.decimal)
    if quick is not None and not np.isnan(quick).all():
        return _of_numbers(name, quick, int(np.isnan(quick).sum()))
    codes, words = numbers.coded(cells)
    counts = np.bincount(codes[codes >= 0], minlength=len(words))
    nothing = numbers.missing_among(words)
    filled = int(counts[~nothing].sum())
    if not filled:
        return Column(name, "empty", table.rows, 0, "empty")
    if len(words) > MANY and _few_numbers(words[:: len(words) // LOOKED_AT], table.decimal):
        return _of_words(table, name, codes, words, counts, nothing)
    values = [numbers.number_of(word, table.decimal) for word in words]
    is_number = np.array([v is not None for v in values], dtype=bool) & ~nothing
    if counts[is_number].sum() >= NUMBERS * filled:
        return _mostly_numbers(table, name, codes, words, values)
    return _of_words(table, name, codes, words, counts, nothing)


def _few_numbers(words: Sequence[str], decimal: numbers.Decimal) -> bool:
    return 2 * sum(numbers.number_of(word, decimal) is not None for word in words) < len(words)


def _mostly_numbers(
    table: RawTable,
    name: str,
    codes: NDArray[np.int64],
    words: list[str],
    known: list[float | None],
) -> Column:
    values = np.array([np.nan if n is None else n for n in known] + [np.nan])[codes]
    wrong = np.array([n is None for n in known] + [False])[codes]
    remark = ""
    if wrong.any():
        first = int(np.argmax(wrong))
        count = int(wrong.sum())
        remark = (
            f"{count:,} value{'s are not numbers' if count != 1 else ' is not a number'} and "
            f"count{'s' * (count == 1)} as missing: {table.place(first, name)} has "
            f"{printable(words[codes[first]])[:40]!r}"
        )
    return _of_numbers(name, values, int(np.isnan(values).sum()), remark)


def _of_words(
    table: RawTable,
    name: str,
    codes: NDArray[np.int64],
    words: list[str],
    counts: NDArray[np.int64],
    nothing: NDArray[np.bool_],
) -> Column:
    some = [word for word, none in zip(words, nothing, strict=True) if not none]
    different, filled = len({word.strip() for word in some}), int(counts[~nothing].sum())
    kind: Kind = "category"
    why = ""
    looked = some[:: max(1, len(some) // LOOKED_AT)]
    sentences = sum(map(len, looked)) > SHORTEST_TEXT * len(looked)
    if sum(bool(_DATE.fullmatch(word.strip())) for word in looked) >= NUMBERS * len(looked):
        kind, why = "date", "dates, which would have to be converted to numbers"
    elif different == 1 and filled == table.rows:
        kind, why = "constant", "the same in every row"
    elif different == filled and filled > 2:
        kind, why = "identifier", "different in every row"
    elif 2 * different > filled:
        kind, why = "text", "different in nearly every row"
    elif different > MOST_WORDS:
        kind, why = "text", f"{different:,} different words, of at most {MOST_WORDS:,}"
    elif sentences:
        kind, why = "text", "sentences"
    again = 0.0
    if kind in ("category", "text") and not sentences:
        largest = int(counts[~nothing].max())
        again = groups.repeats(name, different, filled, largest)
    remark = _formulas(table, name, codes, words)
    return Column(name, kind, table.rows - filled, different, why, remark, again)


def _formulas(table: RawTable, name: str, codes: NDArray[np.int64], words: list[str]) -> str:
    """A sentence where cells begin as a spreadsheet's formulas do."""
    begin = np.array([word.lstrip().startswith("=") for word in words] + [False])[codes]
    count = int(begin.sum())
    if not count:
        return ""
    first = table.place(int(np.argmax(begin)), name)
    return (
        f"{count:,} cell{'s begin' if count != 1 else ' begins'} with = as the formulas of "
        f"spreadsheets do ({first}); they are kept as text, and nothing is computed"
    )
