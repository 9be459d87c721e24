"""What comes next? The distributions of several models over the characters of a text, one above the
other, redrawn in the browser while T is dragged: softmax(z / T) (Hinton, Vinyals and Dean 2015,
arXiv:1503.02531, equation 1)."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from kdlab.config.schema import T_MAX, T_MIN
from pages.ui.components import inline

_mount = inline.declare("letters", "letters.js", css_class="kd-letters")


def letters(
    *,
    logits: Mapping[str, npt.ArrayLike],
    labels: Mapping[str, str],
    classes: Sequence[str],
    truth: npt.ArrayLike | None,
    temperature: float,
    key: str,
    hide: Collection[str] = (),
) -> float:
    """Show the next character after one beginning; return the T that the visitor last let go of.

    ``logits``: (V,) for each model, by the class of its colour in ``kit.css`` (teacher, labels,
    distilled), in the order of the rows; ``labels`` are their names on screen. ``truth``: the right
    probabilities (V,), where they are known. ``hide``: "temperature" takes the slider away.
    ValueError where shapes do not belong together.
    """
    rows = {name: np.asarray(values, dtype=np.float64) for name, values in logits.items()}
    if any(values.shape != (len(classes),) for values in rows.values()):
        shapes = {name: values.shape for name, values in rows.items()}
        raise ValueError(f"logits are {shapes}; allowed: ({len(classes)},) of each model")
    asked: dict[str, Any] = {"temperature": float(np.clip(temperature, T_MIN, T_MAX))}

    def check(sent: Mapping[str, Any]) -> dict[str, Any]:
        told = inline.number(sent.get("temperature"), T_MIN, T_MAX, asked["temperature"])
        return {"temperature": told}

    state, revision = inline.agree(key, asked, check)
    _mount(
        key=key,
        data={
            **state,
            "revision": revision,
            "classes": list(classes),
            "rows": [
                {"look": name, "label": labels[name], "logits": inline.rounded(values)}
                for name, values in rows.items()
            ],
            "truth": None if truth is None else np.asarray(truth, dtype=np.float64).tolist(),
            "help": inline.help_of("temperature"),
            "hide": sorted(set(hide) & {"temperature"}),
        },
        on_value_change=lambda: None,
    )
    inline.remember(key, state)
    return float(state["temperature"])
