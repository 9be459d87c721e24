"""What a report says class by class: the numbers of the history, and nothing that is not there."""

from __future__ import annotations

import dataclasses

import made
import numpy as np
import pytest
from reading import Page

from kdlab.events import DISTILLED, LABELS_ONLY, RunFinished
from kdlab.experiments.run import by_class, class_advice
from kdlab.measure.intervals import interval
from kdlab.measure.measures import ACCURACY
from kdlab.measure.wording import signed
from kdlab.report import build, html
from kdlab.report.drawing.canvas import rendered
from kdlab.report.kinds import run_classes
from kdlab.storage.store import Store
from tests.run.counted_run import counted


@pytest.fixture(autouse=True)
def _undrawn(monkeypatch):
    """Figures are looked at as data."""
    monkeypatch.setattr(html, "rendered", lambda drawing, kind, title: b"<svg/>")


def told(change=counted):
    """(report, history) of a run whose last class is lost by all who are distilled."""
    experiment, config, events = made.result("distill")
    history = made.folded(experiment, config, change(list(events)))
    return build.of_history(experiment, config, history, Store()), history


def finished(**changes):
    """The same, with other parts of the end."""

    def change(events):
        return [
            dataclasses.replace(event, **changes) if isinstance(event, RunFinished) else event
            for event in counted(events)
        ]

    return change


def test_classes_gains_and_calibration_are_those_of_the_history():
    report, history = told()
    page = Page(html.written(report))
    table = by_class.class_table(history)
    _, rows = page.table("Class by class")
    known = {row[0]: row for row in rows}
    assert len(rows) == len(table) == len(history.started.classes)
    assert next(iter(known)) != history.started.classes[-1], "the rarest comes last"
    for line in table.to_dict("records"):
        row = known[line["class"]]
        assert row[1:3] == [f"{line['training_examples']:,}", f"{line['test_examples']:,}"]
        assert row[4] == ACCURACY.number(line["recall_labels_only"])
        assert row[6] == ACCURACY.number(line["recall_distilled"])
        assert row[8] == ACCURACY.difference(line["gain"])
        for place, name in ((9, "gain"), (10, "gain_corrected")):
            ends = [ACCURACY.difference(line[f"{name}_{end}"]) for end in ("low", "high")]
            assert row[place] == " to ".join(ends)
    _, rows = page.table("Measures that count every class alike")
    for row, each in zip(rows, by_class.judged(history), strict=True):
        assert row[0].startswith(each.label)
        assert ("lower is better" in row[0]) == each.measure.less
        assert row[6:] == [each.gain.number(), each.gain.between()]
    _, rows = page.table("Calibration, test")
    for row, group in zip(rows[1:], (LABELS_ONLY, DISTILLED), strict=True):
        own = history.finished.calibration[group]
        assert row[1] == f"{np.mean(own['temperature']):.2f}"
        assert [row[3], row[5]] == [
            ACCURACY.number(interval(own[n])[0]) for n in ("before", "after")
        ]


def test_a_class_that_loses_is_in_the_warnings_and_in_words():
    report, history = told()
    page = Page(html.written(report))
    (warning, *_) = class_advice.warnings(history)
    assert warning in page.text
    assert class_advice.in_words(history) in page.text


def test_the_figures_have_the_intervals_that_hold_for_all_classes_at_once():
    report, history = told()
    figures = {figure.name: figure for figure in report.figures}
    gains = by_class.by_class(history).gains
    order = by_class.by_class(history).shown(99)
    rows = figures["gain-by-class"].drawing.rows
    assert [row.mean for row in rows] == pytest.approx([100 * gains.mean[n] for n in order])
    assert [row.low for row in rows] == pytest.approx([100 * gains.sure_low[n] for n in order])
    matrices = {
        group: np.array(history.finished.confusion[group])[np.ix_(order, order)]
        for group in (LABELS_ONLY, DISTILLED)
    }
    heat = figures["confusion-labels-only"].drawing
    count = len(order)
    drawn = np.array(heat.values).reshape(count, count)[::-1]
    counts = matrices[LABELS_ONLY]
    assert drawn == pytest.approx(100 * counts / counts.sum(1, keepdims=True))
    assert heat.shares
    assert heat.reach == 100
    change = np.array(figures["confusion-difference"].drawing.values).reshape(count, count)[::-1]
    shares = [100 * m / m.sum(1, keepdims=True) for m in matrices.values()]
    assert change == pytest.approx(shares[1] - shares[0])
    top = figures["confusion-difference"].drawing.y.ticks[-1][1]
    assert top == by_class.by_class(history).names[order[0]]


def test_mistakes_are_sorted_by_how_much_they_change():
    report, history = told()
    _, rows = Page(html.written(report)).table("Mistakes that became")
    table = by_class.confusion_table(history)
    wrong = table[(table["class"] != table["answer"]) & (table["difference"] != 0)]
    changed = sorted((abs(int(n)) for n in wrong["difference"]), reverse=True)
    assert [abs(int(row[-1].replace("−", "-"))) for row in rows] == changed[: len(rows)]
    assert rows[0][-1] == signed(wrong.loc[wrong["difference"].abs().idxmax(), "difference"], 0)


def test_results_that_were_kept_before_have_what_there_is():
    for missing in ("confusion", "calibration"):
        page = Page(html.written(told(finished(**{missing: None}))[0]))
        assert page.table("Class by class")
    report, _ = told(finished(confusion=None, calibration=None, per_class=None))
    page = Page(html.written(report))
    assert not [t for t in page.tables if "Class by class" in t["caption"]]
    assert "gain-by-class" not in {figure.name for figure in report.figures}


def test_of_many_classes_the_figure_has_those_that_gain_and_lose_most():
    from tests.run.counted_run import SEEDS, events

    count = run_classes.MOST_ROWS + 6
    rng = np.random.default_rng(0)
    right = rng.integers(5, 20, (2, SEEDS, count)).tolist()
    names = [f"class {n}" for n in range(count)]
    experiment, config, _ = made.result("distill")
    told = events(*right, images=[20] * count, training=[30] * count, names=names)
    history = made.folded(experiment, config, told)
    found = by_class.by_class(history)
    figure = run_classes.gains(history, found)
    means = sorted(float(v) for v in found.gains.mean)
    half = run_classes.MOST_ROWS // 2
    drawn = sorted(row.mean / 100 for row in figure.drawing.rows)
    assert drawn == pytest.approx([*means[:half], *means[-half:]])
    assert f"Of {count} classes those that gain and lose most" in figure.caption


def test_of_one_seed_a_class_has_no_interval():
    experiment, config, _ = made.result("distill")
    from tests.run.counted_run import ALONE, BETTER, events

    history = made.folded(experiment, config, events(ALONE, BETTER, seeds=1))
    found = by_class.by_class(history)
    table = run_classes.classes(history, found)
    assert all(row[-1] == "one seed: no interval" for row in table.rows)
    assert "one seed, no interval" in run_classes.gains(history, found).caption


def test_names_beside_a_matrix_can_be_told_apart():
    names = [f"a class with a long name, {n}" for n in range(20)]
    heat = run_classes._grid(np.eye(20) * 100, names, 100, ACCURACY.number, "%")
    beside = [name for _, name in heat.x.ticks]
    assert len(set(beside)) == 20
    assert max(map(len, beside)) <= run_classes.LETTERS
    assert [name for _, name in heat.y.ticks] == beside[::-1], "the first class on top"
    assert rendered(heat, "png").startswith(b"\x89PNG")
