"""What names of files and folders mean: splits, classes, and what machines leave behind.

Only the standard library and :func:`kdlab.data.naming.tidy`: a stand-alone script carries these
rules along.
"""

from __future__ import annotations

import re

from kdlab.data.naming import tidy

LEFTOVERS = frozenset(
    [
        "__macosx",
        "thumbs.db",
        "ehthumbs.db",
        "desktop.ini",
        "@eadir",
        "@recycle",
        "@sharebin",
        "@recently-snapshot",
        "@tmp",
        "#recycle",
        "#snapshot",
        "\x24recycle.bin",
        "recycler",
        "lost+found",
        "__pycache__",
        "~snapshot",
        "system volume information",
        "temporary items",
        "network trash folder",
    ]
)
"""Folders and files of file managers, network drives and notebooks, in lower case. Names that begin
with a dot (.DS_Store, ._image.png, .ipynb_checkpoints, .@__thumb) are left out as well."""

SPLITS = {
    "train": "train",
    "training": "train",
    "trn": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "validate": "validation",
    "dev": "validation",
    "development": "validation",
    "devel": "validation",
    "eval": "validation",
    "evaluation": "validation",
    "test": "test",
    "testing": "test",
    "tst": "test",
    "holdout": "test",
}
ENDINGS = ("dataset", "images", "image", "photos", "imgs", "split", "data", "img", "set")
"""What may follow the name of a split, with or without a space: trainset, test_images, val-data."""


def split_of(name: str) -> str | None:
    """ "train", "validation" or "test" for the usual names of splits, in any case: ``Training``,
    ``test_set``, ``val2017``; None for every other name."""
    word = re.sub(r"[\s_.-]+", "", tidy(name).casefold())
    if word[:1].isalpha():
        word = re.sub(r"20\d\d\Z", "", word)
    if word in SPLITS:
        return SPLITS[word]
    for ending in ENDINGS:
        if word.endswith(ending) and word[: -len(ending)] in SPLITS:
            return SPLITS[word[: -len(ending)]]
    return None


def is_leftover(name: str) -> bool:
    """Whether a file or folder of this name was left by a machine, and nobody's image or class."""
    return name.startswith(".") or tidy(name).casefold() in LEFTOVERS
