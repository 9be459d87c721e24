"""Full runs on an archive of images, through the command line."""

import json

import pytest
from archives_made import write_zip

from kdlab.events import FullStarted
from kdlab.full_run.run.folder import RunFolder
from tests.conftest import SHARED_DATA

ARCHIVE = SHARED_DATA / "cifar10-jpg.zip"
PAIR = ["--pair", "own", "--teacher", "resnet8", "--student", "cnn-4", "--epochs", "2"]


def told(kdlab, tmp_path, archive, *more):
    """The object that the command prints at the end."""
    out = tmp_path / "run"
    code, printed, err = kdlab(
        "full-run", *PAIR, "--dataset", "images", "--data", archive, "--out", out, "--json", *more
    )
    assert code == 0, err
    found = json.loads(printed)
    assert found["state"] == "finished"
    assert RunFolder(out).status().state == "finished"
    assert found["config"] == RunFolder(out).config().model_dump(mode="json")
    assert found["config"]["folder"] == str(archive)
    assert found["device"]["kind"] == "cpu"
    assert [group["name"] for group in found["groups"]] == ["labels only", "distilled"]
    seeds = found["config"]["seeds"]
    for group in found["groups"]:
        assert len(group["accuracy"]) == seeds
        assert all(0 <= value <= 1 for value in group["accuracy"])
    assert found["published"] == {}
    assert found["gain"]["seeds"] == seeds
    for what in ("images_per_second", "seconds"):
        assert {"teacher", "student", "distilled"} <= set(found[what])
        assert all(value > 0 for value in found[what].values())
    return found


def first_of(folder):
    """The event with which the run begins, once its data are read."""
    return next(event for event in RunFolder(folder).read()[0] if isinstance(event, FullStarted))


@pytest.mark.slow
@pytest.mark.skipif(not ARCHIVE.is_file(), reason="no shared/data beside the checkout")
def test_a_full_run_on_the_jpegs_of_cifar_10(kdlab, tmp_path):
    found = told(kdlab, tmp_path, ARCHIVE, "--limit", "300")
    assert found["config"]["train_limit"] == 300
    assert "Read 10 classes" in found["data"]["lines"][0]
    started = first_of(tmp_path / "run")
    assert (started.train_size, started.input_shape) == (300, (3, 32, 32))
    assert "frog" in started.classes
    assert len(started.classes) == 10
    assert 0.05 < found["teacher"]["accuracy"] < 0.6


def test_a_full_run_on_a_small_archive(kdlab, tmp_path):
    archive = tmp_path / "photos.zip"
    write_zip(archive, side=16, each=30)
    found = told(
        kdlab, tmp_path, archive, "--image-size", "16", "--batch-size", "8", "--seeds", "2",
        "--learning-rate", "0.01", "--teacher-learning-rate", "0.01",
    )  # fmt: skip
    assert len(found["gain"]["ci95"]) == 2
    started = first_of(tmp_path / "run")
    assert found["data"]["splits"]["test"] == {"images": 12, "origin": "taken from train"}
    assert started.classes == ("cat", "dog")
    # of 30 a class a fifth is for testing; those that would be validated on are trained on
    assert (started.train_size, started.test_size) == (48, 12)


def test_going_on_with_other_settings_is_refused(kdlab, tmp_path):
    archive = tmp_path / "photos.zip"
    write_zip(archive, side=8, each=12)
    small = ("--image-size", "8", "--batch-size", "8")
    told(kdlab, tmp_path, archive, *small)
    out = tmp_path / "run"
    code, printed, err = kdlab("full-run", "--out", out, "--resume", "--alpha", "0.1")
    assert (code, printed) == (2, "")
    assert "alpha is 0.1 with --resume" in err
    code, printed, err = kdlab("full-run", *PAIR, "--out", out)
    assert (code, printed) == (2, "")
    assert "already holds a run" in err
    code, printed, _ = kdlab("full-run", "--out", out, "--resume", "--json", "--epochs", "2")
    assert code == 0
    assert json.loads(printed)["config"]["batch_size"] == 8


def test_a_run_that_fails_says_why(kdlab, tmp_path):
    (tmp_path / "photos.zip").write_bytes(b"PK")
    code, printed, err = kdlab(
        "full-run", *PAIR, "--dataset", "images", "--data", tmp_path / "photos.zip", "--out",
        tmp_path / "run",
    )  # fmt: skip
    assert (code, printed) == (1, "")
    assert "photos.zip" in err
    code, printed, err = kdlab("full-run", "--pair", "own")
    assert (code, printed) == (2, "")
    assert "--out" in err


def test_there_must_be_a_run_to_resume(kdlab, tmp_path):
    code, printed, err = kdlab("full-run", "--out", tmp_path / "nothing", "--resume")
    assert (code, printed) == (2, "")
    assert "there is no run in" in err
    assert not (tmp_path / "nothing").exists()


def test_a_path_of_images_says_which_data_set_is_meant_and_a_failure_is_json_too(kdlab, tmp_path):
    (tmp_path / "photos.zip").write_bytes(b"PK")
    code, printed, _ = kdlab(
        "full-run", "--data", tmp_path / "photos.zip", "--out", tmp_path / "run", "--json"
    )
    told = json.loads(printed)
    assert (code, told["state"], told["failure"]) == (1, "failed", "data")
    assert told["config"]["dataset"] == "images"
