"""Which folder of a path is the class, where classes lie in folders of folders."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from kdlab.data.naming import printable
from kdlab.errors import ArchiveError

Inside = tuple[str, ...]
"""The folders between a split and an image, at least one."""


def classes_of(
    splits: Mapping[str, Sequence[Inside]],
) -> tuple[dict[str, list[str]], list[str]]:
    """The class of every image, split by split, and what is to be said of the choice.

    Either the first folders are the classes, and what lies in them belongs to them; or the folders
    that hold images are. ArchiveError with both readings where nothing tells them apart.
    """
    every = {inside for each in splits.values() for inside in each}
    said: list[str] = []
    if all(len(inside) == 1 for inside in every):
        return {part: [inside[0] for inside in each] for part, each in splits.items()}, said
    outer = sorted({inside[0] for inside in every})
    leaf = _leaves(every)
    inner = sorted(set(leaf.values()))
    if not _inner_are_classes(splits, every, leaf):
        said.append(f"folders inside the class folders {_shown(outer)} count as their class")
        return {part: [inside[0] for inside in each] for part, each in splits.items()}, said
    names = _names(inner)
    shown = sorted(names.values())
    said.append(
        f"classes are the {len(inner)} folders that hold images ({_shown(shown)}), not the "
        f"{len(outer)} around them ({_shown(outer)}); for those, put the images directly into them"
    )
    return {part: [names[leaf[inside]] for inside in each] for part, each in splits.items()}, said


def _leaves(every: set[Inside]) -> dict[Inside, Inside]:
    """For each folder with images the outermost one around it that has images itself."""
    return {
        inside: next(inside[:n] for n in range(1, len(inside) + 1) if inside[:n] in every)
        for inside in every
    }


def _names(inner: Sequence[Inside]) -> dict[Inside, str]:
    """The last folder's name where that is enough to tell them apart, else the whole path."""
    alone = len({path[-1].casefold() for path in inner}) == len(inner)
    return {path: path[-1] if alone else "/".join(path) for path in inner}


def _inner_are_classes(
    splits: Mapping[str, Sequence[Inside]], every: set[Inside], leaf: Mapping[Inside, Inside]
) -> bool:
    """Whether the folders that hold images are the classes, and not the ones around them."""
    if any(len(inside) == 1 for inside in every):
        return False
    inner = set(leaf.values())
    outer = {path[0] for path in inner}
    if len(inner) == len(outer):
        return False  # one inside of each: cat/images, dog/images
    if all(len(path[0]) == 1 and path[1][:1].casefold() == path[0].casefold() for path in inner):
        return True  # an alphabet: a/airfield, b/barn
    around: dict[str, set[str]] = {}
    for path in inner:
        around.setdefault(path[-1].casefold(), set()).add(path[0])
    repeated = sum(len(tops) > 1 for tops in around.values())
    numbered = sum(any(char.isdigit() for char in path[-1]) for path in inner)
    if 5 * repeated > len(around) or 5 * numbered > 4 * len(inner):
        return False  # cat/2023 and dog/2023, ill/patient7
    trained = {leaf[inside] for inside in splits["train"]}
    asked = {leaf[inside] for part, each in splits.items() if part != "train" for inside in each}
    if asked:
        return 2 * len(asked & trained) >= len(asked)  # else other patients are tested
    first = sorted(inner)[0]
    readings = (
        f"the {len(outer)} outer folders ({_shown(sorted(outer))}) or the {len(inner)} inner ones "
        f"({_shown(sorted(path[-1] for path in inner))})"
    )
    raise ArchiveError(
        f"the images lie two folders deep ({printable('/'.join(first))[:80]!r}), so the classes "
        f"may be {readings}",
        "one folder per class, with its images directly in it",
        "Put the images directly into the folders that are the classes",
    )


def _shown(names: Sequence[str]) -> str:
    return ", ".join(printable(name)[:40] for name in names[:3]) + ", …" * (len(names) > 3)
