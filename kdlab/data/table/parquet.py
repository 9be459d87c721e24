"""A Parquet file: judged by its footer before anything of it is unpacked.

A file of a few kilobytes may stand for a table of terabytes: a value is kept once however often it
is there, and packed. So the footer's numbers of rows, columns and bytes are held against the
limits, text stays in Arrow's dictionaries (each different value once), and what is unpacked is
counted again, column by column, as it comes.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.data.naming import printable, tidy
from kdlab.data.table import limits
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError

if TYPE_CHECKING:
    import pyarrow as pa

MAGIC = b"PAR1"
ALLOWED = "an undamaged .parquet file without encryption, with columns of numbers or text"
SAVE = "Write it again, or save the table as CSV in UTF-8"


def read(path: Path) -> RawTable:
    """The table in the file at ``path``; DataError says what is wrong."""
    import pyarrow as pa

    try:
        return _read(path)
    except (pa.ArrowException, OSError, ValueError, OverflowError, NotImplementedError) as error:
        why = str(error).splitlines()[0][:160].rstrip(".") if str(error) else type(error).__name__
        raise DataError(
            f"the Parquet file cannot be read ({printable(why)})", ALLOWED, SAVE
        ) from None


def _read(path: Path) -> RawTable:
    import pyarrow as pa
    from pyarrow import parquet

    with pa.OSFile(str(path), "rb") as source, parquet.ParquetFile(source) as file:
        about, schema = file.metadata, file.schema_arrow
        limits.check_size(about.num_rows, len(schema.names))
        groups = [about.row_group(n) for n in range(about.num_row_groups)]
        limits.check_unpacked(sum(max(0, group.total_byte_size) for group in groups))
        names = [tidy(name) or f"column {n}" for n, name in enumerate(schema.names, start=1)]
        limits.check_names(names)
        words = [field.name for field in schema if _kept_once(field.type)]
    columns: dict[str, Any] = {}
    left: list[str] = []
    size = 0
    with (
        pa.OSFile(str(path), "rb") as source,
        parquet.ParquetFile(source, read_dictionary=words) as file,
    ):
        for name, field in zip(names, schema, strict=True):
            if not _usable(field.type):
                left.append(f"{printable(name)[:40]!r} ({field.type})"[:80])
                continue
            # by its name: "s.x" is also the path of x in a column s, which is read beside it
            column = file.read(columns=[field.name], use_threads=False).column(field.name)
            column.validate(full=True)
            size += _unpacked(column)
            limits.check_unpacked(size)
            try:
                columns[name] = _plain(column)
            except pa.ArrowException:  # a duration, a time zone that this machine does not know
                left.append(f"{printable(name)[:40]!r} ({field.type})"[:80])
    said = []
    if left:
        said.append(f"Left out, since they hold neither numbers nor text: {', '.join(left[:5])}")
    if not columns:
        raise DataError("the Parquet file has no column of numbers or text", ALLOWED, SAVE)
    table = pa.table(columns)
    limits.check_size(table.num_rows, table.num_columns)
    return RawTable(table, "parquet", said=tuple(said))


def _unpacked(column: pa.ChunkedArray) -> int:
    """Bytes of its cells, each of them counted."""
    import pyarrow as pa
    import pyarrow.compute as pc

    if not pa.types.is_dictionary(column.type):
        return int(column.nbytes)
    size = 4 * len(column)
    for chunk in column.chunks:
        lengths = pc.binary_length(chunk.dictionary) if _kept_once(chunk.type.value_type) else None
        if lengths is not None:
            size += int(pc.sum(lengths.take(chunk.indices)).as_py() or 0)
    return size


def _kept_once(kind: pa.DataType) -> bool:
    import pyarrow as pa

    return bool(
        pa.types.is_string(kind) or pa.types.is_large_string(kind) or pa.types.is_binary(kind)
    )


def _usable(kind: pa.DataType) -> bool:
    import pyarrow as pa

    if pa.types.is_dictionary(kind):
        kind = kind.value_type
    return bool(
        pa.types.is_string(kind)
        or pa.types.is_large_string(kind)
        or pa.types.is_integer(kind)
        or pa.types.is_floating(kind)
        or pa.types.is_boolean(kind)
        or pa.types.is_decimal(kind)
        or pa.types.is_temporal(kind)
        or pa.types.is_null(kind)
    )


def _plain(column: pa.ChunkedArray) -> pa.ChunkedArray:
    """Decimals as floats, dates as text; text with each different value once."""
    import pyarrow as pa
    import pyarrow.compute as pc

    kind = column.type
    if pa.types.is_decimal(kind):
        return pc.cast(column, pa.float64())
    if pa.types.is_null(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_temporal(kind):
        return pc.cast(column, pa.string())
    if pa.types.is_dictionary(kind) and not _kept_once(kind.value_type):
        return pc.cast(column, kind.value_type)
    return column
