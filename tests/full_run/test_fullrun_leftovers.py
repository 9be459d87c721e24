"""What killed processes have left half done is swept by whoever owns the folder next."""

import pytest
from small_runs import new, ran

from kdlab.full_run.run import folder as folders
from kdlab.full_run.run import process
from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.run import run

pytestmark = pytest.mark.attack

LEFT = [
    ".checkpoint.safetensors-a1b2c3d4", ".config.json-zzzzzzz_", ".status.json-00000000",
    ".data.json-abcdefgh", ".launched.json-abcdefgh", ".teacher.safetensors-abcdefgh",
    ".labels-only-seed12.safetensors-abcdefgh", ".distilled-seed0.safetensors-abcdefgh",
    ".now.json",
]  # fmt: skip
OTHERS = [
    ".checkpoint.safetensors", "checkpoint.safetensors-abcdefgh", ".notes-abcdefgh",
    ".config.json-abc", ".config.json-ABCDEFGH", ".config.json-abcdefgh.txt", "my.txt",
]  # fmt: skip


def test_only_files_of_the_lab_are_swept_and_only_by_their_owner(tmp_path):
    folder = new(tmp_path / "run")
    for name in LEFT + OTHERS:
        (folder.path / name).write_text("left")
    (folder.path / ".status.json-folder00").mkdir()
    folder.owned.take()
    RunFolder(folder.path).status()
    assert {path.name for path in folder.path.iterdir()} >= {*LEFT, *OTHERS}
    folder.release()
    assert run(folder).state == "finished"
    there = {path.name for path in folder.path.iterdir()}
    assert not there & set(LEFT)
    assert there >= {*OTHERS, ".status.json-folder00"}


def test_a_kept_teachers_leftovers_are_swept_when_it_is_kept_again(tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    ran(tmp_path / "first")
    (weights,) = (tmp_path / "home").glob("full-teachers/*/weights.safetensors")
    weights.unlink()
    for name in (".weights.safetensors-abcdefgh", ".digest-abcdefgh", ".config.json-abcdefgh"):
        weights.with_name(name).write_text("left")
    ran(tmp_path / "second")
    names = {path.name for path in weights.parent.iterdir()}
    assert names == {"config.json", "digest", "weights.safetensors", "keeping"}


@pytest.fixture
def half_deleted(monkeypatch, tmp_path):
    """A home with a run of which a killed deletion has left something."""
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    left = folders.home() / ".deleted-old"
    left.mkdir(parents=True)
    (left / "checkpoint.safetensors").write_text("left")
    return left


def test_a_deletion_that_was_killed_is_finished_by_the_next_one(half_deleted):
    new(folders.home() / "another").delete()
    assert not half_deleted.exists()
    assert not list(folders.home().iterdir())


def test_or_by_the_next_start(half_deleted, monkeypatch):
    class Nobody:
        pid = 1

        def poll(self):
            return 0

    monkeypatch.setattr(process, "_detached", lambda command, log: Nobody())
    process.start(new(folders.home() / "run"))
    assert not half_deleted.exists()


def test_a_run_of_the_same_name_can_be_deleted_anywhere(tmp_path):
    (tmp_path / ".deleted-run").mkdir()
    (tmp_path / ".deleted-run" / "events.jsonl").write_text("left")
    (tmp_path / ".deleted-another").mkdir()
    new(tmp_path / "run").delete()
    assert [path.name for path in tmp_path.iterdir()] == [".deleted-another"], "no home of the lab"
