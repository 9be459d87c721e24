"""Arms of a study: students that are made in different ways, compared under one budget.

::

    Plan(arms) ── cohorts ──> train_arms ── events ──> kdlab.studies.history
                                  │
                              Workshop: data, teachers, students that are done

An arm is data (:class:`Arm`); one loop trains them all, :func:`kdlab.loop.train`. Arms that differ
only in T, alpha and labels share a cohort. An arm may begin where another ended, or learn from its
students.
"""

from kdlab.arms.arm import OWN, Arm, Graduate, Network, Peer, Plan

__all__ = ["OWN", "Arm", "Graduate", "Network", "Peer", "Plan"]
