"""What is what in a table: its target, its columns, its parts, told in an account; and its rows as
tensors.

::

    RawTable + what its columns hold ── target, cut ──> which row is what ── encode, measured on
    training rows ──> Found, without a cell of the table ── all rows ──> DataSplit
"""

from __future__ import annotations

import csv
import dataclasses
import io
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.naming import printable, shown_names, tidy
from kdlab.data.own.splits import PARTS
from kdlab.data.split import DataSplit, Part
from kdlab.data.table import answers, encode, groups, target
from kdlab.data.table.account import PREVIEW_ROWS, TableAccount
from kdlab.data.table.cut import Cut, cut, shared_groups, split_column
from kdlab.data.table.encode import Encoding
from kdlab.data.table.kinds import Column
from kdlab.data.table.raw import Decimal, Form, RawTable, Written
from kdlab.errors import DataError

CELL = 60
"""Characters of a cell in the preview."""


class Choices(NamedTuple):
    """The settings that say what is what in a table."""

    target: str
    left_out: str
    group_column: str
    split_column: str
    limit: int | Literal["all"]

    @classmethod
    def of(cls, config: DataConfig) -> Choices:
        """Those of ``config``."""
        return cls(
            tidy(config.target),
            config.left_out,
            tidy(config.group_column),
            tidy(config.split_column),
            config.train_limit,
        )


@dataclass(frozen=True, eq=False)
class Found:
    """What a table was understood as, without its cells."""

    rows: int
    target: target.Target
    cut: Cut
    encoding: Encoding
    account: TableAccount
    form: Form = "csv"
    decimal: Decimal = "point"
    written: Written | None = None
    """Of a delimited file."""

    @property
    def classes(self) -> tuple[str, ...]:
        """Their names."""
        return self.target.classes

    @property
    def columns(self) -> tuple[str, ...]:
        """The names of the numbers that a network reads."""
        return self.account.inputs

    @property
    def sizes(self) -> tuple[int, int, int]:
        """Rows of training, validation and test."""
        train, validation, test = (len(self.cut.parts[part]) for part in PARTS)
        return train, validation, test


def split_of(table: RawTable, known: Found) -> DataSplit:
    """The rows of a table as tensors, in standard units."""
    import torch

    parts = [known.cut.parts[part] for part in PARTS]
    inputs = known.encoding.rows(table, parts)
    groups = known.cut.groups
    train, validation, test = (
        Part(
            torch.from_numpy(each),
            torch.from_numpy(known.target.codes[rows]),
            rows=torch.from_numpy(rows),
            groups=None if groups is None else torch.from_numpy(groups[rows]),
        )
        for each, rows in zip(inputs, parts, strict=True)
    )
    return DataSplit(
        classes=known.classes,
        shape=(len(known.columns),),
        train=train,
        validation=validation,
        test=test,
        mean=known.encoding.mean,
        std=known.encoding.std,
        account=known.account,
        columns=known.columns,
        encoding=known.encoding,
    )


def understood(table: RawTable, columns: Sequence[Column], choices: Choices) -> Found:
    """What is what in a table whose ``columns`` were looked at; DataError where it cannot be
    used."""
    asked = names_in(choices.left_out)
    for name in asked:
        table.column(name)
    split = split_column(table, columns, choices.split_column)
    group = choices.group_column
    if group:
        table.column(group)
    goal = target.find(table, columns, choices.target, [*asked, split, group])
    # a class that is never answered has a column of zeros
    numbers = [c.name for c in columns if c.kind in ("number", "constant", "identifier", "empty")]
    given = answers.columns_of(numbers, goal.classes)
    reasons = (
        dict.fromkeys(given, "looks like a teacher's answer")
        | dict.fromkeys(asked, "as chosen")
        | {split: "the column of parts", group: "the column of groups", goal.name: "the target"}
    )
    judged = tuple(
        dataclasses.replace(c, why=reasons[c.name]) if c.name in reasons else c for c in columns
    )
    used = [c for c in judged if c.used]
    if not used:
        raise _nothing_left(judged, goal.name)
    parts = cut(table, goal, split, group, choices.limit)
    encoding = encode.measured(table, used, parts.parts["train"])
    encode.check_memory(sum(map(len, parts.parts.values())), encoding)
    told = _account(table, judged, goal, parts, encoding, split, group, given)
    if not group and not split:
        told = _asks(told, groups.suspected(c for c in judged if c.name not in reasons))
    how = table.form, table.decimal, table.written
    return Found(table.rows, goal, parts, encoding, told, *how)


def _asks(account: TableAccount, together: Column | None) -> TableAccount:
    """The account, with what is asked about a column whose rows may belong together."""
    if together is None:
        return account
    done = (*account.done, groups.told(together))
    return dataclasses.replace(account, together=together, done=done)


def names_in(text: str) -> tuple[str, ...]:
    """The names of columns in a setting: separated by commas, in quotes where they hold one.

    >>> names_in('age, "weight, kg"')
    ('age', 'weight, kg')
    """
    try:
        lines = list(csv.reader(io.StringIO(text.replace("\n", " ")), skipinitialspace=True))
    except csv.Error:
        return ()
    return tuple(dict.fromkeys(tidy(name) for line in lines for name in line if name.strip()))


def _account(
    table: RawTable,
    columns: tuple[Column, ...],
    goal: target.Target,
    parts: Cut,
    encoding: Encoding,
    split: str,
    group: str,
    given: tuple[str, ...],
) -> TableAccount:
    counts = {}
    for part, rows in parts.parts.items():
        codes = goal.codes[rows]
        of_class = np.bincount(codes[codes >= 0], minlength=len(goal.classes))
        counts[part] = tuple(of_class.tolist())
    unlabelled = int((goal.codes[parts.parts["train"]] < 0).sum())
    done = [*table.said, *parts.done]
    done += [column.remark for column in columns if column.used and column.remark]
    if unlabelled:
        done.append(
            f"{unlabelled:,} row{'s' * (unlabelled != 1)} without a class "
            f"{'are' if unlabelled != 1 else 'is'} in train, for the teacher to answer"
        )
    if written := target.nothings(table, goal.name):
        shown = ", ".join(repr(printable(word)) for word in written)
        done.append(f"In the target {shown} counts as no class; spelt out it would be one")
    if several := shared_groups(parts):
        done.append(
            f"{several:,} group{'s are' if several != 1 else ' is'} in more than one part, as the "
            "column of parts has them"
        )
    done += target.told(goal)
    done += _empty_classes(goal.classes, counts)
    return TableAccount(
        table.rows,
        columns,
        encoding.names,
        goal.name,
        goal.why,
        goal.classes,
        counts,
        parts.origin,
        unlabelled,
        group,
        split,
        given,
        tuple(done),
        first_rows(table),
        sure=goal.sure,
        numbered=goal.numbered,
    )


def _empty_classes(
    classes: Sequence[str], counts: dict[str, tuple[int, ...]], most: int = 5
) -> Iterator[str]:
    for part in PARTS[1:]:
        names = zip(shown_names(classes), counts[part], strict=True)
        empty = [name for name, count in names if not count]
        if empty:
            more = ", …" if len(empty) > most else ""
            yield (
                f"No row of {', '.join(empty[:most])}{more} is in {part}: what is measured there "
                "leaves the class out"
            )


def first_rows(table: RawTable) -> tuple[tuple[str, ...], ...]:
    """The first rows, each cell as the file has it, shortened."""
    return tuple(
        tuple(printable(cell[:CELL]) + ("…" if len(cell) > CELL else "") for cell in table.shown(n))
        for n in range(min(PREVIEW_ROWS, table.rows))
    )


def _nothing_left(columns: Sequence[Column], goal: str) -> DataError:
    why = ", ".join(f"{printable(c.name)[:40]!r} ({c.why})" for c in columns[:8] if c.name != goal)
    what = f"columns beside the target {printable(goal)[:60]!r}"
    if not why:
        return DataError(
            f"the table has no {what}",
            f"{what}, of numbers or of words that occur repeatedly",
            "Set separator if it has more than one column, or choose another file",
        )
    return DataError(
        f"no column is left to tell the target {printable(goal)[:60]!r} from: {why}",
        f"{what}, of numbers or of words that occur repeatedly",
        "Leave fewer columns out, or choose another target",
    )
