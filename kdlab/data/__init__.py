"""DATASETS: name -> record. Adding a data set is one file and one record.

A loader is a generator: progress while it downloads or reads, and exactly one
:class:`~kdlab.data.split.DataSplit` at the end. This file knows no torch, so that pages can offer
data sets without waiting for it.
"""

from __future__ import annotations

import contextlib
from collections.abc import Generator, Iterator
from typing import NamedTuple

from kdlab.config.schema import DataConfig
from kdlab.data import toys
from kdlab.data.record import Dataset
from kdlab.data.records import DATASETS
from kdlab.data.split import DataSplit, Part
from kdlab.data.table import own as own_tables
from kdlab.data.table.limits import MOST_COLUMNS
from kdlab.data.table.understood import Found as Understood
from kdlab.data.text import grammar, names, own, strings
from kdlab.errors import ConfigError, DataError
from kdlab.events import DataRead, Event, Progress
from kdlab.measure.measures import ACCURACY, Measure

__all__ = [
    "DATASETS", "DataSplit", "Dataset", "Inputs", "Part", "columns_of", "find", "input_shape",
    "known_inputs", "load", "measure_of", "noun_of", "read", "train_size",
]  # fmt: skip


class Inputs(NamedTuple):
    """What networks meet: the ``shape`` of one input, (2,) for points, (D,) for a row of a table,
    (C, H, W) for images or (W, V) for text, and the names of the ``classes``."""

    shape: tuple[int, ...]
    classes: tuple[str, ...]


def find(name: str) -> Dataset:
    """The record called ``name``; ConfigError lists the names that there are."""
    try:
        return DATASETS[name]
    except KeyError:
        raise ConfigError(
            f"dataset is {name!r}", "one of " + ", ".join(DATASETS), "Change dataset"
        ) from None


def known_inputs(config: DataConfig) -> Inputs | None:
    """What networks meet, as far as it is known without loading: not of the user's own images, nor
    of a text or a table of his that cannot be read. ConfigError for a grammar that is none."""
    record = find(config.dataset)
    if config.dataset == "table":
        table = _own_table(config)
        return Inputs((len(table.columns),), table.classes) if table else None
    if record.kind == "text":
        known = _characters(config)
        return Inputs((config.window, len(known)), known) if known else None
    return Inputs(record.shape, record.classes) if record.shape and record.classes else None


def input_shape(config: DataConfig) -> tuple[int, ...]:
    """The shape of one input without loading: the user's own images are brought to the size that
    was asked for, and of a text or a table that cannot be read the most characters or columns
    count."""
    known = known_inputs(config)
    if known is None and config.dataset == "table":
        return (MOST_COLUMNS,)
    if known is None and find(config.dataset).kind == "text":
        return (config.window, own.MOST_DIFFERENT + 1)
    return known.shape if known else (3, config.image_size, config.image_size)


def columns_of(config: DataConfig) -> tuple[str, ...]:
    """The names of the numbers that networks read of a user's own table; none of other data, nor of
    one that cannot be read."""
    table = _own_table(config) if config.dataset == "table" else None
    return table.columns if table else ()


def _own_table(config: DataConfig) -> Understood | None:
    """What a user's own table is understood as; None where it cannot be read."""
    with contextlib.suppress(DataError):
        return own_tables.found(config)
    return None


def _characters(config: DataConfig) -> tuple[str, ...] | None:
    """The classes of a text data set; None where it cannot be read."""
    if config.dataset == "text":
        with contextlib.suppress(DataError):
            return own.found(config).classes
        return None
    classes = find(config.dataset).classes
    return grammar.classes(config.grammar) if classes is None else classes


def measure_of(dataset: str) -> Measure:
    """By what students on the data set of this name are judged, which may be one of another
    version of the lab."""
    return DATASETS[dataset].measure if dataset in DATASETS else ACCURACY


def noun_of(dataset: str) -> str:
    """What the examples of the data set of this name are called, in the plural."""
    return DATASETS[dataset].noun if dataset in DATASETS else "images"


def train_size(config: DataConfig) -> int | None:
    """How many training images ``config`` gives, without loading; None for the user's own, and for
    a text or a table of his that cannot be read."""
    dataset = find(config.dataset)
    if config.dataset == "table":
        table = _own_table(config)
        return table.sizes[0] if table else None
    if dataset.kind == "text":
        with contextlib.suppress(DataError):
            return text_sizes(config)[0]
        return None
    size = toys.sizes(config.points)[0] if dataset.kind == "points" else dataset.train_size
    return size if size is None or config.train_limit == "all" else min(size, config.train_limit)


def text_parts(config: DataConfig) -> strings.Parts:
    """The strings of a text data set: to learn from, to choose by, to be judged on. DataError where
    a user's own cannot be read."""
    if config.dataset == "text":
        return own.lines(config)
    parts = grammar.parts(config.grammar) if config.dataset == "grammar" else names.parts()
    return strings.limited(parts, config.train_limit)


def text_sizes(config: DataConfig) -> tuple[int, int, int]:
    """How many training, validation and test characters (of a user's own text it may be bytes) a
    text data set has, ends among them. DataError as :func:`text_parts`."""
    train, validation, test = map(strings.size, _counted(config))
    return train, validation, test


def text_padding(config: DataConfig) -> int:
    """How many places of padding bring its training strings to the length of the longest.
    DataError as :func:`text_parts`."""
    return strings.padding(_counted(config).train)


def _counted(config: DataConfig) -> strings.Parts:
    return own.parts(config) if config.dataset == "text" else text_parts(config)


def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
    """Load what ``config`` names: Progress records, then one DataSplit; or a DataError."""
    return find(config.dataset).load(config)


def read(config: DataConfig) -> Generator[Event, None, DataSplit]:
    """The data of ``config``, yielding the progress of reading or downloading them, and DataRead
    where there is something to be said of what was understood. Needs torch only at its end."""
    split: DataSplit | None = None
    for item in load(config):
        if isinstance(item, DataSplit):
            split = item
        else:
            yield item
    assert split is not None, f"{config.dataset} ended without a split"
    if split.account is not None:
        yield DataRead(account=split.account.as_dict())
    return split
