"""A log or a folder that is removed while the run is at work: a sentence, and never "finished"."""

import shutil

import pytest
from small_runs import new

from kdlab.events import FullEpoch, FullFinished, FullStarted, StageDone
from kdlab.full_run.run.run import run

pytestmark = pytest.mark.attack

EVENTS = "events.jsonl"
ORDERS = {
    "start": lambda event: isinstance(event, FullStarted),
    "teacher's epoch": lambda event: isinstance(event, FullEpoch),
    "teacher": lambda event: isinstance(event, StageDone),
    "student's epoch": lambda event: isinstance(event, FullEpoch) and event.stage == "labels only",
    "distilled": lambda event: isinstance(event, StageDone) and event.stage == "distilled",
    "end": lambda event: isinstance(event, FullFinished),
}
REMOVED = {
    "log": lambda path: (path / EVENTS).unlink(),
    "log moved": lambda path: (path / EVENTS).rename(path / "other"),
    "another log": lambda path: ((path / EVENTS).unlink(), (path / EVENTS).write_text("")),
    "folder": shutil.rmtree,
    "folder moved": lambda path: path.rename(path.with_name("moved")),
    "folder emptied": lambda path: (shutil.rmtree(path), path.mkdir()),
}


@pytest.mark.parametrize("when", ORDERS)
@pytest.mark.parametrize("what", REMOVED)
def test_what_was_removed_in_flight_is_never_finished(tmp_path, when, what):
    folder = new(tmp_path / "run", train_limit=100, epochs=1)
    removed = []

    def tell(event):
        if ORDERS[when](event) and not removed:
            removed.append(event)
            REMOVED[what](folder.path)

    status = run(folder, tell)
    assert removed
    assert (status.state, status.failure) == ("failed", "folder"), status
    assert "was moved or removed while the run was working" in status.reason
    assert folder.status().state != "finished"
    if what in ("log", "log moved", "another log"):
        assert run(folder).state == "finished", "only curves are lost"
