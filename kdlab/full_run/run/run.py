"""One process at work on a run's folder: from its beginning or its checkpoint to a named end."""

from __future__ import annotations

import contextlib
import dataclasses
import signal
import sys
import traceback
from collections.abc import Callable, Generator, Iterator
from types import FrameType

from kdlab.errors import ConfigError, KdlabError
from kdlab.events import Event, FullEpoch, FullFinished, Progress, Remark
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine import estimate, images, torchrun
from kdlab.full_run.engine.images import FullData
from kdlab.full_run.engine.process_group import join, leave
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.engine.train import FullRun
from kdlab.full_run.recipe import possible
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.run import checkpoint, digest
from kdlab.full_run.run.failures import EndedEarlyError, named, out_of_memory
from kdlab.full_run.run.folder import EVENTS, RunFolder
from kdlab.full_run.run.log import EventLog, put_aside
from kdlab.full_run.run.past import ResumeState, Snapshot, recover
from kdlab.full_run.run.status import Status

Tell = Callable[[Event], None]


class _StopAsked(BaseException):
    """Somebody asked the run to end. No Exception: it is no failure to be given a name."""


def run(folder: RunFolder, tell: Tell = lambda event: None) -> Status:
    """Work until the run is finished, stopped or failed; returns how it stands then.

    ``tell`` hears every event. StoreError where another process is at work in the folder, or
    config.json cannot be read, ConfigError where torchrun's variables are wrong or the others of
    the group do not come; everything else ends in a state of the folder, with a sentence.
    Under torchrun every process calls this; only the first tells and writes, and owns the folder.
    """
    place = torchrun.told()
    device = devices.choose()
    if place.size > 1 and place.rank == 0:
        tell(Progress(stage=f"waiting at {place.address} for all {place.size} processes"))
    group = join(device)
    try:
        refused: KdlabError | None = None
        try:
            if group.first and folder.told().state != "finished":
                folder.config()  # before the folder says that somebody is at work
                folder.claim()
        except KdlabError as error:
            refused = error
        if group.agree(refused is not None, device):  # else the others would wait for it
            if refused is not None:
                raise refused
            return Status("failed", "The first process says why.", "folder")
        if folder.told().state == "finished":
            return folder.told()
        with _signals():
            return _worked(
                folder, folder.config(), DeviceContext(device, "fp32", "plain", group), tell
            )
    finally:
        folder.release()
        leave()


def _worked(folder: RunFolder, config: FullRunConfig, bare: DeviceContext, tell: Tell) -> Status:
    """Work, and say in the folder how it ended. In a group whoever fails says so: the first process
    may only learn that the others are gone."""
    data: list[FullData] = []
    state = _ended(folder, config, bare, tell, data)
    if bare.group.first and not folder.owned.ours():  # nothing there is this process's any more
        return _lost(folder, state)
    if state.failure == "memory":  # only now is the memory of the failed step free

        def fits(batch: int) -> bool:
            return bool(data) and estimate.fits(config, data[0], _context(config, bare), batch)

        alone = bare.group.size == 1
        reason = out_of_memory(config.batch_size, fits if alone else None)
        state = dataclasses.replace(state, reason=reason)
    told = folder.told()
    by_another = told.state == "failed" and bare.group.size > 1
    if not by_another and (bare.group.first or state.state == "failed"):
        with contextlib.suppress(OSError):  # a disk that takes not even this
            folder.say(state.state, state.reason, state.failure)
    if bare.group.first:
        folder.forget_stop()
    return state


def _ended(
    folder: RunFolder, config: FullRunConfig, bare: DeviceContext, tell: Tell, data: list[FullData]
) -> Status:
    log: EventLog | None = None
    try:
        with named():
            past = recover(folder, config)
            log = _log(folder, past) if bare.group.first else None
            for item in _events(folder, config, bare, past, data):
                if log is not None:
                    if not folder.owned.ours():
                        break
                    if isinstance(item, Snapshot):
                        end, read = log.offset(), log.digest()
                        meta = dataclasses.replace(item.meta, log=end, log_digest=read)
                        checkpoint.write(folder.path, dict(item.state()), meta)
                    else:
                        log.take(item)
                        tell(item)
                        if isinstance(item, FullFinished):
                            log.offset()  # the result is on the disk, and where it is looked for
                if not isinstance(item, FullEpoch):  # whose checkpoint is the next item
                    _obey(folder, bare, at_epoch=isinstance(item, Snapshot))
        return Status("finished")
    except (_StopAsked, KeyboardInterrupt):
        return Status("stopped", "It was stopped. Resume continues from the last epoch.")
    except EndedEarlyError as ended:
        if ended.failure in ("crash", "memory"):
            traceback.print_exc(file=sys.stderr)
        return Status("failed", ended.reason, ended.failure)
    finally:
        if log is not None:
            log.close()


def _log(folder: RunFolder, past: ResumeState) -> EventLog:
    """The log, from where the checkpoint was made; a new one where it cannot be continued."""
    path = folder.path / EVENTS
    if past.lost or (path.exists() and not path.is_file()):
        past.lost = put_aside(folder)
    return EventLog(folder, past.length)


def _lost(folder: RunFolder, state: Status) -> Status:
    """How a run ends whose folder was taken from under it; ``state`` where it had ended before, and
    not because of that."""
    if state.state == "stopped" or state.failure not in ("", "crash", "folder"):
        return state
    owner = folder.owned.owner()
    if owner is not None:
        what = f"{owner} has taken over the run in {folder.path}"
        todo = "Watch the run there, or stop it and resume"
    else:
        what = f"the folder {folder.path} was moved or removed while the run was working"
        todo = "Put it back where it was and resume; what was not deleted continues"
    return Status("failed", f"{what}. Allowed: a folder that only this run uses. {todo}.", "folder")


def _context(config: FullRunConfig, bare: DeviceContext) -> DeviceContext:
    """The device, with the precision and the engine that ``config`` asks for."""
    chosen = devices.precision(config.precision, bare.device)
    return DeviceContext(bare.device, chosen, engine(config, bare), bare.group)


def _events(
    folder: RunFolder,
    config: FullRunConfig,
    bare: DeviceContext,
    past: ResumeState,
    kept: list[FullData],
) -> Iterator[Event | Snapshot]:
    """All that happens, reading the data included."""
    possible.check(config)
    context = _context(config, bare)
    _same_precision(past, context)
    devices.prepare(bare.device)
    if not bare.group.first:  # the first one downloads what is missing, the others find it there
        bare.group.wait()
    data = yield from images.load(config)
    if bare.group.first:
        bare.group.wait()
    kept.append(data)
    first = bare.group.first
    begun = past.meta is not None
    if told := digest.check(folder, data, begun=begun, started=past.started, writes=first):
        yield Remark(text=told)
    possible.fits(config, data)
    yield from FullRun(config, data, folder.path, context, past).events()


def _same_precision(past: ResumeState, context: DeviceContext) -> None:
    """ConfigError where a run would resume in another precision than it began."""
    if past.meta is not None and past.meta.precision != context.precision:
        raise ConfigError(
            f"the run started in {past.meta.precision}, but this device would continue in "
            f"{context.precision}",
            "one precision for a whole run",
            "Resume it on a device like the first one, or start again",
        )


def engine(config: FullRunConfig, context: DeviceContext) -> str:
    """ "plain", "graph" or "compile": what ``auto`` means here."""
    if config.engine != "auto":
        return config.engine
    return "graph" if context.device.type == "cuda" and context.group.size == 1 else "plain"


_asked = False


def _obey(folder: RunFolder, bare: DeviceContext, *, at_epoch: bool) -> None:
    """Raise where this process was told to end, or somebody left word in the folder.

    A group reads that word together, after an epoch: a process that left alone would keep the
    others waiting. A signal reaches all of them at once.
    """
    if _asked or (bare.group.size == 1 and folder.stop_asked()):
        raise _StopAsked
    if at_epoch and bare.group.agree(folder.stop_asked(), bare.device):
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
