"""What work tells its reader: frozen records of plain numbers, a file for each kind of work.

A single run tells, in this order:

::

    Progress*            data are read or downloaded, a teacher is loaded
    DataRead?            only of somebody's own images or text: what was understood
    Remark*              how a teacher that was brought was read
    TeacherJudged?       only where the teacher is a file: what its answers are worth
    TeacherEpoch*        only where the teacher is not in the store yet
    TeacherReady
    RunStarted           which students take part
    (StudentsEpoch Picture* Turned?)*   one StudentsEpoch an epoch; epoch 0 is before the first
                         step; Turned where T or alpha are others from here on
    Measured             parameters, bytes, FLOPs, latency
    RunFinished          or RunFailed, which may come at any point and ends the run

Accuracies are fractions. Everything up to RunFinished is measured on the validation images,
RunFinished on the test images, so that whoever turns a knob while watching has not seen the test.
Tuples over students follow ``RunStarted.students``.
"""

from __future__ import annotations

import dataclasses
import functools
import json

from pydantic import TypeAdapter

from kdlab.errors import StoreError
from kdlab.events.base import (
    DISTILLED,
    LABELS_ONLY,
    DataRead,
    Epoch,
    Event,
    Finished,
    Progress,
    Remark,
    RunFailed,
    Started,
    StartedOnData,
    notes,
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
    Sampled,
    StudentsEpoch,
    TeacherEpoch,
    TeacherJudged,
    TeacherReady,
    Turned,
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
    "Epoch",
    "Event",
    "Exhibit",
    "Finished",
    "FullEpoch",
    "FullFinished",
    "FullPart",
    "FullStarted",
    "Measured",
    "Progress",
    "Regions",
    "Remark",
    "RunFailed",
    "RunFinished",
    "RunStarted",
    "Sampled",
    "SearchFinished",
    "SearchStarted",
    "StageDone",
    "StageStarted",
    "Started",
    "StartedOnData",
    "StudentsEpoch",
    "StudyFinished",
    "StudyStarted",
    "SweepEpoch",
    "SweepFinished",
    "SweepStarted",
    "TeacherEpoch",
    "TeacherJudged",
    "TeacherReady",
    "TrialsDone",
    "Turned",
    "from_json",
    "notes",
]

BASES = (Event, Started, StartedOnData, Epoch, Finished)
"""What events have in common; none of these is told itself."""
KINDS: dict[str, type[Event]] = {
    kind.__name__: kind for base in BASES for kind in base.__subclasses__()
}
"""Name -> record, of all that are imported above. (A dataclass with slots is made twice; the second
of each name, which counts, comes later.)"""
for _base in BASES:
    KINDS.pop(_base.__name__, None)


RENAMED = {"SweepStarted": {"units": "cohorts"}, "SweepEpoch": {"unit": "cohort"}}
"""Record -> field as earlier versions kept it -> its name now."""


def from_json(line: str) -> Event:
    """Read one line of :meth:`Event.to_json`; StoreError where it is none: every field must be
    there, of its type and within its bounds."""
    try:
        values = json.loads(line)
        kind = KINDS[values.pop("event")]
        for old, new in RENAMED.get(kind.__name__, {}).items():
            if new not in values and old in values:
                values[new] = values.pop(old)
                line = json.dumps(values)
        if not values.keys() <= {field.name for field in dataclasses.fields(kind)}:
            raise KeyError(line)
        return _reader(kind.__name__).validate_json(line, strict=True)
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError):
        raise StoreError(
            f"an event reads {line[:60]!r}",
            "one JSON object a line with the name of an event",
            "Delete this run's folder; the run is then made again",
        ) from None


@functools.cache
def _reader(kind: str) -> TypeAdapter[Event]:
    """Checks the fields of this kind; made where the first such event is read."""
    return TypeAdapter(KINDS[kind])
