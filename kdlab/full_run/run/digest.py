"""What a run's data are, so that it does not resume with others: ``data.json`` in its folder.

A run that was stopped may be resumed after a folder has got a class more, a class another name, or
its images other pixels. It would resume with weights for what is not there any more.
"""

from __future__ import annotations

import dataclasses
import hashlib
import json
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch

from kdlab.errors import DataError, StoreError
from kdlab.events import FullStarted
from kdlab.full_run.engine.images import FullData, Labelled
from kdlab.full_run.run.folder import RunFolder
from kdlab.models.class_names import listed
from kdlab.system import files, records
from kdlab.system.records import Count

NAME = "data.json"
PARTS = ("train", "judged", "test")
"""Parts of :class:`FullData`; "judged" are the images of the curves."""
MAX_BYTES = 20_000_000

UNKNOWN = (
    "This run has no digest of the data that it started with: only the classes and the number of "
    "images could be compared, not what is in them."
)
CHECKSUM = "checksum"
"""Of all that the file says; a damaged one would blame the data. Earlier versions wrote none."""


@dataclass(frozen=True)
class Digest:
    """``counts``: images of each part. ``contents``: SHA-256 over the pixels and classes of each
    part, hexadecimal."""

    classes: tuple[str, ...]
    shape: tuple[Count, ...]
    counts: dict[str, Count]
    contents: dict[str, str]


def of(data: FullData) -> Digest:
    """The digest of images in memory; about a second a GB."""
    parts: dict[str, Labelled] = {name: getattr(data, name) for name in PARTS}
    return Digest(
        tuple(data.classes),
        tuple(data.shape),
        {name: len(part.targets) for name, part in parts.items()},
        {name: _content(part) for name, part in parts.items()},
    )


def _content(part: Labelled) -> str:
    found = hashlib.sha256()
    for tensor in (part.pixels, part.targets.to(torch.int64)):
        found.update(tensor.reshape(-1).numpy().data)
    return found.hexdigest()


def check(
    folder: RunFolder, data: FullData, *, begun: bool, started: FullStarted | None, writes: bool
) -> str:
    """Compare the data with those the run began with; a sentence where that could not be done in
    full, else "". Where it has not ``begun`` these are its data, and whoever ``writes`` keeps them.
    ``started`` is what the log tells of its beginning.

    DataError where they are others; StoreError where the run's own note of them cannot be read.
    """
    now = of(data)
    before = _read(folder.path / NAME) if begun else None
    told = ""
    if before is not None:
        _same(before, now)
    elif begun:
        told = UNKNOWN
        if started is not None:
            counts = {"train": started.train_size, "test": started.test_size}
            _same(Digest(started.classes, started.input_shape, counts, {}), now)
    if before is None and writes:
        facts = dataclasses.asdict(now)
        files.write(folder.path / NAME, json.dumps(facts | {CHECKSUM: _sum(facts)}).encode())
    return told


def _sum(facts: dict[str, Any]) -> str:
    return hashlib.sha256(json.dumps(facts, sort_keys=True).encode()).hexdigest()


def _read(path: Path) -> Digest | None:
    try:
        with files.regular(path, MAX_BYTES) as file:
            content = file.read()
        found = records.from_json(Digest, content)
        told = json.loads(content)
        if CHECKSUM in told and told[CHECKSUM] != _sum(dataclasses.asdict(found)):
            raise ValueError("at least one character has changed")
        return found
    except FileNotFoundError:
        return None
    except (OSError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read ({getattr(error, 'strerror', None) or 'it is damaged'})",
            "what this run wrote about its data",
            "Delete that file and resume: the run continues without comparing its data",
        ) from None


def _same(before: Digest, now: Digest) -> None:
    """DataError where ``now`` differs, which says in what."""
    changed = [*_classes(before.classes, now.classes)]
    if before.shape != now.shape:
        changed.append(f"images have the shape {now.shape} and had {before.shape}")
    words = {"train": "training images", "judged": "images of the curves", "test": "test images"}
    for name, count in before.counts.items():
        if now.counts.get(name) != count:
            changed.append(
                f"{now.counts.get(name, 0):,} {words.get(name, name)}, and {count:,} before"
            )
    if not changed:
        other = [words.get(n, n) for n, c in before.contents.items() if now.contents.get(n) != c]
        if other:
            changed.append(f"other contents of the {' and the '.join(other)}")
    if changed:
        raise DataError(
            f"the data have changed since this run started: {'; '.join(changed)}",
            "the data that it started with",
            "Restore them and resume, or start a new run in another folder",
        )


def _classes(before: tuple[str, ...], now: tuple[str, ...]) -> list[str]:
    """What became of the classes, in words."""
    gone = [name for name in before if name not in now]
    new = [name for name in now if name not in before]
    if len(gone) == len(new) == 1:
        return [f"the class {listed(gone)} is called {listed(new)} now, or was replaced by it"]
    told = [f"there is no class {listed(gone)} any more"] if gone else []
    told += [f"the class {listed(new)} is new"] if new else []
    if not told and before != now:
        told = [f"the classes are in a different order, {listed(now)}"]
    return told
