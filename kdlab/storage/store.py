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

import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from kdlab.checks import may_change
from kdlab.config.schema import DistilConfig, TeacherConfig
from kdlab.events import Event, Progress, RunFinished
from kdlab.models import class_names
from kdlab.storage import damage, stored
from kdlab.storage.folders import CONFIG, Folders
from kdlab.storage.stored import TeacherOutputs as TeacherOutputs
from kdlab.system.files import refused
from kdlab.system.paths import BUNDLED as BUNDLED

if TYPE_CHECKING:
    import numpy as np

LOGITS = "logits.safetensors"
OUTPUTS = ("outputs.json", "outputs.safetensors", LOGITS)
"""What a teacher answered: made together, and gone together."""
STUDENT_FILES = {"labels only": "labels-only.safetensors", "distilled": "distilled.safetensors"}

Read = TypeVar("Read")


class Store(Folders):
    """Finished runs and teachers, found by fingerprint."""

    # -- runs ---------------------------------------------------------------------------------

    def events(self, config: DistilConfig) -> list[Event] | None:
        """All events of a finished run of this configuration, or None; DamagedError, here and
        below, where what was kept of it is not what the lab wrote."""
        with self._reading("runs", config) as folder:
            if folder is None:
                return None
            weights = [folder / name for name in STUDENT_FILES.values()]
            return self._whole(folder, lambda: stored.run(folder / "events.jsonl", weights))

    def load_run(self, config: DistilConfig) -> list[Event] | None:
        """The events that may stand in for training: only what this machine made counts, and not
        where the data may have changed since."""
        if may_change(config) or self.is_bundled(config):
            return None
        return self.events(config)

    def is_bundled(self, config: DistilConfig) -> bool:
        """Whether the run comes with the lab and was not made on this machine."""
        folder = self._find("runs", config)
        return folder is not None and self.bundled is not None and self.bundled in folder.parents

    def has_weights(self, config: DistilConfig) -> bool:
        """Whether the networks of this run are here, unless a file turns out to be damaged."""
        run = self._find("runs", config)
        files = STUDENT_FILES.values()
        return (
            run is not None
            and all((run / name).is_file() for name in files)
            and self.has_teacher(config.teacher_config())
        )

    def weights(self, config: DistilConfig) -> dict[str, bytes] | None:
        """Safetensors files of a finished run: teacher, and the first seed's two students."""
        with self._reading("runs", config) as run:
            if run is None:
                return None
            paths = {group: run / name for group, name in STUDENT_FILES.items()}
            if not all(path.is_file() for path in paths.values()):
                return None
            students = self._whole(
                run, lambda: {name: stored.weights(path) for name, path in paths.items()}
            )
        taught = self.teacher_weights(config.teacher_config())
        if taught is None or students is None:
            return None
        return {"teacher": taught} | students

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
            if folder is None:
                return None
            return self._whole(folder, lambda: stored.weights(folder / "weights.safetensors"))

    def has_teacher(self, config: TeacherConfig) -> bool:
        """Whether this teacher need not be trained, unless its file turns out to be damaged."""
        return not may_change(config) and self._find("teachers", config) is not None

    def look_at_teacher(self, config: TeacherConfig) -> None:
        """DamagedError where what a page reads of this teacher, or offers, is damaged. Cheap."""
        with self._reading("teachers", config) as folder:
            if folder is not None:
                self._whole(folder, lambda: stored.begins(folder / "weights.safetensors"))
        self.teacher_outputs(config)

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
            return self._whole(
                folder, lambda: stored.logits(stored.read(folder / LOGITS), classes), LOGITS
            )

    def teacher_outputs(self, config: TeacherConfig) -> TeacherOutputs | None:
        """This teacher's logits on validation examples, or None where it has not answered yet."""
        with self._reading("teachers", config) as folder:
            if folder is None or not (folder / "outputs.json").is_file():
                return None
            return self._whole(folder, lambda: stored.outputs(folder), *OUTPUTS)

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
            if outputs.columns:
                facts["columns"] = outputs.columns
            files["outputs.json"] = json.dumps(facts).encode()
            files["outputs.safetensors"] = save(
                {n: getattr(outputs, n) for n in ("inputs", "labels", "logits")}
            )
        if logits is not None:
            told = class_names.written(outputs.classes) if outputs is not None else {}
            files[LOGITS] = save(logits, told or None)
        self._keep("teachers", config, files)

    # -- what is damaged ------------------------------------------------------------------------

    def _whole(self, folder: Path, read: Callable[[], Read], *parts: str) -> Read | None:
        """What ``read`` finds in ``folder``, or in these files of it; None where somebody deleted
        it meanwhile. DamagedError where it is not what this version wrote."""
        for last in (False, True):  # a file that is missing may be about to be replaced
            try:
                return read()
            except FileNotFoundError:
                if not last:
                    continue
            except stored.wrong() as error:
                if refused(error):
                    raise damage.unreadable(folder, error) from None
            break
        if not (folder / CONFIG).is_file():
            return None
        raise damage.found(self.home, folder.parent.name, folder.name, parts)
