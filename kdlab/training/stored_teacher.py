"""A teacher with the store as its memory: found there, loaded, or trained and kept."""

from __future__ import annotations

import time
from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from kdlab import checks
from kdlab.config.schema import TeacherConfig
from kdlab.data.split import is_text
from kdlab.errors import DamagedError, ModelError
from kdlab.events import Event, Progress, Remark
from kdlab.models import black_box
from kdlab.storage import damage
from kdlab.storage.store import Store, TeacherOutputs

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor

    from kdlab.data.split import DataSplit
    from kdlab.training.teachers import Teacher

KEPT_OUTPUTS = 500


def teacher_of(
    config: TeacherConfig, split: DataSplit, store: Store, cache: bool
) -> Generator[Event, None, tuple[Teacher, float] | None]:
    """The teacher of ``config`` and the seconds it took (0 from the store); None if it failed."""
    from kdlab.models import class_names, weights
    from kdlab.training import teachers

    box = black_box.find(config.teacher)
    if box is not None:
        return (yield from _black_box(config, split, store, cache))
    began = time.perf_counter()
    loaded = bool(config.teacher_weights)
    cache = loaded or (cache and not checks.may_change(config))
    content, stored = (yield from _recalled(config, split, store)) if cache else (None, None)
    found = None
    if content is not None:
        yield Progress(stage="loading the teacher")
        try:
            found = teachers.loaded(content, config, split)
        except ModelError as error:
            if loaded:
                raise
            content = stored = None  # of other data under these settings, or damaged: made again
            why = f"{error.received[:1].upper()}{error.received[1:]}"
            yield Remark(text=f"{why}: the stored teacher could not be used and is trained again.")
    if found is not None:
        module, remarks = found
        seconds = 0.0
        for text in remarks:
            yield Remark(text=text)
    elif loaded:
        raise ModelError(
            f"the loaded teacher {config.teacher_weights} is not in the store",
            "weights that were loaded on this machine",
            "Load the file of weights again, or let the lab train the teacher",
        )
    else:
        made = yield from teachers.train_teacher(config, split)
        if made is None:
            return None
        module = made
        seconds = time.perf_counter() - began
    teacher = yield from teachers.freeze_and_predict(module, split, _known(stored, split))
    if content is None or stored is None:
        about = {"dataset": config.dataset}
        # What a file did not say of its classes is not made a fact by having been used once.
        told = weights.metadata(content) if loaded and content is not None else None
        names = () if told is not None and class_names.KEY not in told else split.classes
        columns = () if told is not None and class_names.COLUMNS not in told else split.columns
        file = weights.dump_weights(
            module,
            config.teacher,
            split.shape,
            len(split.classes),
            about,
            names,
            columns,
        )
        logits = {
            "train": teacher.train_logits.numpy(),
            "validation": teacher.validation_logits.numpy(),
            "test": teacher.test_logits.numpy(),
        }
        store.record_teacher(config, file, _outputs(split, teacher), logits)
    yield teachers.teacher_ready(teacher, split, content is not None, seconds)
    return teacher, seconds


def _black_box(
    config: TeacherConfig, split: DataSplit, store: Store, cache: bool
) -> Generator[Event, None, tuple[Teacher, float]]:
    """Trees, from the store or grown; or what a file says, which :func:`read_data` has read."""
    from kdlab.models import trees
    from kdlab.training import forests, teachers

    began = time.perf_counter()
    if config.teacher == checks.ANSWERS:
        teacher = teachers.told(split)
        _keep(config, split, store, teacher)
        yield teachers.teacher_ready(teacher, split, False, 0.0)
        return teacher, 0.0
    found = None
    if cache and not checks.may_change(config):
        content, stored = yield from _recalled(config, split, store)
        known = _known(stored, split)
        if content is not None and known is not None:
            try:
                yield Progress(stage="loading the teacher")
                found = teachers.Teacher(trees.load(content, split.shape, split.classes), *known)
            except ModelError:
                yield Remark(text="The stored trees could not be used: they are grown again.")
    cached, seconds = found is not None, 0.0
    if found is None:
        found = yield from forests.grow(config, split)
        seconds = time.perf_counter() - began
        _keep(config, split, store, found)
    heard = forests.by_heart(found, split.train)
    ready = teachers.teacher_ready(found, split, cached, seconds, heard)
    if not cached:
        yield Remark(text=forests.told(ready))
        if floored := forests.floored(found):
            yield Remark(text=floored)
    yield ready
    return found, seconds


def _keep(config: TeacherConfig, split: DataSplit, store: Store, teacher: Teacher) -> None:
    from kdlab.models import weights

    about = {"dataset": config.dataset}
    file = weights.dump_weights(
        teacher.module,
        config.teacher,
        split.shape,
        len(split.classes),
        about,
        split.classes,
        split.columns,
    )
    logits = {
        "train": teacher.train_logits.numpy(),
        "validation": teacher.validation_logits.numpy(),
        "test": teacher.test_logits.numpy(),
    }
    store.record_teacher(config, file, _outputs(split, teacher), logits)


def _recalled(
    config: TeacherConfig, split: DataSplit, store: Store
) -> Generator[Event, None, tuple[bytes | None, dict[str, np.ndarray] | None]]:
    """A stored teacher's weights and its answers, None each where there are none, or none that can
    be read: a remark says so. DamagedError where it was loaded, since nobody could train it."""
    content = None
    try:
        content = store.teacher_weights(config)
    except DamagedError as error:
        if config.teacher_weights:
            raise
        yield damage.made_anew(error)
        return None, None
    try:
        store.teacher_outputs(config)  # the pages read these: they go with the other answers
        return content, store.teacher_logits(config, split.classes)
    except DamagedError as error:
        yield damage.made_anew(error)
        return content, None


def _known(
    stored: dict[str, np.ndarray] | None, split: DataSplit
) -> tuple[Tensor, Tensor, Tensor] | None:
    """Stored logits as tensors, if they are of as many examples as there are."""
    import torch

    parts = {"train": split.train, "validation": split.validation, "test": split.test}
    shapes = {name: (len(part.targets), len(split.classes)) for name, part in parts.items()}
    if stored is None or {name: logits.shape for name, logits in stored.items()} != shapes:
        return None
    train, validation, test = (torch.from_numpy(stored[name]) for name in parts)
    return train, validation, test


def _outputs(split: DataSplit, teacher: Teacher) -> TeacherOutputs:
    part = split.validation
    inputs: Any = part.inputs[:KEPT_OUTPUTS]
    if len(split.shape) == 3:
        inputs = split.pixels(inputs)
    elif is_text(part):
        inputs = inputs.byte()
    return TeacherOutputs(
        classes=split.classes,
        input_shape=split.shape,
        mean=split.mean,
        std=split.std,
        inputs=inputs.numpy(),
        labels=part.targets[:KEPT_OUTPUTS].numpy(),
        logits=teacher.validation_logits[:KEPT_OUTPUTS].numpy(),
        columns=split.columns,
    )


def one_thread() -> None:
    """One intra-op thread: small nets on busy cores are many times slower with more."""
    import torch

    torch.set_num_threads(1)
