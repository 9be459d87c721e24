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
    from kdlab.config.presets import PRESETS as PRESETS
    from kdlab.config.schema import DataConfig as DataConfig
    from kdlab.config.schema import DistilConfig as DistilConfig
    from kdlab.config.schema import TeacherConfig as TeacherConfig
    from kdlab.data import DATASETS as DATASETS
    from kdlab.errors import ArchiveError as ArchiveError
    from kdlab.errors import ConfigError as ConfigError
    from kdlab.errors import DataError as DataError
    from kdlab.errors import DownloadError as DownloadError
    from kdlab.errors import JobError as JobError
    from kdlab.errors import KdlabError as KdlabError
    from kdlab.errors import ModelError as ModelError
    from kdlab.errors import StoreError as StoreError
    from kdlab.experiments.run.history import History as History
    from kdlab.experiments.run.history import fold as fold
    from kdlab.experiments.run.history import verdict_sentence as verdict_sentence
    from kdlab.experiments.run.run import run as run
    from kdlab.experiments.search import SearchConfig as SearchConfig
    from kdlab.experiments.sweep import SweepConfig as SweepConfig
    from kdlab.export import stand_alone as stand_alone
    from kdlab.jobs import JobManager as JobManager
    from kdlab.methods import METHODS as METHODS
    from kdlab.models import MODELS as MODELS
    from kdlab.storage.store import Store as Store
    from kdlab.studies import EXPERIMENTS as EXPERIMENTS

_MODULES = {
    "config.presets": "PRESETS",
    "config.schema": "DataConfig DistilConfig TeacherConfig",
    "data": "DATASETS",
    "errors": "ArchiveError ConfigError DataError DownloadError JobError KdlabError ModelError "
    "StoreError",
    "experiments.run.history": "History fold verdict_sentence",
    "experiments.run.run": "run",
    "experiments.search": "SearchConfig",
    "experiments.sweep": "SweepConfig",
    "export": "stand_alone",
    "jobs": "JobManager",
    "methods": "METHODS",
    "models": "MODELS",
    "storage.store": "Store",
    "studies": "EXPERIMENTS",
}
_HOME = {name: module for module, names in _MODULES.items() for name in names.split()}


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module 'kdlab' has no attribute {name!r}")
    return getattr(importlib.import_module(f"kdlab.{_HOME[name]}"), name)


__all__ = sorted(_HOME)
