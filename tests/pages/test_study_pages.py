"""Every study's page: it opens with the stored study, all its tabs are drawn, and it can be run."""

from __future__ import annotations

import copy
import json
import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest
from told import button, course, data, screen, stop, streamed, taken
from told import words as shown

from kdlab import checks
from kdlab.errors import ConfigError
from kdlab.events import ArmEpoch, Exhibit, Progress, RunFailed, StudyFinished
from kdlab.jobs import JobState
from kdlab.measure.gain import Gain
from kdlab.storage.store import Store
from kdlab.streams.deltas import delta
from kdlab.studies import EXPERIMENTS, STUDIES, Finding, StudyHistory, find, load_result
from kdlab.studies.teachers import TeachersConfig
from pages.ui.charts import arms as study_charts
from pages.ui.components import live_chart
from pages.ui.shell import prose, workers
from pages.ui.shell.contents import CONTENTS
from pages.ui.study import report
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
ENTRIES = {page.path: page for pages in CONTENTS.values() for page in pages}
SAMPLING = {"language"}
"""Studies whose students learn on strings that are sampled, for which there is no script."""
BUNDLED = Store(Path("/nowhere"))


@pytest.fixture
def store(monkeypatch, tmp_path):
    made = Store(tmp_path)
    monkeypatch.setattr(workers, "store", lambda: made)
    return made


def opened(name, **query):
    made = AppTest.from_file(ROOT / ENTRIES[name].script, default_timeout=PATIENCE)
    for key, value in query.items():
        made.query_params[key] = value
    return made


def stored(name):
    study = find(name)
    events = load_result(study, study.config(), Store(), bundled=True)
    assert events, f"the study {name} does not come with the lab: python -m kdlab record"
    return study, events


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_has_a_page_a_text_and_a_stored_result(name, manager, store):
    assert name in ENTRIES, "two clicks lead to every study: pages/ui/shell/contents.py"
    assert prose.text(f"studies/{name}")
    assert prose.text(f"studies/{name}", "more")
    page = opened(name).run()
    assert not page.exception
    assert "Stored study that comes with the lab" in shown(page)
    assert not button(page, "Run").disabled
    study, events = stored(name)
    history = StudyHistory(study.config(), events)
    assert study.findings(history), "a study answers its question"
    for finding in study.findings(history):
        assert re.search(r"\d", finding.text), "an answer has its figures"


@pytest.mark.parametrize("name", STUDIES)
def test_the_answer_comes_first_and_what_it_rests_on_is_folded(name, manager, store):
    page = opened(name).run()
    study, events = stored(name)
    history = StudyHistory(study.config(), events)
    said = study.answered(history).text
    (answer,) = [m for m in page.markdown if prose.plain(said) in m.value]
    assert answer.value == f"{prose.plain(study.question)} **{prose.plain(said)}**"
    behind = report.behind(study, history)
    label = report.counted(behind)
    (fold,) = [e for e in page.expander if e.label == label]
    assert not fold.proto.expanded
    lines = [m.value for m in fold.markdown if m.value != fold.caption[0].value]
    compared = sum(finding.gain is not None for finding in behind)
    assert label.startswith(f"Behind the answer: {compared} comparison") or not compared
    assert lines == [report.line(finding) for finding in behind]


def test_a_study_that_goes_on_has_no_answer_yet():
    study, events = stored("teachers")
    history = StudyHistory(study.config(), events[: len(events) // 2])
    page = AppTest.from_function(_answered_half).run()
    assert history.finished is None
    assert page.markdown[0].value.endswith("answered when all students have learned.")
    assert "**" not in page.markdown[0].value


def _answered_half():
    from pathlib import Path

    from kdlab.storage.store import Store
    from kdlab.studies import StudyHistory, find, load_result
    from pages.ui.study import report

    study = find("teachers")
    events = load_result(study, study.config(), Store(Path("/nowhere")), bundled=True)
    report.answer(study, StudyHistory(study.config(), events[: len(events) // 2]))


def test_a_sign_says_what_is_better_where_less_is_better():
    rises = Gain(0.02, (0.01, 0.03), 5)
    assert report.line(Finding("Accuracy", None, rises)).startswith(":material/trending_up: A")
    said = report.line(Finding("Error", None, rises, less=True))
    assert said == ":material/trending_up: (worse) Error"


@pytest.mark.parametrize("name", STUDIES)
def test_every_tab_of_every_study_is_drawn(name, manager, store):
    page = opened(name).run()
    labels = [tab.label for tab in page.tabs]
    assert {"Results", "Cost of each stage", "Take it away"} <= set(labels)
    for label in labels:
        page.session_state[f"study.{name}.tab"] = label
        page.run()
        assert not page.exception, f"{name}: {label}"


@pytest.mark.parametrize("name", STUDIES)
def test_charts_and_tables_of_a_stored_study(name):
    study, events = stored(name)
    history = StudyHistory(study.config(), events)
    for figure in (study_charts.results(history), study_charts.curves(history)):
        assert json.loads(json.dumps(figure, allow_nan=False))["data"]
    table = report.table(history)
    assert len(table) == len(history.arms) == len(history.done)
    assert len(report.cost_table(history)) > len(history.arms)
    rows = EXPERIMENTS[name].tables["curves"](history).to_csv(index=False).splitlines()
    assert rows[0].startswith("group,epoch,seed")
    assert len(rows) > len(history.arms) * study.config().seeds


def test_curves_of_many_arms_have_a_legend_and_an_axis_that_fits_them_at_the_end():
    study, events = stored("chains")
    history = StudyHistory(study.config(), events)
    layout = study_charts.curves(history)["layout"]
    assert layout["showlegend"]
    (low, high), title = layout["yaxis"]["range"], layout["yaxis"]["title"]["text"]
    assert title.endswith(f"(axis starts at {low})")
    for arm in history.arms:
        mean, least, _ = history.mean(arm["name"])
        assert low < 100 * least <= 100 * mean < high
    half = StudyHistory(study.config(), events[: len(events) // 2])
    assert study_charts.curves(half)["layout"]["yaxis"]["range"] == [0, 104]


@pytest.mark.parametrize("name", STUDIES)
def test_the_script_of_every_study_is_whole(name):
    study, events = stored(name)
    history = StudyHistory(checks.normal(study.config()), events)
    if name in SAMPLING:
        with pytest.raises(ConfigError, match="which are sampled"):
            EXPERIMENTS[name].script(study.config(), history)
        return
    text = EXPERIMENTS[name].script(study.config(), history)
    compile(text, name, "exec")
    assert study.title in text


def test_run_trains_and_shows_arms_as_they_come(manager, store):
    page = opened("teachers", seeds="4", epochs="30").run()
    assert "Press Run. All kinds of student" in shown(page)
    button(page, "Run").click().run()
    ((_, (_, config), _, _),) = manager.submitted
    assert config == checks.normal(TeachersConfig(seeds=4, epochs=30))
    (job,) = manager.jobs
    job.all_events = [Progress(stage="training a teacher")]
    page.run()
    assert course(page, "study.teachers")["state"] == "runs"
    assert data(page, "study.teachers.course")["stops"], "it can be stopped"
    _, events = stored("teachers")
    job.all_events = events[: len(events) // 2]
    page.run()
    assert "In training" in shown(page)
    assert not page.exception
    job.all_events, job.state = events, JobState.DONE
    page.run()
    assert "Trained here" in shown(page)
    assert isinstance(events[-1], StudyFinished)
    assert course(page, "study.teachers")["state"] == "over"


@pytest.mark.parametrize("name", STUDIES)
def test_every_study_grows_without_a_run_of_its_page(name, manager, store):
    page = opened(name, first_seed="5").run()
    button(page, "Run").click().run()
    job, here = manager.jobs[-1], screen(page, f"study.{name}")
    number, told = streamed(here.subscription)
    seen = taken({}, told)
    charts = {key for key, value in seen.items() if "figure" in value}
    assert charts or name == "looking", "its maps are drawn at the end"
    growing = charts - {"difference_over", "difference_class"}  # exhibits, as those maps are
    for key in charts:
        assert seen[key] == data(page, f"chart_{key}")["value"], (
            "the page and the hub draw the same"
        )
    before = {key: data(page, f"chart_{key}") for key in charts}
    events = [e for e in stored(name)[1] if not isinstance(e, StudyFinished | Exhibit)]
    for last in (len(events) // 4, len(events) // 2, len(events)):
        job.tell(events[:last])
        number, told = streamed(here.subscription, number)
        assert growing <= set(told), "each has changed"
        seen = taken(seen, told)
    assert before == {key: data(page, f"chart_{key}") for key in charts}, "the page has not run"
    assert 0 < seen[f"study.{name}.course"]["fraction"] <= 1
    page.run()
    assert not page.exception
    for key in charts:
        assert seen[key] == data(page, f"chart_{key}")["value"]


def test_an_epoch_of_a_study_tells_its_own_points_and_no_others(store):
    """Of the arm that learns, whichever it is: the others keep their places, begun or not."""
    study, events = stored("chains")
    begun = [e for e in events if not isinstance(e, ArmEpoch)]
    for which in (study_charts.curves, study_charts.results):
        history = StudyHistory(study.config(), begun[:1])
        last = live_chart.drawn(which(history), "")
        for n, event in enumerate(e for e in events if isinstance(e, ArmEpoch)):
            history.take([event])
            told = live_chart.drawn(which(history), "")
            changed, last = delta(last, told), told
            places = {path[2] for path, *_ in changed if path[:2] == ["figure", "data"]}
            teacher = 1 if which is study_charts.curves and n == 0 else 0
            assert len(places) <= 2 + teacher, "a line and its band, or dots and their mean"
            assert all(len(path) > 2 for path, *_ in changed), "no trace is told anew"


def test_what_stops_a_study_says_how_far_it_came(manager, store):
    page = opened("teachers", seeds="4").run()
    button(page, "Run").click().run()
    _, events = stored("teachers")
    manager.jobs[0].all_events = events[: len(events) // 2]
    page.run()
    stop(page, "study.teachers")
    assert manager.jobs[0].released
    assert course(page, "study.teachers")["text"].startswith("Stopped at ")
    assert course(page, "study.teachers")["state"] == "over"


def test_a_table_is_said_to_be_of_the_moment_while_the_study_goes_on(manager, store):
    page = opened("teachers", seeds="4").run()
    page.session_state["study.teachers.tab"] = "Results"
    button(page, "Run").click().run()
    _, events = stored("teachers")
    manager.jobs[0].tell(events[:-1])
    page.run()
    assert len(page.dataframe) == 1
    assert "redrawn whenever you open its tab" in shown(page)
    manager.jobs[0].tell(events, JobState.DONE)
    page.run()
    assert "redrawn whenever you open its tab" not in shown(page)


def test_a_failure_is_said_and_the_page_goes_on(manager, store):
    page = opened("teachers", seeds="4").run()
    button(page, "Run").click().run()
    (job,) = manager.jobs
    job.all_events = [RunFailed(reason="The teacher's loss became nan. Lower its learning rate.")]
    job.state = JobState.DONE
    page.run()
    assert "Lower its learning rate." in shown(page)
    assert not page.exception


def test_settings_of_a_link_are_checked(manager, store):
    page = opened("teachers", teachers="99", average="guesses", temperature="2").run()
    assert "“Teachers” is 99" in shown(page)
    assert "“Average of” is 'guesses'" in shown(page)
    assert not page.exception
    button(page, "Run").click().run()
    assert manager.submitted[-1][1][-1].temperature == 2


def test_labels_break_into_short_lines():
    assert study_charts.short("2 experts, on half of the classes each").count("<br>") == 1
    assert study_charts.short("") == ""


@pytest.mark.parametrize("older", [False, True])
def test_sizes_of_files_are_drawn_or_it_is_said_that_they_were_not_kept(older, manager, store):
    study, events = stored("compression")
    events = copy.deepcopy(events)  # those that are read are everybody's
    (costs,) = [e.content for e in events if isinstance(e, Exhibit)]
    if older:
        for told in costs["networks"].values():
            del told["files"]
        del costs["runtime"], costs["judged"]
    content = "".join(event.to_json() + "\n" for event in events)
    store.record_part("studies", study.config(), "events.jsonl", content.encode())
    page = opened("compression", across="int8_bytes")
    page.session_state["study.compression.tab"] = "Sizes and times"
    page.run()
    assert not page.exception
    words = shown(page)
    assert ("was kept by an older version of the lab" in words) is older
    assert ("--no-cache" in words) is older
    first, *others = [frame.value for frame in page.dataframe]
    assert len(first) == len(costs["networks"])
    assert [len(frame) for frame in others] == ([] if older else [len(first)])
    assert ("onnxruntime 1" in words) is not older
