"""``record``: make the results that come with the lab again, under assets/."""

from __future__ import annotations

import argparse
from typing import Any

from kdlab.history import fold, verdict_sentence

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
    from kdlab.paths import BUNDLED
    from kdlab.presets import PRESETS
    from kdlab.store import Store
    from kdlab.work import run

    for name, preset in PRESETS.items():
        history = fold(run(preset.config, Store(home=BUNDLED, bundled=None)))
        assert history.finished, f"preset {name} did not finish"
        print(f"{name}: {verdict_sentence(history.finished)}", flush=True)


def _maps() -> None:
    from kdlab.cli.sweep import summary
    from kdlab.paths import BUNDLED
    from kdlab.store import Store
    from kdlab.sweep import SweepHistory, recall
    from kdlab.sweep.presets import MAPS
    from kdlab.sweep.run import record

    store = Store(home=BUNDLED, bundled=None)
    for name, preset in MAPS.items():
        record(preset.config, store)
        known = SweepHistory(preset.config, recall(preset.config, store))
        print(f"{name}: {summary(known)}", flush=True)


def _searches() -> None:
    from kdlab.paths import BUNDLED
    from kdlab.search.config import SEARCHES
    from kdlab.search.run import record

    for name, config in SEARCHES.items():
        found = record(config, BUNDLED)
        print(f"{name}: {found.best['student']}, {found.test['gain']}", flush=True)


def _studies(names: list[str] | None = None) -> None:
    from kdlab.paths import BUNDLED
    from kdlab.studies import STUDIES, find
    from kdlab.studies.run import record

    for name in STUDIES if names is None else names:
        for finding in record(find(name), BUNDLED):
            print(f"{name}: {finding.text}", flush=True)
