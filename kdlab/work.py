"""What a worker is asked to do: run a configuration, with the store as its memory.

The functions here take and give plain values and import torch only when they are called, so that
the app can name them without waiting for it.
"""

from __future__ import annotations

import functools
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any

from kdlab import checks
from kdlab.config import DistilConfig, TeacherConfig
from kdlab.errors import ModelError, StoreError
from kdlab.events import Event, Progress, RunFinished
from kdlab.store import Store, TeacherOutputs

if TYPE_CHECKING:
    import numpy as np
    from torch import nn

    from kdlab.data.split import DataSplit
    from kdlab.trainer import Teacher

KEPT_OUTPUTS = 500

PRELOAD = ("kdlab.trainer", "torch._dynamo")
"""What a worker imports before its first run. The second is what the first optimiser would import:
five seconds and more, on top of torch's own."""


def run(config: DistilConfig, store: Store | None = None, *, cache: bool = True) -> Iterator[Event]:
    """Events of a run: replayed from the store if it is there, else trained and kept.

    The runs that come with the lab do not count as seen: who presses Train sees training, and the
    latency of their own machine. Their teachers do count. With ``cache=False`` nothing is looked
    up; what is made is kept all the same if it is new.
    """
    store = store or Store()
    stored = store.events(config, bundled=False) if cache else None
    if stored is not None:
        yield from stored
        return
    yield from _train(config, store, cache)


def _train(config: DistilConfig, store: Store, cache: bool) -> Iterator[Event]:
    from kdlab import trainer
    from kdlab.models import weights

    _one_thread()
    began = time.perf_counter()
    split = yield from trainer.load_data(config)
    checks.fits(config, split.shape, len(split.classes), len(split.train.targets))
    events: list[Event] = []
    teacher, teacher_seconds = yield from _teacher(config, split, store, cache, events)
    students = trainer.train_students(config, split, teacher)
    while True:
        try:
            event = next(students)
        except StopIteration as stop:
            trained = stop.value
            break
        if isinstance(event, RunFinished):
            event.seconds.update(teacher=teacher_seconds, total=time.perf_counter() - began)
        events.append(event)
        if not isinstance(event, RunFinished):
            yield event
    if trained is None:
        return
    files = {
        group: weights.dump_weights(module, config.student, split.shape, len(split.classes))
        for group, module in trained.students.items()
    }
    # kept before it is announced: whoever hears of the end finds the weights
    store.record_run(config, events, files)
    yield events[-1]


def teach(config: TeacherConfig, store: Store | None = None) -> Iterator[Event]:
    """Train and keep the teacher alone (pages that only need its answers)."""
    from kdlab import trainer

    _one_thread()
    split = yield from trainer.load_data(config)
    yield from _teacher(config, split, store or Store(), True, [])


def _teacher(
    config: TeacherConfig, split: DataSplit, store: Store, cache: bool, events: list[Event]
) -> Generator[Event, None, tuple[Teacher, float]]:
    """The teacher of ``config`` and the seconds it took now (0 from the store)."""
    from kdlab import models, trainer
    from kdlab.models import weights

    wanted = TeacherConfig(**{n: getattr(config, n) for n in TeacherConfig.model_fields})
    began = time.perf_counter()
    content = store.teacher_weights(wanted) if cache or wanted.teacher_weights else None
    if content is not None:
        yield Progress(stage="loading the teacher")
        _, _, _, state = weights.load_weights(content)
        module = weights.fit(wanted.teacher, split.shape, len(split.classes), state)
    elif wanted.teacher_weights:
        raise ModelError(
            f"the loaded teacher {wanted.teacher_weights} is not in the store",
            "weights that were loaded on this machine",
            "Load the file of weights again, or let the lab train the teacher",
        )
    else:
        models.check(wanted.teacher, split.shape, len(split.classes))
        loop = trainer.train_teacher(wanted, split)
        while True:
            try:
                event = next(loop)
            except StopIteration as stop:
                module = stop.value
                break
            events.append(event)
            yield event
    teacher = trainer.adopt(module, split)
    seconds = 0.0 if content is not None else time.perf_counter() - began
    if content is None:
        file = weights.dump_weights(module, wanted.teacher, split.shape, len(split.classes))
        store.record_teacher(wanted, file, _outputs(split, teacher))
    ready = trainer.teacher_ready(teacher, split, content is not None, seconds)
    events.append(ready)
    yield ready
    return teacher, seconds


def adopt_weights(config: TeacherConfig, content: bytes, store: Store | None = None) -> str:
    """Check a file of weights against ``config`` and keep it as a teacher.

    Returns the fingerprint to set as ``teacher_weights``, together with the file's architecture as
    ``teacher``. ModelError where it fits neither the data nor any known architecture.
    """
    import hashlib

    from kdlab import trainer
    from kdlab.models import weights

    _one_thread()
    name, _, _, state = weights.load_weights(content)
    loader = trainer.load_data(config)
    while True:
        try:
            next(loader)
        except StopIteration as stop:
            split = stop.value
            break
    module = weights.fit(name, split.shape, len(split.classes), state)
    mark = hashlib.sha256(content).hexdigest()[:16]
    loaded = config.model_copy(update={"teacher": name, "teacher_weights": mark})
    outputs = _outputs(split, trainer.adopt(module, split))
    (store or Store()).record_teacher(loaded, content, outputs)
    return mark


def answer(config: DistilConfig, inputs: np.ndarray) -> dict[str, list[list[float]]]:
    """Logits of a finished run's networks for standardised ``inputs`` (N, *input shape).

    Keys: teacher, labels only, distilled (first seed); values (N, classes). StoreError where this
    run is not in the store.
    """
    import torch

    x = torch.as_tensor(inputs, dtype=torch.float32)
    with torch.inference_mode():
        return {name: net(x).tolist() for name, net in _networks(config).items()}


@functools.lru_cache(maxsize=8)
def _networks(config: DistilConfig) -> dict[str, nn.Module]:
    """The networks of a finished run, kept in this process: people ask many times a second."""
    from kdlab.models import weights

    _one_thread()
    files = Store().weights(config)
    if files is None:
        raise StoreError(
            f"the run {config.fingerprint()} has no weights in the store",
            "a run that was trained to its end on this machine",
            "Train it on the page Live distillation first",
        )
    return {name: weights.fit(*weights.load_weights(file)) for name, file in files.items()}


def _outputs(split: DataSplit, teacher: Teacher) -> TeacherOutputs:
    part = split.validation
    inputs: Any = part.inputs[:KEPT_OUTPUTS]
    if len(split.shape) == 3:
        inputs = split.pixels(inputs)
    return TeacherOutputs(
        classes=split.classes,
        input_shape=split.shape,
        mean=split.mean,
        std=split.std,
        inputs=inputs.numpy(),
        labels=part.targets[:KEPT_OUTPUTS].numpy(),
        logits=teacher.validation_logits[:KEPT_OUTPUTS].numpy(),
    )


def _one_thread() -> None:
    """One intra-op thread: small nets on busy cores are many times slower with more."""
    import torch

    torch.set_num_threads(1)
