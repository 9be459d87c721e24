"""Weights that were saved elsewhere, under names that a wrapper has lengthened.

Programs put a network into another module before they train it, and its names then begin with the
name that it has in there. Nothing is guessed: a name is shortened only where afterwards every
tensor of the network is there, in its shape, and nothing is left over.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from kdlab.errors import ModelError

Shapes = Mapping[str, tuple[int, ...]]

WRAPPERS = {
    "module": "torch.nn.DataParallel",
    "_orig_mod": "torch.compile",
    "_fsdp_wrapped_module": "FullyShardedDataParallel",
    "_checkpoint_wrapped_module": "activation checkpointing",
}
"""Parts of a name that a wrapper adds, wherever it was put, and which one that is."""

COUNTER = "num_batches_tracked"
"""How often batch norm has seen a batch: files from before it counted lack it, and no output
depends on it where the momentum is a number."""

TRAINING = ("optimizer", "optim", "scheduler", "lr_scheduler", "scaler", "epoch", "step")
"""Beginnings of names beside the network's in a checkpoint that holds the state of its training."""


MOST_PREFIXES = 16
"""A file with more networks than that is not looked through."""


@dataclass(frozen=True)
class Renamed:
    """``names``: the network's name -> that in the file. ``notes``: sentences on what was done.
    ``fits``: whether the network is complete; otherwise ``names`` are the nearest to it."""

    names: dict[str, str]
    notes: list[str]
    fits: bool


def recognise(theirs: Shapes, own: Shapes) -> Renamed:
    """Find the network whose tensors have the shapes ``own`` among ``theirs``, those of a file.

    ModelError where there are several. Counters may be missing.
    """
    required = {name: shape for name, shape in own.items() if not is_counter(name)}
    nearest: tuple[int, dict[str, str]] = (-1, {})
    for told, every in _unwrapped(theirs, own):
        beside = {name for name in every if name.split(".")[0] in TRAINING and name not in own}
        names = {name: theirs_too for name, theirs_too in every.items() if name not in beside}
        complete: list[str] = []
        for prefix in _prefixes(names, required):
            inner = {n.removeprefix(prefix): k for n, k in names.items() if n.startswith(prefix)}
            right = sum(n in inner and theirs[inner[n]] == s for n, s in required.items())
            if right > nearest[0]:
                outside = {n: k for n, k in names.items() if not n.startswith(prefix)}
                nearest = right, inner | outside
            if right == len(required):
                complete.append(prefix)
                if inner.keys() <= own.keys() and len(inner) == len(names):
                    return Renamed(inner, [*told, *_notes(prefix, inner, own, len(beside))], True)
        if len(complete) > 1:
            raise ModelError(
                f"the file holds {len(complete)} networks that fit, under "
                f"{' and '.join(repr(prefix) for prefix in complete[:3])}",
                "one network in a file",
                "Save only the one that shall teach",
            )
    return Renamed(nearest[1], [], False)


def is_counter(name: str) -> bool:
    """Whether the tensor ``name`` counts batches."""
    return name.rpartition(".")[2] == COUNTER


def _unwrapped(theirs: Shapes, own: Shapes) -> Iterator[tuple[list[str], dict[str, str]]]:
    """(what was done, shorter name -> name): as it is, then without what wrappers add."""
    yield [], {name: name for name in theirs}
    used = {part for name in own for part in name.split(".")}
    found: dict[str, str] = {}
    gone: set[str] = set()
    for name in theirs:
        parts = name.split(".")
        kept = [part for part in parts if part not in WRAPPERS or part in used]
        gone |= set(parts) - set(kept)
        if ".".join(kept) in found:
            return  # two tensors of one name: not only wrappers lie in between
        found[".".join(kept)] = name
    if gone:
        marks = [f"{part!r} ({WRAPPERS[part]})" for part in WRAPPERS if part in gone]
        told = f"In the names of the weights {' and '.join(marks)} was left out."
        yield [told], found


def _prefixes(names: Mapping[str, str], required: Shapes) -> list[str]:
    """Beginnings after which a network may follow; "" is the first."""
    anchor = max(required, key=len, default="")
    ends = [name.removesuffix(anchor) for name in names if name.endswith(f".{anchor}")]
    return ["", *sorted(set(ends), key=lambda prefix: (len(prefix), prefix))[:MOST_PREFIXES]]


def _notes(prefix: str, inner: Mapping[str, str], own: Shapes, beside: int) -> list[str]:
    told = (
        [f"The names of the weights began with {prefix!r}, which was left out."] if prefix else []
    )
    if beside:
        told.append(f"{beside} tensors of the training beside the network were left out.")
    missing = [name for name in own if name not in inner]
    if missing:
        told.append(
            f"{len(missing)} counters of batch norm ({COUNTER}) were missing; they are 0, which "
            "changes no output."
        )
    return told
