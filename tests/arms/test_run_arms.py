"""Whole plans: arms among others are arms alone, and both are what a plain loop makes."""

from __future__ import annotations

import math

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK, clone, fit, fresh, moved, returned, run, same_weights

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch, Progress
from kdlab.methods import soft_targets
from kdlab.storage.store import Store
from kdlab.training import single_run
from kdlab.training.arms import Arm, ArmStudents, Peer, Plan, TeacherSpec
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.context import TrainingContext, describe
from kdlab.training.arms.training import run_arms, train_arms
from kdlab.training.seeds import Role

BASE = Arm.baseline(QUICK)
TAUGHT = Arm.of(QUICK, "taught", "Taught")


def arm(name: str, **changes) -> Arm:
    return Arm.of(QUICK, name, name.capitalize(), **changes)


@pytest.mark.parametrize("student", ["mlp-8", "cnn-3"])
def test_the_plain_arms_are_the_students_of_a_run(student, make_context):
    context = make_context(student=student, label_noise=0.2)
    config = context.config
    done = run(context, Arm.baseline(config), Arm.of(config, "distilled", "Distilled"))
    trained = returned(single_run.train_students(config, context.split, context.teacher))
    for name in ("labels only", "distilled"):
        same_weights(context.done[name].modules[0], trained.students[name])
    for group in trained.result.groups:
        assert done[group["name"]].accuracy == pytest.approx(group["accuracy"], abs=0.0021)
        assert done[group["name"]].fidelity == pytest.approx(group["fidelity"], abs=0.0021)
        assert done[group["name"]].ece == pytest.approx(group["ece"], abs=0.01)


def test_an_arm_is_the_same_alone_and_among_others(make_context):
    others = [
        BASE, arm("cold", temperature=1.0), arm("all", labels="all"), arm("noisy", label_noise=0.4),
        arm("shifted", augmentation="shift"), arm("shifted too", augmentation="shift", alpha=0.2),
    ]  # fmt: skip
    among, alone = make_context(), make_context()
    run(among, *others)
    for one in others:
        run(alone, one)
        for a, b in zip(among.done[one.name].modules, alone.done[one.name].modules, strict=True):
            same_weights(a, b)
    pairs = [("cold", "all"), ("all", "noisy"), ("shifted", "shifted too")]
    for a, b in pairs:
        assert moved(among.done[a].modules[0], among.done[b].modules[0]) > 0.005


def test_two_networks_that_teach_each_other_are_a_plain_loop_of_two(context):
    config = context.config
    peers = arm("peers", teachers=(Peer(),), temperature=1.0, alpha=0.5, labels="all")
    done = run(context, peers, arm("warm", teachers=(Peer(),), temperature=3.0, alpha=0.5))["peers"]
    split = context.split
    for place, seed in enumerate((0, 1)):
        pair = [fresh(config, split, seed, r) for r in (Role.WEIGHTS, Role.PEER_WEIGHTS)]

        def batch_loss(index, pair=pair):
            logits = [net(split.train.inputs[index]) for net in pair]
            total = 0.0
            for own, other in (logits, logits[::-1]):
                hard = F.cross_entropy(own, split.train.targets[index])
                total = total + 0.5 * hard + 0.5 * soft_targets.loss(own, other, 1.0).mean()
            return total

        fit(pair, batch_loss, len(split.train.targets), seed, config)
        same_weights(context.done["peers"].modules[place], pair[0])
    assert len(done.accuracy) == 2
    assert done.cost["teacher_flops"] == done.cost["training_flops"] > 0


def test_graduates_teach_the_student_of_their_own_seed(context):
    config, split = context.config, context.split
    run(context, TAUGHT, arm("next", teachers=(ArmStudents("taught"),), alpha=1.0, student="mlp-6"))
    for place, seed in enumerate((0, 1)):
        teacher = context.done["taught"].modules[place]
        net = models.build("mlp-6", split.shape, 10, 8 * seed)

        def batch_loss(index, net=net, teacher=teacher):
            x = split.train.inputs[index]
            with torch.no_grad():
                told = teacher(x)
            return soft_targets.loss(net(x), told, config.temperature).mean()

        fit([net], batch_loss, len(split.train.targets), seed, config)
        same_weights(context.done["next"].modules[place], net)


def test_graduates_of_small_images_can_look_at_augmented_ones(context):
    done = run(
        context,
        arm("small", factor=2),
        arm("next", teachers=(ArmStudents("small"),), augmentation="shift", alpha=1.0),
    )
    assert len(done["next"].accuracy) == 2
    net = context.done["small"].modules[0]
    assert done["next"].cost["teacher_flops"] == 200 * QUICK.epochs * 2 * (16 * 8 + 8 * 10)
    assert net[1].in_features == 16


def test_after_goes_on_from_the_very_weights(context):
    later = arm("later", after="taught", labels="all", alpha=0.0, epochs=1)
    stays = arm("stays", after="taught", learning_rate=1e-12)
    run(context, stays, later, TAUGHT)
    config = context.config.model_copy(update={"epochs": 1})
    x, y = context.split.train.inputs, context.split.train.targets
    for place, seed in enumerate((0, 1)):
        first = context.done["taught"].modules[place]
        assert moved(context.done["stays"].modules[place], first) < 1e-6
        net = clone(first).train().requires_grad_(True)
        fit([net], lambda i, net=net: F.cross_entropy(net(x[i]), y[i]), len(y), seed, config)
        same_weights(context.done["later"].modules[place], net)
        assert moved(net, first) > 0.005


def test_a_student_can_start_as_its_teacher_or_with_a_layer_of_it(context):
    same = {"student": "mlp-32", "start": "teacher", "learning_rate": 1e-12}
    done = run(context, arm("whole", **same), arm("last", kept=(1,), **same))
    assert moved(context.done["whole"].modules[1], context.teacher.module) < 1e-6
    assert done["whole"].fidelity == (1.0, 1.0)
    net = context.done["last"].modules[1]
    torch.testing.assert_close(net[3].weight, context.teacher.module[3].weight)
    first = models.build("mlp-32", context.split.shape, 10, 8)
    torch.testing.assert_close(net[1].weight, first[1].weight)


def test_a_student_of_another_shape_cannot_start_as_its_teacher(context):
    with pytest.raises(ConfigError, match="start from a teacher mlp-32: layer 1 has the shape"):
        run(context, arm("wrong", start="teacher"))


def test_unseen_classes_are_not_in_the_transfer_set(context):
    missing = arm("missing", unseen=(3, 7), labels="all")
    part = context.part(missing)
    assert set(part.targets.tolist()) == {0, 1, 2, 4, 5, 6, 8, 9}
    (source,) = context.sources(missing, part)
    with torch.no_grad():
        torch.testing.assert_close(source.table[0], context.teacher.module(part.inputs))
    few = arm("few", unseen=(3, 7), labels=190)  # fewer images are left than labels were asked for
    run(context, missing, few, Arm.baseline(QUICK, "base", unseen=(3, 7), labels="all", epochs=20))
    same_weights(context.done["missing"].modules[0], context.done["few"].modules[0])
    answers = context.done["base"].logits(context.split.test)[0].argmax(0)
    assert torch.isin(answers, torch.tensor([3, 7])).float().mean() < 0.02


def test_labels_that_are_too_many_keep_their_noise(context):
    own = {"unseen": (3,), "epochs": 1}
    run(context, arm("many", labels=195, label_noise=0.5, **own),
        arm("all", labels="all", label_noise=0.5, **own))  # fmt: skip
    same_weights(context.done["many"].modules[0], context.done["all"].modules[0])


def test_students_can_learn_on_validation_images(context):
    own = arm("own", learns_from="validation", alpha=1.0)
    assert context.part(own) is context.split.validation
    run(context, own)
    x = context.split.validation.inputs
    net = fresh(context.config, context.split, 0)

    def batch_loss(index):
        told = context.teacher.validation_logits[index]
        return soft_targets.loss(net(x[index]), told, QUICK.temperature).mean()

    fit([net], batch_loss, len(x), 0, context.config)
    same_weights(context.done["own"].modules[0], net)


def test_a_teacher_listed_twice_teaches_as_once(context):
    two = (TeacherSpec(), TeacherSpec(weight=3.0))
    run(context, TAUGHT, arm("twice", teachers=two), arm("logits", teachers=two, average="logits"))
    for name in ("twice", "logits"):
        same_weights(context.done[name].modules[0], context.done["taught"].modules[0])


def test_teachers_are_trained_once_however_they_are_said(make_context):
    context = make_context(seeds=1, epochs=1, teacher_epochs=2)
    arms = [
        arm("a", teachers=(TeacherSpec(seed=1), TeacherSpec(architecture="mlp-32"))),
        arm("b", teachers=(TeacherSpec(seed=1, weight=2.0), TeacherSpec(epochs=2, seed=0))),
        arm("c", teachers=(TeacherSpec(classes=(0, 1)), TeacherSpec(architecture="mlp-16"))),
    ]
    list(context.prepare(arms))
    run(context, *arms)
    assert [row["name"] for row in context.told()] == [
        "mlp-32", "mlp-32, seed 1", "mlp-32, expert on 0, 1", "mlp-16"
    ]  # fmt: skip
    assert all(0 < row["accuracy"] <= 1 and row["parameters"] > 0 for row in context.told())
    assert describe(ArmStudents("a"), context.config) == "the students of “a”"
    assert describe(Peer(), context.config) == "each other"


def test_an_arm_whose_loss_is_no_number_stops_no_other(make_context):
    """T is so small that z / T is infinite; the two are of one cohort."""
    context = make_context(epochs=3)
    broken = arm("broken", temperature=1e-44)
    assert broken.cohort == BASE.cohort
    events = list(run_arms(Plan((BASE, broken, arm("next", after="broken"))), context))
    done = {e.arm: e for e in events if isinstance(e, ArmDone)}
    for name in ("broken", "next"):
        for measure in ("accuracy", "validation", "fidelity", "ece"):
            assert all(math.isnan(v) for v in getattr(done[name], measure)), (name, measure)
    assert all(v > 0.05 for v in done["labels only"].accuracy)
    last = [e for e in events if isinstance(e, ArmEpoch) and e.arm == "broken"][-1]
    assert all(math.isnan(v) for v in last.test + last.soft)


def test_what_is_told_of_an_arm(make_context):
    context = make_context(epochs=60, student="mlp-2")
    events = list(run_arms(Plan((Arm.baseline(context.config),)), context))
    told = [e.epoch for e in events if isinstance(e, ArmEpoch)]
    assert told[0] == 0
    assert told[-1] == 60
    assert len(told) == 26
    assert isinstance(events[-1], ArmDone)
    cost = events[-1].cost
    flops = 2 * (64 * 2 + 2 * 10)
    assert cost["flops_per_image"] == flops
    assert cost["training_flops"] == 3 * flops * 200 * 60
    assert cost["teacher_flops"] == 0
    assert cost["together"] == 2


def test_time_that_others_take_is_not_counted(context):
    """Its own steps, looks apart, whatever its reader does between two events."""
    now = [0.0]

    def clock():
        now[0] += 1.0
        return now[0]

    events = []
    for event in train_arms(*cohorts(Plan((TAUGHT,))), context, clock):
        events.append(event)
        now[0] += 1000.0
    done = events[-1]
    assert 0 < done.cost["seconds"] < 1000 / 2


def test_arms_take_turns(make_context):
    context = make_context(epochs=4)
    arms = [
        Arm.of(context.config, n, n, epochs=4, student=s)
        for n, s in (("a", "mlp-3"), ("b", "mlp-4"))
    ]
    events = [e for e in run_arms(Plan(tuple(arms)), context) if not isinstance(e, Progress)]
    assert [e.arm for e in events[:4]] == ["a", "b", "a", "b"]


def test_a_plan_that_needs_an_arm_it_does_not_have_is_a_mistake_of_ours(context):
    with pytest.raises(AssertionError, match="no arm of the plan is named nobody"):
        run(context, BASE, arm("next", after="nobody"))


def test_a_training_context_needs_no_more_than_its_store(make_context, tmp_path):
    """Another training context finds the teachers that the first one trained."""
    own = [arm("a", teachers=(TeacherSpec(seed=1), TeacherSpec(seed=2)))]
    first = make_context(teacher_epochs=2)
    list(first.prepare(own))
    second = TrainingContext(
        first.config, first.split, first.teacher, Store(tmp_path / "home", None)
    )
    list(second.prepare(own))
    for network, teacher in first.networks.items():
        assert torch.equal(teacher.test_logits, second.networks[network].test_logits)
