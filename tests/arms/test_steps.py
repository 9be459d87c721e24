"""One step of an arm: which images who sees, and the gradient that follows."""

from __future__ import annotations

import copy

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK
from torch import nn

from kdlab import models
from kdlab.methods import soft_targets
from kdlab.training import cohort
from kdlab.training.arms import Arm
from kdlab.training.arms.faults import method_of
from kdlab.training.arms.sources import Source, table_of
from kdlab.training.arms.steps import AnswerStep, PeerStep
from kdlab.training.arms.views import augment, smaller
from kdlab.training.students import build_objective

N, B, C = 40, 16, 4
SHAPE = (1, 8, 8)


class Watching(nn.Module):
    """A teacher that keeps what it is shown."""

    def __init__(self, net: nn.Module) -> None:
        super().__init__()
        self.net = net
        self.seen: list[torch.Tensor] = []

    def forward(self, x):
        self.seen.append(x.detach().clone())
        return self.net(x)

    def __deepcopy__(self, memo):
        made = Watching(copy.deepcopy(self.net, memo))
        made.seen = self.seen  # the test looks at what a copy saw, too
        return made


class Bench:
    """Two seeds, two variants and one teacher on images of noise."""

    def __init__(self, student: str = "mlp-6", teacher: str = "mlp-9", **changes) -> None:
        generator = torch.Generator().manual_seed(0)
        self.arm = Arm.of(QUICK, "arm", "Arm", **changes)
        self.inputs = torch.randn(N, *SHAPE, generator=generator)
        self.targets = torch.randint(0, C, (N,), generator=generator)
        self.first = [models.build(student, self.seen_shape, C, seed) for seed in (1, 2)]
        self.engine = cohort.of_modules(student, self.seen_shape, self.first, 2)
        numbers = [(4.0, 0.9, "all"), (2.0, 0.3, 20)]
        self.variants = [
            Arm.of(QUICK, "v", "V", temperature=t, alpha=alpha, labels=labels, label_noise=0.0)
            for t, alpha, labels in numbers
        ]
        self.objective = build_objective(
            self.variants, [1, 2], self.targets, C, method_of(self.arm), torch.device("cpu")
        )
        self.net = Watching(models.build(teacher, SHAPE, C, 9).eval().requires_grad_(False))
        table = table_of(self.net, self.inputs).unsqueeze(0)
        self.net.seen.clear()
        self.generators = [torch.Generator().manual_seed(s) for s in (11, 12)]
        self.step = AnswerStep(
            self.arm, smaller(self.inputs, self.arm.factor), self.inputs,
            [Source([self.net], table)], self.generators,
        )  # fmt: skip
        self.index = torch.stack([torch.randperm(N, generator=generator)[:B] for _ in range(2)])

    @property
    def seen_shape(self) -> tuple[int, ...]:
        return (1, 8 // self.arm.factor, 8 // self.arm.factor)

    def gradients(self) -> list[torch.Tensor]:
        """One step, and the gradient by each student's weights, in a row."""
        self.parts = self.step(self.engine, self.objective, self.index, True)
        leaves = self.engine.parameters()
        if isinstance(self.engine, cohort.InTurn):
            each = len(leaves) // self.engine.size
            rows = [leaves[k * each : (k + 1) * each] for k in range(self.engine.size)]
            return [torch.cat([p.grad.flatten() for p in row]) for row in rows]
        return [torch.cat([t.grad[k].flatten() for t in leaves]) for k in range(self.engine.size)]

    def by_autograd(self, loss) -> list[torch.Tensor]:
        """The gradient of ``loss(net, seed place, variant place)`` for each student alone."""
        found = []
        for s, v in ((0, 0), (0, 1), (1, 0), (1, 1)):
            net = copy.deepcopy(self.first[s]).train()
            loss(net, s, v).backward()
            found.append(torch.cat([p.grad.flatten() for p in net.parameters()]))
        return found

    def hard(self, logits, s, v, index):
        """Cross-entropy over the labels that this student has."""
        own = self.objective.labels[self.objective.labelling[2 * s + v]][index]
        fraction = 1.0 if self.variants[v].labels == "all" else 20 / N
        each = F.cross_entropy(logits, own, ignore_index=-1, reduction="sum")
        return each / (B * fraction)

    def whole(self, logits, teacher, s, v, index):
        variant = self.variants[v]
        soft = soft_targets.loss(logits, teacher, variant.temperature).mean()
        return (1 - variant.alpha) * self.hard(logits, s, v, index) + variant.alpha * soft


def check(found, expected):
    for a, b in zip(found, expected, strict=True):
        torch.testing.assert_close(a, b, rtol=1e-3, atol=1e-5)
        assert b.abs().max() > 1e-3


@pytest.mark.parametrize("student", ["mlp-6", "cnn-3"])
def test_a_plain_step_is_the_gradient_of_the_loss(student):
    bench = Bench(student)
    teacher = table_of(bench.net, bench.inputs)
    bench.net.seen.clear()

    def loss(net, s, v):
        i = bench.index[s]
        return bench.whole(net(bench.inputs[i]), teacher[i], s, v, i)

    check(bench.gradients(), bench.by_autograd(loss))
    assert not bench.net.seen  # its answers are known


@pytest.mark.parametrize("factor", [1, 2])
@pytest.mark.parametrize("kind", ["shift", "flip", "noise"])
def test_the_same_view_asks_the_teacher_of_the_whole_augmented_images(kind, factor):
    bench = Bench(augmentation=kind, factor=factor)
    again = [torch.Generator().manual_seed(s) for s in (11, 12)]
    seen = augment(kind, bench.inputs[bench.index], again).inputs

    def loss(net, s, v):
        teacher = bench.net.net(seen[s])
        return bench.whole(net(smaller(seen[s], factor)), teacher, s, v, bench.index[s])

    check(bench.gradients(), bench.by_autograd(loss))
    assert torch.equal(bench.net.seen[0], seen.flatten(0, 1))


def test_the_clean_view_asks_the_teacher_once_and_for_all():
    bench = Bench(augmentation="noise", view="clean")
    teacher = table_of(bench.net, bench.inputs)
    bench.net.seen.clear()
    again = [torch.Generator().manual_seed(s) for s in (11, 12)]
    seen = augment("noise", bench.inputs[bench.index], again).inputs

    def loss(net, s, v):
        i = bench.index[s]
        return bench.whole(net(seen[s]), teacher[i], s, v, i)

    check(bench.gradients(), bench.by_autograd(loss))
    assert not bench.net.seen


@pytest.mark.parametrize("view", ["same", "clean"])
def test_mixup_mixes_the_losses_of_both_examples(view):
    bench = Bench(augmentation="mixup", view=view)
    table = table_of(bench.net, bench.inputs)
    again = [torch.Generator().manual_seed(s) for s in (11, 12)]
    mixed = augment("mixup", bench.inputs[bench.index], again)

    def loss(net, s, v):
        total = 0.0
        for share, i in (
            (mixed.share[s], bench.index[s]),
            (1 - mixed.share[s], bench.index[s][mixed.partner[s]]),
        ):
            teacher = bench.net.net(mixed.inputs[s]) if view == "same" else table[i]
            total = total + share * bench.whole(net(mixed.inputs[s]), teacher, s, v, i)
        return total

    losses = []
    check(bench.gradients(), bench.by_autograd(lambda *a: losses.append(loss(*a)) or losses[-1]))
    hard, soft = bench.parts
    alpha = bench.objective.alpha.flatten()
    torch.testing.assert_close((1 - alpha) * hard + alpha * soft, torch.stack(losses).detach())


def test_teachers_that_see_small_images_are_shown_small_ones():
    net = Watching(models.build("mlp-5", (1, 4, 4), C, 3).eval())
    inputs = torch.randn(2, 6, *SHAPE)
    found = Source([net], torch.zeros(1, N, C), factor=2).asked(inputs)
    assert found.shape == (2, C, 6)
    assert torch.equal(net.seen[0], smaller(inputs, 2).flatten(0, 1))


def test_each_seed_has_its_own_teacher_where_there_is_one_a_seed():
    nets = [models.build("mlp-5", SHAPE, C, seed).eval() for seed in (1, 2)]
    inputs = torch.randn(N, *SHAPE)
    source = Source(nets, torch.stack([table_of(net, inputs) for net in nets]))
    index = torch.stack([torch.arange(5), torch.arange(5, 10)])
    known, asked = source.known(index), source.asked(inputs[index])
    torch.testing.assert_close(known, asked)
    with torch.no_grad():
        torch.testing.assert_close(known[1].t(), nets[1](inputs[5:10]))


@pytest.mark.parametrize("student", ["mlp-6", "cnn-3"])
def test_peers_learn_from_each_other(student):
    """Zhang et al. 2018, equations 3 and 5, in this lab's weights."""
    inputs, targets = torch.randn(N, *SHAPE), torch.randint(0, C, (N,))
    first = [models.build(student, SHAPE, C, seed) for seed in range(4)]
    engine = cohort.of_modules(student, SHAPE, first)
    arm = Arm.of(QUICK, "p", "P", temperature=2.0, alpha=0.4, labels="all", label_noise=0.0)
    method = method_of(arm)
    objective = build_objective([arm], [1, 1, 2, 2], targets, C, method, torch.device("cpu"))
    index = torch.stack([torch.arange(B), torch.arange(B, 2 * B)])
    PeerStep(inputs)(engine, objective, index, True)
    for k, other in ((0, 1), (1, 0), (2, 3), (3, 2)):
        net, i = copy.deepcopy(first[k]), index[k // 2]
        soft = soft_targets.loss(net(inputs[i]), first[other](inputs[i]), 2.0).mean()
        (0.6 * F.cross_entropy(net(inputs[i]), targets[i]) + 0.4 * soft).backward()
        expected = next(net.parameters()).grad
        if isinstance(engine, cohort.InTurn):
            found = next(engine.modules[k].parameters()).grad
        else:
            found = engine.parameters()[0].grad[k]
        torch.testing.assert_close(found, expected, rtol=1e-3, atol=1e-5)
