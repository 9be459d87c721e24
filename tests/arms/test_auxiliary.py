"""Students that are taught by auxiliary outputs: what they see, what moves, and what they begin as.
They are those of a plain loop."""

from __future__ import annotations

from dataclasses import replace

import pytest
import torch
from plain_loop import QUICK, fit, moved, run, same_weights

from kdlab import models
from kdlab.methods import soft_targets
from kdlab.training.arms import Arm, Auxiliary, Plan
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.arms.heads import fresh_head, head_of, with_heads
from kdlab.training.arms.views import noise_like
from kdlab.training.seeds import Role, stream

FIRST = Auxiliary(5)
OWN = replace(FIRST, hidden="own", classes="own", head="own")
TEACHER = QUICK.teacher


def arm(name, auxiliary, **changes):
    settings = {"student": TEACHER, "alpha": 1.0, "labels": "all", "temperature": 2.0, **changes}
    return Arm.of(QUICK, name, name.capitalize(), auxiliary=auxiliary, **settings)


def begun(context, seed, role):
    split = context.split
    return models.build(TEACHER, split.shape, len(split.classes), stream(seed, role))


def heads(context, seed):
    """The teacher's auxiliary head, and the student's own."""
    width = models.embedding_width(TEACHER, context.split.shape)
    theirs = fresh_head(width, 5, stream(context.config.teacher_seed, Role.NOISE))
    return theirs, fresh_head(width, 5, stream(seed, Role.PEER_WEIGHTS))


@pytest.mark.parametrize(
    "auxiliary",
    [
        FIRST,
        OWN,
        replace(FIRST, hidden="own"),
        replace(FIRST, classes="own"),
        replace(FIRST, classes="own", head="own"),
        replace(FIRST, inputs="images"),
    ],
)
def test_it_is_the_student_of_a_plain_loop(auxiliary, context):
    run(context, arm("taught", auxiliary))
    split, config = context.split, context.config
    noise = noise_like(split.train.inputs, stream(0, Role.VIEWS))
    inputs = noise if auxiliary.inputs == "noise" else split.train.inputs
    for place, seed in enumerate((0, 1)):
        theirs, own = begun(context, 0, Role.TEACHER_WEIGHTS), begun(context, seed, Role.WEIGHTS)
        of_teacher, of_student = heads(context, seed)
        _, classes = head_of(theirs if auxiliary.classes == "teacher" else own)
        head = of_teacher if auxiliary.head == "teacher" else of_student
        net = with_heads(theirs if auxiliary.hidden == "teacher" else own, [classes, head])
        with torch.no_grad():
            told = with_heads(context.teacher.module, [of_teacher])(inputs)

        def batch_loss(index, net=net, told=told):
            return soft_targets.loss(net(inputs[index])[:, 10:], told[index], 2.0).mean()

        fit([net], batch_loss, len(inputs), seed, config)
        found = context.done["taught"].modules[place]
        same_weights(found, with_heads(net, [_rows(net, 10)]))
        assert torch.equal(head_of(found)[1].weight, classes.weight), "no class was taught"
        assert moved(found, theirs) > 0.001


def _rows(net, count):
    _, old = head_of(net)
    head = torch.nn.Linear(old.in_features, count)
    with torch.no_grad():
        head.weight.copy_(old.weight[:count])
        head.bias.copy_(old.bias[:count])
    return head


def test_labels_and_images_do_not_reach_them(make_context):
    one, other = make_context(), make_context()
    train = other.split.train
    other.split = replace(
        other.split,
        train=replace(train, inputs=train.inputs.flip(0), targets=(train.targets + 3) % 10),
    )
    for context in (one, other):
        run(context, arm("taught", FIRST))
    for a, b in zip(one.done["taught"].modules, other.done["taught"].modules, strict=True):
        same_weights(a, b, atol=0)


def test_those_that_differ_in_their_start_alone_learn_as_one_cohort_and_as_if_alone(make_context):
    arms = [
        arm("same", FIRST),
        arm("heads", replace(FIRST, hidden="own")),
        arm("hidden", replace(FIRST, classes="own", head="own")),
        arm("other", OWN),
    ]
    apart = [
        arm("images", replace(FIRST, inputs="images")),
        arm("more", replace(FIRST, outputs=6)),
        arm("plain", None),
    ]
    groups = cohorts(Plan((*arms, *apart)))
    assert [[a.name for a in g.arms] for g in groups] == [
        ["same", "heads", "hidden", "other"], ["images"], ["more"], ["plain"]
    ]  # fmt: skip
    among = make_context()
    run(among, *arms)
    for one in arms:
        alone = make_context()
        run(alone, one)
        for a, b in zip(among.done[one.name].modules, alone.done[one.name].modules, strict=True):
            same_weights(a, b)


def test_without_epochs_it_stays_the_teachers_beginning(context):
    done = run(context, arm("untrained", FIRST, alpha=0.0, epochs=0))["untrained"]
    for net in context.done["untrained"].modules:
        same_weights(net, begun(context, 0, Role.TEACHER_WEIGHTS), atol=0)
    assert done.cost["training_flops"] == done.cost["teacher_flops"] == 0


def test_it_is_judged_by_its_classes_and_told_without_a_label(context):
    done = run(context, arm("taught", FIRST))["taught"]
    net, split = context.done["taught"].modules[0], context.split
    with torch.no_grad():
        right = net(split.test.inputs).argmax(1) == split.test.targets
        agrees = net(split.test.inputs).argmax(1) == context.teacher.test_logits.argmax(1)
    assert done.accuracy[0] == pytest.approx(right.double().mean().item(), abs=1e-6)
    assert done.fidelity[0] == pytest.approx(agrees.double().mean().item(), abs=1e-6)
    assert done.cost["parameters"] == models.parameters(TEACHER, split.shape, 10)


def test_networks_of_maps_learn_in_the_same_way(make_context):
    context = make_context(teacher="cnn-3", epochs=1)
    net = begun_of(context, "cnn-3")
    context.teacher = replace(context.teacher, module=net.eval())
    done = run(context, arm("taught", FIRST, student="cnn-3", epochs=1))["taught"]
    assert len(done.accuracy) == 2


def begun_of(context, network):
    return models.build(network, context.split.shape, 10, 77)


def test_something_of_the_teacher_reaches_whoever_shares_its_start():
    plan = Plan(
        (
            arm("shared", replace(OWN, head="teacher"), alpha=0.0),
            arm("own", OWN, alpha=0.0),
            arm("taught", OWN),
        )
    )
    assert plan.taught == {"shared", "taught"}
