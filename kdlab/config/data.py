"""The whole of what is set of data, with that of somebody's own table: which column is to be told
from which others, and how the file is written where that is not recognised."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from kdlab.config.base import widget
from kdlab.config.examples import Examples


class DataConfig(Examples):
    """Which data, and how much of it; what is named here has no effect but on the data set
    'table'."""

    target: str = Field(
        "",
        max_length=200,
        title="Target column",
        description="Data set 'table' only: the column that is to be told from the others, whose "
        "different values are the classes. Empty: it is guessed from names and values.",
        json_schema_extra=widget("data", later=True),
    )
    left_out: str = Field(
        "",
        max_length=4000,
        title="Columns left out",
        description="Data set 'table' only: columns that students are not shown, separated by "
        "commas; a name with a comma in it stands in double quotes.",
        json_schema_extra=widget("data", later=True),
    )
    group_column: str = Field(
        "",
        max_length=200,
        title="Column of groups",
        description="Data set 'table' only: rows with the same value here, like all of one "
        "patient, are in the same one of training, validation and test.",
        json_schema_extra=widget("data", later=True),
    )
    split_column: str = Field(
        "",
        max_length=200,
        title="Column of parts",
        description="Data set 'table' only: says of each row whether it is for train, validation "
        "or test. Empty: a column that is called split and has these values is one.",
        json_schema_extra=widget("data", later=True),
    )
    separator: Literal["", "comma", "semicolon", "tab", "bar"] = Field(
        "",
        title="Separator",
        description="Data set 'table' only: what stands between two values of a line. Empty: it "
        "is recognised.",
        json_schema_extra=widget("data", later=True),
    )
    decimal: Literal["", "point", "comma"] = Field(
        "",
        title="Decimal mark",
        description="Data set 'table' only: how numbers are written, 0.5 or 0,5. Empty: it is "
        "recognised.",
        json_schema_extra=widget("data", later=True),
    )
    encoding: Literal["", "utf-8", "utf-16", "cp1252", "latin-1"] = Field(
        "",
        title="Encoding",
        description="Data set 'table' only: how the letters of a .csv or .tsv file are encoded. "
        "Empty: it is recognised.",
        json_schema_extra=widget("data", later=True),
    )
