"""STUDIES: name -> record. A study asks one question and compares arms; adding one is one file and
one line here.

Modules of studies import no torch; what trains is imported when it runs.
"""

from __future__ import annotations

from kdlab.errors import ConfigError
from kdlab.studies import (
    augmentation,
    capacity,
    chains,
    claims,
    compression,
    difference,
    layers,
    looking,
    methods,
    missing,
    mistakes,
    pipeline,
    resolution,
    start,
    teachers,
    temperature,
    when,
)
from kdlab.studies.history import StudyHistory
from kdlab.studies.run import crew_of, recall, run
from kdlab.studies.study import Finding, Study, StudyConfig

STUDIES: dict[str, Study] = {
    study.name: study
    for study in (
        pipeline.STUDY,
        start.STUDY,
        temperature.STUDY,
        teachers.STUDY,
        chains.STUDY,
        resolution.STUDY,
        augmentation.STUDY,
        layers.STUDY,
        missing.STUDY,
        methods.STUDY,
        when.STUDY,
        looking.STUDY,
        difference.STUDY,
        capacity.STUDY,
        compression.STUDY,
        mistakes.STUDY,
        claims.STUDY,
    )
}


def find(name: str) -> Study:
    """The record of ``name``; ConfigError lists the studies there are."""
    if name not in STUDIES:
        raise ConfigError(f"study is {name!r}", ", ".join(STUDIES), "Choose one of these studies")
    return STUDIES[name]


__all__ = [
    "STUDIES",
    "Finding",
    "Study",
    "StudyConfig",
    "StudyHistory",
    "crew_of",
    "find",
    "recall",
    "run",
]
