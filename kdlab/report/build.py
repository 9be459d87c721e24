"""The report of a result: found, folded, told."""

from __future__ import annotations

import datetime
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from kdlab.errors import StoreError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run.language import Language
from kdlab.experiments.search.history import SearchHistory
from kdlab.full_run.recipe.command import command as full_run_command
from kdlab.full_run.run.folder import EVENTS, RunFolder
from kdlab.full_run.run.history import FullHistory
from kdlab.full_run.run.status import STATES
from kdlab.report import common, told
from kdlab.report.document import Report
from kdlab.report.kinds import KINDS, full_run
from kdlab.report.told import Again
from kdlab.storage.damage import NOUNS
from kdlab.storage.store import Store
from kdlab.system import files

PAGES = {"distill": "live", "sweep": "map"}
"""Experiment -> the address of its page, where that is not its name."""
FOLDERS = {noun: kind for kind, noun in NOUNS.items()}
"""What a person calls it -> the folder in which a home keeps such."""
WITH_THE_LAB = "This result came with the lab."
UNREADABLE = (KeyError, TypeError, ValueError, AttributeError, IndexError, ArithmeticError)
"""What a damaged file of a full run's events can cause in whoever reads numbers from it."""


def of(experiment: Experiment[Any, Any], config: Any, store: Store | None = None) -> Report:
    """The report of what is kept of ``config``. StoreError where nothing is, or not all of it;
    DamagedError where what was kept is not what the lab wrote."""
    store = store or Store()
    normal = experiment.normal(config)
    history = experiment.history(normal)
    history.take(experiment.load_result(config, store, bundled=True))
    if not history.complete:
        state = "has not ended" if history.started else "is not kept here"
        raise StoreError(
            f"the {experiment.noun} {normal.fingerprint()} {state}",
            f"a {experiment.noun} that has ended on this machine or comes with the lab",
            f"Train it first: python -m kdlab {experiment.command} --config FILE.json",
        )
    return of_history(experiment, normal, history, store)


def of_history(experiment: Experiment[Any, Any], config: Any, history: Any, store: Store) -> Report:
    """The report of a ``history`` that is complete, of the normal ``config``."""
    page = common.page(PAGES.get(experiment.name, experiment.name), config)
    config = config.run() if isinstance(config, Language) else config  # as its command has it
    # of a search the same whatever its number of trials: it goes on
    search = isinstance(history, SearchHistory)
    name = str(history.started.fingerprint) if search else config.fingerprint()
    again = Again(
        page=page,
        command=common.command(experiment.command, config),
        fingerprint=name,
        made=_made(store.home / FOLDERS[experiment.noun] / name),
    )
    return told.report(KINDS[experiment.noun](experiment, config, history, store), config, again)


def of_full_run(folder: RunFolder) -> Report:
    """The report of a full run in its folder; StoreError where it is not finished, or its files are
    damaged."""
    config, history = folder.config(), FullHistory()
    history.take(folder.read()[0])
    if history.finished is None:
        status = folder.status()
        raise StoreError(
            f"the full run in {folder.path} has no result yet ({STATES[status.state]})",
            "a full run that is finished",
            "Wait until it has finished, or resume it: python -m kdlab full-run --resume --out "
            f"{folder.path}",
        )
    again = Again(
        page=common.page("full-run", config),
        command=full_run_command(config, f"runs/{folder.path.name}"),
        fingerprint=config.fingerprint(),
        made=_dated([folder.path / EVENTS]),
    )
    try:
        return told.report(full_run.told(config, history), config, again)
    except UNREADABLE:
        raise StoreError(
            f"the events of the full run in {folder.path} are damaged",
            "the events that a full run writes",
            "Run it again in another folder",
        ) from None


def _made(folder: Path) -> str:
    """When the result was made; that it came with the lab where nothing of it was made here."""
    return _dated(path for path in files.listed(folder) if path.suffix == ".jsonl") or WITH_THE_LAB


def _dated(paths: Iterable[Path]) -> str:
    """The day on which the newest of these files was written; empty without any."""
    times = []
    for path in paths:
        try:
            times.append(path.stat().st_mtime)
        except OSError:
            continue
    if not times:
        return ""
    day = datetime.datetime.fromtimestamp(max(times), datetime.UTC)
    return f"Result of {day.day} {day:%B %Y}."
