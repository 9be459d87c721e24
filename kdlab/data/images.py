"""The user's own images: a folder or an archive with ``<split>/<class>/*.png|jpg``.

Splits are called train, val (or valid, validation) and test. A split that is missing is cut from
train, 20 % of it, class by class. Without any split folder, ``<class>/*`` is all train. One folder
around everything is stepped into. Which images are used is decided from the list of files, so that
a small ``train_limit`` on a large archive decodes a few images and no more.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.config import DataConfig
from kdlab.data.decode import decode
from kdlab.data.sources import Source, open_source
from kdlab.data.split import DataSplit, Images, at_most, split_of_images, stratified
from kdlab.data.uploads import resolve
from kdlab.errors import ArchiveError
from kdlab.events import Progress

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm", ".pgm")
SPLITS = {
    "train": "train",
    "training": "train",
    "val": "validation",
    "valid": "validation",
    "validation": "validation",
    "test": "test",
}
JUNK = frozenset(["__macosx", "thumbs.db", "desktop.ini"])
MISSING_SHARE = 0.2
"""Of train, for each of validation and test that has no folder."""
MAX_CLASSES = 1000
MAX_MEMORY_BYTES = 4 * 1024**3
PROGRESS_FILES, PROGRESS_BYTES = 20, 128 * 1024
"""Progress is told, and a reader can stop, after so many images or so much of larger ones."""

LAYOUT = "<split>/<class>/*.png|jpg with splits train, validation and test, or <class>/*.png|jpg"


@dataclass(frozen=True)
class Listing:
    """Who is in which split: names of files and their classes, one array each a split."""

    classes: tuple[str, ...]
    files: dict[str, list[str]]
    targets: dict[str, NDArray[np.int64]]


def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
    """Yield progress in images, then the split; ArchiveError says what is wrong with what file."""
    yield Progress(stage="reading the list of files")
    with open_source(resolve(config.folder)) as source:
        for count in source.scan():
            yield Progress(stage="reading the list of files", done=count)
        listing = list_images(source)
        yield Progress(stage="cutting the splits")
        listing = _limited(_completed(listing), config)
        where = {
            name: (part, row)
            for part, names in listing.files.items()
            for row, name in enumerate(names)
        }
        _check_memory(len(where), config.image_size)
        side = config.image_size
        pixels = {
            part: np.empty((len(names), 3, side, side), dtype=np.uint8)
            for part, names in listing.files.items()
        }
        grey = True
        done = size = 0
        yield Progress(stage="reading images", total=len(where))
        for item in source.read(list(where)):
            if item is not None:
                name, data = item
                part, row = where[name]
                pixels[part][row] = image = decode(name, data, side)
                grey = grey and bool((image == image[:1]).all())
                done += 1
                size += len(data)
            if item is None or done % PROGRESS_FILES == 0 or size > PROGRESS_BYTES:
                size = 0
                yield Progress(stage="reading images", done=done, total=len(where))
    yield Progress(stage="reading images", done=len(where), total=len(where))
    if grey:
        pixels = {part: each[:, :1] for part, each in pixels.items()}

    def images(part: str) -> Images:
        return pixels[part], listing.targets[part]

    yield split_of_images(listing.classes, images("train"), images("validation"), images("test"))


def list_images(source: Source) -> Listing:
    """Read the splits and classes off the paths; only the splits that are there.

    The paths are sorted first: the same images are cut alike in a folder and in any archive of it.
    """
    paths = sorted(parts for name in source.files if _is_image(parts := tuple(name.split("/"))))
    if not paths:
        raise ArchiveError(
            f"no image among {len(source.files):,} files", LAYOUT, "Check that it is the right one"
        )
    depth, has_splits = _layout(paths)
    members: dict[str, list[tuple[str, str]]] = {}
    for path in paths:
        parts = path[depth:]
        if has_splits and parts[0].lower() not in SPLITS:
            raise _misplaced(path, f"the folder {parts[0]!r} is no split")
        if len(parts) < (3 if has_splits else 2):
            raise _misplaced(path, "it lies in no class folder")
        split = SPLITS[parts[0].lower()] if has_splits else "train"
        members.setdefault(split, []).append((parts[1 if has_splits else 0], "/".join(path)))
    if "train" not in members:
        raise ArchiveError(
            f"only {' and '.join(sorted(members))} images", LAYOUT, "Add a folder train"
        )
    _check_folders(source, paths, depth + (2 if has_splits else 1))
    classes = sorted({name for name, _ in members["train"]})
    _check_classes(classes, members)
    number = {name: index for index, name in enumerate(classes)}
    return Listing(
        classes=tuple(_printable(name) for name in classes),
        files={split: [path for _, path in each] for split, each in members.items()},
        targets={
            split: np.array([number[name] for name, _ in each], dtype=np.int64)
            for split, each in members.items()
        },
    )


def _completed(listing: Listing) -> Listing:
    """Cut validation and test from train where they are missing."""
    missing = [split for split in ("validation", "test") if split not in listing.files]
    counts = np.bincount(listing.targets["train"], minlength=len(listing.classes))
    if counts.min() <= len(missing):
        raise ArchiveError(
            f"class {listing.classes[int(counts.argmin())]!r} has {counts.min()} training images, "
            f"and {' and '.join(missing)} must be cut from them",
            f"at least {len(missing) + 1} images of each class",
            f"Add images, or folders {' and '.join(missing)}",
        )
    files, targets = dict(listing.files), dict(listing.targets)
    size = max(len(listing.classes), round(MISSING_SHARE * len(files["train"])))
    for split in missing:
        taken, rest = stratified(targets["train"], size)
        files[split], targets[split] = _pick(files["train"], taken), targets["train"][taken]
        files["train"], targets["train"] = _pick(files["train"], rest), targets["train"][rest]
    return Listing(listing.classes, files, targets)


def _limited(listing: Listing, config: DataConfig) -> Listing:
    """Keep what ``train_limit`` leaves, in a fixed random order: archives are sorted by class."""
    files, targets = {}, {}
    for split in ("train", "validation", "test"):
        order, _ = stratified(listing.targets[split], len(listing.targets[split]))
        shuffled = listing.targets[split][order]
        chosen = order[at_most(shuffled, config.train_limit, split)]
        files[split] = _pick(listing.files[split], chosen)
        targets[split] = listing.targets[split][chosen]
    return Listing(listing.classes, files, targets)


def _pick(names: Sequence[str], indices: NDArray[np.int64]) -> list[str]:
    return [names[index] for index in indices]


def _is_image(parts: tuple[str, ...]) -> bool:
    """Whether a path is an image's by its ending, and no junk."""
    return parts[-1].lower().endswith(SUFFIXES) and not _is_junk(parts)


def _is_junk(parts: tuple[str, ...]) -> bool:
    """What file managers leave behind: .DS_Store, ._image.png, __MACOSX, Thumbs.db."""
    return any(part.startswith(".") or part.lower() in JUNK for part in parts)


def _layout(paths: list[tuple[str, ...]]) -> tuple[int, bool]:
    """How many folders lie around everything, 0 or 1, and whether splits are inside of that."""
    tops = {path[0] for path in paths}
    wrapped = (
        len(tops) == 1
        and next(iter(tops)).lower() not in SPLITS
        and all(len(path) >= 3 for path in paths)
    )
    depth = 1 if wrapped else 0
    return depth, any(len(p) >= depth + 3 and p[depth].lower() in SPLITS for p in paths)


def _misplaced(path: tuple[str, ...], why: str) -> ArchiveError:
    return ArchiveError(
        f"{'/'.join(path)[:80]!r} is not usable: {why}", LAYOUT, "Move or remove it"
    )


def _check_folders(source: Source, paths: Sequence[tuple[str, ...]], depth: int) -> None:
    """Refuse a class folder (``depth`` names deep) that is listed but has no image."""
    filled = {path[:depth] for path in paths}
    for name in source.folders:
        folder = tuple(name.split("/"))
        if len(folder) != depth or _is_junk(folder) or folder in filled:
            continue
        raise ArchiveError(
            f"the folder {name[:80]!r} has no image",
            "at least one image in every class folder",
            "Fill it or remove it",
        )


def _check_classes(classes: Sequence[str], members: dict[str, list[tuple[str, str]]]) -> None:
    """Two classes or more, and none in validation or test that training has never seen."""
    if not 2 <= len(classes) <= MAX_CLASSES:
        raise ArchiveError(
            f"{len(classes):,} class in train: {classes[0]!r}"
            if len(classes) == 1
            else f"{len(classes):,} classes in train",
            f"2 to {MAX_CLASSES:,} classes, a folder each",
            "Sort the images into one folder for each class",
        )
    for split, each in members.items():
        unknown = sorted({name for name, _ in each}.difference(classes))
        if unknown:
            raise ArchiveError(
                f"class {unknown[0]!r} is in {split} but not in train",
                "classes in validation and test that train has too",
                "Add it to train or remove it",
            )


def _check_memory(count: int, side: int) -> None:
    needed = count * 3 * side * side * 4
    if needed > MAX_MEMORY_BYTES:
        raise ArchiveError(
            f"{count:,} images of {side} x {side} pixels take {needed / 1024**3:.1f} GB of memory",
            f"at most {MAX_MEMORY_BYTES >> 30} GB",
            "Choose a smaller image size, or fewer training images",
        )


def _printable(name: str) -> str:
    """A class's name as it can be shown anywhere."""
    text = "".join(c if c.isprintable() else "?" for c in name.encode("utf-8", "replace").decode())
    return text[:60]
