"""The distillation loss of one example in the browser, in plain words or with its mathematics.

In plain words: what the label asks of each class, what the teacher asks, what both ask together, as
arrows up and down. With the mathematics: L = (1 - alpha) CE(y, z_s) +
alpha T^2 KL(softmax(z_t / T) || softmax(z_s / T)), the gradient of each part and its size over T.
Both have plain gradient steps on the student's logits, and are redrawn while alpha, T or a logit is
dragged. Hinton, Vinyals and Dean 2015, section 2 and eq. 4.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt

from kdlab.config.schema import T_MAX, T_MIN
from pages.ui.components import inline

Convention = Literal["teacher", "labels"]
View = Literal["plain", "mathematics"]

PARTS = (
    "alpha",
    "convention",
    "examples",
    "formula",
    "limit",
    "logits",
    "norm",
    "step",
    "temperature",
    "view",
)
"""What ``hide`` may name."""

_mount = inline.declare("loss_lab", "parts.js", "plain.js", "loss_lab.js", css_class="kd-loss")


@dataclass(frozen=True, slots=True)
class LossLabState:
    """What the visitor set. Logits are None where they were not edited; ``alpha`` is always the
    weight of the teacher's part, whichever ``convention`` is on screen."""

    temperature: float
    alpha: float
    index: int
    teacher_logits: tuple[float, ...] | None
    student_logits: tuple[float, ...] | None
    convention: Convention
    view: View


def loss_lab(
    *,
    teacher_logits: npt.ArrayLike,
    student_logits: npt.ArrayLike,
    classes: Sequence[str],
    label: int | npt.ArrayLike,
    alpha: float,
    temperature: float,
    convention: Convention,
    key: str,
    view: View = "plain",
    index: int = 0,
    edited_teacher: Sequence[float] | None = None,
    edited_student: Sequence[float] | None = None,
    images: npt.NDArray[np.uint8] | None = None,
    hide: Collection[str] = (),
) -> LossLabState:
    """Show the loss of one example; return what the visitor last let go of.

    ``teacher_logits``: (C,) or (M, C) for M examples; ``label``: one class number or (M,);
    ``student_logits``: (C,), where the student starts on each of them. ``alpha`` (0 to 1, weight of
    the teacher's part), ``temperature``, ``convention``, ``view``, ``index`` and the edited logits
    (or None) are the state to show: pass back what the last run returned, or something else to move
    the component there. ``images`` as in :func:`~pages.ui.components.soft_targets.soft_targets`.
    ``hide``: names from :data:`PARTS`, others are ignored. ValueError where shapes do not belong
    together.
    """
    z, labels = inline.examples(teacher_logits, label, classes)
    count, width = z.shape
    start = np.asarray(student_logits, dtype=np.float64)
    if start.shape != (width,):
        raise ValueError(f"student_logits are {start.shape}; allowed: ({width},)")
    asked: dict[str, Any] = {
        "temperature": float(np.clip(temperature, T_MIN, T_MAX)),
        "alpha": float(np.clip(alpha, 0, 1)),
        "index": int(np.clip(index, 0, count - 1)),
        "teacher": None if edited_teacher is None else inline.rounded(edited_teacher),
        "student": None if edited_student is None else inline.rounded(edited_student),
        "convention": convention,
        "view": view,
    }

    def check(sent: Mapping[str, Any]) -> dict[str, Any]:
        chosen, seen = sent.get("convention"), sent.get("view")
        return {
            "temperature": inline.number(
                sent.get("temperature"), T_MIN, T_MAX, asked["temperature"]
            ),
            "alpha": inline.number(sent.get("alpha"), 0, 1, asked["alpha"]),
            "index": int(inline.number(sent.get("index"), 0, count - 1, asked["index"])),
            "teacher": inline.numbers(sent.get("teacher"), width),
            "student": inline.numbers(sent.get("student"), width),
            "convention": chosen if chosen in ("teacher", "labels") else convention,
            "view": seen if seen in ("plain", "mathematics") else view,
        }

    state, revision = inline.agree(key, asked, check)
    _mount(
        key=key,
        data={
            **state,
            "revision": revision,
            "classes": list(classes),
            "examples": inline.rounded(z),
            "labels": labels.tolist(),
            "images": None if images is None else inline.pictures(images, count),
            "start": inline.rounded(start),
            "help": {name: inline.help_of(name) for name in ("temperature", "alpha")},
            "hide": sorted(set(hide) & set(PARTS)),
        },
        on_value_change=lambda: None,
    )
    inline.remember(key, state)
    return LossLabState(
        temperature=state["temperature"],
        alpha=state["alpha"],
        index=state["index"],
        teacher_logits=inline.maybe_tuple(state["teacher"]),
        student_logits=inline.maybe_tuple(state["student"]),
        convention=state["convention"],
        view=state["view"],
    )
