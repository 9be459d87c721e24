"""One process at work on a run's folder: from its beginning or its checkpoint to a named end."""

from __future__ import annotations

import contextlib
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from types import FrameType

from kdlab.events import Event, FullEpoch, FullFinished, StageDone
from kdlab.fullrun import checkpoint, estimate, images, possible
from kdlab.fullrun import device as devices
from kdlab.fullrun.config import FullRunConfig
from kdlab.fullrun.failures import EndedEarlyError, named
from kdlab.fullrun.folder import EventLog, RunFolder, Status
from kdlab.fullrun.images import FullData
from kdlab.fullrun.stage import Place
from kdlab.fullrun.team import Team, join, leave
from kdlab.fullrun.train import FullRun, Resumed, Snapshot

Tell = Callable[[Event], None]


class _StopAsked(BaseException):
    """Somebody asked the run to end. No Exception: it is no failure to be given a name."""


def run(
    folder: RunFolder,
    tell: Tell = lambda event: None,
    prepare: Callable[[], object] = lambda: None,
) -> Status:
    """Work until the run is finished, stopped or failed; returns how it stands then.

    ``tell`` hears every event, ``prepare`` comes first, to set the folder up. StoreError where
    another process is at work in the folder, or config.json cannot be read; everything else ends in
    a state of the folder, with a sentence. Under torchrun every process calls this; only the first
    prepares, tells and writes.
    """
    device = devices.choose()
    team = join(device)
    try:
        if team.first:
            prepare()
            if folder.status().state != "finished":
                folder.config()  # before the folder says that somebody is at work
                folder.claim()
        team.wait()
        if folder.status().state == "finished":
            return folder.status()
        with _signals():
            place = Place(device, "fp32", "plain", team)
            return _worked(folder, folder.config(), place, tell)
    finally:
        leave()


def _worked(folder: RunFolder, config: FullRunConfig, bare: Place, tell: Tell) -> Status:
    first = bare.team.first
    log: EventLog | None = None
    size = [config.batch_size]
    data: list[FullData] = []

    def fits(batch: int) -> bool:
        return bool(data) and estimate.fits(config, data[0], bare, batch)

    try:
        with named(size[0], fits):
            past = recover(folder, config)
            log = EventLog(folder, past.mark.log if past.mark else 0) if first else None
            for item in _events(folder, config, bare, past, data):
                if isinstance(item, Snapshot):
                    assert log is not None
                    checkpoint.write(folder.path, dict(item.state), item.mark(log.offset()))
                elif log is not None:
                    log.take(item)
                    tell(item)
                    if isinstance(item, FullEpoch):  # its checkpoint is the next item
                        continue
                _obey(folder, bare.team)
        state = Status("finished")
    except (_StopAsked, KeyboardInterrupt):
        state = Status("stopped", "It was stopped. Resume goes on from the last epoch.")
    except EndedEarlyError as ended:
        if ended.failure in ("crash", "memory"):
            traceback.print_exc(file=sys.stderr)
        state = Status("failed", ended.reason, ended.failure)
    finally:
        if log is not None:
            log.close()
    if first:
        folder.say(state.state, state.reason, state.failure)
    return state


def _events(
    folder: RunFolder,
    config: FullRunConfig,
    bare: Place,
    past: Resumed,
    kept: list[FullData],
) -> Iterator[Event | Snapshot]:
    """All that happens, reading the data included."""
    possible.check(config)
    place = Place(
        bare.device, devices.precision(config.precision, bare.device), engine(config, bare),
        bare.team,
    )  # fmt: skip
    devices.prepare(bare.device)
    data = yield from images.load(config)
    kept.append(data)
    possible.fits(config, data)
    yield from FullRun(config, data, folder.path, place, past).events()


def engine(config: FullRunConfig, place: Place) -> str:
    """ "plain", "graph" or "compile": what ``auto`` means here."""
    if config.engine != "auto":
        return config.engine
    return "graph" if place.device.type == "cuda" and place.team.size == 1 else "plain"


def recover(folder: RunFolder, config: FullRunConfig) -> Resumed:
    """What the folder knows of an earlier process; StoreError where its checkpoint is of another
    configuration."""
    found = checkpoint.read(folder.path, config.fingerprint())
    if found is None:
        return Resumed()
    state, mark = found
    events, _ = folder.read()
    done = [event for event in events if isinstance(event, StageDone)]
    return Resumed(done[: mark.stage], state, mark)


def result(folder: RunFolder) -> FullFinished | None:
    """The result of a finished run."""
    events, _ = folder.read()
    last = events[-1] if events else None
    return last if isinstance(last, FullFinished) else None


_asked = False


def _obey(folder: RunFolder, team: Team) -> None:
    """Raise where this process was told to end, or somebody left word in the folder.

    In a team only the launcher's signal counts: a process that left alone would keep the others
    waiting.
    """
    if _asked or (team.size == 1 and folder.stop_asked()):
        raise _StopAsked


@contextlib.contextmanager
def _signals() -> Generator[None]:
    """SIGTERM asks to stop, as Ctrl-C does; elsewhere than in a main thread it stays as it is."""
    global _asked
    _asked = False

    def heard(number: int, frame: FrameType | None) -> None:
        global _asked
        _asked = True

    try:
        before = signal.signal(signal.SIGTERM, heard)
    except ValueError:
        yield
        return
    try:
        yield
    finally:
        signal.signal(signal.SIGTERM, before)
