"""All stages of a full run, one after the other, as a generator of events.

It knows no reader: what it yields is written down by :mod:`kdlab.full_run.run.run`, and so are the
Snapshots, from which a run that was stopped or killed resumes (:mod:`kdlab.full_run.run.past`).
"""

from __future__ import annotations

import contextlib
import math
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from kdlab.errors import StoreError
from kdlab.events import (
    DISTILLED,
    Event,
    FullPart,
    Remark,
    StageStarted,
)
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine import messages
from kdlab.full_run.engine.answers import Answers
from kdlab.full_run.engine.images import FullData, Standard, Views
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.stage import (
    TEACHER,
    DeviceContext,
    Epoch,
    Name,
    Stage,
    file_name,
    logits_of,
    planned,
)
from kdlab.full_run.engine.teaching import Teaching
from kdlab.full_run.recipe import networks, possible, teacher_file
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import kept_teachers
from kdlab.full_run.run.checkpoint import CheckpointMeta, Kept
from kdlab.full_run.run.failures import EndedEarlyError, not_a_number
from kdlab.full_run.run.past import ResumeState, Snapshot
from kdlab.full_run.run.summary import finished
from kdlab.measure import metrics, profiling
from kdlab.training.seeds import Role, stream
from kdlab.training.teachers import finite_answers

TICK_SECONDS = 0.5
"""Between two words within an epoch; a stop is obeyed as often."""


Told = Event | Snapshot


class FullRun:
    """One run in ``folder``, on ``data`` (see :func:`kdlab.full_run.engine.images.load`)."""

    def __init__(
        self,
        config: FullRunConfig,
        data: FullData,
        folder: Path,
        context: DeviceContext,
        past: ResumeState | None = None,
    ) -> None:
        self.config, self.data, self.folder, self.context = config, data, folder, context
        self.past = past or ResumeState()
        self.views = Views(data, config.padding, config.flip, context.device)
        self.standard = Standard(data, context.device)
        self.stages = planned(config)
        self.done = list(self.past.done)
        self.digests = dict(self.past.digests)
        self.use = devices.Utilisation(context.device)

    def events(self) -> Iterator[Told]:
        """Everything from here to the end."""
        possible.shared_out(self.config, self.context.group.size)
        if self.past.meta is None or self.past.lost:
            started = messages.started(self.config, self.data, self.views.size, self.context)
            if self.past.meta is None:
                yield started
            else:
                yield from self.past.retold(started, self.stages[len(self.done)])
        teacher = yield from self._teacher()
        if self.past.meta is not None:
            yield from self.past.spoilt(self.folder)
        teaching = Teaching(
            self.config, self.data, self.views, self.standard, self.context, teacher
        )
        with_answers = metrics.answers(self._test_logits(teacher).t())
        for number, (name, seed) in enumerate(self.stages[1:], start=1):
            if number < len(self.done):
                continue
            stage, cache = self._student(name, seed, teaching)
            yield from self._trained(stage, number, self.config.student, cache, with_answers)
            stage.steps.close()
            del stage  # before the next one is made
        yield finished(self.done, len(self.data.test.targets))

    # -- the teacher --------------------------------------------------------------------------

    def _teacher(self) -> Generator[Told, None, nn.Module]:
        """The frozen teacher; its result is told, where that has not been done before."""
        config, file = self.config, file_name(TEACHER, 0)
        path, own = self.folder / file, config.teacher_config()
        if self.done:
            digest = self.digests[file]
            if self.context.group.first:
                mended = kept_teachers.mend(path, digest, own, self.context.precision)
                if mended:
                    yield Remark(text=mended)
            self.context.group.wait()
            module = networks.load(path, config.teacher, self.data, digest)
            return networks.to(module, self._device)
        found: nn.Module | None
        if teacher_file.is_whole(config.teacher, config.teacher_file):
            found, remarks = networks.given(config, self.data)
            for text in remarks:
                yield Remark(text=text)
        elif self.past.meta is None:
            found, told = kept_teachers.known(own, self.context.precision, self.data)
            if told:
                yield Remark(text=told)
        else:  # it is this run's own, in training or just out of it
            found = None
        if found is not None:
            module = networks.to(found, self._device)
            if self.context.group.first:
                self._saved(path, module, config.teacher)
            logits = self._test_logits(module)
            finite_answers(logits)
            result = messages.result(
                TEACHER, config.teacher_seed, logits, self._test_targets, None, reused=True
            )
            self.done.append(result)
            yield result
            return module
        first = yield from networks.first_teacher(own, self.data)
        assert isinstance(own.teacher_epochs, int)
        stage = Stage(
            TEACHER, config.teacher_seed, first, Objective(), own, own.teacher_epochs,
            own.teacher_learning_rate, 0.0, self.views, self.context,
        )  # fmt: skip
        yield from self._trained(stage, 0, config.teacher, {}, None)
        stage.steps.close()
        module = networks.to(stage.module.requires_grad_(False), self._device)
        if self.context.group.first:
            with contextlib.suppress(StoreError, OSError):  # this run needs it no more
                kept_teachers.remember(own, self.context.precision, module, self.data)
        return module

    # -- the students -------------------------------------------------------------------------

    def _student(self, name: Name, seed: int, teaching: Teaching) -> tuple[Stage, dict[str, Any]]:
        """The stage of a student with the first weights of its seed, and what is told of the
        teacher's answers."""
        config = self.config
        module = networks.build(config.student, self.data, stream(seed, Role.WEIGHTS))
        module, taught = module.to(self._device), None
        if name == DISTILLED:
            taught = teaching.of(seed, module)
        stage = Stage(
            name, seed, module, Objective.distilled(config) if name == DISTILLED else Objective(),
            config, config.epochs, config.learning_rate, config.warmup, self.views, self.context,
            taught,
        )  # fmt: skip
        return stage, teaching.cache if isinstance(taught, Answers) else {}

    # -- one stage ----------------------------------------------------------------------------

    def _trained(
        self,
        stage: Stage,
        number: int,
        architecture: str,
        cache: dict[str, Any],
        teacher_answers: Tensor | None,
    ) -> Iterator[Told]:
        """Train a stage to its end, from its checkpoint where there is one, and tell its result."""
        best, best_epoch, seconds, training = self.past.take_up(stage, number)
        flops = profiling.flops_per_image(stage.module, self.data.shape)
        devices.share_cores(flops * self.config.batch_size, self._device)
        yield StageStarted(
            stage=stage.name, seed=stage.seed, epoch=stage.epoch, epochs=stage.epochs,
            architecture=architecture, parameters=profiling.parameters(stage.module),
            engine=f"{stage.steps.engine}, {self.context.precision}"
            + (f" ({stage.steps.note})" if stage.steps.note else ""),
            cache=cache,
        )  # fmt: skip
        while stage.epoch < stage.epochs:
            began = time.perf_counter()
            epoch = yield from self._epoch(stage)
            trained = time.perf_counter()
            logits = logits_of(stage.module, self.data.judged, self.standard, self.context)
            targets = self.data.judged.targets.to(self._device)
            (accuracy,) = metrics.accuracy(logits.t()[None], targets)
            devices.synchronise(self._device)
            whole = time.perf_counter() - began
            if accuracy > best:
                best, best_epoch = accuracy, stage.epoch
            seconds, training = seconds + whole, training + (trained - began)
            self.use.look()
            yield messages.epoch_done(
                stage, epoch, accuracy, seconds=whole, training_seconds=trained - began,
                images=self.views.size, utilisation=self.use.last,
                memory_bytes=devices.peak_bytes(self._device),
            )  # fmt: skip
            if not math.isfinite(epoch.loss):
                raise EndedEarlyError("loss", not_a_number(stage.name, stage.seed, stage.epoch))
            so_far = (number, stage.epoch, best, best_epoch, seconds, training)
            yield Snapshot(stage.state, self._meta(*so_far))
        if self.context.group.first:
            path = self.folder / file_name(stage.name, stage.seed)
            self._saved(path, stage.module, architecture)
        rate = stage.epochs * self.views.size / training if training else 0.0
        result = messages.result(
            stage.name, stage.seed, self._test_logits(stage.module), self._test_targets,
            teacher_answers, best=best, best_epoch=best_epoch, seconds=seconds, rate=rate,
        )  # fmt: skip
        self.done.append(result)
        yield result

    def _saved(self, path: Path, module: nn.Module, architecture: str) -> None:
        self.digests[path.name] = networks.save(
            path, module, architecture, self.data, self.config.dataset
        )

    def _meta(
        self, number: int, epoch: int, best: float, best_epoch: int, seconds: float, training: float
    ) -> CheckpointMeta:
        done = [Kept(d, self.digests.get(file_name(d.stage, d.seed), "")) for d in self.done]
        return CheckpointMeta(
            fingerprint=self.config.fingerprint(),
            precision=self.context.precision,
            stage=number,
            epoch=epoch,
            best=best,
            best_epoch=best_epoch,
            seconds=seconds,
            training_seconds=training,
            log=0,  # known by whoever writes it down
            done=tuple(done),
        )

    def _epoch(self, stage: Stage) -> Generator[FullPart, None, Epoch]:
        """The next epoch, with a word on where it stands every TICK seconds."""
        told = time.perf_counter()
        what, since = "", told
        for item in stage.run_epoch():
            if isinstance(item, Epoch):
                return item
            now = time.perf_counter()
            if what != item.what:
                what, since = item.what, now
            if now - told > TICK_SECONDS:
                told = now
                self.use.look()
                yield FullPart(
                    stage=stage.name, seed=stage.seed, epoch=stage.epoch + 1, what=what,
                    done=item.done, total=item.total,
                    images_per_second=item.done / (now - since) if now > since else 0.0,
                )  # fmt: skip
        raise AssertionError("an epoch tells its end")

    def _test_logits(self, module: nn.Module) -> Tensor:
        return logits_of(module, self.data.test, self.standard, self.context)

    @property
    def _test_targets(self) -> Tensor:
        return self.data.test.targets.to(self._device)

    @property
    def _device(self) -> torch.device:
        return self.context.device
