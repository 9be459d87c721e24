"""How many images a full run would see, without reading them and without torch."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab import data
from kdlab.data import digits, vision
from kdlab.data.images import look
from kdlab.data.split import limit_of
from kdlab.full_run.recipe.config import FullRunConfig


@dataclass(frozen=True)
class Size:
    """How many images of what shape a run would see."""

    shape: tuple[int, ...]
    classes: int
    train: int
    test: int


def published_size(config: FullRunConfig) -> Size | None:
    """Of a published data set; None for one's own images, which must be counted."""
    record = data.find(config.dataset)
    if not (record.shape and record.classes and record.train_size):
        return None
    held, test = vision.VALIDATION_SIZE, 10_000
    if config.dataset == "digits":
        held, test = digits.VALIDATION_SIZE, digits.TEST_SIZE
    train = record.train_size + (0 if config.validation else held)
    return _limited(config, Size(record.shape, len(record.classes), train, test))


def size_of(config: FullRunConfig) -> Size:
    """The same of any; an archive is only listed, not decoded. DataError where it cannot be."""
    if (known := published_size(config)) is not None:
        return known
    account = look(config.folder)
    assert account is not None, "without a time limit it is looked at to its end"
    counts = {part: sum(each) for part, each in account.counts.items()}
    train = counts["train"] + (0 if config.validation else counts["validation"])
    return _limited(
        config, Size(data.input_shape(config), len(account.classes), train, counts["test"])
    )


def _limited(config: FullRunConfig, size: Size) -> Size:
    limit = config.train_limit
    if limit == "all":
        return size
    train, test = min(size.train, limit), min(size.test, limit_of(limit, "test"))
    return Size(size.shape, size.classes, train, test)
