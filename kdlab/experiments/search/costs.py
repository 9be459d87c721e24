"""What every candidate costs, measured once for a search and then the same for all who share it.

A latency varies from one measurement to the next. Were it measured by each share, or again when a
search goes on, a student could fit the budget here and not there; so the first measurement is kept
with its machine, and whoever comes later reads it.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab import checks, models
from kdlab.errors import StoreError
from kdlab.events import Event, Progress
from kdlab.experiments.search import space
from kdlab.experiments.search.config import SearchConfig
from kdlab.experiments.search.folder import keep_first
from kdlab.experiments.search.space import Costs, Space
from kdlab.system import files

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
        found = yield from _measured(students, split)
        found["data"] = data
        content = keep_first(path, json.dumps(found, indent=1).encode())
    known = _read(path, content, students)
    if known["data"] != data:
        raise StoreError(
            f"the images of {config.folder} are not those of the search in {folder}",
            "the same images from the first trial to the last",
            f"Delete or rename {folder}; the search then begins anew",
        )
    costs = _medians(known)
    return Space(
        ladders=space.within(config, fitting, costs),
        costs=costs,
        methods=space.searched_methods(),
        teachers=space.teachers(config, split.shape, classes),
        machine=known["machine"],
    )


def known_costs(folder: Path) -> tuple[Costs, str] | None:
    """What the candidates of the search in ``folder`` cost, and on which machine; None before they
    were measured. StoreError where the file is damaged."""
    path = folder / "costs.json"
    if not path.is_file():
        return None
    content = _content(path)
    try:
        students = list(json.loads(content)["students"])
    except (ValueError, KeyError, TypeError, RecursionError):
        students = []  # reading it says what is wrong
    known = _read(path, content, students)
    return _medians(known), known["machine"]


def _medians(known: dict[str, Any]) -> Costs:
    """Of each student what it costs, its latency as one number."""
    return {
        student: {**values, "latency_ms": values["latency_ms"]["median"]}
        for student, values in known["students"].items()
    }


def _measured(students: list[str], split: DataSplit) -> Generator[Event, None, dict[str, Any]]:
    """{machine, students {name: {parameters, bytes, flops_per_image, latency_ms {median, low,
    high}}}}; first weights do, since a network is as fast before training as after."""
    from kdlab.measure import profiling

    found: dict[str, Any] = {}
    for place, student in enumerate(students):
        yield Progress(stage="measuring the candidates", done=place, total=len(students))
        module = models.build(student, split.shape, len(split.classes), 0)
        time = profiling.latency_ms(
            module, split.shape, 1, repeats=REPEATS, budget_seconds=BUDGET_SECONDS
        )
        found[student] = {
            "parameters": profiling.parameters(module),
            "bytes": profiling.size_bytes(module),
            "flops_per_image": profiling.flops_per_image(module, split.shape),
            "latency_ms": {"median": time.median, "low": time.low, "high": time.high},
        }
    return {"machine": profiling.machine(), "students": found}


def _content(path: Path) -> bytes:
    try:
        with files.regular(path, MOST_BYTES) as file:
            return file.read()
    except OSError as error:
        raise _damaged(path, f"cannot be read ({error.strerror or error})") from None


def _read(path: Path, content: bytes, students: list[str]) -> dict[str, Any]:
    """What the file says of ``students``, and nothing else that may stand in it."""
    try:
        known = json.loads(content)
        found = {student: _costs(known["students"][student]) for student in students}
        machine, data = known["machine"], known["data"]
        if not isinstance(machine, str) or not isinstance(data, str):
            raise TypeError
        machine.encode()
    except (ValueError, KeyError, TypeError, AttributeError, OverflowError, RecursionError):
        raise _damaged(path, "is damaged or of another version of the lab") from None
    return {"machine": machine[:MOST_CHARACTERS], "data": data, "students": found}


def _costs(values: dict[str, Any]) -> dict[str, Any]:
    """The numbers of one student; ValueError where they can be none."""
    counts = {key: values[key] for key in ("parameters", "bytes", "flops_per_image")}
    times = {key: values["latency_ms"][key] for key in ("median", "low", "high")}
    if not all(type(n) is int and 0 < n < 2**53 for n in counts.values()):
        raise ValueError(counts)
    if not all(type(n) in (int, float) and 0 < n < MOST_MILLISECONDS for n in times.values()):
        raise ValueError(times)
    return {**counts, "latency_ms": times}


def _damaged(path: Path, why: str) -> StoreError:
    return StoreError(
        f"the file {path} {why}",
        "the costs of the candidates, as this version measured them",
        "Delete it; the candidates are then measured again and no trial is lost",
    )


def _digest(split: DataSplit) -> str:
    """Of the images that trials are trained and judged on."""
    digest = hashlib.sha256()
    for part in (split.train, split.validation):
        digest.update(part.inputs.contiguous().numpy().tobytes())
        digest.update(part.targets.numpy().tobytes())
    return digest.hexdigest()[:16]
