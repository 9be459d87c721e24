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
        description="Data set 'table' only: the column to predict from the others; its different "
        "values are the classes. Empty: guessed from names and values.",
        json_schema_extra=widget("data", later=True),
    )
    left_out: str = Field(
        "",
        max_length=4000,
        title="Columns left out",
        description="Data set 'table' only: columns that students are not shown, separated by "
        "commas; put a name that contains a comma in double quotes.",
        json_schema_extra=widget("data", later=True),
    )
    group_column: str = Field(
        "",
        max_length=200,
        title="Column of groups",
        description="Data set 'table' only: rows with the same value here, such as all those of "
        "one patient, stay together in training, validation or test.",
        json_schema_extra=widget("data", later=True),
    )
    split_column: str = Field(
        "",
        max_length=200,
        title="Column of parts",
        description="Data set 'table' only: says for each row whether it belongs to train, "
        "validation or test. Empty: a column called split with these values is used.",
        json_schema_extra=widget("data", later=True),
    )
    separator: Literal["", "comma", "semicolon", "tab", "bar"] = Field(
        "",
        title="Separator",
        description="Data set 'table' only: what separates the values in a line. Empty: it is "
        "detected.",
        json_schema_extra=widget("data", later=True),
    )
    decimal: Literal["", "point", "comma"] = Field(
        "",
        title="Decimal mark",
        description="Data set 'table' only: how numbers are written, 0.5 or 0,5. Empty: it is "
        "detected.",
        json_schema_extra=widget("data", later=True),
    )
    encoding: Literal["", "utf-8", "utf-16", "cp1252", "latin-1"] = Field(
        "",
        title="Encoding",
        description="Data set 'table' only: the character encoding of a .csv or .tsv file. Empty: "
        "it is detected.",
        json_schema_extra=widget("data", later=True),
    )
