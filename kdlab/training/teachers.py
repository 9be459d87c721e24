"""Teachers: trained on all labels, or read from weights; then frozen, and asked once.

``train_teacher`` and ``freeze_and_predict`` yield events and return what they made.
"""

from __future__ import annotations

import copy
import functools
from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kdlab.config.schema import TeacherConfig
from kdlab.data import find as find_data
from kdlab.data.split import DataSplit, is_text
from kdlab.errors import ModelError
from kdlab.events import Event, Progress, RunFailed, TeacherEpoch, TeacherReady
from kdlab.measure import metrics
from kdlab.methods import find as find_method
from kdlab.models import black_box, class_names, weights
from kdlab.training.cohort import Objective, assemble
from kdlab.training.cohort_loop import train_cohort
from kdlab.training.evaluator import Evaluator, Look, Policy
from kdlab.training.loop import Cohort, EpochDone, PlainStep, Step, device
from kdlab.training.seeds import Role, stream

TEACHER_BATCH = 128
ANSWER_BATCH = 256


@dataclass(frozen=True)
class Teacher:
    """A trained teacher, frozen and in evaluation mode, with its logits (N, C) on each part."""

    module: nn.Module
    train_logits: Tensor
    validation_logits: Tensor
    test_logits: Tensor


def loaded(
    content: bytes, config: TeacherConfig, split: DataSplit
) -> tuple[nn.Module, tuple[str, ...]]:
    """The network in a file of weights, its outputs in the order of ``split.classes``, and what is
    to be told of it in sentences. ModelError where it is another network than ``config.teacher``,
    for other inputs or for other classes."""
    classes = len(split.classes)
    found = weights.bring(content, config.teacher, split.shape, classes)
    fixed = find_data(config.dataset).classes is not None and found.dataset == config.dataset
    if found.names is not None:  # other classes are told by their names, not by their number
        class_names.order(found.names, split.classes)
    class_names.check_columns(found.columns, split.columns)
    module = weights.fit(config.teacher, split.shape, classes, found.state)
    if found.names is None and fixed:
        return module, found.notes
    return module, (*found.notes, *class_names.arrange(module, found.names, split.classes))


def freeze_and_predict(
    module: nn.Module, split: DataSplit, known: tuple[Tensor, Tensor, Tensor] | None = None
) -> Generator[Event, None, Teacher]:
    """Freeze ``module`` for good and let it answer every part once: the only teacher forwards.

    ``known`` are its logits on train, validation and test from an earlier run on these data.
    Yields progress, returns the teacher, all on the CPU.
    """
    module.eval().requires_grad_(False)
    if known is None:
        where = device()
        on_device = copy.deepcopy(module).to(where)
        parts = (split.train, split.validation, split.test)
        total, done, found = sum(len(p.targets) for p in parts), 0, []
        for part in parts:
            logits = []
            for inputs in part.inputs.split(ANSWER_BATCH):
                with torch.no_grad():
                    logits.append(on_device(inputs.to(where)).cpu())
                done += len(inputs)
                yield Progress(stage="asking the teacher", done=done, total=total)
            found.append(torch.cat(logits))
        known = (found[0], found[1], found[2])
    for answers in known:
        finite_answers(answers)
    return Teacher(module, *known)


class Unasked(nn.Module):
    """In the place of a teacher of which there are answers, and nothing to ask."""

    def forward(self, inputs: Tensor) -> Tensor:
        """ConfigError in any case."""
        raise black_box.refused(black_box.ANSWERS.name, "answer what is not in its file", asks=True)

    @property
    def told_parameters(self) -> int:
        """None that are known."""
        return 0

    @property
    def told_operations(self) -> int:
        """None here."""
        return 0


def told(split: DataSplit) -> Teacher:
    """The teacher whose answers were read with the data."""
    assert split.answers is not None, "the data were read without the teacher's answers"
    return Teacher(Unasked().eval(), *split.answers)


def finite_answers(logits: Tensor) -> None:
    """ModelError where a teacher's logits (N, C) hold NaN or infinite numbers: no student can learn
    from these, whatever the method, and a loss would only say that it is no number."""
    wrong = int((~torch.isfinite(logits)).any(1).sum())
    if wrong:
        raise ModelError(
            f"the teacher answers {wrong:,} of {len(logits):,} images with NaN or infinite numbers",
            "finite logits",
            "Load other weights, or train the teacher again with a smaller learning rate",
        )


def train_teacher(
    config: TeacherConfig, split: DataSplit
) -> Generator[Event, None, nn.Module | None]:
    """Cross-entropy on all training images; yields TeacherEpoch, returns the module on the CPU.

    Where the loss stops being finite the last event is RunFailed, and None is returned.
    """
    epochs, where = config.teacher_epochs, device()
    nothing = torch.zeros(len(split.train.targets), len(split.classes), device=where)
    step = PlainStep(split.train.inputs.to(where), nothing)
    cohort = cohort_of_one(config, split, step, "training the teacher")
    policy = Policy(
        epochs=range(epochs + 1) if epochs else (),
        first_parts=True,
        failure=functools.partial(not_finite, "The teacher's"),
    )
    evaluator = Evaluator(cohort, policy, {"validation": split.validation})
    for item in train_cohort(evaluator):
        if isinstance(item, Look):
            yield TeacherEpoch(
                epoch=item.epoch,
                epochs=epochs,
                loss=item.done.hard[0],
                accuracy=item.accuracy("validation")[0],
                bits=next(iter(item.bits("validation")), None),
            )
        elif isinstance(item, Event):
            yield item
            if isinstance(item, RunFailed):
                return None
    return cohort.engine.module(0)


def cohort_of_one(config: TeacherConfig, split: DataSplit, step: Step, stage: str) -> Cohort:
    """A fresh teacher that learns by ``step``, on all labels."""
    where = device()
    first = stream(config.teacher_seed, Role.TEACHER_WEIGHTS)
    engine = assemble(config.teacher, split.shape, len(split.classes), [first], device=where)
    objective = Objective(
        find_method("labels-only"),
        alpha=torch.zeros(1, 1, 1, device=where),
        temperature=torch.ones(1, 1, 1, device=where),
        labels=split.train.targets.unsqueeze(0).to(where),
        fraction=torch.tensor([split.train.known / len(split.train.targets)], device=where),
    )
    return Cohort(
        engine=engine,
        objective=objective,
        step=step,
        size=len(split.train.targets),
        batch_seeds=[stream(config.teacher_seed, Role.TEACHER_BATCHES)],
        epochs=config.teacher_epochs,
        batch_size=TEACHER_BATCH,
        learning_rate=config.teacher_learning_rate,
        stage=stage,
    )


def not_finite(whose: str, done: EpochDone, loss: Sequence[float]) -> str:
    """Why a teacher came to no end; ``whose`` loss it was, as a sentence begins."""
    return (
        f"{whose} loss became {done.hard[0]} in epoch {done.epoch}. Allowed: a finite loss. Lower "
        "the teacher's learning rate."
    )


def teacher_ready(
    teacher: Teacher,
    split: DataSplit,
    cached: bool,
    seconds: float,
    by_heart: Tensor | None = None,
) -> TeacherReady:
    """The teacher's accuracy on training examples whose class is known and on validation examples,
    as an event. ``by_heart`` (N, C) is what trees say of rows that they have grown on."""
    known = split.train.targets >= 0
    answers = {"train": teacher.train_logits[known], "validation": teacher.validation_logits}
    targets = {"train": split.train.targets[known], "validation": split.validation.targets}
    if by_heart is not None:
        answers["by heart"], targets["by heart"] = by_heart[known], targets["train"]
    found = {part: metrics.accuracy(z.t()[None], targets[part])[0] for part, z in answers.items()}
    bits = None
    if is_text(split.validation):
        said = teacher.validation_logits.t()[None]
        bits = metrics.bits(said, split.validation.targets)[0]
    return TeacherReady(
        validation_accuracy=found["validation"],
        cached=cached,
        seconds=seconds,
        train_accuracy=found["train"],
        validation_bits=bits,
        by_heart=found.get("by heart"),
    )
