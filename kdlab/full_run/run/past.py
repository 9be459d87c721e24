"""What a run that resumes has of its earlier processes, and what it writes down for the next one.

The checkpoint says all that the work needs: the stages that are done, with the digests of their
weights, and the stage in training. The log is what people read. Where the log is not what it was
when the checkpoint was made, it is put aside and a new one is begun, which lacks curves and no
result.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from torch import Tensor

from kdlab.errors import StoreError
from kdlab.events import Event, FullStarted, Remark, StageDone
from kdlab.full_run.engine.stage import TEACHER, Stage, file_name, planned
from kdlab.full_run.recipe import networks
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import checkpoint, log
from kdlab.full_run.run.checkpoint import CheckpointMeta, Kept
from kdlab.full_run.run.folder import EVENTS, LOG_BYTES, RunFolder, parse
from kdlab.storage import damage
from kdlab.system import files


@dataclass(frozen=True)
class Snapshot:
    """After an epoch: what to write down, and what is said of it, but for the length of the log and
    its digest. All processes of a group come by, the first one writes."""

    state: Callable[[], Mapping[str, Tensor]]
    meta: CheckpointMeta


@dataclass
class ResumeState:
    """The stages that are done with the digests of their files ("" where it is not known), and the
    checkpoint. ``started`` is the beginning of the log; ``lost`` says why the log is not continued,
    "" where it does."""

    done: list[StageDone] = field(default_factory=list)
    digests: dict[str, str] = field(default_factory=dict)
    state: dict[str, Tensor] | None = None
    meta: CheckpointMeta | None = None
    started: FullStarted | None = None
    lost: str = ""

    @property
    def length(self) -> int:
        """Where the log is continued, in bytes."""
        return self.meta.log if self.meta is not None and not self.lost else 0

    def retold(self, started: FullStarted, current: tuple[str, int]) -> Iterator[Event | Snapshot]:
        """What a log that starts again tells of what was before, and a checkpoint that knows it.
        ``current``: name and seed of the stage that resumes."""
        meta, state = self.meta, self.state
        assert meta is not None
        assert state is not None
        yield started
        yield from self.done
        name, seed = current
        yield Remark(
            text=f"{self.lost} The curves until epoch {meta.epoch} of {name}, seed {seed}, are "
            "missing. The results of the stages that were done are kept in the checkpoint, and the "
            "run goes on from there as if nothing had been."
        )
        yield Snapshot(lambda: state, meta)

    def spoilt(self, folder: Path) -> Iterator[Remark]:
        """A sentence on each student's file that is not what was written; the run can resume."""
        for file, digest in self.digests.items():
            if not digest or file == file_name(TEACHER, 0):
                continue
            found = networks.digest_at(folder / file)
            if found != digest:
                yield Remark(
                    text=f"{file} {'is not what this run wrote' if found else 'cannot be read'}: "
                    "do not use these weights. The stage's results, kept elsewhere, remain valid."
                )

    def take_up(self, stage: Stage, number: int) -> tuple[float, int, float, float]:
        """Restore the checkpoint of this stage, where it is of stage ``number``; (best, its epoch,
        seconds, seconds of training) so far. StoreError where it does not fit."""
        meta, state = self.meta, self.state
        if meta is None or state is None or meta.stage != number:
            return 0.0, 0, 0.0, 0.0
        own = stage.state()
        shapes = {name: tuple(tensor.shape) for name, tensor in own.items()}
        found = {name: tuple(tensor.shape) for name, tensor in state.items()}
        if any(found.get(name) != shape for name, shape in shapes.items()) or not (
            1 <= meta.epoch <= stage.epochs  # else it would be broadcast, or trained too far
        ):
            raise checkpoint.not_ours(
                f"the checkpoint, after epoch {meta.epoch} of {stage.epochs}, does not fit the "
                f"network of {stage.name}, seed {stage.seed}"
            )
        stage.restore(state, meta.epoch)
        self.state = None
        return meta.best, meta.best_epoch, meta.seconds, meta.training_seconds


def recover(folder: RunFolder, config: FullRunConfig) -> ResumeState:
    """What the folder knows of an earlier process; StoreError where its checkpoint is damaged or of
    another configuration, or is of a lab that kept results in the log only, which is damaged."""
    found = checkpoint.read(folder.path, config.fingerprint(), config.earlier_fingerprints())
    if found is None:
        return ResumeState()
    state, meta = found
    told = _told(folder.path, meta)
    kept = meta.done
    if kept is None:
        done = [event for event in told or () if isinstance(event, StageDone)]
        if told is None or not _are_first(config, done[: meta.stage], meta.stage):
            raise StoreError(
                f"{folder.path / EVENTS} is damaged, or shorter than when the checkpoint was made, "
                "and the results of finished stages are only there",
                "both files as this run wrote them",
                "Restore the log from a copy, or delete the checkpoint to start the run again",
            )
        kept = tuple(Kept(event, "") for event in done[: meta.stage])
    else:
        _check_stages(folder.path, config, kept)
    started = next((event for event in told or () if isinstance(event, FullStarted)), None)
    return ResumeState(
        [one.told for one in kept],
        {file_name(one.told.stage, one.told.seed): one.digest for one in kept},
        state,
        meta,
        started,
        "" if told is not None else "The log was lost.",
    )


def _told(path: Path, meta: CheckpointMeta) -> list[Event] | None:
    """The log up to the end that the checkpoint knows, None where it is not what was written: what
    comes after that is cut, whatever it is. StoreError where the system does not let it be read."""
    try:
        with files.regular(path / EVENTS, LOG_BYTES) as file:
            content = file.read(meta.log)
    except OSError as error:
        if files.refused(error):  # it may be whole
            raise damage.unreadable(path / EVENTS, error) from None
        return None
    if len(content) < meta.log or (meta.log_digest and log.digest(content) != meta.log_digest):
        return None
    try:
        return parse(content)
    except StoreError:
        return None


def _check_stages(path: Path, config: FullRunConfig, kept: tuple[Kept, ...]) -> None:
    """StoreError where the results in the checkpoint are not those of this run's first stages."""
    if not _are_first(config, [one.told for one in kept], len(kept)):
        what = f"results of other stages than this run's first {len(kept)}"
        raise checkpoint.not_ours(f"{path / checkpoint.NAME} has {what}")


def _are_first(config: FullRunConfig, done: list[StageDone], count: int) -> bool:
    """Whether ``done`` are the first ``count`` stages of this run, and not all of them: another one
    is in training."""
    stages = planned(config)
    return count < len(stages) and [(d.stage, d.seed) for d in done] == [*stages[:count]]
