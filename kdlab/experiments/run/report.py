"""What ``distill`` prints: the result of a run as one JSON object, or in words."""

from __future__ import annotations

from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run import by_class, class_advice
from kdlab.experiments.run.above_teacher import above_teacher
from kdlab.experiments.run.advice import by_heart, teacher_accuracies, warnings
from kdlab.experiments.run.history import History, verdict_sentence
from kdlab.measure.measures import BITS, Measure

EPILOG = """\
example:
  python -m kdlab distill --dataset digits --labels 100 --temperature 4 --alpha 0.9 --seeds 5 --json

With --json stdout gets one object: config, teacher {accuracy, train_accuracy, validation_accuracy,
parameters, bytes, flops_per_image, latency_ms}, student {parameters, bytes, flops_per_image,
latency_ms}, groups [{name, accuracy, fidelity, ece}, one number per seed], gain {mean, ci95, seeds}
(ci95 is null for one seed), seconds {teacher, students, total}, machine; for your own images also
data {classes, splits, left_out, done, overrule, lines}, for your own text data {symbols, alphabet,
splits, done, lines}: how the files were read; notes [sentences] on a teacher of your own, or on
damaged results that were made again; and warnings [sentences] if the teacher is at chance or worse
than its student, if distillation surely hurts a class, or if classes are uneven. Accuracies are
fractions of the test images.

For all data except text also balanced_accuracy and macro_f1 {teacher, labels only, distilled,
gain}, scikit-learn's balanced_accuracy_score and f1_score(average="macro", zero_division=0);
classes [{class, training_examples, test_examples, recall_..., gain, gain_low, gain_high}], recall
and gain with 95 % intervals over seeds, gain_corrected_low and _high for all classes at once
(Bonferroni); confusion {teacher, labels only, distilled}, counts of test answers, one row per
class, summed over seeds, for at most 20 classes; calibration {teacher, labels only, distilled},
each {temperature, before, after}: T fitted on validation images, calibration error on test images.
For text, groups and teacher also have bits (per character), and gain has measure "bits": it is in
bits, and a negative gain is better. For a grammar, truth has for each model kl (to the truth, bits
per string) and coverage (share of its strings), one number per seed.

Exit code: 0 done, 1 the run failed, 2 a setting is wrong, 130 stopped by Ctrl-C.
Results are kept in the folder KDLAB_HOME, downloads in KDLAB_DATA (default: the user's cache)."""


def as_json(config: DistilConfig, history: History) -> dict[str, Any]:
    """The one JSON object of ``distill``; accuracies are fractions, lists one per seed."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    keys = ("parameters", "bytes", "flops_per_image", "latency_ms")
    ready = history.teacher_ready
    parts = ("train", "validation") if ready else ()
    before = {f"{part}_accuracy": getattr(ready, f"{part}_accuracy") for part in parts}
    bits = {} if finished.teacher_bits is None else {"bits": finished.teacher_bits}
    cost = {name: {key: model[key] for key in keys} for name, model in measured.models.items()}
    return {
        "config": config.model_dump(mode="json"),
        "teacher": {"accuracy": finished.teacher_accuracy, **bits, **before, **cost["teacher"]},
        "student": cost["student"],
        "groups": finished.groups,
        "gain": finished.gain,
        **by_class.as_json(history),
        **({} if finished.truth is None else {"truth": finished.truth}),
        "seconds": {name: finished.seconds[name] for name in ("teacher", "students", "total")},
        "machine": measured.machine,
        **({"data": history.data.account} if history.data else {}),
        **({"notes": history.remarks} if history.remarks else {}),
        **({"warnings": told} if (told := all_warnings(history)) else {}),
    }


def all_warnings(history: History) -> list[str]:
    """Sentences on the teacher, on classes that lose, and on classes that are uneven."""
    return [*warnings(history), *class_advice.warnings(history)]


def _padded(measure: Measure, value: float) -> str:
    return f"{measure.number(value):>6} {measure.unit}"


def summary(history: History) -> str:
    """A few lines for a person."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    teacher, student = measured.models["teacher"], measured.models["student"]
    measure = history.judged
    known = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    what = "per test character" if measure is BITS else f" of the test {history.noun}"
    lines = [f"teacher       {_padded(measure, known)} {what}"]
    for group in finished.groups:
        values = group[measure.name]
        mean = _padded(measure, sum(values) / len(values))
        many = f"mean of {len(values)} seeds" * (len(values) > 1)
        lines.append(f"{group['name']:<13} {mean}  {many}")
    ratio = teacher["parameters"] / student["parameters"]
    verdict = verdict_sentence(finished, history.turns.values())
    sizes = f"{teacher['parameters']:,} and {student['parameters']:,}"
    lines.append(f"parameters    {sizes}, {ratio:.3g} to 1")
    lines += by_class.lines(history)
    told = [teacher_accuracies(history), *all_warnings(history), above_teacher(history)]
    told.append(by_heart(history))
    told = [text for text in told if text]
    return "\n".join([*(line.rstrip() for line in lines), *told, verdict])
