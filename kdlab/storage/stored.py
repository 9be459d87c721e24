"""What lies in the files of the store: bytes to results, each checked before anybody relies on it.

Whatever is wrong with a file, its reader here raises one of :func:`wrong`, and the store makes a
:class:`kdlab.errors.DamagedError` of it. No reader needs torch.
"""

from __future__ import annotations

import functools
import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.data.table import encode
from kdlab.errors import ModelError, StoreError, printable
from kdlab.events import Event, RunFinished, from_json, whole
from kdlab.models import class_names, header
from kdlab.system import files

if TYPE_CHECKING:
    import numpy as np

PARTS = {"train", "validation", "test"}
"""Of a data set, each with its logits."""
LARGEST = 1e9
"""No mean or deviation of pixels or points comes near it."""
MOST_BYTES = 1 << 33
"""Of a file that is read: the lab writes none as large."""
REMEMBERED, REMEMBERED_BYTES = 48, 1 << 18
"""So many files of events, those that were read last, stay in memory, each of fewer bytes."""


@dataclass(frozen=True)
class TeacherOutputs:
    """What a teacher says of (at most 500) validation examples.

    ``inputs`` uint8 (N, C, H, W) pixels, or float32 (N, 2) points as the network sees them;
    ``labels`` (N,); ``logits`` (N, classes) float32. A network expects (x - mean) / std, one number
    a channel or coordinate, where pixels x lie in 0..1.
    """

    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    inputs: np.ndarray
    labels: np.ndarray
    logits: np.ndarray
    columns: tuple[str, ...] = ()
    """The names of the coordinates, where they have some: of a table."""


def wrong() -> tuple[type[Exception], ...]:
    """What reading a damaged file comes to."""
    from safetensors import SafetensorError

    return (
        LookupError, TypeError, ValueError, AttributeError, OverflowError, RecursionError, OSError,
        StoreError, ModelError, SafetensorError,
    )  # fmt: skip


def read(path: Path) -> bytes:
    """A file of ours, which is a regular one; OSError otherwise."""
    with files.regular(path, MOST_BYTES) as file:
        return file.read()


def events(content: bytes) -> list[Event]:
    """The events in a file of them, a line each; ValueError or StoreError where they are none, or
    contradict each other."""
    return list(_remembered(content) if len(content) < REMEMBERED_BYTES else _events(content))


def _events(content: bytes) -> tuple[Event, ...]:
    found = tuple(from_json(line) for line in content.decode().splitlines())
    whole.check(found)
    return found


@functools.lru_cache(maxsize=REMEMBERED)
def _remembered(content: bytes) -> tuple[Event, ...]:
    """A class opens the same pages, and to read one's events takes a quarter of its time. They are
    frozen, and nobody changes the lists and dicts in them, so all visitors may have the same."""
    return _events(content)


def run(path: Path, weights_of: Iterable[Path]) -> list[Event]:
    """:func:`events` of a finished run in the file ``path``, whose students' weights, where there
    are any, begin as such files do. ValueError where it has no end: only those that have are kept.
    """
    for each in weights_of:
        if each.exists():
            begins(each)
    found = events(read(path))
    if not found or not isinstance(found[-1], RunFinished):
        raise ValueError("the run has no end")
    return found


def begins(path: Path) -> None:
    """ModelError where a file of weights has no header that fits its length; little is read."""
    with files.regular(path, MOST_BYTES) as file:
        header.begin(file, "")


def weights(path: Path) -> bytes:
    """A file of weights whose header fits its length; ModelError otherwise."""
    content = read(path)
    header.read(content)
    return content


def logits(content: bytes, classes: Sequence[str]) -> dict[str, np.ndarray] | None:
    """Logits (N, classes) float32 by part of the data, in the order of ``classes``; None where they
    are of other classes, ValueError where they are no such logits."""
    from safetensors.numpy import load

    found = load(content)
    columns = {logits.shape[1:] for logits in found.values()}
    if found.keys() != PARTS or len(columns) != 1 or len(columns.pop()) != 1:
        raise ValueError("these are no logits of three parts")
    if not all(_numbers(logits, "float32") for logits in found.values()):
        raise ValueError("these are no numbers of ours")
    known = class_names.read(header.read(content).texts)
    if not classes or known is None:
        return found
    try:
        order = class_names.order(known, classes)
    except ModelError:
        return None
    return {name: logits[:, order] for name, logits in found.items()}


def _numbers(values: np.ndarray, *kinds: str) -> bool:
    """Whether they are finite, and of a type among ``kinds``."""
    import numpy as np

    return values.dtype.name in kinds and bool(np.isfinite(values).all())


def outputs(folder: Path) -> TeacherOutputs:
    """What a teacher said, from its two files; ValueError or the like where they do not fit."""
    from safetensors.numpy import load

    tensors = load(read(folder / "outputs.safetensors"))
    facts = json.loads(read(folder / "outputs.json"))
    _fit_together(facts, tensors)
    return TeacherOutputs(
        classes=tuple(facts["classes"]),
        input_shape=tuple(facts["input_shape"]),
        mean=tuple(facts["mean"]),
        std=tuple(facts["std"]),
        inputs=tensors["inputs"],
        labels=tensors["labels"],
        logits=tensors["logits"],
        columns=tuple(facts.get("columns", [])),
    )


def _fit_together(facts: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
    """ValueError where a teacher's outputs are not of one number, shape and set of classes."""
    classes, shape, labels = facts["classes"], facts["input_shape"], tensors["labels"]
    examples, channels = len(tensors["inputs"]), shape[0]
    columns = facts.get("columns", [])
    scales = [*facts["mean"], *facts["std"]]
    largest = 2 * encode.LARGEST if len(shape) == 1 else LARGEST  # tables are in their own units
    fits = (
        all(isinstance(name, str) and name == printable(name) for name in classes)
        and all(type(side) is int for side in shape)
        and len(shape) in (1, 2, 3)
        and tensors["inputs"].shape == (examples, *shape)
        and _numbers(tensors["inputs"], "float32" if len(shape) == 1 else "uint8")
        and labels.shape == (examples,)
        and (labels.dtype.kind in "iu" and examples > 0)
        and (labels.min() >= 0 and labels.max() < len(classes))
        and tensors["logits"].shape == (examples, len(classes))
        and _numbers(tensors["logits"], "float32")
        and len(facts["mean"]) == len(facts["std"]) == (1 if len(shape) == 2 else channels)
        and all(type(x) in (int, float) and abs(x) < largest for x in scales)
        and all(x > 0 for x in facts["std"])
        and len(columns) in (0, channels)
        and all(isinstance(n, str) and n == printable(n) for n in columns)
    )
    if not fits:
        raise ValueError("the outputs do not fit together")
