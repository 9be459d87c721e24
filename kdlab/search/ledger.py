"""Trials as the journal knows them: taken in groups, reported, finished, and freed after a kill.

Optuna asks for one trial at a time; the lab trains students of one architecture as one cohort. So
the first trial of a group is asked freely, and the others with its student, method and teacher
held fixed (PartialFixedSampler), so that only T and alpha are theirs. Each is told of the others
that are still running (constant liar: they count as bad), so the group spreads out. Enqueuing
trials with fixed values would do the same for one worker, but another worker would pop them from
the queue and tear the group apart, and a kill would leave them waiting there.

How many trials there are is decided by the journal, whose order all workers see alike: a trial
counts if fewer than ``trials`` that have not failed come before it. Two workers that take the last
trials at the same time both look after they have asked, and the one that came later lets go.
"""

from __future__ import annotations

import hashlib
import warnings
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab import methods
from kdlab.search.config import GROUP
from kdlab.search.folder import LEASE, Share
from kdlab.search.journal import NAME, kept
from kdlab.search.space import TEMPERATURES, Space

if TYPE_CHECKING:
    import optuna
    from optuna.trial import FrozenTrial

STARTUP = 12
"""Trials before the sampler and the pruner judge by what they have seen."""
FIRST, EVERY = 3, 4
"""Groups that look around, not where it was good: so many at the start, then one in so many."""
STEPS = (0.6180339887, 0.4142135624, 0.7320508076, 0.6457513110)
"""Fractions of the golden ratio and of the roots of 2, 3 and 7: width, depth, method, teacher."""


@dataclass(frozen=True)
class Member:
    """One trial of a group: what Optuna knows it as, and its T (None: plays no part) and alpha."""

    trial: optuna.Trial
    temperature: float | None
    alpha: float


@dataclass(frozen=True)
class Group:
    """Trials of one student, method and teacher, to be trained as one cohort."""

    student: str
    method: str
    teacher: str
    members: tuple[Member, ...]


class Ledger:
    """The trials of a search, shared with every other worker that opened the same journal.

    Everything here raises StoreError where the journal cannot be read or written.
    """

    def __init__(self, study: optuna.Study, folder: Path, space: Space, share: Share) -> None:
        import optuna

        self.study = study
        self.study.pruner = optuna.pruners.MedianPruner(n_startup_trials=STARTUP)
        self._path = folder / NAME
        self._space = space
        self._share = share
        self._mine: dict[int, optuna.Trial] = {}

    # -- taking ---------------------------------------------------------------------------------

    def take(self, trials: int) -> Group | None:
        """A group of new trials to train; None where there are ``trials`` of them already."""
        with kept(self._path):
            self._free_the_dead()
            room = trials - len(self._alive())
            if room <= 0:
                return None
            members = self._ask(min(GROUP, room))
            alive = self._alive()
            counted = {t.number for t in alive[:trials]}
            for number in sorted(set(self._mine) - counted):
                self._fail(number)
        kept_members = tuple(m for _, m in members if m.trial.number in counted)
        return Group(**members[0][0], members=kept_members) if kept_members else None

    def _ask(self, count: int) -> list[tuple[dict[str, str], Member]]:
        """``count`` new trials, each {student, method, teacher}, the same for all, and the rest."""
        import optuna
        from optuna.exceptions import ExperimentalWarning

        asked = len(self.study.get_trials(deepcopy=False))
        # A new sampler each time, so that a search that goes on proposes nothing twice.
        text = f"{self._path.parent.name} {asked} {self._share.place}"
        seed = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
        sampler = optuna.samplers.TPESampler(
            seed=seed, multivariate=True, constant_liar=True, n_startup_trials=STARTUP
        )
        self.study.sampler = sampler
        fixed = self._explored(asked // GROUP)
        found = []
        for _ in range(count):
            if fixed:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", ExperimentalWarning)
                    self.study.sampler = optuna.samplers.PartialFixedSampler(fixed, sampler)
            trial = self.study.ask()
            self._mine[trial.number] = trial
            found.append(self._proposed(trial))
            fixed = {n: v for n, v in trial.params.items() if n not in ("temperature", "alpha")}
        return found

    def _explored(self, group: int) -> dict[str, Any]:
        """What the first trial of the ``group``-th group is held to: for the FIRST groups, and
        every EVERY-th one later, the next point of a sequence that covers all students and methods
        evenly, from the widest on (Weyl 1916: multiples of irrational steps, modulo 1).

        A sampler that is after accuracy would soon propose the large ones only, and the front
        would end there.
        """
        if group >= FIRST and group % EVERY:
            return {}
        space = self._space
        choices: dict[str, tuple[Any, ...]] = {
            "depth": tuple(space.ladders),
            "method": space.methods,
            "teacher": space.teachers,
        }
        found: dict[str, Any] = {"width": (0.95 + group * STEPS[0]) % 1}
        for step, (name, values) in zip(STEPS[1:], choices.items(), strict=True):
            if len(values) > 1:
                found[name] = values[int((0.5 + group * step) % 1 * len(values))]
        return found

    def _proposed(self, trial: optuna.Trial) -> tuple[dict[str, str], Member]:
        """Let the sampler fill ``trial``; every trial has every parameter, as importances need."""
        space = self._space
        depths = list(space.ladders)
        depth = trial.suggest_categorical("depth", depths) if len(depths) > 1 else depths[0]
        place = trial.suggest_float("width", 0.0, 1.0)
        method = trial.suggest_categorical("method", space.methods)
        teacher = space.teachers[0]
        if len(space.teachers) > 1:
            teacher = trial.suggest_categorical("teacher", space.teachers)
        # to two places, as a person would write them in a link
        temperature = round(trial.suggest_float("temperature", *TEMPERATURES, log=True), 2)
        alpha = round(trial.suggest_float("alpha", 0.0, 1.0, step=0.01), 2)
        shown = temperature if methods.find(method).uses_temperature else None
        what = {"student": space.student(depth, place), "method": method, "teacher": teacher}
        asked = {"share": self._share.id, **what, "temperature": shown, "alpha": alpha}
        trial.set_user_attr("asked", asked)
        return what, Member(trial, shown, alpha)

    # -- telling --------------------------------------------------------------------------------

    def report(self, group: Group, epoch: int, accuracy: list[float]) -> bool:
        """Mean validation accuracies after ``epoch``, one a member; whether to give the group up.

        So it is where Optuna's pruner would stop every member, and a student that is no larger was
        as good after as many epochs: one that is ahead of all smaller ones may lie on the front,
        however far behind the large ones it is. Or where another worker has taken all of them away,
        because this one gave no sign for too long.
        """
        from optuna.exceptions import UpdateFinishedTrialError

        stop = []
        with kept(self._path):
            for member, value in zip(group.members, accuracy, strict=True):
                try:
                    member.trial.report(value, epoch)
                    stop.append(member.trial.should_prune())
                except UpdateFinishedTrialError:
                    continue
            return not stop or (all(stop) and self._beaten(group, epoch, max(accuracy)))

    def _beaten(self, group: Group, epoch: int, accuracy: float) -> bool:
        """Whether a trial of a student that is no larger had ``accuracy`` at ``epoch``."""
        costs = self._space.costs
        most = costs[group.student]["parameters"]
        return any(
            trial.intermediate_values.get(epoch, -1.0) >= accuracy
            and costs[trial.user_attrs["asked"]["student"]]["parameters"] <= most
            for trial in self._alive()
            if trial.number not in self._mine and "asked" in trial.user_attrs
        )

    def finish(self, member: Member, epochs: int, accuracy: list[float], *, pruned: bool) -> None:
        """Keep the result, one accuracy a seed after ``epochs``; it survives whatever comes."""
        from optuna.exceptions import UpdateFinishedTrialError
        from optuna.trial import TrialState

        trial = member.trial
        with kept(self._path):
            try:
                trial.set_user_attr("found", {"accuracy": accuracy, "epochs": epochs})
                if pruned:
                    self.study.tell(trial, state=TrialState.PRUNED, skip_if_finished=True)
                else:
                    mean = sum(accuracy) / len(accuracy)
                    self.study.tell(trial, mean, skip_if_finished=True)
            except UpdateFinishedTrialError:
                pass  # another worker took it away and trains it again
        self._mine.pop(trial.number, None)

    def abandon(self) -> None:
        """Give back all trials that were taken and not finished: others are asked instead."""
        with kept(self._path):
            for number in list(self._mine):
                self._fail(number)

    # -- reading --------------------------------------------------------------------------------

    def finished(self) -> list[dict[str, Any]]:
        """All trials that have a result, by whichever worker, as plain numbers.

        Keys: number, state (complete, pruned), student, teacher, method, temperature (None where
        the method has none), alpha, parameters, bytes, flops_per_image, latency_ms (median, one
        image), accuracy (validation, one a seed), epochs.
        """
        from optuna.trial import TrialState

        with kept(self._path):
            trials = self.study.get_trials(
                deepcopy=False, states=(TrialState.COMPLETE, TrialState.PRUNED)
            )
        rows = []
        for trial in trials:
            asked, found = (trial.user_attrs.get(name) for name in ("asked", "found"))
            if not asked or not found or asked["student"] not in self._space.costs:
                continue  # Optuna's own tools made it, or a version with other candidates
            rows.append(
                {
                    "number": trial.number,
                    "state": trial.state.name.lower(),
                    **{key: value for key, value in asked.items() if key != "share"},
                    **self._space.costs[asked["student"]],
                    **found,
                }
            )
        return rows

    def others_at_work(self) -> bool:
        """Whether trials are being trained by other workers."""
        from optuna.trial import TrialState

        with kept(self._path):
            self._free_the_dead()
            running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        return any(trial.number not in self._mine for trial in running)

    # -- inside ---------------------------------------------------------------------------------

    def _alive(self) -> list[FrozenTrial]:
        """Trials that are finished or being trained, in the journal's order."""
        from optuna.trial import TrialState

        states = (TrialState.COMPLETE, TrialState.PRUNED, TrialState.RUNNING)
        return self.study.get_trials(deepcopy=False, states=states)

    def _free_the_dead(self) -> None:
        """Fail the trials of workers that are gone, so that others are asked in their place."""
        from optuna.trial import TrialState

        running = self.study.get_trials(deepcopy=False, states=(TrialState.RUNNING,))
        foreign = [trial for trial in running if trial.number not in self._mine]
        if not foreign:
            return
        others = self._share.others()
        for trial in foreign:
            owner = trial.user_attrs.get("asked", {}).get("share")
            if owner is None and others:  # asked just now, or by somebody killed in that moment
                begun = trial.datetime_start or datetime.now()
                gone = (datetime.now() - begun).total_seconds() > LEASE
            else:
                gone = owner not in others
            if gone:
                self._fail(trial.number)

    def _fail(self, number: int) -> None:
        from optuna.trial import TrialState

        self.study.tell(number, state=TrialState.FAIL, skip_if_finished=True)
        self._mine.pop(number, None)
