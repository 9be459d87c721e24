"""Each mistake does what is said of it, and to nobody else."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK, clone, fit, fresh, moved, returned, run, same_weights, teacher_for
from torch import nn

from kdlab import models
from kdlab.methods import METHODS, soft_targets
from kdlab.training import teachers
from kdlab.training.arms import Arm
from kdlab.training.arms.faults import FAULTS, HANDLED, LOSSES, method_of
from kdlab.training.arms.steps import TOUCHED
from kdlab.training.cohort import Objective, gradient, parts

T = 4.0


@pytest.fixture
def pair():
    """Logits (6, 10) of a student and a teacher."""
    generator = torch.Generator().manual_seed(0)
    return [2 * torch.randn(6, 10, generator=generator) for _ in range(2)]


def faulty(name: str, student, teacher, **more):
    return LOSSES[name].loss(student, teacher, T, **more)


def test_mean_reduction_is_what_pytorch_does_unasked(pair):
    student, teacher = pair
    log_p, q = (student / T).log_softmax(1), (teacher / T).softmax(1)
    with pytest.warns(UserWarning, match="reduction: 'mean' divides"):
        expected = nn.KLDivLoss()(log_p, q) * T**2
    torch.testing.assert_close(faulty("mean-reduction", *pair).mean(), expected)
    torch.testing.assert_close(faulty("mean-reduction", *pair) * 10, soft_targets.loss(*pair, T))
    along = faulty("mean-reduction", student.t(), teacher.t(), dim=0)
    torch.testing.assert_close(along, faulty("mean-reduction", *pair))


def test_without_the_square_the_loss_is_sixteen_times_too_small_at_four(pair):
    torch.testing.assert_close(faulty("no-square", *pair) * 16, soft_targets.loss(*pair, T))


def test_reversed_is_the_divergence_from_student_to_teacher(pair):
    torch.testing.assert_close(faulty("reversed-kl", *pair), soft_targets.loss(*pair[::-1], T))


def test_logits_as_targets_are_what_cross_entropy_makes_of_them(pair):
    student, teacher = pair
    expected = F.cross_entropy(student, teacher, reduction="none")
    torch.testing.assert_close(faulty("logits-as-targets", *pair), expected)


def test_a_gradient_reaches_the_teacher_in_one_of_them_only(pair):
    student, teacher = pair
    torch.testing.assert_close(faulty("teacher-learns", *pair), soft_targets.loss(*pair, T))
    for name in LOSSES:
        leaf = teacher.clone().requires_grad_()
        total = faulty(name, student.clone().requires_grad_(), leaf).sum()
        (found,) = torch.autograd.grad(total, leaf, allow_unused=True)
        assert (found is not None) == (name == "teacher-learns"), name


def test_mistakes_are_no_methods():
    assert not FAULTS & METHODS.keys()
    assert HANDLED | LOSSES.keys() == FAULTS
    assert method_of(Arm.of(QUICK, "a", "A")) is METHODS["soft-targets"]
    assert method_of(Arm.of(QUICK, "a", "A", fault="no-square")) is LOSSES["no-square"]


def loss_of(config, split, logits, teacher, index, labelled):
    """The right loss of a student with all labels."""
    hard = F.cross_entropy(logits, split.train.targets[index])
    soft = soft_targets.loss(logits, teacher, config.temperature).mean()
    return (1 - config.alpha) * hard + config.alpha * soft


@pytest.mark.parametrize("fault", ["softmax-twice", "temperature-on-probabilities"])
def test_probabilities_in_the_place_of_logits(fault, make_context):
    context = make_context(labels="all", seeds=1)
    split, table = context.split, context.teacher.train_logits
    run(context, Arm.of(context.config, "wrong", "Wrong", fault=fault))
    net = fresh(context.config, split, 0)

    def batch_loss(index):
        logits, teacher = net(split.train.inputs[index]), table[index]
        if fault == "softmax-twice":
            logits = logits.softmax(1)
        else:
            teacher = teacher.softmax(1)
        return loss_of(context.config, split, logits, teacher, index, None)

    fit([net], batch_loss, len(table), 0, context.config)
    same_weights(context.done["wrong"].modules[0], net)


def test_a_teacher_that_learns_is_trained_with_the_student(make_context):
    context = make_context(labels="all", seeds=2)
    split = context.split
    before = clone(context.teacher.module)
    run(context, Arm.of(context.config, "wrong", "Wrong", fault="teacher-learns"))
    for place in range(2):
        net, taught = fresh(context.config, split, place), clone(before).requires_grad_(True)

        def batch_loss(index, net=net, taught=taught):
            x = split.train.inputs[index]
            log_p, log_q = ((z / T).log_softmax(1) for z in (net(x), taught(x)))
            soft = (log_q.exp() * (log_q - log_p)).sum(1).mean() * T**2
            hard = F.cross_entropy(net(x), split.train.targets[index])
            return (1 - context.config.alpha) * hard + context.config.alpha * soft

        fit([net, taught], batch_loss, len(split.train.targets), place, context.config)
        same_weights(context.done["wrong"].modules[place], net)
        assert moved(taught, before) > 0.01


@pytest.mark.parametrize("fault", sorted(TOUCHED))
def test_what_a_mistake_does_to_the_teacher_is_done_to_a_copy(fault, make_context, quick_split):
    config = QUICK.model_copy(update={"teacher": "resnet8", "teacher_epochs": 1, "seeds": 1,
                                      "epochs": 1, "train_limit": 200})  # fmt: skip
    first = models.build("resnet8", quick_split.shape, 10, 0)
    context = make_context(
        returned(teachers.freeze_and_predict(first, quick_split)), **config.model_dump()
    )
    before = clone(context.teacher.module)
    run(context, Arm.of(config, "wrong", "Wrong", fault=fault))
    assert not context.teacher.module.training
    assert not any(p.requires_grad for p in context.teacher.module.parameters())
    assert moved(context.teacher.module, before) == 0


def test_a_teacher_in_training_mode_normalises_by_the_batch_of_its_seed(make_context, quick_split):
    changes = {"teacher": "resnet8", "epochs": 1, "labels": "all", "alpha": 1.0}
    config = QUICK.model_copy(update=changes)
    teacher = returned(
        teachers.freeze_and_predict(models.build("resnet8", quick_split.shape, 10, 0), quick_split)
    )
    context = make_context(teacher, **changes)
    run(context, Arm.of(context.config, "wrong", "Wrong", fault="teacher-in-training-mode"))
    for seed in (0, 1):
        net, noisy = fresh(config, quick_split, seed), clone(teacher.module).train()

        def batch_loss(index, net=net, noisy=noisy):
            x = quick_split.train.inputs[index]
            return soft_targets.loss(net(x), noisy(x).detach(), T).mean()

        fit([net], batch_loss, len(quick_split.train.targets), seed, config)
        same_weights(context.done["wrong"].modules[seed], net)


def test_misaligned_answers_are_of_other_images(make_context):
    """Such answers say nothing: the student learns no more than a teacher of noise teaches."""
    context = make_context(labels="all", alpha=1.0, epochs=20)
    done = run(
        context,
        Arm.of(context.config, "right", "Right"),
        Arm.of(context.config, "wrong", "Wrong", fault="misaligned"),
    )
    assert min(done["right"].accuracy) > 0.4
    assert max(done["wrong"].accuracy) < 0.3


def test_a_student_in_evaluation_mode_normalises_by_numbers_it_never_measured(make_context):
    changes = {"student": "resnet8", "epochs": 1, "seeds": 1, "labels": "all", "train_limit": 200}
    context = make_context(**changes)
    wrong = Arm.of(context.config, "wrong", "Wrong", fault="student-in-evaluation-mode")
    run(context, wrong, Arm.of(context.config, "right", "Right"))
    statistics = {
        name: [m for m in context.done[name].modules[0].modules() if isinstance(m, nn.BatchNorm2d)]
        for name in ("right", "wrong")
    }
    assert all(m.running_mean.abs().max() > 0 for m in statistics["right"])
    assert all(m.running_mean.abs().max() == 0 for m in statistics["wrong"])


def test_teachers_of_other_arms_hear_nothing_of_a_mistake(make_context):
    context = make_context()
    right = Arm.of(context.config, "right", "Right")
    alone = run(context, right)["right"]
    context = make_context()
    wrong = [Arm.of(context.config, f, f, fault=f) for f in sorted(FAULTS)]
    among = run(context, *wrong, right)["right"]
    assert among.accuracy == alone.accuracy
    assert among.fidelity == alone.fidelity


def test_the_teacher_of_these_tests_knows_something(quick_split):
    teacher = teacher_for(QUICK, quick_split)
    right = (teacher.test_logits.argmax(1) == quick_split.test.targets).float().mean()
    assert right > 0.6


@pytest.mark.parametrize("name", [*LOSSES, "soft-targets"])
def test_students_learn_by_the_gradient_of_the_mistaken_loss(name):
    """As autograd has it, through the objective that trains them."""
    method = LOSSES.get(name, METHODS["soft-targets"])
    generator = torch.Generator().manual_seed(7)
    logits, taught = (3 * torch.randn(4, 5, 6, generator=generator) for _ in range(2))
    same = torch.ones(4, 1, 1)
    goal = Objective(method, same, 4.0 * same, torch.zeros(4, 6, dtype=torch.long), torch.ones(4))
    index = torch.arange(6).expand(4, 6)
    leaf = logits.clone().requires_grad_()
    parts(goal, leaf, taught, index)[1].sum().backward()
    torch.testing.assert_close(gradient(goal, logits, taught, index), leaf.grad)


def test_another_loss_does_not_keep_what_belongs_to_the_first():
    with pytest.raises(ValueError, match="without gradient"):
        replace(soft_targets.METHOD, gradient=None)
