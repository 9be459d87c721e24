"""``record``: make the results that come with the lab again, under assets/."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.experiments.run.history import fold, verdict_sentence

KINDS = ("runs", "maps", "searches", "studies")


def add(commands: Any, about: str) -> None:
    """The command, for developers."""
    parser = commands.add_parser("record", help=about)
    parser.add_argument(
        "only", nargs="*", metavar="WHAT", help=f"{', '.join(KINDS)}, or names of studies; all"
    )
    parser.set_defaults(run=_record)


def _record(arguments: argparse.Namespace) -> int:
    only = arguments.only or KINDS
    for kind, make in zip(KINDS, (_runs, _maps, _searches, _studies), strict=True):
        if kind in only:
            make()
    _studies([name for name in only if name not in KINDS])
    return 0


def _runs() -> None:
    from kdlab.config.presets import PRESETS
    from kdlab.experiments.run.run import run
    from kdlab.storage.store import Store
    from kdlab.system.paths import BUNDLED

    for name, preset in PRESETS.items():
        history = fold(run(preset.config, Store(home=BUNDLED, bundled=None)))
        assert history.finished, f"preset {name} did not finish"
        print(f"{name}: {verdict_sentence(history.finished)}", flush=True)


def _maps() -> None:
    from kdlab.cli.sweep import summary
    from kdlab.experiments.sweep import SweepHistory, load_result
    from kdlab.experiments.sweep.presets import MAPS
    from kdlab.experiments.sweep.run import record
    from kdlab.storage.store import Store
    from kdlab.system.paths import BUNDLED

    store = Store(home=BUNDLED, bundled=None)
    for name, preset in MAPS.items():
        record(preset.config, store)
        known = SweepHistory(preset.config, load_result(preset.config, store))
        print(f"{name}: {summary(known)}", flush=True)


def _searches() -> None:
    from kdlab.experiments.search.config import SEARCHES
    from kdlab.experiments.search.run import record
    from kdlab.system.paths import BUNDLED

    for name, config in SEARCHES.items():
        found = record(config, BUNDLED)
        print(f"{name}: {found.best['student']}, {found.test['gain']}", flush=True)


def _studies(names: list[str] | None = None) -> None:
    from kdlab.experiments.study.run import record
    from kdlab.studies import STUDIES, find
    from kdlab.system.paths import BUNDLED

    for name in STUDIES if names is None else names:
        study = find(name)
        for finding in record(study, study.config(), BUNDLED):
            print(f"{name}: {finding.text}", flush=True)
