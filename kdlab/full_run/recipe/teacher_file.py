"""The setting ``teacher_file``: what it may name, where that lies, what is in it. Knows no torch.

A path of the machine that runs the lab, or ``given:<mark>``, a file that was loaded through the
page. To whom paths are refused, and paths that lead to another machine, is as for the setting
``folder``: see :mod:`kdlab.data.uploads`.
"""

from __future__ import annotations

import contextlib
import re
from collections.abc import Iterator
from pathlib import Path

from kdlab.data.uploads import check_size, elsewhere, how_to_type, uploads_only
from kdlab.errors import ModelError
from kdlab.full_run.recipe import pretrained
from kdlab.full_run.recipe.names import GIVEN, is_torchvision
from kdlab.full_run.recipe.pretrained import Record
from kdlab.hosting import class_rights, in_use, quota
from kdlab.models import class_names, header
from kdlab.system import files
from kdlab.system.paths import default_home, expanded, refuses

KIND = "given"
_MARK = re.compile(r"[0-9A-Za-z]{1,64}")
"""What such a file is called, as :mod:`kdlab.hosting.kept` knows it."""


def allowed(value: str) -> None:
    """ModelError where this lab may not open what ``value`` names; nothing is opened."""
    if not value or value.startswith(GIVEN):
        return
    if uploads_only():
        raise ModelError(
            "the teacher's weights were named by a path",
            "on this server only a file that was loaded through the page",
            "Load the file" + how_to_type(),
        )
    if elsewhere(value):
        raise ModelError(
            f"the teacher's weights {value[:80]!r} may lie on another machine",
            "a path on the machine that runs the lab, with one slash at its beginning",
            "Copy the file to this machine",
        )


def located(value: str) -> Path:
    """The path of a user's file; ModelError where it may not be opened, or is not here."""
    allowed(value)
    if not value.startswith(GIVEN):
        return expanded(value.strip())
    name = value.removeprefix(GIVEN)
    path = _folder() / f"{name}.safetensors"
    if not _MARK.fullmatch(name) or not path.is_file():
        raise ModelError(
            f"the teacher's file {name[:20]!r} is not on this machine",
            "a file that was loaded here",
            "Load it again",
        )
    in_use.renew(path)
    return path


@contextlib.contextmanager
def in_hand(value: str) -> Iterator[Path]:
    """:func:`located`, for whoever reads it inside: a file that was loaded through the page is not
    removed meanwhile."""
    path = located(value)
    if not value.startswith(GIVEN):
        yield path
        return
    with in_use.using(default_home(), KIND, path.name):
        yield located(value)  # it may just have gone


def keep(content: bytes, mark: str) -> str:
    """Keep a file that a user loaded through the page; what to write into ``teacher_file``.
    ModelError where it is larger than he may load, StoreError where it cannot be written, or what
    is kept leaves no room for it, ClassError where he may load none."""
    class_rights.check("uploads")
    check_size("the teacher's file", len(content), ModelError)
    folder = _folder()
    name = f"{mark}.safetensors"
    with quota.writing(default_home(), KIND, name, [len(content)]):
        try:
            folder.mkdir(parents=True, exist_ok=True)
            files.write(folder / name, content)
        except OSError as error:
            raise refuses(folder, error) from None
    return GIVEN + mark


def _folder() -> Path:
    return default_home() / "full-teachers" / "given"


def is_whole(teacher: str, value: str) -> bool:
    """Whether the file ``value`` holds a whole ``teacher``, which needs no training: always, but
    for a network of torchvision's whose last layer is the published one. ModelError as
    :func:`located`."""
    if not value or not is_torchvision(teacher):
        return bool(value)
    found = told(located(value))
    return found is not None and own_head(found, pretrained.find(teacher))


def told(path: Path) -> header.Tensors | None:
    """The header of a safetensors file, None where there is none that can be read."""
    try:
        with files.regular(path, 2**40) as file:
            return header.begin(file, path.name)[1]
    except (OSError, ModelError):
        return None


def own_head(found: header.Tensors, record: Record) -> bool:
    """Whether the last layer of a torchvision network was trained for classes of somebody's own:
    it has not 1,000 outputs as published, or says which they are."""
    rows = head_rows(found, record)
    return rows is not None and (
        rows != pretrained.PUBLISHED_CLASSES or class_names.KEY in found.texts
    )


def head_rows(found: header.Tensors, record: Record) -> int | None:
    """Outputs of the last layer in the file, None where there is none under a known name, nor a
    single layer that reads as many features."""
    layers = {n: s for n, s in found.shapes.items() if n.endswith(".weight") and len(s) == 2}
    rows = {shape[0] for name, shape in layers.items() if head_part(name, record)}
    if not rows:
        fitting = [shape[0] for shape in layers.values() if shape[1] == record.features]
        return fitting[0] if len(fitting) == 1 else None
    return rows.pop() if len(rows) == 1 else None


def head_part(name: str, record: Record) -> str:
    """ "weight" or "bias" for the last layer's tensors, else "": ``fc.weight``, ``fc.1.weight``
    where its owner has put a dropout before it, after any prefix, and ``head.weight`` in files of
    this lab."""
    head = re.escape(record.head)
    found = re.fullmatch(rf"(?:head|(?:.*\.)?{head}(?:\.\d+)?)\.(weight|bias)", name)
    return found[1] if found else ""
