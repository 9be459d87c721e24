"""Claims of articles about distillation, each put to the test by arms under one budget.

A claim holds where every contrast that it implies holds; it depends where some do and others do
not. One that says "often" holds where most contrasts do, one that speaks of some cases where one
does, and neither can be refuted here. The verdict is over teachers, not about one of them: several
are trained, each with students of its own, and the t test of a contrast has the teachers as its
units (:mod:`kdlab.measure.intervals`). A verdict counts contrasts, so their p values are corrected
for their number (Holm 1979): the chance that one of them is taken for clear where there is nothing
stays below 5 % for the claim as a whole.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from typing_extensions import override

from kdlab.config.base import override_field
from kdlab.config.schema import StudentConfig, TeacherConfig
from kdlab.events import Exhibit
from kdlab.experiments.study import refused
from kdlab.experiments.study.basis import with_teacher
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import doubt
from kdlab.experiments.study.record import Finding, PresetOverTeachers, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import LEVEL, holm
from kdlab.studies.claims import checks
from kdlab.studies.claims.records import TEACHER, ClaimName, Contrast, Quantifier, Trial
from kdlab.studies.claims.trials import TRIALS
from kdlab.studies.common import lost
from kdlab.training.arms.arm import Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

MARGIN = 0.01
"""As good as: at most one point of accuracy worse."""
STORED_SEED, OTHER_SEED = 0, 100
"""Where seeds begin for the verdicts that come with the lab, and on the page."""

HOLDS, NOT, DEPENDS, OPEN = "holds", "does not hold", "depends", "cannot be told"


class ClaimsConfig(PresetOverTeachers):
    """Which claim is tested. It brings the settings of its trial, unless others are given. The
    seeds of teachers and students differ from those of the stored verdicts."""

    teacher: str = override_field(TeacherConfig, "teacher", default="mlp-128-128")
    teacher_epochs: int = override_field(TeacherConfig, "teacher_epochs", default=20)
    teacher_seed: int = override_field(TeacherConfig, "teacher_seed", default=OTHER_SEED)
    epochs: int = override_field(StudentConfig, "epochs", default=30)
    first_seed: int = override_field(StudentConfig, "first_seed", default=OTHER_SEED)
    claim: ClaimName = setting(
        "temperature-generalises",
        "Claim",
        "What an article says, tested by its own arms.",
        words={name: trial.title for name, trial in TRIALS.items()},
    )

    @classmethod
    @override
    def brought(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        claim = values.get("claim")
        return TRIALS[claim].settings if isinstance(claim, str) and claim in TRIALS else {}


def of_claim(name: str, **changes: Any) -> ClaimsConfig:
    """The settings in which the claim ``name`` is tested, with ``changes``."""
    return ClaimsConfig.parse({"claim": name, **changes})


def plan(config: ClaimsConfig, classes: tuple[str, ...]) -> Plan:
    """The arms of the claim's trial. ConfigError or ModelError where it cannot be run, and for
    text."""
    refused.text(config, "the claims of the articles are about images")
    made = TRIALS[config.claim].plan(config, classes)
    checks.possible(config.claim, config, made.arms, len(classes))
    return made


def answers(history: StudyHistory) -> list[Finding]:
    """One finding for each thing that the claim implies; ``holds`` says whether it is so, with the
    number of contrasts accounted for."""
    trial = _trial(history)
    gains = [_gain(history, contrast) for contrast in trial.contrasts]
    alone = [g.p_value(_least(c)) for g, c in zip(gains, trial.contrasts, strict=True)]
    told = [
        _contrast(history, contrast, gain, p, adjusted, len(gains))
        for contrast, gain, p, adjusted in zip(
            trial.contrasts, gains, alone, holm(alone), strict=True
        )
    ]
    return [*_facts(history, trial), *told]


def verdict_of(found: Sequence[Finding], quantifier: Quantifier = "all") -> str:
    """holds, does not hold, depends, or cannot be told. What is said of some cases holds with one,
    what is said to be often so with more than half, and otherwise neither is refuted: other cases
    are left."""
    told = [finding.holds for finding in found]
    if quantifier == "often":
        as_said = told.count(True)
        return HOLDS if 2 * as_said > len(told) else DEPENDS if as_said else OPEN
    if quantifier == "some":
        return HOLDS if any(told) else OPEN
    if told and all(told):
        return HOLDS
    if any(told):
        return DEPENDS
    return NOT if False in told else OPEN


def findings(history: StudyHistory) -> list[Finding]:
    """The verdict, and what it rests on."""
    found, quantifier = answers(history), _trial(history).quantifier
    verdict = verdict_of(found, quantifier)
    holds = {HOLDS: True, NOT: False}.get(verdict)
    as_said = sum(finding.holds is True for finding in found)
    share = f"{as_said} of {len(found)} answers {'is' if as_said == 1 else 'are'} as it says"
    gains = [finding.gain for finding in found if finding.gain is not None]
    if verdict == OPEN and gains and all(gain.ci95 is None for gain in gains):
        share += f"; {doubt(gains)}"
    here = with_teacher(history, *(str(arm["name"]) for arm in history.arms)).strip() or "here"
    if quantifier == "all" and verdict == OPEN:
        text = f"{here[0].upper()}{here[1:]} it stays open whether the claim holds: {share}."
    elif quantifier == "all":
        text = f"{here[0].upper()}{here[1:]} the claim {WORDS[verdict]}: {share}."
    elif verdict == OPEN:
        text = f"The claim speaks of {CASES[quantifier]}; {here} these cannot refute it: {share}."
    else:
        text = f"The claim speaks of {CASES[quantifier]}; {here} it {WORDS[verdict]}: {share}."
    return [Finding(text, holds), *found, *_notes(history)]


CASES = {"some": "some cases", "often": "most cases"}


WORDS = {
    HOLDS: "holds",
    NOT: "does not hold",
    DEPENDS: "holds in part",
}


def _trial(history: StudyHistory) -> Trial:
    assert isinstance(history.config, ClaimsConfig)
    return TRIALS[history.config.claim]


def _gain(history: StudyHistory, contrast: Contrast) -> Gain:
    """The first arm of ``contrast`` minus the second, or minus its own teacher."""
    own = history.values(contrast.arm)
    if contrast.against == TEACHER:
        return history.gain_of(history.teacher_accuracies, own, contrast.arm)
    other = history.values(contrast.against)
    return history.gain_of(other, own, contrast.arm, contrast.against)


def _least(contrast: Contrast) -> float:
    """What the gain of ``contrast`` is held against."""
    return -MARGIN if contrast.expected == "kept" else 0.0


def _contrast(
    history: StudyHistory,
    contrast: Contrast,
    gain: Gain,
    alone: float,
    adjusted: float,
    count: int,
) -> Finding:
    """What ``contrast`` came to, with its p value ``alone`` and ``adjusted`` for ``count`` of
    them."""
    names = [contrast.arm]
    if contrast.against == TEACHER:
        name = "the teacher" if history.teachers == 1 else "its teacher"
    else:
        name = f"“{history.label(contrast.against)}”"
        names.append(contrast.against)
    own = f"“{history.label(contrast.arm)}”"
    if math.isnan(gain.mean):
        return lost(f"{own} and {name}")
    least = _least(contrast)
    sure = adjusted < LEVEL
    above, below = sure and gain.mean > least, sure and gain.mean < least
    if contrast.expected == "kept":
        how = "is at most" if above else "is more than" if below else "may be more than"
        words = f"{how} one point below"
    else:
        words = (
            "is better than" if above else "is worse than" if below else "cannot be told apart from"
        )
    as_said, otherwise = (below, above) if contrast.expected == "worse" else (above, below)
    holds = True if as_said else False if otherwise else None
    text = f"{own} {words} {name}{with_teacher(history, *names)}: {gain.told()}"
    lucky = not sure and alone < LEVEL
    if lucky:
        text += f"; clear by itself, not among {count} comparisons (Holm, p = {adjusted:.2f})"
    return Finding(f"{text}.", holds, gain, lucky)


def _facts(history: StudyHistory, trial: Trial) -> list[Finding]:
    """What follows from counting, without chance."""
    cost = {name: done.cost for name, done in history.done.items()}
    assert history.finished is not None, "facts are told at the end"
    teacher = history.finished.teachers[0]  # all have the same size
    if trial.name == "temperature-compresses":
        counts = {cost[name]["parameters"] for name in ("T=1", "T=16")}
        text = f"{counts.pop():,} parameters at every temperature: T compresses nothing."
        return [Finding(text, False)] if not counts else []
    if trial.name == "weights-of-the-teacher":
        own, theirs = cost["fresh"]["parameters"], teacher["parameters"]
        text = (
            f"{theirs:,} weights do not fit into a network of {own:,}: only the first "
            "layer has the same shape as the teacher's."
        )
        return [Finding(text, False)]
    if trial.name == "faster":
        own, alone = (cost[arm]["flops_per_image"] for arm in ("taught", "labels only"))
        ratio = teacher["flops_per_image"] / own
        text = f"The student needs {ratio:.1f} times fewer FLOPs per image than its teacher."
        why = (
            f"The same student on labels only needs {alone:,} FLOPs, the distilled one {own:,}: "
            "its size makes it fast."
        )
        return [Finding(text, ratio > 1), Finding(why, own < alone)]
    return []


def _notes(history: StudyHistory) -> list[Finding]:
    """What was measured besides, and decides nothing."""
    name = _trial(history).name
    if name == "dark-knowledge":
        known = compared(history, "soft", "hard")
        text = f"Where no class is missing, about which the claim says nothing: {known.text}"
        return [Finding(text, None, known.gain)]
    if name == "tuned-on-validation":
        gap = history.gain_of(
            history.values("tuned"), history.values("tuned", "validation"), "tuned"
        )
        if math.isnan(gap.mean):
            return []
        text = (
            "After fine-tuning the accuracy on validation images no longer counts: it is "
            f"{gap.told()} above that on test images."
        )
        return [Finding(text, None, gap)]
    if name == "faster" and (times := history.exhibits.get("latency")):
        text = (
            f"One image takes {times['teacher']:.3f} ms with the teacher and "
            f"{times['student']:.3f} ms with the student (medians) on {times['machine']}."
        )
        return [Finding(text)]
    return []


def exhibits(config: ClaimsConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """For speed: milliseconds for one image on this machine."""
    if config.claim != "faster":
        return
    from kdlab.measure import profiling

    modules = {"teacher": context.teacher.module, "student": context.done["taught"].modules[0]}
    times: dict[str, Any] = {
        name: round(profiling.latency_ms(module, context.split.shape, 1).median, 4)
        for name, module in modules.items()
    }
    yield Exhibit(name="latency", content={**times, "machine": profiling.machine()})


STUDY = Study(
    name="claims",
    title="What the articles say",
    question="Does it hold when it is measured?",
    config=ClaimsConfig,
    plan=plan,
    findings=findings,
    exhibits=exhibits,
    corrected=True,
)
