"""The plan of a study -> one plain PyTorch file that trains all its arms without the lab.

The text holds what this plan uses and nothing else: a function for each kind of arm, and one call
an arm. Networks, losses, views and the cut of the data are the lab's own source, and random numbers
are drawn in the same order: script and lab agree but for rounding, which over many steps can turn
single test images. Two differences are left: the lab trains cohorts as one stack, with a fused
optimiser, and the script one student after the other.
"""

from __future__ import annotations

import re
import textwrap
from dataclasses import replace

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.export.arms import learners, loop, pieces
from kdlab.export.arms.cast import Cast, maker_name
from kdlab.export.arms.experiment import experiment, values_of
from kdlab.export.arms.validation import with_validation
from kdlab.export.class_order import by_name
from kdlab.export.data import Recipe, recipe
from kdlab.export.networks import classes_of, maker
from kdlab.export.text import imports, spaced, titled
from kdlab.training.arms.arm import Arm, Plan

_PACKAGES = {"numpy": "numpy", "scipy": "scipy", "safetensors": "safetensors"}


def study_script(config: DistilConfig, plan: Plan, title: str, teachers: int = 1) -> str:
    """The text of a script that trains the arms of ``plan``, and prints the mean accuracy of each
    over the seeds with its 95 % interval, and its gain over the arm beside which it is judged.
    With several ``teachers``, which differ in their seeds, each has students of its own, and the
    intervals are over teachers.

    ConfigError or ModelError where ``config`` cannot be run, or images of one's own are to be cut
    into more than a script reads.
    """
    arms, data = plan.arms, recipe(config)
    for arm in arms:
        models.check(arm.student, data.shape, int(data.classes or 2))
        if arm.fault and arm.augmentation != "none":
            raise ConfigError(
                f"the arm {arm.name!r} has the mistake {arm.fault} and augments its images",
                "for a script: one of the two",
                "Leave one of them out",
            )
    if any(arm.learns_from != "train" for arm in arms):
        data = with_validation(config, data)
    cast = Cast(config, arms)
    groups: dict[str, list[Arm]] = {}
    for arm in arms:
        groups.setdefault(learners.kind_of(arm), []).append(arm)
    against, main = experiment(plan, cast, groups, data.shape, teachers)
    values = {a.name: values_of(a, cast) for a in arms}
    taught = [a for a in arms if learners.kind_of(a) != "labels" and (a.alpha or not a.plain)]
    loaded = [n for n in cast.networks if cast.loaded(n)]
    untrained = any(n.epochs == 0 for n in cast.networks if n not in loaded)
    losing = [a for a in taught if not learners.kind_of(a).startswith("labels")]
    functions = [
        *loop.loop(taught, untrained=untrained),
        *(by_name(text, config) for text in pieces.teachers(cast.networks, loaded)),
        *loop.students(arms),
        *pieces.starts(arms),
        *pieces.views(arms),
        *pieces.averages(losing),
    ]
    kinds = [learners.function(kind, own, values) for kind, own in groups.items()]
    body = "\n\n".join(
        [
            titled("Data", data.text),
            titled("Networks", _networks(cast, data)),
            *([titled("Losses", "\n\n\n".join(pieces.losses(losing)))] if losing else []),
            titled("Training", "\n\n\n".join(text.strip() for text in functions)),
            titled("Arms", "\n\n\n".join(text.strip() for text in kinds)),
            titled("The experiment", against + "\n\n" + main),
        ]
    )
    body = "\n\n".join([_constants(config, data, body, teachers), body])
    lines = imports(body)
    return spaced("\n".join([_head(config, plan, title, data, lines), *lines, "", body]))


def file_name(config: DistilConfig, study: str) -> str:
    """What to call the script: "study_teachers_digits.py"."""
    return f"study_{study.replace('-', '_')}_{config.dataset}.py"


def _networks(cast: Cast, data: Recipe) -> str:
    """A function for each network, for images of each size that it sees."""
    wanted = dict.fromkeys([(n.architecture, 1) for n in cast.networks])
    wanted |= dict.fromkeys((a.student, a.factor) for a in cast.arms if not a.after)
    text = classes_of(name for name, _ in wanted)
    for name, factor in wanted:
        shape = data.shape
        if factor > 1:
            shape = (*shape[:-2], shape[-2] // factor, shape[-1] // factor)
        text.append(maker(maker_name(name, factor), name, replace(data, shape=shape)))
    return "\n\n\n".join(text)


def _constants(config: DistilConfig, data: Recipe, body: str, teachers: int) -> str:
    """What a reader may want to change, as far as the script has it."""
    of_each = "  # those of each teacher's students after the other" if teachers > 1 else ""
    last = config.first_seed + config.seeds * teachers
    lines = {
        "TEACHERS": f"{teachers}  # alike but for their seeds, each with students of its own",
        "STUDENTS": f"{config.seeds}  # of each arm and teacher",
        "SEEDS": f"range({config.first_seed}, {last}){of_each}",
        "TEMPERATURE": f"{config.temperature!r}  # T: softmax(logits / T)",
        "ALPHA": f"{config.alpha!r}  # weight of the teacher: (1 - alpha) * hard + alpha * soft",
        "LABELS": f"{config.labels!r}  # training examples whose label is given",
        "LABEL_NOISE": f"{config.label_noise!r}  # share of these that name a wrong class",
        "EPOCHS": repr(config.epochs),
        "BATCH_SIZE": repr(config.batch_size),
        "LEARNING_RATE": f"{config.learning_rate!r}  # peak of the one-cycle schedule",
        "TEACHER_FILE": '"teacher.safetensors"  # as the lab saves it',
        "TEACHER_SEED": repr(config.teacher_seed),
        "TEACHER_EPOCHS": repr(config.teacher_epochs),
        "TEACHER_LEARNING_RATE": repr(config.teacher_learning_rate),
    }
    used = [f"{n} = {text}" for n, text in lines.items() if re.search(rf"\b{n}\b", body)]
    classes = [f"CLASSES = {data.classes}"] if data.classes else []
    device = 'DEVICE = "cuda" if torch.cuda.is_available() else "cpu"'
    return titled("What to change", "\n".join([*used, "", *classes, device]))


def _head(config: DistilConfig, plan: Plan, title: str, data: Recipe, lines: list[str]) -> str:
    text = " ".join(lines)
    packages = ["torch", *data.packages]
    packages += [p for name, p in _PACKAGES.items() if name in text and p not in packages]
    story = (
        f"{len(plan.arms)} ways to make a student, called arms, each with the same seeds and data. "
        f"They are judged beside an arm that learns from labels alone. A seed decides first "
        "weights, order of batches and which labels are seen, so that gains are paired by seed."
    )
    head = [
        f'"""{title}.',
        "",
        "Knowledge distillation (Hinton, Vinyals and Dean 2015, arXiv:1503.02531) in plain "
        "PyTorch.",
        f"Data: {data.about}.",
        textwrap.fill(story, 99),
        "",
        f"Install: pip install {' '.join(packages)}",
        '"""',
        "",
    ]
    return "\n".join(head)


__all__ = ["file_name", "study_script"]
