"""What the page of full runs asks for before the start, and of whom."""

from __future__ import annotations

import json
import threading
from types import SimpleNamespace

import pytest
from fullruns import (
    DEVICE,
    SMALL,
    button,
    labels,
    made,
    select,
    shown,
    values,
)

from kdlab.errors import JobError
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import folder as folders
from kdlab.full_run.run import process
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from pages.ui.full_run import checks, machine, rough, start, tabs
from pages.ui.shell import prose


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
    assert "Not a published experiment" in prose.tries("full-run")[0].task
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
    assert "Working out how long" in shown(page), "no page waits for it"
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
    assert "no paper reports" in shown(page)  # in the first tab, which is open
    page.selectbox(key="full-run.teacher:source").set_value("imagenet").run()
    assert values(page)["teacher"].startswith("torchvision-")
    assert not page.exception
    select(page, "Published pair").set_value("resnet56-resnet20").run()
    assert (values(page)["teacher"], values(page)["student"]) == ("resnet56", "resnet20")
    assert values(page)["pair"] == "resnet56-resnet20"


@pytest.mark.parametrize(
    ("query", "sentence"),
    [
        ({"dataset": "moons"}, "“Data set” is 'moons'"),
        ({"pair": "none", "recipe": "hope"}, "“Published pair” is 'none'"),
        ({"teacher": "resnet9999"}, "resnet9999"),
        ({"student": "torchvision-resnet18"}, "torchvision-resnet18"),
        ({"dataset": "images"}, "Bring your images"),
        ({"pair": "vgg13-vgg8", "dataset": "digits"}, "at least"),
        ({"epochs": "0"}, "“Epochs” is 0"),
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
    assert "2026-01-02-a is running: one run at a time" in shown(page)
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
        "engine": "plain", "ready_seconds": 11.2,
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
    said = "About 2 min of training, after 11 s of getting ready; 3.0 GiB of 8.0 GiB"
    assert said in " ".join(e.label for e in page.expander)
    assert "| Teacher | 20 | 100.0 ms | 2 s |" in shown(page)
    answer.clear()
    page.number_input(key="full-run.momentum").set_value(0.8).run()
    button(page, "Estimate time and memory").click().run()
    assert "The estimate failed" in [e.label for e in page.expander]
    assert start.told("one\nThe archive is missing. Allowed: it.\n") == {
        "problem": "The archive is missing. Allowed: it."
    }


def test_an_estimate_can_be_ended(page, monkeypatch):
    class Going:
        ended = False

        def poll(self):
            return -9 if self.ended else None

        def kill(self):
            self.ended = True

        def wait(self):
            return -9

    going = Going()

    def estimate(config, output):
        output.write_text("")
        return going

    monkeypatch.setattr(process, "estimate", estimate)
    page.run()
    button(page, "Estimate time and memory").click().run()
    button(page, "Stop the estimate").click().run()
    assert going.ended
    assert not page.exception
    assert not button(page, "Estimate time and memory").disabled
    assert not [e.label for e in page.expander if "estimate failed" in e.label]


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


def test_a_run_of_other_settings_says_so_and_gives_them(page):
    run = made("2026-01-02-other", "finished")
    page.query_params["run"] = run.path.name
    page.query_params["alpha"] = "0.35"
    page.run()
    assert "**other settings** than those on the controls" in shown(page)
    button(page, "Use its settings").click().run()
    assert not page.exception
    page.run()
    assert "**other settings** than those on the controls" not in shown(page)
