"""Trials as the journal knows them: taken in groups, reported, finished, and freed after a kill.

Who proposes what is in :mod:`kdlab.experiments.search.proposals`, how a trial stands in the journal
in :mod:`kdlab.experiments.search.trials`, which group comes next and when one is given up in
:mod:`kdlab.experiments.search.groups`.

Several workers agree through the journal, whose order all see alike. Two that take the same group
at the same time both look after they have written, and the one that came later lets go. What they
try depends on who is quicker: each trial says how many others were at work when it was asked.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.experiments.search import judged, proposals, trials
from kdlab.experiments.search.folder import others
from kdlab.experiments.search.groups import Group, Member, behind, next_group
from kdlab.experiments.search.journal import NAME, kept
from kdlab.experiments.search.proposals import Proposal
from kdlab.experiments.search.space import Space
from kdlab.experiments.search.trials import Asked, Known
from kdlab.measure.measures import ACCURACY, Measure
from kdlab.system.leases import Lease

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial


class TrialLog:
    """The trials of a search, shared with every other worker that opened the same journal, and
    judged by ``measure``.

    Everything here raises StoreError where the journal cannot be read or written.
    """

    def __init__(
        self,
        study: optuna.Study,
        folder: Path,
        space: Space,
        lease: Lease,
        measure: Measure = ACCURACY,
    ) -> None:
        import optuna

        self.study = study
        self.study.sampler = optuna.samplers.RandomSampler()  # asked for nothing
        self._folder = folder
        self._space = space
        self._lease = lease
        self._measure = measure
        self._mine: set[int] = set()

    # -- taking ---------------------------------------------------------------------------------

    def take(self, most: int) -> Group | None:
        """A group to train, so that there are ``most`` trials in the end; None where all of them
        are there, or in training by others."""
        with self._kept():
            while True:
                known = self._known()
                self._free_the_dead(known)
                known = self._known()
                number, places = next_group(known, most)
                if not places:
                    return None
                group = self._claimed(number, places, known)
                if group is not None:
                    return group

    def _claimed(self, number: int, places: list[int], known: list[Known]) -> Group | None:
        """Take these places of group ``number``; None where another worker was quicker."""
        counted = trials.counted(known)
        written: dict[int, Known] = {}
        own = [one for one in known if one.asked.group == number]
        for one in sorted(own, key=lambda one: not one.ended):
            written.setdefault(one.asked.place, one)
        found = proposals.group(
            self._space,
            self._folder.name,
            number,
            [one for one in counted if one.asked.group != number],
            written,
        )
        beside = {one.asked.share for one in counted if one.state == "running"}
        for place in places:
            self._write(found[place], number, place, len(beside - {self._lease.id}))
        alive = {self._lease.id, *others(self._folder, self._lease)}
        taken = [
            one
            for one in self._known()
            if one.asked.group == number and one.state == "running" and one.asked.share in alive
        ]
        mine = {one.asked.place: one for one in taken if one.asked.share == self._lease.id}
        self._mine |= {one.trial.number for one in mine.values()}
        if not taken or taken[0].asked.share != self._lease.id:
            self._abandon()
            return None
        lead = found[0]
        members = tuple(
            Member(self._open(mine.get(place)), one.temperature, one.alpha)
            for place, one in enumerate(found)
        )
        return Group(number, lead.student, lead.method, lead.teacher, members)

    def _write(self, proposal: Proposal, group: int, place: int, beside: int) -> None:
        """One line with all of it: a kill leaves the whole trial or nothing."""
        import optuna

        asked = Asked(
            self._lease.id, proposal.student, proposal.method, proposal.teacher,
            proposal.temperature, proposal.alpha, group, place, beside,
        )  # fmt: skip
        self.study.add_trial(
            optuna.trial.create_trial(
                state=optuna.trial.TrialState.RUNNING,
                params=proposal.params,
                distributions=proposals.ranges(self._space),
                user_attrs={"asked": asked.attribute()},
            )
        )

    def _open(self, known: Known | None) -> optuna.Trial | None:
        import optuna

        return None if known is None else optuna.Trial(self.study, known.trial._trial_id)

    # -- telling --------------------------------------------------------------------------------

    def report(self, group: Group, epoch: int, values: list[float]) -> bool:
        """What is maximised (:func:`kdlab.experiments.search.judged.value`) after ``epoch``, one a
        member; whether to give the group up.

        So it is where the group is :func:`kdlab.experiments.search.groups.behind`, or where another
        worker has taken all of its trials away, because this one gave no sign for too long.
        """
        from optuna.exceptions import UpdateFinishedTrialError

        with self._kept():
            ours = False
            for member, value in zip(group.members, values, strict=True):
                if member.trial is not None:
                    with contextlib.suppress(UpdateFinishedTrialError):
                        member.trial.report(value, epoch)
                        ours = True
            group.highest[:] = map(max, group.highest, values)
            return not ours or behind(group, self._counted(), self._space.costs, epoch, max(values))

    def finish(
        self,
        member: Member,
        epochs: int,
        accuracy: list[float],
        bits: Sequence[float] = (),
        *,
        pruned: bool,
    ) -> None:
        """Keep the result, one accuracy per seed after ``epochs``, and of text one number of bits;
        it survives whatever comes."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        trial = member.trial
        if trial is None:
            return
        with self._kept():
            try:
                beside = {"bits": list(bits)} if bits else {}
                trial.set_user_attr("found", {"accuracy": accuracy, "epochs": epochs} | beside)
                if pruned:
                    self.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
                else:
                    value = judged.value(accuracy, bits)
                    self.study.tell(trial, value, skip_if_finished=True)
            except UpdateFinishedTrialError:
                pass  # another worker took it away and trains it again
        self._mine.discard(trial.number)

    def abandon(self) -> None:
        """Give back all trials that were taken and not finished: they are tried again."""
        with self._kept():
            self._abandon()

    # -- reading --------------------------------------------------------------------------------

    def finished(self) -> list[dict[str, Any]]:
        """All trials that have a result, by whichever worker, as plain numbers, by number.

        Keys: those of :func:`kdlab.experiments.search.trials.as_row`.
        """
        with self._kept():
            counted = self._counted()
        return [
            trials.as_row(one, self._space.costs[one.asked.student]) for one in counted if one.ended
        ]

    def results(self) -> optuna.Study:
        """The trials that have a result in a study in memory, as importances are made of."""
        with self._kept():
            return proposals.in_memory(self._space, [o for o in self._counted() if o.ended])

    def workers(self) -> int:
        """How many have worked at the same time, as far as one has asked beside the others."""
        with self._kept():
            return 1 + max((one.asked.beside for one in self._known()), default=0)

    def others_at_work(self) -> bool:
        """Whether trials are with other workers, or were left by one that has just gone."""
        with self._kept():
            known = self._known()
        return any(one.state == "running" and one.trial.number not in self._mine for one in known)

    # -- inside ---------------------------------------------------------------------------------

    def _kept(self) -> contextlib.AbstractContextManager[None]:
        return kept(self._folder / NAME)

    def _known(self) -> list[Known]:
        """The trials of this search in the journal's order; those with students or methods that
        it does not have, or that were judged by something else, are another version's."""
        frozen: list[FrozenTrial] = self.study.get_trials(deepcopy=False)
        return [
            one
            for one in trials.read(frozen, self._measure)
            if one.asked.student in self._space.costs
            and one.asked.method in self._space.methods
            and one.asked.teacher in self._space.teachers
        ]

    def _counted(self) -> list[Known]:
        return trials.counted(self._known())

    def _free_the_dead(self, known: list[Known]) -> None:
        """Fail the trials of workers that are gone, so that they are tried again."""
        foreign = [o for o in known if o.state == "running" and o.trial.number not in self._mine]
        alive = others(self._folder, self._lease) if foreign else set()
        for one in foreign:
            if one.asked.share not in alive:
                self._fail(one.trial.number)

    def _abandon(self) -> None:
        for number in sorted(self._mine):
            self._fail(number)

    def _fail(self, number: int) -> None:
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        with contextlib.suppress(UpdateFinishedTrialError):  # another one was quicker
            self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
        self._mine.discard(number)
