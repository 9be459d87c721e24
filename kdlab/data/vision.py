"""MNIST, Fashion-MNIST, CIFAR-10 and CIFAR-100: torchvision's files, as tensors in memory.

torchvision knows where the files are published, their MD5s and their formats; the lab downloads
them itself (``fetch.py``), because it wants to show progress, to stop when asked, and to be safe
when several workers want the same files at once.

Of the published training images 5,000 are validation; the published test images are test.
"""

from __future__ import annotations

import contextlib
import pickle
import shutil
import tempfile
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from kdlab.config.schema import DataConfig
from kdlab.data.fetch import Remote, fetch, unwritable
from kdlab.data.split import DataSplit, Images, at_most, split_of_images, stratified
from kdlab.errors import DownloadError
from kdlab.events import Progress
from kdlab.system.paths import data_root

TORCHVISION = {
    "mnist": "MNIST",
    "fashion-mnist": "FashionMNIST",
    "cifar10": "CIFAR10",
    "cifar100": "CIFAR100",
}
"""Name -> torchvision's class."""
VALIDATION_SIZE = 5000
TEST_SIZE = 10_000
LEFTOVER_SECONDS = 24 * 3600
"""Temporary folders older than this belong to a process that was killed."""


def loader(
    name: str, classes: tuple[str, ...]
) -> Callable[[DataConfig], Iterator[Progress | DataSplit]]:
    """The loader of ``torchvision.datasets.<name>``: progress of the download, then the split."""

    def load(config: DataConfig) -> Iterator[Progress | DataSplit]:
        yield Progress(stage=f"reading {name}")
        import torchvision  # seconds, the first time

        kind = getattr(torchvision.datasets, name)
        root = data_root()
        read = _read(kind, root)
        if read is None:
            yield from _install(kind, root)
            read = _read(kind, root)
        if read is None:
            raise DownloadError(
                f"the files of {name} in {root} cannot be read, though they were just installed",
                f"the published files {', '.join(remote.name for remote in _remotes(kind))}",
                f"Delete {root / getattr(kind, 'base_folder', name)} and try again",
            )
        (pixels, targets), test = read
        validation, train = stratified(targets, min(VALIDATION_SIZE, len(targets) // 5))
        train = train[at_most(targets[train], config.train_limit, "train")]
        validation = validation[at_most(targets[validation], config.train_limit, "validation")]
        tested = at_most(test[1], config.train_limit, "test")
        yield split_of_images(
            classes,
            (pixels[train], targets[train]),
            (pixels[validation], targets[validation]),
            (test[0][tested], test[1][tested]),
        )

    return load


def _read(kind: Any, root: Path) -> tuple[Images, Images] | None:
    """The published (training, test) images, None where files are missing, cut short or changed.

    CIFAR's files are pickles, which could run code: torchvision opens them only after their MD5
    has been found to be the published one, on every load, and refuses with RuntimeError otherwise.
    MNIST's are plain numbers, checked against the sizes in their headers.
    """
    try:
        with warnings.catch_warnings():
            # CIFAR's old pickles have 0 where NumPy 2.4.0 to 2.4.4 wanted False.
            warnings.simplefilter("ignore", np.exceptions.VisibleDeprecationWarning)
            return published_images(kind(root, train=True)), published_images(
                kind(root, train=False)
            )
    except (RuntimeError, ValueError, TypeError, KeyError, IndexError, AssertionError):
        return None
    except (OSError, EOFError, pickle.UnpicklingError):
        return None


def published_images(dataset: Any) -> Images:
    """torchvision's (N, H, W) tensor or (N, H, W, C) array as pixels (N, C, H, W) and targets."""
    pixels = np.asarray(dataset.data)
    pixels = pixels[:, None] if pixels.ndim == 3 else pixels.transpose(0, 3, 1, 2)
    targets = np.asarray(dataset.targets, dtype=np.int64)
    if pixels.dtype != np.uint8 or len(pixels) != len(targets) or len(targets) == 0:
        raise ValueError("images and labels do not belong together")
    return pixels, targets


def _remotes(kind: Any) -> list[Remote]:
    """The files that torchvision's class ``kind`` names, MNIST's four or CIFAR's one."""
    if "resources" in vars(kind):
        return [
            Remote(name, md5, tuple(mirror + name for mirror in kind.mirrors))
            for name, md5 in kind.resources
        ]
    return [Remote(kind.filename, kind.tgz_md5, (kind.url,))]


def _folder(kind: Any, root: Path) -> Path:
    """Where torchvision looks for those files."""
    return root / kind.__name__ / "raw" if "resources" in vars(kind) else root


def _install(kind: Any, root: Path) -> Iterator[Progress]:
    """Fetch what is not there yet, unpack it aside, then move it into place file by file."""
    from torchvision.datasets.utils import extract_archive

    folder, remotes = _folder(kind, root), _remotes(kind)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        _remove_leftovers(root)
        aside = tempfile.TemporaryDirectory(prefix=".partial-", dir=root)
    except OSError as error:
        raise unwritable(root, error) from None
    with aside as temporary:
        fetched, unpacked = Path(temporary, "fetched"), Path(temporary, "unpacked")
        try:
            fetched.mkdir()
            unpacked.mkdir()
            for remote in remotes:
                archive = folder / remote.name  # put there by hand, or by torchvision
                if not remote.is_at(archive):
                    yield from fetch(remote, fetched, folder, remotes)
                    archive = fetched / remote.name
                yield Progress(stage=f"unpacking {remote.name}")
                extract_archive(str(archive), str(unpacked))
            for path in sorted(unpacked.rglob("*")):
                if path.is_file():
                    place = folder / path.relative_to(unpacked)
                    place.parent.mkdir(parents=True, exist_ok=True)
                    path.replace(place)
        except OSError as error:
            raise unwritable(root, error) from None


def _remove_leftovers(root: Path) -> None:
    """Delete temporary folders whose process was killed."""
    for path in root.glob(".partial-*"):
        with contextlib.suppress(FileNotFoundError):  # another process was quicker
            if time.time() - path.stat().st_mtime > LEFTOVER_SECONDS:
                shutil.rmtree(path, ignore_errors=True)
