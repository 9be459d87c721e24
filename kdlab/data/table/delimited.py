"""CSV and its relatives: which sign is between the values, whether the first line has the names,
and how numbers are written is recognised from the first lines, or said by the owner.

::

    bytes ── encodings ──> UTF-8 ── recognised on the first lines ──> Style
                             └── Arrow's reader, all cells as text, block by block ──> RawTable

Quotes are those of RFC 4180: a quote within quotes is written twice, and lines may break inside.
"""

from __future__ import annotations

import csv
import io
import itertools
import re
from collections import Counter
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np

from kdlab.data.naming import printable, tidy
from kdlab.data.table import limits
from kdlab.data.table.encodings import decoded
from kdlab.data.table.numbers import is_missing, number_of
from kdlab.data.table.raw import Decimal, RawTable, Written
from kdlab.errors import DataError

SEPARATORS = {"tab": "\t", "semicolon": ";", "bar": "|", "comma": ","}
"""Setting -> sign, in the order in which those that fit all lines are preferred: numbers and
sentences have commas in them, which separate nothing."""
SAMPLE = 300_000
"""Characters of the beginning by which all of it is judged."""
LINES = 200
LAYOUT = "a line of names, then one line for each row, with the same number of values in each"
YEARS = range(1800, 2200)

Wrong = tuple[int | None, int, str]
"""A record of another number of values: its number, how many it has, its text."""

_DECIMAL = {
    "comma": re.compile(
        r"\s*[+-]?(?:\d{1,3}(?:\.\d{3})+,\d+|(?!\d{1,3},\d{3}\s*\Z)\d*,\d+|0,\d+)\s*"
    ),
    "point": re.compile(
        r"\s*[+-]?(?:\d{1,3}(?:,\d{3})+\.\d+|(?!\d{1,3}\.\d{3}\s*\Z)\d*\.\d+|0\.\d+)\s*"
    ),
}
_EITHER = re.compile(r"\s*[+-]?\d{1,3},\d{3}\s*")
_SIGNATURES = (
    (b"PK\x03\x04", "a zip archive, as .xlsx and .ods files are"),
    (b"PAR1", "a Parquet file"),
    (b"\x1f\x8b", "compressed (gzip)"),
    (b"\xd0\xcf\x11\xe0", "an .xls file"),
    (b"%PDF", "a PDF"),
    (b"\x80\x04", "a pickle, which is never loaded"),
    (b"\x93NUMPY", "a single array of NumPy"),
)


@dataclass(frozen=True)
class Style:
    """How a file is written."""

    separator: str
    decimal: Decimal
    header: bool
    names: tuple[str, ...]


def read(data: bytes, separator: str = "", decimal: str = "", encoding: str = "") -> RawTable:
    """The table in the bytes of a file; "" stands for what is to be recognised. DataError says
    what is wrong, and where."""
    _check_signature(data)
    data, said, python = decoded(data, encoding)
    if b"\0" in data:
        line = data.count(b"\n", 0, data.index(b"\0")) + 1
        raise DataError(
            f"the file is not text: line {line:,} has a byte of value 0, as binary files have",
            LAYOUT,
            "Save the table as CSV in UTF-8",
        )
    remarks = [said] if said else []
    skipped = 0
    if (told := re.match(rb"sep=(.)\r?\n", data)) is not None:  # as Excel begins a file
        separator = separator or _name_of(told[1].decode("utf-8", "replace"))
        data, skipped = data[told.end() :], 1
    beginning = data.lstrip(b"\r\n")
    skipped += data[: len(data) - len(beginning)].count(b"\n")
    data = beginning
    if not data.strip():
        raise DataError("the table is empty", LAYOUT, "Choose another file")
    style = recognised(data[:SAMPLE].decode("utf-8", "ignore"), separator, decimal)
    table = _cells(data, style, skipped)
    if style.separator != ",":
        name = _name_of(style.separator)
        remarks.append(f"Values are separated by {'tabs' if name == 'tab' else name + 's'}")
    if style.decimal == "comma":
        remarks.append("Numbers have decimal commas (0,5)")
    if not style.header:
        remarks.append(
            "The first line has numbers and was taken for a row, so the columns are numbered; put "
            "a line of names before it to name them"
        )
    plain = data.rstrip(b"\r\n").count(b"\n") + 1 == table.num_rows + style.header
    first = skipped + 1 + style.header if plain else None
    how = Written(style.separator, python, style.header, int(told is not None))
    return RawTable(table, "csv", style.decimal, first, tuple(remarks), how)


def recognised(text: str, separator: str = "", decimal: str = "") -> Style:
    """How the file is written that begins with ``text``."""
    sign = SEPARATORS.get(separator) or _separator(text)
    lines = _lines(text, sign)
    if not lines:
        raise DataError("the table is empty", LAYOUT, "Choose another file")
    how: Decimal = _decimal(lines, sign) if not decimal else _as_decimal(decimal)
    header = _is_header(lines, how)
    names = [tidy(cell) for cell in lines[0]] if header else [""] * len(lines[0])
    names = [name or f"column {n}" for n, name in enumerate(names, start=1)]
    limits.check_names(names)
    return Style(sign, how, header, tuple(names))


def _as_decimal(name: str) -> Decimal:
    return "comma" if name == "comma" else "point"


def _name_of(sign: str) -> str:
    return next((name for name, each in SEPARATORS.items() if each == sign), "")


def _check_signature(data: bytes) -> None:
    what = next((words for mark, words in _SIGNATURES if data.startswith(mark)), None)
    if what is None and re.match(rb"\s*<(!doctype|html|\?xml)", data[:200], re.IGNORECASE):
        what = "a web page"
    if what is not None:
        raise DataError(
            f"the file is {what}",
            "a .csv, .tsv, .parquet or .npz file",
            "Save the table as CSV in UTF-8",
        )


def _lines(text: str, sign: str) -> list[list[str]]:
    """The first lines that are not empty, as values; without the last one, which may be cut."""
    found: list[list[str]] = []
    whole = len(text) < SAMPLE - 4
    try:
        for line in csv.reader(io.StringIO(text, newline=""), delimiter=sign):
            if line:
                found.append(line)
            if len(found) > LINES:
                return found[:-1]
    except csv.Error:
        return found
    return found if whole or len(found) < 2 else found[:-1]


def _separator(text: str) -> str:
    """The sign that cuts the lines into the same number of values, and more than one."""
    best, score = ",", (0.0, 0)
    for sign in SEPARATORS.values():
        widths = Counter(len(line) for line in _lines(text, sign))
        width, often = max(widths.items(), key=lambda w: (w[1], w[0]), default=(1, 0))
        share = often / max(1, widths.total())
        if width > 1 and share == 1:
            return sign
        if width > 1 and (share, width) > score:
            best, score = sign, (share, width)
    return best


def _decimal(lines: list[list[str]], sign: str) -> Decimal:
    cells = [cell for line in lines[1:] or lines for cell in line]
    found = {name: sum(bool(form.fullmatch(c)) for c in cells) for name, form in _DECIMAL.items()}
    if found["comma"] != found["point"]:
        return "comma" if found["comma"] > found["point"] else "point"
    either = sign != "," and any(_EITHER.fullmatch(cell) for cell in cells)
    return "comma" if either and not found["point"] else "point"


def _is_header(lines: list[list[str]], decimal: Decimal) -> bool:
    """Whether the first line has names: it has no number where the lines below have some. Years
    and 0, 1, 2 ... are names, too, as tables by year and programs write them."""
    first = lines[0]
    values = [None if is_missing(cell) else number_of(cell, decimal) for cell in first]
    named = [value for value in values if value is not None]
    if not named or len(lines) == 1:
        return True
    if all(value in YEARS for value in named) and len(set(named)) == len(named) < len(first):
        return True
    if len(named) > 2 and named[0] in (0, 1) and set(np.diff(named)) == {1}:
        return True
    below = [number_of(line[n], decimal) for line in lines[1:2] for n in range(len(line))]
    return not any(v is not None and b is not None for v, b in zip(values, below, strict=False))


def _cells(data: bytes, style: Style, skipped: int) -> Any:
    """All cells as text; ``skipped`` lines of the file stand before these."""
    import pyarrow as pa
    from pyarrow import csv as arrow

    quoted, width = b'"' in data, len(style.names)
    if not quoted:  # each line is a row, so that their number is known
        lines = max(data.count(b"\n"), data.count(b"\r")) + (data[-1:] not in b"\r\n")
        limits.check_size(lines - style.header, width)
    limits.check_size(0, width)
    wrong: list[Wrong] = []

    def uneven(row: Any) -> Literal["error"]:
        wrong.append((row.number, row.actual_columns, row.text))
        return "error"

    batches, rows = [], 0
    try:
        reader = arrow.open_csv(
            pa.BufferReader(data),
            read_options=arrow.ReadOptions(
                use_threads=False, column_names=list(style.names), block_size=limits.LONGEST_LINE
            ),
            parse_options=arrow.ParseOptions(
                delimiter=style.separator, newlines_in_values=quoted, invalid_row_handler=uneven
            ),
            convert_options=arrow.ConvertOptions(
                column_types=dict.fromkeys(style.names, pa.string()), strings_can_be_null=False
            ),
        )
        for batch in reader:
            batches.append(batch)
            rows += batch.num_rows
            limits.check_size(rows - style.header, width)
    except (pa.ArrowException, ValueError) as error:
        if wrong:
            record, found, text = wrong[0]
            where = _place(data, record, style, skipped, quoted)
            raise _uneven(where, found, text, style) from None
        raise _unreadable(rows - style.header, error) from None
    table = pa.Table.from_batches(batches)
    return table.slice(1) if style.header else table


def _place(data: bytes, record: int | None, style: Style, skipped: int, quoted: bool) -> str:
    """Where the ``record`` stands that Arrow counts from 1, and empty lines not at all."""
    if record is None:
        return "a line"
    if not quoted:
        begin = next(itertools.islice(re.finditer(rb"[^\r\n]+", data), record - 1, None)).start()
        end = b"\n" if b"\n" in data else b"\r"
        return f"line {data.count(end, 0, begin) + 1 + skipped:,}"
    text = io.TextIOWrapper(io.BytesIO(data), "utf-8", "replace", newline="")
    lines = csv.reader(text, delimiter=style.separator)
    try:
        for _ in itertools.islice(filter(None, lines), record - 1):
            pass
    except csv.Error:  # a value that is too long for it
        return f"row {record - style.header:,}"
    return f"line {lines.line_num + 1 + skipped:,}"


def _uneven(where: str, found: int, text: str, style: Style) -> DataError:
    todo = f"Correct it, or set separator if {style.separator!r} is not what separates values"
    if '"' in text:
        todo = "Correct it; a double quote within it may be one that is never closed"
    return DataError(
        f"{where} of the table has {found} value{'s' * (found != 1)} and not {len(style.names)}: "
        f"{printable(text)[:60]!r}",
        LAYOUT,
        todo,
    )


def _unreadable(rows: int, error: Exception) -> DataError:
    why = str(error).splitlines()[0][:120].rstrip(".") if str(error) else type(error).__name__
    return DataError(
        f"the table cannot be read after row {max(0, rows):,} ({printable(why)})",
        LAYOUT + f", no line longer than {limits.LONGEST_LINE // 10**6} MB",
        "Look for an unclosed double quote",
    )
