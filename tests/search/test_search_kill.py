"""A search that is killed anywhere and begun again finds what one that was left alone finds.

Each search runs in a forked child, which kills itself with SIGKILL before its k-th change of a
file: the opening of one to be written, a rename, a link, a removal. What comes after such a kill is
what lay on the disk, and nothing else.
"""

from __future__ import annotations

import itertools
import os
import shutil
import signal
import sys
import traceback
import warnings
from pathlib import Path

import pytest
from quick_search import QUICK

from kdlab.events import SearchFinished, TrialsDone, from_json
from kdlab.experiments.search import journal, run
from kdlab.storage.store import Store

pytestmark = [
    pytest.mark.attack,
    pytest.mark.skipif(
        not sys.platform.startswith("linux"), reason="forks a process in which torch has worked"
    ),
]

TRIALS = 18
"""Four groups and the beginning of a fifth one, which is given up after the first epoch."""
EVERY = 25
"""One in so many of the changes, for each test; odd, as a line of the journal takes four."""
CHAINS = ((7, 150, 60, 200, 37, 170, 97), (40, 130), (250,), (110, 3, 190, 20))
"""Before which change each one is killed, in turn. A group takes about a hundred of them: some of
each chain get further than that."""
MOST_KILLS = 200
STUCK_SECONDS = 600
"""A child that is still there after so long waits for a thread that was not forked with it."""
CHANGES = {"os.rename", "os.remove", "os.link", "os.mkdir", "os.truncate"}
WRITES = os.O_WRONLY | os.O_RDWR | os.O_CREAT


def child(work):
    """Do ``work`` in a fork of this process; how it ended, as :func:`os.waitpid` says it."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", DeprecationWarning)  # of forks where there are threads
        pid = os.fork()
    if pid == 0:
        code = 1
        try:
            signal.alarm(STUCK_SECONDS)  # it ends by that, and the test fails
            warnings.simplefilter("ignore")
            work()
            code = 0
        except BaseException:
            traceback.print_exc()
        finally:
            os._exit(code)
    return os.waitpid(pid, 0)[1]


def changes(folder, act):
    """Call ``act(count)`` before each change of a file in ``folder``. It lasts as long as the
    process."""
    count = 0

    def hook(event, arguments):
        nonlocal count
        writes = event == "open" and isinstance(arguments[2], int) and arguments[2] & WRITES
        if (writes or event in CHANGES) and str(arguments[0]).startswith(str(folder)):
            count += 1
            act(count)

    sys.addaudithook(hook)


def searched(config, home, kill=0):
    """Search in a child that kills itself before its ``kill``-th change; whether it was killed."""

    def act(count):
        if count == kill:
            os.kill(os.getpid(), signal.SIGKILL)

    def work():
        changes(home, act)
        for _ in run(config, Store(home, bundled=None)):
            pass

    how = child(work)
    killed = os.WIFSIGNALED(how) and os.WTERMSIG(how) == signal.SIGKILL
    assert killed or how == 0
    return killed


def found(home):
    """The trials of the search in ``home``, and what was made of them, as it was kept."""
    (path,) = Path(home).glob("searches/*/result-*.jsonl")
    events = [from_json(line) for line in path.read_text().splitlines()]
    (done,) = [e for e in events if isinstance(e, TrialsDone)]
    finished = events[-1]
    assert isinstance(finished, SearchFinished)
    return done.trials, finished.best, finished.front, finished.importance, finished.test


@pytest.fixture(scope="module")
def alone(tmp_path_factory):
    """A search that was left alone: its configuration, its home, and how many changes it made. The
    teacher, the judged run and the times of the candidates are there from the start."""
    with pytest.MonkeyPatch.context() as patch:
        config = QUICK.model_copy(update={"trials": TRIALS})
        first, home = (tmp_path_factory.mktemp(name) for name in ("first", "alone"))
        for _ in run(config, Store(first, bundled=None)):
            pass
        begun(first, home)
        patch.setattr(journal, "GRACE", 0.01)  # nobody else is there who could hold the lock
        patch.setattr(journal, "PAUSE", 0.01)
        # A process that is killed loses nothing that it wrote; only a power cut does.
        patch.setattr(os, "fsync", lambda file: None)
        told = home / "changes"

        def work():
            changes(home / "searches", lambda count: os.pwrite(file, b"%6d" % count, 0))
            for _ in run(config, Store(home, bundled=None)):
                pass

        file = os.open(told, os.O_RDWR | os.O_CREAT)
        assert child(work) == 0
        count = int(os.pread(file, 6, 0))
        os.close(file)
        assert found(home) == found(first)
        yield config, home, count


def begun(before, home):
    """Give ``home`` what the search ``before`` had before its first trial."""
    for name in ("teachers", "runs"):
        shutil.copytree(before / name, home / name)
    for costs in before.glob("searches/*/costs.json"):
        folder = home / costs.parent.relative_to(before)
        folder.mkdir(parents=True)
        shutil.copy(costs, folder)


@pytest.mark.slow
@pytest.mark.parametrize("first", range(5))
def test_killed_once_and_begun_again(alone, tmp_path, first):
    config, home, count = alone
    for kill in range(first + 1, count + 1, EVERY):
        place = tmp_path / str(kill)
        begun(home, place)
        assert searched(config, place, kill)
        assert not searched(config, place)
        assert found(place) == found(home), f"killed before change {kill} of {count}"
        shutil.rmtree(place)


@pytest.mark.slow
@pytest.mark.parametrize("chain", CHAINS, ids=str)
def test_killed_again_and_again(alone, tmp_path, chain):
    config, home, _ = alone
    begun(home, tmp_path / "home")
    kills = itertools.cycle(chain)
    count = 0
    while searched(config, tmp_path / "home", next(kills)):
        count += 1
        assert count < MOST_KILLS, "it gets no further"
    assert count >= 2
    assert found(tmp_path / "home") == found(home)
    assert not list((tmp_path / "home").glob("searches/*/share-*.json"))
