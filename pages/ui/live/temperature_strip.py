"""The temperature slider of the live page: soft targets that follow T while it is dragged.

It shows an example from the teacher of this configuration where its answers are in the store. Where
they are not, there is nothing to show yet, and a plain slider stands in.
"""

from __future__ import annotations

import numpy as np
import streamlit as st

from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.errors import KdlabError
from kdlab.methods import METHODS
from kdlab.storage.store import TeacherOutputs
from kdlab.translation import say
from pages.ui.components.inline import softmax
from pages.ui.components.soft_targets import soft_targets
from pages.ui.shell import prose, state, workers
from pages.ui.widgets import settings

MOST_CLASSES = 12
"""More bars than this cannot be read in a side bar."""
LONGEST = 16
"""Letters of a class there; the sentence below has the whole name."""
LATER = ("teacher_epochs", "teacher_learning_rate", "teacher_seed")
"""Settings of the teacher whose controls are drawn below the strip."""


def temperature(here: state.State[DistilConfig]) -> None:
    """Draw T with its bars, or as a slider; the state hears of the value when it is let go."""
    if "temperature" in state.hidden():
        return
    method = METHODS[here.values["method"]]
    if not method.uses_temperature:
        st.caption(
            say("Temperature T: the method “{method}” does not use it.", method=say(method.label))
        )
        return
    outputs = _outputs(here)
    if outputs is None or len(outputs.classes) > MOST_CLASSES:
        settings.control(here, "temperature")
        return
    index = telling(outputs.logits)
    found = soft_targets(
        logits=outputs.logits[index],
        classes=prose.class_names(outputs.classes, LONGEST),
        label=int(outputs.labels[index]),
        temperature=here.values["temperature"],
        key=f"live.strip.{here.values['dataset']}",
        compact=True,
        hide=("limits",),
    )
    here.values["temperature"] = found.temperature
    st.caption(
        say(
            "What the teacher answers at this T for one validation example of class {name}.",
            name=prose.plain(prose.class_names(outputs.classes)[int(outputs.labels[index])]),
        )
    )


def telling(logits: np.ndarray) -> int:
    """The example whose second and third choices are likeliest without leading: (N, C) logits.

    >>> telling(np.array([[9.0, 0.0, 0.0], [5.0, 3.0, 2.0], [1.0, 3.0, 1.0]]))
    1
    """
    shares = np.sort(softmax(logits, 1.0), axis=1)
    clear = shares[:, -1] > 0.8
    doubt = np.where(clear, 1 - shares[:, -1], -1.0)
    return int(doubt.argmax())


def _outputs(here: state.State[DistilConfig]) -> TeacherOutputs | None:
    """Of the teacher as it stands on the controls in this run, also on those drawn later."""
    try:
        now = {name: here.shown(name, here.values[name])[1] for name in LATER}
        return _read(here.model.parse(here.values | now).teacher_config())
    except KdlabError:
        return None


@st.cache_data(
    ttl=30,
    max_entries=20,
    show_spinner=False,
    hash_funcs={TeacherConfig: TeacherConfig.fingerprint},
)
def _read(config: TeacherConfig) -> TeacherOutputs | None:
    return workers.store().teacher_outputs(config)
