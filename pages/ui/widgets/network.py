"""The widgets of a network: its family, then its layers by sliders, or one of its fixed names."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab import models
from kdlab.models.family import MAX_LAYERS
from pages.ui.shell import state
from pages.ui.widgets import choices


def draw(here: state.State[Any], name: str, field: FieldInfo, kind: str) -> str:
    """For inputs of ``kind``, points or images. Returns the network's name."""
    value = here.values[name]
    now = models.find(value)
    families = [n for n, f in models.MODELS.items() if kind in f.accepts or f is now]
    st.caption(field.description or "")
    family = choices.one_of(
        here,
        name,
        families,
        lambda n: models.MODELS[n].label,
        part=":family",
        now=now.name,
        label="Kind of network",
        help_text="What the layers are. Points in the plane need an MLP.",
    )
    chosen = models.MODELS[family]
    if chosen.choices:
        part, about = f":{chosen.name}", chosen.about
        return choices.one_of(
            here, name, chosen.choices, part=part, label="Network", help_text=about
        )
    sizes = [int(s) for s in value.split("-")[1:]] if now is chosen else []
    sizes = sizes or [int(s) for s in chosen.examples[0].split("-")[1:]]
    key, depth = here.shown(name, len(sizes), f":{chosen.name}:depth")
    depth = st.slider("Layers", 1, MAX_LAYERS, depth, key=key, help=chosen.about)
    found = []
    for n in range(depth):
        size = sizes[n] if n < len(sizes) else sizes[-1]
        key, width = here.shown(name, size, f":{chosen.name}:{n}")
        options = sorted({*chosen.sizes, size, width})
        label = f"Layer {n + 1}: {chosen.unit}"
        found.append(st.select_slider(label, options, width, key=key, help="Width."))
    return chosen.name_of(tuple(found))
