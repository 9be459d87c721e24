"""What is shown of each kind of work. A new kind is a file here, and its line in :data:`KINDS`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from kdlab.report.kinds import a_map, run, search, study
from kdlab.report.told import Told

KINDS: dict[str, Callable[..., Told]] = {
    "run": run.told,
    "map": a_map.told,
    "search": search.told,
    "study": study.told,
}
"""What a person calls an experiment (``Experiment.noun``) -> what its report tells, of
(experiment, settings, history, store)."""

Kind = Callable[[Any, Any, Any, Any], Told]
