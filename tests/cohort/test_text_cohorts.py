"""Students that read text, as one stack: each is what it would be alone."""

from __future__ import annotations

import pytest
import torch
from torch import nn

from kdlab import checks, models, predicted
from kdlab.config.schema import DistilConfig
from kdlab.data.split import Part
from kdlab.errors import ConfigError
from kdlab.methods import METHODS
from kdlab.models import MODELS
from kdlab.training import cohort
from kdlab.training.arms import Arm, Plan, cohorts
from kdlab.training.cohort import NO_LABEL, STACKS, InTurn, Objective, Stack, gradient, stack
from kdlab.training.labels import choose_labelled
from kdlab.training.loop import Cohort, PlainStep
from kdlab.training.loop import train as train_loop

SHAPE, CLASSES, SIZE = (6, 9), 5, 50
NAMES = ["mlp-6", "gru-6", "gru-7-4", "gpt-1-8", "gpt-2-32"]
SEEDS, ALPHAS, TEMPERATURES = [3, 4], [0.0, 0.7, 0.0, 1.0], [1.0, 4.0, 2.0, 8.0]


@pytest.fixture
def part():
    drawn = torch.Generator().manual_seed(5)
    letters = torch.randint(SHAPE[1], (SIZE, SHAPE[0]), generator=drawn)
    return Part(
        nn.functional.one_hot(letters, SHAPE[1]).float(),
        torch.randint(CLASSES, (SIZE,), generator=drawn),
    )


@pytest.fixture
def teacher_logits():
    return 2 * torch.randn(SIZE, CLASSES, generator=torch.Generator().manual_seed(6))


@pytest.fixture(params=[None, 1, 3])
def few(request, monkeypatch):
    """All students at once, or one after the other, or parts that cut the students of a seed."""
    if request.param is not None:
        for kind in STACKS.values():
            monkeypatch.setattr(kind, "most", lambda self, inputs: request.param)


def objective(part, alphas, temperatures, seeds, labels=20):
    labelled = torch.stack([choose_labelled(part.targets, labels, seed) for seed in seeds])
    return Objective(
        METHODS["soft-targets"],
        torch.tensor(alphas).view(-1, 1, 1),
        torch.tensor(temperatures).view(-1, 1, 1),
        torch.where(labelled, part.targets, NO_LABEL),
        torch.full((len(seeds),), labels / SIZE),
    )


def trained(engine, part, teacher_logits, alphas, temperatures, seeds):
    learners = Cohort(
        engine=engine,
        objective=objective(part, alphas, temperatures, seeds),
        step=PlainStep(part.inputs, teacher_logits),
        size=SIZE,
        batch_seeds=seeds,
        epochs=2,
        batch_size=16,
        learning_rate=0.01,
        stage="test",
    )
    for _ in train_loop(learners, first_parts=True):
        pass
    return engine


def test_every_stack_is_that_of_a_family_which_says_so():
    assert {name for name, family in MODELS.items() if family.stacks} == STACKS.keys()
    for name in NAMES:
        engine = cohort.assemble(name, SHAPE, CLASSES, [0, 1])
        assert type(engine) is STACKS[models.find(name).name]
    assert isinstance(cohort.assemble("mlpbn-4", SHAPE, CLASSES, [0, 1]), InTurn)


def test_transformers_are_stacked_where_that_was_measured_to_be_quicker():
    for name, characters, students, engine in (
        ("gpt-2-64", 8, 2, cohort.StackedGPT),
        ("gpt-2-64", 8, 1, InTurn),
        ("gpt-2-64", 12, 2, InTurn),
        ("gpt-1-32", 12, 2, cohort.StackedGPT),
    ):
        assert type(cohort.assemble(name, (characters, 9), 5, range(students))) is engine


@pytest.mark.parametrize("name", NAMES)
def test_a_student_in_a_stack_is_the_plain_module_alone(part, teacher_logits, name, few):
    together = trained(
        cohort.assemble(name, SHAPE, CLASSES, SEEDS, 2),
        part, teacher_logits, ALPHAS, TEMPERATURES, SEEDS,
    )  # fmt: skip
    for k in range(4):
        seeds = SEEDS[k // 2 : k // 2 + 1]
        alone = trained(
            InTurn([models.build(name, SHAPE, CLASSES, seeds[0])]),
            part, teacher_logits, ALPHAS[k : k + 1], TEMPERATURES[k : k + 1], seeds,
        )  # fmt: skip
        expected = alone.module(0).state_dict()
        found = together.module(k).state_dict()
        assert found.keys() == expected.keys()
        for key, value in found.items():
            torch.testing.assert_close(value, expected[key], rtol=1e-3, atol=2e-5)


@pytest.mark.parametrize("name", NAMES)
def test_a_stack_answers_and_learns_as_its_modules_do(part, teacher_logits, name, few):
    """One batch by hand: other weights for every student, logits, gradients, hidden layers."""
    engine = cohort.assemble(name, SHAPE, CLASSES, SEEDS, 2)
    assert isinstance(engine, Stack)
    drawn = torch.Generator().manual_seed(1)
    with torch.no_grad():
        for weight in engine.parameters():
            weight += 0.1 * torch.randn(weight.shape, generator=drawn)
    index = torch.stack([torch.arange(0, 24), torch.arange(20, 44)])
    batch = part.inputs[index]
    goal = objective(part, ALPHAS, TEMPERATURES, SEEDS)
    logits = engine.logits(batch)
    assert logits.shape == (4, CLASSES, 24)
    by_logits = gradient(goal, logits, teacher_logits[index].transpose(1, 2), index)
    engine.backward(by_logits)
    layers = range(len(models.hint_points(name, SHAPE)) + 1)
    _, hidden = engine.outputs(batch, layers)
    answers = engine.predict(part.inputs)
    points = (*models.hint_points(name, SHAPE), models.embedding_point(name, SHAPE))
    for k in range(4):
        net = engine.module(k)
        assert not net.training
        assert all(p.is_leaf and p.grad is None for p in net.parameters())
        z = net(batch[k // 2])
        torch.testing.assert_close(logits[k].t(), z, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(answers[k].t(), net(part.inputs), rtol=1e-4, atol=1e-5)
        z.backward(by_logits[k].t())
        for key, own in net.named_parameters():
            torch.testing.assert_close(engine.weights[key].grad[k], own.grad, rtol=1e-3, atol=1e-5)
        one = InTurn([net], points=points)
        _, theirs = one.outputs(batch[k // 2 : k // 2 + 1], layers)
        for mine, other in zip(hidden, theirs, strict=True):
            torch.testing.assert_close(mine[k], other[0], rtol=1e-4, atol=1e-5)


def test_parts_have_all_students_once_and_no_more_than_fit():
    for groups, each, most in ((1, 7, 3), (3, 4, 4), (5, 2, 5), (2, 9, 4), (4, 1, 1)):
        parts = list(stack._parts(groups * each, groups, most))
        assert sum(students for students, _ in parts) == groups * each
        assert max(students for students, _ in parts) <= most
        for group in range(groups):
            whole = [k for k, g in parts if (g.start, g.stop) == (group, group + 1)]
            shared = [g for _, g in parts if g.stop - g.start > 1 and g.start <= group < g.stop]
            assert sum(whole) == each or len(shared) == 1


@pytest.mark.parametrize("name", ["gru-32", "gru-16-16", "gpt-1-16", "gpt-2-32", "gpt-3-64"])
def test_what_a_step_keeps_is_about_what_is_counted(name):
    """Memory is refused by a count that knows no torch: it has to be near what autograd holds."""
    shape, batch = (8, 27), 64
    engine = cohort.assemble(name, shape, 27, [0, 1])
    weights = {weight.untyped_storage().data_ptr() for weight in engine.parameters()}
    kept: dict[int, int] = {}

    def keep(tensor):
        storage = tensor.untyped_storage()
        if storage.data_ptr() not in weights:
            kept[storage.data_ptr()] = storage.nbytes()
        return tensor

    with torch.autograd.graph.saved_tensors_hooks(keep, lambda tensor: tensor):
        engine.logits(torch.zeros(2, batch, *shape))
    counted = engine.size * batch * models.kept_bytes(name, shape, 27)
    assert 0.5 * counted < sum(kept.values()) < counted
    more = checks.cohort_bytes(2, name, shape, 27, batch) - checks.cohort_bytes(2, name, shape, 27)
    assert more == counted


def test_students_that_read_text_stop_often():
    for name in ("gru-4", "gpt-1-4"):
        ticks = [cohort.assemble(name, SHAPE, CLASSES, range(k)).tick for k in (2, 4, 40)]
        assert ticks == [8, 4, 1]


def test_what_a_long_batch_of_windows_keeps_is_refused_before_it_is_computed():
    config = DistilConfig(teacher="gru-8", student="gpt-2-64", seeds=60, batch_size=4096)
    arms = Plan((Arm.baseline(config), Arm.of(config, "distilled", "Distilled")))
    for judge in (
        lambda c: checks.enough_memory(c, (12, 27), 27),
        lambda c: cohorts.enough_memory(arms, c, (12, 27), 27),
    ):
        with pytest.raises(ConfigError, match="a smaller batch size"):
            judge(config)
        judge(config.model_copy(update={"batch_size": 16, "seeds": 5}))


def test_a_stack_is_predicted_to_share_its_steps():
    """Steps of a thousand tiny students are not a thousand times those of one."""
    for name, shared in (("gru-4", True), ("gpt-1-4", True), ("mlpbn-4", False)):
        once, often = (predicted.trained(name, SHAPE, 5, k, 100, 3, 16) for k in (1, 100))
        assert (often < 50 * once) is shared
