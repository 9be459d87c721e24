"""Stored results that were damaged, through to the page and the command line: told as damaged, or
drawn. What is checked where a result is read must be all that a chart, a table or a sentence needs.

Pages are drawn without a browser: Streamlit's elements do nothing there, charts are written out.
"""

from __future__ import annotations

import json
import logging
import re
import runpy
import shutil
from collections import Counter
from pathlib import Path

import pytest
from fakes import FakeManager, events_of
from hypothesis import example, given
from hypothesis import strategies as st

from kdlab.checks import normal
from kdlab.config.schema import DistilConfig
from kdlab.events import Confusion, Regions
from kdlab.experiments import search
from kdlab.experiments.run import history
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.search.config import SEARCHES
from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.study.run import EVENTS, KIND, load_result
from kdlab.experiments.sweep import SweepConfig, SweepHistory, kept
from kdlab.experiments.sweep import normal as normal_map
from kdlab.storage.store import BUNDLED, Store
from kdlab.studies import EXPERIMENTS, STUDIES, StudyHistory
from pages.ui.charts import arms, base
from pages.ui.charts import search as search_charts
from pages.ui.charts import sweep as map_charts
from pages.ui.components import live_chart, panels
from pages.ui.live import numbers
from pages.ui.search import page as searching
from pages.ui.shell import workers
from pages.ui.shell.contents import CONTENTS
from pages.ui.study import page as study_page
from pages.ui.study import report as study_report
from tests.fuzzing import damaged, files, fuzz, read_or_told

pytestmark = pytest.mark.attack

ROOT = Path(__file__).parents[2]
SCRIPTS = {page.path: page.script for pages in CONTENTS.values() for page in pages}
RUN = DistilConfig(epochs=2, seeds=2, teacher_epochs=1)


@pytest.fixture(autouse=True)
def _without_a_browser(monkeypatch):
    """Charts are written as for the browser; the rest of Streamlit says that it does nothing."""

    def mounted(*, data, **more):
        dumped(data)

    monkeypatch.setattr(live_chart, "_mount", mounted)
    monkeypatch.setattr(workers, "manager", FakeManager)
    for name in list(logging.root.manager.loggerDict):
        if name.startswith("streamlit"):
            monkeypatch.setattr(logging.getLogger(name), "disabled", True)


def lines_of(events):
    return [event.to_json() for event in events]


def dumped(value):
    json.dumps(value, allow_nan=False)


# -- a run --------------------------------------------------------------------------------------


@pytest.mark.parametrize("dataset", ["digits", "moons"])
def test_a_run(tmp_path, dataset):
    config = RUN.model_copy(update={"dataset": dataset})
    keeper = Store(tmp_path, bundled=None)
    events = events_of(config)
    keeper.record_run(config, events, {})
    (path,) = tmp_path.glob("runs/*/events.jsonl")

    @fuzz(200)
    @given(files(lines_of(events)))
    def read(content):
        path.write_bytes(content)
        found = read_or_told(lambda: keeper.events(config))
        if found is not None:
            draw_run(config, history.fold(found))

    read()


def tabled(experiment, history):
    for make in experiment.tables.values():
        make(history).to_csv(index=False)


def draw_run(config, run):
    for figure in (base.accuracy, base.fidelity, base.results):
        dumped(live_chart.safe(figure(run)))
    for part in ("hard", "soft"):
        dumped(live_chart.safe(base.loss_part(run, part)))
    numbers.describe_accuracy(run)
    numbers.numbers(run)
    numbers.differences(run)
    numbers.costs(run, config)
    panels.contents(run)
    tabled(DISTILL, run)
    assert run.picture is None or isinstance(run.picture, Confusion | Regions)
    if run.measured and run.finished:
        dumped(EXPERIMENTS["distill"].as_json(config, run))
        EXPERIMENTS["distill"].summary(run)


# -- a map --------------------------------------------------------------------------------------


def test_a_map(tmp_path):
    folder = min(BUNDLED.glob("sweeps/*"), key=lambda path: len(list(path.iterdir())))
    config = normal_map(SweepConfig.from_json((folder / "config.json").read_text()))
    keeper = Store(tmp_path, bundled=None)
    copied = tmp_path / "sweeps" / config.fingerprint()
    shutil.copytree(folder, copied)
    whole = {p.name: p.read_text().splitlines() for p in copied.iterdir() if p.suffix != ".json"}
    whole["started.json"] = (copied / "started.json").read_text().splitlines()

    @fuzz(80)
    @given(st.sampled_from(sorted(whole)).flatmap(lambda n: st.tuples(st.just(n), files(whole[n]))))
    def read(change):
        name, content = change
        (copied / name).write_bytes(content)
        found = read_or_told(lambda: kept.load_result(config, keeper))
        (copied / name).write_text("".join(line + "\n" for line in whole[name]))
        if found:
            draw_map(SweepHistory(config, found))

    read()


def draw_map(told):
    cell = told.best
    dumped(live_chart.safe(map_charts.gains(told, cell)))
    map_charts.describe(told)
    for name in map_charts.MEASURES:
        dumped(live_chart.safe(map_charts.measure(told, name, cell)))
    dumped(live_chart.safe(map_charts.curves(told, cell)))
    for axis in told.config.axes:
        dumped(live_chart.safe(map_charts.slice_along(told, axis, cell)))
    if cell is not None:
        map_charts.where(told, cell)
    told.results().to_csv(index=False)
    if told.complete:
        dumped(EXPERIMENTS["sweep"].as_json(told.config, told))
        EXPERIMENTS["sweep"].summary(told)


# -- a search -----------------------------------------------------------------------------------


def test_a_search(tmp_path):
    config = SEARCHES["small-digits"]
    shutil.copytree(BUNDLED / "searches", tmp_path / "searches")
    (path,) = tmp_path.glob("searches/*/result-*.jsonl")
    keeper = Store(tmp_path, bundled=None)
    assert search.load_result(config, keeper)

    @fuzz(250)
    @given(files(path.read_text().splitlines()))
    def read(content):
        path.write_bytes(content)
        found = read_or_told(lambda: search.load_result(config, keeper))
        if found:
            draw_search(config, SearchHistory(found))

    read()


def draw_search(config, told):
    for size in search_charts.SIZES:
        dumped(live_chart.safe(search_charts.trials(told, size)))
    dumped(live_chart.safe(search_charts.progress(told)))
    dumped(live_chart.safe(search_charts.importance(told)))
    search_charts.describe(told)
    searching._sentence(told)
    told.table().to_csv(index=False)
    told.results().to_csv(index=False)
    DistilConfig.parse(told.finished.best["config"])
    dumped(EXPERIMENTS["search"].as_json(config, told))
    EXPERIMENTS["search"].summary(told)


# -- a study ------------------------------------------------------------------------------------


def drawn_by(name, monkeypatch):
    """What the page of a study draws of its history."""
    asked = {}
    monkeypatch.setattr(study_page, "show", lambda *_, **more: asked.update(more))
    for clinic in ("pick", "all_claims", "all_mistakes", "defects"):
        if hasattr(study_page, clinic):
            monkeypatch.setattr(study_page, clinic, lambda *_, **__: None)
    runpy.run_path(str(ROOT / SCRIPTS[name]))
    own = [draw for draw in (asked.get("picture"), *(asked.get("tabs") or {}).values()) if draw]
    return [*own, study_report.results, study_report.costs]


# A study of text has exhibits of 30 kB, which Hypothesis finds long to name in a report.
@pytest.mark.filterwarnings("ignore:Generating overly large repr")
@pytest.mark.parametrize("name", STUDIES)
def test_a_study(tmp_path, name, monkeypatch):
    study = STUDIES[name]
    config = study.config()
    keeper = Store(tmp_path, bundled=None)
    lines = lines_of(load_result(study, config, Store(tmp_path), bundled=True))
    keeper.record_part(KIND, normal(config), EVENTS, b"")
    (path,) = tmp_path.glob(f"{KIND}/*/{EVENTS}")
    draws = drawn_by(name, monkeypatch)
    rare = [n for n, line in enumerate(lines) if not line.startswith('{"event": "ArmEpoch"')]
    few = [lines[n] for n in rare]

    def put_back(content):
        """The epochs again, of which there are many and all alike."""
        first, rest = content.partition(b"\n")[::2]
        epochs = [line.encode() for n, line in enumerate(lines) if n not in rare]
        return b"\n".join([first, *epochs, rest])

    shown = [n for n, line in enumerate(lines) if line.startswith('{"event": "Exhibit"')]
    # of a study without exhibits nearly every damage is refused: this one changes a name only
    renamed = "\n".join(re.sub(r'"machine": "[^"]*"', '"machine": "another"', n) for n in lines)
    seen = Counter()

    @fuzz(40)
    @given(files(few).map(put_back) | files(lines) | one_damaged(lines, shown or rare))
    @example(renamed.encode())
    def read(content):
        path.write_bytes(content)
        found = read_or_told(lambda: load_result(study, config, keeper))
        seen[bool(found), content == renamed.encode()] += 1
        if found:
            draw_study(study, StudyHistory(normal(config), found), draws)

    draw_study(
        study,
        StudyHistory(
            normal(config), load_result(study, config, Store(tmp_path / "no"), bundled=True)
        ),
        draws,
    )
    read()
    assert seen[True, True], "the machine may have any name"
    assert seen[False, False], "some are told"
    assert seen[True, False] or not shown, "others can be drawn"


def one_damaged(lines, places):
    """The file with one line damaged, among those at ``places``."""

    def file(n):
        before, after = lines[:n], lines[n + 1 :]
        return damaged(json.loads(lines[n])).map(
            lambda text: "\n".join([*before, text, *after]).encode("utf-8", "surrogatepass")
        )

    return st.sampled_from(places).flatmap(file)


def draw_study(study, told, draws):
    for draw in draws:
        draw(told)
    study_report.answer(study, told)
    study_report.findings(study, told)
    for measure in arms.MEASURES:
        dumped(live_chart.safe(arms.curves(told, measure, "beside")))
    dumped(live_chart.safe(arms.results(told)))
    arms.describe(told)
    experiment = EXPERIMENTS[study.name]
    tabled(experiment, told)
    if study.tuned is not None and told.finished:
        experiment.script(told.config, told)
    dumped(experiment.as_json(told.config, told, exhibits=True))
    experiment.summary(told)
