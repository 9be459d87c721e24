"""``python tests/gpu/pack.py ARCHIVE OUT --mib 38``: the part of an archive of images that fits.

Of ``<split>/<class>/*.jpg`` each class of each split keeps the same share, its first files by name.
"""

from __future__ import annotations

import argparse
import zipfile
from collections import defaultdict
from pathlib import Path

OVERHEAD = 200
"""Bytes that a file costs in an archive beside its own, about: two headers and its name."""


def pack(archive: Path, out: Path, mebibytes: float) -> int:
    """Write it; how many images it has."""
    with zipfile.ZipFile(archive) as source:
        classes: dict[str, list[zipfile.ZipInfo]] = defaultdict(list)
        for entry in source.infolist():
            if not entry.is_dir():
                classes[str(Path(entry.filename).parent)].append(entry)
        whole = sum(e.file_size + OVERHEAD for own in classes.values() for e in own)
        share = min(1.0, mebibytes * 2**20 / whole)
        count = 0
        aside = out.with_name(f"{out.name}.new")
        with zipfile.ZipFile(aside, "w", zipfile.ZIP_STORED) as target:
            for own in classes.values():
                own.sort(key=lambda entry: entry.filename)
                for entry in own[: max(1, int(share * len(own)))]:
                    target.writestr(entry.filename, source.read(entry))
                    count += 1
    aside.replace(out)
    return count


def main() -> None:
    """From the command line."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("archive", type=Path)
    parser.add_argument("out", type=Path)
    parser.add_argument("--mib", type=float, default=38.0, help="at most so many MiB")
    asked = parser.parse_args()
    count = pack(asked.archive, asked.out, asked.mib)
    print(f"{asked.out}: {count:,} images, {asked.out.stat().st_size / 2**20:.1f} MiB")  # noqa: T201


if __name__ == "__main__":
    main()
