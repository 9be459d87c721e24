"""The mistake that is made when a student has learned: the ranges of its int8 file are measured on
the wrong inputs. Other ways to get them are measured beside it."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from kdlab.config.schema import StudentConfig
from kdlab.data import DATASETS
from kdlab.errors import ConfigError, ModelError
from kdlab.events import Event, Exhibit, Progress
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding
from kdlab.experiments.study.sentences import WORDS
from kdlab.measure.gain import Gain

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from kdlab.training.arms.context import TrainingContext

NAME = "int8-ranges"
"""Of the mistake."""
ROUNDED = "rounded"
"""The exhibit."""
CALIBRATION = "Calibration error (the gap between how sure a student is and how often it is right)"
"""What the sentence on it begins with."""
RIGHT, WRONG, FULL = "right", "wrong", "32 bits"
WAYS: dict[str, str] = {
    FULL: "32 bits",
    RIGHT: "int8, ranges of training images",
    WRONG: "int8, ranges of training images divided by 255",
    "noise": "int8, ranges of noise",
    "one image": "int8, ranges of a single image",
    "dynamic": "int8, ranges of each answer (dynamic)",
}
"""How a file is made -> its words."""
SCALE = 255
SEED = 0
"""Of the noise."""


def possible(config: StudentConfig) -> None:
    """ConfigError for points and for rows of a table, which have no pixels."""
    record = DATASETS[config.dataset]
    if record.kind in ("points", "table"):
        raise ConfigError(
            f"dataset is {config.dataset!r}, which is {record.noun}, and this mistake is made with "
            "pixels",
            ", ".join(name for name, each in DATASETS.items() if each.kind == "images"),
            "Choose images",
        )


def exhibits(
    config: StudentConfig, contexts: Sequence[TrainingContext], arm: str
) -> Iterator[Event]:
    """Exhibit ``rounded``: way -> {accuracy, ece} on test images, one number a student of ``arm``,
    teacher by teacher; NaN where its loss stopped being one, or a file cannot be made."""
    from kdlab.device.exported import Inputs
    from kdlab.studies.device.measured import finite

    inputs = Inputs.of(contexts[0].split)
    modules = [module for context in contexts for module in context.done[arm].modules]
    found: dict[str, dict[str, list[float]]] = {w: {"accuracy": [], "ece": []} for w in WAYS}
    for done, module in enumerate(modules):
        yield Progress(stage="writing and asking int8 files", done=done, total=len(modules))
        told: dict[str, dict[str, float]] = {}
        with contextlib.suppress(ModelError):  # of huge numbers there is no int8
            told = _asked(config, contexts[0], module, inputs) if finite(module) else {}
        for way, values in found.items():
            for measure, numbers in values.items():
                numbers.append(told[way][measure] if told else float("nan"))
    yield Exhibit(name=ROUNDED, content=found)


def _asked(
    config: StudentConfig, context: TrainingContext, module: Any, inputs: Any
) -> dict[str, dict[str, float]]:
    """Way -> what the file of ``module`` comes to on test images."""
    import torch

    from kdlab.device import onnx_file, quantised, runtime
    from kdlab.measure import metrics
    from kdlab.studies.device.measured import network_of

    whole = onnx_file.to_onnx(network_of("distilled", module, config, context.split))
    targets = torch.from_numpy(inputs.targets)
    found = {}
    for way in WAYS:
        if way == FULL:
            content = whole
        elif way == "dynamic":
            content = quantised.to_dynamic_int8(whole)
        else:
            content = quantised.to_int8(whole, calibrated_on(way, inputs.calibration))
        said = torch.from_numpy(runtime.logits(runtime.session(content), inputs.test)).t()[None]
        found[way] = {
            "accuracy": metrics.accuracy(said, targets)[0],
            "ece": metrics.calibration_error(said, targets)[0],
        }
    return found


def calibrated_on(way: str, images: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """The inputs on which ranges are measured, of ``images`` (N, C, H, W), 0 to 255. The file takes
    whole pixels and refuses others: divided ones are 0 and 1."""
    import numpy as np

    if way == WRONG:
        return (images / SCALE).astype(images.dtype)
    if way == "noise":
        luck = np.random.default_rng(SEED)
        return luck.integers(0, SCALE + 1, images.shape).astype(images.dtype)
    return np.repeat(images[:1], len(images), axis=0) if way == "one image" else images


def values(history: StudyHistory, way: str, measure: str = "accuracy") -> tuple[float, ...]:
    """One number a student; none before the study is done."""
    known = history.exhibits.get(ROUNDED)
    return () if known is None else tuple(known[way][measure])


def gain(
    history: StudyHistory, arm: str, way: str = WRONG, against: str = RIGHT, measure: str = ""
) -> Gain | None:
    """``way`` minus ``against``, paired by student of ``arm``; None before the study is done."""
    measure = measure or "accuracy"
    own, other = (values(history, each, measure) for each in (way, against))
    return history.gain_of(other, own, arm, measure=measure) if own else None


def findings(history: StudyHistory, arm: str) -> list[Finding]:
    """What wrong ranges cost, what other ways to get them cost, and int8 itself."""
    pairs = [(WRONG, RIGHT), *((w, RIGHT) for w in WAYS if w not in (FULL, WRONG, RIGHT))]
    found = []
    for way, against in (*pairs, (RIGHT, FULL)):
        told = gain(history, arm, way, against)
        assert told is not None, "a study that has findings is done"
        words = "compared with" if told.verdict == "NaN" else WORDS[told.verdict]
        text = f"“{WAYS[way]}” {words} “{WAYS[against]}”: {told.told()}."
        found.append(Finding(text, told.holds, told))
    error = gain(history, arm, measure="ece")
    assert error is not None, "measured with the others"
    before, after = (fmean(values(history, w, "ece")) for w in (RIGHT, WRONG))
    text = (
        f"{CALIBRATION}: {100 * before:.1f} % with the right ranges, {100 * after:.1f} % with the "
        f"mistake, {error.told()}."
    )
    return [*found, Finding(text, None, error, less=True)]
