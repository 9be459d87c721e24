"""What the report of a search shows."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from kdlab.config.schema import DistilConfig
from kdlab.data import noun_of
from kdlab.events import DISTILLED, LABELS_ONLY
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.history import SearchHistory, repeatable
from kdlab.experiments.search.judged import mean, worth
from kdlab.experiments.search.words import FAR, PARAMETERS, UNITS
from kdlab.experiments.uneven import uneven
from kdlab.measure.gain import Gain
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY, BITS
from kdlab.methods import METHODS
from kdlab.report import common, words
from kdlab.report.document import Block, Code, Figure, Paragraph, Table
from kdlab.report.drawings import Axis, Bars, Chart, Row, Rows, Series
from kdlab.report.kinds.shapes import row
from kdlab.report.looks import COLOURS, GREY, LOOKS, TEACHER, Look
from kdlab.report.told import Told
from kdlab.storage.store import Store

SHOWN = 15
"""Trials in the table of the best."""
ROLES = {LABELS_ONLY: "labels_only", DISTILLED: "best"}


def told(
    experiment: Any, config: SearchConfig, history: SearchHistory, store: Store | None
) -> Told:
    """All of it; the search is finished."""
    finished = history.finished
    assert finished is not None
    gain = Gain.of(finished.test["gain"])
    limits = [f"{getattr(config, n):,g} {unit}" for n, unit in UNITS.items() if getattr(config, n)]
    within = f" with at most {' and '.join(limits)}" if limits else ""
    noun = noun_of(config.dataset)
    return Told(
        noun=experiment.noun,
        question=f"Which student{within} is the best on {common.dataset(config.dataset)}, and does "
        "distillation help it?",
        verdict=f"Found: {named(finished.best)}. {gain.sentence()}",
        basis=f"Chosen among {finished.trials} trials by validation {noun}, on which the best of "
        f"many looks better than it is; judged on test {noun} with {gain.seeds} fresh seeds that "
        "no trial has seen, beside the same student on labels alone.",
        data=common.data(config.dataset, (), noun, history.data),
        figures=tuple(figures(history, noun)),
        results=tuple(results(history, noun)),
        costs=tuple(costs(history, noun)),
        machine=finished.machine,
        sources=common.sources(
            DistilConfig.parse(finished.best["config"]),
            "Trials are proposed by Optuna. Akiba et al. 2019, arXiv:1907.10902.",
        ),
        warnings=tuple(filter(None, [uneven(history.data, noun), *repeatable(finished)])),
        notes=tuple(history.remarks),
    )


def named(best: Mapping[str, Any]) -> str:
    """A trial in words."""
    temperature = "" if best["temperature"] is None else f", T {best['temperature']:.3g}"
    return (
        f"{best['student']}, {METHODS[best['method']].label.lower()}{temperature}, "
        f"α {best['alpha']:.2f}, teacher {best['teacher']}"
    )


def figures(history: SearchHistory, noun: str) -> list[Figure]:
    """Quality against size and against time, the answer, what mattered, and the way to the best."""
    finished = history.finished
    assert finished is not None
    found = [
        pareto(history, "parameters", "Parameters of the student", noun),
        pareto(history, "latency_ms", f"CPU milliseconds for one {noun[:-1]}", noun),
        answer(history, noun),
        progress(history),
    ]
    if finished.importance:
        found.append(importance(finished.importance, history.too_few))
    return found


def pareto(history: SearchHistory, size: str, title: str, noun: str) -> Figure:
    """Each trial against its size, the best for each size, and the best of all."""
    judged = history.judged
    done = [each for each in history.trials if each["state"] == "complete"]
    pruned = [each for each in history.trials if each["state"] != "complete"]
    drawn = [_points(history, pruned, size, Look(GREY, "none", "x", "Stopped early"))]
    for n, method in enumerate(dict.fromkeys(each["method"] for each in done)):
        look = Look((COLOURS[5], COLOURS[2], COLOURS[3])[n % 3], "none", "osD^vP"[n % 6], "")
        own = [each for each in done if each["method"] == method]
        label = METHODS[method].label
        drawn.append(_points(history, own, size, Look(look.colour, "none", look.symbol, label)))
    steps: list[Mapping[str, Any]] = []
    for each in sorted(done, key=lambda r: (r[size], -worth(r))):
        if not steps or worth(each) > worth(steps[-1]):
            steps.append(each)
    front = LOOKS[DISTILLED]
    drawn.append(
        Series(front, "Best for its size (Pareto front)", tuple(float(e[size]) for e in steps),
               tuple(judged.scale * mean(e) for e in steps), form="steps")
    )  # fmt: skip
    assert history.finished is not None
    best = history.finished.best
    star = Look(front.colour, "none", "*", "The best")
    drawn.append(_points(history, [best], size, star))
    near = [v for one in drawn for v in one.y if v <= FAR or judged is ACCURACY]
    room = 0.06 * (max(near) - min(near)) or 0.5
    told = ", ".join(f"{judged.number(mean(e))} at {words.amount(e[size])}" for e in steps)
    return Figure(
        f"pareto-{size.split('_')[0]}",
        f"{judged.label} on validation {noun} of {len(history.trials)} trials against "
        f"{title[:1].lower() + title[1:] if not title.startswith('CPU') else title}.",
        f"The best for each size, from small to large, in {judged.unit}: {told}.",
        Chart(
            Axis(title, log=True),
            Axis(f"{judged.label}, validation, {judged.unit}", ends=(min(near) - room,
                 max(near) + room)),
            tuple(one for one in drawn if one.x),
        ),
    )  # fmt: skip


def _points(history: SearchHistory, rows: list[Any], size: str, look: Look) -> Series:
    judged = history.judged
    return Series(
        look, look.label, tuple(float(each[size]) for each in rows),
        tuple(judged.scale * mean(each) for each in rows), form="points",
    )  # fmt: skip


def answer(history: SearchHistory, noun: str) -> Figure:
    """The best and the same student on labels alone, on test examples."""
    assert history.finished is not None
    test, judged = history.finished.test, history.judged
    known = test["teacher"] if judged is not BITS else test["teacher_bits"]
    rows = [Row(LOOKS[TEACHER], "Teacher", judged.scale * known)]
    rows += [row(LOOKS[group], test[role][judged.name], judged) for group, role in ROLES.items()]
    told = "; ".join(f"{one.label} {judged.number(one.mean / judged.scale)}" for one in rows)
    return Figure(
        "results",
        f"{judged.label} on test {noun} of the student that was found, distilled and on labels "
        f"alone: one dot per seed, the mean and its 95 % interval over {len(test['seeds'])} fresh "
        "seeds.",
        f"In {judged.unit}: {told}.",
        Rows(words.axis(judged, "test", noun), tuple(rows)),
    )


def progress(history: SearchHistory) -> Figure:
    """The best so far, trial by trial."""
    judged = history.judged
    done = [each for each in history.trials if each["state"] == "complete"]
    best: list[float] = []
    choose = min if judged.less else max
    for each in done:
        best.append(choose([*best[-1:], mean(each)]))
    x = tuple(float(each["number"] + 1) for each in done)
    trials = Look(COLOURS[5], "none", "o", "A trial")
    near = [judged.scale * v for v in best]
    every = [judged.scale * mean(e) for e in done if judged is ACCURACY or mean(e) <= FAR]
    ends = (min([*near, *every]), max([*near, *every]))
    room = 0.06 * (ends[1] - ends[0]) or 0.5
    return Figure(
        "progress",
        "The best so far, trial by trial.",
        f"From {judged.shown(best[0])} after the first trial to {judged.shown(best[-1])} after the "
        "last one.",
        Chart(
            Axis("Trials", whole=True),
            Axis(f"{judged.label}, validation, {judged.unit}", ends=(ends[0] - room,
                 ends[1] + room)),
            (
                Series(trials, trials.label, x, tuple(judged.scale * mean(e) for e in done),
                       form="points"),
                Series(LOOKS[DISTILLED], "The best so far", x, tuple(near), form="steps"),
            ),
        ),
    )  # fmt: skip


def importance(found: Mapping[str, float], doubt: str = "") -> Figure:
    """Which of the searched settings set the better trials apart."""
    bars = tuple((PARAMETERS.get(name, name), 100 * share) for name, share in found.items())
    told = ", ".join(f"{name} {share:.0f} %" for name, share in bars)
    return Figure(
        "importance",
        "Which settings set the better trials apart (PED-ANOVA; Watanabe et al. 2023, "
        f"arXiv:2304.10255). {doubt}".rstrip(),
        f"{told}.",
        Bars("Share, %", LOOKS[TEACHER], bars),
    )


def results(history: SearchHistory, noun: str) -> list[Block]:
    """What was found, on test examples and seed by seed; the best trials."""
    assert history.finished is not None
    finished, judged = history.finished, history.judged
    test, gain = finished.test, Gain.of(finished.test["gain"])
    known = test["teacher"] if judged is not BITS else test["teacher_bits"]
    rows = [("Teacher", judged.number(known), "one teacher")]
    rows += [
        (LOOKS[group].label, *words.spread(judged, interval(test[role][judged.name])))
        for group, role in ROLES.items()
    ]
    rows.append((f"Gain, {judged.units}", *words.gain(gain)))
    head = ("", words.column(judged), "95 % interval")
    less = ", lower is better" if judged.less else ""
    title = f"The student that was found, test {noun}, {gain.seeds} fresh seeds{less}"
    each = [
        (str(seed), judged.number(alone, 2), judged.number(own, 2),
         judged.difference(own - alone, 2))
        for seed, alone, own in zip(test["seeds"], test["labels_only"][judged.name],
                                    test["best"][judged.name], strict=True)
    ]  # fmt: skip
    seeds = ("Seed", f"Labels only, {judged.unit}", f"Distilled, {judged.unit}",
             f"Difference, {judged.units}")  # fmt: skip
    done = sorted((t for t in history.trials if t["state"] == "complete"), key=lambda t: -worth(t))
    return [
        Table.of(title, head, rows),
        Table.of(f"Seed by seed, test {noun}", seeds, each),
        _trials(f"The best {min(SHOWN, len(done))} of {len(history.trials)} trials", done[:SHOWN],
                history),
        _trials("Best for their size or their time (Pareto fronts)", finished.front, history),
        Code(DistilConfig.parse(finished.best["config"]).to_json(), "json",
             "The run of the best, for python -m kdlab distill --config", folded=True),
    ]  # fmt: skip


def _trials(title: str, rows: list[Any], history: SearchHistory) -> Table:
    judged = history.judged
    head = ("Student", "Method", "T", "α", "Teacher", "Parameters", "ms",
            f"{judged.label}, validation, {judged.unit}")  # fmt: skip
    told = [
        (
            each["student"],
            METHODS[each["method"]].label,
            "" if each["temperature"] is None else f"{each['temperature']:.3g}",
            f"{each['alpha']:.2f}",
            each["teacher"],
            f"{each['parameters']:,}",
            f"{each['latency_ms']:.3f}",
            judged.number(mean(each), 2),
        )
        for each in rows
    ]
    return Table.of(title, head, told, (0, 1, 4))


def costs(history: SearchHistory, noun: str) -> list[Block]:
    """What the student that was found costs, and the search itself."""
    assert history.finished is not None
    finished, best = history.finished, history.finished.best
    rows = [
        ("Parameters", f"{best['parameters']:,}"),
        ("Bytes on disk", f"{best['bytes']:,}"),
        (f"FLOPs per {noun[:-1]}", f"{best['flops_per_image']:,}"),
        ("Milliseconds, CPU, median", f"{best['latency_ms']:.3f}"),
    ]
    if "int8_bytes" in best:
        rows += [
            ("Bytes as int8", f"{best['int8_bytes']:,}"),
            ("Milliseconds as int8, onnxruntime", f"{best['int8_latency_ms']:.3f}"),
        ]
    several = f" on {finished.workers} workers" if finished.workers > 1 else ""
    return [
        Table.of("The student that was found", ("", best["student"]), rows),
        Paragraph(
            f"The search took {words.amount(finished.seconds)} seconds{several} for "
            f"{finished.trials} trials."
        ),
    ]
