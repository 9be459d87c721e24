"""What the report of a single run shows of its classes: every class alike, and how well confidence
says how often answers are right. Numbers are those of :mod:`kdlab.experiments.run.by_class`."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from kdlab.data.naming import told_apart
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.events.single import MANY_CLASSES
from kdlab.experiments.run import by_class as core
from kdlab.experiments.run import class_advice
from kdlab.experiments.run.by_class import ByClass
from kdlab.experiments.run.history import History
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY
from kdlab.measure.wording import signed
from kdlab.report import common, words
from kdlab.report.document import Block, Figure, Paragraph, Table
from kdlab.report.drawings import Axis, Heat, Row, Rows
from kdlab.report.looks import LOOKS, TEACHER

MOST_ROWS = 24
"""Classes in the figure of gains: one sheet's."""
CHANGES = 20
"""Rows of the table of mistakes that became more or less frequent."""
FEW = 20
"""Rows of a table of classes that lies open."""
LETTERS = 12
"""Of a class's name beside a matrix."""
DECIMALS = 6
"""Classes up to which cells have room for a decimal."""
LEAST_POINTS = 5.0
"""The colours of a difference reach at least this far, so that noise does not look like a result.
"""
NOTHING = "—"
"""A recall of a class without test examples."""
GROUPS = (LABELS_ONLY, DISTILLED)


def blocks(history: History) -> list[Block]:
    """Tables and what they come to; none where classes were not counted."""
    found = core.by_class(history)
    if found is None:
        return []
    told: list[Block] = [measures(history), Paragraph(class_advice.in_words(history))]
    if len(found.names) <= common.MOST_CLASSES:
        told.append(classes(history, found))
    if (table := changes(history)) is not None:
        told.append(table)
    elif len(found.names) > MANY_CLASSES:
        told.append(Paragraph(f"Which class is taken for which is kept of at most {MANY_CLASSES} "
                              "classes.", "note"))  # fmt: skip
    if (table := calibration(history)) is not None:
        told.append(table)
        told.append(
            Paragraph(
                "The logits of each network are divided by one temperature that makes the labels "
                "of the validation part likeliest (Guo et al. 2017, arXiv:1706.04599): no answer "
                "changes, only its confidence. It has nothing to do with T of the loss.",
                "note",
            )
        )
    return told


def figures(history: History) -> list[Figure]:
    """The gain of each class, and what both students take for what."""
    found = core.by_class(history)
    if found is None:
        return []
    return [gains(history, found), *confusion(history)]


def measures(history: History) -> Table:
    """Accuracy, and what counts every class alike."""
    rows = []
    for each in core.judged(history):
        less = ", lower is better" * each.measure.less
        line = [f"{each.label}{less}", each.measure.number(each.teacher)]
        for group in GROUPS:
            line += words.spread(each.measure, interval(each.students[group]))
        rows.append([*line, *words.gain(each.gain)])
    head = ["%", "Teacher"]
    for group in GROUPS:
        head += [LOOKS[group].label, "95 % interval"]
    head += ["Distilled minus labels only, points", "95 % of the difference"]
    title = (
        f"Measures that count every class alike, test {history.noun}: balanced accuracy is the "
        "mean recall of all classes, macro-F1 the mean of their F1"
    )
    return Table.of(title, head, rows)


def classes(history: History, found: ByClass) -> Table:
    """How frequent each class is, recalls and the gain, the most frequent first."""
    rows, gained = [], found.gains
    for n in found.shown(len(found.names)):
        train = "" if found.training is None else f"{found.training[n]:,}"
        line = [found.names[n], train, f"{found.images[n]:,}"]
        if not found.images[n]:
            rows.append([*line, NOTHING, *["", ""] * 4])
            continue
        line.append(ACCURACY.number(float(found.recall[TEACHER][0][n])))
        for group in GROUPS:
            mean, low, high = (float(part[n]) for part in found.recall[group])
            line += words.spread(ACCURACY, (mean, low, high))
        own = [(float(gained.low[n]), float(gained.high[n]))]
        own.append((float(gained.sure_low[n]), float(gained.sure_high[n])))
        line.append(ACCURACY.difference(float(gained.mean[n])))
        rows.append([*line, *(_between(ends) for ends in own)])
    head = ["Class", f"Training {history.noun}", f"Test {history.noun}", "Recall, teacher, %"]
    for group in ("labels only", "distilled"):
        head += [f"Recall, {group}, %", "95 % interval"]
    head += ["Gain, points", "95 % of this class", "95 % of all classes at once"]
    title = (
        f"Class by class, test {history.noun}, means over seeds. Of intervals of one class each, "
        f"one in twenty leaves 0 out by chance; those that hold for all {gained.compared} classes "
        "at once are corrected (Bonferroni)"
    )
    return Table.of(title, head, rows, folded=len(rows) > FEW)


def _between(ends: tuple[float, float]) -> str:
    if not np.isfinite(ends[0]):
        return words.NO_INTERVAL
    return " to ".join(ACCURACY.difference(end) for end in ends)


def gains(history: History, found: ByClass) -> Figure:
    """Distilled minus labels only in each class."""
    order, gained = found.shown(MOST_ROWS), found.gains
    look = LOOKS[DISTILLED]
    rows = tuple(
        Row(
            look,
            f"{found.names[n]}, {100 * found.frequent[n]:.1f} %, {found.images[n]:,}",
            100 * float(gained.mean[n]),
            100 * float(gained.sure_low[n]),
            100 * float(gained.sure_high[n]),
        )
        for n in order
        if found.images[n]
    )
    some = ""
    if len(order) < len(found.names):
        some = f" Of {len(found.names)} classes those that gain and lose most: partly chance."
    spread = "one seed, no interval"
    if found.seeds > 1:
        spread = (
            f"intervals over {found.seeds} seeds that hold for all {gained.compared} classes at "
            "once, with these test examples; one across the line shows no clear difference"
        )
    told = "; ".join(f"{row.label}: {signed(row.mean)}" for row in rows)
    return Figure(
        "gain-by-class",
        f"Gain in recall of each class, distilled minus labels only, its share of the "
        f"{found.counted_in} {history.noun} and the number of its test {history.noun}; "
        f"{spread}.{some}",
        f"In points, the most frequent class first: {told}.",
        Rows("Gain in recall, points", rows, (0.0, "right of the line is better")),
    )


# -- which class is taken for which ----------------------------------------------------------------


def confusion(history: History) -> list[Figure]:
    """Both students' answers in per cent of each class, and the difference; none where answers were
    not kept."""
    told = history.finished.confusion if history.finished else None
    found = core.by_class(history)
    if not told or found is None:
        return []
    order = found.shown(len(found.names))
    names = [found.names[n] for n in order]
    shares = {group: _shares(told[group], order) for group in GROUPS}
    figures = []
    for group, name in ((LABELS_ONLY, "labels-only"), (DISTILLED, "distilled")):
        own = shares[group]
        wrong = np.nan_to_num(own) * (1 - np.eye(len(names)))
        row, column = divmod(int(wrong.argmax()), len(names))
        most = "none" if not wrong.any() else (
            f"{names[row]} answered {names[column]}, {wrong[row, column]:.1f} %"
        )  # fmt: skip
        figures.append(
            Figure(
                f"confusion-{name}",
                f"{LOOKS[group].label}: test answers of all seeds, one row per class, one column "
                "per answer, in % of the class.",
                f"Most often confused: {most}.",
                replace(_grid(own, names, 100.0, ACCURACY.number, "% of the class"), shares=True),
            )
        )
    change = shares[DISTILLED] - shares[LABELS_ONLY]
    known = np.nan_to_num(change)
    row, column = divmod(int(np.abs(known).argmax()), len(names))
    reach = max(LEAST_POINTS, float(np.abs(known).max()))
    figures.append(
        Figure(
            "confusion-difference",
            "Distilled minus labels only, in points of the class: orange is more often with "
            "distillation, purple less often. On the diagonal orange is good, elsewhere it is a "
            "mistake that became more frequent.",
            f"Changed most: {names[row]} answered {names[column]}, "
            f"{signed(float(known[row, column]))} points.",
            _grid(change, names, reach, ACCURACY.difference, "points"),
        )
    )
    return figures


def _shares(matrix: Sequence[Sequence[int]], order: Sequence[int]) -> np.ndarray:
    """Counts as per cent of their rows, in this order; NaN in a row without any."""
    counts = np.array(matrix, np.float64)[np.ix_(order, order)]
    total = counts.sum(1, keepdims=True)
    shares: np.ndarray = 100 * counts / np.where(total > 0, total, np.nan)
    return shares


def _grid(
    values: np.ndarray, names: list[str], reach: float, told: Callable[[float, int], str], bar: str
) -> Heat:
    """The first class on top: cells are drawn from below. What rounds to nothing is left out."""
    count = len(names)
    digits = int(count <= DECIMALS)
    least = 0.5 / 10**digits
    texts = [told(v / 100, digits) if abs(v) >= least else "" for v in values[::-1].flat]
    beside = told_apart(names, LETTERS)
    return Heat(
        Axis("Answer", ticks=tuple(enumerate(beside))),
        Axis("Class", ticks=tuple(enumerate(reversed(beside)))),
        (count, count),
        tuple(values[::-1].ravel().tolist()),
        reach,
        tuple(texts),
        bar,
    )


def changes(history: History) -> Table | None:
    """The mistakes that distillation makes more or less frequent, those that change most first."""
    table = core.confusion_table(history)
    if not len(table):
        return None
    wrong = table[(table["class"] != table["answer"]) & (table["difference"] != 0)]
    order = wrong["difference"].abs().sort_values(ascending=False, kind="stable").index
    rows = [
        (
            f"{row['class']} answered {row['answer']}",
            *(f"{row[name]:,}" for name in (TEACHER, "labels_only", "distilled")),
            signed(row["difference"], 0),
        )
        for row in wrong.loc[order].head(CHANGES).to_dict("records")
    ]
    if not rows:
        return None
    head = ("Mistake", "Teacher", "Labels only", "Distilled", "Distilled minus labels only")
    some = f", the {CHANGES} that change most" if len(wrong) > CHANGES else ""
    title = (
        f"Mistakes that became more or less frequent{some}; counts over all seeds, "
        "the teacher's counted once"
    )
    return Table.of(title, head, rows)


# -- how sure --------------------------------------------------------------------------------------


def calibration(history: History) -> Table | None:
    """The temperature that was fitted, and the calibration error before and after it."""
    table = core.calibration_table(history)
    if not len(table):
        return None
    rows = []
    for network, own in table.groupby("network", sort=False):
        fitted = own["fitted_temperature"]
        line = [LOOKS[str(network)].label, f"{fitted.mean():.2f}"]
        line.append(f"{fitted.min():.2f} to {fitted.max():.2f}" if len(own) > 1 else "")
        for column in ("calibration_error", "calibration_error_after"):
            mean, between = words.spread(ACCURACY, interval(own[column].tolist()))
            line += [mean, "one teacher" if network == TEACHER else between]
        rows.append(line)
    head = ("", "Fitted temperature", "Least to most", "Calibration error before, %",
            "95 % interval", "After, %", "95 % interval")  # fmt: skip
    title = f"Calibration, test {history.noun}: before and after a temperature is fitted"
    return Table.of(title, head, rows)
