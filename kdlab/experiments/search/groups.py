"""Groups of trials that are trained as one cohort: which comes next, and when one is given up.

Places are filled in their order, as many as trials are asked: first those of groups that somebody
has left, by a stop or a kill, then those of a new group. What is tried, and when a group is given
up, depends on the trials of other groups only. So one worker that is killed anywhere and begun
again tries what one that was left alone tries, and finds the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from kdlab.experiments.search import trials
from kdlab.experiments.search.config import GROUP
from kdlab.experiments.search.proposals import STARTUP
from kdlab.experiments.search.trials import Known

if TYPE_CHECKING:
    import optuna


@dataclass(frozen=True)
class Member:
    """One student of a group, with its T (None: plays no part) and alpha. ``trial`` is what its
    result is told to: None where it is known already, or was not asked for."""

    trial: optuna.Trial | None
    temperature: float | None
    alpha: float


@dataclass(frozen=True)
class Group:
    """GROUP students of one architecture, method and teacher, to be trained as one cohort.

    It is always the whole cohort that is trained, whatever is known of it or asked: the last bits
    of a student, and whether the group is given up, depend on the others. ``highest``: of each
    member the most so far of what is maximised.
    """

    number: int
    student: str
    method: str
    teacher: str
    members: tuple[Member, ...]
    highest: list[float] = field(default_factory=lambda: [0.0] * GROUP)


def next_group(known: list[Known], most: int) -> tuple[int, list[int]]:
    """The group that comes next and which of its places are to be filled, none where there are
    ``most`` trials; nobody who is gone is among ``known`` as at work."""
    counted = trials.counted(known)
    room = most - len(counted)
    busy = {one.asked.group for one in counted if one.state == "running"}
    groups: dict[int, set[int]] = {}
    for one in known:
        if one.asked.group is not None:
            groups.setdefault(one.asked.group, set())
    for one in counted:
        if one.asked.group is not None:
            groups[one.asked.group].add(one.asked.place)
    for number in sorted(groups):
        missing = [place for place in range(GROUP) if place not in groups[number]]
        if missing and number not in busy:
            return number, missing[: max(0, room)]
    earlier = [one.trial.number for one in known if one.asked.group is None]
    after = max(earlier) // GROUP + 1 if earlier else 0
    return max(groups, default=after - 1) + 1, list(range(GROUP))[: max(0, room)]


def behind(
    group: Group,
    known: Sequence[Known],
    costs: Mapping[str, Mapping[str, Any]],
    epoch: int,
    value: float,
) -> bool:
    """Whether to give the group up, whose best member has this ``value`` after ``epoch``:
    what is maximised, :func:`kdlab.experiments.search.judged.value`.

    So it is where every member is behind the median of what is ``known``, as Optuna's pruner would
    have it, and a student that is no larger was as good after as many epochs: one that is ahead of
    all smaller ones may lie on the front, however far behind the large ones it is.
    """
    import numpy

    others = [one for one in known if one.asked.group != group.number]
    complete = [one for one in others if one.state == "complete"]
    reached = [one.course[epoch] for one in complete if epoch in one.course]
    if len(complete) < STARTUP or not reached:
        return False
    if max(group.highest) >= numpy.percentile(reached, 50):
        return False
    most = costs[group.student]["parameters"]
    return any(
        one.course.get(epoch, -1.0) >= value and costs[one.asked.student]["parameters"] <= most
        for one in others
    )
