"""A table of labels beside flat images: ``file_name,label`` and, if there is one, ``split``.

Read where folders name no classes; a table called like :data:`kdlab.data.own.account.TABLE` wins
over the folders. Separated by commas, semicolons or tabs. Files are named by their path, by their
name where that is unique, and with or without their ending.
"""

from __future__ import annotations

import csv
import io
import re
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from kdlab.data.naming import printable, tidy
from kdlab.data.own.account import TABLE, LeftOut
from kdlab.data.own.layout import MAX_CLASSES, Layout
from kdlab.data.own.names import is_leftover, split_of
from kdlab.data.own.spelling import recognise
from kdlab.data.own.splits import PARTS
from kdlab.data.own.twins import join
from kdlab.errors import ArchiveError
from kdlab.errors import printable as whole

MAX_TABLE_BYTES = 32 * 1024**2
MAX_TABLES = 10
MAX_TOGETHER_BYTES = 48 * 1024**2
"""Of all tables that are read, since they are held at once."""
MAX_CELLS = 4_000_000
"""Of one table: each takes some fifty bytes once it is read."""
MAX_ROWS = 400_000
"""Twice as many as there may be images."""
MAX_COLUMNS, SAMPLE = 100, 2000
"""Columns among which that of the files is looked for, on so many rows."""
LABELS = (
    "label", "labels", "class", "classes", "class_name", "classname", "category", "target",
    "species", "breed", "class_label", "y", "tag", "name",
)  # fmt: skip
SPLIT_COLUMNS = ("split", "set", "subset", "partition", "data_set", "fold")
SUBMISSION = "submission"
"""A competition's sample of what is to be handed in: its labels are none."""
LAYOUT = "columns file_name and label, and perhaps split with train, validation or test"


@dataclass(frozen=True)
class Table:
    """A table's path and its rows as they are read."""

    path: str
    content: bytes


def is_table(path: str) -> bool:
    """Whether a file may be a table of labels, by its name."""
    parts = path.split("/")
    name = parts[-1].casefold()
    return (
        name.endswith((".csv", ".tsv"))
        and SUBMISSION not in name
        and not any(is_leftover(part) for part in parts)
    )


def overrules(path: str) -> bool:
    """Whether this table wins over the folders."""
    return path.rpartition("/")[2].casefold() in (TABLE, TABLE.replace(".csv", ".tsv"))


def check_sizes(tables: Sequence[tuple[str, int]]) -> None:
    """ArchiveError where tables, (path, bytes) each, are too large to be read; before they are."""
    together = sum(size for _, size in tables)
    path, largest = max(tables, key=lambda table: table[1], default=("", 0))
    if largest > MAX_TABLE_BYTES:
        raise _too_large(f"the table {printable(path)[-60:]!r} has {largest >> 20:,} MB")
    if together > MAX_TOGETHER_BYTES:
        raise _too_large(
            f"{len(tables)} tables, of which {printable(path)[-60:]!r} is the largest, have "
            f"{together >> 20:,} MB together"
        )


def _too_large(received: str) -> ArchiveError:
    return ArchiveError(
        received,
        f"at most {MAX_TABLE_BYTES >> 20} MB, {MAX_ROWS:,} lines and {MAX_CELLS:,} cells in a "
        f"table, and {MAX_TOGETHER_BYTES >> 20} MB in all",
        "Leave out what does not belong to these images",
    )


def arrange(images: Sequence[tuple[str, str]], tables: Iterable[Table]) -> Layout | None:
    """The layout that ``tables`` give to ``images`` (name in the source, path); None where none of
    them names images. ArchiveError where one does, but without usable labels."""
    index = _Index(images)
    rows: dict[str, tuple[str, str]] = {}
    used = []
    missing = 0
    several: set[str] = set()
    no_splits: Counter[str] = Counter()
    for table in sorted(tables, key=lambda table: table.path):
        found = _rows(table, index)
        if found is None:
            continue
        used.append(table.path)
        for name, label, part in found.rows:
            if rows.setdefault(name, (label, part))[0] != label:
                several.add(name)
        no_splits += found.unknown
        missing += found.missing
    if not rows:
        return None
    if several:
        raise ArchiveError(
            f"{len(several):,} images have more than one label in "
            f"{' and '.join(repr(printable(path)[-60:]) for path in used[:3])}: "
            f"{printable(min(several))[-60:]!r} and more",
            "one class for each image",
            "Keep one row for each image, or crop the objects in them into images of their own",
        )
    paths = dict(images)
    labels: dict[str, list[str]] = {"train": []}
    names: dict[str, list[str]] = {"train": []}
    for name in sorted(rows, key=lambda name: (tuple(map(tidy, paths[name].split("/"))), name)):
        label, part = rows[name]
        labels.setdefault(part, []).append(label)
        names.setdefault(part, []).append(name)
    to, said = join(labels, {})
    members = {
        part: [(name, to[label]) for name, label in zip(names[part], labels[part], strict=True)]
        for part in PARTS
        if part in labels
    }
    classes = tuple(sorted({label for _, label in members["train"]}))
    shown = ", ".join(repr(printable(path)[-60:]) for path in used)
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise ArchiveError(
            f"the table {shown} gives {len(classes):,} class{'' if len(classes) == 1 else 'es'} of "
            "training images",
            f"2 to {MAX_CLASSES:,} classes, in {LAYOUT}",
            "Check the table's column of labels",
        )
    for part, each in members.items():
        unknown = sorted({label for _, label in each}.difference(classes))
        if unknown:
            raise ArchiveError(
                f"the table {shown} has the class {printable(unknown[0])[:80]!r} in {part} but not "
                "in train",
                "classes in validation and test that train has too",
                "Correct the table",
            )
    left = [LeftOut.of("in no table", [path for name, path in images if name not in rows])]
    said.insert(0, f"classes come from the table {shown}, not from folders")
    if no_splits:
        shown = ", ".join(repr(printable(word)[:30]) for word, _ in no_splits.most_common(3))
        said.append(f"{no_splits.total():,} of its rows name a split that is not known ({shown})")
    if missing:
        said.append(f"{missing:,} of its rows name no image that is here")
    origin = dict.fromkeys(members, "table")
    return Layout(classes, members, origin, [each for each in left if each.count], said)


class _Index:
    """Images by what a table may call them."""

    def __init__(self, images: Sequence[tuple[str, str]]) -> None:
        self._by: dict[str, str | None] = {}
        self.part: dict[str, str | None] = {}
        for name, path in images:
            parts = tuple(map(tidy, path.split("/")))
            splits = [part for each in parts[:-1] if (part := split_of(each))]
            self.part[name] = splits[0] if splits else None
            for start in range(len(parts)):
                whole = "/".join(parts[start:])
                for key in {whole, whole.rpartition(".")[0] or whole}:
                    known = self._by.setdefault(key, name)
                    if known != name and start:
                        self._by[key] = None  # more than one

    def find(self, text: str, beside: str) -> str | None:
        """The image called ``text`` in a table in the folder ``beside``."""
        path = "/".join(p for p in tidy(text).replace("\\", "/").split("/") if p not in ("", "."))
        return self._by.get(f"{beside}/{path}" if beside else path) or self._by.get(path)


@dataclass(frozen=True)
class _Rows:
    rows: list[tuple[str, str, str]]
    missing: int
    unknown: Counter[str]
    """Words in the column of splits that are none."""


def _rows(table: Table, index: _Index) -> _Rows | None:
    """(image, label, part) of each row that names an image; None where hardly any does."""
    lines = _lines(table)
    if not lines:
        return None
    beside = "/".join(map(tidy, table.path.split("/")[:-1]))
    width = len(lines[0])
    lines = [line for line in lines if len(line) == width]
    body = lines[1:]
    sample = body[:: max(1, len(body) // SAMPLE)]
    hits = [
        sum(index.find(line[c], beside) is not None for line in sample)
        for c in range(min(width, MAX_COLUMNS))
    ]
    column = max(range(len(hits)), key=hits.__getitem__)
    if index.find(lines[0][column], beside) is not None:  # no header
        body = lines
    if not body or 2 * hits[column] < len(sample):
        return None
    header = [cell.strip().casefold().replace(" ", "_") for cell in lines[0]]
    label = _label_column(header, column, body is lines)
    if label is None:
        raise ArchiveError(
            f"the table {printable(table.path)[-60:]!r} has the columns "
            f"{', '.join(printable(cell)[:20] for cell in lines[0][:6])}",
            LAYOUT,
            "Name the column of labels label",
        )
    split = next((c for c, cell in enumerate(header) if cell in SPLIT_COLUMNS and c != label), None)
    named = split_of(table.path.rpartition("/")[2].rpartition(".")[0])
    found, missing = [], 0
    unknown: Counter[str] = Counter()
    for line in body:
        name = index.find(line[column], beside)
        if name is None:
            missing += 1
            continue
        text = tidy(line[label])
        asked = split_of(line[split]) if split is not None else None
        if split is not None and asked is None and not line[split].strip().isdigit():
            unknown[tidy(line[split])] += bool(line[split].strip())
        if text:
            found.append((name, text, asked or named or index.part[name] or "train"))
    return _Rows(found, missing, +unknown)


def _label_column(header: Sequence[str], files: int, headless: bool) -> int | None:
    """Which column has the labels."""
    if not headless:
        for name in LABELS:
            if name in header and header.index(name) != files:
                return header.index(name)
    others = [c for c, cell in enumerate(header) if c != files and cell not in SPLIT_COLUMNS]
    return others[0] if len(others) == 1 else None


def _lines(table: Table) -> list[list[str]]:
    """Cells, line by line; empty where it is not text. ArchiveError where it is too long to be a
    table of labels."""
    content = table.content
    if len(content) > MAX_TABLE_BYTES or content.count(_NEWLINE) > MAX_ROWS:
        raise _too_large(
            f"the table {printable(table.path)[-60:]!r} has {len(content) >> 20:,} MB and "
            f"{content.count(_NEWLINE):,} lines"
        )
    text = _text(content)
    if "\0" in text:
        return []
    first = text.lstrip("\r\n").split("\n", 1)[0]
    separator = max(",;\t", key=first.count)
    if text.count(separator) + text.count("\n") > MAX_CELLS:
        raise _too_large(
            f"the table {printable(table.path)[-60:]!r} has {text.count(separator):,} cells"
        )
    try:
        found = list(csv.reader(io.StringIO(text, newline=""), delimiter=separator))
    except csv.Error:
        return []
    return [line for line in found if line]


_NEWLINE = b"\n"
_BETWEEN = re.compile(rb'[\r\n,;\t"]+')


def _text(content: bytes) -> str:
    """A table's text. Where it is not UTF-8, the encoding is recognised from its cells, as that of
    the names in an archive is; bytes of an unknown one are spelt out."""
    if content.startswith((b"\xff\xfe", b"\xfe\xff")):
        return whole(content.decode("utf-16", "replace"))
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        return whole(recognise(_BETWEEN.split(content)).text(content))
