"""A pair's three networks on their way to the visitor's browser, where they run: a list of programs
(:mod:`kdlab.device.plain`) as packed JSON."""

from __future__ import annotations

import gzip
import json
import math
from collections.abc import Mapping, Sequence
from typing import Any

import streamlit as st

from kdlab.config.schema import DistilConfig
from kdlab.device import plain
from kdlab.experiments.run import networks
from kdlab.models import arrays
from kdlab.storage.store import TeacherOutputs
from pages.ui.shell import turns, workers

SECONDS = 15.0
"""How long a worker may take, once for a pair."""
PACKING = 1
"""Weights look like noise: a higher level takes longer and gains nothing."""


def of_mlps(
    config: DistilConfig, outputs: TeacherOutputs, files: Mapping[str, bytes]
) -> bytes | None:
    """The networks of a run, from its files of weights, without torch and without a worker; None
    where one of them is no MLP, or cannot be read as one."""
    mlps = all(name.startswith("mlp-") for name in (config.teacher, config.student))
    if not mlps or config.teacher_weights:  # whose classes may stand in another order
        return None
    found = {role: arrays.mlp_layers(file) for role, file in files.items()}
    read = {role: layers for role, layers in found.items() if layers is not None}
    ends = {(layers[0][0].shape[1], layers[-1][0].shape[0]) for layers in read.values()}
    fits = ends == {(math.prod(outputs.input_shape), len(outputs.classes))}
    if not fits or len(read) < len(files):
        return None
    facts = {"classes": outputs.classes, "shape": outputs.input_shape}
    facts |= {"mean": outputs.mean, "std": outputs.std}
    return _packed(
        [
            plain.mlp(layers, **networks.about(config, role), **facts)
            for role, layers in read.items()
        ]
    )


def of_any(config: DistilConfig) -> bytes:
    """The networks of a run, asked of a worker the first time; a KdlabError says why it could not
    answer."""
    store = workers.store()
    with turns.aside():
        return _asked(config.to_json(), f"{store.home} {store.bundled}")


@st.cache_resource(max_entries=8, show_spinner=False)
def _asked(config_json: str, folders: str) -> bytes:
    config = DistilConfig.from_json(config_json)
    return _packed(workers.manager().call(networks.programs, config, timeout=SECONDS))


def _packed(programs: Sequence[Mapping[str, Any]]) -> bytes:
    """The same bytes for the same programs."""
    return gzip.compress(json.dumps(programs).encode(), PACKING, mtime=0)
