"""What the trials of a group try, as a function of the group's number and of what is known then.

Optuna's sampler proposes one trial at a time; the lab trains students of one architecture as one
cohort. So the first trial of a group is sampled freely, and the others with its student, method
and teacher held fixed (PartialFixedSampler), so that only T and alpha are theirs. Each knows of
the others that are in training (constant liar: they count as bad), so the group spreads out.

All of it happens in a study in memory, which holds what the sampler is to see and nothing else:
neither how often something was tried nor where a process was killed is among it. The proposals are
made for a whole group, also where fewer trials are asked: more of them later are the same.
"""

from __future__ import annotations

import hashlib
import warnings
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from kdlab import methods
from kdlab.experiments.search import trials
from kdlab.experiments.search.config import GROUP
from kdlab.experiments.search.space import TEMPERATURES, Space
from kdlab.experiments.search.trials import Known

if TYPE_CHECKING:
    import optuna

STARTUP = 12
"""Trials before the sampler and the pruner judge by what they have seen."""
FIRST, EVERY = 3, 4
"""Groups that look around, not where it was good: so many at the start, then one in so many."""
STEPS = (0.6180339887, 0.4142135624, 0.7320508076, 0.6457513110)
"""Fractions of the golden ratio and of the roots of 2, 3 and 7: width, depth, method, teacher."""
OWN = ("temperature", "alpha")
"""What the trials of a group do not share."""


@dataclass(frozen=True)
class Proposal:
    """One trial: Optuna's parameters, and what they mean. ``temperature`` is None where the method
    has none."""

    params: dict[str, Any]
    student: str
    method: str
    teacher: str
    temperature: float | None
    alpha: float


def group(
    space: Space, search: str, number: int, before: Iterable[Known], written: Mapping[int, Known]
) -> list[Proposal]:
    """What the GROUP trials of group ``number`` of ``search`` try.

    ``before``: the trials of other groups. ``written``: place -> a trial of this group that stands
    in the journal already and holds for good, where it is of one architecture with the first.
    """
    import optuna

    study = in_memory(space, before)
    # A new sampler for each group, so that a search that resumes proposes nothing twice.
    text = f"{search} {number * GROUP} 0"
    seed = int(hashlib.sha256(text.encode()).hexdigest()[:8], 16)
    sampler = optuna.samplers.TPESampler(
        seed=seed, multivariate=True, constant_liar=True, n_startup_trials=STARTUP
    )
    lead = next((p for k in written.values() if (p := _kept(space, k)) is not None), None)
    fixed = explored(space, number)
    found: list[Proposal] = []
    for place in range(GROUP):
        study.sampler = _holding(fixed, sampler)
        # asked also where it stands already: the sampler's numbers are drawn in one order
        trial = study.ask(ranges(space))
        kept = _kept(space, written[place]) if place in written else None
        if kept is not None and lead is not None and _shared(kept.params) != _shared(lead.params):
            kept = None
        proposal = kept or proposed(space, {**trial.params, **_shared(lead.params if lead else {})})
        if proposal.params != trial.params:
            study.tell(trial, state=optuna.trial.TrialState.FAIL)
            running = optuna.trial.TrialState.RUNNING
            study.add_trial(
                optuna.trial.create_trial(
                    state=running, params=proposal.params, distributions=ranges(space)
                )
            )
        lead = lead or proposal
        found.append(proposal)
        fixed = _shared(lead.params)
    return found


def explored(space: Space, number: int) -> dict[str, Any]:
    """What the first trial of group ``number`` is held to: for the FIRST groups, and every
    EVERY-th one later, the next point of a sequence that covers all students and methods evenly,
    from the widest on (Weyl 1916: multiples of irrational steps, modulo 1).

    A sampler that is after accuracy would soon propose the large ones only, and the front would
    end there.
    """
    if number >= FIRST and number % EVERY:
        return {}
    choices: dict[str, tuple[Any, ...]] = {
        "depth": tuple(space.ladders),
        "method": space.methods,
        "teacher": space.teachers,
    }
    found: dict[str, Any] = {"width": (0.95 + number * STEPS[0]) % 1}
    for step, (name, values) in zip(STEPS[1:], choices.items(), strict=True):
        if len(values) > 1:
            found[name] = values[int((0.5 + number * step) % 1 * len(values))]
    return found


def ranges(space: Space) -> dict[str, optuna.distributions.BaseDistribution]:
    """Optuna's parameters of a trial, in the order in which they are sampled. Every trial has every
    parameter, as importances need; of one that has a single value nothing is asked."""
    from optuna.distributions import CategoricalDistribution, FloatDistribution

    found: dict[str, Any] = {
        "depth": CategoricalDistribution(tuple(space.ladders)),
        "width": FloatDistribution(0.0, 1.0),
        "method": CategoricalDistribution(space.methods),
        "teacher": CategoricalDistribution(space.teachers),
        "temperature": FloatDistribution(*TEMPERATURES, log=True),
        "alpha": FloatDistribution(0.0, 1.0, step=0.01),
    }
    single = {"depth": len(space.ladders) == 1, "teacher": len(space.teachers) == 1}
    return {name: span for name, span in found.items() if not single.get(name)}


def proposed(space: Space, params: dict[str, Any]) -> Proposal:
    """What Optuna's parameters mean in this search."""
    depth = params.get("depth", next(iter(space.ladders)))
    method = params["method"]
    temperature = round(params["temperature"], 2)
    return Proposal(
        params=params,
        student=space.student(depth, params["width"]),
        method=method,
        teacher=params.get("teacher", space.teachers[0]),
        temperature=temperature if methods.find(method).uses_temperature else None,
        alpha=round(params["alpha"], 2),  # to two places, as a person would write them in a link
    )


def in_memory(space: Space, known: Iterable[Known]) -> optuna.Study:
    """A study of what was tried, by number, in the ranges of this search."""
    import optuna

    study = optuna.create_study(direction="maximize")
    spans = ranges(space)
    for one in known:
        params = {name: one.trial.params[name] for name in spans if name in one.trial.params}
        trials.add(study, one, params, spans)
    return study


def _kept(space: Space, known: Known) -> Proposal | None:
    """What was written for a place; None where it is not of this search any more."""
    from optuna.trial import create_trial

    spans = ranges(space)
    try:
        params = {name: known.trial.params[name] for name in spans}
        create_trial(state=known.trial.state.RUNNING, params=params, distributions=spans)
        found = proposed(space, params)
    except (KeyError, ValueError, TypeError, OverflowError):
        return None
    return found if (found.student, found.method, found.teacher) == known.asked.what else None


def _shared(params: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in params.items() if name not in OWN}


def _holding(fixed: dict[str, Any], sampler: Any) -> Any:
    """The sampler, held to what is ``fixed``."""
    import optuna
    from optuna.exceptions import ExperimentalWarning

    if not fixed:
        return sampler
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", ExperimentalWarning)
        return optuna.samplers.PartialFixedSampler(fixed, sampler)
