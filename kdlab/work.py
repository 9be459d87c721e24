"""What a worker is asked to do: run a configuration, with the store as its memory.

The functions here take and give plain values and import torch only when they are called, so that
the app can name them without waiting for it.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Generator, Iterator
from typing import TYPE_CHECKING, Any, TypeVar

from kdlab import checks, damage, data, predicted
from kdlab.config import DistilConfig, TeacherConfig
from kdlab.errors import DamagedError, ModelError, StoreError
from kdlab.events import DataRead, Event, Progress, Remark, RunFinished
from kdlab.store import Store, TeacherOutputs

if TYPE_CHECKING:
    import numpy as np
    from torch import Tensor, nn

    from kdlab.data.split import DataSplit
    from kdlab.teachers import Teacher

Made = TypeVar("Made")

KEPT_OUTPUTS = 500

PRELOAD = ("kdlab.trainer", "torch._dynamo")
"""What a worker imports before its first run. The second is what the first optimiser would import:
five seconds and more, on top of torch's own."""


def run(config: DistilConfig, store: Store | None = None, *, cache: bool = True) -> Iterator[Event]:
    """Events of a run: replayed from the store if it is there, else trained and kept.

    The runs that come with the lab do not count as seen: who presses Train sees training, and the
    latency of their own machine. Their teachers do count. With ``cache=False`` nothing is looked
    up, and what is made replaces what was there.
    """
    store = store or Store()
    config = checks.normal(config)
    stored = None
    try:
        stored = store.replay(config) if cache else None
    except DamagedError as error:
        yield damage.made_anew(error)
    if stored is not None:
        yield from stored
        return
    with store.at_work("runs", config):  # what refuses says so before all the work
        yield from _train(config, store, cache)


def _train(config: DistilConfig, store: Store, cache: bool) -> Iterator[Event]:
    predicted.check(predicted.of_run, config)
    began = time.perf_counter()
    split, events = yield from _read(config)  # before torch is imported: what is wrong is said
    from kdlab import trainer
    from kdlab.models import weights

    one_thread()
    checks.fits(config, split.shape, len(split.classes), len(split.train.targets))
    found = yield from _tee(teacher_of(config.teacher_config(), split, store, cache), events)
    if found is None:
        return
    teacher, teacher_seconds = found
    students = trainer.train_students(config, split, teacher)
    trained = yield from _tee(students, events, hold_back=RunFinished)
    if trained is None:
        return
    trained.result.seconds.update(teacher=teacher_seconds, total=time.perf_counter() - began)
    about = {"dataset": config.dataset}
    files = {
        group: weights.dump_weights(
            module, config.student, split.shape, len(split.classes), about, split.classes
        )
        for group, module in trained.students.items()
    }
    try:
        # kept before it is announced: whoever hears of the end finds the weights
        store.record_run(config, events, files)
    except StoreError:
        yield trained.result  # the work is done: it is shown, and then what went wrong
        raise
    yield trained.result


def _read(config: DistilConfig) -> Generator[Event, None, tuple[DataSplit, list[Event]]]:
    """The data, and what is kept of their reading."""
    kept: list[Event] = []
    reading = data.read(config)
    while True:
        try:
            event = next(reading)
        except StopIteration as end:
            return end.value, kept
        kept += [event] if isinstance(event, DataRead) else []
        yield event


def _tee(
    source: Generator[Event, None, Made],
    kept: list[Event],
    hold_back: type[Event] | tuple[()] = (),
) -> Generator[Event, None, Made]:
    """Yield what ``source`` yields and keep it too; events of ``hold_back`` are only kept."""
    while True:
        try:
            event = next(source)
        except StopIteration as stop:
            made: Made = stop.value
            return made
        kept.append(event)
        if not isinstance(event, hold_back):
            yield event


def teacher_of(
    config: TeacherConfig, split: DataSplit, store: Store, cache: bool
) -> Generator[Event, None, tuple[Teacher, float] | None]:
    """The teacher of ``config`` and the seconds it took (0 from the store); None if it failed."""
    from kdlab import teachers
    from kdlab.models import weights

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
            yield Remark(text=f"{why}: the stored teacher was of no use, and is trained anew.")
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
    teacher = yield from teachers.adopt(module, split, _known(stored, split))
    if content is None or stored is None:
        about = {"dataset": config.dataset}
        # What a file did not say of its classes is not made a fact by having been used once.
        unsaid = loaded and content is not None and not weights.names_of(content)
        names = () if unsaid else split.classes
        file = weights.dump_weights(
            module, config.teacher, split.shape, len(split.classes), about, names
        )
        logits = {
            "train": teacher.train_logits.numpy(),
            "validation": teacher.validation_logits.numpy(),
            "test": teacher.test_logits.numpy(),
        }
        store.record_teacher(config, file, _outputs(split, teacher), logits)
    yield teachers.teacher_ready(teacher, split, content is not None, seconds)
    return teacher, seconds


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


def adopt_weights(
    config: TeacherConfig, content: bytes, store: Store | None = None, file_name: str = ""
) -> str:
    """Check a file of weights against ``config`` and keep it as a teacher; no data are read.

    Returns the mark to set as ``teacher_weights``, together with the file's architecture as
    ``teacher``. ModelError where it is of other data, or fits no known architecture.
    """
    return bring_weights(config, content, store, file_name)["mark"]


def bring_weights(
    config: TeacherConfig, content: bytes, store: Store | None = None, file_name: str = ""
) -> dict[str, Any]:
    """:func:`adopt_weights`, and what is to be told of it: {mark, teacher, notes}.

    ``config.teacher`` is the architecture of a file that does not name its own. What is kept is the
    network under its own names, whatever the file calls them.
    """
    from kdlab.data import find
    from kdlab.models import class_names, weights

    record = find(config.dataset)
    shape = record.shape or (3, config.image_size, config.image_size)
    found = weights.bring(content, config.teacher, shape, len(record.classes or ()), file_name)
    if found.names is not None and record.classes:
        class_names.order(found.names, record.classes)
    expected = (record.shape or found.input_shape, len(record.classes or ()) or found.classes)
    other = found.dataset not in (None, config.dataset)
    if other or (found.input_shape, found.classes) != expected:
        raise ModelError(
            f"these weights are for {found.dataset or 'other data'}, inputs {found.input_shape} "
            f"in {found.classes} classes",
            f"weights for {config.dataset}, inputs {expected[0]} in {expected[1]} classes",
            "Choose their data set first, or load another file",
        )
    module = found.network()
    mark = hashlib.sha256(content).hexdigest()[:16]
    loaded = config.model_copy(update={"teacher": found.architecture, "teacher_weights": mark})
    about = {"dataset": found.dataset} if found.dataset else {}
    kept = weights.dump_weights(
        module, found.architecture, found.input_shape, found.classes, about, found.names or ()
    )
    (store or Store()).record_teacher(loaded, kept)
    return {"mark": mark, "teacher": found.architecture, "notes": list(found.notes)}


def answer(config: DistilConfig, inputs: np.ndarray) -> dict[str, list[list[float]]]:
    """Logits of a finished run's networks for standardised ``inputs`` (N, *input shape).

    Keys: teacher, labels only, distilled (first seed); values (N, classes). StoreError where this
    run is not in the store, or is damaged.
    """
    import torch

    x = torch.as_tensor(inputs, dtype=torch.float32)
    with torch.inference_mode():
        return {name: net(x).tolist() for name, net in _networks(config).items()}


@functools.lru_cache(maxsize=8)
def _networks(config: DistilConfig) -> dict[str, nn.Module]:
    """The networks of a finished run, kept in this process: people ask many times a second."""
    from kdlab.models import class_names, weights

    one_thread()
    files = Store().weights(config)
    if files is None:
        raise StoreError(
            f"the run {config.fingerprint()} has no weights in the store",
            "a run that was trained to its end on this machine",
            "Train it on the page Live distillation first",
        )
    found = {name: weights.bring(file) for name, file in files.items()}
    ours = found["distilled"].names
    networks = {name: each.network() for name, each in found.items()}
    for name, each in found.items():
        if ours and each.names:  # a teacher that was loaded has its classes in its own order
            class_names.arrange(networks[name], each.names, ours)
    return networks


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


def one_thread() -> None:
    """One intra-op thread: small nets on busy cores are many times slower with more."""
    import torch

    torch.set_num_threads(1)
