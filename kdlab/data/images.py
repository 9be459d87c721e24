"""The user's own images: a folder or an archive with ``<split>/<class>/*.png|jpg``.

::

    open_source ── survey ──> Layout: who is in which split ── cut, limit ── decode ──> DataSplit
                                       |                                        |
                                       └──────────── Account: what was understood

A split that is missing is cut from train, 20 % of it, class by class. Which images are used is
decided from the list of files, so that a small ``train_limit`` on a large archive decodes a few
images and no more. A few that cannot be decoded are left out; many are an error.
"""

from __future__ import annotations

import dataclasses
import time
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from kdlab.config.schema import DataConfig
from kdlab.data.naming import shown_names
from kdlab.data.own.account import Account, LeftOut
from kdlab.data.own.causes import UnreadableError
from kdlab.data.own.decode import decode_deep
from kdlab.data.own.depths import FULL_SCALE
from kdlab.data.own.layout import Layout
from kdlab.data.own.sources import Source, open_source
from kdlab.data.own.splits import PARTS
from kdlab.data.own.survey import STAGE, survey
from kdlab.data.split import DataSplit, Images, at_most, named, split_of_images, stratified
from kdlab.data.uploads import in_hand
from kdlab.errors import ArchiveError
from kdlab.events import Progress

MISSING_SHARE = 0.2
"""Of train, for each of validation and test that has no folder."""
MOST_UNREADABLE = 0.1
"""Share of the images that may be unreadable; beyond it the set is not what its owner thinks."""
MAX_MEMORY_BYTES = 4 * 1024**3
PROGRESS_FILES, PROGRESS_BYTES = 20, 128 * 1024
"""Progress is told, and a reader can stop, after so many images or so much of larger ones."""
TOLD_CLASSES = 5


@dataclass(frozen=True)
class Listing:
    """Who is in which split: names of files and their classes, one array each a split."""

    classes: tuple[str, ...]
    files: dict[str, list[str]]
    targets: dict[str, NDArray[np.int64]]


def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
    """Yield progress in images, then the split; ArchiveError says what is wrong with what file."""
    yield Progress(stage=STAGE)
    with in_hand(config.folder) as path, open_source(path) as source:
        layout = yield from survey(source)
        yield Progress(stage="cutting the splits")
        listing = _limited(_completed(_listing(layout)), config)
        _check_memory(sum(map(len, listing.files.values())), config.image_size)
        pictures = _Pictures(listing, config.image_size)
        yield from pictures.read(source)
    yield Progress(stage="reading images", done=pictures.total, total=pictures.total)
    pixels, targets = pictures.readable()
    names = pictures.names
    account = _account(layout, targets, pictures.remarks, pictures.left_out)

    def images(part: str) -> Images:
        return pixels[part], targets[part]

    split = split_of_images(
        account.classes, images("train"), images("validation"), images("test"), account=account
    )
    yield named(split, [names[part] for part in PARTS])


def look(folder: str, seconds: float | None = None) -> Account | None:
    """What ``folder`` (a setting) would be understood as, without decoding an image.

    ArchiveError as from :func:`load`, for whatever the list of files tells. None where listing
    takes longer than ``seconds``.
    """
    layout = _surveyed(folder, seconds)
    if layout is None:
        return None
    found = _account(layout, _completed(_listing(layout)).targets, [], [])
    return dataclasses.replace(found, decoded=False)


def listed(config: DataConfig, seconds: float | None = None) -> Listing | None:
    """The images that ``config`` uses, as far as none of them has to be left out; as
    :func:`look`."""
    layout = _surveyed(config.folder, seconds)
    return None if layout is None else _limited(_completed(_listing(layout)), config)


def _surveyed(folder: str, seconds: float | None) -> Layout | None:
    began = time.monotonic()
    with in_hand(folder) as path, open_source(path) as source:
        steps = survey(source)
        while True:
            try:
                next(steps)
            except StopIteration as end:
                layout: Layout = end.value
                return layout
            if seconds is not None and time.monotonic() - began > seconds:
                return None


def _listing(layout: Layout) -> Listing:
    number = {name: index for index, name in enumerate(layout.classes)}
    return Listing(
        classes=layout.classes,
        files={part: [name for name, _ in each] for part, each in layout.members.items()},
        targets={
            part: np.array([number[label] for _, label in each], dtype=np.int64)
            for part, each in layout.members.items()
        },
    )


def _account(
    layout: Layout,
    targets: dict[str, NDArray[np.int64]],
    remarks: Sequence[str],
    unreadable: Sequence[LeftOut],
) -> Account:
    classes = layout.classes
    counts = {
        part: tuple(np.bincount(targets[part], minlength=len(classes)).tolist()) for part in PARTS
    }
    done = [*layout.done, *remarks]
    for part in PARTS[1:]:
        names = zip(shown_names(classes), counts[part], strict=True)
        empty = [name for name, count in names if not count]
        if empty:
            more = ", …" if len(empty) > TOLD_CLASSES else ""
            done.append(
                f"no image of {', '.join(empty[:TOLD_CLASSES])}{more} in {part}: what is measured "
                "there leaves the class out"
            )
    origin = {
        part: layout.origin.get(part, "") if part in layout.members else "taken from train"
        for part in PARTS
    }
    return Account(classes, counts, origin, (*layout.left_out, *unreadable), tuple(done))


class _Pictures:
    """The pixels of a listing, read in the order in which the source has them."""

    def __init__(self, listing: Listing, side: int) -> None:
        self._listing = listing
        self._side = side
        self._where = {
            name: (part, row)
            for part, names in listing.files.items()
            for row, name in enumerate(names)
        }
        self._pixels = {
            part: np.empty((len(names), 3, side, side), dtype=np.uint8)
            for part, names in listing.files.items()
        }
        self._depths: dict[str, int] = {}
        self._causes: dict[str, str] = {}
        self.remarks: list[str] = []
        self.total = len(self._where)

    def read(self, source: Source) -> Iterator[Progress]:
        """Decode all; images of more than 8 bits again, where they use fewer than 16."""
        yield Progress(stage="reading images", total=self.total)
        yield from self._decoded(source, list(self._where), FULL_SCALE)
        depth = max(self._depths.values(), default=0)
        if depth not in (0, FULL_SCALE):
            deep = list(self._depths)
            yield from self._decoded(source, deep, depth)
            self.remarks.append(
                f"{len(deep):,} images of more than 8 bits were scaled by the {depth} bits that "
                "they use"
            )

    def _decoded(self, source: Source, names: list[str], depth: int) -> Iterator[Progress]:
        done = size = 0
        for item in source.read(names):
            if item is not None:
                name, data = item
                part, row = self._where[name]
                try:
                    found = decode_deep(name, data, self._side, depth)
                    self._pixels[part][row] = found.pixels
                    if found.depth:
                        self._depths[name] = found.depth
                except UnreadableError as error:
                    self._causes[name] = error.cause
                    if len(self._causes) > MOST_UNREADABLE * self.total:
                        raise self._too_many(name) from None
                done += 1
                size += len(data)
            if item is None or done % PROGRESS_FILES == 0 or size > PROGRESS_BYTES:
                size = 0
                yield Progress(stage="reading images", done=done, total=len(names))

    def _too_many(self, name: str) -> ArchiveError:
        kinds = Counter(self._causes.values()).most_common(3)
        causes = "; ".join(f"{count} times: {cause}" for cause, count in kinds)
        return ArchiveError(
            f"{len(self._causes)} of {self.total:,} images and perhaps more, as "
            f"{name[:80]!r}, cannot be decoded ({causes})",
            f"at most {100 * MOST_UNREADABLE:.0f} % that cannot be decoded, which are left out",
            "Replace or remove these files",
        )

    @property
    def names(self) -> dict[str, list[str]]:
        """The files that could be decoded, by part."""
        files = self._listing.files
        return {part: [n for n in files[part] if n not in self._causes] for part in PARTS}

    @property
    def left_out(self) -> list[LeftOut]:
        """What could not be decoded, by cause."""
        by: dict[str, list[str]] = {}
        for name in sorted(self._causes):
            by.setdefault(self._causes[name], []).append(name)
        return [LeftOut.of(f"unreadable: {cause}", names) for cause, names in by.items()]

    def readable(self) -> tuple[dict[str, NDArray[np.uint8]], dict[str, NDArray[np.int64]]]:
        """Pixels (N, C, H, W) and targets (N,) by part, without what could not be decoded; one
        channel where all are grey."""
        pixels, targets = dict(self._pixels), dict(self._listing.targets)
        for part in {self._where[name][0] for name in self._causes}:
            files = self._listing.files[part]
            kept = np.array([name not in self._causes for name in files])
            pixels[part], targets[part] = pixels[part][kept], targets[part][kept]
        counts = np.bincount(targets["train"], minlength=len(self._listing.classes))
        for part in PARTS:
            if not len(targets[part]) or (part == "train" and self._causes and not counts.min()):
                lost = "" if part != "train" else f" of {_quoted(self._listing, counts)}"
                raise ArchiveError(
                    f"no image{lost} in {part} can be decoded",
                    "at least one of each class in train, and one in validation and test",
                    "Replace or remove these files",
                )
        if all((image == image[:1]).all() for each in pixels.values() for image in each):
            pixels = {part: each[:, :1] for part, each in pixels.items()}
        return pixels, targets


def _completed(listing: Listing) -> Listing:
    """Cut validation and test from train where they are missing."""
    missing = [split for split in ("validation", "test") if split not in listing.files]
    counts = np.bincount(listing.targets["train"], minlength=len(listing.classes))
    if counts.min() <= len(missing):
        raise ArchiveError(
            f"class {_quoted(listing, counts)} has {counts.min()} training images, "
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


def _quoted(listing: Listing, counts: NDArray[np.int64]) -> str:
    """The class with the fewest images, for a sentence."""
    return repr(shown_names(listing.classes)[int(counts.argmin())])


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


def _check_memory(count: int, side: int) -> None:
    needed = count * 3 * side * side * 4
    if needed > MAX_MEMORY_BYTES:
        raise ArchiveError(
            f"{count:,} images of {side} x {side} pixels take {needed / 1024**3:.1f} GB of memory",
            f"at most {MAX_MEMORY_BYTES >> 30} GB",
            "Choose a smaller image size, or fewer training images",
        )
