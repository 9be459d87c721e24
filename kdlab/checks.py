"""What can be seen to be impossible before data are read: one check for page, CLI and worker."""

from __future__ import annotations

from kdlab import data, methods, models
from kdlab.config import DistilConfig
from kdlab.errors import ConfigError


def possible(config: DistilConfig) -> None:
    """ConfigError or ModelError for a combination of settings that cannot be run.

    What only the data themselves can tell (a user's own images) is checked again by
    :func:`fits`, with the data in hand.
    """
    record = data.find(config.dataset)
    method = methods.find(config.method)
    for name in (config.teacher, config.student):
        models.find(name)
        if record.shape and record.classes:
            models.check(name, record.shape, len(record.classes))
    if method.name == "labels-only" and config.alpha == 1:
        raise ConfigError(
            "method is 'labels-only' and alpha is 1",
            "alpha below 1 with this method, since nothing else is in its loss",
            "Lower alpha, or choose a method that uses the teacher",
        )
    size = data.train_size(config)
    if size is not None:
        enough_images(config, size)


def fits(config: DistilConfig, shape: tuple[int, ...], classes: int, train_size: int) -> None:
    """The same once the data are there: inputs of ``shape``, ``train_size`` training images."""
    possible(config)
    enough_images(config, train_size)
    for name in (config.teacher, config.student):
        models.check(name, shape, classes)


def enough_images(config: DistilConfig, train_size: int) -> None:
    """ConfigError where the student is to see more labels than there are images."""
    if config.labels != "all" and config.labels > train_size:
        raise ConfigError(
            f"labels is {config.labels}",
            f"1 to {train_size}, the training images of {config.dataset}, or 'all'",
            "Ask for fewer labels, or choose a larger data set",
        )
