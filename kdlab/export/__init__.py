"""What was set -> one plain PyTorch file that trains the same networks without the lab.

A run's script is that of a plan of two arms, labels only and distilled; a study's that of its plan.

    constants and main (``experiment``, ``arm``, ``variables``, ``networks``, ``data``, ``tables``):
        as text
    all other code: real functions, most of them in ``parts/``, copied by name (``bundle``)
"""

from __future__ import annotations

from kdlab import methods, models
from kdlab.checks import enough_images
from kdlab.config.schema import DistilConfig, StudentConfig
from kdlab.data import train_size
from kdlab.errors import ConfigError
from kdlab.export.data import recipe
from kdlab.export.script import Words, compose
from kdlab.models import black_box
from kdlab.training.arms.arm import Arm, Plan


def stand_alone(config: DistilConfig) -> str:
    """The text of a script that does what ``config`` says, and prints a line a seed and the gain.

    ConfigError or ModelError where ``config`` cannot be run, or its method reads hidden layers.
    """
    method = methods.find(config.method)
    if not _plain(method):
        raise ConfigError(
            f"method is {method.name!r}",
            "for a script: a method that compares answers, not hidden layers",
            "Choose one of " + ", ".join(m.name for m in methods.METHODS.values() if _plain(m)),
        )
    if (size := train_size(config)) is not None:
        enough_images(config, size)
    data = recipe(config)
    if black_box.find(config.teacher) is None:
        models.check(config.teacher, data.shape, int(data.classes or 2))
    plan = Plan((Arm.baseline(config), Arm.of(config, "distilled", "Distilled")))
    if black_box.find(config.teacher) is not None:
        origin = "is grown on all labels, and answers its training rows out of fold"
    elif config.teacher_weights:
        origin = "is read from a file"
    else:
        origin = "is trained on all labels" if config.teacher_epochs else "stays untrained"
    story = (
        f"The teacher, {config.teacher}, {origin}. Then, for each seed, two students "
        f"{config.student} with the same first weights, batches and epochs: one learns from labels "
        f"alone, the other from the teacher as well ({method.label.lower()}). The difference "
        "between them is what distillation adds."
    )
    if config.schedule:
        story += " T and alpha of the distilled one change during training, by SCHEDULE."
    title = f"{config.teacher} teaches {config.student} on {config.dataset}"
    return compose(config, plan, Words(title, story, file_name(config), pair=True))


def study_script(config: StudentConfig, plan: Plan, title: str, teachers: int = 1) -> str:
    """The text of a script that trains the arms of ``plan``, and prints the mean accuracy of each
    over the seeds with its 95 % interval, and its gain over the arm beside which it is judged.
    With several ``teachers``, which differ in their seeds, each has students of its own, and the
    intervals are over teachers.

    ConfigError or ModelError where ``config`` cannot be run.
    """
    judged = (
        "They are compared with one that was never trained, whose accuracy is chance."
        if any(arm.auxiliary is not None for arm in plan.arms)
        else "They are compared with an arm that learns from labels alone."
    )
    story = (
        f"{len(plan.arms)} ways to make a student, called arms, each with the same seeds and data. "
        f"{judged} A seed decides first "
        "weights, order of batches and which labels are seen, so that gains are paired by seed."
    )
    return compose(config, plan, Words(title, story), teachers)


def file_name(config: StudentConfig, study: str = "") -> str:
    """What to call a script: "distil_digits_mlp-512-512_mlp-16.py"; of a study
    "study_teachers_digits.py"."""
    if study:
        return f"study_{study.replace('-', '_')}_{config.dataset}.py"
    return f"distil_{config.dataset}_{config.teacher}_{config.student}.py"


def _plain(method: methods.Method) -> bool:
    return method.needs <= {"logits", "labels"}


__all__ = ["file_name", "stand_alone", "study_script"]
