"""A study as an :class:`~kdlab.experiments.experiment.Experiment`, made from its record."""

from __future__ import annotations

import functools
from pathlib import Path

import pandas as pd

from kdlab import checks
from kdlab.data import known_inputs
from kdlab.errors import ConfigError
from kdlab.experiments.experiment import Experiment
from kdlab.experiments.study import device_files, report
from kdlab.experiments.study import run as studying
from kdlab.experiments.study.history import StudyHistory
from kdlab.experiments.study.predicted import of_study
from kdlab.experiments.study.record import Study, StudyConfig
from kdlab.export import study_script

BITS_OVER_EPOCHS = ("validation_bits", "test_bits")
"""Columns of text alone."""
TEN_CLASSES = tuple("0123456789")
"""Stand in for those of images of one's own, which are known when they are read."""


def curves(history: StudyHistory) -> pd.DataFrame:
    """One row an arm, epoch and seed."""
    seeds = history.started.seeds if history.started else ()
    return pd.DataFrame(
        [
            {
                "group": arm["name"],
                "epoch": event.epoch,
                "seed": seed,
                "validation_accuracy": event.validation[n],
                "test_accuracy": event.test[n],
                "fidelity": event.fidelity[n],
                **{m: told[n] for m in BITS_OVER_EPOCHS if (told := getattr(event, m))},
            }
            for arm in history.arms
            for event in history.epochs(str(arm["name"]))
            for n, seed in enumerate(seeds)
        ]
    )


def script(study: Study, config: StudyConfig, history: StudyHistory | None) -> str:
    """The study as one file; where it tunes something, with what ``history`` has found."""
    config = checks.normal(config)
    known = known_inputs(config)
    plan = study.arms(config, known.classes if known else TEN_CLASSES)
    if study.tuned is not None:
        if history is None or not history.finished or history.config != config:
            raise ConfigError(
                "the study has not run yet",
                "a study that has ended: its script uses what was tuned on validation images",
                "Run the study first",
            )
        plan = study.tuned(plan, history.exhibits)
    return study_script(config, plan, study.title, config.teachers_drawn)


def record(study: Study, config: StudyConfig, home: Path) -> list[str]:
    """Run it and keep it under ``home``: one that comes with the lab."""
    return [finding.text for finding in studying.record(study, config, home)]


def of_record(study: Study) -> Experiment[StudyConfig, StudyHistory]:
    """The experiment that answers the question of ``study``."""
    return Experiment(
        name=study.name,
        command=f"study {study.name}",
        noun="study",
        plural="studies",
        config=study.config,
        normal=checks.normal,
        possible=checks.possible,
        predicted=functools.partial(of_study, study),
        run=functools.partial(studying.run, study),
        tasks=functools.partial(studying.tasks, study),
        device_files=functools.partial(device_files.export, study),
        has_networks=device_files.has_networks,
        load_result=functools.partial(studying.load_result, study),
        history=StudyHistory,
        as_json=functools.partial(report.as_json, study),
        summary=functools.partial(report.summary, study),
        tables={"results": StudyHistory.results, "curves": curves},
        script=functools.partial(script, study),
        presets={study.name: study.config(), **study.recorded},
        record=functools.partial(record, study),
        epilog=report.EPILOG.format(name=study.name),
        about=study.question,
        flags={"exhibits": "with --json: add the data of the study's pictures"},
        many=True,
    )
