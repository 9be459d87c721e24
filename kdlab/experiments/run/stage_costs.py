"""What each stage of a run costs: training the teacher, its answers, training the students, one
answer.

Articles speak of "efficiency" and mean the last stage only. Distillation adds two others to it: the
teacher must answer every image, and the student must learn; whether that pays is a matter of how
often the student will answer (:func:`break_even`).

FLOPs are as :func:`kdlab.measure.profiling.flops_per_image` counts them, 2 for a multiply-add. A
step of training counts three forward passes of each image: one forward, and about two for the
gradients with respect to activations and to weights (as Kaplan et al. 2020, arXiv:2001.08361,
section 2.1, count it). The loss and the optimiser are left out. Seconds are those that were
measured.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from kdlab.models import black_box
from kdlab.models.family import TRAINING_PASSES
from kdlab.translation import say

if TYPE_CHECKING:
    from kdlab.config.schema import DistilConfig
    from kdlab.experiments.run.history import History


@dataclass(frozen=True)
class Stage:
    """One stage: ``flops`` of one network, None where nobody knows; ``seconds`` on the machine of
    the run, None where they were not taken (what came from the store took none, 0)."""

    name: str
    flops: int | None
    seconds: float | None
    note: str = ""


def stages(history: History, config: DistilConfig) -> list[Stage]:
    """The stages of a finished run of ``config``, in their order; none before it is finished.

    Students of a run are trained together: seconds of one are its share. How weights were trained
    that were loaded from a file is not known.
    """
    started, measured, finished = history.started, history.measured, history.finished
    if started is None or measured is None or finished is None:
        return []
    teacher, student = (measured.models[name] for name in ("teacher", "student"))
    images = started.train_size + started.validation_size + started.test_size
    loaded = bool(config.teacher_weights)
    count = len(started.students)
    cached = history.teacher_ready is not None and history.teacher_ready.cached
    note = say("weights were loaded") if loaded else say("from the store") if cached else ""
    learnt = TRAINING_PASSES * started.train_size
    box = black_box.find(config.teacher)
    if box is not None:
        note = note or (
            say("grown, not trained") if box.numbered else say("its answers are in a file")
        )
    return [
        Stage(
            "Train the teacher",
            None if loaded or box else learnt * config.teacher_epochs * teacher["flops_per_image"],
            None if loaded else finished.seconds["teacher"],
            note,
        ),
        Stage(
            "Ask the teacher",
            images * teacher["flops_per_image"],
            None,
            say(
                "once for each of {count} inputs; its seconds are among those above",
                count=f"{images:,}",
            ),
        ),
        Stage(
            "Train one student",
            learnt * started.epochs * student["flops_per_image"],
            finished.seconds["students"] / count,
            say("its share: {count} learn at once", count=count),
        ),
        Stage("One answer of the teacher", teacher["flops_per_image"], _seconds(teacher)),
        Stage("One answer of the student", student["flops_per_image"], _seconds(student)),
    ]


def _seconds(model: dict[str, dict[str, dict[str, float]]]) -> float | None:
    """Median seconds of one image, where that batch was timed."""
    spread = model["latency_ms"].get("1")
    return None if spread is None else spread["median"] / 1000


def break_even(history: History, config: DistilConfig) -> int | None:
    """After how many answers of the student, instead of the teacher's, the FLOPs of asking the
    teacher and of training the student are saved; None where the student is no cheaper, or before
    the run is finished. The teacher's own training is there with or without a student."""
    found = {stage.name: stage.flops for stage in stages(history, config)}
    if not found:
        return None
    extra = (found["Ask the teacher"] or 0) + (found["Train one student"] or 0)
    saved = (found["One answer of the teacher"] or 0) - (found["One answer of the student"] or 0)
    return math.ceil(extra / saved) if saved > 0 else None


def pays(history: History, config: DistilConfig) -> str:
    """:func:`break_even` of a finished run, in a sentence."""
    answer = [s.flops for s in stages(history, config) if s.name == "One answer of the teacher"]
    if answer == [0]:
        return say("What the teacher's answers cost is not known: they come from a file.")
    count = break_even(history, config)
    if count is None:
        return say(
            "Counted in FLOPs, the student's answers are no cheaper than the teacher's: it never "
            "pays for its training."
        )
    return say(
        "Counted in FLOPs, the student has paid for its own training and for the answers it "
        "learned from once it has given {count} answers in the teacher's place. The teacher has "
        "to be trained in any case.",
        count=f"{count:,}",
    )
