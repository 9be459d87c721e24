"""``python -m kdlab clinic``: verdicts on the articles' claims, and what common mistakes cost."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any

from kdlab.cli.options import add_command, add_json
from kdlab.cli.reporter import Reporter
from kdlab.errors import ConfigError
from kdlab.measure.gain import Gain
from kdlab.studies.clinic.claims import CLAIMS
from kdlab.studies.clinic.verdicts import STORED, Verdict, names, rerun, save, settings_of, stored
from kdlab.system.paths import refuses

EPILOG = """\
examples:
  python -m kdlab clinic
  python -m kdlab clinic --only temperature-generalises --json

With --json stdout gets one object: for the name of each claim or mistake its title, config, answers
[{text, holds, gain}], notes, and the verdict (of a claim) or the effect {mean, ci95, seeds} (of a
mistake: accuracy with it minus accuracy without it, as a fraction).

Exit code: 0 done, 1 a study failed, 2 a setting is wrong, 130 stopped by Ctrl-C."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``clinic``."""
    parser = add_command(
        commands,
        name,
        about,
        description="Prints the verdicts that come with the lab, or measures them again.",
        epilog=EPILOG,
    )
    parser.add_argument(
        "--only",
        metavar="NAME",
        action="append",
        help="show only this claim or mistake; may be repeated",
    )
    parser.add_argument(
        "--rerun",
        action="store_true",
        help="train everything again and store the verdicts in the lab (for developers)",
    )
    add_json(parser)
    parser.set_defaults(run=_clinic)


def _clinic(arguments: argparse.Namespace) -> int:
    which = list(dict.fromkeys(arguments.only or names()))
    for name in which:
        settings_of(name)  # a ConfigError for a name that is not known
    known = _measured(which) if arguments.rerun else _known(which)
    if arguments.json:
        print(json.dumps(known, ensure_ascii=False, allow_nan=False))
    else:
        print(summary(known))
    return 0


def _known(which: list[str]) -> dict[str, Verdict]:
    known = stored()
    missing = [name for name in which if name not in known]
    if missing:
        raise ConfigError(
            f"no verdict on {missing[0]} is stored",
            ", ".join(known),
            "Add --rerun to measure it",
        )
    return {name: known[name] for name in which}


def _measured(which: list[str]) -> dict[str, Verdict]:
    """Each is kept as soon as it is measured: what was stopped has not been for nothing."""
    found: dict[str, Verdict] = {}
    with Reporter(sys.stderr) as reporter:
        for name, verdict in rerun(which, reporter.tell):
            found[name] = verdict
            try:
                save({name: verdict})
            except OSError as error:
                raise refuses(STORED.parent, error) from None
    return found


def summary(known: dict[str, Verdict]) -> str:
    """A line a verdict, and under it what it rests on."""
    lines = []
    for name, found in known.items():
        if found["kind"] == "claim":
            head = f"{CLAIMS[name].article}  {found['title']}: {found['verdict']}"
        else:
            effect = found["effect"]
            head = f"mistake  {found['title']}: {Gain.of(effect).told()} of accuracy"
        lines += [head, *(f"    {answer['text']}" for answer in found["answers"])]
        lines += [f"    {note}" for note in found["notes"]]
    return "\n".join(lines)
