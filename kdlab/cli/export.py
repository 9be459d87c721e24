"""``python -m kdlab export``: trained networks as files that run without PyTorch."""

from __future__ import annotations

import argparse
import contextlib
import json
import sys
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING, Any

from kdlab.cli import asked
from kdlab.cli.options import about_settings, add_command, add_json, in_lines
from kdlab.cli.reporter import Reporter
from kdlab.data import input_shape
from kdlab.device import formats
from kdlab.errors import ConfigError, StoreError
from kdlab.events import Event
from kdlab.experiments.experiment import Experiment
from kdlab.full_run.run.device_files import export as full_run_files
from kdlab.full_run.run.folder import RunFolder
from kdlab.studies import EXPERIMENTS
from kdlab.system import files, paths

if TYPE_CHECKING:
    from kdlab.device.exported import Exported

FULL_RUN = "the folder of a full run, "
_FORMATS = "\n".join(f"  {each.name:<5} {each.about}" for each in formats.FORMATS.values())
EPILOG = f"""\
RUN is the folder of a full run, a file with the settings of a run (JSON, as the page exports it), a
preset, or at least the first six characters of the fingerprint of a run kept on this machine. A run
that has not been trained yet is trained first, and kept. With --of search, or --of and the name of
a study, RUN is the settings of a search or of that study.

{in_lines("presets", EXPERIMENTS["distill"].presets)}

formats:
{_FORMATS}

examples:
  python -m kdlab export few-labels --out student
  python -m kdlab export run.json --format onnx,int8,html --out student --json
  python -m kdlab export runs/wrn --format int8 --out wrn
  python -m kdlab export chains --of chains --out students

Every file takes raw inputs (pixels from 0 to 255). ONNX files take any number of inputs at a time,
and their metadata name the classes. Students are those of the first seed. Each file is loaded again
and compared with PyTorch on examples other than those of the reported figures; if a file disagrees
with its network, that is an error and nothing is written. --beside names networks as their files
are called: teacher, labels-only. The page is about the distilled student; for a study without one
it is about the first network named, otherwise the last.

With --json stdout gets one object: out, machine, files [{{name, network, format, bytes, and for
ONNX files difference (the largest between logits, as a share of their range), alike (share of equal
answers), accuracy (a fraction), judged (the number of test examples), latency_ms {{median, low,
high, repeats}} of one input on one thread}}].

Exit code: 0 done, 1 a network is not available or a file disagrees, 2 a setting is wrong."""


def add(commands: Any, name: str, about: str) -> None:
    """The parser of ``export``."""
    parser = add_command(
        commands,
        name,
        about,
        usage="python -m kdlab export RUN --out DIR [--of WORK] [--format LIST] "
        "[--beside LIST] [--seed N] [--json]",
        description="Writes the networks of a run as files for phones, browsers and servers.",
        epilog=EPILOG,
    )
    parser.add_argument("what", metavar="RUN", help="which run (see below)")
    parser.add_argument("--out", metavar="DIR", help="the folder for the files; made if missing")
    parser.add_argument(
        "--format",
        metavar="LIST",
        default="onnx",
        help=f"any of {', '.join(formats.FORMATS)}, separated by commas (default: onnx)",
    )
    parser.add_argument(
        "--of",
        metavar="WORK",
        default="distill",
        help="the kind of work RUN is: distill (default), search (the run of its best student), "
        "or a study",
    )
    parser.add_argument(
        "--beside",
        metavar="LIST",
        default="",
        help="networks shown on the page (html) beside the distilled student",
    )
    parser.add_argument(
        "--seed",
        metavar="N",
        help="full runs only: the seed of the students (default: the first that is done)",
    )
    add_json(parser)
    parser.set_defaults(run=_export)


def _export(arguments: argparse.Namespace) -> int:
    wanted = ",".join(each.name for each in formats.find(arguments.format))
    if not arguments.out:
        raise ConfigError("--out is missing", "a folder for the files", "Add --out DIR")
    out = paths.expanded(arguments.out)
    if arguments.beside and formats.FORMATS["html"] not in formats.find(wanted):
        raise ConfigError(
            f"--beside is {arguments.beside[:40]!r}, but --format has no html",
            "--beside with the format html",
            "Add html to --format, or leave --beside out",
        )
    source = _source(arguments, wanted)
    new = not out.exists()
    _writable(out)
    try:
        with Reporter(sys.stderr) as reporter:
            made = _told(source, reporter)
        _write(out, made)
    except BaseException:
        if new:
            with contextlib.suppress(OSError):
                out.rmdir()  # where nothing was written
        raise
    if arguments.json:
        print(json.dumps(_as_json(out, made), allow_nan=False, ensure_ascii=False))
    else:
        print(f"{out}\n" + "\n".join(map(_line, made)))
    return 0


def _source(arguments: argparse.Namespace, wanted: str) -> Generator[Event, None, list[Exported]]:
    """What makes the files; ConfigError where RUN is nothing that is known."""
    folder, seed = RunFolder(paths.expanded(arguments.what)), _seed(arguments)
    beside = _listed(arguments.beside)
    if folder.exists():
        return full_run_files(folder.path, wanted, beside, seed)
    if seed is not None:
        raise ConfigError(
            f"--seed is {seed}, but {arguments.what[:80]!r} is not a full run",
            "--seed with the folder of a full run; other runs keep the weights of their first seed",
            "Leave --seed out, or set first_seed in the settings of the run",
        )
    experiment = _experiment(arguments.of)
    config = asked.settings(arguments.what, experiment, FULL_RUN)
    with about_settings():
        experiment.possible(config)
    if wanted == "html" and not formats.has_page(input_shape(config)):  # before anything is trained
        raise ConfigError(
            "--format is html, but the data is a table, whose rows cannot be entered on that page",
            "for a table: "
            + ", ".join(each.name for each in formats.FORMATS.values() if not each.page),
            "Leave html out, as in --format onnx",
        )
    assert experiment.device_files is not None, "only such are found"
    return experiment.device_files(experiment.normal(config), wanted, beside)


def _experiment(name: str) -> Experiment[Any, Any]:
    """The kind of work whose settings RUN is."""
    known = {n: each for n, each in EXPERIMENTS.items() if each.device_files is not None}
    if name not in known:
        raise ConfigError(f"--of is {name[:40]!r}", "one of " + ", ".join(known), "Change --of")
    return known[name]


def _told(source: Generator[Event, None, list[Exported]], reporter: Reporter) -> list[Exported]:
    while True:
        try:
            reporter.tell(next(source))
        except StopIteration as end:
            found: list[Exported] = end.value
            return found


def _writable(out: Path) -> None:
    """StoreError before all the work where nothing can be written there."""
    try:
        paths.check_writable(out)
    except StoreError as error:
        raise _refused(out, error.received.rpartition("(")[2].rstrip(")")) from None


def _write(out: Path, made: list[Exported]) -> None:
    """Each file aside, then renamed into place."""
    for each in made:
        try:
            files.write(out / each.name, each.content)
        except OSError as error:
            raise _refused(out, error.strerror or str(error)) from None


def _refused(out: Path, why: str) -> StoreError:
    return StoreError(
        f"the folder {out} cannot be written ({why})",
        "a folder that this user may write to, on a disk with free space",
        "Choose another --out, or free some space; no file is left half-written",
    )


def _as_json(out: Path, made: list[Exported]) -> dict[str, Any]:
    from kdlab.device import runtime

    return {
        "out": str(out),
        "machine": runtime.machine(),
        "files": [
            {"name": each.name, "network": each.role, "format": each.format} | each.facts
            for each in made
        ],
    }


def _line(each: Exported) -> str:
    facts = each.facts
    told = f"  {each.name:<24}{facts['bytes']:>12,} bytes"
    if "bits" in facts:
        told += f"  {facts['bits']:.3f} bits per test character"
    elif "accuracy" in facts:
        told += f"  {100 * facts['accuracy']:6.2f} % of {facts['judged']:,} test examples"
    if "networks" in facts:
        told += f"  with {', '.join(facts['networks'])}"
    if "latency_ms" in facts:
        told += f"  {facts['latency_ms']['median']:.3f} ms"
    return told


def _listed(text: str) -> list[str]:
    return [name.strip() for name in text.split(",") if name.strip()]


def _seed(arguments: argparse.Namespace) -> int | None:
    text = arguments.seed
    if text is None:
        return None
    if not text.isdecimal() or len(text) > 9:
        raise ConfigError(
            f"--seed is {text[:40]!r}", "the seed of a student of this full run", "Change --seed"
        )
    return int(text)
