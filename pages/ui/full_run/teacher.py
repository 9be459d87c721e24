"""The teacher of a full run: a network of the lab, one trained on ImageNet, or one's own file."""

from __future__ import annotations

import functools

import streamlit as st
from streamlit.runtime.uploaded_file_manager import UploadedFile

from kdlab import models
from kdlab.data import input_shape, uploads
from kdlab.full_run.recipe import names
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.pretrained import PRETRAINED
from kdlab.hosting import class_rights
from pages.ui.full_run import checks, worker_calls
from pages.ui.shell import prose, state, workers
from pages.ui.shell.state import State
from pages.ui.stage import export
from pages.ui.widgets import choices, settings, taken
from pages.ui.widgets.buttons import button

Here = State[FullRunConfig]
SOURCES = {"lab": "A network of the lab", "imagenet": "Trained on ImageNet (torchvision)"}


def choose(here: Here) -> None:
    """Where the teacher comes from, its network, and its weights."""
    now = "imagenet" if here.values["teacher"] in PRETRAINED else "lab"
    choices.one_of(
        here,
        "teacher",
        SOURCES,
        SOURCES.__getitem__,
        part=":source",
        now=now,
        label="Where from",
        help_text=prose.text("full-run", "help source"),
        then=functools.partial(_other_source, here),
    )
    before = here.values["teacher"]
    if before in PRETRAINED:
        found = choices.one_of(
            here, "teacher", PRETRAINED, _label, part=":imagenet", label="Network"
        )
        st.caption(f"{PRETRAINED[found].about} {PRETRAINED[found].paper}.")
    else:
        field, other = FullRunConfig.model_fields["teacher"], lambda: here.set(teacher_file="")
        found = choices.network(here, "teacher", field, "images", other=other)
    if found != before:
        here.set(teacher_file="")  # it was another network's
    here.values["teacher"] = found
    if "teacher_file" not in state.hidden():
        _file(here)


def _label(name: str) -> str:
    record = PRETRAINED[name]
    return f"{record.label}, {record.parameters / 1e6:.1f} M parameters"


def _other_source(here: Here, source: str) -> None:
    name = next(iter(PRETRAINED)) if source == "imagenet" else "resnet56"
    here.set(teacher=name, teacher_file="")


def _file(here: Here) -> None:
    file = str(here.values["teacher_file"])
    if file:
        shown = file.removeprefix(names.GIVEN)[:40]
        kept = (
            "as they are"
            if checks.given(str(here.values["teacher"]), file)
            else "its last layer is trained"
        )
        st.markdown(f"Loaded weights {prose.plain(shown)}: {kept}.")
        words, remove = "Train the teacher in the run.", lambda: here.set(teacher_file="")
        button("Remove", "full-run.remove_teacher", "delete", remove, help_text=words)
    if class_rights.may("full runs"):
        taken.uploader(
            "Own teacher (safetensors)",
            export.WEIGHTS,
            "full-run.load_teacher",
            lambda file: _load(here, file),
            prose.text("full-run", "help teacher file"),
        )
    if not uploads.uploads_only():
        settings.control(here, "teacher_file")
    export.message(here)


def _load(here: Here, brought: UploadedFile) -> None:
    with export.taking(here):
        name = export.network_of(here, brought)  # the header is read before a worker is asked
        if name not in PRETRAINED:
            models.find(name)
        chosen, shape = str(here.values["teacher"]), input_shape(here.config())
        arguments = (brought.getvalue(), chosen, shape, brought.name)
        found = workers.manager().call(worker_calls.keep_teacher, *arguments)
        here.set(teacher=found["teacher"], teacher_file=found["file"])
        size = " x ".join(map(str, found["shape"]))
        text = f"{brought.name} is the teacher now: {found['teacher']} for images of {size}"
        text += f" in {found['classes']} classes." if found["classes"] else ", as published."
        words = " ".join([text, *found.get("notes", [])])
        export.answer(here, words, teacher_file=str(found["file"]))
