"""Parts that the reports of all kinds of work have in common."""

from __future__ import annotations

import shlex
from collections.abc import Collection, Iterable, Sequence
from importlib import metadata
from typing import Any
from urllib.parse import urlencode

from kdlab.config.base import NUMBERS_VERSION, Settings
from kdlab.config.brought import BUDGET, brought_by
from kdlab.config.schema import DataConfig, StudentConfig
from kdlab.data import DATASETS, called
from kdlab.data.naming import shown_names
from kdlab.events import DataRead
from kdlab.methods import METHODS
from kdlab.report import words
from kdlab.report.document import Block, Paragraph, Table
from kdlab.system import machine

PARTS = {"train": "Training", "validation": "Validation", "test": "Test"}
PACKAGES = ("torch", "torchvision", "numpy", "scikit-learn", "matplotlib")
MOST_CLASSES = 100
"""Rows of a table of classes; of text, and of ImageNet's, nobody reads more."""


def dataset(name: str) -> str:
    """A data set as it is called on screen."""
    return DATASETS[name].label if name in DATASETS else name


def settings(config: Settings) -> list[Block]:
    """Those that are not at their defaults, and all of them."""
    fields = type(config).model_fields
    own = [name for name in fields if name in config.to_query()]
    head = ("Setting", "Value", "Default", "In links and commands")
    texts = (0, 1, 2, 3)
    found: list[Block] = []
    if own:
        rows = [_setting(config, name) for name in own]
        found.append(Table.of("Settings that are not at their defaults", head, rows, texts))
    else:
        found.append(Paragraph("All settings are at their defaults."))
    rows = [_setting(config, name) for name in fields if not _view(config, name)]
    found.append(Table.of("All settings", head, rows, texts, folded=True))
    return found


def _setting(config: Settings, name: str) -> tuple[str, str, str, str]:
    field = type(config).model_fields[name]
    extra = field.json_schema_extra
    unit = str(extra.get("unit") or "") if isinstance(extra, dict) else ""
    title = called.setting(name, field.title or name, getattr(config, "dataset", ""))
    if unit and unit != "share" and unit.lower() not in title.lower():
        title = f"{title}, {unit}"
    default = words.value(config, name, _default(config, name))
    return title, words.value(config, name), default, name


def _default(config: Settings, name: str) -> Any:
    """What holds where nothing is said, with this data set."""
    default = type(config).model_fields[name].default
    if not isinstance(config, DataConfig):
        return default
    return brought_by(config.dataset).get(name, default)


def _view(config: Settings, name: str) -> bool:
    extra = type(config).model_fields[name].json_schema_extra
    return isinstance(extra, dict) and bool(extra.get("view"))


def data(
    name: str,
    sizes: Sequence[tuple[str, int]],
    noun: str,
    read: DataRead | None,
    classes: Iterable[str] = (),
    counted: Sequence[int] = (),
) -> tuple[Block, ...]:
    """What was read: ``sizes`` of the parts, the account of somebody's own data where there is one,
    and the ``classes``, with how many test examples of each were ``counted``."""
    record = DATASETS.get(name)
    found: list[Block] = []
    if record is not None:
        found.append(Paragraph(f"{record.label}: {record.about}"))
    if read is not None:
        found += [Paragraph(line) for line in read.lines]
    if sizes:
        rows = [(part, f"{count:,}") for part, count in sizes]
        found.append(
            Table.of(f"{noun.capitalize()} of each part", ("Part", noun.capitalize()), rows)
        )
    names = shown_names(list(classes))
    if read is not None and (table := _counted(read, noun)) is not None:
        found.append(table)
    elif counted and len(counted) == len(names) <= MOST_CLASSES:
        rows = [(label, f"{count:,}") for label, count in zip(names, counted, strict=True)]
        head = ("Class", f"Test {noun}")
        found.append(Table.of(f"Classes of the test {noun}", head, rows, folded=len(rows) > 12))
    elif names and noun != "characters":
        some = ", ".join(names[:MOST_CLASSES]) + (", …" if len(names) > MOST_CLASSES else "")
        found.append(Paragraph(f"{len(names)} classes: {some}."))
    return tuple(found)


def _counted(read: DataRead, noun: str) -> Table | None:
    """How many of each class each part of somebody's own data has; None where the account, from a
    damaged file or of another kind of data, does not say it."""
    told = read.account.get("classes")
    if not isinstance(told, dict) or not 0 < len(told) <= MOST_CLASSES:
        return None
    each = list(told.values())
    if not all(isinstance(one, dict) and one.keys() == each[0].keys() for one in each):
        return None
    parts, names = list(each[0]), shown_names(list(map(str, told)))
    rows = [
        (name, *(f"{one[part]:,}" if isinstance(one[part], int) else "" for part in parts))
        for name, one in zip(names, each, strict=True)
    ]
    title = f"{noun.capitalize()} of each class"
    return Table.of(title, ("Class", *map(str, parts)), rows, folded=len(rows) > 12)


def parts(started: Any) -> list[tuple[str, int]]:
    """Sizes of the parts of work that has told them."""
    return [(words, getattr(started, f"{part}_size")) for part, words in PARTS.items()]


def sources(config: Any, *more: str, methods: Iterable[str] = ()) -> tuple[str, ...]:
    """Whose data these are, and whose ``methods``; without any that of the settings."""
    found = []
    for name in methods or (config.method,):
        method = METHODS[name]
        found.append(f"{method.label}: {method.formula}. {method.paper}.")
    record = DATASETS.get(config.dataset)
    if record is not None:
        found.append(f"Data, {record.label}: {record.source}")
    return (*found, *more)


def versions() -> str:
    """With what the report was written. Results that were kept say only their machine."""
    known = [f"Python {machine.facts().python}"]
    for name in PACKAGES:
        try:
            known.append(f"{name} {metadata.version(name)}")
        except metadata.PackageNotFoundError:
            continue
    return (
        f"This report was written by kdlab, whose numbers have version {NUMBERS_VERSION}, with "
        f"{', '.join(known)}."
    )


def page(address: str, config: Settings) -> str:
    """The page of these settings, after the address of the lab."""
    query = urlencode(config.to_query())
    return f"{address}?{query}" if query else address


def command(name: str, config: Settings) -> str:
    """The command line that does the same. Of somebody's own table it names what the number of rows
    would bring."""
    query = config.to_query()
    if query.get("dataset") == "table":
        query = {n: str(getattr(config, n)) for n in BUDGET if hasattr(config, n)} | query
    told = " ".join(
        f"--{option.replace('_', '-')} {shlex.quote(value)}"
        for option, value in query.items()
        if not _view(config, option)
    )
    return f".venv/bin/python -m kdlab {name} {told}".strip()


def learner(config: StudentConfig, varied: Collection[str] = ()) -> str:
    """Who learns, and from what, within a sentence, without the settings that are ``varied``."""
    student = "" if "student" in varied else config.student
    count = config.labels
    many = "all labels" if count == "all" else "1 label" if count == 1 else f"{count} labels"
    data = called.data(config.dataset, config.folder)
    learns = f"learns {data}" if "labels" in varied else f"sees {many} of {data}"
    return f"{student}, which {learns}" if student else f"one that {learns}"
