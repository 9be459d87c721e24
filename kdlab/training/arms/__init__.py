"""Arms of a study: students that are made in different ways, compared under one budget.

::

    Plan(arms) ── cohorts ──> train_arms ── events ──> kdlab.experiments.study.history
                                  │
                              TrainingContext: data, teachers, students that are done

An arm is data (:class:`Arm`); one loop trains them all, :func:`kdlab.training.loop.train`. Arms
that differ only in T, alpha and labels share a cohort. An arm may begin where another ended, or
learn from its students.
"""

from kdlab.training.arms.arm import DEFAULT_TEACHER, Arm, ArmStudents, Peer, Plan, TeacherSpec

__all__ = ["DEFAULT_TEACHER", "Arm", "ArmStudents", "Peer", "Plan", "TeacherSpec"]
