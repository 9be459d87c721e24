"""Which teacher? One student, taught by teachers of several sizes and of several training lengths.

Articles say "choose a large, accurate teacher" and hope for a method that chooses by itself. That
a larger or longer trained teacher is not always the better one is known: Mirzadeh et al. 2020,
"Improved Knowledge Distillation via Teacher Assistant", arXiv:1902.03393, section 3 (size), and Cho
and Hariharan 2019, "On the Efficacy of Knowledge Distillation", arXiv:1910.01348 (training stopped
early). Here the choice is made on validation examples and judged on test examples.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Any

from pydantic import AfterValidator, Field

from kdlab import checks, models
from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.errors import ModelError
from kdlab.events import Exhibit
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, known, listed, no_number, surely
from kdlab.experiments.study.record import Finding, Study, StudyConfig, setting
from kdlab.experiments.study.sentences import compared
from kdlab.experiments.study.values import SEVERAL, SORTED
from kdlab.studies.common import lost, score
from kdlab.training.arms.arm import Arm, Plan, TeacherSpec

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

MOST = 8
"""Teachers along one axis: each is trained before the students begin."""


def _known(name: str) -> str:
    try:
        models.find(name)
    except ModelError as error:
        raise ValueError(error.received) from None
    return name


Epochs = Annotated[int, Field(ge=0, le=1000)]
NetworkName = Annotated[str, Field(max_length=40), AfterValidator(_known)]


class CapacityConfig(StudyConfig):
    """Which teachers are compared: several networks, and one of them trained for less time."""

    teachers: Annotated[tuple[NetworkName, ...], *SEVERAL] = setting(
        ("mlp-4", "mlp-8", "mlp-32", "mlp-128", "mlp-256-256"),
        "Teachers of these sizes",
        "Networks that teach, one after another, like mlp-8 or cnn-8-16.",
        min_length=2,
        max_length=MOST,
    )
    lengths: Annotated[tuple[Epochs, ...], *SORTED] = setting(
        (1, 3, 10),
        "Stopped after",
        "Epochs after which the training of the chosen teacher ends.",
        min_length=1,
        max_length=MOST,
        unit="epochs",
    )
    teacher: str = override_field(
        TeacherConfig,
        "teacher",
        default="mlp-128",
        description="The network whose training is also stopped early.",
    )
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=30)
    epochs: int = override_field(StudentConfig, "epochs", default=40)


def networks(config: CapacityConfig) -> list[tuple[str, int]]:
    """Architecture and epochs of every teacher, each once: sizes first, then lengths."""
    sizes = [(name, config.teacher_epochs) for name in config.teachers]
    lengths = [(config.teacher, n) for n in (*config.lengths, config.teacher_epochs)]
    return list(dict.fromkeys([*sizes, *lengths]))


def name_of(network: str, epochs: int) -> str:
    """The arm that learns from ``network`` after ``epochs`` epochs."""
    return f"{network}, {epochs} epoch{'' if epochs == 1 else 's'}"


def plan(config: CapacityConfig, classes: tuple[str, ...]) -> Plan:
    """Labels only, and the same student once for every teacher."""
    arms = [Arm.baseline(config)]
    for network, epochs in networks(config):
        changes: dict[str, Any] = {"teacher": network}
        if network != config.teacher:
            changes["teacher_weights"] = ""
        checks.possible(config.model_copy(update=changes))
        name = name_of(network, epochs)
        taught = TeacherSpec(
            architecture="" if network == config.teacher else network,
            epochs=None if epochs == config.teacher_epochs else epochs,
        )
        arms.append(Arm.of(config, name, f"Taught by {name}", teachers=(taught,)))
    return Plan(tuple(arms))


def exhibits(config: CapacityConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Exhibit ``teachers``: arm -> {validation, test}, accuracies of its teacher itself; of text
    also validation_bits and test_bits, per character."""
    from kdlab.data.split import is_text
    from kdlab.measure import metrics

    split, found = context.split, {}
    for network, epochs in networks(config):
        teacher = context.networks[context.key(TeacherSpec(architecture=network, epochs=epochs))]
        parts = (
            ("validation", teacher.validation_logits, split.validation),
            ("test", teacher.test_logits, split.test),
        )
        found[name_of(network, epochs)] = {
            name: metrics.accuracy(logits.t()[None], part.targets)[0]
            for name, logits, part in parts
        }
        if is_text(split.test):
            found[name_of(network, epochs)] |= {
                f"{name}_bits": metrics.bits(logits.t()[None], part.targets)[0]
                for name, logits, part in parts
            }
    yield Exhibit(name="teachers", content=found)


@dataclass(frozen=True)
class Taught:
    """An arm, and the network that taught it."""

    arm: str
    network: str
    epochs: int
    parameters: int


def along(history: StudyHistory, axis: str) -> list[Taught]:
    """The teachers along ``axis``: "sizes", from few to many parameters, or "lengths", from few to
    many epochs; none before the study has begun."""
    config, started = history.config, history.started
    assert isinstance(config, CapacityConfig)
    if started is None:
        return []
    known = [
        Taught(
            name_of(network, epochs),
            network,
            epochs,
            models.parameters(network, started.input_shape, len(started.classes)),
        )
        for network, epochs in networks(config)
    ]
    if axis == "lengths":
        return sorted((t for t in known if t.network == config.teacher), key=lambda t: t.epochs)
    own = [t for t in known if t.network in config.teachers and t.epochs == config.teacher_epochs]
    return sorted(own, key=lambda t: t.parameters)


def chosen(history: StudyHistory, teachers: list[Taught]) -> Taught:
    """The one whose students are best on validation examples, of equals the first."""
    return max(teachers, key=lambda t: score(history, t.arm))


def findings(history: StudyHistory) -> list[Finding]:
    """Whether the largest teacher, and the one trained longest, is the best, and whether the
    smallest one is worth anything."""
    found = []
    for axis, words in (("sizes", "largest"), ("lengths", "longest trained")):
        teachers = along(history, axis)
        if len(teachers) > 1:
            found.append(_last_is_best(history, teachers, words))
    return [*found, compared(history, along(history, "sizes")[0].arm)]


def _last_is_best(history: StudyHistory, teachers: list[Taught], words: str) -> Finding:
    """Whether the last one teaches best: against the one chosen on validation, or where that is
    itself, against the runner-up. It does not where it is worse than that one, and does only where
    it is better than every other."""
    last, best = teachers[-1], chosen(history, teachers)
    other = best if best is not last else chosen(history, teachers[:-1])
    gain = history.gain(last.arm, other.arm)
    assert gain is not None, "a study that has findings is done"
    if math.isnan(gain.mean):
        return lost(f"The {words} teacher, {last.arm}, and {other.arm}")
    if best is last:
        text = (
            f"On validation {history.noun} the {words} teacher, {last.network} ({last.epochs} "
            f"epochs), is the best one. Its students against those of the second best, "
            f"{other.arm}, on test {history.noun}: {gain.told()}"
        )
    else:
        text = (
            f"On validation {history.noun} the best teacher is not the {words} one, but "
            f"{best.arm}. Students of the {words} against those of the best, on test "
            f"{history.noun}: {gain.told()}"
        )
    found = gain.verdict
    if found == "hurt":
        return Finding(f"{text}.", False, gain)
    if found != "helped":
        return Finding(f"{text}; this may be chance.", None, gain)
    rivals = [t.arm for t in teachers[:-1] if history.verdict(last.arm, t.arm) != "helped"]
    if rivals:
        text += f"; that it is better than {' and '.join(rivals)} may be chance"
    return Finding(f"{text}.", None if rivals else True, gain)


def answer(history: StudyHistory) -> Finding:
    """Whether the largest teacher is the best: it is where its students are better than those of
    every other, and is not where they are worse than those of the one that validation chooses, or
    than any others, their number accounted for."""
    teachers = along(history, "sizes")
    if len(teachers) < 2:
        return Finding("There is one teacher here: nothing larger or smaller to compare it with.")
    last, best = teachers[-1], chosen(history, teachers)
    lead = known(history, last.arm, best.arm)
    if best is not last and lead.holds is False:
        return Finding(
            f"No: {best.network} teaches better than the largest, {last.network}, by "
            f"{amount(lead)}.",
            False,
        )
    every = {t.network: known(history, last.arm, t.arm) for t in teachers[:-1]}
    gone = [name for name, gain in every.items() if no_number(gain)]
    gains = {name: gain for name, gain in every.items() if name not in gone}
    names = list(gains)
    if not gains:
        return Finding(f"{OPEN}: {doubt(list(every.values()))}.")
    signs = dict(zip(names, surely(list(gains.values())), strict=True))
    lost_ones = f"; {listed(gone)} gave NaN" if gone else ""
    better = [f"{name} (by {amount(gains[name])})" for name in names if signs[name] is False]
    if better:
        text = f"No: {last.network}, the largest, teaches worse than {listed(better)}"
        return Finding(f"{text}{lost_ones}.", False)
    rivals = [name for name in names if signs[name] is None]
    if not rivals:
        near = min(gains, key=lambda name: history.judged.better(gains[name].mean))
        text = f"Yes: {last.network}, the largest, teaches better than every smaller one, by "
        return Finding(f"{text}{amount(gains[near])} over the next best, {near}{lost_ones}.", True)
    text = f"{last.network}, the largest, is not clearly better than {listed(rivals)}"
    return Finding(f"{OPEN}: {text}; {doubt([gains[name] for name in rivals])}{lost_ones}.")


STUDY = Study(
    name="capacity",
    title="Which teacher?",
    question="Is the largest teacher the best one?",
    config=CapacityConfig,
    network="be trained for a number of epochs",
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
)
