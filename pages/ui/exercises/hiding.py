"""What a link hides: settings and parts of the page, by the names that readers know."""

from __future__ import annotations

import streamlit as st

from kdlab.studies import EXPERIMENTS
from kdlab.translation import say
from pages.ui.components import loss_lab, modes, soft_targets
from pages.ui.exercises import settings, typed
from pages.ui.shell.contents import Entry

OF_WORK = ("train", "player", "try", "takeaway", "more", "elsewhere")
OWN_PARTS = {
    "soft_targets": ("try", "more", *soft_targets.PARTS),
    "the_loss": ("try", "more", *loss_lab.PARTS),
    "modes": ("try", "more", *modes.PARTS),
    "live": (*OF_WORK, "pin"),
    "language_model": (*OF_WORK, "shown_temperature"),
    "full-run": ("train", "player", "more"),
    "draw": ("try", "examples", "more"),
    "tools": ("try", "more"),
}
"""Key of a page -> its parts that can be hidden; others, which train, have those of all work."""

CALLED = {
    "train": "Train and Stop",
    "player": "Player (play, step, speed)",
    "try": "Try this",
    "takeaway": "Take it away",
    "more": "More, and what is behind it",
    "elsewhere": "The same on other pages",
    "pin": "Pin this run",
    "examples": "Examples to choose from",
    "shown_temperature": "T of what is read",
    "entropy": "Entropy",
    "heatmap": "Map of all classes",
    "limits": "Limits of T",
    "logits": "Logits to edit",
    "scale": "Scale of the axis",
    "wrong": "Show a mistake",
    "formula": "Formula",
    "limit": "Limit for large T",
    "norm": "Length of the gradient",
    "step": "A step downhill",
    "distance": "Distance of the modes",
    "weight": "Weight of the modes",
    "width": "Width of the modes",
    "learn": "Learn",
    "mean": "Mean of the Gaussian",
    "sigma": "Width of the Gaussian",
    "over_beta": "Chart over β",
    "plane": "Map of all Gaussians",
    "picture": "The picture",
    "cell": "A cell of the map",
    "pad": "The drawing pad",
    "new-seeds": "New seeds",
}
"""Name of a part in links and lessons -> what readers call it."""


def parts(page: Entry) -> list[str]:
    """The parts of ``page`` that can be hidden and are no settings."""
    found = OWN_PARTS.get(page.key, OF_WORK)
    fields = page.settings.model_fields if page.settings is not None else {}
    return [name for name in dict.fromkeys(found) if name not in fields]


def offered(page: Entry) -> list[str]:
    """All that can be hidden on ``page``: its parts, then the settings that stand on it."""
    assert page.settings is not None
    names = [name for name in OWN_PARTS.get(page.key, ()) if name in page.settings.model_fields]
    if any(each.config is page.settings for each in EXPERIMENTS.values()) or not names:
        names = settings.offered(settings.state_of(page))
    return [*parts(page), *names]


def called(page: Entry, name: str) -> str:
    """What readers call it."""
    assert page.settings is not None
    if name in page.settings.model_fields:
        return settings.title(page.settings, name)
    return say(CALLED[name]) if name in CALLED else name


def panel(page: Entry) -> tuple[str, ...]:
    """Boxes to tick for what is hidden; returns the names, as in a link."""
    own = offered(page)
    chosen = {name for name in typed.now(f"hide.{page.path}", ()) if name in own}
    names = [*parts(page), *_rest(page, own, chosen)]
    columns = st.columns(2)
    for number, name in enumerate(names):
        key = typed.key(f"hide.{page.path}") + f".{name}"
        with columns[number % 2]:
            ticked = st.checkbox(
                called(page, name),
                st.session_state.get(key, name in chosen),
                key=key,
                help=say("In the link: hide={name}", name=name),
            )
        chosen = chosen | {name} if ticked else chosen - {name}
    others = [name for name in own if name not in names]
    if others:
        key = typed.key(f"hide.{page.path}") + ".others"
        more = st.multiselect(
            say("Other settings"),
            others,
            [n for n in st.session_state.get(key, sorted(chosen)) if n in others],
            format_func=lambda name: called(page, name),
            key=key,
            placeholder=say("Choose options"),
            help=say("Hidden settings keep the value that the link gives them."),
        )
        chosen = (chosen - set(others)) | set(more)
    typed.keep(f"hide.{page.path}", tuple(sorted(chosen)))
    return tuple(sorted(chosen))


def _rest(page: Entry, own: list[str], chosen: set[str]) -> list[str]:
    """The settings that have a box of their own: those of the page's parts, and the common ones."""
    named = OWN_PARTS.get(page.key, ())
    return [
        name
        for name in own
        if name not in parts(page) and (name in named or name in settings.FIRST)
    ]
