"""What the report of a map shows."""

from __future__ import annotations

import math
from typing import Any

from kdlab.experiments.study.basis import by_chance
from kdlab.experiments.sweep import SweepConfig, SweepHistory
from kdlab.experiments.uneven import uneven
from kdlab.measure.measures import ACCURACY
from kdlab.report import common, words
from kdlab.report.document import Block, Figure, Paragraph, Table
from kdlab.report.drawings import Axis, Chart, Heat, Level, Series
from kdlab.report.kinds.run_figures import GROUPS
from kdlab.report.kinds.shapes import banded, fitted, series
from kdlab.report.looks import LOOKS, TEACHER
from kdlab.report.told import Told
from kdlab.storage.store import Store

LEAST_POINTS, LEAST_BITS = 2.0, 0.05
"""The colours reach at least this far, so that noise does not look like a result."""
SAME = "≈"


def told(experiment: Any, config: SweepConfig, history: SweepHistory, store: Store | None) -> Told:
    """All of it; the map is complete."""
    started = history.started
    assert started is not None
    across, up = config.axes
    varied = {axis.setting for axis in config.axes}
    return Told(
        noun=experiment.noun,
        question=f"How does the gain of distillation depend on {_named(up.label)} and "
        f"{_named(across.label)}? The student is {common.learner(config, varied)}; its teacher is "
        f"{config.teacher}.",
        verdict=verdict(history),
        basis=basis(history),
        data=common.data(config.dataset, common.parts(started), history.noun, history.data),
        figures=tuple(figures(history)),
        results=tuple(results(history)),
        costs=tuple(costs(experiment, config, history)),
        machine="",
        sources=common.sources(config),
        warnings=tuple(warnings(history)),
        notes=tuple(history.remarks),
    )


def _named(label: str) -> str:
    return f"{label[:1].lower()}{label[1:]}"


def ticks(history: SweepHistory) -> tuple[list[str], list[str]]:
    """The values along both axes, as a person writes them."""
    across, up = history.config.axes
    return tuple(
        [value if isinstance(value, str) else f"{value:,g}" for value in history.config.along(axis)]
        for axis in (across, up)
    )  # type: ignore[return-value]


def where(history: SweepHistory, cell: int) -> str:
    """A cell in words."""
    (across, up), (xs, ys) = history.config.axes, ticks(history)
    row, column = divmod(cell, history.shape[1])
    return f"{up.label} {ys[row]}, {across.label} {xs[column]}"


def verdict(history: SweepHistory) -> str:
    """The cell that validation chooses, and what it is worth on test examples."""
    best, noun = history.best, history.noun
    if best is None:
        return "No student of this map has a result: each loss became NaN."
    gain = history.gain(best)
    at = f"The best cell on validation {noun} is {where(history, best)}."
    if math.isnan(gain.mean):
        return f"{at} The student on labels alone has no result: its loss became NaN."
    if gain.verdict == "one seed":
        return f"{at} {gain.sentence()}"
    words = {
        "helped": "distillation helped",
        "hurt": "distillation hurt",
        "unclear": "it is unclear whether distillation helps",
    }[gain.verdict]
    return (
        f"{at} There, on test {noun}, {words} with this teacher: {gain.amount()} against labels "
        f"only, {gain.interval()}."
    )


def basis(history: SweepHistory) -> str:
    """What the intervals are over, and what a map of them may seem to show."""
    count = history.config.seeds
    if count == 1:
        return "One seed was trained in each cell: no intervals, and no estimate of chance."
    compared = history.comparisons
    return (
        f"95 % intervals over {count} seeds, paired by seed, with this teacher. {compared} cells "
        f"were compared with labels only: even if nothing differed, about {by_chance(compared)} "
        "of them would look clear by chance. The best cell was chosen on validation "
        f"{history.noun}, its gain is that on test {history.noun}."
    )


def figures(history: SweepHistory) -> list[Figure]:
    """The map, slices through its best cell, and how that cell learned."""
    found = [heat(history)]
    best = history.best
    if best is not None:
        found += [slice_along(history, axis, best) for axis in history.config.axes]
        found.append(learning(history, best))
    return found


def heat(history: SweepHistory) -> Figure:
    """Each cell's measure, and what the teacher adds to it."""
    judged = history.judged
    difference, (mean, _, _) = history.difference("test"), history.mean("test")
    clear, worth = difference.clear, judged.scale * judged.better(1.0)
    texts, values = [], []
    for cell, number in enumerate(mean.tolist()):
        if math.isnan(number):
            texts.append("")
            values.append(math.nan)
            continue
        sign = judged.difference(difference.mean[cell]) if clear[cell] else SAME
        texts.append(f"{judged.number(number)}\n{sign}")
        values.append(worth * float(difference.mean[cell]) if clear[cell] else 0.0)
    least = LEAST_POINTS if judged is ACCURACY else LEAST_BITS
    reach = max([least, *(abs(v) for v in values if not math.isnan(v))])
    across, up = history.config.axes
    xs, ys = ticks(history)
    sure = int(clear.sum())
    bar = "points against labels only" if judged is ACCURACY else "bits less than labels only"
    best = history.best
    alt = f"{sure} of {history.comparisons} cells differ clearly from labels only."
    if best is not None:
        alt += f" Best: {where(history, best)}, {judged.shown(float(mean[best]))}."
    return Figure(
        "map",
        f"{judged.label} on test {history.noun}, {judged.unit}, and the difference to the student "
        f"on labels only, {judged.units}: orange is better, purple worse, {SAME} cannot be told "
        "apart. ★ is the best cell on validation; it is not clearly better than the framed cells.",
        alt,
        Heat(
            Axis(across.label, ticks=tuple(enumerate(xs))),
            Axis(up.label, ticks=tuple(enumerate(ys))),
            history.shape,
            tuple(values),
            reach,
            tuple(texts),
            bar,
            best,
            tuple(history.plateau),
        ),
    )


def slice_along(history: SweepHistory, axis: Any, cell: int) -> Figure:
    """A row or a column of the map through ``cell``, beside labels only."""
    judged = history.judged
    across, up = history.config.axes
    row, column = divmod(cell, history.shape[1])
    rows, columns = history.shape
    if axis is across:
        cells, other = list(range(row * columns, (row + 1) * columns)), up
        names, at = ticks(history)[0], ticks(history)[1][row]
    else:
        cells, other = list(range(column, rows * columns, columns)), across
        names, at = ticks(history)[1], ticks(history)[0][column]
    drawn = []
    for group, alone in zip(GROUPS, (True, False), strict=True):
        mean, low, high = (part[cells] for part in history.mean("test", alone=alone))
        if judged.most is not None:
            low, high = low.clip(0, judged.most), high.clip(0, judged.most)
        look, scale, x = LOOKS[group], judged.scale, tuple(map(float, range(len(cells))))
        known = not all(math.isnan(v) for v in low.tolist())
        drawn.append(
            Series(
                look,
                look.label,
                x,
                tuple((scale * mean).tolist()),
                tuple((scale * low).tolist()) if known else (),
                tuple((scale * high).tolist()) if known else (),
                "points",
            )
        )
    here = f"{other.label} {at}"
    return Figure(
        f"slice-{axis.name.replace('_', '-')}",
        f"{judged.label} on test {history.noun} over {_named(axis.label)}, at {here}; "
        + ("whiskers: 95 % intervals over "
           f"{history.config.seeds} seeds." if history.config.seeds > 1 else "one seed."),
        f"Distilled, from left to right: "
        f"{', '.join(judged.number(v / judged.scale) for v in drawn[1].y)} {judged.unit}.",
        Chart(
            Axis(axis.label, ticks=tuple((float(n), name) for n, name in enumerate(names))),
            Axis(words.column(judged)),
            tuple(drawn),
            _teacher(history),
        ),
    )  # fmt: skip


def _teacher(history: SweepHistory) -> tuple[Level, ...]:
    if history.judged is not ACCURACY or history.started is None:
        return ()
    look = LOOKS[TEACHER]
    return (Level(look, look.label, 100 * history.started.teacher_accuracy),)


def learning(history: SweepHistory, cell: int) -> Figure:
    """The best cell over epochs."""
    judged = history.judged
    curves = history.curve(cell, "test")
    drawn = [series(LOOKS[group], curves[group], judged) for group in GROUPS]
    levels = _teacher(history)
    ends = ", ".join(f"{one.label} {judged.number(one.y[-1] / judged.scale)}" for one in drawn)
    return Figure(
        "learning",
        f"{judged.label} on test {history.noun} over epochs at {where(history, cell)}; "
        f"{banded(history.config.seeds)}.",
        f"At the end: {ends} {judged.unit}.",
        Chart(
            Axis("Epoch", whole=True, ends=(0, history.config.epochs)),
            Axis(words.column(judged), ends=fitted(drawn, levels, judged)),
            tuple(drawn),
            levels,
        ),
    )


def results(history: SweepHistory) -> list[Block]:
    """Every cell with its interval, and its gain with its own."""
    judged = history.judged
    across, up = history.config.axes
    means = [list(part) for part in history.mean("test")]
    alone = history.mean("test", alone=True)[0]
    xs, ys = ticks(history)
    same = [own == other for own, other in
            zip(history.plan.cells, history.plan.references, strict=True)]  # fmt: skip
    rows = []
    for cell in range(len(means[0])):
        row, column = divmod(cell, history.shape[1])
        mean, between = words.spread(judged, tuple(part[cell] for part in means))
        gain = history.gain(cell)
        amount, spread = ("", "the same student") if same[cell] else words.gain(gain)
        verdict = "" if same[cell] else gain.verdict
        mark = "★" if cell == history.best else ""
        rows.append((f"{ys[row]}, {xs[column]} {mark}".strip(), mean, between,
                     judged.number(float(alone[cell])) if math.isfinite(alone[cell]) else "NaN",
                     amount, spread, verdict))  # fmt: skip
    head = (
        f"{up.label}, {across.label}", words.column(judged), "95 % interval",
        f"Labels only, {judged.unit}", f"Difference, {judged.units}", "95 % of the difference",
        "Verdict",
    )  # fmt: skip
    less = ", lower is better" if judged.less else ""
    title = f"All cells, test {history.noun}{less}; ★ is the best on validation"
    found: list[Block] = [Table.of(title, head, rows, (0, 6))]
    if history.complete and history.config.seeds > 1:
        equals = len(history.plateau)
        others = len(rows) - 1
        found.insert(
            0,
            Paragraph(
                f"Of {others} other cells, {equals} cannot be told apart from the best one on "
                f"validation {history.noun}: chance might just as well have chosen them."
            ),
        )
    return found


def warnings(history: SweepHistory) -> list[str]:
    """Cells whose loss stopped being a number, and classes that accuracy says little of."""
    about = uneven(history.data, history.noun)
    found = [about] if about else []
    lost = int(sum(math.isnan(v) for v in history.mean("test")[0].tolist()))
    if lost:
        cells = f"cell{'s' * (lost > 1)}"
        found.append(f"In {lost} {cells} a student's loss became NaN.")
    return found


def costs(experiment: Any, config: SweepConfig, history: SweepHistory) -> list[Block]:
    """How many students, and how long they took."""
    seconds = experiment.as_json(config, history)["seconds"]
    return [
        Paragraph(
            f"{history.students:,} students were trained, which took "
            f"{words.amount(seconds['students'])} seconds"
            + (f", their teacher {words.amount(seconds['teacher'])}" if seconds["teacher"] else "")
            + "."
        )
    ]
