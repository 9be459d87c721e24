"""The widgets of a network: its family, then its layers by sliders, or one of its fixed names."""

from __future__ import annotations

from typing import Any

import streamlit as st
from pydantic.fields import FieldInfo

from kdlab import models
from kdlab.models.family import MAX_LAYERS
from pages.ui.shell import state


def draw(here: state.State[Any], name: str, field: FieldInfo, kind: str) -> str:
    """For inputs of ``kind``, points or images. Returns the network's name."""
    value = here.values[name]
    now = models.find(value)
    families = [n for n, f in models.MODELS.items() if kind in f.accepts or f is now]
    key, family = here.shown(name, now.name, ":family")
    st.caption(field.description or "")
    chosen = models.MODELS[
        st.selectbox(
            "Kind of network",
            families,
            families.index(family) if family in families else 0,
            format_func=lambda n: models.MODELS[n].label,
            key=key,
            help="What the layers are. Points in the plane need an MLP.",
        )
    ]
    if chosen.choices:
        known = value if value in chosen.choices else chosen.choices[0]
        key, known = here.shown(name, known, f":{chosen.name}")
        index = chosen.choices.index(known)
        return st.selectbox("Network", chosen.choices, index, key=key, help=chosen.about)
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
