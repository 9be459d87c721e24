"""A map as an :class:`~kdlab.experiments.experiment.Experiment`."""

from __future__ import annotations

import functools
from pathlib import Path

from kdlab.errors import ConfigError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.runner import job_key
from kdlab.experiments.sweep import report
from kdlab.experiments.sweep.config import SweepConfig
from kdlab.experiments.sweep.history import SweepHistory
from kdlab.experiments.sweep.kept import load_result
from kdlab.experiments.sweep.plan import normal, possible
from kdlab.experiments.sweep.predicted import of_map
from kdlab.experiments.sweep.presets import MAPS
from kdlab.experiments.sweep.run import record as record_map
from kdlab.experiments.sweep.run import run
from kdlab.export import stand_alone
from kdlab.jobs.group import Task
from kdlab.storage.store import Store


def tasks(config: SweepConfig, shares: int, cache: bool = True) -> list[Task]:
    """The shares of a map; the same share of the same map is one job for all who ask for it."""
    name = job_key(config.fingerprint(), cache)
    return [
        Task(
            functools.partial(run, share=share, shares=shares, cache=cache),
            (config,),
            f"{name} {share} of {shares}",
        )
        for share in range(shares)
    ]


def script(config: SweepConfig, history: SweepHistory | None) -> str:
    """The run of the cell that ``config`` looks at."""
    cell = None if history is None else history.cell(config.column, config.row)
    if history is None or cell is None:
        raise ConfigError(
            "no cell of the map has a result yet",
            "a map that is training or has ended",
            "Train the map first",
        )
    return stand_alone(history.config.cell(cell))


def record(config: SweepConfig, home: Path) -> list[str]:
    """Train it and keep some of its epochs under ``home``: one that comes with the lab."""
    store = Store(home=home, bundled=None)
    record_map(config, store)
    return [report.summary(SweepHistory(config, load_result(config, store)))]


SWEEP: Experiment[SweepConfig, SweepHistory] = Experiment(
    name="sweep",
    command="sweep",
    noun="map",
    plural="maps",
    config=SweepConfig,
    normal=normal,
    possible=possible,
    predicted=of_map,
    run=run,
    tasks=tasks,
    load_result=load_result,
    history=SweepHistory,
    as_json=report.as_json,
    summary=report.summary,
    tables={"results": SweepHistory.results},
    script=script,
    presets={name: preset.config for name, preset in MAPS.items()},
    record=record,
    epilog=report.EPILOG,
    shared=True,
    in_parts=True,
    many=True,
)
