"""T and alpha that are turned on the way: the loss of each epoch is that of a plain loop which
turns them by hand, alone and among others."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK, fit, fresh, moved, run, same_weights

from kdlab.config.schedule import MOST_ENTRIES, Turn
from kdlab.methods import METHODS, soft_targets
from kdlab.training.arms import Arm, ArmStudents, Peer, Plan, TeacherSpec
from kdlab.training.arms.build import evaluator_of
from kdlab.training.arms.cohorts import cohorts
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.course import Course, Steered
from kdlab.training.evaluator import Look, Policy
from kdlab.training.loop import ObjectiveTurned

PLAN = (Turn(1, 1.5, 0.4), Turn(3, 8.0, 0.0))
LONG = {"epochs": 4, "labels": "all", "schedule": PLAN}


def arm(name: str, **changes) -> Arm:
    return Arm.of(QUICK, name, name.capitalize(), **{**LONG, **changes})


@pytest.mark.parametrize("student", ["mlp-8", "cnn-3"])
def test_it_is_a_plain_loop_that_turns_t_and_alpha(make_context, student):
    context = make_context(student=student, epochs=4)
    config, split = context.config, context.split
    run(context, arm("turned", student=student))
    size, said = len(split.train.targets), context.teacher.train_logits
    per_epoch = -(-size // config.batch_size)
    for place, seed in enumerate((0, 1)):
        net, steps = fresh(config, split, seed), iter(range(4 * per_epoch))

        def batch_loss(index, net=net, steps=steps):
            epoch = next(steps) // per_epoch
            temperature, alpha = [(4.0, 0.9), (1.5, 0.4), (1.5, 0.4), (8.0, 0.0)][epoch]
            logits = net(split.train.inputs[index])
            hard = F.cross_entropy(logits, split.train.targets[index])
            soft = soft_targets.loss(logits, said[index], temperature).mean()
            return (1 - alpha) * hard + alpha * soft

        fit([net], batch_loss, size, seed, config)
        same_weights(context.done["turned"].modules[place], net)


def test_an_arm_that_is_turned_is_the_same_alone_and_among_others(make_context):
    several = {
        "teachers": (TeacherSpec(weight=2.0), ArmStudents("still")),
        "average": "probabilities",
    }
    arms = [
        arm("still", schedule=()),
        arm("turned"),
        arm("late", schedule=(Turn(2, 20.0, 0.3),)),
        arm("alone", alpha=0.0, schedule=()),
        arm("from nothing", alpha=0.0, schedule=(Turn(2, 4.0, 0.9),)),
        arm("shifted", augmentation="shift"),
        arm("peers", teachers=(Peer(),), alpha=0.5, schedule=(Turn(2, 2.0, 0.9),)),
        arm("averaged", **several),
    ]
    among, alone = make_context(epochs=4), make_context(epochs=4)
    run(among, *arms)
    for one in arms:
        run(alone, one)
        for a, b in zip(among.done[one.name].modules, alone.done[one.name].modules, strict=True):
            same_weights(a, b)
    for a, b in [("still", "turned"), ("turned", "late"), ("alone", "from nothing")]:
        assert moved(among.done[a].modules[0], among.done[b].modules[0]) > 0.005


def test_arms_train_together_whatever_turns_them_and_one_that_is_never_taught_is_untaught():
    base = Arm.baseline(QUICK, epochs=4, labels="all")
    assert len(cohorts(Plan((base, arm("turned"), arm("still", schedule=()))))) == 1
    late = arm("late", alpha=0.0)
    assert late.untaught is False
    assert Plan((base, late)).taught == {"late"}
    assert Plan((late, base)).reference("late") == base.name
    assert arm("never", alpha=0.0, schedule=(Turn(2, 9.0, 0.0),)).untaught
    assert Arm.baseline(QUICK.model_copy(update={"schedule": PLAN})).schedule == ()


def events(context, *arms, courses=None):
    (group,) = cohorts(Plan(arms, one_method=True))
    policy = Policy(epochs=range(5), images=("validation",))
    evaluator = evaluator_of(group, context, policy, courses=courses)
    return [*train_cohort(evaluator)], evaluator.cohort.step


def test_the_loss_that_is_told_of_an_epoch_weighs_its_parts_as_they_were_in_it(make_context):
    context = make_context(epochs=4)
    found, _ = events(context, arm("alone", alpha=0.0, schedule=()), arm("turned"))
    looks = [one for one in found if isinstance(one, Look)]
    alphas = [0.9, 0.4, 0.4, 0.0]
    for look, alpha in zip(looks[1:], alphas, strict=True):
        for k, a in enumerate([0.0, alpha] * 2):
            hard, soft = look.done.hard[k], look.done.soft[k]
            assert look.loss[k] == pytest.approx((1 - a) * hard + a * soft, rel=1e-6)
    turned = [one for one in found if isinstance(one, ObjectiveTurned)]
    assert [dict(one.turns) for one in turned] == [{1: PLAN[0]}, {1: PLAN[1]}]
    order = [one.epoch for one in found if isinstance(one, Look | ObjectiveTurned)]
    assert order == [0, 1, 1, 2, 3, 3, 4]
    for one in turned:
        assert one.objective.alpha.flatten().tolist()[::2] == [0.0, 0.0]


def test_the_same_t_and_alpha_from_the_start_are_the_same_to_the_last_bit(make_context):
    first, _ = events(make_context(epochs=4), arm("a", schedule=(Turn(0, 2.0, 0.5),)))
    second, _ = events(make_context(epochs=4), arm("a", temperature=2.0, alpha=0.5, schedule=()))
    last = [[one for one in found if isinstance(one, Look)][-1] for found in (first, second)]
    assert torch.equal(last[0].logits["validation"], last[1].logits["validation"])


@pytest.mark.parametrize("method", ["dkd", "dist", "logit-regression", "labels-only"])
def test_every_method_is_turned(make_context, method):
    """Among others those that have no T, and one whose T is in numbers of its own."""
    parameters = tuple(METHODS[method].named(()).items())
    one = arm("turned", method=method, parameters=parameters, alpha=0.5)
    found, _ = events(make_context(epochs=4, method=method), one)
    assert len([item for item in found if isinstance(item, ObjectiveTurned)]) == 2


def taken(course: Course, epochs: int = 6) -> list[Turn]:
    return [turn for epoch in range(epochs) if (turn := course.at(epoch)) is not None]


def steered(wishes: dict[int, tuple[float, float]], schedule=PLAN, fits=lambda wish: wish):
    asked = iter(range(1000))
    return Steered(4.0, 0.9, schedule, lambda: wishes.get(next(asked)), fits)


def test_a_course_tells_what_changes():
    assert taken(Course(4.0, 0.9, PLAN)) == [*PLAN]
    assert taken(Course(4.0, 0.9, (Turn(0, 2.0, 0.9), Turn(2, 2.0, 0.9)))) == [Turn(0, 2.0, 0.9)]
    assert taken(Course(4.0, 0.9)) == []


@pytest.mark.parametrize(
    ("wishes", "turns"),
    [
        ({}, [*PLAN]),
        ({0: (4.0, 0.9)}, [*PLAN]),
        ({0: (2.0, 0.9)}, [Turn(0, 2.0, 0.9)]),
        ({2: (2.0, 0.5), 5: (2.0, 0.4)}, [PLAN[0], Turn(2, 2.0, 0.5), Turn(5, 2.0, 0.4)]),
        ({1: (1.5, 0.4)}, [*PLAN]),
        ({1: (4.0, 0.9)}, []),
        ({3: (1.5, 0.4)}, [PLAN[0]]),
    ],
)
def test_the_first_wish_that_is_not_the_plan_is_the_end_of_the_plan(wishes, turns):
    assert taken(steered(wishes)) == turns


def test_a_wish_that_cannot_be_done_is_none():
    assert taken(steered({1: (1.0, 1.0)}, (), lambda _: None)) == []
    assert taken(steered({1: (1.0, 1.0)}, (), lambda wish: (4.0, wish[1]))) == [Turn(1, 4.0, 1.0)]


def test_nobody_turns_more_often_than_a_schedule_can_say():
    wishes = {n: (1.0 + n, 0.5) for n in range(MOST_ENTRIES + 9)}
    course = steered(wishes)
    found = taken(course, MOST_ENTRIES + 9)
    assert [turn.epoch for turn in found] == [*range(MOST_ENTRIES + 1)]
    assert course.full
    within = steered({0: (1.0, 0.5), 3: (2.0, 0.5)})
    taken(within)
    assert not within.full
