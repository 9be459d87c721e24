"""The part of a script that is about a table: what the lab understood of its columns, written out.

A reader need not guess again which sign separates the values, which column is the target and which
words have a column of their own; medians, means and deviations are measured in the script.
"""

from __future__ import annotations

import re
import textwrap
from collections.abc import Iterable, Iterator
from itertools import groupby

from kdlab.config.schema import DataConfig
from kdlab.data import uploads
from kdlab.data.table import own
from kdlab.data.table.account import TableAccount
from kdlab.data.table.encode import CategoryColumn, Encoding
from kdlab.export.recipe import LOAD, Recipe, loaded, path_of
from kdlab.export.text import WIDTH, quoted, remark

_READ = """\
TABLE = {read}
TARGETS = targets_of(TABLE)
{groups}ROWS = {parts}
TENSORS = own_tensors(TABLE, TARGETS, ROWS)
WIDTH = TENSORS[0].shape[1]
CLASSES = len(CLASS_NAMES)


{load}"""
_READERS = {"csv": "read_delimited", "parquet": "read_parquet", "npz": "read_arrays"}
_INPUTS = (
    "What networks read, in this order: numbers, and of words those that have a column of their "
    "own; all others share one."
)
_SHOWN = 12
"""Columns that are left out, of which the names are told."""
_RUN = 4
"""Columns with numbers in their names, one after the other, from which one line stands for all."""


def sklearn_table(config: DataConfig) -> Recipe:
    """One of the tables that scikit-learn carries."""
    from kdlab.data.table.embedded import CLASSES, COLUMNS

    load = f"load_{config.dataset.replace('-', '_')}"
    width = len(COLUMNS[config.dataset])
    return Recipe(
        LOAD.format(f"sklearn_tensors({load}())"),
        (width,),
        str(width),
        str(len(CLASSES[config.dataset])),
        f"a table of {width} columns of numbers, which comes with scikit-learn",
    )


def own_table(config: DataConfig) -> Recipe:
    """A table of somebody's own; DataError where it cannot be read."""
    found = own.found(config)
    account = found.account
    name, note = config.folder.strip(), ""
    if name.startswith(uploads.PREFIX):
        title = uploads.title(name)
        name = f"table.{found.form}"
        note = loaded(title, "write its path here, or behind the script's name when you run it")
    constants = {"TABLE_FILE": path_of("TABLE_FILE", name)}
    options = []
    if found.written is not None:
        constants["SEPARATOR"] = quoted(found.written.separator)
        constants["ENCODING"] = quoted(found.written.encoding)
        options += [] if found.written.header else ["header=False"]
        options += [f"skipped={found.written.skipped}"] if found.written.skipped else []
    constants |= {
        "DECIMAL": f"{quoted(found.decimal)}  # point (0.5) or comma (0,5)",
        "TARGET": f"{quoted(account.target)}  # {remark(account.why)}",
        "CLASS_NAMES": _listed("CLASS_NAMES = ", found.classes),
        "INPUTS": _inputs(found.encoding),
        "GROUP_COLUMN": f"{quoted(account.group_column)}  # its rows stay together",
        "SPLIT_COLUMN": f"{quoted(account.split_column)}  # has train, validation or test",
    }
    arguments = ["TARGETS"]
    arguments += ["ROW_GROUPS"] if account.group_column else []
    arguments += ["given_parts(TABLE)"] if account.split_column else []
    cut = "rows_by_group" if account.group_column else "rows_by_class"
    text = _READ.format(
        read=f"{_READERS[found.form]}({', '.join(options)})",
        groups="ROW_GROUPS = groups_of(TABLE)\n" if account.group_column else "",
        parts=f"{cut}({', '.join(arguments)})",
        load=LOAD.format("TENSORS"),
    )
    return Recipe(
        text,
        (len(found.columns),),
        "WIDTH",
        "",
        "a table of your own, a row for each example",
        constants,
        {"TABLE_FILE": note, "INPUTS": _note(account)},
        unlabelled=account.unlabelled > 0,
        groups="ROW_GROUPS[ROWS[0]]" if account.group_column else "",
        file="TABLE_FILE",
    )


def _inputs(encoding: Encoding) -> str:
    """The columns as a dict, each on its line; a run of numbered ones on one line together."""
    lines: list[str] = []
    for words, columns in groupby(encoding.columns, lambda c: isinstance(c, CategoryColumn)):
        if words:
            lines += [
                f"    {(key := quoted(c.name) + ': ')}{_listed('    ' + key, c.words, 4)},\n"
                for c in columns
                if isinstance(c, CategoryColumn)
            ]
        else:
            lines += _numbers([column.name for column in columns])
    return "{\n" + "".join(lines) + "}"


def _numbers(names: list[str]) -> Iterator[str]:
    """Lines of columns of numbers."""
    while names:
        before, first, many = _run(names)
        if many < _RUN:
            many = 1
            yield f'    {quoted(names[0])}: "number",\n'
        else:
            name = f'f"{quoted(before)[1:-1]}{{n}}"'
            yield f'    **{{{name}: "number" for n in range({first}, {first + many})}},\n'
        names = names[many:]


def _run(names: list[str]) -> tuple[str, int, int]:
    """How many of the first ``names`` are numbered one after the other: what stands before their
    numbers, the first number, and how many they are."""
    found = re.fullmatch(r"([^{}]*?)(0|[1-9][0-9]{0,5})", names[0])
    if found is None:
        return names[0], 0, 1
    before, first = found[1], int(found[2])
    many = 1
    while names[many : many + 1] == [f"{before}{first + many}"]:
        many += 1
    return before, first, many


def _listed(start: str, words: Iterable[str], indent: int = 0) -> str:
    """The list that comes after ``start``, as a formatter breaks it."""
    each = [quoted(word) for word in words]
    whole = f"[{', '.join(each)}]"
    if len(start) + len(whole) + bool(indent) <= WIDTH:
        return whole
    space = " " * indent
    return "[\n" + "".join(f"{space}    {one},\n" for one in each) + f"{space}]"


def _note(account: TableAccount) -> str:
    """The comment above the columns: what they are, and which are left out, and why."""
    text = _INPUTS
    named = {account.target, account.group_column, account.split_column}
    left = [
        f"{quoted(column.name)} ({column.why})"
        for column in account.columns
        if column.why and column.name not in named
    ]
    if left:
        more = f", and {len(left) - _SHOWN} more" if len(left) > _SHOWN else ""
        text += f" Left out: {', '.join(left[:_SHOWN])}{more}."
    lines = textwrap.wrap(remark(text), WIDTH - 2, break_long_words=False, break_on_hyphens=False)
    return "".join(f"# {line}\n" for line in lines)
