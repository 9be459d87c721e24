"""Histories of studies built by hand: every arm of the plan, with the accuracies that are asked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from kdlab.events import ArmDone, ArmEpoch, Exhibit, StudyFinished, StudyStarted
from kdlab.experiments.study.experiment import BITS_OVER_EPOCHS
from kdlab.measure.results import COLUMNS, OF_TEXT
from kdlab.storage.store import Store
from kdlab.studies import StudyHistory, find, load_result
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


def made(name, config, accuracy, validation=None, layers=(), teacher=0.97, costs=None, ece=None):
    """A finished study: ``accuracy[arm]`` (and ``validation[arm]``) one number per seed; what is
    not named gets 0.9. ``layers``: losses of layers of feature-based arms, one tuple an epoch.
    ``ece`` of an arm, else what its accuracy leaves."""
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
                ece=tuple((ece or {}).get(arm.name, [1 - v for v in right])),
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


def stored(name):
    """The events of a study that comes with the lab."""
    study = find(name)
    return load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)


def of_one_seed(name):
    """The stored study as it would be with its first seed, and its first teacher, alone."""
    (seeds,) = {len(event.seeds) for event in stored(name) if isinstance(event, StudyStarted)}
    config = find(name).config()
    fewer = {n: 1 for n in ("seeds", "teacher_seeds") if n in type(config).model_fields}
    events = [_cut(event, seeds) for event in stored(name) if not getattr(event, "teacher", 0)]
    return StudyHistory(config.model_copy(update=fewer), events)


def _cut(event, seeds):
    match event:
        case StudyStarted():
            own = ("teacher_accuracies", "teacher_bits")
            alone = {"teachers": 1} | {name: getattr(event, name)[:1] for name in own}
            return replace(event, seeds=event.seeds[:1], **alone)
        case ArmEpoch():
            names = ("validation", "test", "fidelity", "hard", "soft", *BITS_OVER_EPOCHS)
        case ArmDone():
            names = (*COLUMNS, *OF_TEXT)
        case Exhibit():
            return replace(event, content=_first(event.content, seeds))
        case _:
            return event
    return replace(event, **{name: getattr(event, name)[:1] for name in names})


def _first(content, seeds):
    """Of every list that has one number, or one row, a seed, the first alone."""
    if isinstance(content, dict):
        return {key: _first(value, seeds) for key, value in content.items()}
    if isinstance(content, list):
        inside = [_first(value, seeds) for value in content]
        return inside[:1] if len(inside) == seeds else inside
    return content
