"""What a visitor can begin with: first what any machine does in a minute, then what papers did."""

from __future__ import annotations

from collections.abc import Callable

import streamlit as st

from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import OWN
from pages.ui.shell import prose, state
from pages.ui.shell.state import State

PAGE = "pages/distil/full_run.py"

PRESETS: tuple[tuple[str, FullRunConfig, str], ...] = (
    (
        "Digits in a minute",
        FullRunConfig.parse(
            {
                "pair": OWN, "dataset": "digits", "teacher": "resnet8", "student": "cnn-8",
                "epochs": 5, "seeds": 3, "padding": 1, "flip": False,
            }
        ),
        "All three stages on small real images, 3 seeds, without a GPU and without a download. Not "
        "a published experiment.",
    ),
    (
        "A quick look at the published pair",
        FullRunConfig(train_limit=2000, epochs=3),
        "resnet56 to resnet20 on 2,000 images of CIFAR-100: every part moves, no accuracy counts.",
    ),
    (
        "The whole published experiment",
        FullRunConfig(),
        "240 epochs of each stage on CIFAR-100, as in the papers. For a GPU; estimate it first.",
    ),
)  # fmt: skip


def first(here: State[FullRunConfig], start: Callable[[FullRunConfig], None] | None) -> None:
    """Where there is no run yet: the offers, the first of them with a button that starts it at
    once. ``start`` is None where nobody may, or another run is at work."""
    st.markdown(prose.text("full-run", "invitation"))
    places = st.columns(len(PRESETS), gap="medium")
    for n, (place, (label, config, note)) in enumerate(zip(places, PRESETS, strict=True)):
        with place.container(border=True):
            if n:
                state.follow(PAGE, label, config, note)
                continue
            st.button(
                f"{label}: start it",
                key="full-run.first",
                icon=":material/play_arrow:",
                disabled=start is None or "train" in state.hidden(),
                on_click=_begin,
                args=(here, start, config),
                help=prose.text("full-run", "help first"),
            )
            st.caption(note)


def _begin(
    here: State[FullRunConfig], start: Callable[[FullRunConfig], None], config: FullRunConfig
) -> None:
    here.set(**config.model_dump())
    start(config)


def links_to_all() -> None:
    """The same as links that set the controls."""
    for place, (label, config, note) in zip(
        st.columns(len(PRESETS), gap="medium"), PRESETS, strict=True
    ):
        with place:
            state.follow(PAGE, label, config, note)
