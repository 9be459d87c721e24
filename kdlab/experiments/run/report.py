"""What ``distill`` prints: the result of a run as one JSON object, or in words."""

from __future__ import annotations

from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.experiments.run.advice import teacher_accuracies, warnings
from kdlab.experiments.run.history import History, verdict_sentence

EPILOG = """\
example:
  python -m kdlab distill --dataset digits --labels 100 --temperature 4 --alpha 0.9 --seeds 5 --json

With --json stdout gets one object: config, teacher {accuracy, train_accuracy, validation_accuracy,
parameters, bytes, flops_per_image, latency_ms}, student {parameters, bytes, flops_per_image,
latency_ms}, groups [{name, accuracy, fidelity, ece}, one number per seed], gain {mean, ci95, seeds}
(ci95 is null for one seed), seconds {teacher, students, total}, machine; of your own images also
data {classes, splits, left_out, done, overrule, lines}: what was understood of them; notes
[sentences] on a teacher that was brought, or on what was damaged in the store and made anew; and
warnings [sentences] where the teacher is at chance, or worse than its student. Accuracies are
fractions of the test images.

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
    cost = {name: {key: model[key] for key in keys} for name, model in measured.models.items()}
    return {
        "config": config.model_dump(mode="json"),
        "teacher": {"accuracy": finished.teacher_accuracy, **before, **cost["teacher"]},
        "student": cost["student"],
        "groups": finished.groups,
        "gain": finished.gain,
        "seconds": {name: finished.seconds[name] for name in ("teacher", "students", "total")},
        "machine": measured.machine,
        **({"data": history.data.account} if history.data else {}),
        **({"notes": history.remarks} if history.remarks else {}),
        **({"warnings": told} if (told := warnings(history)) else {}),
    }


def summary(history: History) -> str:
    """A few lines for a person."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    teacher, student = measured.models["teacher"], measured.models["student"]
    lines = [f"teacher       {100 * finished.teacher_accuracy:6.1f} %  of the test images"]
    for group in finished.groups:
        n = len(group["accuracy"])
        mean = 100 * sum(group["accuracy"]) / n
        lines.append(f"{group['name']:<13} {mean:6.1f} %  " + (f"mean of {n} seeds" * (n > 1)))
    ratio = teacher["parameters"] / student["parameters"]
    verdict = verdict_sentence(finished, history.turns.values())
    sizes = f"{teacher['parameters']:,} and {student['parameters']:,}"
    lines.append(f"parameters    {sizes}, {ratio:.3g} to 1")
    told = [teacher_accuracies(history), *warnings(history)]
    return "\n".join([*(line.rstrip() for line in lines), *told, verdict])
