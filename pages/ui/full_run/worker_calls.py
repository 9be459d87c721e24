"""What the page asks of a worker, because it needs torch. No streamlit here: workers import it."""

from __future__ import annotations

import hashlib
from typing import Any


def describe() -> dict[str, Any]:
    """The accelerator, as :func:`kdlab.full_run.engine.device.describe` has it."""
    from kdlab.full_run.engine import device

    return device.describe()


def roughly(config: str, size: Any) -> float | None:
    """Seconds of the run of ``config`` (JSON) on images of ``size``, as
    :func:`kdlab.full_run.recipe.rough.roughly` guesses them."""
    from kdlab.full_run.recipe import rough
    from kdlab.full_run.recipe.config import FullRunConfig

    return rough.roughly(FullRunConfig.from_json(config), size)


def keep_teacher(
    content: bytes, teacher: str = "", shape: tuple[int, ...] = (), file_name: str = ""
) -> dict[str, Any]:
    """Check a visitor's safetensors file and keep it: {teacher, file, shape, classes, notes}, where
    ``file`` is what the setting ``teacher_file`` then says. A file that does not name its network
    is read as ``teacher`` for inputs of ``shape``. ModelError where it holds no network that a full
    run knows, StoreError where it cannot be kept."""
    from kdlab.full_run.recipe import (
        names,
        pretrained,
        pretrained_own,
        pretrained_weights,
        teacher_file,
    )
    from kdlab.models import header, weights

    told = header.read(content, file_name)
    name = told.texts.get("architecture", teacher)
    mark = hashlib.sha256(content).hexdigest()[:16]
    if names.is_torchvision(name):
        record = pretrained.find(name)
        if teacher_file.own_head(told, record):
            classes, notes = pretrained_own.check(content, name, file_name)
        else:
            classes, notes = 0, pretrained_weights.check(content, record)
        shape = (3, record.side, record.side)
    else:
        found = weights.bring(content, teacher, shape, 0, file_name)
        found.network()
        name, shape, classes, notes = (
            found.architecture, found.input_shape, found.classes, list(found.notes)
        )  # fmt: skip
    file = teacher_file.keep(content, mark)
    return {"teacher": name, "file": file, "shape": shape, "classes": classes, "notes": notes}
