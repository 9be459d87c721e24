"""The answers of three networks that run in the visitor's browser, to a drawing or to an example:
bars over the same classes below each other, and how long one answer takes on that device."""

from __future__ import annotations

import base64
from collections.abc import Mapping, Sequence
from typing import TypedDict

import numpy as np
import numpy.typing as npt

from kdlab.device.plain import FORWARD, TIMING
from pages.ui.components import inline

_mount = inline.declare(
    "answers",
    *FORWARD,
    TIMING,
    "words.js",
    "row.js",
    "networks.js",
    "answers.js",
    css_class="kd-three",
)


class Named(TypedDict):
    """A network on screen: its ``role`` in a program, the class of its colour in ``kit.css``, and
    what it is called."""

    role: str
    look: str
    label: str


def answers(
    *,
    key: str,
    sheet: str,
    networks: Sequence[Named],
    address: str | None,
    example: npt.NDArray[np.uint8],
    known: Mapping[str, npt.ArrayLike],
    classes: Sequence[str],
    temperature: float,
) -> None:
    """Show what the ``networks`` say of what lies on the page's ``sheet``, else of the ``example``
    (1, H, W): teacher first, then the student on labels alone, then the distilled one.

    The browser fetches their programs from ``address``, once. With None there are none, and shown
    is what is ``known`` of the example without them: logits (classes,) by role. ``classes`` are the
    names on screen.
    """
    data = {
        "sheet": sheet,
        "networks": list(networks),
        "address": address,
        "shape": list(example.shape),
        "example": base64.b64encode(example.tobytes()).decode(),
        "known": {role: np.asarray(row, np.float64).tolist() for role, row in known.items()},
        "classes": list(classes),
        "temperature": temperature,
    }
    _mount(key=key, data=data)
