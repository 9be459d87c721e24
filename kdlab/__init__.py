"""The knowledge-distillation lab's core: train, compare and keep teacher/student pairs.

The public door. Names are looked up when they are first used, so that ``import kdlab`` needs
nothing but the standard library, and torch is imported only by what trains.

    >>> import kdlab
    >>> for event in kdlab.run(kdlab.DistilConfig(seeds=3, epochs=20)):
    ...     ...
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from kdlab.config.presets import PRESETS
    from kdlab.config.schema import DataConfig, DistilConfig, TeacherConfig
    from kdlab.data import DATASETS
    from kdlab.errors import (
        ArchiveError,
        ConfigError,
        DataError,
        DownloadError,
        JobError,
        KdlabError,
        ModelError,
        StoreError,
    )
    from kdlab.experiments.run.history import History, fold, verdict_sentence
    from kdlab.experiments.run.run import run
    from kdlab.experiments.search import SearchConfig
    from kdlab.experiments.sweep import SweepConfig
    from kdlab.export import stand_alone
    from kdlab.jobs import JobManager
    from kdlab.methods import METHODS
    from kdlab.models import MODELS
    from kdlab.storage.store import Store
    from kdlab.studies import EXPERIMENTS

_HOME = {
    "ArchiveError": "errors",
    "ConfigError": "errors",
    "DATASETS": "data",
    "DataConfig": "config.schema",
    "DataError": "errors",
    "DistilConfig": "config.schema",
    "DownloadError": "errors",
    "EXPERIMENTS": "studies",
    "History": "experiments.run.history",
    "JobError": "errors",
    "JobManager": "jobs",
    "KdlabError": "errors",
    "METHODS": "methods",
    "MODELS": "models",
    "ModelError": "errors",
    "PRESETS": "config.presets",
    "SearchConfig": "experiments.search",
    "Store": "storage.store",
    "StoreError": "errors",
    "SweepConfig": "experiments.sweep",
    "TeacherConfig": "config.schema",
    "fold": "experiments.run.history",
    "run": "experiments.run.run",
    "stand_alone": "export",
    "verdict_sentence": "experiments.run.history",
}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kdlab' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kdlab.{_HOME[name]}"), name)


__all__ = [
    "DATASETS",
    "EXPERIMENTS",
    "METHODS",
    "MODELS",
    "PRESETS",
    "ArchiveError",
    "ConfigError",
    "DataConfig",
    "DataError",
    "DistilConfig",
    "DownloadError",
    "History",
    "JobError",
    "JobManager",
    "KdlabError",
    "ModelError",
    "SearchConfig",
    "Store",
    "StoreError",
    "SweepConfig",
    "TeacherConfig",
    "fold",
    "run",
    "stand_alone",
    "verdict_sentence",
]
