"""The four sides of a case in turns: distilling as a full run does it, with the teacher asked for
every view and with its answers kept, and the two references of :mod:`kdlab.bench.reference`.

Images are noise of CIFAR-100's shape: what a step costs does not depend on what they show.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import numpy as np
import torch
from numpy.typing import NDArray
from torch import nn

from kdlab.bench.reference import AHEAD, Reference, loaded, resident
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import BATCH, Answers, plan_cache
from kdlab.full_run.engine.estimate import noise
from kdlab.full_run.engine.images import FullData, Views
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.stage import DeviceContext, Epoch, Stage
from kdlab.full_run.recipe import networks
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.sizes import Size
from kdlab.full_run.run.run import engine

SHAPE, CLASSES, TRAIN = (3, 32, 32), 100, 50_000
PROBE = 64
"""Images of the step by which a case is planned."""


@dataclass(frozen=True)
class Case:
    """What is distilled, and in batches of how many images."""

    teacher: str
    student: str
    batch: int

    def __str__(self) -> str:
        return f"{self.teacher} to {self.student}, batch {self.batch}"

    def config(self) -> FullRunConfig:
        """The full run of it, with the recipe of the published pairs."""
        return FullRunConfig(
            pair="own", teacher=self.teacher, student=self.student, batch_size=self.batch
        )


@dataclass(frozen=True)
class Pace:
    """``cell_seconds`` for each side of a case, in up to ``windows`` windows of at least
    ``least_steps`` steps. Where a step takes longer than ``warm_limit`` seconds there is no
    warm-up, which would be lost in it; longer than ``step_limit``, and the case is left out."""

    cell_seconds: float
    windows: int = 3
    least_steps: int = 2
    step_limit: float = 60.0
    warm_seconds: float = 2.0
    warm_limit: float = 5.0

    def plan(self, step: float) -> tuple[int, float]:
        """(windows, seconds of each), where a step takes ``step`` seconds.

        >>> Pace(10.0).plan(2.0), Pace(10.0).plan(30.0)
        ((2, 5.0), (1, 10.0))
        """
        fit = int(self.cell_seconds / (self.least_steps * step))
        windows = max(1, min(self.windows, fit))
        return windows, self.cell_seconds / windows


def pace(device: torch.device) -> Pace:
    """Five seconds a window on an accelerator; on a CPU the whole table takes about ten minutes."""
    return Pace(10.0 if device.type == "cpu" else 15.0)


@dataclass(frozen=True, kw_only=True)
class Found:
    """Images/s of the four sides, medians: ours without and with kept answers, and the references
    with and without a loader. ``peak_bytes``: of ours alone, without kept answers, on a CUDA
    device; elsewhere of the process until then. ``cache_bytes`` of kept answers on the whole data
    set; ``saved`` is the share of answers that were known when the second was measured, about that
    of a whole run. ``engine``: how ours stepped. ``step_shares``: where the time of ours went in
    its last epoch, shares of {data, teacher, student}."""

    ours: float
    cached: float
    first: float
    second: float
    peak_bytes: int
    cache_bytes: int
    saved: float
    engine: str
    step_shares: dict[str, float] = field(default_factory=dict)


@dataclass(frozen=True)
class Side:
    """``work`` trains on some images and says on how many; a window has ``least`` of it, after
    ``unmeasured`` of it that do not count."""

    work: Callable[[], int]
    least: int
    unmeasured: int = 0

    def rate(self, seconds: float, device: torch.device) -> float:
        """Images/s over a window: as much work as fits into ``seconds``, or the least."""
        for _ in range(self.unmeasured):
            self.work()
        began = devices.clock(device)
        images = done = 0
        while True:
            images, done = images + self.work(), done + 1
            took = devices.clock(device) - began
            if done >= self.least and took * (done + 1) / done > seconds:
                return images / took


class Ours:
    """The distilled student's stage of a full run; ``keep``: its teacher's answers are kept, and
    as many of them known as over the mean epoch of a whole run."""

    def __init__(
        self, config: FullRunConfig, data: FullData, place: DeviceContext, *, keep: bool = False
    ) -> None:
        teacher, student = built(config, data)
        views = Views(data, config.padding, config.flip, place.device)
        plan = plan_cache(
            "on", TRAIN, views.count, CLASSES, place.precision, config.epochs,
            devices.free_bytes(place.device),
        )  # fmt: skip
        self.cache_bytes = plan.bytes
        self.saved = 0.0
        answers: Answers
        frozen = networks.to(teacher.requires_grad_(False), place.device)
        if keep:
            warm = WarmAnswers(frozen, views, place.precision, plan.saved)
            answers, self.saved = warm, warm.saved
        else:
            answers = Answers(frozen, views, CLASSES, place.precision, keep=False)
        self._images = views.size
        self._stage = Stage(
            "distilled", 0, student, Objective.distilled(config), config, config.epochs,
            config.learning_rate, config.warmup, views, place, answers,
        )  # fmt: skip
        steps = self._stage.steps
        note = f" ({steps.note})" if steps.note else ""
        self.engine = f"{steps.engine}, {place.precision}{note}"
        self.loss = float("nan")
        self.step_shares: dict[str, float] = {}

    def epoch(self) -> int:
        """Train on all images once, with new views; how many that were."""
        *_, last = self._stage.run_epoch()
        assert isinstance(last, Epoch), "an epoch's last word is what it came to"
        self.loss = last.loss
        total = sum(last.seconds.values())
        self.step_shares = {name: took / total for name, took in last.seconds.items()}
        return self._images

    def close(self) -> None:
        """Let go of the networks."""
        self._stage.steps.close()


class WarmAnswers(Answers):
    """Kept answers of which about the share ``saved`` is known in every epoch, always as many.

    The attribute ``saved`` is that share exactly. The kept numbers are zeros: looking them up costs
    the same whatever they are.
    """

    def __init__(self, teacher: nn.Module, views: Views, precision: str, saved: float) -> None:
        super().__init__(teacher, views, CLASSES, precision, keep=True)
        assert self._kept is not None
        self._kept.zero_()
        # whole batches, because those of a full run are filled up
        self._new = self.batch * max(1, round((1 - saved) * views.size / self.batch))
        self.saved = 1 - self._new / views.size

    def prepare(self, view: NDArray[np.int64], own: NDArray[np.int64]) -> Iterator[tuple[int, int]]:
        """As ever, with that share of ``own`` known."""
        new = own[: self._new]
        self._known[own, view[own]] = True
        self._known[new, view[new]] = False
        yield from super().prepare(view, own)


def built(config: FullRunConfig, data: FullData) -> tuple[nn.Module, nn.Module]:
    """(teacher, student) with first weights, the same each time: those of noise serve as well."""
    return networks.build(config.teacher, data, 0), networks.build(config.student, data, 1)


def step_seconds(config: FullRunConfig, device: torch.device) -> float:
    """About what a step of the second reference takes: of few images, after one of warm-up."""
    images = min(PROBE, config.batch_size)
    data = noise(Size(SHAPE, CLASSES, images, 2), images)
    reference = Reference(*built(config, data), resident(data, images, device), config, device)
    reference.step()
    began = devices.clock(device)
    reference.step()
    return (devices.clock(device) - began) * config.batch_size / images


def in_turns(
    config: FullRunConfig, device: torch.device, own: Pace, step: float, workers: int
) -> Found:
    """Measure all four sides, a window of each after the other; ``step`` as of
    :func:`step_seconds`, ``workers`` of the first reference's loader.

    On a CPU an epoch of ours is about as long as a window, elsewhere it is that of CIFAR-100.
    """
    windows, seconds = own.plan(step)
    accelerated = device.type != "cpu"
    fit = seconds / step * config.batch_size
    images = TRAIN if accelerated else few_images(config.batch_size, fit, own.least_steps)
    data = noise(Size(SHAPE, CLASSES, images, 2), images)
    bare = DeviceContext(device, devices.precision(config.precision, device), "plain")
    place = DeviceContext(device, bare.precision, engine(config, bare))

    def warmed(side: Side) -> Side:
        if step <= own.warm_limit:
            side.rate(own.warm_seconds, device)
        return side

    if device.type == "cuda":
        torch.cuda.reset_peak_memory_stats(device)
    ours = Ours(config, data, place)
    sides = {"ours": warmed(Side(ours.epoch, 1))}
    alone = devices.peak_bytes(device)
    cached = Ours(config, data, place, keep=True)
    sides["cached"] = warmed(Side(cached.epoch, 1))
    first = Reference(*built(config, data), loaded(data, config, workers), config, device)
    # what the workers made while others were measured must not count as made in this window
    ahead = AHEAD * workers if accelerated else 0
    sides["first"] = warmed(Side(first.step, own.least_steps, ahead))
    batches = resident(data, config.batch_size, device)
    second = Reference(*built(config, data), batches, config, device)
    sides["second"] = warmed(Side(second.step, own.least_steps))
    rates: dict[str, list[float]] = {name: [] for name in sides}
    for _ in range(windows):
        for name, side in sides.items():
            rates[name].append(side.rate(seconds, device))
    ours.close()
    cached.close()
    middle = {name: statistics.median(found) for name, found in rates.items()}
    return Found(
        ours=middle["ours"],
        cached=middle["cached"],
        first=middle["first"],
        second=middle["second"],
        peak_bytes=alone if device.type == "cuda" else devices.peak_bytes(device),
        cache_bytes=ours.cache_bytes,
        saved=cached.saved,
        engine=ours.engine,
        step_shares=ours.step_shares,
    )


def few_images(batch: int, fit: float, least_steps: int) -> int:
    """About ``fit`` images for an epoch on a CPU: whole batches of training, at least
    ``least_steps``, and an even number of batches of the teacher's, so that half can be known.

    >>> few_images(64, 100.0, 2), few_images(64, 700.0, 2), few_images(1024, 300.0, 2)
    (256, 768, 2048)
    """
    unit = math.lcm(batch, 2 * BATCH["cpu"])
    least = math.ceil(least_steps * batch / unit)
    return unit * max(least, min(round(fit / unit), TRAIN // unit))
