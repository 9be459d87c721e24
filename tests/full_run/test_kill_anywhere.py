"""A run that is killed before any of its file operations, or whose disk is full from there on, ends
with the same weights and results as one left alone, once it is resumed.

One process has torch imported and forks a child for each try (``forks.py``), so that all places can
be tried. The full disk and the chains of kills take a fixed choice of places, which has operations
of every kind; KDLAB_EVERY_PLACE=1 takes all of them for the full disk, too, and more chains.
"""

import os
import random
import signal
from dataclasses import dataclass
from pathlib import Path

import pytest
from children import Child
from small_runs import new, results

from kdlab.full_run.run.folder import RunFolder
from kdlab.full_run.run.status import FAILURES

pytestmark = [
    pytest.mark.attack,
    pytest.mark.slow,
    pytest.mark.skipif(
        not hasattr(os, "fork") or not Path("/proc/self/fd").exists(),
        reason="forks, and asks Linux which file a number stands for",
    ),
]
EVERY = bool(os.environ.get("KDLAB_EVERY_PLACE"))
SETTINGS = {"train_limit": 60, "batch_size": 30, "epochs": 2}
KINDS = {"open", "write", "flush", "fsync", "replace", "unlink", "mkdir", "truncate", "os.write"}


@dataclass
class Tried:
    """A run and the home beside it, as children work on them."""

    folder: RunFolder
    server: Child

    @property
    def home(self):
        return self.folder.path.with_name("home")

    def works(self, at=0, how="kill"):
        """What a process came to that was disturbed at operation ``at``, 0 for none."""
        root = str(self.folder.path.parent)
        self.server.say(run=str(self.folder.path), home=str(self.home), root=root, at=at, how=how)
        told = self.server.hear()
        assert "traceback" not in told, told["traceback"]
        return told

    def ends_as(self, whole):
        """It is resumed to its end, that of the run left alone, and leaves nothing else."""
        told = self.works()
        assert told.get("state") == "finished", told
        assert results(self.folder) == results(whole.folder)
        assert self.weights() == whole.weights()
        left = [p for root in (self.folder.path, self.home) for p in root.rglob(".*")]
        assert not left, "files written aside"
        assert not list(self.folder.path.glob("*damaged*")), "nothing was damaged"

    def weights(self):
        return {path.name: path.read_bytes() for path in self.folder.weights()}


@pytest.fixture(scope="module")
def server():
    child = Child("forks.py", OMP_NUM_THREADS="1", KDLAB_DEVICE="cpu")
    yield child
    child.end()


@pytest.fixture(scope="module")
def attempt(server, tmp_path_factory):
    """Makes a run that has not begun, in a folder and beside a home of its own."""
    return lambda: Tried(new(tmp_path_factory.mktemp("try") / "run", **SETTINGS), server)


@pytest.fixture(scope="module")
def whole(attempt):
    """(a run left alone, its operations in order)."""
    tried = attempt()
    told = tried.works()
    assert told["state"] == "finished"
    assert set(told["operations"]) >= KINDS, "every kind comes by"
    return tried, told["operations"]


def chosen(operations):
    """Places, from 1 on: the first of every kind, and every seventh."""
    first = {operations.index(kind) + 1 for kind in set(operations)}
    every = range(1, len(operations) + 1, 1 if EVERY else 7)
    return sorted(first | set(every))


def test_killed_before_any_file_operation_it_ends_as_if_nothing_had_been(attempt, whole):
    alone, operations = whole
    for at in range(1, len(operations) + 1):
        tried = attempt()
        assert tried.works(at) == {"killed": signal.SIGKILL}, (at, operations[at - 1])
        assert tried.folder.status().state in ("new", "interrupted", "finished"), at
        tried.ends_as(alone)


def test_killed_again_and_again(attempt, whole):
    alone, operations = whole
    rng = random.Random(0)
    for _ in range(20 if EVERY else 5):
        tried = attempt()
        for _ in range(4):
            told = tried.works(rng.randint(1, len(operations) // 2))
            assert told.get("killed") == signal.SIGKILL or told["state"] == "finished"
        tried.ends_as(alone)


def test_a_disk_that_is_full_is_told_and_once_there_is_space_it_goes_on(attempt, whole):
    alone, operations = whole
    ended = set()
    for at in chosen(operations):
        tried = attempt()
        told = tried.works(at, "full")
        if "refused" in told:  # before it was the run's
            assert "No space left" in told["refused"]
            assert "free some space" in told["refused"]
        elif told["state"] != "finished":
            assert (told["state"], told["failure"]) == ("failed", "disk"), (at, told)
            assert "No space left" in told["reason"]
            said = tried.folder.status()
            assert (said.state, said.failure, said.reason) == ("failed", "disk", told["reason"])
            assert said.failure in FAILURES
        ended.add(told.get("state", "refused"))
        tried.ends_as(alone)
    assert {"failed", "refused"} <= ended
