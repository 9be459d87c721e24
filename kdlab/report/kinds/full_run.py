"""What the report of a full run shows."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import NOT_COMPARABLE, RECIPES
from kdlab.full_run.run.history import STAGES, FullHistory
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY
from kdlab.methods import METHODS
from kdlab.report import common, words
from kdlab.report.document import Block, Figure, Listing, Paragraph, Table
from kdlab.report.drawings import Axis, Chart, Level, Row, Rows, Series
from kdlab.report.kinds.shapes import banded, fitted, row, series
from kdlab.report.looks import DOTS, LOOKS, TEACHER, Look
from kdlab.report.told import Told

REFERENCES = {"teacher": TEACHER, "student": LABELS_ONLY, "method": DISTILLED}
"""Figure of the papers -> the stage that it is set beside."""
PARTS = {"loss": "Whole loss", "hard": "Cross-entropy with the labels", "soft": "Soft part"}


def told(config: FullRunConfig, history: FullHistory) -> Told:
    """All of it; the run is finished."""
    started, finished = history.started, history.finished
    assert started is not None
    assert finished is not None
    gain = Gain.of(finished.gain)
    method = METHODS[config.method].label.lower()
    seeds = "one seed: no interval, and no estimate of chance"
    if gain.ci95 is not None:
        seeds = f"{gain.seeds} seeds, paired, with this teacher"
    return Told(
        noun="full run",
        question=f"Does distillation ({method}) from the teacher {config.teacher} help the student "
        f"{config.student} on {common.dataset(config.dataset)}?",
        verdict=gain.sentence(),
        basis=f"Accuracy on the test images after the last epoch; over {seeds}. Curves show "
        f"accuracy on {started.judged_on} images.",
        data=common.data(
            config.dataset,
            [("Training", started.train_size), ("Test", started.test_size)],
            "images",
            history.data,
            started.classes,
        ),
        figures=tuple(figures(history)),
        results=tuple(results(history)),
        costs=tuple(costs(history)),
        machine=device(started.device),
        sources=sources(config),
        warnings=(),
        notes=tuple(history.remarks),
    )


def device(told: dict[str, Any]) -> str:
    """What the run says of its machine and of what it ran with."""
    parts = [str(told.get("machine") or told.get("name") or "")]
    if told.get("kind") != "cpu" and told.get("name"):
        parts.insert(0, str(told["name"]))
    for key, what in (("torch", "PyTorch"), ("cuda", "CUDA"), ("threads", "threads:")):
        if told.get(key):
            parts.append(f"{what} {told[key]}")
    return ", ".join(part for part in parts if part)


def sources(config: FullRunConfig) -> tuple[str, ...]:
    """Of the method, the data, and the recipe."""
    recipe = RECIPES.get(config.recipe)
    more = () if recipe is None else (f"Recipe {recipe.label}: {recipe.about}. {recipe.source}.",)
    return common.sources(config, *more)


def figures(history: FullHistory) -> list[Figure]:
    """Curves, each seed for itself too, results, and the losses."""
    found = [learning(history), each_seed(history), results_figure(history)]
    found += [figure for part in PARTS if (figure := loss(history, part)) is not None]
    return [figure for figure in found if figure is not None]


def _published(history: FullHistory) -> tuple[Level, ...]:
    told = history.started.published if history.started else {}
    found = []
    for name, stage in REFERENCES.items():
        if isinstance(told.get(name), int | float):
            what = str(told.get("column", "")) if name == "method" else name
            look = Look(LOOKS[stage].colour, DOTS, "", "")
            found.append(Level(look, f"published {what} {told[name]:.2f}", float(told[name])))
    return tuple(found)


def _seeds(history: FullHistory) -> int:
    return len({stage.seed for stage in history.done if stage.stage != TEACHER})


def learning(history: FullHistory) -> Figure | None:
    """Accuracy over epochs, beside what was published."""
    drawn = [
        series(LOOKS[stage], curve, ACCURACY)
        for stage in STAGES
        if len(curve := history.curve(stage, "accuracy"))
    ]
    if not drawn:
        return None
    on = history.started.judged_on if history.started else "test"
    levels = _published(history)
    told = ", ".join(f"{one.label} {one.y[-1]:.2f} %" for one in drawn)
    return Figure(
        "learning",
        f"Accuracy on {on} images over epochs; {banded(_seeds(history))}.",
        f"After the last epoch: {told}.",
        Chart(Axis("Epoch", whole=True), _accuracy(on, drawn, levels), tuple(drawn), levels),
    )


def _accuracy(on: str, drawn: Sequence[Series], levels: Sequence[Level] = ()) -> Axis:
    return Axis(f"Accuracy on {on} images, %", ends=fitted(drawn, levels, ACCURACY))


def each_seed(history: FullHistory) -> Figure | None:
    """Both kinds of student, a line a seed; None for one seed, which the other figure shows."""
    if _seeds(history) < 2:
        return None
    drawn = []
    for stage in (LABELS_ONLY, DISTILLED):
        seeds = sorted({epoch.seed for epoch in history.epochs if epoch.stage == stage})
        for n, seed in enumerate(seeds):
            own = [e for e in history.epochs if (e.stage, e.seed) == (stage, seed)]
            look = LOOKS[stage]
            drawn.append(
                Series(look, look.label if n == 0 else "", tuple(float(e.epoch) for e in own),
                       tuple(100 * e.accuracy for e in own))
            )  # fmt: skip
    on = history.started.judged_on if history.started else "test"
    return Figure(
        "seeds",
        f"Accuracy on {on} images over epochs, one line per seed.",
        f"{_seeds(history)} lines of each kind of student.",
        Chart(Axis("Epoch", whole=True), _accuracy(on, drawn), tuple(drawn)),
    )


def results_figure(history: FullHistory) -> Figure:
    """Test accuracy after the last epoch."""
    found = history.accuracies()
    rows = [row(LOOKS[stage], values, ACCURACY) for stage, values in found.items()]
    rows += [
        Row(level.look, level.label.rpartition(" ")[0].capitalize(), level.value)
        for level in (_with_symbol(level) for level in _published(history))
    ]
    told = "; ".join(f"{one.label} {one.mean:.2f} %" for one in rows)
    crosses = "; crosses mark published figures" if _published(history) else ""
    return Figure(
        "results",
        "Accuracy on the test images after the last epoch: one dot per seed, the mean and its 95 % "
        f"interval{crosses}."
        if _seeds(history) > 1
        else "Accuracy on the test images after the last epoch; one seed has no interval"
        f"{crosses}.",
        f"{told}.",
        Rows("Accuracy on test images, %", tuple(rows)),
    )


def _with_symbol(level: Level) -> Level:
    look = level.look
    return Level(Look(look.colour, look.dash, "x", look.label), level.label, level.value)


def loss(history: FullHistory, part: str) -> Figure | None:
    """One part of the loss over epochs, on a log scale."""
    stages = (DISTILLED,) if part == "soft" else STAGES
    drawn = [
        series(LOOKS[stage], curve)
        for stage in stages
        if len(curve := history.curve(stage, part).on_log_axis())
    ]
    if not drawn:
        return None
    told = ", ".join(f"{one.label} {one.y[-1]:.3g}" for one in drawn)
    weighed = ", with its method's weight" if part == "soft" else ""
    return Figure(
        f"loss-{part}",
        f"{PARTS[part]}{weighed}, over epochs; {banded(_seeds(history))}.",
        f"After the last epoch, in nats: {told}.",
        Chart(Axis("Epoch", whole=True), Axis(f"{PARTS[part]}, nats", log=True), tuple(drawn)),
    )


def results(history: FullHistory) -> list[Block]:
    """Means beside what was published, stage by stage, and why papers differ."""
    assert history.started is not None
    assert history.finished is not None
    published, gain = history.started.published, Gain.of(history.finished.gain)
    found = history.accuracies()
    stages = {stage: name for name, stage in REFERENCES.items()}
    rows = []
    for stage, values in found.items():
        mean, low, high = interval(values)
        _, between = words.spread(ACCURACY, (mean, low, high))
        if low == low:
            between = f"{100 * max(0.0, low):.2f} to {100 * min(1.0, high):.2f}"
        paper = published.get(stages[stage])
        rows.append(
            (
                LOOKS[stage].label,
                words.number(mean, 2),
                between if stage != TEACHER else "one teacher",
                f"{paper:.2f}" if isinstance(paper, int | float) else "",
            )
        )
    amount = "NaN" if gain.verdict == "NaN" else gain.number(2)
    rows.append(("Gain, points", amount, gain.between(2) or words.NO_INTERVAL, ""))
    blocks: list[Block] = [
        Table.of(
            "Test accuracy after the last epoch, mean over seeds",
            ("", "Accuracy, %", "95 % interval", "Published, %"),
            rows,
        ),
        stages_table(history),
    ]
    if published:
        told = f", run with {published['told']}" if published.get("told") else ""
        blocks.append(
            Paragraph(
                f"Published figures: {published.get('source', '')}, column "
                f"{published.get('column', '')}{told}. They come from papers and must not be "
                "compared with each other:"
            )
        )
        blocks.append(Listing(NOT_COMPARABLE))
    else:
        blocks.append(Paragraph("No figures of this pair with this recipe have been published."))
    return blocks


def stages_table(history: FullHistory) -> Table:
    """Every stage and seed that is done."""
    on = history.started.judged_on if history.started else "test"
    rows = [
        (
            LOOKS[done.stage].label,
            str(done.seed),
            words.number(done.accuracy, 2),
            words.number(done.best, 2),
            str(done.best_epoch),
            words.number(done.fidelity, 2),
            f"{done.ece:.3f}",
            words.amount(done.images_per_second),
            "trained before" if done.reused else words.amount(done.seconds),
        )
        for done in history.done
    ]
    best = "Best on test, which no fair comparison uses, %"
    head = ("Stage", "Seed", "Test, last epoch, %", best if on == "test" else
            "Best on validation, %", "Best epoch", "Fidelity, %", "Calibration error",
            "Images/s", "Seconds")  # fmt: skip
    return Table.of("Stage by stage", head, rows)


def costs(history: FullHistory) -> list[Block]:
    """Networks, and what an epoch and the whole took."""
    assert history.finished is not None
    seconds = history.finished.seconds
    known = {stage.stage: stage for stage in history.stages}
    names = {"teacher": TEACHER, "student": LABELS_ONLY, "distilled": DISTILLED}
    rows = []
    for key, stage in names.items():
        begun = known.get(stage)
        rows.append(
            (
                LOOKS[stage].label,
                begun.architecture if begun else "",
                f"{begun.parameters:,}" if begun else "",
                words.amount(seconds.get(key, 0.0)) if seconds.get(key) else "trained before",
                words.amount(history.finished.images_per_second.get(key, 0.0)),
                begun.engine if begun else "",
            )
        )
    head = ("", "Network", "Parameters", "Seconds of a stage", "Images/s", "Steps run as")
    return [
        Table.of("Each kind of stage, mean over seeds", head, rows, (0, 1, 5)),
        Paragraph(f"All stages together took {words.amount(seconds['total'])} seconds."),
    ]
