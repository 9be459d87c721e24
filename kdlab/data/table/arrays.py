"""An NPZ: arrays of equal length beside each other, never a pickle.

::

    X (N, D), y (N,)                            D columns "X 1", "X 2", ... and y
    age (N,), sex (N,), target (N,)             a column each
    X (N, D), feature_names (D,), y (N,)        columns by their names
    x_train, y_train, x_test, y_test            one table, with a column "split"

Each array's header is held against the size that the archive gives for it before a byte of it is
unpacked, and an array of Python objects, which is a pickle, is refused by its header.
"""

from __future__ import annotations

import math
import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
from numpy.lib import format as npy
from numpy.typing import NDArray

from kdlab.data.naming import printable, tidy
from kdlab.data.own.names import split_of
from kdlab.data.own.zips import check_list
from kdlab.data.table import limits
from kdlab.data.table.raw import RawTable
from kdlab.errors import ArchiveError, DataError
from kdlab.system.files import regular

MAGIC = b"PK\x03\x04"
ALLOWED = "an .npz of arrays of one length: 1-D ones, and 2-D ones with a column for each input"
SAVE = "Write it with numpy.savez(path, X=..., y=...)"
NAMES = ("feature_names", "columns", "column_names", "names", "features")
"""Arrays that may hold the names of the columns of a 2-D one."""
MOST_ARRAYS = 2000
SPLIT = "split"

Array = NDArray[Any]


def contents(path: Path) -> dict[str, Array]:
    """The arrays of the file at ``path``, by name; DataError says what is wrong."""
    try:
        with regular(path, limits.MOST_BYTES) as file:
            check_list(file, path)
            with zipfile.ZipFile(file) as archive:
                return _arrays(archive)
    except ArchiveError as error:  # of its list of files
        raise DataError(error.received, error.allowed, error.todo) from None
    except (
        zipfile.BadZipFile, zlib.error, OSError, EOFError, ValueError, ArithmeticError, LookupError,
        RuntimeError, SyntaxError, MemoryError,
    ) as error:  # fmt: skip
        why = str(error).splitlines()[0][:120].rstrip(".") if str(error) else type(error).__name__
        raise DataError(f"the .npz cannot be read ({printable(why)})", ALLOWED, SAVE) from None


def read(path: Path) -> RawTable:
    """The table in the file at ``path``; DataError says what is wrong."""
    said: list[str] = []
    arrays, parts = together(contents(path))
    if parts:
        said.append(
            f"Arrays of {', '.join(parts)} were put together; the column {SPLIT} says which"
        )
    rows = _rows(arrays)
    columns: dict[str, Any] = {}
    left = []
    found: list[tuple[str, Array]] = []
    for name, array in arrays.items():
        if array.ndim == 2 and len(array) == rows:
            found += zip(names_of(name, array, arrays), array.T, strict=True)
        elif array.ndim == 1 and len(array) == rows:
            found.append((tidy(name), array))
        else:
            left.append(f"{printable(name)[:40]!r} {array.shape}")
    limits.check_size(rows, len(found))
    limits.check_names([name for name, _ in found])
    for name, array in found:
        columns[name] = _column(name, array)
    if left:
        said.append(f"Left out, since they are not of {rows:,} rows: {', '.join(left[:5])}")
    import pyarrow as pa

    return RawTable(pa.table(columns), "npz", said=tuple(said))


def _arrays(archive: zipfile.ZipFile) -> dict[str, Array]:
    """Its arrays by name, each checked before it is unpacked."""
    members = [info for info in archive.infolist() if info.filename.endswith(".npy")]
    if not members:
        what = "a zip without arrays"
        if any(info.filename.startswith(("xl/", "content.xml")) for info in archive.infolist()):
            what = "a spreadsheet"
        raise DataError(f"the file is {what}", ALLOWED, "Save the table as CSV in UTF-8")
    if len(members) > MOST_ARRAYS:
        raise DataError(
            f"the .npz has {len(members):,} arrays", f"at most {MOST_ARRAYS:,}", "Leave some out"
        )
    limits.check_unpacked(sum(info.file_size for info in members))
    unusual = {info.compress_type for info in members} - {zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED}
    if unusual:  # zipfile unpacks these without an end
        raise DataError(
            f"an array of the .npz is packed with the compression method {min(unusual)}",
            "arrays that are stored or deflated, as numpy.savez and savez_compressed write them",
            SAVE,
        )
    found: dict[str, Array] = {}
    for info in members:
        name = info.filename.removesuffix(".npy")
        with archive.open(info) as member:
            shape, _, kind = _header(member)
            if kind.hasobject:
                raise DataError(
                    f"the array {printable(name)[:60]!r} holds Python objects, which are a pickle "
                    "and are never loaded",
                    "arrays of numbers, truth values, dates or text",
                    "Convert it first, for example with array.astype(str) or array.astype(float)",
                )
            if kind.kind not in "biufSUM":
                raise DataError(
                    f"the array {printable(name)[:60]!r} is of {str(kind)[:60]}",
                    "arrays of numbers, truth values, dates or text",
                    "Convert it first, or leave it out",
                )
            size = math.prod(shape) * kind.itemsize
            if size > info.file_size or min(shape, default=0) < 0 or not kind.itemsize:
                raise DataError(
                    f"the array {printable(name)[:60]!r} claims more data than the file has",
                    ALLOWED,
                    SAVE,
                )
            if len(shape) in (1, 2):  # a side may be 0, and the other one without an end
                limits.check_size(*shape, *[1] * (2 - len(shape)))
        with archive.open(info) as member:
            found[name] = npy.read_array(member, allow_pickle=False)
    return found


def _header(member: Any) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    version = npy.read_magic(member)
    if version == (1, 0):
        return npy.read_array_header_1_0(member)
    if version == (2, 0):
        return npy.read_array_header_2_0(member)
    raise ValueError(f"an array is of version {version[0]}.{version[1]}")


def together(arrays: dict[str, Array]) -> tuple[dict[str, Array], list[str]]:
    """Arrays x_train, x_test ... as one x, and a column that says which rows are for what; and the
    parts in it. As they are, and no parts, where not all of them have a part in their names."""
    parts: dict[str, dict[str, Array]] = {}
    for name, array in arrays.items():
        before, _, after = name.rpartition("_")
        first, _, rest = name.partition("_")
        base, part = (before, split_of(after)) if split_of(after) else (rest, split_of(first))
        if not part or not base or array.ndim not in (1, 2) or part in parts.get(base, {}):
            return arrays, []
        parts.setdefault(base, {})[part] = array
    order = list(next(iter(parts.values()), {}))
    if len(order) < 2 or any(set(each) != set(order) for each in parts.values()):
        return arrays, []
    sizes = [{len(each[part]) for each in parts.values()} for part in order]
    widths = [{a.shape[1:] for a in each.values()} for each in parts.values()]
    if any(len(size) != 1 for size in sizes) or any(len(width) != 1 for width in widths):
        return arrays, []
    joined = {name: np.concatenate([each[part] for part in order]) for name, each in parts.items()}
    counts = [size.pop() for size in sizes]
    return joined | {SPLIT: np.repeat(np.array(order), counts)}, order


def _rows(arrays: dict[str, Array]) -> int:
    """The number of rows: that of the 2-D arrays, or else of most 1-D ones."""
    for dimensions in (2, 1):
        lengths = [len(a) for name, a in arrays.items() if a.ndim == dimensions]
        if dimensions == 2 and len(set(lengths)) > 1:
            shown = ", ".join(
                f"{printable(name)[:30]!r} {a.shape}" for name, a in arrays.items() if a.ndim == 2
            )
            raise DataError(f"the arrays are not of one length: {shown}"[:300], ALLOWED, SAVE)
        if lengths:
            return max(lengths, key=lengths.count)
    shown = ", ".join(f"{printable(n)[:30]!r} {a.shape}" for n, a in list(arrays.items())[:5])
    raise DataError(f"the .npz holds no table: {shown}", ALLOWED, SAVE)


def names_of(name: str, array: Array, arrays: Mapping[str, Array]) -> list[str]:
    """The names of the columns of the ``array`` called ``name``, one of all ``arrays``."""
    names = next((arrays[n] for n in NAMES if n in arrays and arrays[n].ndim == 1), None)
    if names is not None and len(names) == array.shape[1]:
        return [tidy(_text(each)) or f"column {n}" for n, each in enumerate(names, start=1)]
    word = "column" if len(arrays) == 1 else tidy(name)
    return [f"{word} {n}" for n in range(1, array.shape[1] + 1)]


def _text(value: Any) -> str:
    return value.decode("utf-8", "replace") if isinstance(value, bytes) else str(value)


def _column(name: str, array: Array) -> Any:
    """One array (N,) as Arrow's: bytes and dates as text, each not-a-number as nothing."""
    import pyarrow as pa

    if array.dtype.kind == "S":
        return pa.array([_text(each) for each in array], pa.string())
    if array.dtype.kind == "M":
        return pa.array(np.datetime_as_string(array), pa.string(), mask=np.isnat(array))
    if array.dtype.kind == "U":
        return pa.array([each.encode("utf-8", "replace").decode() for each in array], pa.string())
    if array.dtype.kind == "f" and array.dtype.itemsize > 8:
        array = array.astype(np.float64)
    return pa.array(
        np.ascontiguousarray(array.astype(array.dtype.newbyteorder("="))), from_pandas=True
    )
