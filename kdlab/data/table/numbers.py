r"""Cells as numbers: what people and spreadsheets write for one.

::

    "1.5" "1e-3" " 7 "          as they are
    "1,5"                        where commas are decimal
    "1,234.5" "1.234,5" "1 234"  groups of three
    "€ 3" "3.50 $" "5 %"         the number that is in it: 3, 3.5, 5
    "" "NA" "N/A" "?" "-" "null" nothing

Spreadsheets' formulas ("=A1+B1") and dates are no numbers, and nothing is ever computed.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

if TYPE_CHECKING:
    import pyarrow as pa

MISSING = frozenset(("", "na", "n/a", "n.a.", "#n/a", "<na>", "nan", "null", "?", "-"))
"""What stands for nothing, in lower case and without spaces around it."""
PLUS = "+"
MINUS = "-"
"""In a column that has a plus as well this is an answer, and no missing value."""
MOST_OTHERS = 20
"""Cells that are no numbers of which the places are kept."""

_GROUPED = {
    "point": re.compile(r"[+-]?\d{1,3}(?:[,  '’]\d{3})+(?:\.\d*)?"),
    "comma": re.compile(r"[+-]?\d{1,3}(?:[.  '’]\d{3})+(?:,\d*)?"),
}
_PLAIN = {
    "point": re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?"),
    "comma": re.compile(r"[+-]?(?:\d+,?\d*|,\d+)(?:[eE][+-]?\d+)?"),
}
_GROUPS = re.compile(r"[  '’]")
_UNITS = re.compile(r"^(?:[€$£¥₹]|EUR|USD|GBP|CHF)\s*|\s*(?:[€$£¥₹%]|EUR|USD|GBP|CHF)$")
_ENDLESS = {"inf": np.inf, "infinity": np.inf, "∞": np.inf}

Decimal = Literal["point", "comma"]


@dataclass(frozen=True, eq=False)
class Numbers:
    """A column as numbers: ``values`` (N,), NaN where there is none; ``count`` cells are something
    else, and ``others`` has the first of them: (row, cell)."""

    values: NDArray[np.float64]
    others: tuple[tuple[int, str], ...] = ()
    count: int = 0


def is_text(column: pa.ChunkedArray) -> bool:
    """Whether a column of Arrow's is text, whether or not each different one is kept once."""
    import pyarrow as pa

    kind = column.type.value_type if pa.types.is_dictionary(column.type) else column.type
    return bool(pa.types.is_string(kind) or pa.types.is_large_string(kind))


def texts(column: pa.ChunkedArray) -> list[str | None]:
    """Its cells as text, None where there is nothing."""
    import pyarrow as pa

    if is_text(column):
        return [None if cell is None else str(cell) for cell in column.to_pylist()]
    if pa.types.is_floating(column.type):
        width = column.type.bit_width  # as short as tells it from its neighbours of that width
        written: Any = {16: np.float16, 32: np.float32}.get(width, np.float64)
        return [None if cell is None else short(written(cell)) for cell in column.to_pylist()]
    return [None if cell is None else str(cell) for cell in column.to_pylist()]


def short(value: Any) -> str:
    """A number as short as it can be told from its neighbours: 3, 0.25."""
    if value == 0:
        return "0"
    plain = 1e-4 <= abs(value) < 1e16
    return np.format_float_positional(value, trim="-") if plain else str(value)


def of_column(column: pa.ChunkedArray, decimal: Decimal) -> Numbers:
    """Its cells as numbers, and which of them are none."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not is_text(column):
        kind = column.type
        if pa.types.is_boolean(kind) or pa.types.is_integer(kind):
            column = pc.cast(column, pa.float64(), safe=False)
        return Numbers(_floats(column))
    if not pa.types.is_dictionary(column.type):
        plain = quick(column, decimal)
        if plain is not None:
            return Numbers(plain)
    codes, words = coded(column)
    known = np.array([number_of(word, decimal) for word in words], dtype=object)
    values = np.array([np.nan if n is None else n for n in known] + [np.nan], dtype=np.float64)
    wrong = np.array([n is None for n in known] + [False])
    places = np.flatnonzero(wrong[codes])
    others = tuple((int(row), words[codes[row]]) for row in places[:MOST_OTHERS])
    return Numbers(values[codes], others, len(places))


def number_of(text: str, decimal: Decimal) -> float | None:
    """The number in one cell, NaN where it stands for nothing, None where it is no number.

    >>> number_of("1.234,5", "comma"), number_of("€ 3", "point"), number_of("=A1", "point")
    (1234.5, 3.0, None)
    """
    word = text.strip()
    if word.casefold() in MISSING:
        return np.nan
    if len(word) > 60:
        return None
    if word.casefold().lstrip("+-") in _ENDLESS:
        return -np.inf if word.startswith("-") else np.inf
    word = _UNITS.sub("", word.replace("−", "-"), count=2)
    if _PLAIN[decimal].fullmatch(word):
        return float(word.replace(",", "."))
    if _GROUPED[decimal].fullmatch(word):
        word = _GROUPS.sub("", word)
        if decimal == "point":
            return float(word.replace(",", ""))
        return float(word.replace(".", "").replace(",", "."))
    return None


def coded(column: pa.ChunkedArray) -> tuple[NDArray[np.int64], list[str]]:
    """Each cell of a text column as the place of its word among the different ones, -1 where there
    is nothing."""
    import pyarrow as pa
    import pyarrow.compute as pc

    known = pa.types.is_dictionary(column.type)
    whole = column if known else pc.dictionary_encode(column)
    if not len(whole):
        return np.empty(0, dtype=np.int64), []
    whole = whole.unify_dictionaries().combine_chunks()
    if isinstance(whole, pa.ChunkedArray):
        whole = whole.chunk(0)
    codes = np.asarray(pc.fill_null(whole.indices, -1)).astype(np.int64)
    words = [str(word) for word in whole.dictionary.to_pylist()]
    if known:  # it may hold words of which no row is left
        used, codes = np.unique(codes, return_inverse=True)
        words = [words[code] for code in used if code >= 0]
        codes = codes - int(used[0] < 0)
    return codes, words


def is_missing(word: str) -> bool:
    """Whether a word stands for nothing, by itself."""
    return word.strip().casefold() in MISSING


def missing_among(words: Sequence[str]) -> NDArray[np.bool_]:
    """Which of the words of a column stand for nothing."""
    signs = {PLUS, MINUS} <= {word.strip() for word in words}
    return np.array(
        [is_missing(word) and not (signs and word.strip() == MINUS) for word in words], dtype=bool
    )


def quick(column: pa.ChunkedArray, decimal: Decimal) -> NDArray[np.float64] | None:
    """The numbers of a column that has only plain ones and nothing; None where it has more."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if decimal == "point":
        with contextlib.suppress(pa.ArrowInvalid):  # nothing but numbers, as in most large tables
            return _floats(pc.cast(column, pa.float64()))
    trimmed = pc.utf8_trim_whitespace(column)
    if decimal == "comma":
        if pc.any(pc.match_substring(trimmed, ".")).as_py():
            return None  # groups of three
        trimmed = pc.replace_substring(trimmed, ",", ".")
    nothing = pc.is_in(pc.utf8_lower(trimmed), value_set=pa.array(sorted(MISSING)))
    try:
        found = pc.cast(pc.if_else(nothing, pa.scalar(None, pa.string()), trimmed), pa.float64())
    except pa.ArrowInvalid:
        return None
    return _floats(found)


def _floats(column: pa.ChunkedArray) -> NDArray[np.float64]:
    """(N,), a copy that may be written to; NaN where there is nothing."""
    found = column.to_numpy()
    return np.array(found, dtype=np.float64)
