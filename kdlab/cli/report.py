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
preset or of a study, or the first letters, six at least, of the fingerprint of a result that is
kept on this machine. Nothing is trained: a report tells of a result that is there. Where settings
could be those of several kinds of work, --of says whose they are.

--out report.html is one file with everything in it: it opens in any browser without a network, and
prints on A4 and Letter. --out report.md is Markdown whose figures are SVG files beside it, since
most of what shows Markdown shows no figure that is written into the text. --figures DIR writes the
figures alone, for slides.

examples:
  python -m kdlab report few-labels --out report.html
  python -m kdlab report run.json --out report.md
  python -m kdlab report chains --figures figures --format png,svg
  python -m kdlab report runs/wrn --out wrn.html --json

With --json stdout gets one object: question, verdict, made, fingerprint, files (their paths).

Exit code: 0 done, 1 there is no such result, it is damaged, or a file cannot be written, 2 a
setting is wrong."""


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
    parser.add_argument("what", metavar="RUN", help="which result, see below")
    parser.add_argument("--out", metavar="FILE", help="the report: .html, or .md")
    parser.add_argument("--figures", metavar="DIR", help="the folder of the figures alone")
    parser.add_argument(
        "--format",
        metavar="LIST",
        default="png,svg",
        help="of --figures: png, svg, or both with a comma between them (default: png,svg)",
    )
    parser.add_argument(
        "--of",
        metavar="WORK",
        default="",
        help=f"whose settings RUN is: {', '.join(EXPERIMENTS)} (default: found out)",
    )
    add_json(parser)
    parser.set_defaults(run=_report)


def _report(arguments: argparse.Namespace) -> int:
    kinds = saved.kinds_of(arguments.format)
    if not arguments.out and not arguments.figures:
        raise ConfigError(
            "--out is missing", "the file of the report, or --figures and a folder",
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
