"""The figures of a single run."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator

import numpy as np

from kdlab.config.schema import DistilConfig
from kdlab.data.naming import shown_names
from kdlab.errors import StoreError
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run.history import History
from kdlab.measure.gain import Gain
from kdlab.measure.measures import BITS, Measure
from kdlab.methods import METHODS
from kdlab.report import words
from kdlab.report.document import Figure
from kdlab.report.drawings import (
    Answers,
    Axis,
    Chart,
    Example,
    Level,
    Pair,
    Pairs,
    Row,
    Rows,
)
from kdlab.report.kinds.shapes import banded, fitted, row, series
from kdlab.report.looks import LOOKS, TEACHER
from kdlab.storage.store import Store

EXAMPLES = 6
"""Beside which the teacher's answers stand."""
MOST_PAIRS = 20
MOST_MARKS = 8
GROUPS = (LABELS_ONLY, DISTILLED)


def figures(config: DistilConfig, history: History, store: Store | None) -> Iterator[Figure]:
    """Curves, results, the gain seed by seed, both losses, soft targets."""
    yield learning(history)
    yield results(history)
    if (pairs := by_seed(history)) is not None:
        yield pairs
    for part in ("hard", "soft"):
        if (found := loss(history, part, config)) is not None:
            yield found
    if (found := answers(config, store)) is not None:
        yield found


def seeds(history: History) -> int:
    """How many students of a kind there are."""
    assert history.started is not None
    return len({seed for _, seed in history.started.students})


def learning(history: History) -> Figure:
    """The main measure on validation examples, over epochs."""
    started, ready, judged = history.started, history.teacher_ready, history.judged
    assert started is not None
    curves = history.curve(judged.name)
    drawn = [series(LOOKS[group], curves[group], judged) for group in GROUPS]
    known = None
    if ready is not None:
        known = ready.validation_accuracy if judged is not BITS else ready.validation_bits
    levels = [] if known is None else [_teacher(judged, known)]
    turns = list(history.turns.values())
    marks = tuple((float(t.epoch), f"T {t.temperature:g}, α {t.alpha:g}") for t in turns)
    turned = ""
    if len(turns) > MOST_MARKS:
        turned = f" T and α were changed {len(turns)} times, which is not marked."
        marks = ()
    ends_of = fitted(drawn, levels, judged, len(started.classes))
    chart = Chart(
        Axis("Epoch", whole=True, ends=(0, started.epochs)),
        Axis(words.axis(judged, "validation", history.noun), ends=ends_of),
        tuple(drawn),
        tuple(levels),
        marks,
    )
    ends = ", ".join(f"{one.label} {judged.number(one.y[-1] / judged.scale)}" for one in drawn)
    teacher = "" if known is None else f"; teacher {judged.number(known)}"
    return Figure(
        "learning",
        f"{judged.label} on validation {history.noun} over epochs; {banded(seeds(history))}."
        f"{turned}",
        f"{judged.label} over {started.epochs} epochs, in {judged.unit}. At the end: "
        f"{ends}{teacher}.",
        chart,
    )


def _teacher(judged: Measure, known: float) -> Level:
    return Level(LOOKS[TEACHER], LOOKS[TEACHER].label, judged.scale * known)


def results(history: History) -> Figure:
    """Means with their intervals, and one dot per seed."""
    finished, judged = history.finished, history.judged
    assert finished is not None
    own = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    rows = [Row(LOOKS[TEACHER], LOOKS[TEACHER].label, judged.scale * own)]
    rows += [row(LOOKS[group["name"]], group[judged.name], judged) for group in finished.groups]
    told = "; ".join(f"{one.label} {judged.number(one.mean / judged.scale)}" for one in rows)
    return Figure(
        "results",
        f"{judged.label} on test {history.noun}: one dot per seed, the mean"
        + (" and its 95 % interval." if seeds(history) > 1 else "; one seed has no interval."),
        f"{judged.label} on test {history.noun}, in {judged.unit}: {told}.",
        Rows(words.axis(judged, "test", history.noun), tuple(rows)),
    )


def by_seed(history: History) -> Figure | None:
    """From labels only to distilled, seed by seed; None for one seed, or too many to be told
    apart."""
    finished, judged = history.finished, history.judged
    assert finished is not None
    alone, taught = (
        next(each[judged.name] for each in finished.groups if each["name"] == name)
        for name in GROUPS
    )
    if not 1 < len(alone) <= MOST_PAIRS:
        return None
    assert history.started is not None
    names = [seed for group, seed in history.started.students if group == LABELS_ONLY]
    pairs = tuple(
        Pair(f"seed {seed}", judged.scale * before, judged.scale * after)
        for seed, before, after in zip(names, alone, taught, strict=True)
    )
    better = sum(judged.better(pair.after - pair.before) > 0 for pair in pairs)
    gain = Gain.of(finished.gain)
    return Figure(
        "gain-by-seed",
        f"The gain, seed by seed: from the student on labels only to the distilled one with the "
        f"same first weights, batches and labels. Mean {gain.told()}.",
        f"With {better} of {len(pairs)} seeds the distilled student is better.",
        Pairs(
            words.axis(judged, "test", history.noun),
            LOOKS[LABELS_ONLY],
            LOOKS[DISTILLED],
            pairs,
        ),
    )


def loss(history: History, part: str, config: DistilConfig) -> Figure | None:
    """One part of the loss over epochs, on a log scale; None where nobody has any."""
    method = METHODS[config.method]
    curves = {group: curve.on_log_axis() for group, curve in history.curve(part).items()}
    drawn = tuple(series(LOOKS[group], curves[group]) for group in GROUPS if len(curves[group]))
    if not drawn:
        return None
    squares = part == "soft" and config.method == "logit-regression"
    unit = "squared logits" if squares else "nats"
    title = "cross-entropy with the labels" if part == "hard" else f"{method.formula}"
    ends = ", ".join(f"{one.label} {one.y[-1]:.3g}" for one in drawn)
    assert history.started is not None
    return Figure(
        f"loss-{part}",
        f"The {part} part of the loss over epochs: {title}; not weighted by α; "
        f"{banded(seeds(history))}.",
        f"The {part} part of the loss in {unit}, on a logarithmic axis. At the end: {ends}.",
        Chart(
            Axis("Epoch", whole=True, ends=(0, history.started.epochs)),
            Axis(f"{part.capitalize()} part, {unit}", log=True),
            drawn,
        ),
    )


def answers(config: DistilConfig, store: Store | None) -> Figure | None:
    """Some validation images and the teacher's soft targets; None where they are not kept, or are
    no images."""
    outputs = None
    if store is not None:
        with contextlib.suppress(StoreError):  # a figure less: what is damaged, the pages tell
            outputs = store.teacher_outputs(config.teacher_config())
    if outputs is None or len(outputs.input_shape) != 3 or outputs.input_shape[0] not in (1, 3):
        return None
    soft = _softened(outputs.logits, config.temperature)
    plain = _softened(outputs.logits, 1.0)
    # those whose answer is least sure tell what labels do not say
    doubtful = np.argsort(plain.max(axis=1), kind="stable")[:EXAMPLES]
    examples = []
    for place in doubtful:
        pixels = outputs.inputs[place]
        pixels = pixels[0] if len(pixels) == 1 else np.moveaxis(pixels, 0, -1)
        examples.append(
            Example(
                pixels,
                int(outputs.labels[place]),
                tuple(plain[place].tolist()),
                tuple(soft[place].tolist()),
            )
        )
    return Figure(
        "soft-targets",
        f"What the teacher says of the {len(examples)} validation images on which it is least "
        f"sure: thin bars at T = 1, thick ones at T = {config.temperature:g}; ✓ marks the label.",
        f"{len(examples)} images, each with the teacher's probabilities of its likeliest classes "
        f"at T = 1 and at T = {config.temperature:g}.",
        Answers(shown_names(outputs.classes), config.temperature, tuple(examples)),
    )


def _softened(logits: np.ndarray, temperature: float) -> np.ndarray:
    scaled = logits.astype(np.float64) / temperature
    scaled -= scaled.max(axis=1, keepdims=True)
    shares: np.ndarray = np.exp(scaled)
    return shares / shares.sum(axis=1, keepdims=True)
