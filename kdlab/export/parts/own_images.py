"""Reading your own images: the lab's rules for plain folders, and nothing else.

What folders may mean beyond ``<split>/<class>`` and ``<class>`` is not guessed but refused: another
reading would be another result, without a word.
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Literal, NoReturn

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageOps

from kdlab.data.images import MISSING_SHARE
from kdlab.data.naming import tidy
from kdlab.data.own.account import TABLE
from kdlab.data.own.causes import PICTURE
from kdlab.data.own.decode import to_rgb
from kdlab.data.own.depths import FULL_SCALE, depth_of, is_deep
from kdlab.data.own.names import is_leftover, split_of
from kdlab.data.split import Images, at_most, stratified
from kdlab.export.parts.constants import DATA_FOLDER, IMAGE_SIZE, TRAIN_LIMIT

SUFFIXES = (".png", ".jpg", ".jpeg", ".jfif", ".bmp", ".gif", ".webp", ".tif", ".tiff", ".ppm")

Found = dict[str, list[tuple[Path, tuple[str, ...]]]]
"""Split -> its images, each with the folders it lies in, inside the split."""


def list_images() -> dict[str, tuple[NDArray[np.object_], NDArray[np.str_]]]:
    """For each split that is there: paths of its images, and the names of their classes.

    Folders must be <split>/<class> or <class>, perhaps in others that hold everything: what else
    they may mean is not guessed, but refused.
    """
    if not DATA_FOLDER.is_dir():
        refuse(f"There is no folder {DATA_FOLDER} in {Path.cwd()}: unpack your images into it")
    named = [
        (tuple(map(tidy, path.relative_to(DATA_FOLDER).parts)), path)
        for path in DATA_FOLDER.rglob("*")
    ]
    paths = [pair for pair in sorted(named) if not any(map(is_leftover, pair[0]))]
    for names, path in paths:
        check_file(names[-1], path)
    images = [
        (names[:-1], path)
        for names, path in paths
        if path.is_file() and path.suffix.lower() in SUFFIXES
    ]
    if not images:
        refuse(f"There is no image in the folder {DATA_FOLDER}")
    members: Found = {}
    around: set[tuple[str, ...]] = set()
    for folders, path in images:
        place = next((n for n, name in enumerate(folders[:-1]) if split_of(name)), None)
        if place is not None:
            around.add(folders[:place])
            split = split_of(folders[place]) or ""
            members.setdefault(split, []).append((path, folders[place + 1 :]))
    if not members:  # no splits: step into folders that alone hold everything
        inside = [(folders, path) for folders, path in images if folders]
        while len({f[0] for f, _ in inside}) == 1 and any(len(f) > 1 for f, _ in inside):
            inside = [(f[1:], path) for f, path in inside if len(f) > 1]
        members["train"] = [(path, folders) for folders, path in inside]
    check_layout(members, around)
    return {
        split: (np.array([path for path, _ in each]), np.array([folders[0] for _, folders in each]))
        for split, each in members.items()
    }


def check_file(name: str, path: Path) -> None:
    """Refuse anything that would change which images are read, or their classes."""
    if path.is_symlink() and path.is_dir():
        refuse(f"{path} is a link to a folder: copy the folder itself")
    if name.lower() in (TABLE, TABLE.replace(".csv", ".tsv")):
        refuse(f"classes come from the table {path}: sort the images into folders")
    if path.is_file() and path.suffix.lower() not in SUFFIXES:
        with path.open("rb") as file:
            if PICTURE.match(file.read(512)):
                refuse(f"{path} is an image, but its name does not end in {' '.join(SUFFIXES)}")


def check_layout(members: Found, around: set[tuple[str, ...]]) -> None:
    """Refuse folders where the classes are not the folders that hold the images."""
    known = {folders[0] for _, folders in members.get("train", [])}
    words = [name.casefold() for name in known if len(name) > 1]
    depths = {len(folders) for each in members.values() for _, folders in each}
    if len(known) < 2:
        refuse(f"train has {len(known)} classes in {DATA_FOLDER}")
    if len(around) > 1:
        refuse(f"splits lie in several folders: {sorted(around)}")
    if len(set(words)) < len(words):
        refuse(f"some classes differ in capitals alone: {sorted(known)}")
    if min(depths) > 1:
        refuse(f"no image lies directly in one of the folders {sorted(known)}")
    for split, each in members.items():
        for path, folders in each:
            if folders[0] not in known:
                refuse(f"the class of {path}, in {split}, is not in train")
            if len(folders) > 1 and split_of(re.split("[_ .-]", folders[0])[-1]):
                refuse(f"{folders[0]} is perhaps a split: call it train, validation or test")


def refuse(why: str) -> NoReturn:
    """Stop with a message: reading the images differently would change the result."""
    raise SystemExit(
        f"{why}. This script reads <split>/<class>/image, or <class>/image, in the folder that "
        "DATA_FOLDER names."
    )


def read_image(path: Path) -> tuple[NDArray[np.uint8], int]:
    """Pixels (3, IMAGE_SIZE, IMAGE_SIZE), upright, squeezed to a square; and how many bits an image
    of more than 8 bits a channel uses, 0 for all others."""
    try:
        return decoded_image(path)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError) as error:
        refuse(f"{path} cannot be read as an image ({error}): remove it, as the lab leaves it out")


def decoded_image(path: Path) -> tuple[NDArray[np.uint8], int]:
    """As :func:`read_image`; whatever the decoder raises where the file is damaged."""
    with Image.open(path) as image:
        image.draft(None, (2 * IMAGE_SIZE, 2 * IMAGE_SIZE))
        depth = depth_of(image) if is_deep(image) else 0
        upright: Image.Image = ImageOps.exif_transpose(image)
        if image.mode.startswith("I"):  # 16 bits per channel
            grey = np.rint(np.asarray(upright) / 257).clip(0, 255).astype(np.uint8)
            upright = Image.fromarray(grey)
        upright = to_rgb(upright)
        if upright.size != (IMAGE_SIZE, IMAGE_SIZE):
            upright = upright.resize((IMAGE_SIZE, IMAGE_SIZE), Image.Resampling.BICUBIC)
        return np.asarray(upright).transpose(2, 0, 1), depth


def read_images() -> tuple[Images, Images, Images]:
    """Training, validation and test images (N, C, H, W) as bytes, and their classes (N,).

    Images for tuning (validation) and for the test are cut from the training images where they have
    no folder of their own.
    """
    listed = list_images()
    classes = np.unique(listed["train"][1])
    files = {split: paths for split, (paths, _) in listed.items()}
    targets = {split: np.searchsorted(classes, names) for split, (_, names) in listed.items()}
    size = max(len(classes), round(MISSING_SHARE * len(files["train"])))
    splits: tuple[Literal["validation", "test", "train"], ...] = ("validation", "test", "train")
    pixels, depths = {}, {0}
    for split in splits:
        if split not in files:
            taken, rest = stratified(targets["train"], size)
            files[split], targets[split] = files["train"][taken], targets["train"][taken]
            files["train"], targets["train"] = files["train"][rest], targets["train"][rest]
        order, _ = stratified(targets[split], len(targets[split]))  # all of them, shuffled
        chosen = order[at_most(targets[split][order], TRAIN_LIMIT, split)]
        targets[split] = targets[split][chosen]
        read = [read_image(path) for path in files[split][chosen]]
        pixels[split] = np.stack([image for image, _ in read])
        depths.update(depth for _, depth in read)
    if max(depths) not in (0, FULL_SCALE):
        refuse(f"images of 16 bits per channel use {max(depths)} of them: save them with 8 bits")
    if all((each == each[:, :1]).all() for each in pixels.values()):  # grey: one channel
        pixels = {split: each[:, :1] for split, each in pixels.items()}
    train, validation, test = ((pixels[s], targets[s]) for s in ("train", "validation", "test"))
    return train, validation, test


def class_names() -> list[str]:
    """The names of the classes, in the order of their numbers."""
    return sorted(set(list_images()["train"][1].tolist()))
