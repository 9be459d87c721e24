"""Train big, distil, fine-tune, test: the four stages, and what fine-tuning on validation spoils.

An article fine-tunes the distilled student on the validation set. More labels help, but from then
on the validation accuracy is a training accuracy: it says nothing of new images and cannot choose
among students any more. The same fine-tuning on one half leaves the other half honest.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from kdlab.events import Exhibit
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.plainly import OPEN, amount, doubt, effects, known, surely
from kdlab.experiments.study.record import Finding, Study, setting
from kdlab.experiments.study.sentences import compared
from kdlab.measure.gain import Gain, paired_gain
from kdlab.measure.measures import BITS
from kdlab.studies.common import SmallTeacherConfig
from kdlab.training.arms.arm import Arm, Plan

if TYPE_CHECKING:
    from kdlab.training.arms.context import TrainingContext

HALVES, HALVES_IN_BITS = "halves", "halves in bits"
GAP_IN_BITS = replace(BITS, less=False)
"""By how much validation looks better than test: of such a gap more is no better than less."""


class PipelineConfig(SmallTeacherConfig):
    """How long the distilled student is fine-tuned, and how fast."""

    tuning_epochs: int = setting(
        40,
        "Epochs of fine-tuning",
        "How many times the student sees all validation images after distilling, with their "
        "labels alone.",
        ge=1,
        le=500,
        unit="epochs",
        low=5,
        high=200,
        step=5,
    )
    tuning_rate: float = setting(
        0.003,
        "Learning rate of fine-tuning",
        "How large the steps of fine-tuning are: the peak of a one-cycle schedule (Adam).",
        ge=1e-5,
        le=1,
        scale="log",
        low=1e-4,
        high=0.1,
    )


def plan(config: PipelineConfig, classes: tuple[str, ...]) -> Plan:
    """Distilled and labels only, each as it is, fine-tuned on validation, and on half of it."""
    tuned: dict[str, Any] = {
        "epochs": config.tuning_epochs,
        "learning_rate": config.tuning_rate,
        "labels": "all",
        "label_noise": 0.0,
    }
    whole = {**tuned, "learns_from": "validation"}
    half = {**tuned, "learns_from": "half of validation"}
    return Plan(
        (
            Arm.baseline(config),
            Arm.of(config, "distilled", "Distilled"),
            Arm.baseline(
                config, "labels tuned", "Labels only, then fine-tuned", after="labels only", **whole
            ),
            Arm.baseline(
                config, "tuned", "Distilled, then fine-tuned", after="distilled", **whole
            ),
            Arm.baseline(
                config, "labels half", "Labels only, then fine-tuned on half", after="labels only",
                **half,
            ),
            Arm.baseline(
                config, "half", "Distilled, then fine-tuned on half", after="distilled", **half
            ),
        ),
        against={"tuned": "labels tuned", "half": "labels half"},
    )  # fmt: skip


def exhibits(config: PipelineConfig, context: TrainingContext) -> Iterator[Exhibit]:
    """Accuracy on both halves of the validation examples, of text bits per character, of which the
    first was learned by the arms "half": {arm: {first, second}}, one number per seed."""
    from kdlab.data.split import Part, is_text
    from kdlab.measure import metrics

    whole = context.split.validation
    middle = len(whole.targets) // 2
    text = is_text(whole)
    measured = metrics.bits if text else metrics.accuracy
    content: dict[str, dict[str, list[float]]] = {}
    for name in ("distilled", "tuned", "half"):
        for half, place in (("first", slice(None, middle)), ("second", slice(middle, None))):
            part = Part(whole.inputs[place], whole.targets[place])
            found = measured(context.done[name].logits(part), part.targets.to(context.where))
            content.setdefault(name, {})[half] = [round(v, 6) for v in found]
    yield Exhibit(name=HALVES_IN_BITS if text else HALVES, content=content)


def opened(
    history: StudyHistory,
    after: str,
    before: str,
    seen: tuple[Sequence[float], Sequence[float]] | None = None,
) -> Gain:
    """By how much the gap of ``after``, validation minus test accuracy, is wider than that of
    ``before``, paired by seed. What validation and test examples differ in by chance is in both,
    and drops out. ``seen``: those of ``after`` and ``before`` to use instead of validation. Of text
    test minus validation, bits per character: what the gap is of, validation looks better by."""
    judged = history.judged
    told = seen or (history.values(after, history.chooses), history.values(before, history.chooses))
    wide, narrow = (
        [judged.better(v - t) for v, t in zip(values, history.values(arm), strict=True)]
        for values, arm in zip(told, (after, before), strict=True)
    )
    measure = GAP_IN_BITS if judged is BITS else judged
    return paired_gain(narrow, wide, history.resolution(), measure=measure)


def findings(history: StudyHistory) -> list[Finding]:
    """What distilling and fine-tuning bring, and what the second does to validation."""
    wider = opened(history, "tuned", "distilled")
    told = wider.verdict
    words = {
        "helped": "spoils",
        "hurt": "does not spoil",
        "unclear": "cannot be shown to spoil",
        "one seed": "with one seed cannot be shown to spoil",
        "NaN": "of students whose loss is NaN cannot be shown to spoil",
    }[told]
    found = [
        compared(history, "distilled"),
        compared(history, "tuned", "distilled"),
        compared(history, "tuned"),
        Finding(
            f"Fine-tuning {words} validation: its gap to test widens by {wider.told()}.",
            wider.holds,
            wider,
        ),
    ]
    judged, noun, in_bits = history.judged, history.noun, history.judged is BITS
    top = [v for v in history.values("tuned", history.chooses) if math.isfinite(v)]
    one, all_of = "validation accuracy", "validation accuracies"
    if in_bits:
        one = all_of = "bits per validation character"
    if len(set(top)) == 1 < len(top):
        found.append(
            Finding(
                f"After it, all {len(top)} students have the same {one}, "
                f"{judged.shown(top[0])}: it can no longer choose among them."
            )
        )
    elif top:
        found.append(
            Finding(
                f"After it, {all_of} lie between {judged.number(min(top))} and "
                f"{judged.shown(max(top))}, on {noun} they have learned."
            )
        )
    halves = history.exhibits.get(HALVES_IN_BITS if in_bits else HALVES)
    if halves:
        learned, other = (
            opened(history, "half", "distilled", (halves["half"][n], halves["distilled"][n]))
            for n in ("first", "second")
        )
        text = f"Fine-tuned on one half of the validation {noun}, "
        found += [
            Finding(
                f"{text}the gap of {which} widens by {gap.told()}.",
                gap.holds,
                gap,
            )
            for which, gap in (("that half", learned), ("the other half", other))
        ]
    return found


def answer(history: StudyHistory) -> Finding:
    """What distilling and fine-tuning bring, and how far validation is off afterwards."""
    wider = opened(history, "tuned", "distilled")
    gains = [known(history, "distilled"), known(history, "tuned", "distilled"), wider]
    if all(gain.ci95 is None for gain in gains):
        return Finding(f"{OPEN}: {doubt(gains)}.")
    distilling, tuning, _ = effects(gains)
    test = "test" if history.judged is BITS else "test accuracy"
    gap = {
        True: f"spoils validation: its gap to {test} widens by {amount(wider)}",
        False: f"narrows the gap between validation and {test} by {amount(wider)}",
        None: "it is unclear whether it spoils validation for judging",
    }[surely(gains)[-1]]
    return Finding(
        f"Distilling {distilling}, fine-tuning on validation {history.noun} then {tuning}, and "
        f"{gap}."
    )


STUDY = Study(
    name="pipeline",
    title="Train, distil, fine-tune, test",
    question="What does each stage bring, and what does fine-tuning on validation spoil?",
    config=PipelineConfig,
    plan=plan,
    findings=findings,
    answer=answer,
    exhibits=exhibits,
)
