"""``python -m kdlab compare``: two runs beside each other, and by how much they differ."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from kdlab.cli import asked
from kdlab.cli.options import about_settings, add_command, add_json, in_lines
from kdlab.cli.reporter import Reporter
from kdlab.config.schema import DistilConfig
from kdlab.errors import ConfigError
from kdlab.events import Remark
from kdlab.experiments.run.compared import report
from kdlab.experiments.run.compared.comparison import compare
from kdlab.experiments.run.experiment import DISTILL
from kdlab.experiments.run.history import History
from kdlab.system.paths import check_writable, default_home

EPILOG = f"""\
A and B are each a file with the settings of a run (JSON, as the page exports it), a preset, or at
least the first six characters of the fingerprint of a run kept on this machine. A run that has not
been trained yet is trained first, and kept.

{in_lines("presets", DISTILL.presets)}

examples:
  python -m kdlab compare few-labels all-labels
  python -m kdlab compare a.json b.json --json
  python -m kdlab compare few-labels b.json --csv > compared.csv

Differences are B minus A: paired by seed where the runs share seeds on the same data, otherwise
with Welch's interval. Runs on different data, runs judged by different measures and runs of one
seed are shown without a difference, and the sentence says why.

With --json stdout gets one object: a and b {{fingerprint, config}}, settings that differ {{name:
{{a, b}}}}, measures {{a, b}}, results {{teacher, labels only, distilled, gain}}, each {{a, b,
difference: {{mean, interval}} or null, how}}, costs (the same; of latency the median, the 10th and
the 90th percentile), pairs {{name: [seeds]}}, compared (whether a difference could be computed),
sentence, notes [sentences]. Accuracies are fractions. --csv gives the same table.

Exit code: 0 done, 1 a run failed, 2 a setting is wrong."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``compare``."""
    parser = add_command(
        commands,
        name,
        about,
        usage="python -m kdlab compare A B [--json | --csv]",
        description="Compares two runs: their settings, results and costs.",
        epilog=EPILOG,
    )
    parser.add_argument("a", metavar="A", help="a run (see below)")
    parser.add_argument("b", metavar="B", help="another run")
    add_json(parser)
    parser.add_argument("--csv", action="store_true", help="print the table as CSV on stdout")
    parser.set_defaults(run=_compare)


def _compare(arguments: argparse.Namespace) -> int:
    if arguments.json and arguments.csv:
        raise ConfigError("--json and --csv are both given", "one of them", "Leave one out")
    names = (arguments.a, arguments.b)
    a, b = configs = [_settings(name) for name in names]
    if a == b:
        raise ConfigError(
            f"{names[0][:80]!r} and {names[1][:80]!r} are the same run",
            "two runs that differ in a setting",
            "Name another run",
        )
    check_writable(default_home())  # not only after all the work
    with Reporter(sys.stderr) as reporter:
        histories = []
        for letter, name, config in zip("AB", names, configs, strict=True):
            reporter.tell(Remark(text=f"{letter}: {name}"))
            histories.append(_history(config, reporter))
            if not histories[-1].complete:
                failed = histories[-1].failed
                print(failed.reason if failed else "", file=sys.stderr)
                return 1
    first, second = histories
    compared = compare(a, first, b, second)
    if arguments.json:
        print(json.dumps(report.as_json(compared), allow_nan=False, ensure_ascii=False))
    elif arguments.csv:
        print(report.table(compared).to_csv(index=False), end="")
    else:
        print(report.summary(compared, (names[0][-30:], names[1][-30:])))
    return 0


def _settings(name: str) -> DistilConfig:
    """The run that ``name`` means, normal; ConfigError where it cannot be run."""
    config: DistilConfig = asked.settings(name, DISTILL)
    with about_settings():
        DISTILL.possible(config)
    return DISTILL.normal(config)


def _history(config: DistilConfig, reporter: Reporter) -> History:
    """The run of ``config``: trained here where it is not kept."""
    history = History()
    for event in DISTILL.stream(config):
        history.take([event])
        reporter.tell(event)
    return history
