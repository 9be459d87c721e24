"""Which rows are for training, validation and test.

::

    a column of parts      is respected; a part that it lacks is cut from train
    a column of groups     keeps all rows of a group together
    otherwise              class by class in proportion

Rows of which nobody knows the class are only ever for training: a teacher can still be asked about
them. Every class has a row in training; where it has three rows, one in each part.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from kdlab.data.naming import printable
from kdlab.data.own.labels_table import SPLIT_COLUMNS
from kdlab.data.own.names import split_of
from kdlab.data.own.splits import PARTS
from kdlab.data.split import SPLIT_SEED, Indices, PartName, at_most
from kdlab.data.table.kinds import Column
from kdlab.data.table.raw import RawTable
from kdlab.data.table.target import Target, words_of
from kdlab.errors import DataError

VALIDATION = 0.15
"""Of the rows whose class is known."""
TEST = 0.25
LEAST_ROWS = 20
MOST_GROUPS = 20_000
"""Up to so many groups are placed one by one; more come out even by themselves."""
NAMES = "train, validation (or val, dev, valid) or test"

Draw = Callable[[Indices, int], Indices]
"""Which of some rows are drawn, about so many: their places among them."""


@dataclass(frozen=True, eq=False)
class Cut:
    """The rows of each part, by their places in the table, and where the part comes from."""

    parts: dict[str, Indices]
    origin: dict[str, str]
    groups: NDArray[np.int64] | None = None
    """(rows,) to which group each row belongs."""
    left_out: int = 0
    done: list[str] = field(default_factory=list)
    """What was done: sentences without their full stops."""


def split_column(table: RawTable, columns: Sequence[Column], asked: str) -> str:
    """The column of parts that was asked for, or one that is called like one and has the names of
    parts in it; empty where there is none."""
    if asked:
        table.column(asked)
        return asked
    for column in columns:
        plain = column.name.casefold().replace(" ", "_")
        if plain in SPLIT_COLUMNS and 2 <= column.different <= 3 and column.kind == "category":
            found = {split_of(word) for word in words_of(table, column.name)[1]}
            if None not in found and "train" in found and len(found) > 1:
                return column.name
    return ""


def cut(
    table: RawTable, target: Target, split: str, group: str, limit: int | Literal["all"]
) -> Cut:
    """The rows of each part, of training at most ``limit``. DataError where a class has no row in
    training, and where a part would be empty."""
    known = target.codes >= 0
    if known.sum() < LEAST_ROWS:
        raise DataError(
            f"{int(known.sum())} rows have a class in {printable(target.name)[:60]!r}",
            f"at least {LEAST_ROWS}",
            "Add rows, or choose another target",
        )
    done: list[str] = []
    groups = _groups(table, group, done) if group else None
    given = _given(table, split, done) if split else None
    if groups is None:
        place = places(target.codes, given, partial(by_class, target.codes))
    else:
        place = places(target.codes, given, partial(by_group, target.codes, groups))
        place = with_their_group(place, known, groups)
    from_split = [n == 0 or (given is not None and bool((given == n).any())) for n in range(3)]
    origin = {
        name: split if own else "taken from train"
        for name, own in zip(PARTS, from_split, strict=True)
    }
    left = int((~known & (place > 0)).sum())
    if left:
        done.append(
            f"{left:,} row{'s' * (left != 1)} of validation and test without a class "
            f"{'are' if left != 1 else 'is'} left out"
        )
    train, validation, test = rows_of(target.codes, place, limit)
    parts = {"train": train, "validation": validation, "test": test}
    _check(table, target, parts, split, group)
    return Cut(parts, origin, groups, left, done)


def places(targets: NDArray[np.int64], given: NDArray[np.int64] | None, draw: Draw) -> Indices:
    """(rows,) 0, 1 or 2: whether each row is for training, validation or test. ``given`` says it
    already, as a column of parts does; what is not in it is drawn from training."""
    known = targets >= 0
    place = np.zeros(len(targets), dtype=np.int64) if given is None else given.copy()
    for number, share in ((2, TEST), (1, VALIDATION)):
        if given is not None and (given == number).any():
            continue
        free = np.flatnonzero((place == 0) & known)
        whole = len(free) if number == 2 or given is not None else int(known.sum())
        place[free[draw(free, round(share * whole))]] = number
    return place


def rows_of(
    targets: NDArray[np.int64], place: Indices, limit: int | Literal["all"]
) -> tuple[Indices, Indices, Indices]:
    """The rows of training, validation and test in one fixed random order, of training at most
    ``limit``. Those whose class nobody knows are left out where they would be asked about."""

    def of(number: int, part: PartName) -> Indices:
        rows = np.flatnonzero((place == number) & ((targets >= 0) | (number == 0)))
        rows = rows[np.random.default_rng(SPLIT_SEED).permutation(len(rows))]
        return rows[at_most(targets[rows], limit, part)]

    return of(0, "train"), of(1, "validation"), of(2, "test")


def _given(table: RawTable, split: str, done: list[str]) -> NDArray[np.int64]:
    """(rows,) 0, 1 or 2, for what the column of parts says that each row is."""
    codes, words = words_of(table, split)
    to = []
    for n, word in enumerate(words):
        part = split_of(word)
        if part is None:
            row = int(np.argmax(codes == n))
            raise DataError(
                f"{table.place(row, split)} has {printable(word)[:40]!r}, which names no part",
                NAMES,
                "Correct it, or choose another column of parts",
            )
        to.append(PARTS.index(part))
    found = np.array([*to, 0], dtype=np.int64)[codes]
    if not (found == 0).any():
        raise DataError(
            f"the column of parts {printable(split)[:60]!r} has no row for train",
            NAMES,
            "Correct it, or choose another column of parts",
        )
    empty = int((codes < 0).sum())
    if empty:
        done.append(
            f"{empty:,} row{'s' * (empty != 1)} with nothing in the column of parts "
            f"{'are' if empty != 1 else 'is'} in train"
        )
    return found


def _groups(table: RawTable, group: str, done: list[str]) -> NDArray[np.int64]:
    """(rows,) to which group each row belongs; where nothing is said, to one of its own."""
    codes, words = words_of(table, group)
    alone = np.flatnonzero(codes < 0)
    codes = _in_order(codes)
    codes[alone] = len(words) + np.arange(len(alone))
    if len(alone):
        done.append(
            f"{len(alone):,} row{'s' * (len(alone) != 1)} with nothing in the column of groups "
            f"{'are groups of their' if len(alone) != 1 else 'is a group of its'} own"
        )
    if len(words) + len(alone) < 3:
        raise DataError(
            f"the column of groups {printable(group)[:60]!r} has {len(words)} "
            f"group{'s' * (len(words) != 1)}",
            "at least 3 groups: for training, validation and test",
            "Choose another column of groups, or none",
        )
    return codes


def _in_order(codes: NDArray[np.int64]) -> NDArray[np.int64]:
    """The same codes, numbered as they appear: a Parquet file may keep its words in any order, of
    which the cut is to know nothing. -1 stays."""
    known = codes >= 0
    _, first, place = np.unique(codes[known], return_index=True, return_inverse=True)
    found = codes.copy()
    found[known] = np.argsort(np.argsort(first))[place]
    return found


def by_class(targets: NDArray[np.int64], free: Indices, count: int) -> Indices:
    """``count`` of the rows ``free`` but for roundings: of each class its share, at least one where
    it has three or more, and never its last two."""
    targets = targets[free]
    draw = np.random.default_rng(SPLIT_SEED)
    order = draw.permutation(len(targets))
    share = count / max(1, len(targets))
    taken = []
    for code in np.unique(targets):
        of_class = order[targets[order] == code]
        most = max(0, len(of_class) - 2) if len(of_class) > 2 else len(of_class) // 2
        taken.append(of_class[: min(most, max(1, round(share * len(of_class))))])
    return np.concatenate(taken) if taken else np.empty(0, dtype=np.int64)


def by_group(
    targets: NDArray[np.int64], groups: NDArray[np.int64], free: Indices, count: int
) -> Indices:
    """Of the rows ``free`` whole groups of about ``count`` together, whose classes are those of all
    as far as groups allow: each is taken where that brings the classes closer to their share."""
    targets, groups = targets[free], groups[free]
    names, places = np.unique(groups, return_inverse=True)
    order = np.random.default_rng(SPLIT_SEED).permutation(len(names))
    if len(names) > MOST_GROUPS:
        sizes = np.bincount(places)
        until = np.searchsorted(np.cumsum(sizes[order]), count, side="right")
        return np.flatnonzero(np.isin(places, order[: max(1, int(until))]))
    classes = int(targets.max()) + 1
    held = np.bincount(places * classes + targets, minlength=len(names) * classes)
    held = held.reshape(len(names), classes)
    total = held.sum(axis=0)
    wanted = count * total / total.sum()
    sofar, left = np.zeros(classes), total.astype(np.float64)
    chosen: list[int] = []
    for group in sorted(order, key=lambda g: -int(held[g].sum())):
        after = sofar + held[group]
        gain = ((sofar - wanted) ** 2).sum() - ((after - wanted) ** 2).sum()
        keeps = bool(((left - held[group] > 0) | (total == 0)).all())  # every class stays in train
        if gain > 0 and keeps and len(chosen) < len(names) - 2:
            chosen.append(group)
            sofar, left = after, left - held[group]
    if not chosen:
        smallest = sorted(order, key=lambda g: int(held[g].sum()))
        chosen = smallest[:1]
    return np.flatnonzero(np.isin(places, chosen))


def with_their_group(
    place: NDArray[np.int64], known: NDArray[np.bool_], groups: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Rows without a class go where their group is, so that no group is in two parts."""
    at = np.zeros(int(groups.max()) + 1, dtype=np.int64)
    np.maximum.at(at, groups[known], place[known])
    return np.where(known, place, np.maximum(place, at[groups]))


def _check(
    table: RawTable, target: Target, parts: dict[str, Indices], split: str, group: str
) -> None:
    trained = np.bincount(target.codes[parts["train"]] + 1, minlength=len(target.classes) + 1)[1:]
    if not trained.all():
        code = int(np.argmin(trained))
        row = int(np.argmax(target.codes == code))
        why = split or group
        raise DataError(
            f"no training row has the class {printable(target.classes[code])[:60]!r}, which "
            f"{table.place(row)} has",
            "at least one row of each class in train"
            + (f", with the column {printable(why)[:60]!r} as it is" if why else ""),
            "Add rows of that class, or leave it out of the table",
        )
    empty = next((name for name in PARTS if not len(parts[name])), None)
    if empty is not None:
        raise DataError(
            f"there are no rows for {empty}",
            "rows with a class in each part",
            "Add rows, or change the column of parts or of groups",
        )


def shared_groups(cut: Cut) -> int:
    """How many groups are in more than one part, as a column of parts may have them."""
    if cut.groups is None:
        return 0
    seen = [np.unique(cut.groups[rows]) for rows in cut.parts.values()]
    _, counts = np.unique(np.concatenate(seen), return_counts=True)
    return int((counts > 1).sum())
