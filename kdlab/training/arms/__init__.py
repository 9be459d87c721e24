"""Arms: students that are made in different ways, compared under one budget.

::

    Plan(arms) ── cohorts ──> ArmGroup ── evaluator_of ──> Evaluator ── train_cohort ──> Looks
                                               │              │
       TrainingContext: data, teachers, students that are done    Policy: what is asked when

A run is a plan of two arms, a map one of its cells, a search trains plans of a few trials, and a
study has its own. An arm is data (:class:`Arm`); one loop trains them all,
:func:`kdlab.training.cohort_loop.train_cohort`, and whoever trains makes events of what it tells.
Arms that differ only in T, alpha and labels share a cohort. An arm may begin where another ended,
or learn from its students.
"""

from kdlab.training.arms.arm import (
    DEFAULT_TEACHER,
    Arm,
    ArmStudents,
    Auxiliary,
    Peer,
    Plan,
    TeacherSpec,
)

__all__ = ["DEFAULT_TEACHER", "Arm", "ArmStudents", "Auxiliary", "Peer", "Plan", "TeacherSpec"]
