"""How many images a full run would see, without reading them and without torch."""

from __future__ import annotations

from dataclasses import dataclass

from kdlab import data
from kdlab.data.images import look
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.predicted import images


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
    known = record.shape and record.classes and record.train_size
    return _of(config, images.sizes(config)) if known else None


def size_of(config: FullRunConfig) -> Size:
    """The same of any; an archive is only listed, not decoded. DataError where it cannot be."""
    if (known := published_size(config)) is not None:
        return known
    account = look(config.folder)
    assert account is not None, "without a time limit it is looked at to its end"
    return _of(config, images.of_account(config, account))


def _of(config: FullRunConfig, read: images.Sizes) -> Size:
    """Validation images that are not held back are trained on."""
    train = read.train + (0 if config.validation else read.validation)
    if config.train_limit != "all":
        train = min(train, config.train_limit)
    return Size(read.shape, read.classes, train, read.test)
