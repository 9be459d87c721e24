"""A teacher that is a file: its answers, brought beside the examples that they are about.

::

    teacher_file, or columns of the table ── said ──> numbers of each class ── meaning ──> logits
                                               └── rows: which row is about which example
                                                                     └──> DataSplit.answers

Examples that it has not answered are left out of every part.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Generator

import numpy as np
from numpy.typing import NDArray

from kdlab.config.schema import TeacherConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.data.answers import said as saying
from kdlab.data.answers.meaning import Meant, logits_of
from kdlab.data.answers.rows import NOWHERE, Matched, also_shown, matched
from kdlab.data.answers.said import Said
from kdlab.data.naming import printable
from kdlab.data.split import DataSplit, Part
from kdlab.data.table import own
from kdlab.data.table.account import TableAccount
from kdlab.data.table.raw import RawTable
from kdlab.data.text.reading import path_of
from kdlab.errors import DataError
from kdlab.events import Event, Progress, Remark

STAGE = "reading the teacher's answers"
PARTS = ("train", "validation", "test")


def read(config: TeacherConfig, split: DataSplit) -> Generator[Event, None, DataSplit]:
    """``split`` with the answers of the teacher that ``config`` names, without the examples that it
    has not answered; remarks say what was understood. DataError says what is wrong, and where."""
    yield Progress(stage=STAGE)
    named = config.teacher_file.strip()
    table = None if split.names else own.raw(config)
    before = split.account.rows if isinstance(split.account, TableAccount) else 0
    if table is not None and table.rows != before:
        raise DataError(
            f"the table had {before:,} rows a moment ago, and now {table.rows:,}",
            "a table that does not change while it is read",
            "Try again",
        )
    if named:
        with uploads.in_hand(named, TABLE) as path:
            said = saying.read(path_of(path), split.classes, config.teacher_columns)
    else:
        assert table is not None, "images have no columns: see kdlab.checks"
        said = saying.of_table(table, split.classes, config.teacher_columns)
        _not_shown(said, table, split)
    meant = logits_of(said, len(split.classes))
    places = matched(config, said, table, split.names)
    found, lost = _brought(split, meant, places)
    shown = also_shown(places, split.columns)
    for text in (*said.notes, *places.notes, *meant.notes, *lost, *shown):
        yield Remark(text=text)
    return found


def _not_shown(said: Said, table: RawTable, split: DataSplit) -> None:
    """DataError where students would be shown the answers."""
    answers = [name for name in table.columns if name not in said.ids]
    shown = [name for name in answers if name in split.columns]
    if shown:
        raise DataError(
            f"the column {printable(shown[0])[:60]!r} is an answer of the teacher, but students "
            "see it as well",
            "answers that are not among the columns students see",
            "Set left_out to " + ",".join(f'"{n}"' if "," in n else n for n in answers),
        )


def _brought(
    split: DataSplit, meant: Meant, found_at: Matched
) -> tuple[DataSplit, list[str]]:  # fmt: skip
    import torch

    parts: dict[str, Part] = {}
    answers = []
    lost: list[str] = []
    for name in PARTS:
        part: Part = getattr(split, name)
        assert part.rows is not None, "data whose rows can be told"
        places = found_at.places[part.rows.numpy()]
        there: NDArray[np.bool_] = (places != NOWHERE) & meant.answered[places.clip(0)]
        if not there.any():
            raise DataError(
                f"the teacher has answered none of the {len(places):,} examples of {name}",
                "answers to examples of training, validation and test",
                "Let the teacher answer all rows",
            )
        if not there.all():
            lost.append(
                f"{int((~there).sum()):,} of {len(there):,} examples of {name} are left out: the "
                "teacher has not answered them."
            )
        mask = torch.from_numpy(there)
        parts[name] = part if there.all() else part.only(mask)
        answers.append(torch.from_numpy(meant.logits[places[there]]))
    train, validation, test = answers
    found = dataclasses.replace(
        split,
        train=parts["train"],
        validation=parts["validation"],
        test=parts["test"],
        answers=(train, validation, test),
    )
    return found, lost


__all__ = ["read"]
