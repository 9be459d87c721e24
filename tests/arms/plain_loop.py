"""The loop that everybody knows, on one network: what arms are compared with."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable

import torch
from torch import Tensor, nn

from kdlab import data, models
from kdlab.config.schema import DistilConfig
from kdlab.events import ArmDone, Event
from kdlab.training import teachers
from kdlab.training.arms import Plan
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.training import run_arms
from kdlab.training.seeds import Role, stream

QUICK = DistilConfig(
    teacher="mlp-32", teacher_epochs=25, train_limit=200, student="mlp-8", labels=40, epochs=2,
    batch_size=64, seeds=2,
)  # fmt: skip


def split_of(config: DistilConfig):
    """The data of ``config``."""
    *_, split = data.load(config)
    return split


def teacher_for(config: DistilConfig, split) -> teachers.Teacher:
    """A teacher that is sure of something, without a training run in the store."""
    made = returned(teachers.train_teacher(config.teacher_config(), split))
    return returned(teachers.freeze_and_predict(made, split))


def returned(generator):
    """What a generator returns at its end."""
    while True:
        try:
            next(generator)
        except StopIteration as stop:
            return stop.value


def run(context: TrainingContext, *arms) -> dict[str, ArmDone]:
    """Train ``arms`` and give what they came to."""
    events: list[Event] = list(run_arms(Plan(tuple(arms)), context))
    return {e.arm: e for e in events if isinstance(e, ArmDone)}


def fresh(config: DistilConfig, split, seed: int, role: Role = Role.WEIGHTS) -> nn.Module:
    """A student as a seed begins it."""
    return models.build(config.student, split.shape, len(split.classes), stream(seed, role))


def fit(
    networks: list[nn.Module],
    batch_loss: Callable[[Tensor], Tensor],
    size: int,
    seed: int,
    config: DistilConfig,
    more: Iterable[Tensor] = (),
) -> list[nn.Module]:
    """Adam and one cycle, one batch after the other; ``more`` is trained beside the networks."""
    order = torch.Generator().manual_seed(stream(seed, Role.BATCHES))
    steps = config.epochs * math.ceil(size / config.batch_size)
    parameters = [p for net in networks for p in net.parameters()] + list(more)
    optimiser = torch.optim.Adam(parameters, lr=config.learning_rate)
    schedule = torch.optim.lr_scheduler.OneCycleLR(
        optimiser, max_lr=config.learning_rate, total_steps=steps + 1, cycle_momentum=False
    )
    for _ in range(config.epochs):
        for index in torch.randperm(size, generator=order).split(config.batch_size):
            optimiser.zero_grad()
            batch_loss(index).backward()
            optimiser.step()
            schedule.step()
    return networks


def same_weights(a: nn.Module, b: nn.Module, atol: float = 2e-4) -> None:
    """Assert that two networks are the same to rounding."""
    ours, theirs = a.state_dict(), b.state_dict()
    assert ours.keys() == theirs.keys()
    for name in ours:
        torch.testing.assert_close(ours[name], theirs[name], rtol=1e-3, atol=atol)


def moved(a: nn.Module, b: nn.Module) -> float:
    """The largest difference of two networks' weights."""
    pairs = zip(a.state_dict().values(), b.state_dict().values(), strict=True)
    return max((x.float() - y.float()).abs().max().item() for x, y in pairs)


def clone(net: nn.Module) -> nn.Module:
    """A copy that stays what the network was."""
    return copy.deepcopy(net)
