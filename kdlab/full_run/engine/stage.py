"""One network under training: a teacher, a student on labels alone, or a distilled one.

Everything random in an epoch, its order and its views, is drawn from the seed and the number of the
epoch. So an epoch can be repeated: a run that was killed within it resumes as if nothing had been.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Literal

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers
from kdlab.full_run.engine.images import Labelled, Standard, Views
from kdlab.full_run.engine.layers import LayerTeaching
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.process_group import ProcessGroup, synced
from kdlab.full_run.engine.steps import Steps
from kdlab.full_run.recipe.config import FullRunConfig, FullTeacherConfig
from kdlab.insight.features import evaluating
from kdlab.training.seeds import Role, stream

EVALUATED = {"cuda": 2000, "mps": 1000, "cpu": 250}
"""Images at once, by kind of device."""
TIMED = 4
"""Batches that are cut out once more after an epoch, to tell what they cost."""

Name = Literal["teacher", "labels only", "distilled"]
TEACHER: Name = "teacher"


def planned(config: FullRunConfig) -> tuple[tuple[Name, int], ...]:
    """(name, seed) of all stages of a run, in order."""
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    kinds: tuple[Name, ...] = ("labels only", "distilled")
    return ((TEACHER, config.teacher_seed), *((name, seed) for seed in seeds for name in kinds))


def file_name(stage: str, seed: int) -> str:
    """``teacher.safetensors``, ``labels-only-seed0.safetensors`` ...: a network's weights."""
    own = stage if stage == TEACHER else f"{stage.replace(' ', '-')}-seed{seed}"
    return f"{own}.safetensors"


@dataclass(frozen=True)
class DeviceContext:
    """Where a stage runs, and how."""

    device: torch.device
    precision: str
    engine: str
    group: ProcessGroup = field(default_factory=ProcessGroup)


@dataclass(frozen=True)
class Part:
    """Within an epoch: ``done`` of ``total`` images answered or trained on."""

    what: Literal["teacher", "student"]
    done: int
    total: int


@dataclass(frozen=True)
class Epoch:
    """An epoch's means over its images, and where its ``seconds`` went."""

    hard: float
    soft: float
    loss: float
    accuracy: float
    learning_rate: float
    seconds: dict[str, float]
    answered: float


class Stage:
    """A network, its optimiser and its schedule.

    ``teaching``: :class:`Answers` or :class:`LayerTeaching` of the teacher, None for labels alone.
    """

    def __init__(
        self,
        name: Name,
        seed: int,
        module: nn.Module,
        objective: Objective,
        config: FullTeacherConfig,
        epochs: int,
        learning_rate: float,
        warmup: float,
        views: Views,
        context: DeviceContext,
        teaching: Answers | LayerTeaching | None = None,
    ) -> None:
        self.name, self.seed, self.epochs = name, seed, epochs
        self.objective, self.teaching = objective, teaching
        self.module = synced(module, context.group).to(context.device)
        self.module.to(memory_format=torch.channels_last)
        self.epoch = 0
        self._config, self._context, self._views = config, context, views
        self._learning_rate, self._warmup = learning_rate, warmup
        role = Role.TEACHER_BATCHES if name == TEACHER else Role.BATCHES
        self._stream = stream(seed, role)
        self.steps = Steps(
            self.module, objective, views, config, context.group, context.device, context.precision,
            context.engine, teaching,
        )  # fmt: skip

    # -- an epoch -----------------------------------------------------------------------------

    def run_epoch(self) -> Iterator[Part | Epoch]:
        """Train the next epoch: Parts on the way, at last the Epoch. One wait for the device before
        the steps and one after them, none in between."""
        device, group = self._context.device, self._context.group
        epoch = self.epoch + 1
        order, view = self.drawn(epoch)
        self.steps.begin(order, view, self.learning_rate(epoch), self._warm(epoch))
        started = devices.clock(device)
        answered = 0.0
        if isinstance(self.teaching, Answers):
            own = self._own(order)
            for done, total in self.teaching.prepare(view, own):
                answered = total / max(1, len(own))
                yield Part("teacher", done, total)
        taught = devices.clock(device)
        self.module.train()
        for done in self.steps.run(len(order), self._config.batch_size):
            yield Part("student", done, len(order))
        trained = devices.clock(device)
        batches = math.ceil(len(order) / self._config.batch_size)
        data = min(self._data_seconds(order, view) * batches, trained - taught)
        hard, soft, loss, right = (group.total(self.steps.sums) / len(order)).tolist()
        self.epoch = epoch
        yield Epoch(
            hard=hard,
            soft=soft,
            loss=loss,
            accuracy=right,
            learning_rate=self.learning_rate(epoch),
            seconds={
                "data": data, "teacher": taught - started, "student": trained - taught - data
            },
            answered=answered,
        )  # fmt: skip

    def drawn(self, epoch: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
        """The order of the images in this epoch (N,), and the view of each image (N,)."""
        rng = np.random.default_rng([self._stream, epoch])
        order = rng.permutation(self._views.size)
        return order, rng.integers(0, self._views.count, self._views.size)

    def _own(self, order: NDArray[np.int64]) -> NDArray[np.int64]:
        """The images that this process sees in this epoch."""
        group, size = self._context.group, self._config.batch_size
        if group.size == 1:
            return order
        batches = [order[start : start + size] for start in range(0, len(order), size)]
        return np.concatenate([batch[slice(*group.share(len(batch)))] for batch in batches])

    def _data_seconds(self, order: NDArray[np.int64], view: NDArray[np.int64]) -> float:
        """What cutting out one batch takes, by itself."""
        device, size = self._context.device, self._config.batch_size
        low, high = self._context.group.share(min(size, len(order)))
        index = torch.from_numpy(order[low:high]).to(device)
        seen = torch.from_numpy(view[order[low:high]]).to(device)
        started = devices.clock(device)
        for _ in range(TIMED):
            self._views.batch(index, seen)
        return (devices.clock(device) - started) / TIMED

    def learning_rate(self, epoch: int) -> float:
        """Of epoch 1, 2 ...: multiplied by the decay after each milestone."""
        drops = sum(epoch > round(share * self.epochs) for share in self._config.milestones)
        return float(self._learning_rate * self._config.decay**drops)

    def _warm(self, epoch: int) -> float:
        length = self._warmup * self.epochs
        return min(1.0, epoch / length) if length else 1.0

    # -- its state ----------------------------------------------------------------------------

    def state(self) -> dict[str, Tensor]:
        """Everything that the next epoch depends on besides its number: weights, running
        statistics, momentum, and what the method trains beside them."""
        found = {f"model.{name}": t for name, t in self.module.state_dict().items()}
        return found | self.steps.state()

    def restore(self, state: dict[str, Tensor], epoch: int) -> None:
        """Resume after ``epoch``; KeyError or RuntimeError where the state is another network's."""
        with torch.no_grad():
            for name, tensor in self.module.state_dict().items():
                tensor.copy_(state[f"model.{name}"])
        self.steps.restore(state)
        self.epoch = epoch


@torch.inference_mode()
def logits_of(
    module: nn.Module, images: Labelled, standard: Standard, context: DeviceContext
) -> Tensor:
    """The network's logits, (N, C) float32 on the device, in eval mode; each process of a group
    does its share."""
    low, high = context.group.share(len(images.targets))
    found: list[Tensor] = []
    with evaluating(module), devices.autocast(context.precision, context.device):
        for pixels in images.pixels[low:high].split(EVALUATED[context.device.type]):
            found.append(module(standard(pixels.to(context.device))).float())
    own = torch.cat(found)
    if context.group.size == 1:
        return own
    whole = torch.zeros(len(images.targets), own.shape[1], device=context.device)
    whole[low:high] = own / context.group.copies(len(images.targets))
    return context.group.total(whole)
