"""What a setting, and what somebody has brought, is called where its data set is known."""

from __future__ import annotations

from pathlib import PurePath

from kdlab.data import uploads
from kdlab.data.records import DATASETS

FOLDERS = {"images": "Images", "table": "Table", "text": "Text file"}
"""What the setting ``folder`` names, by data set."""


def setting(name: str, title: str, *datasets: str) -> str:
    """The ``title`` of a setting, where it stands for these data sets: shorter where all of them
    have one kind of file.

    >>> setting("folder", "Image folder, archive, table or text file", "table")
    'Table'
    """
    found = {FOLDERS.get(dataset, title) for dataset in datasets}
    return found.pop() if name == "folder" and len(found) == 1 else title


def data(dataset: str, folder: str) -> str:
    """What is learned from, within a sentence: what whom this is done for has loaded by the name
    that he gave it, a path by its last part, and all else as it is called on screen."""
    if dataset in FOLDERS and folder.strip():
        called = uploads.title(folder)
        return called if folder.strip().startswith(uploads.PREFIX) else PurePath(called).name
    return DATASETS[dataset].label if dataset in DATASETS else dataset
