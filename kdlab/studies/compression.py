"""Compression against accuracy: students of several sizes, on labels alone and distilled.

An article measures compression as the number of parameters and asks whether the small model is
still accurate. One pair answers that with one point; this study draws the curve, with and without
the teacher, over parameters, FLOPs and measured latency, and over what the networks cost as files
for a device. What compresses is the choice of a smaller network; what the teacher adds is the
distance between the two curves.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import Field

from kdlab import checks, models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.events import Event, Exhibit, Progress
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, known
from kdlab.experiments.study.record import Finding, Study, StudyConfig, setting
from kdlab.experiments.study.values import SORTED
from kdlab.measure.gain import paired_gain
from kdlab.studies.common import lost, score
from kdlab.studies.sizes import COSTS, Cost, ratio, times
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

MOST = 10
"""Widths of one study."""
NEAR = 0.01
"""A student that is no further below the teacher keeps its accuracy: one point."""
PASSES = 60
"""Timed for each network; a small one takes some ten microseconds a pass."""
LATENCY_SECONDS = 0.15
"""For each network at most."""

Width = Annotated[int, Field(ge=1, le=4096)]
"""Units or channels of a first layer."""


class CompressionConfig(StudyConfig):
    """How wide the students are, and how the picture measures their size."""

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
        "The picture's horizontal axis. Changes no number.",
        words=dict(COSTS),
        view=True,
    )
    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-256-256")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)
    epochs: int = override_field(StudentConfig, "epochs", default=40)


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


def exhibits(config: CompressionConfig, context: TrainingContext) -> Iterator[Event]:
    """Exhibit ``costs``: {networks: name -> {parameters, flops_per_image, latency {median, low,
    high}, files}, teacher: its name, validation: accuracy of the teacher there, of text also
    validation_bits, runtime: what measured files, judged: on how many test examples}; latency in
    ms, batch of 1, one thread of this machine. ``files`` as
    :func:`kdlab.device.costs.of_files` has them, of a student that of the first seed, distilled.
    Progress is told before each network: a large one takes seconds on one thread."""
    from kdlab.data.split import is_text
    from kdlab.device import costs as device
    from kdlab.device import runtime
    from kdlab.device.exported import Inputs
    from kdlab.measure import metrics, profiling

    modules = {config.teacher: context.teacher.module}
    modules |= {s: context.done[taught(s)].modules[0] for s in students(config).values()}
    split = context.split
    given = Inputs.of(split).few()
    found = {}
    for place, (name, module) in enumerate(modules.items()):
        yield Progress(stage="measuring the networks", done=place, total=len(modules))
        time = profiling.latency_ms(
            module, split.shape, 1, repeats=PASSES, budget_seconds=LATENCY_SECONDS
        )
        found[name] = {
            "parameters": profiling.parameters(module),
            "flops_per_image": profiling.flops_per_image(module, split.shape),
            "latency": {"median": time.median, "low": time.low, "high": time.high},
            "files": device.of_files(device.network(module, name, split), given),
        }
    logits, targets = context.teacher.validation_logits, split.validation.targets
    seen = metrics.accuracy(logits.t()[None], targets)[0]
    content = {
        "networks": found,
        "teacher": config.teacher,
        "validation": seen,
        "runtime": runtime.machine(),
        "judged": len(given.targets),
    }
    if is_text(split.validation):
        content["validation_bits"] = metrics.bits(logits.t()[None], targets)[0]
    yield Exhibit(name="costs", content=content)


def findings(history: StudyHistory) -> list[Finding]:
    """How far can be compressed within NEAR of the teacher, and what size the teacher saves:
    chosen on validation examples, judged on test examples. None where a study of an older lab
    did not keep how good its teacher is there."""
    config, costs = history.config, history.exhibits.get("costs")
    assert isinstance(config, CompressionConfig)
    if costs is None or history.chooses not in costs or history.started is None:
        return []
    names = list(students(config).values())
    return [_kept(history, costs, names), _saved(history, costs, names)]


def _times(costs: dict[str, Any], network: str) -> str:
    parts = (
        ("parameters", "fewer parameters"),
        ("flops_per_image", "fewer FLOPs"),
        ("latency", "less time"),
    )
    told = [
        f"{found:,.1f} times {words}"
        for key, words in parts
        if (found := ratio(costs, network, key)) is not None
    ]
    return f"{told[0]}, {told[1]} and {told[2]}"


def _kept(history: StudyHistory, costs: dict[str, Any], names: list[str]) -> Finding:
    """The smallest distilled student that is within NEAR of the teacher on validation examples, and
    how far from it it is on test examples."""
    judged, teacher = history.judged, history.teacher_value
    assert teacher is not None, "of a teacher that is known on validation, test is known"
    least = judged.better(costs[history.chooses]) - NEAR
    near = [s for s in names if score(history, taught(s)) >= least]
    name = near[0] if near else max(names, key=lambda s: score(history, taught(s)))
    values = history.values(taught(name))
    gain = paired_gain([teacher] * len(values), values, history.resolution(), measure=judged)
    if math.isnan(gain.mean):
        return lost(f"Distilled, {name}")
    low, high = sorted(map(judged.better, gain.ci95 or (-math.inf, math.inf)))
    told = f"On test {history.noun} it differs from the teacher by {gain.told()}"
    if near:
        text = f"Distilled, {name} is the smallest within {judged.margin(NEAR)} of the teacher on "
        text += f"validation {history.noun}, with {_times(costs, name)}. {told}."
    else:
        text = f"On validation {history.noun} no distilled student is within {judged.margin(NEAR)} "
        text += f"of the teacher; the best there is {name}. {told}."
    if high < -NEAR:
        return Finding(text, False, gain)
    return Finding(text, True if near and low >= -NEAR else None, gain)


def _smallest(history: StudyHistory, names: list[str]) -> tuple[str, str, bool]:
    """As validation examples say: the best student on labels only, the smallest distilled one that
    is clearly better than it, and whether there is such a one; else the best distilled one."""
    best = max(names, key=lambda s: score(history, alone(s)))
    seen = {s: history.gain(taught(s), alone(best), history.chooses) for s in names}
    better = [s for s, found in seen.items() if found and found.verdict == "helped"]
    name = better[0] if better else max(names, key=lambda s: score(history, taught(s)))
    return best, name, bool(better)


def _saved(history: StudyHistory, costs: dict[str, Any], names: list[str]) -> Finding:
    """The smallest distilled student that is clearly better than the best on labels only, both as
    validation examples say, compared on test examples."""
    best, name, better = _smallest(history, names)
    gain = history.gain(taught(name), alone(best))
    assert gain is not None, "the arms of an exhibit are done"
    if math.isnan(gain.mean):
        return lost(f"{name} and {best}")
    if better:
        text = f"Distilled, {name} is the smallest that is clearly better on validation "
        text += f"{history.noun} than the best on labels only, {best} with "
        text += f"{times(costs, best, name):,.1f} times its parameters. "
        text += f"On test {history.noun} the difference is {gain.told()}."
    else:
        text = f"On validation {history.noun} no distilled student is clearly better than the best "
        text += (
            f"on labels only, {best}. On test {history.noun} the best distilled, {name}, differs "
        )
        text += f"from it by {gain.told()}."
    return Finding(text, gain.holds, gain)


def answer(history: StudyHistory) -> Finding | None:
    """The smallest student that, with the teacher, beats every one on labels alone; None where
    :func:`findings` has nothing to say."""
    costs = history.exhibits.get("costs")
    if not findings(history) or costs is None:
        return None
    assert isinstance(history.config, CompressionConfig)
    best, name, _ = _smallest(history, list(students(history.config).values()))
    gain = known(history, taught(name), alone(best))
    if gain.holds is None:
        text = f"{OPEN}: distilled, {name} is not clearly better than the best on labels only, "
        return Finding(f"{text}{best}; {doubt([gain])}.")
    if gain.holds is False:
        text = f"No smaller with this teacher: distilled, {name} is worse than {best} on labels "
        return Finding(f"{text}only, by {amount(gain)}.", False)
    more = times(costs, best, name)
    smaller = f", which has {more:,.1f} times its parameters" if more > 1 else ""
    return Finding(
        f"With a teacher {name} is enough to beat the best student on labels only, {best}"
        f"{smaller}: by {amount(gain)}.",
        True,
    )


STUDY = Study(
    name="compression",
    title="Compression against accuracy",
    question="How small may a student be, with and without a teacher?",
    config=CompressionConfig,
    network="become a file for a device",
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
)
