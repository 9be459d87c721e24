"""What the page asks of a worker, because it needs torch. No streamlit here: workers import it."""

from __future__ import annotations

import hashlib
from typing import Any


def describe() -> dict[str, Any]:
    """The accelerator, as :func:`kdlab.fullrun.device.describe` has it."""
    from kdlab.fullrun import device

    return device.describe()


def roughly(config: str, size: Any) -> float | None:
    """Seconds of the run of ``config`` (JSON) on images of ``size``, as
    :func:`kdlab.fullrun.rough.roughly` guesses them."""
    from kdlab.fullrun import rough
    from kdlab.fullrun.config import FullRunConfig

    return rough.roughly(FullRunConfig.from_json(config), size)


def keep_teacher(content: bytes) -> dict[str, Any]:
    """Check a visitor's safetensors file and keep it: {teacher, file, shape, classes}, where
    ``file`` is what the setting ``teacher_file`` then says. ModelError where it holds no network of
    the lab, StoreError where it cannot be kept."""
    from kdlab.fullrun import networks
    from kdlab.models import weights

    name, shape, classes, state = weights.load_weights(content)
    weights.fit(name, shape, classes, state)
    file = networks.keep_given(content, hashlib.sha256(content).hexdigest()[:16])
    return {"teacher": name, "file": file, "shape": shape, "classes": classes}
