"""What the networks see: the input that a drawing becomes, enlarged, or an example while nothing is
drawn, with its true class."""

from __future__ import annotations

import base64

import numpy as np
import numpy.typing as npt

from pages.ui.components import inline

_mount = inline.declare("seen", "seen.js", css_class="kd-seen")


def seen(
    *, key: str, sheet: str, example: npt.NDArray[np.uint8], label: str, description: str
) -> None:
    """Show what lies on the page's ``sheet``, else the ``example`` (1, H, W) of the class that is
    called ``label``; ``description`` says in words how such an input is made."""
    data = {
        "sheet": sheet,
        "shape": list(example.shape),
        "example": base64.b64encode(example.tobytes()).decode(),
        "label": label,
        "description": description,
    }
    _mount(key=key, data=data)
