"""What a teacher that is a file is worth, looked at while its owner still chooses: the same reading
as a run's (:mod:`kdlab.data.answers`), of names and classes alone. No torch, and no image is
decoded: those that cannot be are found by a run, which judges what is left."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.config.schema import TeacherConfig
from kdlab.data import images, uploads
from kdlab.data.accepted import TABLE
from kdlab.data.answers import columns as of_classes
from kdlab.data.answers import said as saying
from kdlab.data.answers.meaning import logits_of
from kdlab.data.answers.rows import NOWHERE, Matched, also_shown, matched
from kdlab.data.answers.said import Said
from kdlab.data.table import own, reading
from kdlab.data.table.raw import RawTable
from kdlab.data.text.reading import path_of
from kdlab.errors import DataError
from kdlab.measure.judgement import Judgement, judge

Rows = NDArray[np.int64]


@dataclass(frozen=True, eq=False)
class Looked:
    """``columns`` are those of the answers, one for each of the ``classes`` (of two classes there
    may be one alone), none where they are an array; ``there[part]`` are how many examples of a part
    are answered, and how many there are; ``notes`` say what was recognised, ``remarks`` what its
    owner may not have meant."""

    classes: tuple[str, ...]
    columns: tuple[str, ...]
    there: Mapping[str, tuple[int, int]]
    notes: tuple[str, ...]
    judgement: Judgement
    remarks: tuple[str, ...] = ()


@dataclass(frozen=True, eq=False)
class _Asked:
    """The examples that answers are about: ``targets`` (N,) by part, and ``rows`` (N,), their
    places in the table, or among the ``files``."""

    classes: tuple[str, ...]
    rows: Mapping[str, Rows]
    targets: Mapping[str, Rows]
    table: RawTable | None
    files: tuple[str, ...]
    columns: tuple[str, ...] = ()
    """That students are shown."""


def looked_at(config: TeacherConfig, seconds: float | None = None) -> Looked | None:
    """The answers of ``config`` beside its data, which are somebody's own table or images; None
    where listing the images takes longer than ``seconds``. DataError and ArchiveError as a run's.
    """
    asked = _of_table(config) if config.dataset == "table" else _of_images(config, seconds)
    if asked is None:
        return None
    said, names = _said(config, asked)
    meant = logits_of(said, len(asked.classes))
    match = matched(config, said, asked.table, asked.files)
    logits, targets, there = {}, {}, {}
    for part, rows in asked.rows.items():
        places = match.places[rows]
        answered = (places != NOWHERE) & meant.answered[places.clip(0)]
        there[part] = int(answered.sum()), len(rows)
        if not there[part][0]:
            raise DataError(
                f"the teacher has answered none of the {len(rows):,} examples of {part}",
                "answers to examples of training, validation and test",
                "Let the teacher answer all rows",
            )
        logits[part] = meant.logits[places[answered]]
        targets[part] = asked.targets[part][answered]
    notes = (*said.notes, *match.notes, *meant.notes)
    remarks = (*_unanswered(asked, match, there), *also_shown(match, asked.columns))
    return Looked(asked.classes, tuple(names), there, notes, judge(logits, targets), remarks)


def _unanswered(asked: _Asked, match: Matched, there: Mapping[str, tuple[int, int]]) -> list[str]:
    """What is left out since it has no answer; an answer may be about nothing that is there."""
    every = sum(count for _, count in there.values())
    left = every - sum(count for count, _ in there.values())
    if not left:
        return []
    what = "images" if asked.table is None else "rows of the table"
    told = f"{left:,} of the {every:,} {what} have no answer and are left out"
    if match.spare:
        some = "row of the file of answers matches" if match.spare == 1 else (
            "rows of the file of answers match"
        )  # fmt: skip
        return [f"{told}; {match.spare:,} {some} none of them."]
    return [f"{told}."]


def _of_table(config: TeacherConfig) -> _Asked:
    found = own.found(config)
    rows = found.cut.parts
    targets = {part: found.target.codes[places] for part, places in rows.items()}
    return _Asked(found.classes, rows, targets, own.raw(config), (), found.encoding.names)


def _of_images(config: TeacherConfig, seconds: float | None) -> _Asked | None:
    listing = images.listed(config, seconds)
    if listing is None:
        return None
    files: list[str] = []
    rows = {}
    for part, names in listing.files.items():
        rows[part] = np.arange(len(files), len(files) + len(names))
        files += names
    return _Asked(listing.classes, rows, listing.targets, None, tuple(files))


def _said(config: TeacherConfig, asked: _Asked) -> tuple[Said, Sequence[str]]:
    """The answers, and the names of their columns."""
    named = config.teacher_file.strip()
    if named:
        with uploads.in_hand(named, TABLE) as path:
            file = path_of(path)
            if reading.is_npz(file) and not config.teacher_columns:
                return saying.read(file, asked.classes), ()
            table = reading.read(file)
    elif asked.table is not None:
        table = asked.table
    else:
        raise DataError(
            "no file with the teacher's answers is chosen yet", TABLE.endings, "Load a file"
        )
    names, _ = of_classes.chosen(table.columns, asked.classes, saying.named(config.teacher_columns))
    return saying.of_table(table, asked.classes, config.teacher_columns), names
