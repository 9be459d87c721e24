"""How many images a configuration reads, of what shape and in how many classes: at most, and
without reading one."""

from __future__ import annotations

import functools
from dataclasses import dataclass

from kdlab import data
from kdlab.config.schema import DataConfig
from kdlab.data import images as own_images
from kdlab.data import toys
from kdlab.data.own.account import Account
from kdlab.data.own.limits import MAX_FILES
from kdlab.data.own.splits import PARTS
from kdlab.data.split import limit_of
from kdlab.data.table import own as own_tables

LOOK_SECONDS = 3.0
"""For the list of files in somebody's own archive."""
MOST_CLASSES = 1000
"""Stands in where nobody knows yet."""


@dataclass(frozen=True)
class Sizes:
    """Images of each part, and what a network reads and answers."""

    train: int
    validation: int
    test: int
    shape: tuple[int, ...]
    classes: int

    @property
    def total(self) -> int:
        """Images in all."""
        return self.train + self.validation + self.test


def sizes(config: DataConfig) -> Sizes:
    """What ``config`` reads at most. Of an archive that was loaded the list of files is looked
    through, once; DataError where it is not there or cannot be read, as a run of it would say: what
    counted as nothing now might be there when it is read."""
    record = data.find(config.dataset)
    if record.kind == "text":
        shape = data.input_shape(config)
        return Sizes(*data.text_sizes(config), shape, shape[1])
    if config.dataset == "table":
        table = own_tables.found(config)
        return Sizes(*table.sizes, (len(table.columns),), len(table.classes))
    if record.kind == "points":
        train, validation, test = toys.sizes(config.points)
    elif record.train_size is not None:
        train, validation, test = record.train_size, record.validation_size, record.test_size
    else:
        return _own(config)
    parts = _limited(config, (train, validation, test))
    assert record.shape is not None
    return Sizes(*parts, record.shape, len(record.classes or ()))


def _own(config: DataConfig) -> Sizes:
    shape = data.input_shape(config)
    account = _looked_at(config.folder)
    if account is None:
        return Sizes(*_limited(config, (MAX_FILES, MAX_FILES, MAX_FILES)), shape, MOST_CLASSES)
    return of_account(config, account)


def of_account(config: DataConfig, account: Account) -> Sizes:
    """What ``config`` reads of somebody's own images, of which ``account`` tells."""
    counts = [sum(account.counts[part]) for part in PARTS]
    parts = _limited(config, (counts[0], counts[1], counts[2]))
    return Sizes(*parts, data.input_shape(config), len(account.classes))


def _limited(config: DataConfig, parts: tuple[int, int, int]) -> tuple[int, int, int]:
    limit = config.train_limit
    if limit == "all":
        return parts
    train, validation, test = parts
    return (
        min(train, limit_of(limit, "train")),
        min(validation, limit_of(limit, "validation")),
        min(test, limit_of(limit, "test")),
    )


@functools.lru_cache(maxsize=200)
def _looked_at(folder: str) -> Account | None:
    """What is in ``folder``, None where listing it takes too long; errors are not kept. What was
    loaded has the name of its content, so that this stays true."""
    return own_images.look(folder, LOOK_SECONDS) if folder.startswith("upload:") else None
