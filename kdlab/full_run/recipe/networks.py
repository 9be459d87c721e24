"""Networks of a full run: built, written to its folder, read back, and given by a user."""

from __future__ import annotations

import contextlib
import hashlib
from collections.abc import Generator
from pathlib import Path

import safetensors.torch
import torch
from safetensors import SafetensorError
from torch import nn

from kdlab import models
from kdlab.data import find as find_data
from kdlab.errors import KdlabError, ModelError, StoreError
from kdlab.events import Event
from kdlab.full_run.engine.images import FullData
from kdlab.full_run.recipe import pretrained, pretrained_own, teacher_file
from kdlab.full_run.recipe.config import FullTeacherConfig
from kdlab.full_run.recipe.names import is_torchvision
from kdlab.models import class_names, header, weights
from kdlab.system import files
from kdlab.training.seeds import Role, stream

LIMIT = 4 * 100_000_000 + header.MAX_BYTES
"""Bytes of a file that a run wrote: ViT-B/16 is the largest network."""


def build(name: str, data: FullData, seed: int) -> nn.Module:
    """The network with first weights; those of torchvision without theirs."""
    if is_torchvision(name):
        from kdlab.full_run.recipe import pretrained_net

        classes = len(data.classes)
        return pretrained_net.build(name, classes, data.mean, data.std, data.shape[0], seed)
    return models.build(name, data.shape, len(data.classes), seed)


def first_teacher(config: FullTeacherConfig, data: FullData) -> Generator[Event, None, nn.Module]:
    """The teacher before its training: first weights, or torchvision's with a new last layer."""
    seed = stream(config.teacher_seed, Role.TEACHER_WEIGHTS)
    module = build(config.teacher, data, seed)
    if is_torchvision(config.teacher):
        from kdlab.full_run.recipe import pretrained_weights

        file = config.teacher_file
        with teacher_file.in_hand(file) if file else contextlib.nullcontext() as given:
            record = pretrained.find(config.teacher)
            yield from pretrained_weights.load(module, record, given)  # type: ignore[arg-type]
    return module


def save(path: Path, module: nn.Module, name: str, data: FullData, dataset: str) -> str:
    """Write the network's weights; the digest of the file."""
    content = dump(module, name, data, dataset)
    files.write(path, content)
    return digest_of(content)


def dump(module: nn.Module, name: str, data: FullData, dataset: str) -> bytes:
    """The file of a network's weights, so that :func:`kdlab.models.weights.bring` and the live
    page's teacher can read them, too."""
    return weights.dump_weights(
        module, name, data.shape, len(data.classes), {"dataset": dataset}, data.classes
    )


def digest_of(content: bytes) -> str:
    """What a run knows a file of weights by."""
    return hashlib.sha256(content).hexdigest()


def digest_at(path: Path) -> str:
    """The digest of a file, "" where there is none that can be read."""
    try:
        with files.regular(path, LIMIT) as file:
            return hashlib.file_digest(file, "sha256").hexdigest()
    except OSError:
        return ""


def load(path: Path, name: str, data: FullData, digest: str = "") -> nn.Module:
    """Read back what :func:`save` wrote; StoreError where it is damaged, for other classes, or not
    the file that has this ``digest``, where that is known."""
    module = build(name, data, 0)
    try:
        content, told = weights.contents(path, LIMIT)
        if digest and digest_of(content) != digest:
            raise ValueError("it is not what was written: at least one bit has changed")
        module.load_state_dict(safetensors.torch.load(content))
        known = class_names.read(told.texts, len(data.classes))
        if known is not None:
            class_names.arrange(module, known, data.classes)
    except (KdlabError, OSError, SafetensorError, RuntimeError, KeyError, ValueError) as error:
        raise StoreError(
            f"{path} cannot be read as a {name} ({str(error).splitlines()[0][:120]})",
            "the weights that this run wrote",
            f"Restore {path.name} from a copy and resume, or delete checkpoint.safetensors beside "
            "it and resume: the run starts again",
        ) from None
    return module.eval()


def given(config: FullTeacherConfig, data: FullData) -> tuple[nn.Module, tuple[str, ...]]:
    """The teacher in the user's own file, its outputs in the order of ``data.classes``, and what is
    to be told of it; ModelError where it is of another architecture, or for other images or
    classes."""
    wanted = (config.teacher, data.shape, len(data.classes))
    with teacher_file.in_hand(config.teacher_file) as path:
        if is_torchvision(config.teacher):
            return pretrained_own.load(path, config.teacher, data)
        found = weights.bring(path, *wanted)
    name, shape, classes = found.architecture, found.input_shape, found.classes
    if (name, shape) == wanted[:2] and found.names is not None:
        class_names.order(found.names, data.classes)  # names say more than their number
    if (name, shape, classes) != wanted:
        raise ModelError(
            f"the teacher's file holds {name} for inputs {shape} in {classes} classes",
            f"{wanted[0]} for inputs {wanted[1]} in {wanted[2]} classes",
            f"Set the teacher to {name}, or choose the data with which it was trained"
            if (shape, classes) == wanted[1:]
            else "Choose the data with which it was trained, or another file",
        )
    module = found.network()
    fixed = find_data(config.dataset).classes is not None and found.dataset == config.dataset
    if found.names is None and fixed:  # the lab's own order, as ever
        return module, found.notes
    return module, (*found.notes, *class_names.arrange(module, found.names, data.classes))


def to(module: nn.Module, device: torch.device) -> nn.Module:
    """On the device, in the layout in which convolutions are fastest there, in eval mode."""
    module = module.to(device).eval()
    return module.to(memory_format=torch.channels_last)
