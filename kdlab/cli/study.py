"""``python -m kdlab study NAME``: a question answered by arms, as JSON or as a table in words."""

from __future__ import annotations

import argparse
import inspect
import json
import math
import sys
from typing import Any

from kdlab import checks
from kdlab.cli.options import add_settings, look_at_images, read_settings
from kdlab.cli.reporter import Reporter
from kdlab.errors import ConfigError, KdlabError
from kdlab.experiments.study.basis import basis
from kdlab.experiments.study.run import run
from kdlab.measure.gain import Gain
from kdlab.studies import STUDIES, Study, StudyHistory
from kdlab.system.paths import check_writable, default_home

EPILOG = """\
example:
  python -m kdlab study {name} --seeds 5 --json

With --json stdout gets one object: study, config, teacher_accuracy, arms [{{name, label, student,
against, teacher, accuracy, validation, fidelity, ece, one number per seed (of several teachers
those of each one after the other), gain {{mean, ci95, seeds}}, and teachers where there are
several, against its labels-only arm, cost}}], findings [{{text, holds, gain}}], basis (what the
intervals are over), seconds, machine; exhibits with --exhibits, notes where there is more to say.
Accuracies are fractions; null where a student's are NaN.

Exit code: 0 done, 1 the study failed, 2 a setting is wrong, 130 stopped by Ctrl-C."""


class StudyParser(argparse.ArgumentParser):
    """The options of one study, made when they are asked for: there are many studies, and a
    command line names one."""

    study: Study | None = None

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """As argparse has it, with the options of the study."""
        if self.study is not None:
            study, self.study = self.study, None
            add_settings(self, study.config)
            self.add_argument(
                "--exhibits", action="store_true", help="with --json: also what the study shows"
            )
        return super().parse_known_args(args, namespace)


def add(commands: Any, about: str) -> None:
    """The parser of ``study``, and one for each study."""
    parser = commands.add_parser(
        "study",
        help=about,
        description="Studies compare students that are made in different ways, under one budget.",
        allow_abbrev=False,
    )
    parser.add_argument("--list", action="store_true", help="name the studies there are")
    parser.set_defaults(run=_study, study=None)
    each = parser.add_subparsers(
        dest="study", metavar="NAME", title="studies", parser_class=StudyParser
    )
    for study in STUDIES.values():
        own = each.add_parser(
            study.name,
            help=study.question,
            usage=f"python -m kdlab study {study.name} [SETTING ...] [--config FILE.json] [--json] "
            "[--exhibits] [--no-cache]",
            description=f"{study.question} {inspect.cleandoc(study.config.__doc__ or '')}".replace(
                "``", ""
            ),
            epilog=EPILOG.format(name=study.name),
            formatter_class=argparse.RawDescriptionHelpFormatter,
            allow_abbrev=False,
        )
        own.study = study
        own.set_defaults(model=study.config, command=f"study {study.name}")


def _study(arguments: argparse.Namespace) -> int:
    if arguments.study is None:
        if not arguments.list:
            raise ConfigError(
                "no study was named", ", ".join(STUDIES), "Name one, as in: study teachers"
            )
        for study in STUDIES.values():
            print(f"{study.name:>14}  {study.question}")
        return 0
    study = STUDIES[arguments.study]
    config = read_settings(arguments, study.config)
    try:
        checks.possible(config)
    except KdlabError as error:
        raise ConfigError(error.received, error.allowed, error.todo) from None
    look_at_images(config)
    check_writable(default_home())
    history = StudyHistory(checks.normal(config))
    with Reporter(sys.stderr) as reporter:
        for event in run(study, config, cache=not arguments.no_cache):
            history.take([event])
            if history.started and not history.finished:
                reporter.share("training the students", history.share_done)
            elif not history.started:
                reporter.tell(event)
    if history.failed:
        print(history.failed.reason, file=sys.stderr)
        return 1
    if arguments.json:
        print(json.dumps(as_json(study, history, arguments.exhibits), allow_nan=False))
    else:
        print(summary(study, history))
    return 0


def as_json(study: Study, history: StudyHistory, exhibits: bool = False) -> dict[str, Any]:
    """The one JSON object of ``study``; lists have one number per seed."""
    assert history.started is not None, "nothing was trained"
    assert history.finished is not None, "the study is not done"
    arms, findings = [], study.findings(history)
    for arm in history.arms:
        name = str(arm["name"])
        done = history.done[name]
        own = history.against(name) == name
        arms.append(
            {
                **arm,
                **{m: list(history.values(name, m)) for m in MEASURES},
                "gain": None if own else _plain(history.gain(name)),
                "cost": done.cost,
            }
        )
    found: dict[str, Any] = {
        "study": study.name,
        "config": history.config.model_dump(mode="json"),
        "teacher_accuracy": history.started.teacher_accuracy,
        "arms": arms,
        "findings": [{"text": f.text, "holds": f.holds, "gain": _plain(f.gain)} for f in findings],
        "basis": basis(history, findings, corrected=study.corrected),
        "teachers": history.finished.teachers,
        "seconds": history.finished.seconds,
        "machine": history.started.machine,
    }
    if history.notes:
        found["notes"] = history.notes
    if exhibits:
        found["exhibits"] = history.exhibits
    plain: dict[str, Any] = without_nan(found)
    return plain


def _plain(gain: Gain | None) -> dict[str, Any] | None:
    return None if gain is None else gain.as_dict()


MEASURES = ("accuracy", "validation", "fidelity", "ece")


def without_nan(value: Any) -> Any:
    """The same with None for NaN: JSON has no other word for it."""
    if isinstance(value, float):
        return value if math.isfinite(value) else None
    if isinstance(value, dict):
        return {key: without_nan(each) for key, each in value.items()}
    if isinstance(value, list | tuple):
        return [without_nan(each) for each in value]
    return value


def summary(study: Study, history: StudyHistory) -> str:
    """Test accuracies of all arms, and the findings."""
    assert history.started is not None, "nothing was trained"
    width = max(len(history.label(name)) for name in history.done)
    lines = [study.question]
    for name in (str(arm["name"]) for arm in history.arms):
        mean, low, high = history.mean(name)
        line = f"  {history.label(name):<{width}}  {100 * mean:5.1f} %"
        line += f" ({100 * low:.1f} to {100 * high:.1f})" if math.isfinite(low) else ""
        gain = history.gain(name)
        if gain is not None and history.against(name) != name:
            line += f"  {gain.told()}"
        lines.append(line)
    lines.append(f"  {'Teacher':<{width}}  {100 * history.started.teacher_accuracy:5.1f} %")
    lines.append("Test accuracy; gains against the same student on labels only.")
    found = study.findings(history)
    return "\n".join(
        [*lines, *(f"- {f.text}" for f in found), basis(history, found, corrected=study.corrected)]
    )
