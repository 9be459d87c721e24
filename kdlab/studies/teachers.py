"""Several teachers: k networks of different first weights, sizes or expertise, averaged.

Hinton, Vinyals and Dean 2015 distil ensembles (section 4) and specialists (section 5). Articles
often name "several teachers" without saying how they are put together: here probabilities or logits
are averaged, with weights.
"""

from __future__ import annotations

from typing import Annotated

from pydantic import BeforeValidator, Field

from kdlab.config.base import split_commas
from kdlab.config.words import as_text
from kdlab.errors import ConfigError
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import (
    OPEN,
    alike,
    doubt,
    first,
    known,
    surely,
    together,
    told,
)
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.models import black_box
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Average, Plan, TeacherSpec

Weight = Annotated[float, Field(ge=0, le=100)]
EXPERTS = 2
"""Experts share the classes among them in the order of the classes."""


class TeachersConfig(SmallTeacherConfig):
    """How many teachers there are, what makes them differ, and how they are averaged."""

    teachers: int = setting(
        3, "Teachers", "How many networks teach together.", ge=2, le=8, unit="networks", high=6
    )
    average: Average = setting(
        "probabilities",
        "Average of",
        "Softened probabilities, Σ w softmax(z/T), or logits, Σ w z.",
        words={"probabilities": "softened probabilities", "logits": "logits"},
    )
    weights: Annotated[tuple[Weight, ...], BeforeValidator(split_commas)] = setting(
        (),
        "Weights of the teachers",
        "How much each teacher counts in the average, one number per teacher. None: all the same.",
        min_length=0,
        max_length=8,
    )


def plan(config: TeachersConfig, classes: tuple[str, ...]) -> Plan:
    """One teacher, k of other seeds, k of decreasing sizes, experts, and labels only. ConfigError
    where there are not as many weights as teachers, or all are zero."""
    if config.weights and (len(config.weights) != config.teachers or not any(config.weights)):
        raise ConfigError(
            f"weights is {as_text(config.weights)}, for {config.teachers} teachers",
            f"{config.teachers} numbers, not all of them 0, or none",
            "Change weights, or the number of teachers",
        )
    seeds = tuple(
        TeacherSpec(seed=None if n == 0 else config.teacher_seed + n, weight=_weight(config, n))
        for n in range(config.teachers)
    )
    sizes = tuple(
        TeacherSpec(architecture=_smaller(config.teacher, n), weight=_weight(config, n))
        for n in range(config.teachers)
    )
    share = -(-len(classes) // EXPERTS)
    groups = [tuple(range(len(classes)))[n : n + share] for n in range(0, len(classes), share)]
    experts = tuple(
        TeacherSpec(classes=group, weight=_weight(config, n))
        for n, group in enumerate(groups)
        if len(group) < len(classes)
    )
    of = {"average": config.average}
    arms = [
        Arm.baseline(config),
        Arm.of(config, "one", "One teacher"),
        Arm.of(
            config, "seeds", f"{config.teachers} from other first weights", teachers=seeds, **of
        ),
        Arm.of(config, "sizes", f"{config.teachers} of decreasing size", teachers=sizes, **of),
    ]
    if len(experts) == EXPERTS and black_box.find(config.teacher) is None:
        label = f"{EXPERTS} experts, on half of the classes each"
        arms.append(Arm.of(config, "experts", label, teachers=experts, **of))
    return Plan(tuple(arms))


def _weight(config: TeachersConfig, n: int) -> float:
    return config.weights[n] if config.weights else 1.0


def _smaller(architecture: str, n: int) -> str:
    """The network with layers of a half, a quarter ... of the size; the same where that is not
    free."""
    family, *sizes = architecture.split("-")
    if not all(s.isdigit() for s in sizes) or family in ("wrn",) or not sizes:
        return architecture
    return "-".join([family, *(str(max(1, int(s) >> n)) for s in sizes)])


def findings(history: StudyHistory) -> list[Finding]:
    """Whether several teachers are better than one."""
    return [
        compared(history, "seeds", "one"),
        compared(history, "sizes", "one"),
        *([compared(history, "experts", "one")] if "experts" in history.done else []),
    ]


def answer(history: StudyHistory) -> Finding:
    """Whether any group teaches better than one teacher, their number accounted for."""
    names = [name for name in ("seeds", "sizes", "experts") if name in history.done]
    gains = [known(history, name, "one") for name in names]
    words = [history.label(name) for name in names]
    found = surely(gains)
    if not any(sign is not None for sign in found):
        if alike(gains):
            text = f"each of the {len(names)} groups teaches about as well as one teacher"
            return Finding(f"Hardly: {text}; {doubt(gains)}.")
        return Finding(f"{OPEN}: no group is clearly better or worse; {doubt(gains, words)}.")
    ways = (
        "better with",
        "worse with",
        "neither clearly better nor worse with",
        "NaN with",
    )
    text = f"{first(found)}: compared with one teacher, students are {told(words, gains, ways)}."
    return Finding(text, together(found))


STUDY = Study(
    name="teachers",
    title="Several teachers",
    question="Do several teachers together teach better than one?",
    config=TeachersConfig,
    plan=plan,
    findings=findings,
    answer=answer,
)
