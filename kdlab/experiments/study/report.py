"""What ``study`` prints: arms and findings as one JSON object, or in words."""

from __future__ import annotations

import math
from typing import Any

from kdlab.experiments.study.basis import basis
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Study, StudyConfig
from kdlab.measure.gain import Gain
from kdlab.measure.measures import ACCURACY
from kdlab.measure.results import OF_TEXT

EPILOG = """\
example:
  python -m kdlab study {name} --seeds 5 --json

With --json stdout gets one object: study, config, teacher_accuracy, arms [{{name, label, student,
against, teacher, accuracy, validation, fidelity, ece, one number per seed (with several teachers,
those of one teacher after the other), gain {{mean, ci95, seeds, teachers if several}} over its
labels-only arm, cost}}], question, answer (one sentence, or null), findings [{{text, holds,
gain}}], basis (what the intervals are over), seconds, machine; exhibits with --exhibits; and notes,
if any. For text, arms also have bits and validation_bits (per character), teacher_bits is added,
and students are judged by bits: gains have measure "bits", and a negative gain is better.
Accuracies are fractions; null where a student's loss became NaN.

Exit code: 0 done, 1 the study failed, 2 a setting is wrong, 130 stopped by Ctrl-C."""


def as_json(
    study: Study, config: StudyConfig, history: StudyHistory, *, exhibits: bool = False
) -> dict[str, Any]:
    """The one JSON object of ``study``; lists have one number per seed. ``exhibits``: also what the
    study shows."""
    assert history.started is not None, "nothing was trained"
    assert history.finished is not None, "the study is not done"
    arms, findings = [], study.findings(history)
    for arm in history.arms:
        name = str(arm["name"])
        done = history.done[name]
        own = history.against(name) == name
        arms.append(
            {
                **arm,
                **{m: list(history.values(name, m)) for m in MEASURES},
                **{m: list(told) for m in OF_TEXT if (told := history.values(name, m))},
                "gain": None if own else _plain(history.gain(name)),
                "cost": done.cost,
            }
        )
    found: dict[str, Any] = {
        "study": study.name,
        "config": config.model_dump(mode="json"),
        "teacher_accuracy": history.started.teacher_accuracy,
        **(
            {"teacher_bits": sum(told) / len(told)}
            if (told := history.started.teacher_bits)
            else {}
        ),
        "arms": arms,
        "question": study.question,
        "answer": None if (answer := study.answered(history)) is None else answer.text,
        "findings": [{"text": f.text, "holds": f.holds, "gain": _plain(f.gain)} for f in findings],
        "basis": basis(history, findings, corrected=study.corrected),
        "teachers": history.finished.teachers,
        "seconds": history.finished.seconds,
        "machine": history.started.machine,
    }
    if history.notes:
        found["notes"] = history.notes
    if exhibits:
        found["exhibits"] = history.exhibits
    plain: dict[str, Any] = without_nan(found)
    return plain


def _plain(gain: Gain | None) -> dict[str, Any] | None:
    return None if gain is None else gain.as_dict()


MEASURES = ("accuracy", "validation", "fidelity", "ece")


def without_nan(value: Any) -> Any:
    """The same with None for NaN: JSON has no other word for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return value


def summary(study: Study, history: StudyHistory) -> str:
    """What all arms came to on the test part, and the findings."""
    assert history.started is not None, "nothing was trained"
    width = max(len(history.label(name)) for name in history.done)
    measure, lines = history.judged, [study.question]
    for name in (str(arm["name"]) for arm in history.arms):
        mean, low, high = history.mean(name)
        line = f"  {history.label(name):<{width}}  {measure.number(mean):>5} {measure.unit}"
        ends = f" ({measure.number(low)} to {measure.number(high)})"
        line += ends if math.isfinite(low) else ""
        gain = history.gain(name)
        if gain is not None and history.against(name) != name:
            line += f"  {gain.told()}"
        lines.append(line)
    known = history.teacher_value
    if known is not None:
        lines.append(f"  {'Teacher':<{width}}  {measure.number(known):>5} {measure.unit}")
    what = "Test accuracy" if measure is ACCURACY else f"{measure.label}, test"
    lines.append(f"{what}; gains against {_references(history)}.")
    found, answer = study.findings(history), study.answered(history)
    if answer is not None and answer not in found:
        lines.insert(1, answer.text)
    return "\n".join(
        [*lines, *(f"- {f.text}" for f in found), basis(history, found, corrected=study.corrected)]
    )


def _references(history: StudyHistory) -> str:
    """What the gains of all arms are gains over."""
    (first, *others) = dict.fromkeys(history.against(str(arm["name"])) for arm in history.arms)
    return "the same student on labels only" if others else history.beside(first)
