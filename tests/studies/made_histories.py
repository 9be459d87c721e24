"""Histories of studies built by hand: every arm of the plan, with the accuracies that are asked."""

from __future__ import annotations

from kdlab.events import ArmDone, ArmEpoch, StudyFinished, StudyStarted
from kdlab.studies import StudyHistory, find
from kdlab.training.arms.context import describe

CLASSES = tuple("0123456789")
COST = {
    "architecture": "mlp-16",
    "parameters": 1210,
    "bytes": 4840,
    "flops_per_image": 2368,
    "training_flops": 10**9,
    "teacher_flops": 10**6,
    "seconds": 0.5,
    "together": 6,
}


def made(name, config, accuracy, validation=None, layers=(), teacher=0.97, costs=None):
    """A finished study: ``accuracy[arm]`` (and ``validation[arm]``) one number per seed; what is
    not named gets 0.9. ``layers``: losses of layers of feature-based arms, one tuple an epoch."""
    plan = find(name).plan(config, CLASSES)
    seeds = tuple(range(config.seeds))
    started = StudyStarted(
        fingerprint="f",
        study=name,
        dataset=config.dataset,
        classes=CLASSES,
        input_shape=(1, 8, 8),
        train_size=1097,
        validation_size=200,
        test_size=500,
        seeds=seeds,
        arms=[
            {
                "name": arm.name,
                "label": arm.label,
                "student": arm.student,
                "against": plan.reference(arm.name),
                "teacher": ""
                if arm.alpha == 0
                else "; ".join(describe(t, config, CLASSES) for t in arm.teachers),
            }
            for arm in plan.arms
        ],
        teacher_accuracy=teacher,
        machine="a machine",
    )
    events = [started]
    for arm in plan.arms:
        right = tuple(accuracy.get(arm.name, [0.9] * len(seeds)))
        seen = tuple((validation or {}).get(arm.name, right))
        compares = arm.method in ("hints", "attention") and arm.alpha > 0
        for epoch in range(len(layers) + 1 if layers else 2):
            events.append(
                ArmEpoch(
                    arm=arm.name,
                    epoch=epoch,
                    epochs=arm.epochs,
                    validation=seen,
                    test=right,
                    fidelity=right,
                    layers=layers[epoch - 1] if compares and layers and epoch else (),
                )
            )
        events.append(
            ArmDone(
                arm=arm.name,
                accuracy=right,
                validation=seen,
                fidelity=right,
                ece=tuple(1 - v for v in right),
                cost=COST | (costs or {}).get(arm.name, {}),
            )
        )
    teachers = [
        {
            "name": config.teacher,
            "accuracy": teacher,
            "parameters": 1210,
            "flops_per_image": 2368,
            "training_flops": 10**9,
            "seconds": 1.5,
        }
    ]
    seconds = {"teachers": 1.5, "students": 3.0, "total": 4.5}
    events.append(StudyFinished(teachers=teachers, seconds=seconds))
    return StudyHistory(config, events)


def said(history, name):
    """The texts of its findings, as one."""
    return "\n".join(finding.text for finding in find(name).findings(history))
