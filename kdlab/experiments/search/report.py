"""What ``search`` prints: what was found as one JSON object, or in words."""

from __future__ import annotations

from typing import Any

from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.history import SearchHistory, repeatable
from kdlab.experiments.uneven import uneven
from kdlab.measure.gain import Gain

EPILOG = """\
example:
  python -m kdlab search --max-parameters 1500 --labels 100 --trials 40 --json

The same command again resumes an interrupted search, which then finds the same as an uninterrupted
one; more --trials extend it.
With KDLAB_SCHEDULER the search runs on that cluster's workers, with --workers N in N processes of
this machine. Several processes may run the same search at once, also on several machines that share
the folder KDLAB_HOME: they divide the trials between them.

With --json stdout gets one object: config, best {student, teacher, method, temperature, alpha,
parameters, bytes, flops_per_image, latency_ms, validation_accuracy, config (of a single run), ...},
front [{the same without config, on (parameters, latency_ms)}], importance {name: share}, trials
[{number, state, student, ..., accuracy (validation, one number per seed), epochs}], test {seeds,
best {student, accuracy}, labels_only {student, accuracy}, gain {mean, ci95, seeds}, teacher},
machine, seconds, workers (with more than one, the trials depend on their speed, so another search
may find something else). Accuracies under test are on the test images, for seeds that the search
has not seen. Accuracies are fractions; temperature is null where the method has none.
With a limit on int8, all trials also have int8_bytes and int8_latency_ms.
For text, trials are chosen by bits per character, fewer being better: trials, best and labels_only
also have bits, best and front validation_bits, test teacher_bits; gain is in bits.

Exit code: 0 done, 1 the search failed, 2 a setting is wrong, 130 stopped by Ctrl-C.
Searches are kept in the folder KDLAB_HOME, downloads in KDLAB_DATA (default: the user's cache)."""


def as_json(config: SearchConfig, history: SearchHistory) -> dict[str, Any]:
    """The one JSON object of ``search``."""
    finished = history.finished
    assert finished is not None, "the search is not done"
    return {
        "config": config.model_dump(mode="json"),
        "best": finished.best,
        "front": finished.front,
        "importance": finished.importance,
        "trials": history.trials,
        "test": finished.test,
        "machine": finished.machine,
        "seconds": finished.seconds,
        "workers": finished.workers,
        **({"notes": history.notes} if history.notes else {}),
    }


def summary(history: SearchHistory) -> str:
    """A few lines for a person."""
    finished = history.finished
    assert finished is not None, "the search is not done"
    best, test = finished.best, finished.test
    gain = Gain.of(test["gain"])
    measure = gain.measure
    what, one = history.noun, f"per {history.noun[:-1]}"
    alpha = f"alpha {best['alpha']:g}"
    how = alpha if best["temperature"] is None else f"T {best['temperature']:g}, {alpha}"
    lines = [
        f"best          {best['student']}, {best['method']}, {how}, teacher {best['teacher']}",
        f"size          {best['parameters']:,} parameters, {best['bytes']:,} bytes, "
        f"{best['flops_per_image']:,} FLOPs, {best['latency_ms']:.3g} ms {one}",
    ]
    if "int8_bytes" in best:
        lines.append(
            f"as int8       {best['int8_bytes']:,} bytes, {best['int8_latency_ms']:.3g} ms {one} "
            "under onnxruntime"
        )
    for key, label in (("labels_only", "labels only"), ("best", "distilled")):
        values = test[key][measure.name]
        mean = f"{measure.number(sum(values) / len(values)):>6} {measure.unit}"
        lines.append(f"{label:<13} {mean}  mean of {len(values)} fresh seeds, test {what}")
    lines += [gain.sentence(), *filter(None, [uneven(history.data, what)])]
    return "\n".join([*lines, *repeatable(finished)])
