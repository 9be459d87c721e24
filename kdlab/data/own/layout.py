"""From a list of paths to splits and classes: what somebody's folders mean.

::

    archive/pets/train/cat/1.png      wrappers, a split, a class
    Testing/cat/1.png                 the usual names of splits, in any case
    cat/train/1.png                   classes outside, splits inside
    train/a/airfield/1.png            classes two folders deep
    cat/1.png                         no split: all is train

A pure function: any list of names gives a layout, or an ArchiveError that says what was found.
"""

from __future__ import annotations

import difflib
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from kdlab.data.naming import printable
from kdlab.data.own import exports
from kdlab.data.own.account import LeftOut
from kdlab.data.own.depth import classes_of
from kdlab.data.own.names import is_leftover, split_of
from kdlab.data.own.splits import LAYOUT, Found, Splits, find, found, order, path_of, without_labels
from kdlab.data.own.twins import join
from kdlab.errors import ArchiveError

MAX_CLASSES = 1000


@dataclass
class Layout:
    """Who is in which split, and what was understood on the way.

    ``members[part]`` are (name in the source, class) in the order of the paths; ``classes`` are in
    the order of their names.
    """

    classes: tuple[str, ...]
    members: dict[str, list[tuple[str, str]]]
    origin: dict[str, str] = field(default_factory=dict)
    left_out: list[LeftOut] = field(default_factory=list)
    done: list[str] = field(default_factory=list)


def arrange(
    images: Iterable[tuple[str, str]], folders: Iterable[str] = (), others: Sequence[str] = ()
) -> Layout:
    """The layout of ``images``, (name in the source, path as it is spelt).

    ``folders`` are those that are listed, ``others`` the paths of files that are not images. Paths
    are sorted first: the same images are cut alike in a folder and in any archive of it.
    """
    every = sorted((found(name, path) for name, path in images), key=order)
    kept = [one for one in every if not _is_left(one)]
    left = [LeftOut.of("left by computers", [path_of(o) for o in every if _is_left(o)])]
    if not kept:
        raise ArchiveError(
            f"no image among {len(every) + len(others):,} files{_endings(others)}",
            LAYOUT,
            "Check that it is the right one",
        )
    splits, named, strays = find(kept, others)
    origin = {part: " and ".join(sorted(names)) for part, names in named.items()}
    unlabelled = without_labels(splits)
    done = [
        f"{printable(origin.pop(part, part))} has no labels, so {part} images are taken from train"
        for part, _, whole in unlabelled
        if whole
    ]
    left += [LeftOut.of(why, names) for why, names in strays.items()]
    left += [
        LeftOut.of(f"without a class in {part}", [path_of(p.image) for p in each])
        for part, each, _ in unlabelled
    ]
    labels, remarks = classes_of({part: [p.inside for p in each] for part, each in splits.items()})
    joined, twins = join(labels, _spelt(splits, labels))
    members = {
        part: [(p.image.name, joined[label]) for p, label in zip(each, labels[part], strict=True)]
        for part, each in splits.items()
    }
    classes = tuple(sorted({label for _, label in members["train"]}))
    _check_classes(classes, members, others)
    _check_folders(folders, every, splits, others)
    return Layout(
        classes,
        members,
        origin,
        [each for each in left if each.count],
        [*done, *remarks, *twins],
    )


def _is_left(one: Found) -> bool:
    return any(is_leftover(part) for part in one.raw)


def _endings(others: Sequence[str]) -> str:
    """The commonest endings of files that are not images: " (.dcm, .txt)"."""
    found = Counter(
        "." + name.rpartition(".")[2].lower() for name in others if "." in name.rpartition("/")[2]
    )
    shown = ", ".join(printable(ending)[:12] for ending, _ in found.most_common(3))
    return f" ({shown})" if shown else ""


def _spelt(splits: Splits, labels: dict[str, list[str]]) -> dict[str, set[str]]:
    """Label -> how its folders are spelt."""
    found: dict[str, set[str]] = {}
    for part, each in splits.items():
        for p, label in zip(each, labels[part], strict=True):
            for name, tidied in zip(p.image.raw, p.image.folders, strict=False):
                if tidied == label:
                    found.setdefault(label, set()).add(name)
    return found


def _check_classes(
    classes: Sequence[str], members: dict[str, list[tuple[str, str]]], others: Sequence[str]
) -> None:
    """Two classes or more, and none in validation or test that training has never seen."""
    exports.check(set(classes), others)
    if len(classes) == 1:
        exports.explain(others)
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise ArchiveError(
            f"{len(classes):,} class in train: {printable(classes[0])[:80]!r}"
            if len(classes) == 1
            else f"{len(classes):,} classes in train",
            f"2 to {MAX_CLASSES:,} classes, a folder each",
            "Sort the images into one folder for each class",
        )
    for part, each in members.items():
        unknown = sorted({name for _, name in each}.difference(classes))
        if unknown:
            near = difflib.get_close_matches(unknown[0], classes, n=1)
            raise ArchiveError(
                f"class {printable(unknown[0])[:80]!r} is in {part} but not in train",
                "classes in validation and test that train has too",
                f"Rename it to {near[0]!r} if that is what it is, or remove it"
                if near
                else "Add it to train or remove it",
            )


def _check_folders(
    folders: Iterable[str], every: list[Found], splits: Splits, others: Sequence[str]
) -> None:
    """Refuse an empty folder among the class folders of train: its images were forgotten."""
    filled = {one.raw[:depth] for one in every for depth in range(1, len(one.raw))}
    for other in others:
        parts = tuple(other.split("/"))
        filled |= {parts[:depth] for depth in range(1, len(parts))}
    beside = {p.image.raw[: len(p.image.folders) - len(p.inside)] for p in splits["train"]}
    for name in folders:
        parts = tuple(name.split("/"))
        if parts in filled or any(is_leftover(part) for part in parts):
            continue
        if parts[:-1] in beside and not split_of(parts[-1]):
            raise ArchiveError(
                f"the folder {printable(name)[:80]!r} has no image",
                "at least one image in every class folder",
                "Fill it or remove it",
            )
