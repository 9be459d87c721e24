"""A run that is pinned on the live page: in the address, in a line, and beside the one that is
shown."""

from __future__ import annotations

import csv
import dataclasses
import io
import itertools
import re
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

import plotly.graph_objects as go
import pytest
from fakes import events_of
from streamlit.testing.v1 import AppTest
from told import button, data, outlined, streamed, words

from kdlab.config import one_text
from kdlab.config.schema import DistilConfig
from kdlab.events import RunFailed, RunFinished
from kdlab.experiments.run import run as work
from kdlab.experiments.run.compared.comparison import compare
from kdlab.experiments.run.compared.terms import one_axis
from kdlab.experiments.run.history import fold
from kdlab.jobs import JobState
from pages.ui.charts import compared as charts
from pages.ui.live import compared, pinned
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[3]
PAGE = ROOT / "pages" / "distil" / "live.py"
A = DistilConfig(epochs=3, seeds=3)
B = A.model_copy(update={"temperature": 1.0})
MISSING = A.model_copy(update={"alpha": 0.4})
QUERY = {"epochs": "3", "seeds": "3"}


@pytest.fixture
def page(manager, store):
    for config in (A, B):
        store.record_run(config, events_of(config), {})
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


def opened(page, **query):
    """The page with settings A, and with these parameters."""
    for name, value in (QUERY | query).items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    return page


def has(page, label):
    return label in {each.label for each in page.button}


def html(page):
    """The table of the comparison, as it is written."""
    found = [e.proto.body for e in page.get("html") if "kd-compared" in e.proto.body]
    return found[0] if found else ""


def rows(page):
    """Title of a row -> its cells."""
    found = {}
    for row in re.findall(r'<th scope="row">(.*?)</tr>', html(page)):
        title, rest = row.split("</th>", 1)
        found[title] = [re.sub(r"<[^>]*>", "", cell) for cell in rest.split("</td>")[:-1]]
    return found


def screen(page, name="live"):
    return page.session_state[f"{name}.screen"]


def test_a_finished_run_can_be_pinned_and_is_compared_with_the_next(page):
    opened(page)
    button(page, "Pin this run").click().run()
    assert page.query_params["pin"] == "epochs:3,seeds:3"
    assert not has(page, "Pin this run"), "it is pinned"
    assert "Change something and train" in words(page)
    assert html(page) == ""
    page.select_slider(key="live.temperature").set_value(1.0).run()
    assert page.query_params["pin"] == "epochs:3,seeds:3"
    assert "Pinned: Temperature T 4 (now 1)." in words(page).replace("**", "")
    assert "Compared with the pinned run" in [e.value for e in page.subheader]
    told = rows(page)
    assert told["Temperature T"] == ["4", "1", ""]
    assert told["Student, distilled"][2].startswith("0.0 (")
    assert not any(title in told for title in ("Epochs", "Seeds")), "only what differs"
    assert "the distilled student does exactly as well in A as in B" in words(page)


def test_one_chart_has_the_curves_of_both_with_names_that_need_no_colour(page):
    opened(page, temperature="1.0", pin="epochs:3,seeds:3")
    told = data(page, "chart_compared")["value"]
    names = [trace["name"] for trace in told["figure"]["data"] if "name" in trace]
    roles = ("labels only", "distilled", "teacher")
    assert names == [f"{letter} {role}" for letter in "AB" for role in roles]
    lines = {t["name"]: t for t in told["figure"]["data"] if "name" in t}
    for role in roles:
        thin, thick = lines[f"A {role}"], lines[f"B {role}"]
        assert "markers" in thin["mode"]
        assert thin["marker"]["symbol"].endswith("-open")
        assert thick["mode"] == "lines"
        assert thin["line"]["width"] < thick["line"]["width"]
    labels = [note["text"] for note in told["figure"]["layout"]["annotations"]]
    assert set(labels) == {"A, B labels only", "A, B distilled", "A, B teacher"}
    assert "A: teacher 97.0 %" in told["alt"]
    assert "; B: teacher 97.0 %" in told["alt"]
    bands = [t for t in told["figure"]["data"] if "low" in t]
    assert len(bands) == 4
    go.Figure(outlined(told["figure"]))


def test_the_link_is_both_runs(page):
    opened(page, temperature="1.0", pin="epochs:3,seeds:3")
    (link,) = [code.value for code in page.code if "pin=" in code.value]
    query = {name: value[0] for name, value in parse_qs(urlsplit(link).query).items()}
    assert one_text.read(DistilConfig, query.pop("pin")) == A
    assert DistilConfig.from_query(query) == (B, [])
    page.session_state["live.tab"] = "Take it away"
    page.run()
    assert page.code[-1].value == link, "the page's own link has both, too"


def test_the_comparison_leaves_as_a_table(page, store):
    opened(page, temperature="1.0", pin="epochs:3,seeds:3")
    assert "Comparison, CSV" in {each.label for each in page.get("download_button")}
    found = compare(A, fold(events_of(A)), B, fold(events_of(B)))
    text = compared.report.table(found).to_csv(index=False)
    (row,) = [r for r in csv.DictReader(io.StringIO(text)) if r["name"] == "distilled"]
    assert float(row["difference"]) == 0


def test_what_is_pinned_can_be_used_again_and_let_go(page):
    opened(page, temperature="1.0", pin="epochs:3,seeds:3")
    button(page, "Use its settings again").click().run()
    assert screen(page).config == A
    assert page.query_params["pin"] == "epochs:3,seeds:3", "it stays pinned"
    assert not has(page, "Use its settings again")
    page.select_slider(key="live.temperature#1").set_value(1.0).run()
    button(page, "Unpin").click().run()
    assert "pin" not in page.query_params
    assert html(page) == ""
    assert not has(page, "Unpin")
    assert has(page, "Pin this run")


def test_the_pin_survives_a_visit_to_another_page(manager, store):
    for config in (A, B):
        store.record_run(config, events_of(config), {})
    app = AppTest.from_file(ROOT / "pages" / "entry.py", default_timeout=PATIENCE)
    app.switch_page("distil/live.py")
    for name, value in QUERY.items():
        app.query_params[name] = value
    app.run()
    button(app, "Pin this run").click().run()
    app.query_params.clear()
    app.switch_page("understand/soft_targets.py").run()
    assert "pin" not in app.query_params
    app.switch_page("distil/live.py").run()
    assert app.query_params["pin"] == "epochs:3,seeds:3"
    # a link of the lab that leads here with settings of its own leaves the pin alone
    app.query_params.clear()
    app.switch_page("understand/soft_targets.py").run()
    app.switch_page("distil/live.py")
    for name, value in (QUERY | {"temperature": "1.0"}).items():
        app.query_params[name] = value
    app.run()
    assert app.query_params["pin"] == "epochs:3,seeds:3"
    assert not app.exception


def test_the_browsers_back_button_leads_back_to_the_page_without_the_pin(page, monkeypatch):
    from pages.ui.shell import state as links

    now = [1000.0]
    monkeypatch.setattr(links.time, "monotonic", lambda: now[0])
    opened(page)
    now[0] += 10
    button(page, "Pin this run").click().run()
    now[0] += 10
    page.select_slider(key="live.temperature").set_value(1.0).run()
    now[0] += 10
    del page.query_params["pin"]
    page.run()
    assert "pin" not in page.query_params
    assert has(page, "Pin this run")


@pytest.mark.parametrize(
    ("pin", "said"),
    [
        ("alpha:1.5", "“Weight α” is 1.5. Allowed: a number from 0 to 1"),
        ("alpha", "'alpha' is not a setting with a value"),
        ("colour:red", "'colour' is not a setting"),
        ("dataset:nonesuch", "nonesuch"),
        ("student:mlp-0", "mlp-0"),
        ("labels:50000", "“Labels the student sees” is 50000"),
        ("dataset:images", "no images are chosen yet"),
        ("folder:![x](http://host/y)\\", "no images"),
    ],
)
def test_a_pin_that_cannot_be_is_said_and_let_go(page, pin, said):
    if pin.startswith("folder"):
        pin = f"dataset:images,{pin}"
        said = "host"
    opened(page, pin=pin)
    told = [re.sub(r"\\(.)", r"\1", w.value).replace("\u200b", "") for w in page.warning]
    if pin.startswith("dataset:images,"):  # a folder that is not there is found when it is read
        assert all("](http" not in w.value for w in [*page.warning, *page.caption])
        return
    (message,) = told
    assert message.startswith("The pinned run of this link cannot be used. ")
    assert said in message
    assert "pin" not in page.query_params
    assert not has(page, "Unpin")
    assert has(page, "Train")


def test_an_empty_pin_is_none(page):
    opened(page, pin="")
    assert not page.warning
    assert not has(page, "Unpin")


def test_a_pinned_run_that_is_missing_is_trained_with_one_press(page, manager):
    opened(page, pin=one_text.written(MISSING))
    assert "Weight α 0.4 (now 0.9)" in words(page)
    assert html(page) == ""
    assert screen(page).config == A
    button(page, "Train the pinned run").click().run()
    ((factory, args, owner, key),) = manager.submitted
    assert (factory, args, key) == (work.run, (MISSING,), MISSING.fingerprint())
    assert owner.endswith(":live_pin#0"), "the page's own run has another owner"
    assert screen(page).config == A
    job = manager.jobs[0]
    job.tell(events_of(MISSING, epochs=2))
    _, told = streamed(screen(page, "live_pin").subscription)
    assert told["live_pin.course"]["is"]["text"].startswith("Epoch 2 of 3")
    page.run()
    assert has(page, "Stop it")
    assert not has(page, "Train the pinned run")
    job.tell(events_of(MISSING), JobState.DONE)
    page.run()
    page.run()
    assert rows(page)["Weight α"] == ["0.4", "0.9", ""]
    assert not has(page, "Stop it")


def test_both_may_be_missing_and_each_has_its_button(page, manager):
    opened(page, alpha="0.3", pin=one_text.written(MISSING))
    button(page, "Train the pinned run").click().run()
    page.button(key="live.train").click().run()
    asked = [args[0] for _, args, _, _ in manager.submitted]
    assert asked == [MISSING, A.model_copy(update={"alpha": 0.3})]
    assert not any(job.released for job in manager.jobs)
    for job, config in zip(manager.jobs, asked, strict=True):
        job.tell(events_of(config), JobState.DONE)
    page.run()
    page.run()
    assert rows(page)["Weight α"] == ["0.4", "0.3", ""]


def test_training_of_the_pinned_run_can_be_stopped(page, manager):
    opened(page, pin=one_text.written(MISSING))
    button(page, "Train the pinned run").click().run()
    job = manager.jobs[0]
    job.tell(events_of(MISSING, epochs=1))
    page.run()
    button(page, "Stop it").click().run()
    assert job.released
    assert has(page, "Train the pinned run")


def test_a_pinned_run_that_failed_says_why(page, manager):
    opened(page, pin=one_text.written(MISSING))
    button(page, "Train the pinned run").click().run()
    failed = RunFailed(reason="the loss is not finite", epoch=1)
    manager.jobs[0].tell([*events_of(MISSING, epochs=1), failed], JobState.DONE)
    page.run()
    page.run()
    assert any("the loss is not finite" in e.value for e in page.error)
    assert has(page, "Train the pinned run")


def test_another_pin_lets_go_of_the_one_that_trains(page, manager):
    opened(page, pin=one_text.written(MISSING))
    button(page, "Train the pinned run").click().run()
    job = manager.jobs[0]
    button(page, "Pin this run").click().run()
    assert job.released
    assert page.query_params["pin"] == "epochs:3,seeds:3"


def test_the_pinned_curves_stand_behind_those_that_grow_and_are_told_once(page, manager):
    opened(page, pin="epochs:3,seeds:3", alpha="0.4")
    page.button(key="live.train").click().run()
    (config,), job = manager.submitted[0][1], manager.jobs[0]
    job.tell(events_of(config, epochs=1))
    number, told = streamed(screen(page).subscription)
    traces = told["accuracy"]["is"]["figure"]["data"]
    faint = [t for t in traces if str(t.get("name", "")).startswith("Pinned")]
    assert [len(t["x"]) for t in faint] == [4, 4, 2]
    assert traces[:3] == faint, "behind the others"
    assert "The pinned run stands faintly behind" in told["accuracy"]["is"]["alt"]
    job.tell(events_of(config, epochs=2))
    _, told = streamed(screen(page).subscription, number)
    assert "is" not in told["accuracy"], "the chart is not told anew"
    changed = {delta[0][2] for part in told["accuracy"]["by"] for delta in part
               if delta[0][:2] == ["figure", "data"]}  # fmt: skip
    assert not changed & {0, 1, 2}, "what stands behind has not changed"


def test_no_curves_of_other_data_stand_behind(page, store):
    moons = DistilConfig(dataset="moons", epochs=2, seeds=2)
    store.record_run(moons, events_of(moons), {})
    opened(page, pin=one_text.written(moons))
    traces = data(page, "chart_accuracy")["value"]["figure"]["data"]
    assert not [t for t in traces if str(t.get("name", "")).startswith("Pinned")]
    told = [data(page, f"chart_compared_{letter}")["value"]["alt"] for letter in "AB"]
    assert ["validation points" in told[0], "validation images" in told[1]] == [True, True]
    assert "different data sets cannot be compared" in words(page)
    assert rows(page)["Student, distilled"][2] == ""


def test_no_curves_of_other_files_stand_behind():
    mine, theirs = (DistilConfig(dataset="images", folder=f"upload:{n * 16}.zip") for n in "ab")
    noisy = [DistilConfig(dataset="moons", noise=noise) for noise in (0.1, 0.3)]
    assert not one_axis(mine, theirs)
    assert one_axis(*noisy), "the same figure, drawn with more noise"
    assert one_axis(A, B)


def test_a_file_that_was_loaded_is_called_as_its_owner_calls_it(monkeypatch):
    loaded = f"upload:{'a' * 16}.csv"
    monkeypatch.setattr(pinned.uploads, "title", lambda value: {loaded: "patients.csv"}[value])
    assert pinned.value("folder", loaded) == "patients.csv"
    assert pinned.value("teacher_file", loaded) == "patients.csv"
    assert pinned.value("labels", "40") == "40"


def test_what_a_link_hides_is_not_told(page):
    opened(page, temperature="1.0", pin="epochs:3,seeds:3", hide="temperature,pin,takeaway,train")
    assert "Temperature T" not in html(page)
    assert "Temperature T" not in words(page)
    assert "Some settings that this link hides differ, too." in words(page)
    assert rows(page)["Student, distilled"]
    for label in ("Pin this run", "Unpin", "Use its settings again", "Train the pinned run"):
        assert not has(page, label)
    assert not [code for code in page.code if "pin=" in code.value]
    assert not page.warning, "pin is a name that a link may hide"


def test_who_may_not_train_is_told_that_the_pinned_run_is_missing(page):
    opened(page, pin=one_text.written(MISSING), hide="train")
    assert "Its result is not stored here." in words(page)
    assert not has(page, "Train the pinned run")


def test_a_run_of_one_seed_stands_beside_without_a_difference(page, store):
    alone = A.model_copy(update={"seeds": 1})
    store.record_run(alone, events_of(alone), {})
    opened(page, pin=one_text.written(alone))
    assert "A has one seed: nothing says how much is chance" in words(page)
    assert data(page, "chart_compared")["value"]["figure"]["layout"]["title"]["text"].endswith(
        "one seed"
    )
    assert rows(page)["Gain"][2] == ""


def test_a_pinned_result_that_is_damaged_is_said_with_what_deletes_it(page, store):
    store.record_run(MISSING, events_of(MISSING), {})
    folder = store.home / "runs" / MISSING.fingerprint()
    (folder / "events.jsonl").write_text("nonsense", encoding="utf-8")
    opened(page, pin=one_text.written(MISSING))
    assert any("damaged" in e.value or "not what" in e.value for e in page.error)
    page.button(key="live_pin.delete").click().run()
    assert not (folder / "events.jsonl").exists()
    assert has(page, "Train the pinned run")


def test_words_of_others_stay_words(page, store):
    hostile = DistilConfig.parse(
        {"dataset": "grammar", "grammar": "S -> <b>![x](http://h/y) a", "seeds": 3, "epochs": 2}
    )
    plain = DistilConfig.parse({"dataset": "grammar", "seeds": 3, "epochs": 2})
    found = compare(hostile, fold(events_of(hostile)), plain, fold(events_of(plain)))
    table = compared.table(found)
    assert "<b>![" not in table
    assert "&lt;b&gt;" in table


def test_a_turned_run_is_pinned_with_its_schedule(page, store):
    turned = DistilConfig.parse({"epochs": 3, "seeds": 3, "schedule": "1:2:0.5,2:1:0"})
    store.record_run(turned, events_of(turned), {})
    opened(page, schedule="1:2:0.5,2:1:0")
    button(page, "Pin this run").click().run()
    assert page.query_params["pin"] == "epochs:3,seeds:3,schedule:1:2:0.5\\,2:1:0"
    assert not page.warning
    assert one_text.read(DistilConfig, page.query_params["pin"]) == turned


# -- the chart ----------------------------------------------------------------------------------


def test_names_at_the_ends_of_curves_do_not_lie_on_each_other():
    places = charts.spread_out([90.0, 96.0, 96.1, 96.2, 98.0], 1.5, 80.0, 100.0)
    assert all(b - a >= 1.5 - 1e-6 for a, b in itertools.pairwise(places))
    assert places[0] == 90.0
    assert min(places) >= 80
    assert max(places) <= 100
    top = charts.spread_out([99.8, 99.9, 100.0], 2.0, 80.0, 100.0)
    assert top == [96.0, 98.0, 100.0]


def test_curves_that_end_apart_have_a_name_each():
    better = []
    for event in events_of(B):
        if hasattr(event, "fidelity"):
            event = dataclasses.replace(
                event, accuracy=tuple(min(1.0, a + 0.03) for a in event.accuracy)
            )
        better.append(event)
    figure = charts.curves({"A": fold(events_of(A)), "B": fold(better)}, 380)
    labels = [note["text"] for note in figure["layout"]["annotations"]]
    assert {"A distilled", "B distilled", "A, B teacher"} <= set(labels)
    go.Figure(outlined(figure))


def test_bits_have_an_axis_of_their_own():
    names = DistilConfig.parse({"dataset": "names", "seeds": 2})
    told = []
    for event in events_of(names):
        if hasattr(event, "fidelity"):
            event = dataclasses.replace(event, bits=(3.4, 3.5, 3.1, 3.2))
        if hasattr(event, "input_shape"):
            event = dataclasses.replace(event, input_shape=(6, 27))
        if isinstance(event, RunFinished):
            event = dataclasses.replace(event, teacher_bits=2.5)
        if hasattr(event, "validation_bits"):
            event = dataclasses.replace(event, validation_bits=2.4)
        told.append(event)
    figure = charts.curves({"A": fold(told)}, 380)
    low, high = figure["layout"]["yaxis"]["range"]
    assert low < 2.4 < 3.5 < high
    go.Figure(outlined(figure))
    assert "teacher 2.40 bits" in charts.describe({"A": fold(told)})
    assert [t["name"] for t in charts.faint(fold(told))] == [
        "Pinned: labels only", "Pinned", "Pinned: teacher"
    ]  # fmt: skip
