"""Weights that were saved elsewhere: the network among the tensors of a file.

Programs put a network into another module before they train it, and its names then begin with the
name that it has in there; other code calls its layers otherwise. A name is shortened, or translated
(:mod:`kdlab.models.dialects`), only where afterwards every tensor of the network is there, in its
shape, and nothing is left over. Else, where the layers have other names all the same, each is taken
for the only one that it can be (:mod:`kdlab.models.matching`). All of it is told.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field

from kdlab.errors import ModelError
from kdlab.models import header, matching
from kdlab.models.dialects import Reading, readings
from kdlab.models.matching import COUNTER, Shapes, is_counter

WRAPPERS = {
    "module": "torch.nn.DataParallel",
    "_orig_mod": "torch.compile",
    "_fsdp_wrapped_module": "FullyShardedDataParallel",
    "_checkpoint_wrapped_module": "activation checkpointing",
}
"""Parts of a name that a wrapper adds, wherever it was put, and which one that is."""

TRAINING = re.compile(
    r"(optim|sched|lr_sched)\w*|scaler|epoch|step|global_step|best_acc|best_loss|n_averaged"
)
"""First parts of names beside the network's, of what a checkpoint holds of the training."""

MOST_PREFIXES = 16
"""A file with more networks than that is not looked through."""

MOST_TENSORS = 5000
"""The largest network has less than 1,000, and an optimizer keeps two more for each of them: a file
with more is not searched any further for what it lacks."""

MOST_DEPTH = 6
"""Parts of a name that may stand before the network's own."""


@dataclass(frozen=True)
class Renamed:
    """``names``: the network's name -> that in the file. ``notes``: sentences on what was done.
    ``fits``: whether the network is complete; otherwise ``names`` are the nearest to it."""

    names: dict[str, str]
    notes: list[str]
    fits: bool


@dataclass
class _Search:
    """What is looked for and what was found: the names nearest to a network, and where whole ones
    are."""

    own: Shapes
    file_name: str
    right: int = -1
    nearest: dict[str, str] = field(default_factory=dict)
    whole: list[str] = field(default_factory=list)

    def look(self, theirs: Shapes, inner: Mapping[str, str], reading: Reading) -> bool:
        """Whether the network is among ``inner`` (shorter name -> name), as ``reading`` has it."""
        names = {mine: inner[their] for their, mine in reading.names.items() if their in inner}
        right = [n for n, k in names.items() if theirs[k] == self.own[n] and not is_counter(n)]
        if len(right) > self.right:
            over = {n: k for n, k in inner.items() if n not in reading.names}
            inside = set(inner.values())
            outside = {k: k for k in theirs if k not in inside}
            self.right, self.nearest = len(right), names | over | outside
        return len(right) == sum(not is_counter(name) for name in self.own)

    def compare(
        self, theirs: Shapes, inner: Mapping[str, str], dialects: Sequence[Reading]
    ) -> None:
        """Whether more is right among ``inner`` when its layers are taken for what they can be."""
        shapes = {name: theirs[kept] for name, kept in inner.items()}
        for reading in dialects:
            spoken = {name: self.own[mine] for name, mine in reading.names.items()}
            names = _translated(matching.partly(shapes, spoken), reading, inner)
            right = sum(not is_counter(name) for name in names)
            if right > self.right:
                used = set(names.values())
                self.right = right
                self.nearest = names | {k: k for k in theirs if k not in used}

    def found(self, prefix: str) -> None:
        """There is a whole network under ``prefix``, and something else beside it."""
        if prefix not in self.whole:
            self.whole.append(prefix)

    def one(self) -> None:
        """ModelError where there are several whole networks: nobody can know which is meant."""
        if len(self.whole) > 1:
            shown = " and ".join(repr(prefix[:60]) for prefix in self.whole[:3])
            first = repr(self.whole[0][:60])
            lines = header.only(self.file_name, self.whole)
            raise ModelError(
                f"the file holds {len(self.whole)} networks that fit, under {shown}",
                "one network in a file",
                f"Keep the network that is to teach. These lines keep the one under {first}; name "
                f"another in their third line:\n\n{lines}\n\nThen load the file that they "
                "write",
            )


def recognise(theirs: Shapes, own: Shapes, file_name: str = "", *, nearest: bool = True) -> Renamed:
    """Find the network whose tensors have the shapes ``own`` among ``theirs``, those of a file,
    which its owner calls ``file_name``. ``nearest``: whether anybody wants to know what is missing
    where there is none.

    ModelError where there are several. Counters may be missing.
    """
    search, dialects = _Search(own, file_name), list(readings(own))
    for told, every in _unwrapped(theirs, own):
        names, beside = _without_training(every, own)
        search.whole.clear()
        for reading in dialects:
            for prefix in _prefixes(names, reading):
                inner = _under(prefix, names)
                if not search.look(theirs, inner, reading):
                    continue
                if inner.keys() <= reading.names.keys() and len(inner) == len(names):
                    spoken = {mine: inner[n] for n, mine in reading.names.items() if n in inner}
                    notes = [*told, *_notes(prefix, reading, beside)]
                    return Renamed(spoken, [*notes, *_missing(spoken, own)], True)
                search.found(prefix)
        search.one()
    for told, every in _unwrapped(theirs, own):
        names, beside = _without_training(every, own)
        search.whole.clear()
        if nearest and len(names) <= MOST_TENSORS:
            search.compare(theirs, names, dialects)
        for prefix in _tops(names, own):
            inner = _under(prefix, names)
            found = _matched(theirs, inner, own, dialects)
            if found is not None and len(inner) == len(names):
                notes = [*told, *_notes(prefix, Reading("", {}), beside), *found.notes]
                return Renamed(found.names, notes, True)
            if found is not None:
                search.found(prefix)
        search.one()
    return Renamed(search.nearest, [], False)


def _without_training(every: dict[str, str], own: Shapes) -> tuple[dict[str, str], int]:
    """The names without those of the training beside the network, and how many these were."""
    beside = {name for name in every if TRAINING.fullmatch(name.split(".")[0]) and name not in own}
    return {name: kept for name, kept in every.items() if name not in beside}, len(beside)


def _under(prefix: str, names: Mapping[str, str]) -> dict[str, str]:
    return {n.removeprefix(prefix): kept for n, kept in names.items() if n.startswith(prefix)}


def _matched(
    theirs: Shapes, inner: Mapping[str, str], own: Shapes, dialects: Sequence[Reading]
) -> Renamed | None:
    """The network of which each layer is the only one that it can be, in the reading in which most
    have their names; None where there is none, or where two readings are as good."""
    best: list[tuple[int, Renamed]] = []
    shapes = {name: theirs[kept] for name, kept in inner.items()}
    for reading in dialects:
        spoken = {name: own[mine] for name, mine in reading.names.items()}
        pairs = matching.matched(shapes, spoken)
        if pairs is not None:
            names = _translated(pairs, reading, inner)
            equal = sum(mine == their for mine, their in pairs.items())
            head = next(reversed(spoken)).rpartition(".")[0]
            notes = [*_spoken(reading), *matching.told(pairs, head), *_missing(names, own)]
            best.append((equal, Renamed(names, notes, True)))
    most = max((equal for equal, _ in best), default=0)
    nearest = [found for equal, found in best if equal == most]
    clear = nearest and all(found.names == nearest[0].names for found in nearest)
    return nearest[0] if clear else None


def _translated(
    pairs: Mapping[str, str], reading: Reading, inner: Mapping[str, str]
) -> dict[str, str]:
    """The network's names -> those in the file, of the layers in ``pairs`` (those of the reading ->
    theirs)."""
    names = {}
    for name, mine in reading.names.items():
        layer, _, leaf = name.rpartition(".")
        their = ".".join(part for part in (pairs.get(layer), leaf) if part)
        if layer in pairs and their in inner:
            names[mine] = inner[their]
    return names


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


def _prefixes(names: Mapping[str, str], reading: Reading) -> list[str]:
    """Beginnings after which a network may follow; "" is the first."""
    required = [name for name, mine in reading.names.items() if not is_counter(mine)]
    anchor = max(required, key=len, default="")
    ends = [name.removesuffix(anchor) for name in names if name.endswith(f".{anchor}")]
    return ["", *sorted(set(ends), key=lambda prefix: (len(prefix), prefix))[:MOST_PREFIXES]]


def _tops(names: Mapping[str, str], own: Shapes) -> list[str]:
    """Beginnings that as many tensors have as the network has, "" the first: whatever they are
    called behind these."""
    count: dict[str, int] = {}
    for name in names:
        parts = name.split(".", MOST_DEPTH)[:-1]
        for depth in range(len(parts) + 1):
            prefix = "".join(f"{part}." for part in parts[:depth])
            count[prefix] = count.get(prefix, 0) + (not is_counter(name))
    most = sum(not is_counter(name) for name in own)
    fitting = [prefix for prefix, found in count.items() if found == most]
    return sorted(fitting, key=lambda prefix: (-len(prefix), prefix))[:MOST_PREFIXES]


def _spoken(reading: Reading) -> list[str]:
    return [f"The layers have the names of {reading.source}, and were told apart by these."] * bool(
        reading.source
    )


def _notes(prefix: str, reading: Reading, beside: int) -> list[str]:
    told = (
        [f"The names of the weights began with {prefix!r}, which was left out."] if prefix else []
    )
    if beside:
        told.append(f"{beside} tensors of the training beside the network were left out.")
    return [*told, *_spoken(reading)]


def _missing(names: Mapping[str, str], own: Shapes) -> list[str]:
    missing = sum(name not in names for name in own)
    if not missing:
        return []
    return [
        f"{missing} counters of batch norm ({COUNTER}) were missing; they are 0, which changes no "
        "output."
    ]
