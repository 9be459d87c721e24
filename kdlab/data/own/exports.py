"""What else people bring: exports of object detection and segmentation, and images in one heap.

They cannot be used as they are; what they are, and what to do, is said.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from kdlab.data.own.account import TABLE
from kdlab.errors import ArchiveError

PICTURES = frozenset(
    (
        "images", "image", "imgs", "img", "jpegimages", "photos", "rgb", "leftimg8bit",
    )
)  # fmt: skip
ANSWERS = frozenset(
    (
        "labels", "label", "annotations", "annotation", "annots", "masks", "mask", "gt", "gtfine",
        "segmentationclass", "segmentationobject", "segmentation", "segmentations", "groundtruth",
        "ground_truth", "bboxes",
    )
)  # fmt: skip
_COCO = re.compile(r"(^|[/_.])(coco|instances_\w+|captions_\w+|annotations)\.json$")


def check(names: set[str], others: Sequence[str]) -> None:
    """ArchiveError where ``names`` of would-be classes are images beside their answers."""
    plain = {name.casefold() for name in names}
    if plain <= PICTURES | ANSWERS and plain & PICTURES and plain & ANSWERS:
        raise _export(" beside ".join(sorted(names)))


def explain(others: Sequence[str]) -> None:
    """ArchiveError where files that are not images show what this is an export of."""
    for path in others:
        folders = path.casefold().split("/")
        ending = folders[-1].rpartition(".")[2]
        if _COCO.search(path.casefold()):
            raise _export(f"COCO annotations ({path[-60:]!r})")
        if ending in ("txt", "xml", "json") and ANSWERS & set(folders[:-1]):
            kind = {"txt": "YOLO labels", "xml": "VOC annotations"}.get(ending, "annotations")
            raise _export(f"{kind} ({path[-60:]!r})")


def flat(count: int, others: Sequence[str]) -> ArchiveError:
    """The error for ``count`` images in no class folder; an export says that it is one."""
    explain(others)
    tables = [path for path in others if path.casefold().endswith((".csv", ".tsv"))]
    hint = f" and no table names their classes ({tables[0][-60:]!r} does not)" if tables else ""
    one = count == 1
    return ArchiveError(
        f"{count:,} image{'' if one else 's'} lie{'s' if one else ''} in no class folder{hint}",
        "one folder per class, or a table of labels beside the images: a .csv with the columns "
        "file_name,label",
        f"Sort the images into one folder for each class, or add such a table ({TABLE})",
    )


def _export(what: str) -> ArchiveError:
    return ArchiveError(
        f"this is an export for object detection or segmentation: {what}",
        "images of whole objects, each with one class: one folder per class, or a table "
        "file_name,label",
        "Export it for classification (as folders), or crop the objects into one folder per class",
    )
