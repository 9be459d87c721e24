"""Maps: hundreds of students over two axes, trained as a few cohorts in the time of some runs.

::

    SweepConfig ── plan ──> members (each trained once) ── cohorts ──> ── train ──> events
        |                                                               |
        └── cells: each is a member, beside the one on labels alone ────┴── fold ──> SweepHistory

A map may be trained in shares, by several workers at the same time; which cohorts there are does
not depend on it. Each cohort that is done is kept, so that a map that was interrupted resumes where
it stood.
"""

from kdlab.experiments.sweep.config import AXES, Axis, SweepConfig
from kdlab.experiments.sweep.history import SweepHistory
from kdlab.experiments.sweep.kept import load_result
from kdlab.experiments.sweep.plan import normal, plan, possible
from kdlab.experiments.sweep.run import run

__all__ = [
    "AXES",
    "Axis",
    "SweepConfig",
    "SweepHistory",
    "load_result",
    "normal",
    "plan",
    "possible",
    "run",
]
