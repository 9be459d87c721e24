"""Students of text as one cohort against one of them in the textbook loop, in turns."""

from __future__ import annotations

from collections.abc import Iterator

from kdlab.bench import Row, core, textbook
from kdlab.config.schema import DistilConfig

LIMIT = 8000
"""Characters to learn from: a loop with a transformer in it takes its time."""
EPOCHS = 2
STUDENTS = {"mlp-32": 10.0, "gru-32": None, "gpt-1-32": None}
"""Student -> how many times faster per student it should be in a cohort; None: as it comes."""


def rows() -> Iterator[Row]:
    """A cohort of 2 x 5 students of ``names`` against ONE student in the textbook loop."""
    for student, goal in STUDENTS.items():
        yield _row(student, goal)


def _row(student: str, goal: float | None) -> Row:
    budget = {"epochs": EPOCHS, "train_limit": LIMIT, "teacher_epochs": 1}
    config = DistilConfig.parse({"dataset": "names", "student": student, "labels": "all", **budget})
    split, teacher = core.ready(config)

    def one() -> None:
        textbook.distil(
            split, teacher.module, student, epochs=EPOCHS, temperature=2, alpha=0.9, seed=0
        )

    def ten() -> None:
        core.students(config, split, teacher)

    single, cohort = core.alternate(one, ten)
    ratio = 10 * single / cohort
    return Row(
        f"10 students {student} of text as one cohort against 1 in the textbook loop ({EPOCHS} "
        f"epochs of {LIMIT:,} characters)",
        f"{cohort:.2f} s against {single:.2f} s: {ratio:.1f} times faster per student",
        "" if goal is None else f"{goal:g} times per student",
        None if goal is None else ratio >= goal,
    )
