"""A single run as an :class:`~kdlab.experiments.experiment.Experiment`."""

from __future__ import annotations

from pathlib import Path

from kdlab import checks, predicted
from kdlab.config.presets import LANGUAGE, MNIST_PAIR, PRESETS, TWENTY_SEEDS
from kdlab.config.schema import DistilConfig
from kdlab.events import Event
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.run import by_class, device_files, report, run, steering
from kdlab.experiments.run.history import History, fold, verdict_sentence
from kdlab.experiments.runner import one_task
from kdlab.export import stand_alone
from kdlab.jobs.group import Task
from kdlab.storage.store import LOGITS, Store

RECORDED_LOGITS_BYTES = 200_000
"""Of a teacher that comes with the lab: larger files are left out, and it is asked again."""


def tasks(config: DistilConfig, workers: int = 1, cache: bool = True) -> list[Task]:
    """The one job of a run; the same run is one job for all who ask for it."""
    return one_task(run.run, (config,), config.fingerprint(), cache)


def load_result(
    config: DistilConfig, store: Store | None = None, *, bundled: bool = False
) -> list[Event]:
    """The events of a run that is done; see :class:`Experiment`."""
    store = store or Store()
    return (store.events(config) if bundled else store.load_run(config)) or []


def record(config: DistilConfig, home: Path) -> list[str]:
    """Run it and keep it under ``home``: one that comes with the lab."""
    history = fold(run.run(config, Store(home=home, bundled=None)))
    assert history.finished, f"the run did not finish: {history.failed}"
    teacher = checks.normal(config).teacher_config().fingerprint()
    for logits in home.glob(f"teachers/{teacher}/{LOGITS}"):
        if logits.stat().st_size > RECORDED_LOGITS_BYTES:
            logits.unlink()
    return [verdict_sentence(history.finished, history.turns.values())]


DISTILL: Experiment[DistilConfig, History] = Experiment(
    name="distill",
    command="distill",
    noun="run",
    plural="runs",
    config=DistilConfig,
    normal=checks.normal,
    possible=checks.possible,
    predicted=predicted.of_run,
    run=run.run,
    tasks=tasks,
    steered=steering.tasks,
    load_result=load_result,
    history=lambda config: History(),
    as_json=report.as_json,
    summary=report.summary,
    tables={
        "curves": lambda history: history.students,
        "results": History.results,
        "per-class": History.per_class,
        "gain-per-class": by_class.class_table,
        "confusion": by_class.confusion_table,
        "calibration": by_class.calibration_table,
    },
    script=lambda config, history: stand_alone(config),
    presets={name: preset.config for name, preset in PRESETS.items()}
    | LANGUAGE
    | {"mnist-pair": MNIST_PAIR, "twenty-seeds": TWENTY_SEEDS},
    record=record,
    device_files=device_files.export,
    epilog=report.EPILOG,
    looks_first=False,
)
