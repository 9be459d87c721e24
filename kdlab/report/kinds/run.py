"""What the report of a single run shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.run import advice, by_class, class_advice
from kdlab.experiments.run.above_teacher import above_teacher
from kdlab.experiments.run.costs import HEAD, cost_rows
from kdlab.experiments.run.history import History, verdict_sentence
from kdlab.experiments.run.stage_costs import pays, stages
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import BITS
from kdlab.methods import METHODS
from kdlab.report import common, words
from kdlab.report.document import Block, Paragraph, Table
from kdlab.report.kinds import run_classes, run_figures
from kdlab.report.looks import LOOKS, TEACHER
from kdlab.report.told import Told
from kdlab.storage.store import Store


def told(experiment: Any, config: DistilConfig, history: History, store: Store | None) -> Told:
    """All of it; the run is finished."""
    started, finished, measured = history.started, history.finished, history.measured
    assert started is not None
    assert finished is not None
    gain = Gain.of(finished.gain)
    method = METHODS[config.method].label.lower()
    counted: Sequence[int] = ()  # of other data than text, the results say more of each class
    if finished.per_class and by_class.by_class(history) is None:
        counted = finished.per_class["images"]
    known = [advice.teacher_accuracies(history), above_teacher(history), advice.by_heart(history)]
    return Told(
        noun=experiment.noun,
        question=f"Does distillation ({method}) from the teacher {config.teacher} help the student "
        f"{common.learner(config)}?",
        verdict=verdict_sentence(finished, history.turns.values()),
        basis=basis(history, gain),
        data=common.data(
            config.dataset, _sizes(history), history.noun, history.data, started.classes, counted
        ),
        figures=(
            *run_figures.figures(config, history, store),
            *run_classes.figures(history),
        ),
        results=tuple(results(history)),
        costs=tuple(costs(config, history)),
        machine="" if measured is None else measured.machine,
        sources=common.sources(config),
        warnings=(*advice.warnings(history, config), *class_advice.warnings(history)),
        notes=(*(text for text in known if text), *history.remarks),
    )


def basis(history: History, gain: Gain) -> str:
    """What the numbers are of, and what their intervals are over."""
    of = (
        f"Numbers are of the test {history.noun}, curves of the validation {history.noun}; both "
        "kinds of student had the same batches and the same number of steps."
    )
    if gain.ci95 is None:
        return f"One seed was trained: no interval, and no estimate of chance. {of}"
    return (
        f"95 % intervals (Student's t) over {gain.seeds} seeds, differences paired by seed, with "
        f"this teacher: another one may change them. {of}"
    )


def _sizes(history: History) -> list[tuple[str, int]]:
    started = history.started
    assert started is not None
    return [*common.parts(started), ("Labels that a student saw", started.labelled)]


def results(history: History) -> list[Block]:
    """What everybody came to, the gain, and both seed by seed; classes where they were counted."""
    finished, started = history.finished, history.started
    assert finished is not None
    assert started is not None
    judged, gain = history.judged, Gain.of(finished.gain)
    text = judged is BITS
    own = finished.teacher_accuracy if finished.teacher_bits is None else finished.teacher_bits
    head = [words.column(judged), "95 % interval"]
    rows = [[LOOKS[TEACHER].label, judged.number(own), "one teacher"]]
    more = {"accuracy": ("Accuracy, %", 1)} if text else {}
    more |= {"fidelity": ("Fidelity, %", 1), "ece": ("Calibration error, %", 1)}
    rows[0] += [words.number(finished.teacher_accuracy)] * text + ["", ""]
    for group in finished.groups:
        line = [LOOKS[group["name"]].label, *words.spread(judged, interval(group[judged.name]))]
        for measure, (_, digits) in more.items():
            line.append(words.number(interval(group[measure])[0], digits))
        rows.append(line)
    amount, between = words.gain(gain)
    rows.append([f"Gain, {judged.units}", amount, between, *[""] * len(more)])
    less = ", lower is better" if judged.less else ""
    found: list[Block] = [
        Table.of(
            f"Test {history.noun}, mean over seeds{less}",
            ["", *head, *(title for title, _ in more.values())],
            rows,
        ),
        Paragraph(
            "Fidelity is the share of answers that are the teacher's; the calibration error says "
            "how far the stated confidence is from the share of right answers.",
            "note",
        ),
        by_seed(history),
    ]
    found += run_classes.blocks(history)
    if finished.truth:
        found.append(_truth(finished.truth))
    return found


def by_seed(history: History) -> Table:
    """The numbers behind the mean and its interval."""
    judged, table = history.judged, history.results()
    column = "test_bits" if judged is BITS else "test_accuracy"
    of = {group: part.set_index("seed")[column] for group, part in table.groupby("group")}
    rows = [
        (
            str(seed),
            judged.number(of[LABELS_ONLY][seed], 2),
            judged.number(of[DISTILLED][seed], 2),
            judged.difference(of[DISTILLED][seed] - of[LABELS_ONLY][seed], 2),
        )
        for seed in of[LABELS_ONLY].index
    ]
    head = ("Seed", f"Labels only, {judged.unit}", f"Distilled, {judged.unit}",
            f"Difference, {judged.units}")  # fmt: skip
    return Table.of(f"Seed by seed, test {history.noun}", head, rows)


def _truth(truth: dict[str, Any]) -> Table:
    rows = [
        (
            LOOKS[name].label if name in LOOKS else name,
            f"{interval(known['kl'])[0]:.3f}",
            words.number(interval(known["coverage"])[0]),
        )
        for name, known in truth.items()
    ]
    head = ("", "Divergence from the grammar, bits per string", "Its strings that can be said, %")
    return Table.of("Against the grammar itself, exactly", head, rows)


def costs(config: DistilConfig, history: History) -> list[Block]:
    """Sizes and latencies of both networks, and what each stage took."""
    measured, found = history.measured, list[Block]()
    if measured is not None:
        found.append(networks(measured.models, history.noun))
    rows = [
        (
            stage.name,
            "" if stage.flops is None else words.amount(stage.flops / 1e6),
            "" if stage.seconds is None else words.amount(stage.seconds),
            stage.note,
        )
        for stage in stages(history, config)
    ]
    if rows:
        head = ("Stage", "MFLOPs", "Seconds", "")
        found.append(Table.of("What each stage took", head, rows, (0, 3)))
        found.append(Paragraph(pays(history, config)))
    if history.finished is not None:
        total = history.finished.seconds["total"]
        found.append(Paragraph(f"The whole run took {words.amount(total)} seconds."))
    return found


def networks(models: dict[str, dict[str, Any]], noun: str) -> Table:
    """Parameters, bytes, operations and latency of teacher and student."""
    caption = (
        "Size and speed; milliseconds on the CPU are a median, and from the 10th to the 90th "
        "percentile"
    )
    return Table.of(caption, HEAD, cost_rows(models, noun))
