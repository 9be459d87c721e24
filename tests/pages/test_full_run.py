"""The page of full runs: what it asks for, and what it shows of folders that others wrote."""

from __future__ import annotations

import json
import os
import re
import threading
import time
from pathlib import Path
from types import SimpleNamespace

import pytest
from fakes import FakeManager
from streamlit.testing.v1 import AppTest

from kdlab.errors import JobError
from kdlab.events import (
    DISTILLED,
    LABELS_ONLY,
    FullEpoch,
    FullPart,
    FullStarted,
    Progress,
    StageDone,
    StageStarted,
)
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.published import PAIRS
from kdlab.full_run.run import folder as folders
from kdlab.full_run.run import process
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.log import EventLog
from kdlab.full_run.run.summary import finished
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.storage.store import Store
from pages.ui.charts import full_run as full_charts
from pages.ui.full_run import checks, export, machine, rough, start, tabs, watch
from pages.ui.shell import prose, workers
from tests.patience import PATIENCE

ROOT = Path(__file__).parents[2]
PAGE = ROOT / "pages" / "distil" / "full_run.py"
SMALL = {"pair": "own", "dataset": "digits", "teacher": "resnet8", "student": "cnn-8", "epochs": 2}
DEVICE = {
    "kind": "cuda", "name": "A [GPU] of the tests", "memory_bytes": 150 * 2**30,
    "capability": "9.0", "bf16": True, "gpus": 2, "threads": 1, "torch": "2", "cuda": "13",
    "python": "3", "machine": "a machine of the tests",
}  # fmt: skip
TABS = tuple(tabs.TABS)


# -- runs that nobody trained ------------------------------------------------------------------


def events(config, until=None):
    """All events of a run, or the first ``until`` of them; its accuracies rise with the epoch."""
    seeds = range(config.first_seed, config.first_seed + config.seeds)
    stages = [("teacher", 0), *((name, s) for s in seeds for name in (LABELS_ONLY, DISTILLED))]
    told = [
        FullStarted(
            fingerprint=config.fingerprint(), dataset=config.dataset,
            classes=tuple(map(str, range(10))), input_shape=(1, 8, 8), train_size=1297,
            test_size=500, judged_on="validation" if config.validation else "test",
            stages=tuple(stages), epochs=config.epochs, steps_per_epoch=21, device=DEVICE,
            published=config.reference(),
        )
    ]  # fmt: skip
    done = []
    for n, (stage, seed) in enumerate(stages):
        cache = {"on": True, "views": 9, "bytes": 9 * 2**20, "saved": 0.2, "reason": "it saves"}
        told.append(
            StageStarted(
                stage=stage, seed=seed, epoch=0, epochs=config.epochs, architecture="resnet8",
                parameters=1000, engine="plain, fp32", cache=cache if stage == DISTILLED else {},
            )
        )  # fmt: skip
        top = {"teacher": 0.9, LABELS_ONLY: 0.7, DISTILLED: 0.8}[stage] + 0.001 * n * (1 + seed)
        for epoch in range(1, config.epochs + 1):
            told.append(
                FullEpoch(
                    stage=stage, seed=seed, epoch=epoch, accuracy=top * epoch / config.epochs,
                    loss=2 / epoch, hard=1 / epoch, soft=1 / epoch if stage == DISTILLED else 0.0,
                    train_accuracy=0.9, learning_rate=0.05, seconds=3.0, images_per_second=1000.0,
                    shares={"data": 0.1, "teacher": 0.2, "student": 0.6, "evaluation": 0.1},
                    memory_bytes=2**30, utilisation=90, answered=1.0,
                )
            )  # fmt: skip
        done.append(
            StageDone(
                stage=stage, seed=seed, accuracy=top, best=top + 0.01, best_epoch=1, fidelity=0.9,
                ece=0.05, seconds=6.0, images_per_second=1000.0, reused=False,
            )
        )  # fmt: skip
        told.append(done[-1])
    told.append(finished(done, 500))
    return told[:until]


def made(name, state="finished", reason="", failure="", until=None, **settings):
    """A run folder as a process of this machine would have left it."""
    config = FullRunConfig.parse(SMALL | settings)
    run = RunFolder.create(folders.home() / name, config)
    log = EventLog(run)
    for event in events(config, until):
        log.take(event)
    log.close()
    if state == "running":
        run.claim()  # by this process, until the test is over
        at_work.append(run)
    else:
        run.say(state, reason, failure)
    return run


at_work = []
"""Runs that this process has claimed."""


@pytest.fixture(autouse=True)
def _released():
    yield
    while at_work:
        at_work.pop().release()


class Manager(FakeManager):
    """Knows a device."""

    def call(self, function, *args, timeout=10.0):
        self.calls.append((function.__name__, args))
        if function.__name__ == "describe":
            return dict(DEVICE)
        return {"teacher": "resnet8", "file": "given:abc", "shape": (1, 8, 8), "classes": 10}


@pytest.fixture
def manager(monkeypatch):
    known = Manager()
    monkeypatch.setattr(workers, "manager", lambda: known)
    return known


@pytest.fixture
def begun(monkeypatch):
    """Runs that were started: none is."""
    found = []
    monkeypatch.setattr(process, "start", lambda run, gpus=1: found.append((run, gpus)) or 1)
    return found


@pytest.fixture
def page(manager, begun, monkeypatch, tmp_path):
    monkeypatch.setattr(workers, "store", lambda: Store(tmp_path, bundled=None))
    for shared in (watch._summaries, start.measuring, rough.guesses,
                   machine._kept):  # fmt: skip
        shared.clear()
    return AppTest.from_file(PAGE, default_timeout=PATIENCE)


def shown(page):
    kinds = ("markdown", "caption", "error", "success", "info", "warning", "code")
    words = (e.value for kind in kinds for e in page.get(kind))
    return re.sub(r"\\(.)", r"\1", " ".join(map(str, words)))


def button(page, label):
    (found,) = [b for b in page.button if b.label == label]
    return found


def labels(page):
    return {b.label for b in page.button}


def select(page, label):
    (found,) = [s for s in page.selectbox if s.label == label]
    return found


def values(page):
    return page.session_state["link.full-run"]["values"]


# -- before the start --------------------------------------------------------------------------


def test_the_first_visitor_sees_the_machine_the_pair_and_no_run(page, manager):
    page.run()
    assert not page.exception
    said = shown(page)
    assert "CUDA, A [GPU] of the tests, 150 GiB, compute capability 9.0, bf16, 2 GPUs" in said
    assert [name for name, _ in manager.calls] == ["describe"]
    assert "No run yet" in said
    assert "50,000 training images, teacher 187,680 steps, 2 students of 187,680 steps" in said
    assert "teacher 72.34, student 69.06, KD 70.66" in said
    assert not button(page, "Start the run").disabled
    page.run()
    assert len(manager.calls) == 1, "a device is asked for once a server"


def test_a_machine_without_an_accelerator_says_what_is_missing_and_what_works(page, manager):
    cpu = DEVICE | {"kind": "cpu", "capability": "", "bf16": False, "gpus": 0, "cuda": ""}
    manager.call = lambda function, *args, **more: cpu
    page.run()
    assert "built without CUDA" in shown(page)
    assert "Everything, slower" in shown(page)
    machine._kept().clear()
    manager.call = lambda function, *args, **more: cpu | {"cuda": "13"}
    page.run()
    assert "finds no NVIDIA GPU" in shown(page)


def test_workers_that_had_no_moment_to_answer_are_asked_again(page, manager, monkeypatch):
    """Not at every click: each time the page would wait for them."""
    known, asked, clock = manager.call, [], [1000.0]

    def busy(function, *args, **more):
        asked.append(function.__name__)
        raise JobError("no worker answered", "a worker with a free thread", "Try again")

    monkeypatch.setattr(machine, "time", SimpleNamespace(monotonic=lambda: clock[0]))
    manager.call = busy
    page.run()
    page.run()
    assert asked == ["describe"]
    assert "compute capability" not in shown(page)
    manager.call = known
    clock[0] += machine.AGAIN_SECONDS + 1
    page.run()
    assert "compute capability 9.0" in shown(page)


def test_the_first_thing_that_is_offered_runs_here(page, begun):
    page.run()
    assert page.query_params.get("dataset") is None, "the controls begin with the published pair"
    button(page, "Digits in a minute: start it").click().run()
    assert not page.exception
    ((run, _),) = begun
    assert run.config() == next(iter(start.PRESETS.values()))
    assert run.config().reference() == {}, "no published experiment"
    assert page.query_params["dataset"] == "digits"
    assert values(page)["student"] == run.config().student
    assert "Not a published experiment" in prose.entries("full-run")["Digits in a minute"]
    assert "Digits in a minute: start it" not in labels(page)  # there is a run now


def test_the_offer_cannot_be_started_where_nobody_may(page, begun):
    visitor.ask(lambda: Visitor("anna"))
    page.run()
    assert button(page, "Digits in a minute: start it").disabled
    assert not begun


def test_before_the_start_it_is_said_what_must_be_downloaded(page, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_DATA", str(tmp_path / "data"))
    page.run()
    assert "CIFAR-100 is not on this machine yet:** 169 MB are downloaded first" in shown(page)
    for name in ("train", "test", "meta"):
        path = tmp_path / "data" / "cifar-100-python" / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    page.run()
    assert "CIFAR-100 is on this machine." in shown(page)
    select(page, "Data set").set_value("digits").run()
    assert "on this machine" not in shown(page), "digits come with the lab"


def test_before_the_start_it_is_said_how_long_a_machine_without_a_gpu_takes(page, manager):
    cpu = DEVICE | {"kind": "cpu", "capability": "", "bf16": False, "gpus": 0, "cuda": ""}
    may_answer, asked = threading.Event(), []

    def call(function, *args, timeout=10.0):
        if function.__name__ == "describe":
            return cpu
        asked.append((function.__name__, *args))
        may_answer.wait()
        return 6 * 86400.0

    manager.call = call
    page.run()
    assert "is being worked out" in shown(page), "no page waits for it"
    page.run()
    may_answer.set()
    (thread,) = [t for t in threading.enumerate() if t.name == "guessing"] or [None]
    if thread is not None:
        thread.join()
    page.run()
    assert not page.exception
    assert "About 6 days on this machine**, from a first measurement" in shown(page)
    ((name, told, size),) = asked
    assert (name, FullRunConfig.from_json(told), size.train) == (
        "roughly", FullRunConfig(), 50_000,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0.2, "About 1 s"), (38, "About 40 s"), (61, "About 1 minute"), (7300, "About 2 hours"),
     (5.4 * 86400, "About 5 days"), (33 * 86400, "About 30 days")],
)  # fmt: skip
def test_a_guess_has_one_digit(seconds, words):
    assert rough.about(seconds) == words


def test_a_pair_a_recipe_and_a_data_set_bring_their_settings(page):
    page.run()
    select(page, "Published pair").set_value("vgg13-mobilenetv2").run()
    now = values(page)
    assert (now["teacher"], now["student"], now["learning_rate"]) == ("vgg13", "mobilenetv2", 0.01)
    select(page, "Recipe").set_value("dkd").run()
    now = values(page)
    assert (now["method"], now["alpha"], now["loss_scale"]) == ("dkd", 0.5, 2.0)
    assert now["method_parameters"] == (1.0, 6.0)
    select(page, "Published pair").set_value("wrn-40-2-wrn-16-2").run()
    now = values(page)
    assert (now["teacher"], now["learning_rate"]) == ("wrn-40-2", 0.05)
    select(page, "Recipe").set_value("kd").run()
    now = values(page)
    assert (now["method"], now["alpha"], now["method_parameters"]) == ("soft-targets", 0.9, ())
    assert now["warmup"] == 0
    select(page, "Data set").set_value("mnist").run()
    assert (values(page)["flip"], values(page)["padding"]) == (False, 2)
    select(page, "Data set").set_value("cifar10").run()
    assert (values(page)["flip"], values(page)["padding"]) == (True, 4)
    assert page.query_params["pair"] == "wrn-40-2-wrn-16-2"
    assert not page.exception


@pytest.mark.parametrize(
    ("pair", "temperature", "told"),
    [
        ("vgg13-vgg8", 3.0, "KD+LS 74.36 %, run with T 3, 0.1 CE + 9 KD"),
        ("resnet110-resnet20", 4.0, "KD+LS 71.48 %, run with T 4, 0.1 CE + 12 KD"),
        ("resnet50-mobilenetv2", 3.0, "KD+LS 69.02 %, run with T 3, 0.1 CE + 1 KD"),
        ("resnet56-resnet20", 2.0, "KD+LS 71.43 %."),
        ("resnet50-vgg8", 2.0, "student 70.36 %; KD+LS: not published"),
    ],
)
def test_a_pair_brings_what_its_own_figure_was_run_with(page, pair, temperature, told):
    page.run()
    select(page, "Recipe").set_value("kd-ls").run()
    select(page, "Published pair").set_value(pair).run()
    assert not page.exception
    assert told in shown(page)
    assert values(page)["temperature"] == temperature
    config = FullRunConfig.parse(values(page))  # no widget has rounded what the pair brought
    assert config == FullRunConfig(pair=pair, recipe="kd-ls")
    assert ("method" in config.reference()) == ("not published" not in told)
    select(page, "Published pair").set_value("resnet56-resnet20").run()
    assert FullRunConfig.parse(values(page)) == FullRunConfig(recipe="kd-ls")


def test_the_table_of_a_pair_says_what_each_figure_was_run_with(page):
    page.query_params["pair"] = "vgg13-vgg8"
    page.session_state["full-run.tab"] = tabs.REPORTED
    page.run()
    assert not page.exception
    said = shown(page)
    assert "| Published | 74.64 | 70.36 | 72.98 | 73.94 | 74.68 | 74.36 |" in said
    assert "| as its recipe | as its recipe | beta 6 | T 3, 0.1 CE + 9 KD |" in said
    assert "T 2, weight 15, beta 2 | 480 epochs | 480 epochs, T 2, weight 6 |" in said


def test_the_figure_beside_a_run_says_what_it_was_run_with(page):
    made("2026-01-02-a", pair="vgg13-vgg8", recipe="kd-ls", dataset="cifar100", teacher="vgg13",
         student="vgg8")  # fmt: skip
    page.run()
    assert not page.exception
    assert "240 epochs, run with T 3, 0.1 CE + 9 KD" in shown(page)


def test_other_networks_are_ones_own_pair(page):
    page.run()
    page.selectbox(key="full-run.student:resnet").set_value("resnet32").run()
    assert values(page)["pair"] == "own"
    assert "no paper reports" not in shown(page)  # in the tab, which is closed
    page.selectbox(key="full-run.teacher:source").set_value("imagenet").run()
    assert values(page)["teacher"].startswith("torchvision-")
    assert not page.exception
    select(page, "Published pair").set_value("resnet56-resnet20").run()
    assert (values(page)["teacher"], values(page)["student"]) == ("resnet56", "resnet20")
    assert values(page)["pair"] == "resnet56-resnet20"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"dataset": "moons"}, "dataset is 'moons'"),
        ({"pair": "none", "recipe": "hope"}, "pair is 'none'"),
        ({"teacher": "resnet9999"}, "resnet9999"),
        ({"student": "torchvision-resnet18"}, "torchvision-resnet18"),
        ({"dataset": "images"}, "folder is empty"),
        ({"pair": "vgg13-vgg8", "dataset": "digits"}, "at least"),
        ({"epochs": "0"}, "epochs is 0"),
        ({"run": "![x](http://127.0.0.1:9/a.png)"}, "Shown instead: the latest"),
        ({"method": "hints", "teacher": "torchvision-resnet18"}, "compares hidden layers"),
    ],
)
def test_what_cannot_be_is_said_in_words(page, query, sentence):
    for name, value in query.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert sentence in shown(page)


def test_every_setting_can_be_asked_for_by_a_link(page):
    asked = {
        "pair": "own", "teacher": "resnet8", "student": "cnn-8", "dataset": "digits",
        "teacher_epochs": "7", "validation": "True", "batch_size": "8", "weight_decay": "0.0003",
        "milestones": "0.5,0.9", "view_cache": "off", "engine": "plain", "train_limit": "137",
        "padding": "0", "method": "dkd", "method_parameters": "1,4", "warmup": "0.05",
        "precision": "fp32", "first_seed": "9", "teacher_seed": "3", "seeds": "32",
    }  # fmt: skip
    for name, value in asked.items():
        page.query_params[name] = value
    page.run()
    assert not page.exception
    assert not page.error
    config = FullRunConfig.parse(values(page))
    assert config == FullRunConfig.parse(asked)
    assert checks.steps(config) == {"teacher": 7 * 18, "student": 240 * 18}
    assert all(w.help for kind in ("slider", "select_slider", "number_input", "toggle")
               for w in page.get(kind))  # fmt: skip


def test_start_makes_a_folder_and_a_process_and_shows_it(page, begun):
    for name, value in SMALL.items():
        page.query_params[name] = str(value)
    page.run()
    button(page, "Start the run").click().run()
    assert not page.exception
    ((run, gpus),) = begun
    assert gpus == 1
    assert run.config() == FullRunConfig.parse(SMALL)
    assert page.query_params["run"] == run.path.name
    assert run.status().state == "new"


def test_one_run_at_a_time(page, begun):
    run = made("2026-01-02-a", "running", until=3)
    page.run()
    assert button(page, "Start the run").disabled
    assert "2026-01-02-a is at work: one run at a time" in shown(page)
    run.say("stopped")
    run.release()
    page.run()
    assert not button(page, "Start the run").disabled


def test_time_and_memory_are_measured_by_a_process(page, monkeypatch):
    answer = {
        "steps": {"teacher": 20, "student": 10, "distilled": 10},
        "seconds": {"teacher": 2.0, "student": 1.0, "distilled": 1.5},
        "step_seconds": {"teacher": 0.1, "student": 0.1, "distilled": 0.15},
        "total_seconds": 130.0, "memory_bytes": 3 * 2**30, "free_bytes": 2**33,
        "cache": {"on": False, "views": 9, "bytes": 100, "saved": 0, "reason": "it would save 0"},
        "engine": "plain",
    }  # fmt: skip
    asked = []

    class Ended:
        def poll(self):
            return 0

    def estimate(config, output):
        asked.append(config)
        output.write_text("a warning\n" + json.dumps(answer) + "\n")
        return Ended()

    monkeypatch.setattr(process, "estimate", estimate)
    page.run()
    button(page, "Estimate time and memory").click().run()
    assert asked == [FullRunConfig()]
    assert not page.exception
    assert "About 2 min in all, 3.0 GiB of 8.0 GiB" in " ".join(e.label for e in page.expander)
    assert "| Teacher | 20 | 100.0 ms | 2 s |" in shown(page)
    answer.clear()
    page.number_input(key="full-run.momentum").set_value(0.8).run()
    button(page, "Estimate time and memory").click().run()
    assert "The estimate failed" in [e.label for e in page.expander]
    assert start.told("one\nThe archive is missing. Allowed: it.\n") == {
        "problem": "The archive is missing. Allowed: it."
    }


# -- runs in their states ----------------------------------------------------------------------


def test_a_finished_run_with_its_numbers_and_files(page):
    run = made("2026-01-02-done", seeds=3)
    (run.path / "teacher.safetensors").write_bytes(b"x")
    page.session_state["full-run.tab"] = "Take it away"
    page.run()
    assert not page.exception
    said = shown(page)
    assert "Finished" in said
    assert "| Teacher | 90.00 |" in said
    assert re.search(r"\| Distilled \| 8\d\.\d\d\s\(\d\d\.\d\d\sto\s\d\d\.\d\d\) \|", said)
    assert "3 seeds. Distillation helped with this teacher." in said
    assert page.query_params["run"] == "2026-01-02-done"
    files = {b.label for b in page.get("download_button")}
    assert {"Configuration, JSON", "Events, JSON lines", "Curves, CSV", "Results, CSV",
            "Weights: teacher"} <= files  # fmt: skip
    assert "python -m kdlab full-run --pair own --dataset digits" in said
    assert {"Delete"} <= labels(page)
    assert not {"Stop", "Resume"} & labels(page)


def test_a_run_at_work_moves_and_can_be_stopped(page):
    run = made("2026-01-02-now", "running", until=3, seeds=2, epochs=4)
    log = EventLog(run, run.read()[1])
    log.take(FullPart(stage="teacher", seed=0, epoch=2, what="student", done=500, total=1297,
                      images_per_second=250.0))  # fmt: skip
    page.run()
    assert not page.exception
    (bar,) = page.get("progress")
    words = re.sub(r"\\(.)", r"\1", bar.proto.text)
    assert "Teacher, epoch 2 of 4: 500 of 1,297 images trained on, 250 a second" in words
    assert "5 %, about 57 s left" in words
    assert not run.stop_asked()
    button(page, "Stop").click().run()
    assert run.stop_asked()
    assert button(page, "Stopping").disabled
    assert "End now" not in labels(page)
    long_ago = time.time() - 60
    os.utime(run.path / "stop", (long_ago, long_ago))
    page.run()
    assert "End now" in labels(page)
    log.take(StageStarted(stage=LABELS_ONLY, seed=1, epoch=0, epochs=4, architecture="cnn-8",
                          parameters=1, engine="plain", cache={}))  # fmt: skip
    page.run()
    assert "Student, labels only, seed 1, epoch 1 of 4" in page.get("progress")[0].proto.text
    log.close()


def test_what_a_run_reads_before_its_first_epoch(page):
    run = made("2026-01-02-reads", "running", until=0)
    log = EventLog(run)
    log.take(Progress(stage="downloading cifar", done=1, total=4))
    log.close()
    page.run()
    (bar,) = page.get("progress")
    assert (bar.proto.text, bar.proto.value) == ("Downloading cifar", 25)


def test_a_stopped_run_is_resumed(page, begun):
    run = made("2026-01-02-half", "stopped", "It was stopped.", until=4)
    run.ask_to_stop()
    page.run()
    assert "Stopped" in shown(page)
    button(page, "Resume").click().run()
    assert [(folder.path, gpus) for folder, gpus in begun] == [(run.path, 1)]
    assert not page.exception


def test_a_process_that_ended_without_a_word(page):
    run = made("2026-01-02-gone", "running", until=4)
    run.release()
    page.run()
    (bar,) = page.get("progress")
    assert "Its process has ended without a word" in bar.proto.text
    assert not button(page, "Resume").disabled


def test_a_failed_run_says_why_and_shows_its_log(page):
    run = made("2026-01-02-bad", "failed", "The memory has run out. Set batch_size to 32.",
               "memory", until=4)  # fmt: skip
    (run.path / "log.txt").write_text("the last words of the process")
    page.run()
    assert "The memory has run out. Set batch_size to 32." in shown(page)
    assert "the last words of the process" in shown(page)
    assert not button(page, "Resume").disabled


def test_delete_asks_and_deletes(page):
    run = made("2026-01-02-old")
    other = made("2026-01-01-older")
    page.query_params["run"] = "2026-01-02-old"
    page.run()
    button(page, "Delete").click().run()
    assert run.exists()
    button(page, "Keep it").click().run()
    assert "Delete this run" not in labels(page)
    button(page, "Delete").click().run()
    button(page, "Delete this run").click().run()
    assert not page.exception
    assert not run.path.exists()
    assert other.exists()
    assert page.query_params["run"] == "2026-01-01-older"


def test_all_runs_in_a_table_and_one_to_choose(page):
    made("2026-01-03-new", "stopped", until=5)
    made("2026-01-02-done", seeds=3)
    broken = made("2026-01-01-broken")
    (broken.path / "config.json").write_text("{")
    page.session_state["full-run.tab"] = "All runs"
    page.run()
    assert not page.exception
    (table,) = page.dataframe
    rows = table.value.to_dict("records")
    assert [row["Run"] for row in rows] == [
        "2026-01-03-new",
        "2026-01-02-done",
        "2026-01-01-broken",
    ]
    assert [row["State"].split(":")[0] for row in rows] == ["Stopped", "Finished", "Damaged"]
    assert rows[1]["Teacher, %"] == "90.00"
    assert re.fullmatch(r"\+1\d\.\d\d \(\+.* to \+.*\)", rows[1]["Gain, points"])
    page.selectbox(key="full-run.run").set_value("2026-01-02-done").run()
    assert page.query_params["run"] == "2026-01-02-done"
    assert "Distillation helped" in shown(page)
    page.selectbox(key="full-run.run").set_value("2026-01-01-broken").run()
    assert "The configuration of this run cannot be read" in shown(page)
    assert not page.exception


@pytest.mark.parametrize(
    "content", ["nonsense\n", '{"event": "FullEpoch"}\n', '{"event": "StageDone", "a": 1}\n']
)
@pytest.mark.parametrize("tab", TABS)
def test_damaged_events_are_said_to_be_damaged(page, tab, content):
    run = made("2026-01-02-torn", until=4)
    with (run.path / "events.jsonl").open("a") as file:
        file.write(content)
    page.session_state["full-run.tab"] = tab
    page.run()
    assert "The events of this run cannot be read" in shown(page)
    assert not page.exception


@pytest.mark.parametrize("tab", TABS)
def test_numbers_that_are_none_are_no_traceback(page, tab):
    run = made("2026-01-02-odd")
    path = run.path / "events.jsonl"
    path.write_text(path.read_text().replace('"accuracy": 0.9', '"accuracy": "much"'))
    page.session_state["full-run.tab"] = tab
    page.run()
    assert not page.exception
    assert "The events of this run cannot be read" in shown(page)


@pytest.mark.parametrize("tab", TABS)
def test_every_tab_draws_a_run(page, tab):
    made("2026-01-02-done", seeds=2, validation=True)
    page.session_state["full-run.tab"] = tab
    page.run()
    assert not page.exception
    assert not page.error


def test_events_that_were_cut_for_a_resume_are_read_anew(page):
    run = made("2026-01-02-cut", "stopped", until=6)
    seen = watch.Watched(run)
    seen.refresh()
    assert len(seen.history.epochs) == 2
    config = run.config()
    log = EventLog(run, len((events(config)[0].to_json() + "\n").encode()))
    for event in events(config.model_copy(update={"epochs": 5}))[1:8]:
        log.take(event)
    log.close()
    seen.refresh()
    assert [e.epoch for e in seen.history.epochs] == [1, 2, 3, 4, 5]


# -- others can reach the server ---------------------------------------------------------------


def test_a_visitor_is_only_shown_runs(page, monkeypatch, begun):
    visitor.ask(lambda: Visitor("anna"))
    made("2026-01-02-done")
    page.query_params["teacher_file"] = "/etc/passwd"
    page.run()
    assert button(page, "Start the run").disabled
    assert button(page, "Estimate time and memory").disabled
    assert not {"Delete", "Stop", "Resume"} & labels(page)
    assert "named by a path" in shown(page)
    del page.query_params["teacher_file"]
    page.query_params["epochs"] = "3"
    page.run()
    assert "KDLAB_FULL_RUNS=1" in shown(page)
    assert "`python -m kdlab key` prints it again" in shown(page)
    with monkeypatch.context() as patch:
        patch.setattr(start.st, "session_state", {})
        start.begin(FullRunConfig())  # whatever a browser may send
    assert not begun
    assert len(list(folders.runs())) == 1
    monkeypatch.setenv("KDLAB_FULL_RUNS", "1")
    page.run()
    assert not button(page, "Start the run").disabled
    assert "Delete" in labels(page)


# -- one's own files ---------------------------------------------------------------------------


def test_an_own_teacher_is_kept_by_a_worker(page, manager):
    from safetensors.numpy import save

    for name, value in SMALL.items():
        page.query_params[name] = str(value)
    page.run()
    file = ("w.safetensors", save({}, {"architecture": "resnet8"}), "application/octet-stream")
    page.file_uploader(key="full-run.load_teacher").set_value(file).run()
    assert manager.calls[-1][0] == "keep_teacher"
    assert values(page)["teacher_file"] == "given:abc"
    assert "w.safetensors is the teacher now: resnet8 for images of 1 x 8 x 8" in shown(page)
    assert "teacher given" in shown(page)
    page.button(key="full-run.remove_teacher").click().run()
    assert values(page)["teacher_file"] == ""
    bad = ("w.safetensors", save({}, {"architecture": "![x](y)"}), "application/octet-stream")
    page.file_uploader(key="full-run.load_teacher#1").set_value(bad).run()
    assert "is not known" in shown(page)
    assert not page.exception


def test_settings_from_a_file(page):
    page.session_state["full-run.tab"] = "Take it away"
    page.run()
    wanted = FullRunConfig.parse(SMALL | {"seeds": 4})
    file = ("mine.json", wanted.to_json().encode(), "application/json")
    page.file_uploader(key="full-run.load_config").set_value(file).run()
    assert FullRunConfig.parse(values(page)) == wanted
    page.file_uploader(key="full-run.load_config#1").set_value(
        ("bad.json", b'{"dataset": "moons"}', "application/json")
    ).run()
    assert "Allowed: one of digits" in shown(page)
    assert FullRunConfig.parse(values(page)) == wanted
    large = ("large.json", wanted.to_json().encode() + b" " * 100_000, "application/json")
    page.file_uploader(key="full-run.load_config#2").set_value(large).run()
    assert f"{len(large[1]):,} bytes" in shown(page)
    assert "is no JSON" not in shown(page)
    assert not page.exception


# -- pure parts --------------------------------------------------------------------------------


def test_every_chart_is_json_and_has_the_published_lines():
    from kdlab.full_run.run.history import FullHistory

    whole, empty = FullHistory(), FullHistory()
    config = FullRunConfig(epochs=4, seeds=3)
    whole.take(events(config))
    for history in (whole, empty):
        charts = [full_charts.loss(history, part) for part in ("loss", "hard", "soft")]
        charts += [draw(history) for draw in (
            full_charts.accuracy, full_charts.speed, full_charts.learning_rate, full_charts.times,
            full_charts.answered, full_charts.memory, full_charts.utilisation,
        )]  # fmt: skip
        for chart in charts:
            json.dumps(chart, allow_nan=False)
        assert full_charts.describe(history)
    figure = full_charts.accuracy(whole, config.reference())
    names = [trace.get("name") for trace in figure["data"] if trace.get("name")]
    assert names[-3:] == ["paper teacher 72.34", "paper student 69.06",
                          "paper KD 70.66"]  # fmt: skip
    (soft,) = [t for t in full_charts.loss(whole, "soft")["data"] if t.get("name")]
    assert soft["name"] == "Distilled"
    parts = full_charts.times(whole)["data"]
    assert [round(part["x"][0]) for part in parts] == [10, 20, 60, 10]


@pytest.mark.parametrize("pair", PAIRS)
@pytest.mark.parametrize("recipe", ["kd", "dkd", "kd-ls"])
def test_every_published_experiment_can_be_asked_for(pair, recipe):
    config = FullRunConfig.parse({"pair": pair, "recipe": recipe})
    checks.check(config)  # or it raises
    assert checks.steps(config)["student"] == 240 * 782


def test_the_command_is_the_same_run():
    import argparse
    import shlex

    from kdlab.cli import full_run
    from kdlab.cli.options import read_settings

    parser = argparse.ArgumentParser()
    full_run.add(parser.add_subparsers(), "full-run", "")
    for config in start.PRESETS.values():
        line = export.command(config, "runs/a b")
        words = shlex.split(line)
        assert words[:4] == [".venv/bin/python", "-m", "kdlab", "full-run"]
        assert words[-1] == "runs/a b"
        arguments = parser.parse_args(words[3:])
        assert read_settings(arguments, FullRunConfig) == config


def test_a_run_of_other_settings_says_so_and_gives_them(page):
    run = made("2026-01-02-other", "finished")
    page.query_params["run"] = run.path.name
    page.query_params["alpha"] = "0.35"
    page.run()
    assert "other settings than those on the controls" in shown(page)
    button(page, "Use its settings").click().run()
    assert not page.exception
    page.run()
    assert "other settings than those on the controls" not in shown(page)
