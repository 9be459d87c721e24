from __future__ import annotations

import pytest
import torch
from torch.nn import functional as F

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.data.split import Part
from kdlab.methods import METHODS, RESPONSE, Method
from kdlab.training import cohort
from kdlab.training.cohort import NO_LABEL, InTurn, Objective, StackedMLP, gradient, parts
from kdlab.training.cohort.objective import method_gradient
from kdlab.training.labels import choose_labelled
from kdlab.training.loop import Cohort, PlainStep
from kdlab.training.loop import train as train_loop

SHAPE, CLASSES, SIZE = (1, 8, 8), 4, 70


@pytest.fixture
def part():
    generator = torch.Generator().manual_seed(5)
    return Part(
        torch.randn(SIZE, *SHAPE, generator=generator),
        torch.randint(CLASSES, (SIZE,), generator=generator),
    )


@pytest.fixture
def teacher_logits():
    return 2 * torch.randn(SIZE, CLASSES, generator=torch.Generator().manual_seed(6))


def objective(part, method, alphas, temperatures, seeds, labels=20):
    labelled = torch.stack([choose_labelled(part.targets, labels, seed) for seed in seeds])
    return Objective(
        METHODS[method],
        torch.tensor(alphas).view(-1, 1, 1),
        torch.tensor(temperatures).view(-1, 1, 1),
        torch.where(labelled, part.targets, NO_LABEL),
        torch.full((len(seeds),), labels / SIZE),
    )


def train(name, part, teacher_logits, method, alphas, temperatures, seeds, epochs=3):
    variants = len(alphas) // len(seeds)
    engine = cohort.assemble(name, SHAPE, CLASSES, seeds, variants)
    goal = objective(part, method, alphas, temperatures, seeds)
    learners = Cohort(
        engine=engine,
        objective=goal,
        step=PlainStep(part.inputs, teacher_logits),
        size=SIZE,
        batch_seeds=seeds,
        epochs=epochs,
        batch_size=16,
        learning_rate=0.01,
        stage="test",
    )
    for _ in train_loop(learners, first_parts=True):
        pass
    return engine


@pytest.mark.parametrize(
    ("name", "method"),
    [
        *((n, m) for n in ("mlp-6", "mlp-8-5", "cnn-4") for m in RESPONSE),
        ("resnet8", "soft-targets"),
    ],
)
def test_a_student_in_a_cohort_is_the_student_alone(part, teacher_logits, name, method):
    """The promise under every band in the lab: training together changes nothing but the time."""
    seeds, alphas, temperatures = [3, 4], [0.0, 0.7, 0.0, 1.0], [1.0, 4.0, 2.0, 8.0]
    together = train(name, part, teacher_logits, method, alphas, temperatures, seeds)
    for k in range(4):
        alone = train(
            name, part, teacher_logits, method, alphas[k : k + 1], temperatures[k : k + 1],
            seeds[k // 2 : k // 2 + 1],
        )  # fmt: skip
        expected = alone.module(0).state_dict()
        for key, value in together.module(k).state_dict().items():
            torch.testing.assert_close(value, expected[key], rtol=1e-3, atol=2e-5)


def test_students_do_differ(part, teacher_logits):
    engine = train("mlp-6", part, teacher_logits, "soft-targets", [0.0, 0.9], [1.0, 4.0], [0])
    first, second = (engine.module(k).state_dict() for k in range(2))
    assert any(not torch.allclose(first[key], second[key], atol=1e-2) for key in first)


def test_a_stack_answers_as_its_modules_do(part):
    first = [models.build("mlp-7-3", SHAPE, CLASSES, seed) for seed in (0, 1)]
    engine = StackedMLP(first, variants=2)
    together = engine.predict(part.inputs)
    assert together.shape == (4, CLASSES, SIZE)
    for k in range(4):
        with torch.no_grad():
            torch.testing.assert_close(together[k].t(), first[k // 2](part.inputs))
            torch.testing.assert_close(engine.module(k)(part.inputs), first[k // 2](part.inputs))


@pytest.mark.parametrize("method", RESPONSE)
def test_the_gradient_is_that_of_the_textbook_loss(part, teacher_logits, method):
    """One batch by hand: cross_entropy with ignore_index, the method's loss, autograd."""
    alphas, temperatures, seeds = [0.0, 0.3, 0.3, 1.0], [1.0, 3.0, 5.0, 2.0], [0, 1]
    goal = objective(part, method, alphas, temperatures, seeds)
    index = torch.stack([torch.arange(0, 24), torch.arange(30, 54)])
    logits = torch.randn(4, CLASSES, 24, generator=torch.Generator().manual_seed(0))
    batch = logits, teacher_logits[index].transpose(1, 2), index
    (hard, soft), found = parts(goal, *batch), gradient(goal, *batch)
    for k in range(4):
        seed = k // 2
        z = logits[k].t().clone().requires_grad_()
        y = part.targets[index[seed]].clone()
        y[goal.labels[seed, index[seed]] == NO_LABEL] = -100
        expected_hard = F.cross_entropy(z, y, ignore_index=-100, reduction="sum")
        expected_hard = expected_hard / (24 * 20 / SIZE)
        method_kwargs = {"labels": goal.labels[seed, index[seed]]} if method == "dkd" else {}
        answers = teacher_logits[index[seed]]
        expected_soft = METHODS[method].loss(z, answers, temperatures[k], **method_kwargs).mean()
        expected_soft = METHODS[method].weight * expected_soft
        total = (1 - alphas[k]) * expected_hard + alphas[k] * expected_soft
        total.backward()
        assert hard[k] == pytest.approx(expected_hard.item(), rel=1e-4)
        assert soft[k] == pytest.approx(expected_soft.item(), rel=1e-4, abs=1e-6)
        torch.testing.assert_close(found[k].t(), z.grad, rtol=1e-4, atol=1e-6)


def test_a_method_without_closed_form_gets_autograds(teacher_logits):
    soft = METHODS["soft-targets"]
    bare = Method(name="x", label="x", about="x", formula="x", paper="x", loss=soft.loss)
    z = torch.randn(2, CLASSES, 9)
    t = teacher_logits[:9].t().expand(2, -1, -1)
    T = torch.tensor([2.0, 3.0]).view(2, 1, 1)
    torch.testing.assert_close(method_gradient(bare, z, t, T), method_gradient(soft, z, t, T))


def test_alpha_is_continuous_at_its_ends(part, teacher_logits):
    """Nothing is special-cased at the ends of a slider."""
    index = torch.arange(24)[None]
    logits = torch.randn(1, CLASSES, 24)
    batch = teacher_logits[index].transpose(1, 2)
    for end, near in ((0.0, 1e-6), (1.0, 1 - 1e-6)):
        at, by = (
            gradient(objective(part, "soft-targets", [a], [4.0], [0]), logits, batch, index)
            for a in (end, near)
        )
        torch.testing.assert_close(at, by, atol=1e-5, rtol=1e-4)


def test_a_batch_without_labels_has_no_hard_part(part, teacher_logits):
    goal = objective(part, "soft-targets", [0.5], [4.0], [0])
    index = (goal.labels[0] == NO_LABEL).nonzero()[:8].t()
    batch = torch.randn(1, CLASSES, 8), teacher_logits[index].transpose(1, 2), index
    hard, _ = parts(goal, *batch)
    assert hard.item() == 0
    assert torch.isfinite(gradient(goal, *batch)).all()


def test_students_of_one_seed_may_be_given_other_labels(part, teacher_logits):
    """Ways to label are an axis of a map: each student follows its own."""
    seeds, counts = (0, 1), (10, 30)
    labels, own = [], []
    for seed in seeds:
        for count in counts:
            labelled = choose_labelled(part.targets, count, seed)
            labels.append(torch.where(labelled, part.targets, NO_LABEL))
            own.append((seed, labels[-1], count / SIZE))
    column = torch.full((4, 1, 1), 0.5)
    fraction = torch.tensor([f for _, _, f in own])
    method = METHODS["soft-targets"]
    together = Objective(
        method, column, 2 * column, torch.stack(labels), fraction, torch.tensor([1, 0, 2, 3])
    )
    index = torch.stack([torch.arange(0, 24), torch.arange(30, 54)])
    logits = torch.randn(4, CLASSES, 24)
    batch = teacher_logits[index].transpose(1, 2)
    found = gradient(together, logits, batch, index)
    for k, labelling in enumerate((1, 0, 2, 3)):
        seed, given, share = own[labelling]
        alone = Objective(method, column[:1], 2 * column[:1], given[None], torch.tensor([share]))
        rows = slice(seed, seed + 1)
        expected = gradient(alone, logits[k : k + 1], batch[rows], index[rows])
        torch.testing.assert_close(found[k : k + 1], expected)


def test_evaluating_leaves_a_student_ready_to_train(part):
    engine = InTurn([models.build("resnet8", SHAPE, CLASSES, 0)])
    engine.predict(part.inputs)
    engine.logits(part.inputs[None, :8])
    assert all(m.training for m in engine.modules[0].modules())


def test_architecture_chooses_the_engine():
    config = DistilConfig()
    assert isinstance(cohort.assemble(config.student, SHAPE, CLASSES, [0]), StackedMLP)
    assert isinstance(cohort.assemble("cnn-2", SHAPE, CLASSES, [0]), InTurn)


@pytest.mark.parametrize("name", ["mlp-6", "mlp-8-5"])
def test_a_stack_goes_back_by_hand_as_autograd_does(name):
    generator = torch.Generator().manual_seed(1)
    inputs = torch.randn(2, 16, *SHAPE, generator=generator)
    slope = torch.randn(6, CLASSES, 16, generator=generator)
    own, other = (cohort.assemble(name, SHAPE, CLASSES, [3, 4], 3) for _ in range(2))
    logits, _ = other.outputs(inputs, [])
    logits.backward(slope)
    assert torch.equal(own.logits(inputs), logits)
    own.backward(slope)
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        assert torch.equal(mine.grad, theirs.grad), "to the last bit"
    own.logits(inputs)
    own.backward(slope)
    for mine, theirs in zip(own.parameters(), other.parameters(), strict=True):
        torch.testing.assert_close(mine.grad, 2 * theirs.grad)


def test_what_students_of_one_temperature_are_taught_is_computed_once(part, teacher_logits):
    """Four temperatures of two seeds, in an order of their own, for 12 students."""
    temperatures = [4.0, 1.0, 4.0, 2.0, 1.0, 4.0, 2.0, 4.0, 1.0, 8.0, 1.0, 4.0]
    goal = objective(part, "soft-targets", [0.5] * 12, temperatures, [1, 2])
    teacher = torch.stack([teacher_logits[:16].t(), teacher_logits[20:36].t()])
    shared = goal.softened(teacher)
    each = [(teacher[k // 6] / t).softmax(0) for k, t in enumerate(temperatures)]
    torch.testing.assert_close(shared, torch.stack(each))
    turned = goal.turned({0: (3.0, 0.5)}, 6).softened(teacher)
    torch.testing.assert_close(turned[0], (teacher[0] / 3).softmax(0))
    torch.testing.assert_close(turned[1:6], shared[1:6])
