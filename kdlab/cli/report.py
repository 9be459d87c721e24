"""``python -m kdlab report``: a result as a file to hand in."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from kdlab.cli import asked
from kdlab.cli.options import about_settings, add_command, add_json
from kdlab.errors import ConfigError
from kdlab.full_run.run.folder import RunFolder
from kdlab.report import build, saved
from kdlab.report.document import Report
from kdlab.studies import EXPERIMENTS
from kdlab.system import paths

EPILOG = """\
RUN is the folder of a full run, a file with settings (JSON, as the page exports it), the name of a
preset or of a study, or at least the first six characters of the fingerprint of a result kept on
this machine. Nothing is trained: the result must exist. Where settings could belong to several
kinds of work, --of says which.

--out report.html writes one file with everything in it: it opens in any browser, offline, and
prints on A4 and Letter. --out report.md writes Markdown with its figures as SVG files beside it,
since most Markdown viewers do not show embedded figures. --figures DIR writes only the figures, for
slides.

examples:
  python -m kdlab report few-labels --out report.html
  python -m kdlab report run.json --out report.md
  python -m kdlab report chains --figures figures --format png,svg
  python -m kdlab report runs/wrn --out wrn.html --json

With --json stdout gets one object: question, verdict, made, fingerprint, files (their paths).

Exit code: 0 done, 1 the result is missing or damaged or a file cannot be written, 2 a setting is
wrong."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``report``."""
    parser = add_command(
        commands,
        name,
        about,
        usage="python -m kdlab report RUN [--out FILE.html|FILE.md] [--figures DIR] "
        "[--format LIST] [--of WORK] [--json]",
        description="Writes a report of a run, a map, a search, a study or a full run.",
        epilog=EPILOG,
    )
    parser.add_argument("what", metavar="RUN", help="which result (see below)")
    parser.add_argument("--out", metavar="FILE", help="the file of the report: .html or .md")
    parser.add_argument("--figures", metavar="DIR", help="the folder for the figures alone")
    parser.add_argument(
        "--format",
        metavar="LIST",
        default="png,svg",
        help="with --figures: png, svg, or png,svg (default: png,svg)",
    )
    parser.add_argument(
        "--of",
        metavar="WORK",
        default="",
        help=f"the kind of work RUN is: {', '.join(EXPERIMENTS)} (default: detected)",
    )
    add_json(parser)
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    kinds = saved.kinds_of(arguments.format)
    if not arguments.out and not arguments.figures:
        raise ConfigError(
            "--out is missing", "a file for the report, or --figures with a folder",
            "Add --out report.html",
        )  # fmt: skip
    out = paths.expanded(arguments.out) if arguments.out else None
    if out is not None:
        saved.ending(out)
    report = _made(arguments.what, arguments.of)
    written: list[Path] = []
    if out is not None:
        written += _write(out.parent, saved.report_files(report, out))
    if arguments.figures:
        folder = paths.expanded(arguments.figures)
        written += _write(folder, saved.figures(report, kinds))
    if arguments.json:
        print(json.dumps(_as_json(report, written), ensure_ascii=False))
    else:
        print("\n".join([report.title, report.answer, *(f"  {path}" for path in written)]))
    return 0


def _made(what: str, of: str) -> Report:
    folder = RunFolder(paths.expanded(what))
    if folder.exists():
        return build.of_full_run(folder)
    if of and of not in EXPERIMENTS:
        raise ConfigError(f"--of is {of[:40]!r}", "one of " + ", ".join(EXPERIMENTS), "Change --of")
    kinds = [EXPERIMENTS[of]] if of else EXPERIMENTS.values()
    experiment, config = asked.work(what, kinds)
    with about_settings():
        experiment.possible(config)
    return build.of(experiment, config)


def _write(folder: Path, content: dict[str, bytes]) -> list[Path]:
    saved.write(folder, content)
    return [folder / name for name in content]


def _as_json(report: Report, written: list[Path]) -> dict[str, Any]:
    return {
        "question": report.title,
        "verdict": report.answer,
        "made": report.made,
        "fingerprint": dict(report.facts)["Fingerprint"],
        "files": list(map(str, written)),
    }
