"""Compression against accuracy: students of several sizes, on labels alone and distilled.

An article measures compression as the number of parameters and asks whether the small model is
still accurate. One pair answers that with one point; this study draws the curve, with and without
the teacher, over parameters, FLOPs and measured latency. What compresses is the choice of a smaller
network; what the teacher adds is the distance between the two curves.
"""

from __future__ import annotations

from collections.abc import Iterator
from statistics import fmean
from typing import TYPE_CHECKING, Annotated, Any, Literal

from pydantic import Field

from kdlab import checks, models
from kdlab.arms.arm import Arm, Plan
from kdlab.config import DistilConfig, TeacherConfig
from kdlab.intervals import verdict
from kdlab.settings import revised
from kdlab.studies.history import StudyHistory
from kdlab.studies.sentences import points
from kdlab.studies.study import Finding, Study, StudyConfig, setting
from kdlab.studies.values import SORTED

if TYPE_CHECKING:
    from kdlab.arms.workshop import Workshop
    from kdlab.events import Exhibit

MOST = 10
"""Widths of one study."""
NEAR = 0.01
"""A student whose mean is no further below the teacher keeps its accuracy: one point."""
PASSES = 60
"""Timed for each network; a small one takes some ten microseconds a pass."""
LATENCY_SECONDS = 0.15
"""For each network at most."""

Width = Annotated[int, Field(ge=1, le=4096)]
"""Units or channels of a first layer."""
Cost = Literal["parameters", "flops_per_image", "latency"]
COSTS: dict[Cost, str] = {
    "parameters": "Parameters",
    "flops_per_image": "FLOPs per image",
    "latency": "CPU latency of one image, ms",
}


class CompressionConfig(StudyConfig):
    """How wide the students are, and what the picture counts as their size."""

    widths: Annotated[tuple[Width, ...], *SORTED] = setting(
        (4, 6, 8, 16, 64),
        "Widths of the student",
        "Units or channels of the student's first layer; its other layers keep their proportion "
        "to it.",
        min_length=1,
        max_length=MOST,
        unit="units",
    )
    across: Cost = setting(
        "parameters",
        "Size is counted in",
        "What the picture has from left to right. Changes no number.",
        words=dict(COSTS),
        view=True,
    )
    teacher: str = revised(TeacherConfig, "teacher", default="mlp-256-256")
    teacher_epochs: int = revised(TeacherConfig, "teacher_epochs", default=20)
    epochs: int = revised(DistilConfig, "epochs", default=40)


def students(config: CompressionConfig) -> dict[int, str]:
    """Width -> the network; ConfigError for networks whose layers have no free size."""
    return {width: models.of_width(config.student, width) for width in config.widths}


def alone(student: str) -> str:
    """The arm of ``student`` on labels alone."""
    return f"{student}, labels only"


def taught(student: str) -> str:
    """The arm of ``student`` that is distilled."""
    return f"{student}, distilled"


def plan(config: CompressionConfig, classes: tuple[str, ...]) -> Plan:
    """Two arms a width, which train as one cohort: labels only and distilled."""
    arms: list[Arm] = []
    against: dict[str, str] = {}
    for student in students(config).values():
        checks.possible(config.model_copy(update={"student": student}))
        pair = alone(student), taught(student)
        arms.append(Arm.baseline(config, pair[0], pair[0], student=student))
        arms.append(Arm.of(config, pair[1], pair[1], student=student))
        against |= {pair[0]: pair[0], pair[1]: pair[0]}
    return Plan(tuple(arms), against)


def exhibits(config: CompressionConfig, shop: Workshop) -> Iterator[Exhibit]:
    """Exhibit ``costs``: {networks: name -> {parameters, flops_per_image, latency {median, low,
    high}}, teacher: its name}; latency in ms, batch of 1, one thread of this machine."""
    from kdlab import profiling
    from kdlab.events import Exhibit

    modules = {config.teacher: shop.teacher.module}
    modules |= {s: shop.done[taught(s)].modules[0] for s in students(config).values()}
    shape = shop.split.shape
    found = {}
    for name, module in modules.items():
        time = profiling.latency_ms(
            module, shape, 1, repeats=PASSES, budget_seconds=LATENCY_SECONDS
        )
        found[name] = {
            "parameters": profiling.parameters(module),
            "flops_per_image": profiling.flops_per_image(module, shape),
            "latency": {"median": time.median, "low": time.low, "high": time.high},
        }
    yield Exhibit(name="costs", content={"networks": found, "teacher": config.teacher})


def size(costs: dict[str, Any], network: str, across: str) -> float:
    """What ``network`` costs, counted in one of COSTS, from the exhibit ``costs``."""
    value = costs["networks"][network][across]
    return float(value["median"] if isinstance(value, dict) else value)


def ratio(costs: dict[str, Any], network: str, across: str) -> float:
    """How many times smaller than the teacher."""
    return size(costs, costs["teacher"], across) / size(costs, network, across)


def findings(history: StudyHistory) -> list[Finding]:
    """How far can be compressed within a point of the teacher, and what size the teacher saves."""
    config, costs = history.config, history.exhibits.get("costs")
    assert isinstance(config, CompressionConfig)
    if costs is None or history.started is None:
        return []
    names = list(students(config).values())
    return [_kept(history, costs, names), _saved(history, costs, names)]


def _times(costs: dict[str, Any], network: str) -> str:
    parts = (
        ("parameters", "fewer parameters"),
        ("flops_per_image", "fewer FLOPs"),
        ("latency", "less time"),
    )
    told = [f"{ratio(costs, network, key):,.1f} times {words}" for key, words in parts]
    return f"{told[0]}, {told[1]} and {told[2]}"


def _kept(history: StudyHistory, costs: dict[str, Any], names: list[str]) -> Finding:
    """The smallest distilled student whose mean is within NEAR of the teacher."""
    assert history.started is not None
    own = history.started.teacher_accuracy
    near = [s for s in names if history.mean(taught(s))[0] >= own - NEAR]
    if not near:
        best = max(names, key=lambda s: history.mean(taught(s))[0])
        short = 100 * (own - history.mean(taught(best))[0])
        return Finding(
            f"No distilled student is within one point of the teacher; the best, {best}, is "
            f"{short:.1f} points below it.",
            False,
        )
    small = near[0]
    mean, low, high = history.mean(taught(small))
    band = "" if low != low else f", 95 % {100 * (low - own):+.1f} to {100 * (high - own):+.1f}"
    return Finding(
        f"Distilled, {small} is the smallest within one point of the teacher "
        f"({100 * (mean - own):+.1f}{band}), with {_times(costs, small)}.",
        True if low == low and low >= own - NEAR else None,
    )


def _saved(history: StudyHistory, costs: dict[str, Any], names: list[str]) -> Finding:
    """The smallest distilled student that is surely better than the best on labels only, which is
    chosen on validation."""
    best = max(names, key=lambda s: fmean(history.values(alone(s), "validation")))
    found = [(s, history.gain(taught(s), alone(best))) for s in names]
    for small, gain in found:
        if gain is None or verdict(gain) != "helped":
            continue
        times = size(costs, best, "parameters") / size(costs, small, "parameters")
        more = f"{times:,.1f} times its parameters"
        return Finding(
            f"Distilled, {small} is better than the best on labels only, {best} with {more}: "
            f"{points(gain)}.",
            True,
            gain,
        )
    name, gain = found[-1]
    assert gain is not None, "the arms of an exhibit are done"
    return Finding(
        f"No distilled student is surely better than the best on labels only, {best}; {name}: "
        f"{points(gain)}.",
        None,
        gain,
    )


STUDY = Study(
    name="compression",
    title="Compression against accuracy",
    question="How small may a student be, with and without a teacher?",
    config=CompressionConfig,
    plan=plan,
    findings=findings,
    exhibits=exhibits,
)
