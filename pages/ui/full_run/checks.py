"""What the page may be asked for, and how many steps that takes; known without torch, which the
server of the pages never imports."""

from __future__ import annotations

import math
from collections.abc import Callable

from kdlab import data, methods, models
from kdlab.data import uploads
from kdlab.errors import ConfigError, KdlabError
from kdlab.full_run.recipe import names, possible, teacher_file
from kdlab.full_run.recipe.config import SAME, FullRunConfig
from kdlab.full_run.recipe.pretrained import PRETRAINED
from kdlab.full_run.recipe.published import OWN, PAIRS, RECIPES
from kdlab.full_run.recipe.sizes import published_size

IMAGES = tuple(name for name, record in data.DATASETS.items() if record.kind == "images")
"""The data sets of full runs."""


WAITS = "images"
"""Stands for a problem where nothing is wrong: the visitor has yet to bring his images."""


def given(teacher: str, file: str) -> bool:
    """Whether a file holds the whole teacher, so that nothing of it is trained."""
    try:
        return teacher_file.is_whole(teacher, file)
    except KdlabError:  # the run, or the check of its settings, says what is wrong
        return True


def find_dataset(name: str) -> data.Dataset:
    """A data set of images; ConfigError lists them."""
    record = data.find(name)
    if record.kind != "images":
        raise ConfigError(
            f"dataset is {name!r}", "one of " + ", ".join(IMAGES), "Choose a data set of images"
        )
    return record


def find_pair(name: str) -> str:
    """``name``; ConfigError where no pair is called so."""
    if name not in (OWN, *PAIRS):
        raise ConfigError(
            f"pair is {name[:60]!r}", ", ".join((*PAIRS, OWN)), "Choose one of these pairs"
        )
    return name


def find_recipe(name: str) -> str:
    """``name``; ConfigError where no recipe is called so."""
    if name not in RECIPES:
        raise ConfigError(f"recipe is {name[:60]!r}", ", ".join(RECIPES), "Choose one of these")
    return name


NAMES: dict[str, Callable[[str], object]] = {
    "dataset": find_dataset,
    "pair": find_pair,
    "recipe": find_recipe,
    "teacher": lambda name: PRETRAINED[name] if name in PRETRAINED else models.find(name),
    "student": models.find,
    "method": methods.find,
}
"""For :func:`pages.ui.shell.state.state`."""


def known(config: FullRunConfig) -> None:
    """A KdlabError where a setting names what no registry has: no widget could show it."""
    for name, find in NAMES.items():
        find(getattr(config, name))


def check(config: FullRunConfig) -> None:
    """A KdlabError for settings that cannot be run together, as far as it is known beforehand."""
    known(config)
    possible.check(config)
    record = find_dataset(config.dataset)
    if "folder" in record.settings:
        uploads.resolve(config.folder)
    if record.shape is None:  # its classes are counted when the archive is read
        for name in (config.teacher, config.student):
            names.check(name, data.input_shape(config), 10)


def train_size(config: FullRunConfig) -> int | None:
    """Training images; None for one's own, which are counted when the archive is read."""
    known = published_size(config)
    return None if known is None else known.train


def steps(config: FullRunConfig) -> dict[str, int] | None:
    """Steps of one teacher and of one student of either kind: epochs x ceil(images / batch)."""
    images = train_size(config)
    if images is None:
        return None
    each = math.ceil(images / config.batch_size)
    teacher = config.epochs if config.teacher_epochs == SAME else int(config.teacher_epochs)
    known = given(config.teacher, config.teacher_file)
    return {"teacher": 0 if known else teacher * each, "student": config.epochs * each}
