"""What work tells its reader: frozen records of plain numbers, a file for each kind of work.

A single run tells, in this order:

::

    Progress*            data are read or downloaded, a teacher is loaded
    DataRead?            only of somebody's own images: what was understood of them
    TeacherEpoch*        only where the teacher is not in the store yet
    TeacherReady
    RunStarted           which students take part
    (StudentsEpoch Picture?)*     one StudentsEpoch an epoch; epoch 0 is before the first step
    Measured             parameters, bytes, FLOPs, latency
    RunFinished          or RunFailed, which may come at any point and ends the run

Accuracies are fractions. Everything up to RunFinished is measured on the validation images,
RunFinished on the test images, so that whoever turns a knob while watching has not seen the test.
Tuples over students follow ``RunStarted.students``.
"""

from __future__ import annotations

import json
from typing import Any

from kdlab.errors import StoreError
from kdlab.events.base import (
    DISTILLED,
    LABELS_ONLY,
    DataRead,
    Event,
    Progress,
    RunFailed,
)
from kdlab.events.full import (
    FullEpoch,
    FullFinished,
    FullPart,
    FullStarted,
    StageDone,
    StageStarted,
)
from kdlab.events.search import (
    SearchFinished,
    SearchStarted,
    TrialsDone,
)
from kdlab.events.single import (
    Confusion,
    Measured,
    Regions,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherEpoch,
    TeacherReady,
)
from kdlab.events.study import (
    ArmDone,
    ArmEpoch,
    Exhibit,
    StudyFinished,
    StudyStarted,
)
from kdlab.events.sweep import (
    SweepEpoch,
    SweepFinished,
    SweepStarted,
)

__all__ = [
    "DISTILLED",
    "KINDS",
    "LABELS_ONLY",
    "ArmDone",
    "ArmEpoch",
    "Confusion",
    "DataRead",
    "Event",
    "Exhibit",
    "FullEpoch",
    "FullFinished",
    "FullPart",
    "FullStarted",
    "Measured",
    "Progress",
    "Regions",
    "RunFailed",
    "RunFinished",
    "RunStarted",
    "SearchFinished",
    "SearchStarted",
    "StageDone",
    "StageStarted",
    "StudentsEpoch",
    "StudyFinished",
    "StudyStarted",
    "SweepEpoch",
    "SweepFinished",
    "SweepStarted",
    "TeacherEpoch",
    "TeacherReady",
    "TrialsDone",
    "from_json",
]

KINDS: dict[str, type[Event]] = {kind.__name__: kind for kind in Event.__subclasses__()}
"""Name -> record, of all that are imported above. (A dataclass with slots is made twice; the second
of each name, which counts, comes later.)"""


def from_json(line: str) -> Event:
    """Read one line of :meth:`Event.to_json`; StoreError where it is none."""
    try:
        values = json.loads(line)
        kind = KINDS[values.pop("event")]
        return kind(**{name: _frozen(value) for name, value in values.items()})
    except (ValueError, KeyError, TypeError, AttributeError):
        raise StoreError(
            f"an event reads {line[:60]!r}",
            "one JSON object a line with the name of an event",
            "Delete this run's folder; the run is then made again",
        ) from None


def _frozen(value: Any) -> Any:
    """JSON has lists where the records have tuples; matrices and dicts stay as they are."""
    if isinstance(value, list) and not (value and isinstance(value[0], dict)):
        return tuple(tuple(item) if isinstance(item, list) else item for item in value)
    return value
