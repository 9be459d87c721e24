"""Hot and cold: f(T) = y_h(T) - y_c(T), and whether T sets how far a network is compressed.

An article calls the teacher the hot and the student the cold model, writes the difference of their
answers as a "compression and acceleration function" f(T), and says that a low temperature
compresses much. T is a number of the loss and of whoever looks: students distilled at any T have
the same parameters and FLOPs, and f(T) goes to 0 for large T whatever the two networks are, trained
or not (:mod:`kdlab.insight.difference`).
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any

from kdlab.config.schema import Temperature
from kdlab.events import LABELS_ONLY
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import effects, known
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.refused import without_temperature
from kdlab.experiments.study.sentences import compared, number
from kdlab.experiments.study.values import SORTED
from kdlab.measure.measures import BITS
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from torch import Tensor

    from kdlab.events import Exhibit
    from kdlab.training.arms.context import TrainingContext

GRID = (
    0.25, 0.3, 0.4, 0.5, 0.6, 0.8, 1.0, 1.2, 1.5, 2.0, 2.5, 3.0, 4.0, 5.0, 6.0, 8.0, 10.0, 12.0,
    15.0, 20.0, 25.0, 30.0, 40.0, 50.0, 60.0,
)  # fmt: skip
"""Where f(T) is computed: what the slider offers."""
UNTRAINED = "untrained"
"""The student before its first step: a pair that has learned nothing from each other."""
MOST_CLASSES = 20
"""Of which f(T) is told, those that differ most: more bars cannot be read."""
DIGITS = 5


class DifferenceConfig(SmallTeacherConfig):
    """At which T students are distilled, and at which T their answers are compared."""

    temperatures: Annotated[tuple[Temperature, ...], *SORTED] = setting(
        (1.0, 2.0, 4.0, 8.0, 16.0),
        "Distilled at T",
        "Temperatures of the loss, one kind of student for each.",
        min_length=1,
        max_length=8,
    )
    look: float = setting(
        1.0,
        "Looked at with T",
        "The T in f(T) = softmax(z_t/T) - softmax(z_s/T). Changes no network: move it and see.",
        ge=GRID[0],
        le=GRID[-1],
        scale="log",
        view=True,
    )


def distilled(temperature: float) -> str:
    """The arm that was distilled at ``temperature``."""
    return f"T = {temperature:g}"


def plan(config: DifferenceConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, and one arm a temperature: all in one cohort. ConfigError for a method that has
    no temperature."""
    without_temperature(config)
    return Plan(
        (
            Arm.baseline(config),
            *(
                Arm.of(config, distilled(t), f"Distilled at T = {t:g}", temperature=t)
                for t in config.temperatures
            ),
        )
    )


def exhibits(config: DifferenceConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Exhibit ``difference`` of the test images: {temperatures, classes (places of those told),
    pairs}; each pair {name (an arm, or UNTRAINED), agreement, variation [T][quantiles], kl [T],
    signed [T][classes], absolute [T][classes]}, means over seeds.
    """
    import torch

    from kdlab import models
    from kdlab.events import Exhibit
    from kdlab.training.arms.sources import table_of
    from kdlab.training.seeds import Role, stream

    inputs, shape, classes = (
        context.split.test.inputs,
        context.split.shape,
        len(context.split.classes),
    )
    fresh = [
        table_of(models.build(config.student, shape, classes, stream(s, Role.WEIGHTS)), inputs)
        for s in context.seeds
    ]
    students = {UNTRAINED: torch.stack(fresh)}
    for name, done in context.done.items():
        students[name] = done.logits(context.split.test).transpose(1, 2).cpu()
    teacher = context.teacher.test_logits
    told = _telling(teacher, students[LABELS_ONLY])
    pairs = [{"name": name, **_pair(teacher, z, told)} for name, z in students.items()]
    yield Exhibit(
        name="difference", content={"temperatures": list(GRID), "classes": told, "pairs": pairs}
    )


def _telling(teacher: Tensor, students: Tensor) -> list[int]:
    """The classes on which teacher (N, C) and students (S, N, C) differ most at T = 1."""
    from kdlab.insight.difference import probability_difference

    mean = sum(probability_difference(teacher, z, 1.0).abs().mean(0) for z in students)
    return sorted(mean.argsort(descending=True)[:MOST_CLASSES].tolist())  # type: ignore[union-attr]


def _pair(teacher: Tensor, students: Tensor, told: list[int]) -> dict[str, Any]:
    """Of logits (N, C) and (S, N, C): the numbers of the exhibit, means over the S students."""
    from kdlab.insight.difference import difference

    found = [difference(teacher, z, GRID) for z in students]
    at = [[one.over_temperature[n] for one in found] for n in range(len(GRID))]

    def mean(rows: list[tuple[float, ...]], places: list[int] | None = None) -> list[float]:
        columns = list(zip(*rows, strict=True))
        chosen = columns if places is None else [columns[p] for p in places]
        return [round(fmean(column), DIGITS) for column in chosen]

    return {
        "agreement": round(fmean(one.agreement for one in found), DIGITS),
        "variation": [mean([a.variation for a in seeds]) for seeds in at],
        "kl": [round(fmean(a.kl for a in seeds), DIGITS) for seeds in at],
        "signed": [mean([a.signed for a in seeds], told) for seeds in at],
        "absolute": [mean([a.absolute for a in seeds], told) for seeds in at],
    }


def place(content: dict[str, Any], temperature: float) -> int:
    """The place on the grid of the exhibit that is nearest to ``temperature``, in ratio."""
    grid = content["temperatures"]
    return min(
        range(len(grid)),
        key=lambda n: max(grid[n] / temperature, temperature / grid[n]),
    )


def _ranked(history: StudyHistory, names: list[str]) -> list[str]:
    """Arms by their students on validation examples, the best last."""

    def worth(name: str) -> float:
        return number(history.judged.better(fmean(history.values(name, history.chooses))))

    return sorted(names, key=worth)


def findings(history: StudyHistory) -> list[Finding]:
    """What T does not do (sizes, f to 0), and what it may do (accuracy of those it taught)."""
    config, content = history.config, history.exhibits.get("difference")
    assert isinstance(config, DifferenceConfig)
    found = []
    costs = [done.cost for done in history.done.values()]
    sizes = {(c["parameters"], c["flops_per_image"]) for c in costs}
    one = "a character" if history.judged is BITS else "an image"
    if len(sizes) == 1:
        parameters, flops = next(iter(sizes))
        found.append(
            Finding(
                "T does not decide how small a network becomes: at every T the student has "
                f"{parameters:,} parameters and {flops:,} FLOPs {one}.",
                False,
            )
        )
    if content is not None:
        small, large = (place(content, t) for t in (1.0, GRID[-1]))
        fresh = next(p for p in content["pairs"] if p["name"] == UNTRAINED)["variation"]
        found.append(
            Finding(
                "A small f(T) does not mean that two networks are alike: it goes to 0 for any "
                "pair. For a student before its first step the median total variation is "
                f"{fresh[small][2]:.2f} at T = 1 and {fresh[large][2]:.2f} at T = {GRID[-1]:g}.",
                False,
            )
        )
    names = [distilled(t) for t in config.temperatures]
    if len(names) > 1 and all(name in history.done for name in names):
        ranked = _ranked(history, names)
        found.append(compared(history, ranked[-1], ranked[0]))
    return found


def answer(history: StudyHistory) -> Finding:
    """No: a network is as large at every T; and whether accuracy depends on it."""
    config = history.config
    assert isinstance(config, DifferenceConfig)
    sizes = {done.cost["parameters"] for done in history.done.values()}
    text = f"No: at every T the student has {max(sizes):,} parameters"
    names = [distilled(t) for t in config.temperatures]
    if len(names) < 2:
        return Finding(f"{text}.", False)
    ranked = _ranked(history, names)
    (does,) = effects([known(history, ranked[-1], ranked[0])])
    return Finding(
        f"{text}; that it learned at {ranked[-1]} rather than {ranked[0]} {does}.", False
    )


STUDY = Study(
    name="difference",
    title="Hot and cold",
    question="Does the temperature decide how small a network becomes?",
    config=DifferenceConfig,
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
    unused=frozenset({"temperature"}),
)
