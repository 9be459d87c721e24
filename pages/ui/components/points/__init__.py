"""The points of a run in the plane, for :mod:`pages.ui.components.panels` to draw over its regions.

They stand still while the regions move, so they are a component of their own, which draws nothing:
it is mounted with the page, not with every redraw, and keeps what it was given in the browser.
"""

from __future__ import annotations

from typing import Any

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run import points
from pages.ui.components import inline
from pages.ui.components.inline import rounded

_mount = inline.declare("points", "points.js", html="<div></div>")


def keep(config: DistilConfig | None) -> None:
    """Give the browser the points of a run of ``config``, under :func:`mark`."""
    if config is not None:
        with st.container(key="points"):
            _mount(key="points_of_run", data=contents(config))


def mark(config: DistilConfig | None) -> str:
    """What the panels ask for: the name of the run whose points they draw."""
    return "" if config is None else config.fingerprint()


def contents(config: DistilConfig) -> dict[str, Any]:
    """What is sent; see points.js. Images have no points."""
    found = points.of(config)
    if found is None:
        return {"mark": mark(config)}
    (train_x, train_y), (test_x, test_y) = rounded(found.train.T), rounded(found.test.T)
    return {
        "mark": mark(config),
        "train": {
            "x": train_x,
            "y": train_y,
            "classes": found.train_classes.tolist(),
            "given": found.given.tolist(),
        },
        "test": {"x": test_x, "y": test_y, "classes": found.test_classes.tolist()},
    }
