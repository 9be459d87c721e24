"""Which folders are the splits, and which lie around everything or beside it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

from kdlab.data.naming import tidy
from kdlab.data.own import exports
from kdlab.data.own.names import split_of
from kdlab.errors import ArchiveError

LAYOUT = "<split>/<class>/*.png|jpg with splits train, validation and test, or <class>/*.png|jpg"
PARTS = ("train", "validation", "test")
NO_CLASS = frozenset(
    (
        "images", "image", "img", "imgs", "photos", "pics", "pictures", "unknown", "unlabeled",
        "unlabelled", "all", "data",
    )
)  # fmt: skip
"""A folder that is alone in a split and has one of these names is no class."""


class Found(NamedTuple):
    """One image: its name in the source, and its path, tidied folder by folder."""

    name: str
    folders: tuple[str, ...]
    raw: tuple[str, ...]
    """The folders as they are spelt."""


class Placed(NamedTuple):
    """An image in a split; ``inside`` are the folders between the split and the image."""

    image: Found
    inside: tuple[str, ...]


def found(name: str, path: str) -> Found:
    """The image called ``name`` in the source, whose path is spelt ``path``."""
    parts = tuple(path.split("/"))
    return Found(name, tuple(tidy(part) for part in parts[:-1]), parts)


def order(one: Found) -> tuple[tuple[str, ...], str]:
    """What images are sorted by: folder by folder, whatever the source."""
    return (*one.folders, tidy(one.raw[-1])), one.name


def path_of(one: Found) -> str:
    """The path as it is spelt."""
    return "/".join(one.raw)


Splits = dict[str, list[Placed]]


def find(
    kept: list[Found], others: Sequence[str]
) -> tuple[Splits, dict[str, set[str]], dict[str, list[str]]]:
    """Images by split, the folders that each split is, and what lies beside, by reason."""
    roots = _roots(kept)
    if not roots:
        return _no_splits(kept, others)
    outer = [root for root in roots if not any(o != root and root[: len(o)] == o for o in roots)]
    if len(outer) > 1:
        shown = " and ".join(repr("/".join(root)[:60] or ".") for root in sorted(outer)[:2])
        raise ArchiveError(
            f"there are {len(outer)} folders with a folder train of their own: {shown}",
            "one data set",
            "Give the folder of one of them",
        )
    root = outer[0]
    prefix = roots[root]
    splits: Splits = {}
    origin: dict[str, set[str]] = {}
    strays: dict[str, list[str]] = {}
    extra: list[Found] = []
    for one in kept:
        inside = one.folders[len(root) :]
        if one.folders[: len(root)] != root or not inside:
            strays.setdefault("beside the splits", []).append(path_of(one))
        elif (part := _split(inside[0], prefix)) is None:
            extra.append(one)
        else:
            splits.setdefault(part, []).append(Placed(one, inside[1:]))
            origin.setdefault(part, set()).add("/".join(one.raw[len(root) : len(root) + 1]))
    loose = [p for p in splits["train"] if not p.inside]
    splits["train"] = [p for p in splits["train"] if p.inside]
    if loose:
        strays["in no class folder of train"] = [path_of(p.image) for p in loose]
    _strip(splits)
    known = {p.inside[0] for p in splits["train"]}
    for one in extra:
        if len(one.folders) > len(root) + 1 and one.folders[len(root) + 1] in known:
            raise _misplaced(path_of(one), f"the folder {one.folders[len(root)]!r} is not a split")
        strays.setdefault("beside the splits", []).append(path_of(one))
    return splits, origin, strays


def _roots(kept: list[Found]) -> dict[tuple[str, ...], str]:
    """Folders that hold a train with class folders: the folder -> what stands before the names of
    its splits ("seg_" of seg_train and seg_test), mostly nothing."""
    found: dict[tuple[str, ...], set[str]] = {}
    prefixed: dict[tuple[tuple[str, ...], str], set[str]] = {}
    for folders in {one.folders for one in kept}:
        for depth, name in enumerate(folders[:-1]):
            if part := split_of(name):
                found.setdefault(folders[:depth], set()).add(part)
            prefix, part = _prefixed(name)
            if part:
                prefixed.setdefault((folders[:depth], prefix), set()).add(part)
    roots = {root: "" for root, parts in found.items() if "train" in parts}
    if roots:
        return roots
    related = {
        root: prefix
        for (root, prefix), parts in sorted(prefixed.items())
        if "train" in parts and len(parts) > 1
    }
    if found and not related:
        parts = " and ".join(sorted(set().union(*found.values())))
        raise ArchiveError(f"only {parts} images", LAYOUT, "Add a folder train")
    return related


def _prefixed(name: str) -> tuple[str, str | None]:
    """("seg_", "train") of seg_train; ("", None) where the name does not end in a split's."""
    for at in range(len(name) - 1, 0, -1):
        if name[at - 1] in "_- .":
            return name[:at], split_of(name[at:])
    return "", None


def _split(name: str, prefix: str) -> str | None:
    if prefix and name.startswith(prefix):
        return split_of(name[len(prefix) :])
    return split_of(name)


def _no_splits(
    kept: list[Found], others: Sequence[str]
) -> tuple[Splits, dict[str, set[str]], dict[str, list[str]]]:
    """All of it is train, inside of the folders that hold everything; or classes hold splits."""
    inside, strays = _unwrapped([Placed(one, one.folders) for one in kept])
    if not inside:
        raise exports.flat(len(kept), others)
    names = {p.inside[0] for p in inside}
    if all(split_of(name) for name in names) and "train" in {split_of(name) for name in names}:
        raise exports.flat(len(inside), others)
    exports.check(names, others)
    beside = {"beside the class folders": [path_of(p.image) for p in strays]} if strays else {}
    turned = [p for p in inside if len(p.inside) == 2 and split_of(p.inside[1])]
    trained = {p.inside[0] for p in turned if split_of(p.inside[1]) == "train"}
    if len(turned) < len(inside) or trained != names or len(names) < 2:
        return {"train": inside}, {}, beside
    splits: Splits = {}
    origin: dict[str, set[str]] = {}
    for p in inside:
        part = split_of(p.inside[1]) or "train"
        splits.setdefault(part, []).append(Placed(p.image, p.inside[:1]))
        origin.setdefault(part, set()).add(f"<class>/{p.inside[1]}")
    return splits, origin, beside


def _unwrapped(placed: list[Placed]) -> tuple[list[Placed], list[Placed]]:
    """Without the folders that alone hold all other folders, and what lies beside those."""
    strays: list[Placed] = []
    while True:
        strays += [p for p in placed if not p.inside]
        placed = [p for p in placed if p.inside]
        tops = {p.inside[0] for p in placed}
        if len(tops) != 1 or all(len(p.inside) == 1 for p in placed):
            return placed, strays
        placed = [Placed(p.image, p.inside[1:]) for p in placed]


def _strip(splits: Splits) -> None:
    """Step into folders that alone hold a whole split: train/images/cat, test/test/cat."""
    known: set[str] = set()
    for part in PARTS:
        each = splits.get(part, [])
        while (
            len({p.inside[:1] for p in each}) == 1
            and all(len(p.inside) > 1 for p in each)
            and each[0].inside[0] not in known
        ):
            each = [Placed(p.image, p.inside[1:]) for p in each]
        if each:
            splits[part] = each
        if part == "train":
            known = {p.inside[0] for p in each}


class Unlabelled(NamedTuple):
    """Images of ``part`` without a class; ``whole`` where the part has no others."""

    part: str
    images: list[Placed]
    whole: bool


def without_labels(splits: Splits) -> list[Unlabelled]:
    """Take the images without a class out of validation and test."""
    found: list[Unlabelled] = []
    known = {p.inside[0].casefold() for p in splits["train"]}
    for part in PARTS[1:]:
        each = splits.get(part, [])
        loose = [p for p in each if not p.inside]
        rest = [p for p in each if p.inside]
        names = {p.inside[0].casefold() for p in rest}
        if len(names) == 1 and not names & known:
            name = names.pop()
            if name in NO_CLASS or split_of(name):
                loose, rest = each, []
        if loose:
            found.append(Unlabelled(part, loose, not rest))
        if each and rest:
            splits[part] = rest
        else:
            splits.pop(part, None)
    return found


def _misplaced(path: str, why: str) -> ArchiveError:
    return ArchiveError(f"{path[:80]!r} is not usable: {why}", LAYOUT, "Move or remove it")
