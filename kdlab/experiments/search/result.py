"""What a search found: the front of accuracy against size, what mattered, and the best student.

Of text, bits per character stand for accuracy (:mod:`kdlab.experiments.search.judged`). The best is
chosen by its mean on the validation images, on which it was the best of many: that number flatters.
What is reported is therefore another one: the best and the same student on labels alone, trained
again with seeds that no trial has seen, on the test images.
"""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from kdlab.config.schema import DistilConfig
from kdlab.errors import ModelError
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    Event,
    Measured,
    Progress,
    RunFailed,
    RunFinished,
    StudentsEpoch,
)
from kdlab.experiments.run import run as work
from kdlab.experiments.search import judged
from kdlab.experiments.search.config import SearchConfig
from kdlab.measure.measures import MEASURES
from kdlab.storage.store import Store

if TYPE_CHECKING:
    import optuna

ENOUGH = 10
"""Complete trials below which nothing is said about importance."""
AXES = ("parameters", "latency_ms")
"""What a trial's accuracy or bits are held against."""
ATTEMPTS = 5
"""So many of the best are judged, should the loss of the first ones not stay finite."""

Row = dict[str, Any]


def ranked(trials: list[Row]) -> list[Row]:
    """Complete trials from the best: by what they are judged by on validation, then the smaller,
    then the earlier. Each is its row with ``validation_accuracy``, the mean over its seeds, and of
    text ``validation_bits``."""
    complete = [
        {**row, **{f"validation_{name}": sum(row[name]) / len(row[name]) for name in _told(row)}}
        for row in trials
        if row["state"] == "complete"
    ]
    return sorted(complete, key=lambda r: (-judged.worth(r), r["parameters"], r["number"]))


def _told(row: Row) -> list[str]:
    """The measures that a trial tells of: accuracy, and of text bits."""
    return [name for name in MEASURES if name in row]


def front(trials: list[Row]) -> list[Row]:
    """The Pareto front, from small to large: complete trials that no other beats without
    being larger. ``on`` says for which of AXES that holds."""
    on: dict[int, list[str]] = {}
    best_first = ranked(trials)
    for axis in AXES:
        least = float("inf")
        for row in best_first:
            if row[axis] < least:
                least = row[axis]
                on.setdefault(row["number"], []).append(axis)
    rows = [{**row, "on": on[row["number"]]} for row in best_first if row["number"] in on]
    return sorted(rows, key=lambda r: (r["parameters"], judged.worth(r)))


def importance(study: optuna.Study) -> dict[str, float]:
    """Share of each parameter in what set the better trials apart, from the largest; they sum to 1.

    PED-ANOVA (Watanabe et al. 2023, arXiv:2304.10255). Empty with fewer than ENOUGH complete
    trials, or where all of them were equally good.
    """
    import optuna
    from optuna.trial import TrialState

    if len(study.get_trials(deepcopy=False, states=(TrialState.COMPLETE,))) < ENOUGH:
        return {}
    evaluator = optuna.importance.PedAnovaImportanceEvaluator()
    try:
        found = optuna.importance.get_param_importances(study, evaluator=evaluator)
    except (ValueError, RuntimeError):
        return {}
    return {name: float(share) for name, share in found.items() if share == share}


def config_of(config: SearchConfig, row: Row) -> DistilConfig:
    """The single run of a trial's student with fresh seeds: the link to the best."""
    temperature = {} if row["temperature"] is None else {"temperature": row["temperature"]}
    return config.distil_config(
        student=row["student"],
        method=row["method"],
        alpha=row["alpha"],
        **temperature,
        **config.with_teacher(row["teacher"]),
        **config.fresh(),
    )


def judge(
    config: SearchConfig, trials: list[Row], store: Store
) -> Generator[Event, None, tuple[Row, Row]]:
    """Train the best again as a run of its own, which the store keeps: the link opens at once.

    Yields progress; returns ``best`` and ``test`` as :class:`kdlab.events.SearchFinished` has them.
    """
    for row in ranked(trials)[:ATTEMPTS]:
        chosen = config_of(config, row)
        finished: RunFinished | None = None
        measured: Measured | None = None
        for event in work.run(chosen, store):
            match event:
                case RunFinished():
                    finished = event
                case Measured():
                    measured = event
                case StudentsEpoch():
                    stage = "judging the best with fresh seeds"
                    yield Progress(stage=stage, done=event.epoch, total=chosen.epochs)
                case RunFailed():
                    yield Progress(stage=f"{row['student']} diverged with fresh seeds")
                case Progress():
                    yield event
                case _:
                    pass
        if finished is not None and measured is not None:
            best = {**row, "config": chosen.model_dump(mode="json")}
            return best, _test(chosen, finished)
    raise ModelError(
        "the loss of the best students did not stay finite with fresh seeds",
        "training that does not diverge",
        "Lower the learning rate, then search again",
    )


def _test(chosen: DistilConfig, finished: RunFinished) -> Row:
    seeds = [chosen.first_seed + s for s in range(chosen.seeds)]
    groups = {group["name"]: group for group in finished.groups}
    bits = {} if finished.teacher_bits is None else {"teacher_bits": finished.teacher_bits}
    return {
        "seeds": seeds,
        "best": _judged(chosen, groups[DISTILLED]),
        "labels_only": _judged(chosen, groups[LABELS_ONLY]),
        "gain": finished.gain,
        "teacher": finished.teacher_accuracy,
        **bits,
    }


def _judged(chosen: DistilConfig, group: Row) -> Row:
    return {"student": chosen.student, **{name: list(group[name]) for name in _told(group)}}
