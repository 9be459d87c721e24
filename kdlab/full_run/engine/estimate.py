"""Time and memory of a run, from a few steps that are really made, on images of noise.

Nothing is looked up in a table: what a step costs belongs to this device, today.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch

from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers, plan_cache
from kdlab.full_run.engine.images import FullData, Labelled, Standard, Views
from kdlab.full_run.engine.layers import LayerTeaching
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.stage import DeviceContext, Name, Stage, logits_of
from kdlab.full_run.engine.teaching import Teaching
from kdlab.full_run.recipe import networks, teacher_file
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.sizes import Size
from kdlab.full_run.run import kept_teachers
from kdlab.measure import profiling

SECONDS = 1.0
"""Steps of each stage are measured at least this long."""
NOISE_IMAGES = 2048
STEPS = 8
"""At once, between two looks at the clock."""


@dataclass(frozen=True)
class Estimate:
    """``steps`` and ``seconds`` by stage {teacher, student, distilled}, of one seed each;
    ``step_seconds`` of one training step; ``total_seconds`` of the whole run, ``memory_bytes`` the
    most on the device, the images and the cache included; ``cache`` as
    :class:`kdlab.full_run.engine.answers.CachePlan`."""

    steps: dict[str, int]
    seconds: dict[str, float]
    step_seconds: dict[str, float]
    total_seconds: float
    memory_bytes: int
    free_bytes: int
    cache: dict[str, object]
    engine: str


def estimate(config: FullRunConfig, size: Size, context: DeviceContext) -> Estimate:
    """Measure a few steps of each stage on noise, and work out the rest."""
    made = _Measured(config, size, context)
    per_epoch = math.ceil(size.train / config.batch_size)
    epochs = {"teacher": made.teacher_epochs, "student": config.epochs, "distilled": config.epochs}
    steps = {name: per_epoch * count for name, count in epochs.items()}
    judged = {name: size.test * made.evaluation[name] * epochs[name] for name in steps}
    seconds = {name: steps[name] * made.step[name] + judged[name] for name in steps}
    plan = plan_cache(
        config.view_cache, size.train, made.views, size.classes, context.precision,
        config.epochs * config.seeds, devices.free_bytes(context.device),
    )  # fmt: skip
    answers = (1 - plan.saved if plan.on else 1.0) * config.epochs * size.train * made.answer
    seconds["distilled"] += answers
    images = size.train * made.image_bytes
    return Estimate(
        steps=steps,
        seconds=seconds,
        step_seconds=made.step,
        total_seconds=seconds["teacher"]
        + config.seeds * (seconds["student"] + seconds["distilled"]),
        memory_bytes=made.memory + images + (plan.bytes if plan.on else 0),
        free_bytes=devices.free_bytes(context.device),
        cache=plan.facts(made.views),
        engine=made.engine,
    )


def fits(config: FullRunConfig, data: FullData, context: DeviceContext, batch: int) -> bool:
    """Whether a step of ``batch`` images of every stage fits into the memory, beside the images
    themselves and the cache that the run would have."""
    smaller = config.model_copy(update={"batch_size": batch})
    size = Size(data.shape, len(data.classes), len(data.train.targets), len(data.test.targets))
    try:
        _Measured(smaller, size, context, least=0.0, data=data)
    except Exception:  # whatever it is: with this batch the run would not work
        return False
    return True


class _Measured:
    """Seconds of a step, of an image's evaluation and of a teacher's answer, by stage."""

    def __init__(
        self,
        config: FullRunConfig,
        size: Size,
        context: DeviceContext,
        least: float = SECONDS,
        data: FullData | None = None,
    ) -> None:
        """``data``: the real ones, of which the cache is made room for, too; else noise."""
        self.step: dict[str, float] = {}
        self.evaluation: dict[str, float] = {}
        self.answer = 0.0
        self.engine = "plain"
        self._config, self._context, self._least = config, context, least
        self._real = data is not None
        if data is None:
            most = max(NOISE_IMAGES, STEPS * config.batch_size)
            data = noise(size, max(2, min(size.train, most)))
        self._data, self._standard = data, Standard(data, context.device)
        self._views = Views(data, config.padding, config.flip, context.device)
        self.views = self._views.count
        self.image_bytes = self._views.bytes // self._views.size
        own = config.teacher_config()
        assert isinstance(own.teacher_epochs, int)
        teacher = networks.build(config.teacher, data, 0)
        given = teacher_file.is_whole(config.teacher, config.teacher_file)
        given = given or kept_teachers.is_known(own, context.precision)
        self.teacher_epochs = 0 if given else own.teacher_epochs
        if given:
            self.step["teacher"] = self.evaluation["teacher"] = 0.0
        else:
            self._stage("teacher", "teacher", teacher, Objective())
        teacher = networks.to(teacher.requires_grad_(False), context.device)
        student = networks.build(config.student, data, 0)
        self._stage("student", "labels only", student, Objective())
        self._distilled(teacher, networks.build(config.student, data, 0))
        self.memory = devices.peak_bytes(context.device)

    def _distilled(self, teacher: torch.nn.Module, student: torch.nn.Module) -> None:
        config, context = self._config, self._context
        student = student.to(context.device)
        teaching = Teaching(
            config, self._data, self._views, self._standard, context, teacher, keep=self._real
        )
        taught = teaching.of(0, student)
        if isinstance(taught, Answers):
            self.answer = self._answered(taught)
        self._stage("distilled", "distilled", student, Objective.distilled(config), taught)

    def _answered(self, answers: Answers) -> float:
        """Seconds of an answer."""
        rng = np.random.default_rng(0)
        view = rng.integers(0, self._views.count, self._views.size)
        own = np.arange(min(self._views.size, 2 * answers.batch))

        def once() -> int:
            for _ in answers.prepare(view, own):
                pass
            return len(own)

        return self._seconds(once)

    def _stage(
        self,
        key: str,
        name: Name,
        module: torch.nn.Module,
        objective: Objective,
        teaching: Answers | LayerTeaching | None = None,
    ) -> None:
        config, context = self._config, self._context
        stage = Stage(
            name, 0, module, objective, config, 1, 1e-5, 0.0, self._views, context, teaching
        )
        self.engine = stage.steps.engine
        flops = profiling.flops_per_image(stage.module, self._data.shape)
        devices.share_cores(flops * config.batch_size, context.device)
        batch = config.batch_size
        order, view = stage.drawn(1)
        stage.module.train()
        count = STEPS if self._least else 1
        images = min(batch * count, len(order))

        def once() -> int:
            stage.steps.begin(order, view, 1e-5, 1.0)
            for _ in stage.steps.run(images, batch):
                pass
            return math.ceil(images / batch)

        self.step[key] = self._seconds(once)
        few = Labelled(self._data.test.pixels[:256], self._data.test.targets[:256])

        def judged() -> int:
            logits_of(stage.module, few, self._standard, context)
            return len(few.targets)

        self.evaluation[key] = self._seconds(judged)
        stage.steps.close()

    def _seconds(self, work: Callable[[], int]) -> float:
        """Of one unit of ``work``, which tells how many it did; the first time is thrown away."""
        work()
        began, done, rounds = devices.clock(self._context.device), 0, 0
        while rounds < 1 or devices.clock(self._context.device) - began < self._least:
            done, rounds = done + work(), rounds + 1
        return (devices.clock(self._context.device) - began) / done


def noise(size: Size, images: int) -> FullData:
    """Images of noise of the right shape."""
    rng = torch.Generator().manual_seed(0)

    def some(count: int) -> Labelled:
        pixels = torch.randint(0, 256, (count, *size.shape), dtype=torch.uint8, generator=rng)
        return Labelled(pixels, torch.randint(0, size.classes, (count,), generator=rng))

    test = some(max(2, min(size.test, 256)))
    channels = size.shape[0]
    return FullData(
        classes=tuple(str(n) for n in range(size.classes)),
        shape=size.shape,
        train=some(images),
        judged=test,
        test=test,
        mean=(0.5,) * channels,
        std=(0.29,) * channels,
    )
