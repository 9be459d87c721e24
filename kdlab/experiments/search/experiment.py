"""A search as an :class:`~kdlab.experiments.experiment.Experiment`."""

from __future__ import annotations

import functools
from collections.abc import Generator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from kdlab.config.schema import DistilConfig
from kdlab.data import measure_of, noun_of
from kdlab.errors import ConfigError
from kdlab.events import Event, SearchFinished
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run import device_files
from kdlab.experiments.runner import job_key
from kdlab.experiments.search import report
from kdlab.experiments.search.config import SEARCHES, SearchConfig
from kdlab.experiments.search.history import SearchHistory
from kdlab.experiments.search.kept import load_result
from kdlab.experiments.search.predicted import of_search
from kdlab.experiments.search.run import record as record_search
from kdlab.experiments.search.run import run, share
from kdlab.experiments.search.space import normal, possible
from kdlab.export import stand_alone
from kdlab.jobs.group import Task

if TYPE_CHECKING:
    from kdlab.device.exported import Exported


def tasks(config: SearchConfig, workers: int, cache: bool = True) -> list[Task]:
    """The search itself, which also judges the best, and its helpers; the same search is one job
    for all who ask for it."""
    name = job_key(f"search {config.fingerprint()}", cache)
    helpers = [Task(share, (config,), f"{name} {n}") for n in range(1, workers)]
    return [Task(functools.partial(run, cache=cache), (config,), name), *helpers]


def script(config: SearchConfig, history: SearchHistory | None) -> str:
    """The run of the best student."""
    if history is None or history.finished is None:
        raise ConfigError(
            "no search has ended", "a search that has found its best student", "Run a search first"
        )
    return stand_alone(DistilConfig.parse(history.finished.best["config"]))


def record(config: SearchConfig, home: Path) -> list[str]:
    """Search anew and keep the answer under ``home``: one that comes with the lab."""
    found = record_search(config, home)
    return [f"{found.best['student']}, {found.test['gain']}"]


def files(
    config: SearchConfig, formats: str = "onnx", beside: Sequence[str] = (), *, train: bool = True
) -> Generator[Event, None, list[Exported]]:
    """Those of the best student's run; ConfigError where no search has found one."""
    finished = [e for e in load_result(config, bundled=True) if isinstance(e, SearchFinished)]
    if not finished:
        raise ConfigError(
            "no search with these settings has ended",
            "a search that has found its best student",
            "Run the search first",
        )
    best = DistilConfig.parse(finished[-1].best["config"])
    return (yield from device_files.export(best, formats, beside, train=train))


SEARCH: Experiment[SearchConfig, SearchHistory] = Experiment(
    name="search",
    command="search",
    noun="search",
    plural="searches",
    config=SearchConfig,
    normal=normal,
    possible=possible,
    predicted=of_search,
    run=run,
    tasks=tasks,
    load_result=load_result,
    history=lambda config: SearchHistory(
        judged=measure_of(config.dataset), noun=noun_of(config.dataset)
    ),
    as_json=report.as_json,
    summary=report.summary,
    tables={"trials": SearchHistory.table, "results": SearchHistory.results},
    script=script,
    presets=SEARCHES,
    record=record,
    device_files=files,
    epilog=report.EPILOG,
    shared=True,
    right="searches",
)
