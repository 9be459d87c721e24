"""Full runs from end to end, in this process."""

import math
import shutil

import pytest
import safetensors.torch
import torch
from archives_made import write_folder
from small_runs import CPU, assert_same_run, config, new, plain, ran, result, results, tensors

from kdlab import models
from kdlab.events import FullEpoch, FullFinished, FullStarted, Progress, StageDone, StageStarted
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine import images
from kdlab.full_run.engine.images import Standard
from kdlab.full_run.engine.stage import logits_of
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.run import run
from kdlab.full_run.run.summary import finished
from kdlab.models.weights import dump_weights, load_weights


def kinds(events):
    return [type(event).__name__ for event in events]


@pytest.fixture
def home(monkeypatch, tmp_path):
    """Another home each time: teachers of other runs are not known there."""

    def move(name):
        monkeypatch.setenv("KDLAB_HOME", str(tmp_path / f"home-{name}"))

    move("first")
    return move


def data_of(asked):
    events = images.load(asked)
    while True:
        try:
            next(events)
        except StopIteration as end:
            return end.value


def test_a_run_tells_all_that_happens_and_leaves_its_networks(tmp_path):
    heard = []
    folder = new(tmp_path / "run", seeds=2)
    status = run(folder, heard.append)
    assert (status.state, folder.status().state, status.alive) == ("finished", "finished", False)
    told, _ = folder.read()
    stage = ["StageStarted", "FullEpoch", "FullEpoch", "StageDone"]
    assert kinds(told) == ["FullStarted", *stage * 5, "FullFinished"]
    # json has lists where a dict of a record holds tuples
    lasting = [event for event in heard if kinds([event])[0] in set(kinds(told))]
    assert [event.to_json() for event in lasting] == [event.to_json() for event in told]

    started = told[0]
    assert isinstance(started, FullStarted)
    asked = folder.config()
    stages = (("teacher", 0), *((n, s) for s in (0, 1) for n in ("labels only", "distilled")))
    assert started.stages == stages
    assert (started.train_size, started.test_size, started.judged_on) == (300, 500, "test")
    assert (started.epochs, started.steps_per_epoch) == (2, 6)
    assert started.fingerprint == asked.fingerprint()
    assert started.device["kind"] == "cpu"
    assert started.published == {}
    assert [(e.stage, e.seed) for e in told if isinstance(e, StageDone)] == list(stages)
    for begun in (event for event in told if isinstance(event, StageStarted)):
        name = "cnn-8" if begun.stage == "teacher" else "cnn-4"
        assert begun.architecture == name
        assert begun.parameters == models.parameters(name, (1, 8, 8), 10)
        assert begun.engine == "plain, fp32"
        assert (begun.epoch, begun.epochs) == (0, 2)

    data = data_of(asked)
    facts = results(folder)
    for path in folder.weights():
        name, shape, classes, state = load_weights(path)
        assert (shape, classes) == ((1, 8, 8), 10)
        module = models.build(name, shape, classes, 0)
        module.load_state_dict(state)
        logits = logits_of(module, data.test, Standard(data, CPU), plain())
        right = float((logits.argmax(1) == data.test.targets).double().mean())
        kind, _, seed = path.stem.replace("labels-only", "labels only").partition("-seed")
        assert facts[kind, int(seed or 0)]["accuracy"] == pytest.approx(right)
    assert len(folder.weights()) == 5


def test_groups_gain_and_speeds_are_those_of_the_stages(tmp_path):
    folder = ran(tmp_path / "run", seeds=2, epochs=3)
    end = result(folder)
    assert isinstance(end, FullFinished)
    done = [event for event in folder.read()[0] if isinstance(event, StageDone)]
    of = {name: [e for e in done if e.stage == name] for name in ("labels only", "distilled")}
    assert [group["name"] for group in end.groups] == list(of)
    for group in end.groups:
        for fact in ("accuracy", "fidelity", "ece", "best"):
            assert group[fact] == [getattr(e, fact) for e in of[group["name"]]]
    pairs = zip(of["labels only"], of["distilled"], strict=True)
    assert end.gain["mean"] == pytest.approx(sum(d.accuracy - b.accuracy for b, d in pairs) / 2)
    assert end.gain["seeds"] == 2
    low, high = end.gain["ci95"]
    assert low < end.gain["mean"] < high
    assert end.teacher_accuracy == done[0].accuracy > 0.3
    assert set(end.images_per_second) == {"teacher", "student", "distilled"}
    assert all(rate > 0 for rate in end.images_per_second.values())
    assert end.seconds["total"] == pytest.approx(sum(e.seconds for e in done))


def test_the_last_epoch_is_the_result_and_the_best_has_its_name(tmp_path):
    folder = ran(tmp_path / "run", epochs=4, learning_rate=0.2, milestones=())
    told, _ = folder.read()
    for done in (event for event in told if isinstance(event, StageDone)):
        curve = [
            e.accuracy
            for e in told
            if isinstance(e, FullEpoch) and (e.stage, e.seed) == (done.stage, done.seed)
        ]
        assert done.accuracy == curve[-1]
        assert done.best == max(curve)
        assert done.best_epoch == 1 + curve.index(max(curve))
        assert 0 <= done.ece <= 1
        assert done.fidelity == 1.0 if done.stage == "teacher" else 0 < done.fidelity < 1


def test_a_summary_takes_last_epochs_and_leaves_out_a_teacher_that_was_there():
    def done(stage, seed, accuracy, reused=False):
        return StageDone(
            stage=stage, seed=seed, accuracy=accuracy, best=accuracy + 0.05, best_epoch=1,
            fidelity=0.5, ece=0.1, seconds=3.0 + seed, images_per_second=100.0 + seed,
            reused=reused,
        )  # fmt: skip

    end = finished(
        [
            done("teacher", 0, 0.9, reused=True),
            done("labels only", 0, 0.6),
            done("distilled", 0, 0.7),
            done("labels only", 1, 0.62),
            done("distilled", 1, 0.66),
        ],
        test_size=100,
    )
    assert end.teacher_accuracy == 0.9
    assert [group["accuracy"] for group in end.groups] == [[0.6, 0.62], [0.7, 0.66]]
    assert end.groups[0]["best"] == pytest.approx([0.65, 0.67])
    assert end.gain["mean"] == pytest.approx(0.07)
    assert end.images_per_second == {"teacher": 0.0, "student": 100.5, "distilled": 100.5}
    assert end.seconds == {"teacher": 0.0, "student": 3.5, "distilled": 3.5, "total": 17.0}


def test_an_epoch_tells_where_its_time_went(tmp_path):
    folder = ran(tmp_path / "run")
    for epoch in (event for event in folder.read()[0] if isinstance(event, FullEpoch)):
        assert set(epoch.shares) == {"data", "teacher", "student", "evaluation"}
        assert sum(epoch.shares.values()) == pytest.approx(1)
        assert all(share >= 0 for share in epoch.shares.values())
        assert (epoch.shares["teacher"] > 0.01) is (epoch.stage == "distilled")
        assert epoch.images_per_second > 300 / epoch.seconds
        assert epoch.memory_bytes > 0
        assert epoch.utilisation == -1


def test_the_history_of_a_run(tmp_path):
    folder = ran(tmp_path / "run", seeds=2)
    told, _ = folder.read()
    history = FullHistory()
    assert (history.now, history.share_done, history.seconds_left) == (None, 0.0, None)
    shares = []
    for event in told:
        history.take([event])
        shares.append(history.share_done)
        assert history.seconds_left is None or history.seconds_left >= 0
    assert shares == sorted(shares)
    assert shares[-2:] == [1.0, 1.0]
    assert history.seconds_left == 0
    assert history.now is None
    assert history.finished == told[-1]
    curve = history.curve("distilled", "accuracy")
    assert (curve.epochs.tolist(), curve.count.tolist()) == ([1, 2], [2, 2])
    assert history.accuracies()["distilled"] == history.finished.groups[1]["accuracy"]
    assert [len(history.rows()), len(history.accuracies()["teacher"])] == [10, 1]
    assert not any(math.isnan(low) for low in curve.low)


# -- the teacher ------------------------------------------------------------------------------


def test_a_teacher_is_trained_once_for_all_runs_that_ask_for_it(tmp_path):
    first = ran(tmp_path / "first")
    second = ran(tmp_path / "second", method="dkd", method_parameters=(), alpha=0.4, first_seed=3)
    assert not results(first)["teacher", 0]["reused"]
    assert results(second)["teacher", 0]["reused"]
    files = [tensors(folder)["teacher.safetensors"] for folder in (first, second)]
    assert all(torch.equal(files[0][name], files[1][name]) for name in files[0])
    assert results(first)["teacher", 0]["accuracy"] == results(second)["teacher", 0]["accuracy"]
    told, _ = second.read()
    assert kinds(told)[:3] == ["FullStarted", "StageDone", "StageStarted"]
    assert not any(e.stage == "teacher" for e in told if isinstance(e, FullEpoch))
    history = FullHistory()
    history.take(told[:-1])
    assert history.share_done == 1.0
    assert result(second).images_per_second["teacher"] == 0
    other = ran(tmp_path / "other", teacher_seed=1)
    assert not results(other)["teacher", 1]["reused"]


def test_a_teacher_that_was_damaged_is_trained_again(tmp_path, home):
    first = ran(tmp_path / "first")
    (kept,) = (tmp_path / "home-first" / "full-teachers").glob("*/weights.safetensors")
    kept.write_bytes(kept.read_bytes()[:500])
    second = ran(tmp_path / "second")
    assert not results(second)["teacher", 0]["reused"]
    assert_same_run(first, second)
    assert results(ran(tmp_path / "third"))["teacher", 0]["reused"]


def test_a_teacher_of_a_folder_that_may_change_is_trained_each_time(tmp_path):
    photos = write_folder(tmp_path / "photos", sides=8, each=12)
    asked = {
        "dataset": "images", "folder": photos, "image_size": 8, "train_limit": "all",
        "batch_size": 8, "epochs": 1,
    }  # fmt: skip
    for name in ("first", "second"):
        folder = ran(tmp_path / name, **asked)
        assert not results(folder)["teacher", 0]["reused"]


def test_ones_own_teacher_is_taken_from_its_file(tmp_path):
    module = models.build("resnet8", (1, 8, 8), 10, 5)
    own = tmp_path / "own.safetensors"
    own.write_bytes(dump_weights(module, "resnet8", (1, 8, 8), 10))
    folder = ran(tmp_path / "run", teacher="resnet8", teacher_file=str(own))
    assert results(folder)["teacher", 0]["reused"]
    for name, tensor in tensors(folder)["teacher.safetensors"].items():
        assert torch.equal(tensor, module.state_dict()[name]), name
    data = data_of(folder.config())
    logits = logits_of(module, data.test, Standard(data, CPU), plain())
    right = float((logits.argmax(1) == data.test.targets).double().mean())
    assert result(folder).teacher_accuracy == pytest.approx(right)
    # it is nobody else's
    again = ran(tmp_path / "again", teacher="resnet8", epochs=1)
    assert not results(again)["teacher", 0]["reused"]


# -- seeds, data, methods ---------------------------------------------------------------------


def test_seeds_differ_and_each_is_what_it_is_alone(tmp_path):
    both = ran(tmp_path / "both", seeds=2, first_seed=4)
    alone = ran(tmp_path / "alone", seeds=1, first_seed=5)
    pair, one = tensors(both), tensors(alone)
    for kind in ("labels-only", "distilled"):
        first, second = (pair[f"{kind}-seed{seed}.safetensors"] for seed in (4, 5))
        assert not any(torch.equal(first[name], second[name]) for name in first)
        for name, tensor in one[f"{kind}-seed5.safetensors"].items():
            assert torch.equal(tensor, second[name])
    assert result(alone).gain["ci95"] is None


def test_images_that_are_held_back_are_those_of_the_curves(tmp_path):
    folder = ran(tmp_path / "run", validation=True, train_limit=250)
    told, _ = folder.read()
    assert told[0].judged_on == "validation"
    assert (told[0].train_size, told[0].test_size) == (250, 500)
    data = data_of(folder.config())
    assert len(data.judged.targets) == 200
    last = [e for e in told if isinstance(e, FullEpoch) and e.stage == "distilled"][-1]
    (path,) = [p for p in folder.weights() if p.stem == "distilled-seed0"]
    module = models.build("cnn-4", (1, 8, 8), 10, 0)
    module.load_state_dict(safetensors.torch.load_file(path))
    for part, expected in (
        (data.judged, last.accuracy),
        (data.test, results(folder)["distilled", 0]["accuracy"]),
    ):
        logits = logits_of(module, part, Standard(data, CPU), plain())
        assert float((logits.argmax(1) == part.targets).double().mean()) == pytest.approx(expected)


@pytest.mark.parametrize("method", ["labels-only", "hints", "relational", "dist"])
def test_methods_of_every_kind_run_to_their_end(tmp_path, method):
    folder = new(
        tmp_path / "run", method=method, method_parameters=(), learning_rate=0.001, epochs=1
    )
    assert run(folder).state == "finished"
    (last,) = [e for e in folder.read()[0] if isinstance(e, FullEpoch) and e.stage == "distilled"]
    assert math.isfinite(last.loss)
    assert (last.soft > 0) is (method != "labels-only")


# -- stopping and going on --------------------------------------------------------------------


def stops(folder, when):
    """Runs until ``when(event)`` holds, which asks for the stop."""

    def tell(event):
        if when(event):
            folder.ask_to_stop()

    return run(folder, tell)


def epoch(stage, number):
    return lambda event: (
        isinstance(event, FullEpoch) and (event.stage, event.epoch) == (stage, number)
    )


def ends(stage):
    return lambda event: isinstance(event, StageDone) and event.stage == stage


def begins(stage):
    return lambda event: isinstance(event, StageStarted) and event.stage == stage


@pytest.mark.parametrize(
    ("when", "left"),
    [
        (lambda event: isinstance(event, FullStarted), 0),
        (epoch("teacher", 1), 1),
        (epoch("teacher", 2), 2),
        (ends("teacher"), 2),
        (begins("labels only"), 2),
        (epoch("labels only", 2), 4),
        (ends("labels only"), 4),
        (epoch("distilled", 1), 5),
        (ends("distilled"), 6),
    ],
    ids=["start", "t1", "t2", "t done", "l begins", "l2", "l done", "d1", "d done"],
)
def test_a_run_that_was_stopped_goes_on_as_if_nothing_had_been(tmp_path, home, when, left):
    """``left``: epochs that the checkpoint has."""
    settings = {"teacher": "resnet8", "train_limit": 120, "view_cache": "on"}
    whole = ran(tmp_path / "whole", **settings)
    home("second")
    folder = new(tmp_path / "run", **settings)
    status = stops(folder, when)
    assert (status.state, folder.status().state) == ("stopped", "stopped")
    assert "Resume" in status.reason
    assert folder.status().resumable
    heard = []
    assert run(folder, heard.append).state == "finished"
    assert sum(isinstance(event, FullEpoch) for event in heard) == 6 - left
    assert_same_run(whole, folder)
    told, _ = folder.read()
    assert [(e.stage, e.epoch) for e in told if isinstance(e, FullEpoch)] == [
        (stage, n) for stage in ("teacher", "labels only", "distilled") for n in (1, 2)
    ]
    losses = [
        [(e.loss, e.accuracy) for e in folder.read()[0] if isinstance(e, FullEpoch)]
        for folder in (whole, folder)
    ]
    assert losses[0] == losses[1]
    assert kinds(told).count("FullStarted") == 1
    history = FullHistory()
    history.take(told[:-1])
    assert history.share_done == 1.0


def test_a_run_that_is_finished_is_left_alone(tmp_path):
    folder = ran(tmp_path / "run")
    before = {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir()}
    heard = []
    assert run(folder, heard.append).state == "finished"
    assert heard == []
    assert {path.name: path.stat().st_mtime_ns for path in folder.path.iterdir()} == before


def test_a_run_can_be_moved_to_another_place_between(tmp_path, home):
    whole = ran(tmp_path / "whole")
    home("second")
    folder = new(tmp_path / "run")
    stops(folder, epoch("labels only", 1))
    shutil.move(folder.path, tmp_path / "moved")
    moved = type(folder)(tmp_path / "moved")
    home("third")
    assert run(moved).state == "finished"
    assert_same_run(whole, moved)


def test_a_stop_is_obeyed_within_an_epoch(tmp_path, monkeypatch):
    from kdlab.full_run.engine import train

    monkeypatch.setattr(train, "TICK_SECONDS", 0.0)
    folder = new(tmp_path / "run", batch_size=8)
    parts = []

    def tell(event):
        if not isinstance(event, Progress | FullStarted | StageStarted):
            parts.append(event)
            folder.ask_to_stop()

    assert run(folder, tell).state == "stopped"
    assert kinds(parts) == ["FullPart"]
    part = parts[0]
    assert (part.stage, part.epoch, part.what, part.total) == ("teacher", 1, "student", 300)
    assert 0 < part.done < part.total
    assert folder.now() == part
    assert config().epochs == 2


def test_the_control_method_is_the_labels_only_student_once_more(tmp_path):
    folder = ran(tmp_path / "run", method="labels-only")
    one, two = (
        safetensors.torch.load_file(folder.path / f"{name}-seed0.safetensors")
        for name in ("labels-only", "distilled")
    )
    assert all(torch.equal(one[name], two[name]) for name in one)


def test_a_driver_that_says_nothing_leaves_the_utilisation_unknown(tmp_path, monkeypatch):
    program = tmp_path / "nvidia-smi"
    program.write_text("#!/bin/sh\nexit 0\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", str(tmp_path))
    use = devices.Utilisation(torch.device("cpu"))
    use._on = True
    use.look()
    use._process.wait()
    use.look()
    assert use.last == -1
