"""What every candidate costs, measured once for a search and then the same for all who share it.

A latency varies from one measurement to the next. Were it measured by each share, or again when a
search goes on, a student could fit the budget here and not there; so the first measurement is kept
with its machine, and whoever comes later reads it.

What candidates cost as int8 files is measured only where a limit asks for it: it takes more than
the rest, above all for ranges that are measured on training inputs.
"""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab import checks, models
from kdlab.data import noun_of
from kdlab.errors import StoreError
from kdlab.events import Event, Progress
from kdlab.experiments.search import space
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.folder import keep_first
from kdlab.experiments.search.space import Costs, Space
from kdlab.system import files, locks
from kdlab.system.paths import refuses

if TYPE_CHECKING:
    from kdlab.data.split import DataSplit

MOST_BYTES = 1 << 20
"""Of the file; ninety candidates take 30 kB."""
MOST_CHARACTERS = 500
"""Of the machine's name that are shown."""
MOST_MILLISECONDS = 1e9
REPEATS = 50
BUDGET_SECONDS = 0.1
"""For one candidate: there may be ninety, and a small one takes a few milliseconds."""
COUNTS = ("parameters", "bytes", "flops_per_image")
TIMES = ("latency_ms",)
ON_DEVICE_COUNTS, ON_DEVICE_TIMES = ("int8_bytes",), ("int8_latency_ms",)
"""Beside the others, where a limit asks for them."""
PAUSE = 0.2
"""Seconds between two looks at whether another process has measured."""


def survey(config: SearchConfig, folder: Path, split: DataSplit) -> Generator[Event, None, Space]:
    """Candidates that fit the budget, with their costs, from ``folder`` where they are known.

    Yields progress; ConfigError where no student fits, StoreError where the file of costs is
    damaged, or was made of other data.
    """
    classes = len(split.classes)
    fitting = space.ladders(config, split.shape, classes)
    students = [student for ladder in fitting.values() for student in ladder]
    data = _digest(split) if checks.may_change(config) else ""
    path = folder / "costs.json"
    if path.exists():
        content = _content(path)
    else:
        first = _by_one(path, students, split) if config.on_device else _measured(students, split)
        content = yield from _kept(path, first, data)
    known = _read(path, content, students, on_device=config.on_device)
    if known["data"] != data:
        what = noun_of(config.dataset) + " or answers" * (split.answers is not None)
        raise StoreError(
            f"the {what} of {config.folder} are not those of the search in {folder}",
            f"the same {what} from the first trial to the last",
            f"Delete or rename {folder}; the search then starts again",
        )
    costs = _medians(known)
    return Space(
        ladders=space.within(config, fitting, costs),
        costs=costs,
        methods=space.searched_methods(),
        teachers=space.teachers(config, split.shape, classes),
        machine=known["machine"],
    )


def known_costs(folder: Path, *, on_device: bool = False) -> tuple[Costs, str] | None:
    """What the candidates of the search in ``folder`` cost, and on which machine; None before they
    were measured. ``on_device``: also as int8 files. StoreError where the file is damaged."""
    path = folder / "costs.json"
    if not path.is_file():
        return None
    content = _content(path)
    try:
        students = list(json.loads(content)["students"])
    except (ValueError, KeyError, TypeError, RecursionError):
        students = []  # reading it says what is wrong
    known = _read(path, content, students, on_device=on_device)
    return _medians(known), known["machine"]


def _medians(known: dict[str, Any]) -> Costs:
    """Of each student what it costs, a latency as one number."""
    return {
        student: {k: v["median"] if isinstance(v, dict) else v for k, v in values.items()}
        for student, values in known["students"].items()
    }


def _kept(
    path: Path, first: Generator[Event, None, dict[str, Any] | None], data: str
) -> Generator[Event, None, bytes]:
    """The file of costs: as ``first`` measures them, unless somebody was quicker."""
    found = yield from first
    if found is None:
        return _content(path)
    found["data"] = data
    return keep_first(path, json.dumps(found, indent=1).encode())


def _by_one(
    path: Path, students: list[str], split: DataSplit
) -> Generator[Event, None, dict[str, Any] | None]:
    """What :func:`_measured` gives, of int8 files too; None where another process of this search
    has measured meanwhile: all of them at once would take each other's time, of which a minute and
    a half is spent here."""
    lock_path = path.with_name("costs.lock")
    try:
        while (lock := locks.take(lock_path)) is None:
            yield Progress(stage="another process measures the candidates")
            time.sleep(PAUSE)
    except OSError as error:
        raise refuses(path.parent, error) from None
    try:
        if path.exists():
            return None
        return (yield from _measured(students, split, on_device=True))
    finally:
        lock.release()


def _measured(
    students: list[str], split: DataSplit, *, on_device: bool = False
) -> Generator[Event, None, dict[str, Any]]:
    """{machine, students {name: {parameters, bytes, flops_per_image, latency_ms {median, low,
    high}}}}, ``on_device`` also int8_bytes and int8_latency_ms; first weights do, since a network
    is as fast before training as after."""
    from kdlab.measure import profiling

    machine, stage = profiling.machine(), "measuring the candidates"
    if on_device:
        from kdlab.device import costs as device
        from kdlab.device import runtime

        ranges = device.calibration(split)
        machine, stage = f"{machine}, {runtime.version()}", "writing and measuring the candidates"
    found: dict[str, Any] = {}
    for place, student in enumerate(students):
        yield Progress(stage=stage, done=place, total=len(students))
        module = models.build(student, split.shape, len(split.classes), 0)
        took = profiling.latency_ms(
            module, split.shape, 1, repeats=REPEATS, budget_seconds=BUDGET_SECONDS
        )
        found[student] = {
            "parameters": profiling.parameters(module),
            "bytes": profiling.size_bytes(module),
            "flops_per_image": profiling.flops_per_image(module, split.shape),
            "latency_ms": {"median": took.median, "low": took.low, "high": took.high},
        }
        if on_device:
            told = device.as_int8(module, student, split, ranges, BUDGET_SECONDS)
            found[student] |= {"int8_bytes": told["bytes"], "int8_latency_ms": told["latency"]}
    return {"machine": machine, "students": found}


def _content(path: Path) -> bytes:
    try:
        with files.regular(path, MOST_BYTES) as file:
            return file.read()
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror or error})") from None


def _read(
    path: Path, content: bytes, students: list[str], *, on_device: bool = False
) -> dict[str, Any]:
    """What the file says of ``students``, and nothing else that may stand in it."""
    try:
        known = json.loads(content)
        found = {s: _costs(known["students"][s], on_device) for s in students}
        machine, data = known["machine"], known["data"]
        if not isinstance(machine, str) or not isinstance(data, str):
            raise TypeError
        machine.encode()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _damaged(path, "is damaged or of another version of the lab") from None
    return {"machine": machine[:MOST_CHARACTERS], "data": data, "students": found}


def _costs(values: dict[str, Any], on_device: bool) -> dict[str, Any]:
    """The numbers of one student; ValueError where they can be none."""
    counts = {key: values[key] for key in COUNTS + ON_DEVICE_COUNTS * on_device}
    times = {
        key: {end: values[key][end] for end in ("median", "low", "high")}
        for key in TIMES + ON_DEVICE_TIMES * on_device
    }
    if not all(type(n) is int and 0 < n < 2**53 for n in counts.values()):
        raise ValueError(counts)
    for spread in times.values():
        if not all(type(n) in (int, float) and 0 < n < MOST_MILLISECONDS for n in spread.values()):
            raise ValueError(spread)
    return {**counts, **times}


def _damaged(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the file {path} {why}",
        "the costs of the candidates, as this version measured them",
        "Delete it; the candidates are then measured again and no trial is lost",
    )


def _digest(split: DataSplit) -> str:
    """Of the examples that trials are trained and judged on, and of what a file says of them."""
    digest = hashlib.sha256()
    for part in (split.train, split.validation):
        digest.update(part.inputs.contiguous().numpy().tobytes())
        digest.update(part.targets.numpy().tobytes())
    for answers in split.answers or ():
        digest.update(answers.contiguous().numpy().tobytes())
    return digest.hexdigest()[:16]
