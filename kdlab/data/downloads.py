"""What a data set still has to fetch before it can be read; known without torch.

Bytes are those of the published archives, which torchvision names; files are those that it looks
for. Nothing is opened here: a file that is cut short is found when it is read.
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from kdlab.system.paths import data_root


@dataclass(frozen=True)
class Archive:
    """A published file: where it lies once fetched, what it unpacks to, and its bytes."""

    path: str
    unpacked: tuple[str, ...]
    bytes: int


def _cifar(archive: str, folder: str, names: tuple[str, ...], count: int) -> tuple[Archive, ...]:
    return (Archive(archive, tuple(f"{folder}/{name}" for name in names), count),)


def _mnist(kind: str, counts: tuple[int, ...]) -> tuple[Archive, ...]:
    names = (
        "train-images-idx3-ubyte", "train-labels-idx1-ubyte",
        "t10k-images-idx3-ubyte", "t10k-labels-idx1-ubyte",
    )  # fmt: skip
    return tuple(
        Archive(f"{kind}/raw/{name}.gz", (f"{kind}/raw/{name}",), count)
        for name, count in zip(names, counts, strict=True)
    )


ARCHIVES: dict[str, tuple[Archive, ...]] = {
    "mnist": _mnist("MNIST", (9_912_422, 28_881, 1_648_877, 4_542)),
    "fashion-mnist": _mnist("FashionMNIST", (26_421_880, 29_515, 4_422_102, 5_148)),
    "cifar10": _cifar(
        "cifar-10-python.tar.gz",
        "cifar-10-batches-py",
        (*(f"data_batch_{n}" for n in range(1, 6)), "test_batch", "batches.meta"),
        170_498_071,
    ),
    "cifar100": _cifar(
        "cifar-100-python.tar.gz", "cifar-100-python", ("train", "test", "meta"), 169_001_437
    ),
}
"""By data set; the others come with the lab or with their user."""


def missing_bytes(dataset: str, root: Path | None = None) -> int:
    """Bytes that ``dataset`` downloads before its first use on this machine; 0 where it is here."""
    where = data_root() if root is None else root
    return sum(
        archive.bytes
        for archive in ARCHIVES.get(dataset, ())
        if not (where / archive.path).is_file()
        and not all((where / name).is_file() for name in archive.unpacked)
    )


def announced(dataset: str, label: str) -> tuple[str, str] | None:
    """What is said before something of ``dataset``, called ``label``, is downloaded, as two halves
    that a colon joins; None where nothing is."""
    missing = missing_bytes(dataset)
    if not missing:
        return None
    return f"{label} is not on this machine yet", f"{missing / 1e6:.0f} MB are downloaded first"
