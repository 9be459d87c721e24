"""Compare methods: the same pair, budget and seeds, and the same number of trials for each.

A method that was tuned beats one that was not, whatever the method (see Tian et al. 2020,
arXiv:1910.10699, whose weights were tuned on one pair and used for all). Here every method has the
same number of trials of alpha, and labels only as many of its learning rate; what is best on
validation examples is trained again with seeds that the trials have not used.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kdlab import models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch, Event, Exhibit, Progress
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, known, listed, no_number, surely
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.experiments.study.values import SEVERAL
from kdlab.measure.gain import Gain
from kdlab.methods import METHODS, find
from kdlab.models import black_box
from kdlab.studies.common import SmallTeacherConfig, score
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

ALONE = "labels only"
CHOICE = tuple(name for name in METHODS if name != "labels-only")
OTHER_SEEDS = 500
"""Trials have seeds of their own: those of the study and so many more."""
ALPHAS = (0.1, 0.99)
"""Between these alpha is tried, evenly in its log-odds; 0.5 is the published weight."""
SPREAD = 4.0
"""Learning rates are tried from a part of the configuration's to so many times as much."""
Name = Annotated[str, Field(max_length=40)]


class MethodsConfig(SmallTeacherConfig):
    """Which methods, and how much they are tuned."""

    numbers_version = 2  # those of methods in settings.REVISED
    epochs: int = override_field(StudentConfig, "epochs", default=30)
    methods: Annotated[tuple[Name, ...], *SEVERAL] = setting(
        ("soft-targets", "logit-standardisation", "dkd", "dist", "hints"),
        "Methods",
        "Which methods are compared. Those that compare feature maps need convolutional networks. "
        "Those with a T use the T of the settings; logit standardisation was published with T = 2.",
        min_length=1,
        max_length=len(CHOICE),
        options=CHOICE,
        words={name: METHODS[name].label for name in CHOICE},
    )
    trials: int = setting(
        4,
        "Trials each",
        "How many values of α are tried for each method, and of the learning rate for labels "
        "only. Validation images decide.",
        ge=1,
        le=12,
        high=8,
        unit="trials",
    )
    trial_seeds: int = setting(
        2, "Seeds of a trial", "Students per trial, with other seeds.", ge=1, le=8, unit="seeds"
    )


def plan(config: MethodsConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only and one arm a method; ConfigError where the networks do not suit a method."""
    for name in config.methods:
        if black_box.find(config.teacher) is not None and find(name).reads_features:
            raise black_box.refused(config.teacher, f"show its hidden layers to the method {name}")
    maps = [
        black_box.find(n) is None and models.find(n).maps for n in (config.teacher, config.student)
    ]
    for name in config.methods:
        method = find(name)
        if name not in CHOICE:
            raise ConfigError(
                f"methods has {name}",
                ", ".join(CHOICE),
                "Labels only is always included: leave it out",
            )
        if ("maps" in method.needs and not all(maps)) or (
            method.reads_features and method.layers != "embedding" and maps[0] != maps[1]
        ):
            raise ConfigError(
                f"methods has {name}, with {config.teacher} and {config.student}",
                "two convolutional networks" + ("" if "maps" in method.needs else ", or two MLPs"),
                f"Choose such networks, or leave {name} out",
            )
    return Plan(
        (
            Arm.baseline(config),
            *(Arm.of(config, name, METHODS[name].label, method=name) for name in config.methods),
        )
    )


def values(config: MethodsConfig, arm: Arm) -> list[float]:
    """What is tried for ``arm``: of alpha, or of the learning rate for labels only."""
    share = [n / (config.trials - 1) for n in range(config.trials)] if config.trials > 1 else [0.5]
    if arm.name == ALONE:
        rates = [config.learning_rate * SPREAD ** (2 * s - 1) for s in share]
        return [min(1.0, float(f"{rate:.2g}")) for rate in rates]
    low, high = (math.log(a / (1 - a)) for a in ALPHAS)
    return [round(1 / (1 + math.exp(-low - s * (high - low))), 2) for s in share]


def what(arm: str) -> str:
    """The field of an arm that is tuned."""
    return "learning_rate" if arm == ALONE else "alpha"


def _trials(config: MethodsConfig, plan: Plan) -> dict[str, tuple[str, float]]:
    """Name of each trial -> its arm, and the value that is tried."""
    return {
        f"{arm.name} {n}": (arm.name, value)
        for arm in plan.arms
        for n, value in enumerate(values(config, arm))
    }


def tries(config: MethodsConfig, plan: Plan) -> tuple[Plan, int]:
    """The trials of every arm, and the seeds of each."""
    own = {arm.name: arm for arm in plan.arms}
    arms = (
        replace(_at(own[arm], value), name=name)
        for name, (arm, value) in _trials(config, plan).items()
    )
    return Plan(tuple(arms)), config.trial_seeds


def tune(
    config: MethodsConfig, plan: Plan, context: TrainingContext
) -> Generator[Event, None, Plan]:
    """Every trial of every arm on other seeds; the best on validation takes the arm's place. Ends
    with the exhibit "tuning"."""
    from kdlab.training.arms.training import run_arms

    trials, noun = _trials(config, plan), StudyHistory(config).noun
    arms = tries(config, plan)[0].arms
    seeds = {"first_seed": config.first_seed + OTHER_SEEDS, "seeds": config.trial_seeds}
    # what is trained here is no result, and those of the same name are not mixed up
    apart = replace(context, config=config.model_copy(update=seeds), done={})
    found: dict[str, float] = {}
    bits: dict[str, float] = {}
    told = {arm.name: 0.0 for arm in arms}
    for event in run_arms(Plan(arms), apart):
        if isinstance(event, ArmEpoch):
            told[event.arm] = event.epoch / event.epochs
            share = round(100 * sum(told.values()) / len(told))
            yield Progress(stage=f"tuning on validation {noun}, {share} %", done=share, total=100)
        elif isinstance(event, ArmDone):
            found[event.arm] = _mean(event.validation)
            if event.validation_bits:
                bits[event.arm] = sum(event.validation_bits) / len(event.validation_bits)
    worth = {name: _worth(found[name], bits.get(name)) for name in trials}
    chosen: dict[str, str] = {}
    for name, (arm_name, _) in trials.items():
        best = chosen.get(arm_name)
        if best is None or worth[name] > worth[best]:
            chosen[arm_name] = name
    rows = [
        {
            "arm": arm_name,
            "what": what(arm_name),
            "value": value,
            "validation": found[name],
            **({"validation_bits": bits[name]} if name in bits else {}),
            "chosen": chosen[arm_name] == name,
        }
        for name, (arm_name, value) in trials.items()
    ]
    content = {"trials": rows, "seeds": list(apart.seeds)}
    yield Exhibit(name="tuning", content=content)
    return tuned(plan, {"tuning": content})


def tuned(plan: Plan, exhibits: Mapping[str, dict[str, Any]]) -> Plan:
    """The plan with what the trials have chosen, as the exhibit "tuning" tells it."""
    best = {row["arm"]: row["value"] for row in exhibits["tuning"]["trials"] if row["chosen"]}
    return replace(plan, arms=tuple(_chosen(arm, best[arm.name]) for arm in plan.arms))


def _mean(values: tuple[float, ...]) -> float:
    """-1 where a student's numbers are none: it is not chosen."""
    mean = sum(values) / len(values)
    return mean if math.isfinite(mean) else -1.0


def _worth(accuracy: float, bits: float | None) -> float:
    """By which trials are compared: accuracy, or of text minus the bits per character."""
    if bits is None:
        return accuracy
    return -bits if math.isfinite(bits) else -math.inf


def _chosen(arm: Arm, value: float) -> Arm:
    words = {"alpha": "α"}.get(what(arm.name), what(arm.name).replace("_", " "))
    return replace(_at(arm, value), label=f"{arm.label}, {words} {value:g}")


def _at(arm: Arm, value: float) -> Arm:
    if what(arm.name) == "alpha":
        return replace(arm, alpha=value)
    return replace(arm, learning_rate=value)


def ranking(history: StudyHistory) -> list[tuple[str, Gain]]:
    """(method, gain over labels only on test images) of the methods that are done, in the order of
    their validation accuracy, the best first. Test images judge, so they do not also sort."""
    gains = [(str(arm["name"]), history.gain(str(arm["name"]))) for arm in history.arms]
    found = [(name, gain) for name, gain in gains if gain is not None and name != ALONE]
    return sorted(found, key=lambda row: -score(history, row[0]))


def findings(history: StudyHistory) -> list[Finding]:
    """The first on validation examples against the second, against plain soft targets, and the
    last, all judged on test examples."""
    names = [name for name, _ in ranking(history)]
    found = [compared(history, names[0])]
    if len(names) > 1:
        found.append(compared(history, names[0], names[1]))
        found.append(compared(history, names[-1]))
    if "soft-targets" in names and names[0] != "soft-targets" and names[1] != "soft-targets":
        found.insert(2, compared(history, names[0], "soft-targets"))
    return found


def answer(history: StudyHistory) -> Finding:
    """Whether one method is better than all others, and how many are better than none. Methods that
    gave NaN are named, and judge nothing."""
    names = [name for name, _ in ranking(history)]
    if len(names) < 2:
        only = METHODS[names[0]].label
        return Finding(f"{only} is the only method here: nothing to compare it with.")
    best, *others = names
    rivals = [known(history, best, name) for name in others]
    alone = [known(history, name) for name in names]
    signs = surely([*rivals, *alone])
    beaten = dict(zip(others, signs[: len(others)], strict=True))
    over = signs[len(others) :].count(True)
    gains = {name: gain for name, gain in zip(others, rivals, strict=True) if not no_number(gain)}
    if not gains or any(gain.ci95 is None for gain in gains.values()):
        return Finding(f"{OPEN}: {doubt(rivals, [METHODS[name].label for name in others])}.")
    count = "all" if over == len(names) else f"{over} of the {len(names)}"
    count += " methods clearly beat labels only"
    if all(map(no_number, alone)):
        count = "labels only gave NaN"
    gone = [METHODS[name].label for name in others if name not in gains]
    if gone:
        count += f"; {listed(gone)} gave NaN"
    lead, of = METHODS[best].label, history.noun
    better = [name for name in gains if beaten[name] is False]
    if better:
        how = listed([f"{METHODS[name].label} by {amount(gains[name])}" for name in better])
        text = f"{lead}, first on validation {of}, is worse on test {of} than {how}"
        return Finding(f"{OPEN}: {text}; {count}.")
    close = [name for name in gains if beaten[name] is None]
    if not close:
        near = min(gains, key=lambda name: history.judged.better(gains[name].mean))
        text = f"{lead} teaches best, by {amount(gains[near])} over the next best"
        return Finding(f"{text}, {METHODS[near].label}; {count}.", True)
    few = len(close) < 3
    which = listed([METHODS[n].label for n in close]) if few else f"{len(close)} of the others"
    text = f"{lead}, first on validation {of}, is not clearly better than {which}"
    return Finding(f"{OPEN}: {text}; {doubt([gains[name] for name in close])}; {count}.")


STUDY = Study(
    name="methods",
    title="Compare methods",
    question="Which method teaches best, when all are tuned alike?",
    config=MethodsConfig,
    plan=plan,
    tune=tune,
    tries=tries,
    tuned=tuned,
    findings=findings,
    unused=frozenset({"alpha", "method", "method_parameters"}),
    answer=answer,
)
