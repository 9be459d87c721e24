"""What the report of a study shows."""

from __future__ import annotations

import math
from dataclasses import replace
from typing import Any

from kdlab.errors import KdlabError
from kdlab.experiments.study.basis import basis
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.record import Finding, Study, StudyConfig
from kdlab.measure.measures import BITS
from kdlab.report import common, words
from kdlab.report.document import Block, Figure, Listing, Paragraph, Table
from kdlab.report.drawings import Axis, Chart, Level, Row, Rows
from kdlab.report.kinds.shapes import fitted, series, spread_row
from kdlab.report.looks import DOTS, LOOKS, TEACHER, of_arms
from kdlab.report.told import Told
from kdlab.storage.store import Store
from kdlab.studies import find

MOST_ROWS = 24
"""Arms whose means stand in one figure, on one sheet."""
MOST_CURVES = 9
"""Arms whose curves can be told apart in one figure."""
NO_ANSWER = "The study has no answer in one sentence; its findings are below."


def told(experiment: Any, config: StudyConfig, history: StudyHistory, store: Store | None) -> Told:
    """All of it; the study is finished."""
    study, started = find(experiment.name), history.started
    assert started is not None
    answer = study.answered(history)
    findings = study.findings(history)
    return Told(
        noun=f"{experiment.noun}: {study.title}",
        question=study.question,
        verdict=answer.text if answer is not None else NO_ANSWER,
        basis=basis(history, findings, corrected=study.corrected),
        data=common.data(
            config.dataset, common.parts(started), history.noun, history.data, started.classes
        ),
        figures=tuple(figures(history)),
        results=tuple(results(study, history, findings, answer)),
        costs=tuple(costs(history)),
        machine=started.machine,
        sources=common.sources(config, methods=_methods(study, config, history)),
        warnings=_warnings(history),
        notes=tuple(history.remarks),
    )


def _methods(study: Study, config: StudyConfig, history: StudyHistory) -> list[str]:
    """By which its arms are taught."""
    assert history.started is not None
    try:
        plan = study.plan(config, history.started.classes)
    except KdlabError:  # settings that an older lab took
        return [config.method]
    return list(dict.fromkeys(arm.method for arm in plan.arms if not arm.untaught))


def _warnings(history: StudyHistory) -> tuple[str, ...]:
    lost = [history.label(name) for name in history.done if math.isnan(history.mean(name)[0])]
    if not lost:
        return ()
    return (f"A student's loss became NaN: {', '.join(lost)}.",)


def figures(history: StudyHistory) -> list[Figure]:
    """What every arm comes to, its gain, and the curves."""
    found = [*results_figures(history), *gains_figures(history)]
    if (curves := curves_figure(history)) is not None:
        found.append(curves)
    return found


def _divided(rows: list[Row]) -> list[tuple[str, str, tuple[Row, ...]]]:
    """(end of a name, end of a caption, rows): as many as fit a sheet each."""
    count = math.ceil(len(rows) / MOST_ROWS)
    size = math.ceil(len(rows) / max(1, count))
    parts = [tuple(rows[at : at + size]) for at in range(0, len(rows), size or 1)]
    if len(parts) == 1:
        return [("", "", parts[0])]
    return [(f"-{n}", f" Part {n} of {count}.", part) for n, part in enumerate(parts, 1)]


def _ends(rows: list[Row]) -> tuple[float, float] | None:
    """Of the axis of several figures, which are to be compared; None for one figure."""
    known = [v for row in rows for v in (row.mean, row.low, row.high, *row.each)]
    known = [value for value in known if math.isfinite(value)]
    if len(rows) <= MOST_ROWS or not known:
        return None
    room = 0.04 * (max(known) - min(known)) or 1.0
    return min(known) - room, max(known) + room


def results_figures(history: StudyHistory) -> list[Figure]:
    """Every arm on the test part: mean, interval, one dot per seed."""
    judged, looks = history.judged, of_arms(history.arms)
    rows = []
    if history.teacher_value is not None:
        rows.append(Row(LOOKS[TEACHER], "Teacher", judged.scale * history.teacher_value))
    for name, look in looks.items():
        rows.append(spread_row(look, history.mean(name), history.values(name), judged))
    title = words.axis(judged, "test", history.noun)
    found = []
    for name, part, shown in _divided(rows):
        told = "; ".join(
            f"{row.label} {judged.number(row.mean / judged.scale)}"
            for row in shown
            if math.isfinite(row.mean)
        )
        found.append(
            Figure(
                f"arms{name}",
                f"The result of every arm: {judged.label[:1].lower()}{judged.label[1:]} on test "
                f"{history.noun}, one dot per seed, the mean and its 95 % interval.{part}",
                f"In {judged.unit}: {told}.",
                Rows(title, shown, ends=_ends(rows)),
            )
        )
    return found


def gains_figures(history: StudyHistory) -> list[Figure]:
    """What every arm gains over the one that it is judged against."""
    judged = history.judged
    rows, told = [], {}
    for name, look in of_arms(history.arms).items():
        against = history.against(name)
        gain = history.gain(name) if against != name else None
        if gain is None or gain.verdict == "NaN":
            continue
        low, high = gain.ci95 or (math.nan, math.nan)
        rows.append(
            Row(look, look.label, judged.scale * gain.mean, judged.scale * low,
                judged.scale * high)
        )  # fmt: skip
        told[rows[-1]] = f"{look.label} {gain.bracketed()}"
    if not rows:
        return []
    over = {history.reference(history.against(str(arm["name"]))) for arm in history.arms}
    against = f"“{over.pop()}”" if len(over) == 1 else "its arm on labels only"
    side = "left of the line is better" if judged.less else "right of the line is better"
    return [
        Figure(
            f"gains{name}",
            f"The difference of every arm to {against}, {judged.units}, with its 95 % interval: "
            f"{side}, an interval across the line shows no clear difference.{part}",
            f"{'; '.join(told[row] for row in shown)}.",
            Rows(f"Difference, {judged.units}", shown, (0.0, side), _ends(rows)),
        )
        for name, part, shown in _divided(rows)
    ]


def curves_figure(history: StudyHistory) -> Figure | None:
    """The measure over epochs; of many arms there are too many lines."""
    judged, looks = history.judged, of_arms(history.arms)
    measure = "test_bits" if judged is BITS else "test"
    drawn = []
    for name, look in looks.items():
        curve = history.curve(name, measure)
        if len(curve):
            drawn.append(series(look, curve, judged))
    if not drawn or len(drawn) > MOST_CURVES:
        return None
    levels: tuple[Level, ...] = ()
    if history.teacher_value is not None:
        look = replace(LOOKS[TEACHER], dash=DOTS)  # arms may have its dash
        levels = (Level(look, look.label, judged.scale * history.teacher_value),)
    classes = len(history.started.classes) if history.started else 0
    ends = fitted(drawn, levels, judged, classes)
    over = "teachers" if history.teachers > 1 else "seeds"
    bands = f"bands: 95 % intervals over {over}" if any(s.low for s in drawn) else "one seed"
    told = ", ".join(f"{one.label} {judged.number(one.y[-1] / judged.scale)}" for one in drawn)
    return Figure(
        "curves",
        f"{judged.label} on test {history.noun} over epochs; {bands}.",
        f"At the end, in {judged.unit}: {told}.",
        Chart(
            Axis("Epoch", whole=True),
            Axis(f"{judged.label}, test, {judged.unit}", ends=ends),
            tuple(drawn),
            levels,
        ),
    )


def results(
    study: Study, history: StudyHistory, findings: list[Finding], answer: Finding | None
) -> list[Block]:
    """Findings first, then all arms, then all students."""
    found: list[Block] = []
    others = [finding for finding in findings if finding != answer]
    if others:
        found.append(Paragraph("Behind the answer:"))
        found.append(Listing(tuple(finding.text for finding in others)))
    found.append(arms(history))
    found.append(students(history))
    return found


def arms(history: StudyHistory) -> Table:
    """One row an arm, with its interval and its gain."""
    judged, text = history.judged, history.judged is BITS
    head = ["", words.column(judged), "95 % interval"]
    head += ["Accuracy, %"] * text
    head += ["Against", f"Gain, {judged.units}", "95 % of the gain", "Verdict"]
    head += ["Fidelity, %", "Calibration error, %", "Taught by"]
    rows = []
    if (value := history.teacher_value) is not None:
        rows.append(["Teacher", judged.number(value), "", *[""] * text, *[""] * 7])
    for arm in history.arms:
        name = str(arm["name"])
        against = history.against(name)
        gain = history.gain(name) if against != name else None
        rows.append(
            [
                str(arm["label"]),
                *words.spread(judged, history.mean(name)),
                *([words.number(history.mean(name, "accuracy")[0])] if text else []),
                history.reference(against) if gain is not None else "",
                *words.gain(gain),
                "" if gain is None else gain.verdict,
                words.number(history.mean(name, "fidelity")[0]),
                words.number(history.mean(name, "ece")[0]),
                str(arm["teacher"]) or "labels",
            ]
        )
    texts = [n for n, name in enumerate(head) if name in ("", "Against", "Verdict", "Taught by")]
    less = ", lower is better" if judged.less else ""
    return Table.of(f"All arms, test {history.noun}{less}", head, rows, texts)


def students(history: StudyHistory) -> Table:
    """One row a student: what the means are means of."""
    judged = history.judged
    measures = {"accuracy": 100.0, "fidelity": 100.0}
    rows = []
    seeds = history.started.seeds if history.started else ()
    for arm in history.arms:
        name = str(arm["name"])
        own = history.values(name)
        more = [history.values(name, measure) for measure in measures]
        for n, seed in enumerate(seeds):
            line = [str(arm["label"]), str(seed)]
            line.append(judged.number(own[n], 2) if math.isfinite(own[n]) else "NaN")
            line += [words.number(values[n], 2) for values in more[judged is not BITS :]]
            rows.append(line)
    head = ["Arm", "Seed", words.column(judged)]
    head += ["Accuracy, %"] * (judged is BITS) + ["Fidelity, %"]
    return Table.of(f"Every student, test {history.noun}", head, rows, folded=True)


def costs(history: StudyHistory) -> list[Block]:
    """What every stage costs: teachers, and one student of each arm."""
    finished = history.finished
    assert finished is not None
    rows = [
        (
            f"Train the teacher: {each['name']}",
            f"{each['parameters']:,}",
            words.amount(each["flops_per_image"]),
            words.amount(each["training_flops"] / 1e9),
            "",
            words.amount(each["seconds"]),
            "1",
        )
        for each in finished.teachers
    ]
    for arm in history.arms:
        cost = history.done[str(arm["name"])].cost
        rows.append(
            (
                f"Train one student: {arm['label']}",
                f"{cost['parameters']:,}",
                words.amount(cost["flops_per_image"]),
                words.amount(cost["training_flops"] / 1e9),
                words.amount(cost["teacher_flops"] / 1e9),
                words.amount(cost["seconds"]),
                str(cost.get("together", "")),
            )
        )
    head = ("Stage", "Parameters", f"FLOPs per {history.noun[:-1]}", "GFLOPs of training",
            "GFLOPs of the teacher's answers", "Seconds", "Students at once")  # fmt: skip
    total = finished.seconds
    return [
        Table.of("What each stage cost", head, rows),
        Paragraph(
            f"The whole study took {words.amount(total['total'])} seconds. The seconds "
            "of one student are its share of the time of all that learned at once."
        ),
    ]
