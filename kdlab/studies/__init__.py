"""STUDIES: name -> record. A study asks one question and compares arms; adding one is one file and
one line here.

Modules of studies import no torch; what trains is imported when it runs.
"""

from __future__ import annotations

from typing import Any

from kdlab.errors import ConfigError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.search.experiment import SEARCH
from kdlab.experiments.study.experiment import of_record
from kdlab.experiments.study.history import StudyHistory as StudyHistory
from kdlab.experiments.study.record import Finding as Finding
from kdlab.experiments.study.record import Study as Study
from kdlab.experiments.study.record import StudyConfig as StudyConfig
from kdlab.experiments.study.run import load_result as load_result
from kdlab.experiments.study.run import run as run
from kdlab.experiments.sweep.experiment import SWEEP
from kdlab.studies import (
    augmentation,
    capacity,
    chains,
    compression,
    difference,
    layers,
    looking,
    methods,
    missing,
    pipeline,
    resolution,
    start,
    subliminal,
    teachers,
    temperature,
    when,
)
from kdlab.studies.claims import study as claims
from kdlab.studies.device import study as device
from kdlab.studies.language import study as language
from kdlab.studies.language_mistakes import study as language_mistakes
from kdlab.studies.mistakes import study as mistakes

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
        language.STUDY,
        looking.STUDY,
        difference.STUDY,
        capacity.STUDY,
        compression.STUDY,
        device.STUDY,
        subliminal.STUDY,
        mistakes.STUDY,
        language_mistakes.STUDY,
        claims.STUDY,
    )
}

_ALL: tuple[Experiment[Any, Any], ...] = (
    DISTILL,
    SWEEP,
    SEARCH,
    *(of_record(study) for study in STUDIES.values()),
)
EXPERIMENTS = {experiment.name: experiment for experiment in _ALL}
"""Name -> record of all that can be asked of the lab but for full runs: the registry that the
command line, the pages and the recording of stored results walk."""


def find(name: str) -> Study:
    """The record of ``name``; ConfigError lists the studies there are."""
    if name not in STUDIES:
        raise ConfigError(f"study is {name!r}", ", ".join(STUDIES), "Choose one of these studies")
    return STUDIES[name]
