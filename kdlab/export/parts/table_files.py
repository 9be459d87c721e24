"""Files of tables: CSV and its relatives, Parquet, NPZ."""

from __future__ import annotations

import csv
from collections.abc import Iterable

import numpy as np
import pandas as pd
import pyarrow as pa
from pyarrow import parquet

from kdlab.data.naming import tidy
from kdlab.data.table.arrays import names_of, together
from kdlab.export.parts.constants import ENCODING, SEPARATOR, TABLE_FILE, TARGET
from kdlab.export.parts.own_table import stop


def read_delimited(*, header: bool = True, skipped: int = 0) -> pd.DataFrame:
    """Every cell as text. The first line has the names of the columns, unless it is no ``header``;
    lines before it may be ``skipped``."""
    try:
        with TABLE_FILE.open(encoding=ENCODING, newline="") as file:
            lines = (line for line in csv.reader(file, delimiter=SEPARATOR) if line)
            widths = [len(line) for line in lines][skipped:]
        cells = pd.read_csv(
            TABLE_FILE,
            sep=SEPARATOR,
            encoding=ENCODING,
            header=None,
            dtype=str,
            na_filter=False,
            skiprows=skipped,
        )
    except (OSError, ValueError, csv.Error) as error:
        stop(f"it cannot be read ({error})")
    if len(set(widths)) > 1:  # pandas would fill short lines up
        stop(f"not all lines have {widths[0]} values")
    names = cells.iloc[0] if header else [""] * cells.shape[1]
    cells.columns = named(names)
    return cells[int(header) :]


def read_parquet() -> pd.DataFrame:
    """The columns as they are in the file."""
    try:
        cells = parquet.read_table(TABLE_FILE).to_pandas(ignore_metadata=True)
    except (OSError, pa.ArrowException) as error:
        stop(f"it cannot be read ({error})")
    cells.columns = named(cells.columns)
    return cells


def read_arrays() -> pd.DataFrame:
    """Arrays (N,) are columns, and arrays (N, D) have D of them; others are skipped."""
    try:
        with np.load(TABLE_FILE) as file:
            arrays, _ = together({name: file[name] for name in file.files})
    except (OSError, ValueError) as error:
        stop(f"it cannot be read ({error})")
    columns = {}
    for name, array in arrays.items():
        if array.dtype.kind == "S":
            array = np.char.decode(array, "utf-8", "replace")
        array = array.astype(array.dtype.newbyteorder("="))
        if array.ndim == 1:
            columns[tidy(name)] = array
        elif array.ndim == 2:
            columns.update(zip(names_of(name, array, arrays), array.T, strict=True))
    rows = len(columns.get(TARGET, ()))
    return pd.DataFrame({n: values for n, values in columns.items() if len(values) == rows})


def named(names: Iterable[str]) -> list[str]:
    """Names of columns without spaces around them, or their number if they have no name."""
    return [tidy(str(name)) or f"column {n}" for n, name in enumerate(names, start=1)]
