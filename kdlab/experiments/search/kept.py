"""What the store has of a search: its result after so many trials, and its journal.

Needs no torch, so that a page or a command can show a search that was made before at once.
"""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from kdlab import checks, data
from kdlab.errors import KdlabError
from kdlab.events import Event, SearchStarted, TrialsDone
from kdlab.experiments.search import answer, space
from kdlab.experiments.search.config import SearchConfig
from kdlab.hosting import in_use
from kdlab.storage import damage, stored
from kdlab.storage.store import Store
from kdlab.system import files

if TYPE_CHECKING:
    import optuna

    from kdlab.experiments.search.trials import Known

KIND = "searches"


def folder_of(config: SearchConfig, store: Store) -> Path:
    """Where the search lies, whatever its number of trials."""
    return store.home / KIND / space.fingerprint(config)


def load_result(
    config: SearchConfig, store: Store | None = None, *, bundled: bool = False
) -> list[Event]:
    """What this very search found before; empty where nothing is known, or where the data may have
    changed since. ``bundled``: also what comes with the lab. DamagedError where what was kept is
    not what the lab wrote."""
    store, config = store or Store(), space.normal(config)
    if checks.may_change(config):
        return []
    found = load(config, store, folder_of(config, store))
    if found is None and bundled and store.bundled is not None:
        found = load(config, store, store.bundled / KIND / space.fingerprint(config))
    return found or []


def load(config: SearchConfig, store: Store, folder: Path) -> list[Event] | None:
    """What was found after exactly this number of trials, or None; DamagedError where that is not
    what the lab wrote. The trials are in the journal: none of them is lost with it."""
    path = folder / f"result-{config.trials}.jsonl"
    if not path.is_file():
        return None
    in_use.renew(folder / "config.json")
    try:
        events = stored.events(stored.read(path))
        answer.check(events)
    except FileNotFoundError:  # deleted a moment ago
        return None
    except (OSError, ValueError, KdlabError) as error:
        if files.refused(error):
            raise damage.unreadable(path, error) from None
        raise damage.found(store.home, KIND, folder.name, [path.name]) from None
    return events


def tried(config: SearchConfig, store: Store | None = None) -> list[Event]:
    """The trials that this very search has finished, whether or not it came to its end:
    SearchStarted and TrialsDone; empty where there are none, or where the data may have changed
    since. StoreError where its journal or its costs are damaged. Who writes them is not waited
    for, and nothing is written but that the search was used now."""
    from kdlab.experiments.search import costs, trials

    store, config = store or Store(), space.normal(config)
    if checks.may_change(config):
        return []
    folder = folder_of(config, store)
    measured = costs.known_costs(folder, on_device=config.on_device)
    known = _trials(config, store) if measured is not None else None
    if measured is None or known is None:
        return []
    of_students, machine = measured
    rows = [
        trials.as_row(one, of_students[one.asked.student])
        for one in trials.counted(known)
        if one.ended and one.asked.student in of_students
    ]
    if not rows:
        return []
    started = SearchStarted(
        fingerprint=space.fingerprint(config),
        candidates=len(space.within(config, {0: tuple(of_students)}, of_students)[0]),
        resumed=len(rows),
        trials=max(config.trials, len(rows)),
        machine=machine,
    )
    return [started, TrialsDone(trials=rows)]


def study(config: SearchConfig, store: Store | None = None) -> optuna.Study | None:
    """The results of the search in a study in memory, for Optuna's own charts; None where nothing
    was tried yet.

    StoreError where its journal is damaged.
    """
    from kdlab.experiments.search import trials

    known = _trials(config, store or Store())
    return None if known is None else trials.in_memory(trials.counted(known))


def _trials(config: SearchConfig, store: Store) -> list[Known] | None:
    """What the journal says of the lab's trials by now; None where there is no journal."""
    from kdlab.experiments.search import journal, trials

    folder = folder_of(config, store)
    if not (folder / journal.NAME).is_file():
        return None
    in_use.renew(folder / "config.json")
    found = journal.read_study(folder)
    if found is None:
        return None
    return trials.read(found.get_trials(deepcopy=False), data.measure_of(config.dataset))
