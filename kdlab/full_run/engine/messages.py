"""What a full run tells of itself: the events of its beginning, an epoch and a stage's result.

Each is made of numbers that are there already; nothing is trained or measured here.
"""

from __future__ import annotations

import math

from torch import Tensor

from kdlab.events import DISTILLED, LABELS_ONLY, FullEpoch, FullStarted, StageDone
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.images import FullData
from kdlab.full_run.engine.stage import TEACHER, DeviceContext, Epoch, Name, Stage, planned
from kdlab.full_run.recipe import names, networks
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.measure import metrics, profiling
from kdlab.models.family import TRAINING_PASSES


def started(
    config: FullRunConfig, data: FullData, train_size: int, context: DeviceContext
) -> FullStarted:
    """The first event of a run that trains on ``train_size`` images."""
    return FullStarted(
        fingerprint=config.fingerprint(),
        dataset=config.dataset,
        classes=data.classes,
        input_shape=data.shape,
        train_size=train_size,
        test_size=len(data.test.targets),
        judged_on="validation" if config.validation else "test",
        stages=planned(config),
        epochs=config.epochs,
        steps_per_epoch=math.ceil(train_size / config.batch_size),
        device=devices.describe(context.device) | {"processes": context.group.size},
        published=config.reference(),
        work=_work(config, data),
    )


def _work(config: FullRunConfig, data: FullData) -> dict[str, float]:
    """Operations for an image of an epoch: those of a training step, and the teacher's answer to
    the distilled student."""
    teacher, student = (
        float(profiling.flops_per_image(networks.build(name, data, 0), data.shape))
        for name in (config.teacher, config.student)
    )
    learnt = TRAINING_PASSES * student
    own = teacher if names.is_torchvision(config.teacher) else TRAINING_PASSES * teacher
    return {TEACHER: own, LABELS_ONLY: learnt, DISTILLED: learnt + teacher}


def epoch_done(
    stage: Stage,
    epoch: Epoch,
    accuracy: float,
    *,
    seconds: float,
    training_seconds: float,
    images: int,
    utilisation: int,
    memory_bytes: int,
) -> FullEpoch:
    """An epoch of ``stage`` over so many ``images``, whose ``seconds`` include the evaluation."""
    parts = epoch.seconds | {"evaluation": max(0.0, seconds - sum(epoch.seconds.values()))}
    return FullEpoch(
        stage=stage.name,
        seed=stage.seed,
        epoch=stage.epoch,
        accuracy=accuracy,
        loss=epoch.loss,
        hard=epoch.hard,
        soft=epoch.soft,
        train_accuracy=epoch.accuracy,
        learning_rate=epoch.learning_rate,
        seconds=seconds,
        images_per_second=images / training_seconds,
        shares={name: value / seconds for name, value in parts.items()},
        memory_bytes=memory_bytes,
        utilisation=utilisation,
        answered=epoch.answered,
    )


def result(
    name: Name,
    seed: int,
    test_logits: Tensor,
    targets: Tensor,
    teacher_answers: Tensor | None,
    *,
    best: float = math.nan,
    best_epoch: int = 0,
    seconds: float = 0.0,
    rate: float = 0.0,
    reused: bool = False,
) -> StageDone:
    """A network on the test images: ``test_logits`` (N, C), ``targets`` and the teacher's answers
    (N,), None for the teacher itself. ``rate`` is in images per second."""
    logits = test_logits.t()
    same = 1.0
    if teacher_answers is not None:
        same = float((metrics.answers(logits) == teacher_answers).double().mean())
    (accuracy,) = metrics.accuracy(logits[None], targets)
    (ece,) = metrics.calibration_error(logits[None], targets)
    return StageDone(
        stage=name, seed=seed, accuracy=accuracy, best=accuracy if reused else best,
        best_epoch=best_epoch, fidelity=same, ece=ece, seconds=seconds, images_per_second=rate,
        reused=reused,
    )  # fmt: skip
