"""Results on disk: a folder a fingerprint, written aside and then renamed into place.

::

    <home>/runs/<fingerprint>/       config.json  events.jsonl  <group>.safetensors ...
    <home>/teachers/<fingerprint>/   config.json  ready.json  weights.safetensors
                                     outputs.safetensors

``home`` is KDLAB_HOME, else the user's cache folder. What is not there is looked for in
``assets/stored``, the results that come with the lab, in the same form. Nothing is ever unpickled;
this module needs no torch, so that pages can read results without waiting for it.
"""

from __future__ import annotations

import contextlib
import json
import shutil
import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from kdlab.config import DistilConfig, TeacherConfig
from kdlab.errors import StoreError
from kdlab.events import Event, Progress, RunFinished, from_json
from kdlab.paths import default_home, refuses

if TYPE_CHECKING:
    import numpy as np

BUNDLED = Path(__file__).parent.parent / "assets" / "stored"
"""Results that come with the lab, made by ``python -m kdlab record``."""

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


class Store:
    """Finished runs and teachers, found by fingerprint."""

    def __init__(self, home: Path | None = None, bundled: Path | None = BUNDLED) -> None:
        self.home = home or default_home()
        self.bundled = bundled

    # -- runs ---------------------------------------------------------------------------------

    def events(self, config: DistilConfig, *, bundled: bool = True) -> list[Event] | None:
        """All events of a finished run of this configuration, or None.

        With ``bundled=False`` only what this machine made counts.
        """
        folder = self._find("runs", config.fingerprint())
        if folder is None or (not bundled and self.is_bundled(config)):
            return None
        text = _read(folder / "events.jsonl").decode()
        return [from_json(line) for line in text.splitlines()]

    def is_bundled(self, config: DistilConfig) -> bool:
        """Whether the run comes with the lab and was not made on this machine."""
        folder = self._find("runs", config.fingerprint())
        return folder is not None and self.bundled is not None and self.bundled in folder.parents

    def weights(self, config: DistilConfig) -> dict[str, bytes] | None:
        """Safetensors files of a finished run: teacher, and the first seed's two students."""
        run = self._find("runs", config.fingerprint())
        teacher = self._find("teachers", config.teacher_config().fingerprint())
        if run is None or teacher is None:
            return None
        files = {"teacher": teacher / "weights.safetensors"}
        files |= {group: run / name for group, name in STUDENT_FILES.items()}
        if not all(path.is_file() for path in files.values()):
            return None
        return {name: _read(path) for name, path in files.items()}

    def record_run(
        self, config: DistilConfig, events: Sequence[Event], students: dict[str, bytes]
    ) -> None:
        """Keep a finished run. Progress is left out: it says nothing once it is over."""
        assert isinstance(events[-1], RunFinished), "only finished runs are facts"
        kept = [event.to_json() for event in events if not isinstance(event, Progress)]
        with self._new("runs", config.fingerprint()) as folder:
            (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
            (folder / "events.jsonl").write_text("\n".join(kept) + "\n", encoding="utf-8")
            for group, content in students.items():
                (folder / STUDENT_FILES[group]).write_bytes(content)

    # -- teachers -----------------------------------------------------------------------------

    def teacher_weights(self, config: TeacherConfig) -> bytes | None:
        """The safetensors file of this teacher, or None."""
        folder = self._find("teachers", config.fingerprint())
        return _read(folder / "weights.safetensors") if folder else None

    def teacher_outputs(self, config: TeacherConfig) -> TeacherOutputs | None:
        """This teacher's logits on validation examples, or None where it is not trained yet."""
        folder = self._find("teachers", config.fingerprint())
        if folder is None:
            return None
        from safetensors import SafetensorError
        from safetensors.numpy import load

        content = _read(folder / "outputs.safetensors")
        try:
            tensors = load(content)
            facts = json.loads(_read(folder / "outputs.json"))
            return TeacherOutputs(
                **{n: tuple(facts[n]) for n in ("classes", "input_shape", "mean", "std")},
                **{n: tensors[n] for n in ("inputs", "labels", "logits")},
            )
        except (KeyError, TypeError, ValueError, SafetensorError):
            raise StoreError(
                f"the teacher in {folder} is damaged or of another version of the lab",
                "what this version wrote",
                "Delete that folder; the teacher is then trained again",
            ) from None

    def record_teacher(
        self, config: TeacherConfig, weights: bytes, outputs: TeacherOutputs
    ) -> None:
        """Keep a trained teacher: weights, and what it says of validation examples."""
        from safetensors.numpy import save

        tensors = {"inputs": outputs.inputs, "labels": outputs.labels, "logits": outputs.logits}
        facts = {n: getattr(outputs, n) for n in ("classes", "input_shape", "mean", "std")}
        with self._new("teachers", config.fingerprint()) as folder:
            (folder / "config.json").write_text(config.to_json(), encoding="utf-8")
            (folder / "weights.safetensors").write_bytes(weights)
            (folder / "outputs.safetensors").write_bytes(save(tensors))
            (folder / "outputs.json").write_text(json.dumps(facts), encoding="utf-8")

    # -- folders ------------------------------------------------------------------------------

    def _find(self, kind: str, fingerprint: str) -> Path | None:
        """The folder of this fingerprint, the user's own before the bundled one."""
        for root in (self.home, self.bundled):
            if root is not None and (root / kind / fingerprint / "config.json").is_file():
                return root / kind / fingerprint
        return None

    @contextlib.contextmanager
    def _new(self, kind: str, fingerprint: str) -> Iterator[Path]:
        """A folder to fill, renamed into place at the end; a folder already there is kept, since
        the same fingerprint names the same result."""
        parent = self.home / kind
        try:
            parent.mkdir(parents=True, exist_ok=True)
            aside = Path(tempfile.mkdtemp(prefix=f".{fingerprint}-", dir=parent))
        except OSError as error:
            raise refuses(parent, error) from None
        try:
            yield aside
            with contextlib.suppress(OSError):  # somebody else was faster: theirs is as good
                aside.rename(parent / fingerprint)
        except OSError as error:
            raise StoreError(
                f"{parent} could not be written to the end ({error.strerror})",
                "a disk with space left",
                "Free some space, then train again; nothing half-written was kept",
            ) from None
        finally:
            shutil.rmtree(aside, ignore_errors=True)


def _read(path: Path) -> bytes:
    try:
        return path.read_bytes()
    except OSError as error:
        raise StoreError(
            f"{path} cannot be read ({error.strerror})",
            "the files that the lab wrote",
            f"Delete the folder {path.parent}; its result is then made again",
        ) from None
