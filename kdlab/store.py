"""Results on disk: a folder a fingerprint, written aside and then renamed into place.

::

    <home>/runs/<fingerprint>/       config.json  events.jsonl  <group>.safetensors ...
    <home>/teachers/<fingerprint>/   config.json  weights.safetensors, and once it has answered:
                                     logits.safetensors  outputs.safetensors  outputs.json
    <home>/sweeps/<fingerprint>/     config.json  and one file a cohort that is done

Fingerprints are of :func:`kdlab.checks.normal`, so that a setting without effect gives no second
name to one result. ``home`` is KDLAB_HOME, else the user's cache folder. What is not there is
looked for in ``assets/stored``, the results that come with the lab, in the same form. Nothing is
ever unpickled; this module needs no torch, so that pages can read results without waiting for it.

What is kept makes room before (:mod:`kdlab.hosting.quota`): a result that was not used for long may
have gone, also between two looks at it, and is then made again.
"""

from __future__ import annotations

import contextlib
import json
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.checks import may_change
from kdlab.config import DistilConfig, TeacherConfig
from kdlab.errors import ModelError, StoreError, printable
from kdlab.events import Event, Progress, RunFinished, from_json, whole
from kdlab.folders import Folders, read
from kdlab.models import class_names, header
from kdlab.paths import BUNDLED as BUNDLED

if TYPE_CHECKING:
    import numpy as np

LOGITS = "logits.safetensors"
STUDENT_FILES = {"labels only": "labels-only.safetensors", "distilled": "distilled.safetensors"}


@dataclass(frozen=True)
class TeacherOutputs:
    """What a teacher says of (at most 500) validation examples.

    ``inputs`` uint8 (N, C, H, W) pixels, or float32 (N, 2) points as the network sees them;
    ``labels`` (N,); ``logits`` (N, classes) float32. A network expects (x - mean) / std, one number
    a channel or coordinate, where pixels x lie in 0..1.
    """

    classes: tuple[str, ...]
    input_shape: tuple[int, ...]
    mean: tuple[float, ...]
    std: tuple[float, ...]
    inputs: np.ndarray
    labels: np.ndarray
    logits: np.ndarray


class Store(Folders):
    """Finished runs and teachers, found by fingerprint."""

    # -- runs ---------------------------------------------------------------------------------

    def events(self, config: DistilConfig) -> list[Event] | None:
        """All events of a finished run of this configuration, or None."""
        with self._reading("runs", config) as folder:
            return None if folder is None else _events(folder)

    def replay(self, config: DistilConfig) -> list[Event] | None:
        """The events that may stand in for training: only what this machine made counts, and not
        where the data may have changed since."""
        if may_change(config) or self.is_bundled(config):
            return None
        return self.events(config)

    def is_bundled(self, config: DistilConfig) -> bool:
        """Whether the run comes with the lab and was not made on this machine."""
        folder = self._find("runs", config)
        return folder is not None and self.bundled is not None and self.bundled in folder.parents

    def weights(self, config: DistilConfig) -> dict[str, bytes] | None:
        """Safetensors files of a finished run: teacher, and the first seed's two students."""
        own = config.teacher_config()
        with self._reading("runs", config) as run, self._reading("teachers", own) as teacher:
            if run is None or teacher is None:
                return None
            files = {"teacher": teacher / "weights.safetensors"}
            files |= {group: run / name for group, name in STUDENT_FILES.items()}
            if not all(path.is_file() for path in files.values()):
                return None
            return {name: read(path) for name, path in files.items()}

    def record_run(
        self, config: DistilConfig, events: Sequence[Event], students: dict[str, bytes]
    ) -> None:
        """Keep a finished run. Progress is left out: it says nothing once it is over."""
        assert isinstance(events[-1], RunFinished), "only finished runs are facts"
        kept = [event.to_json() for event in events if not isinstance(event, Progress)]
        files = {STUDENT_FILES[group]: content for group, content in students.items()}
        files["events.jsonl"] = ("\n".join(kept) + "\n").encode()
        self._keep("runs", config, files)

    # -- teachers -----------------------------------------------------------------------------

    def teacher_weights(self, config: TeacherConfig) -> bytes | None:
        """The safetensors file of this teacher, or None."""
        with self._reading("teachers", config) as folder:
            return read(folder / "weights.safetensors") if folder else None

    def has_teacher(self, config: TeacherConfig) -> bool:
        """Whether this teacher need not be trained, unless its file turns out to be damaged."""
        return not may_change(config) and self._find("teachers", config) is not None

    def teacher_logits(
        self, config: TeacherConfig, classes: Sequence[str] = ()
    ) -> dict[str, np.ndarray] | None:
        """This teacher's logits (N, classes) on ``train``, ``validation`` and ``test``, or None
        where it has not answered yet, or the data may have changed since.

        Their columns come in the order of ``classes``; None where these are others than the
        teacher answered for."""
        with self._reading("teachers", config) as folder:
            if folder is None or may_change(config) or not (folder / LOGITS).is_file():
                return None
            content = read(folder / LOGITS)
        with _damage(folder):
            from safetensors.numpy import load

            found = load(content)
            try:
                known = class_names.read(header.read(content).texts)
                if not classes or known is None:
                    return found
                order = class_names.order(known, classes)
            except ModelError:
                return None
            return {name: logits[:, order] for name, logits in found.items()}

    def teacher_outputs(self, config: TeacherConfig) -> TeacherOutputs | None:
        """This teacher's logits on validation examples, or None where it has not answered yet."""
        with self._reading("teachers", config) as folder:
            if folder is None or not (folder / "outputs.json").is_file():
                return None
            content = read(folder / "outputs.safetensors")
            told = read(folder / "outputs.json")
        with _damage(folder):
            from safetensors.numpy import load

            tensors, facts = load(content), json.loads(told)
            _fit_together(facts, tensors)
            return TeacherOutputs(
                classes=tuple(facts["classes"]),
                input_shape=tuple(facts["input_shape"]),
                mean=tuple(facts["mean"]),
                std=tuple(facts["std"]),
                inputs=tensors["inputs"],
                labels=tensors["labels"],
                logits=tensors["logits"],
            )

    def record_teacher(
        self,
        config: TeacherConfig,
        weights: bytes,
        outputs: TeacherOutputs | None = None,
        logits: dict[str, np.ndarray] | None = None,
    ) -> None:
        """Keep a teacher: its weights and, once it has answered, what it says of the data."""
        from safetensors.numpy import save

        files = {"weights.safetensors": weights}
        if outputs is not None:
            facts = {n: getattr(outputs, n) for n in ("classes", "input_shape", "mean", "std")}
            files["outputs.json"] = json.dumps(facts).encode()
            files["outputs.safetensors"] = save(
                {n: getattr(outputs, n) for n in ("inputs", "labels", "logits")}
            )
        if logits is not None:
            told = class_names.written(outputs.classes) if outputs is not None else {}
            files[LOGITS] = save(logits, told or None)
        self._keep("teachers", config, files)


def _events(folder: Path) -> list[Event] | None:
    """The events of a run's folder; None where they do not reach the end: such a run is no fact."""
    with _damage(folder):
        events = [from_json(line) for line in read(folder / "events.jsonl").decode().splitlines()]
        whole.check(events)
    return events if events and isinstance(events[-1], RunFinished) else None


def _fit_together(facts: dict[str, Any], tensors: dict[str, np.ndarray]) -> None:
    """ValueError where a teacher's outputs are not of one number, shape and set of classes."""
    classes, shape, labels = facts["classes"], facts["input_shape"], tensors["labels"]
    examples, channels = len(tensors["inputs"]), shape[0]
    whole = (
        all(isinstance(name, str) and name == printable(name) for name in classes)
        and tensors["inputs"].shape == (examples, *shape)
        and labels.shape == (examples,)
        and (labels.dtype.kind in "iu" and examples > 0)
        and (labels.min() >= 0 and labels.max() < len(classes))
        and tensors["logits"].shape == (examples, len(classes))
        and all(len(facts[name]) == channels for name in ("mean", "std"))
        and all(isinstance(x, int | float) for name in ("mean", "std") for x in facts[name])
    )
    if not whole:
        raise ValueError("the outputs do not fit together")


@contextlib.contextmanager
def _damage(folder: Path) -> Iterator[None]:
    """StoreError where what lies in ``folder`` is not what this version wrote."""
    from safetensors import SafetensorError

    try:
        yield
    except (LookupError, TypeError, ValueError, AttributeError, RecursionError, SafetensorError):
        raise StoreError(
            f"the result in {folder} is damaged or of another version of the lab",
            "what this version wrote",
            "Delete that folder; its result is then made again",
        ) from None
