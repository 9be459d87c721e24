"""What a worker is asked to do: run a configuration, with the store as its memory.

The functions here take and give plain values and import torch only when they are called, so that
the app can name them without waiting for it.
"""

from __future__ import annotations

import functools
import hashlib
import time
from collections.abc import Iterator
from typing import TYPE_CHECKING, Any

from kdlab import checks, predicted
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.errors import ModelError, StoreError
from kdlab.events import Event, RunFinished, Turned
from kdlab.experiments.run import networks
from kdlab.experiments.run.turned import as_planned, performed
from kdlab.experiments.runner import read_data, replayed, tee
from kdlab.hosting import class_rights
from kdlab.storage.store import Store
from kdlab.training.course import Steering
from kdlab.training.stored_teacher import one_thread, teacher_of

if TYPE_CHECKING:
    import numpy as np
    from torch import nn


def run(
    config: DistilConfig,
    store: Store | None = None,
    *,
    cache: bool = True,
    steering: Steering | None = None,
) -> Iterator[Event]:
    """Events of a run: replayed from the store if it is there, else trained and kept.

    With ``steering`` T and alpha are turned while it trains, as :func:`single_run.train_students`
    has it: it is trained in any case, and kept as the run of the configuration that repeats it.

    The runs that come with the lab do not count as seen: who presses Train sees training, and the
    latency of their own machine. Their teachers do count. With ``cache=False`` nothing is looked
    up, and what is made replaces what was there.
    """
    store = store or Store()
    config = checks.normal(config)
    if cache and steering is None and (yield from replayed(lambda: store.load_run(config))):
        return
    with store.at_work("runs", config):  # what refuses says so before all the work
        yield from _train(config, store, cache, steering)


def _train(
    config: DistilConfig, store: Store, cache: bool, steering: Steering | None
) -> Iterator[Event]:
    predicted.check(predicted.of_run, config)
    began = time.perf_counter()
    events: list[Event] = []
    split = yield from tee(read_data(config), events)
    from kdlab.models import weights
    from kdlab.training import single_run

    found = yield from tee(teacher_of(config.teacher_config(), split, store, cache), events)
    if found is None:
        return
    teacher, teacher_seconds = found
    students = single_run.train_students(config, split, teacher, steering)
    trained = yield from tee(students, events, hold_back=RunFinished)
    if trained is None:
        return
    trained.result.seconds.update(teacher=teacher_seconds, total=time.perf_counter() - began)
    about = {"dataset": config.dataset}
    files = {
        group: weights.dump_weights(
            module,
            config.student,
            split.shape,
            len(split.classes),
            about,
            split.classes,
            split.columns,
        )
        for group, module in trained.students.items()
    }
    turns = [event for event in events if isinstance(event, Turned)]
    done = performed(config, turns, config.epochs)
    if done != config:
        events = as_planned(events, done)
    try:
        # kept before it is announced: whoever hears of the end finds the weights
        store.record_run(done, events, files)
    except StoreError:
        yield trained.result  # the work is done: it is shown, and then what went wrong
        raise
    yield trained.result


def bring_weights(
    config: TeacherConfig, content: bytes, store: Store | None = None, file_name: str = ""
) -> dict[str, Any]:
    """Check a file of weights against ``config`` and keep it as a teacher; no data are read.

    {mark, teacher, notes}: what to set as ``teacher_weights`` and as ``teacher``, and what is to be
    told of it. ModelError where it is of other data, or fits no known architecture.
    ``config.teacher`` is the architecture of a file that does not name its own. What is kept is the
    network under its own names, whatever the file calls them. ClassError where whoever this is done
    for may load none.
    """
    class_rights.check("uploads")
    from kdlab.data import columns_of, input_shape, known_inputs
    from kdlab.models import class_names, weights

    known = known_inputs(config)
    count = len(known.classes) if known else 0
    found = weights.bring(content, config.teacher, input_shape(config), count, file_name)
    if found.names is not None and known:
        class_names.order(found.names, known.classes)
    class_names.check_columns(found.columns, columns_of(config))
    expected = (known.shape, count) if known else (found.input_shape, found.classes)
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
        module,
        found.architecture,
        found.input_shape,
        found.classes,
        about,
        found.names or (),
        found.columns,
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
    one_thread()
    return networks.modules(config)
