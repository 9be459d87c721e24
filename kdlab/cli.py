"""Commands on the same configuration models as the sliders: options are generated, not written.

Progress goes to stderr, one JSON object (``--json``) or a short summary to stdout. Accuracies are
fractions in JSON and per cent in words.
"""

from __future__ import annotations

import argparse
import difflib
import inspect
import io
import json
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdlab import bootstrap, data, methods, models
from kdlab.checks import normal, possible
from kdlab.config import DistilConfig
from kdlab.errors import ConfigError, KdlabError
from kdlab.events import Event
from kdlab.history import History, fold, verdict_sentence
from kdlab.paths import check_writable, default_home
from kdlab.report import Reporter
from kdlab.settings import allowed_values

MAX_CONFIG_BYTES = 1 << 20
WRONG, FAILED, STOPPED, CLOSED = 2, 1, 130, 141
"""Exit codes: the command line, the run, Ctrl-C, and nobody who reads (as shells count signals)."""

EPILOG = """\
example:
  python -m kdlab distill --dataset digits --labels 100 --temperature 4 --alpha 0.9 --seeds 5 --json

With --json stdout gets one object: config, teacher {accuracy, parameters, bytes, flops_per_image,
latency_ms}, student {the same, without accuracy}, groups [{name, accuracy, fidelity, ece}, one
number a seed], gain {mean, ci95, seeds} (ci95 is null for one seed), seconds {teacher, students,
total}, machine. Accuracies are fractions of the test images.

Exit code: 0 done, 1 the run failed, 2 a setting is wrong, 130 stopped by Ctrl-C.
Results are kept in the folder KDLAB_HOME, downloads in KDLAB_DATA (default: the user's cache)."""


def main(argv: Sequence[str]) -> int:
    """Parse and run; returns the exit code."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):  # a terminal may lack a letter: no reason to fail
            stream.reconfigure(errors="backslashreplace")
    try:
        code = _command(argv)
        sys.stdout.flush()
    except BrokenPipeError:  # "| head" has read enough
        _read_by_nobody()
        return CLOSED
    return code


def _command(argv: Sequence[str]) -> int:
    parser = _parser()
    if not argv:
        parser.print_help(sys.stderr)
        return WRONG
    try:
        arguments, unknown = parser.parse_known_args(argv)
        if unknown:
            raise _not_an_option(unknown[0], arguments.command)
        return int(arguments.run(arguments))
    except SystemExit as end:  # argparse: --help, or an option without its value
        return int(end.code or 0)
    except ConfigError as error:
        print(error, file=sys.stderr)
        return WRONG
    except KdlabError as error:
        print(error, file=sys.stderr)
        return FAILED
    except (MemoryError, RuntimeError) as error:  # torch says it with a RuntimeError
        if isinstance(error, RuntimeError) and "memory" not in str(error):
            raise
        print(
            "This run needs more memory than there is. Allowed: what fits into this machine. "
            "Choose fewer seeds, smaller networks or smaller batches.",
            file=sys.stderr,
        )
        return FAILED
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return STOPPED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m kdlab", description="The knowledge-distillation lab.", allow_abbrev=False
    )
    commands = parser.add_subparsers(dest="command", metavar="COMMAND", required=True)
    for name, what in bootstrap.COMMANDS.items():  # __main__ runs these, this lists them
        listed = commands.add_parser(name, help=what, add_help=False)
        listed.set_defaults(run=lambda arguments: bootstrap.main([arguments.command]))
    distil = commands.add_parser(
        "distill",
        aliases=["distil"],
        help="train a teacher, labels-only and distilled students, and compare them",
        usage="python -m kdlab distill [SETTING ...] [--config FILE.json] [--json] [--no-cache]",
        description=inspect.cleandoc(DistilConfig.__doc__ or "").replace("``", ""),
        epilog=EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )
    add_settings(distil)
    distil.set_defaults(run=_distil)
    bench = commands.add_parser("bench", help="measure the lab's speed on this machine")
    bench.set_defaults(run=_bench)
    record = commands.add_parser(
        "record", help="make the stored results under assets/ again (for developers)"
    )
    record.set_defaults(run=_record)
    return parser


def add_settings(parser: argparse.ArgumentParser) -> None:
    """One option a field of the configuration, and the ones about input and output."""
    groups: dict[str, Any] = {}
    for name, field in DistilConfig.model_fields.items():
        extra = field.json_schema_extra
        assert isinstance(extra, dict), name
        title = str(extra["group"])
        group = groups.setdefault(title, parser.add_argument_group(title))
        unit = f"unit: {extra['unit']}; " if extra.get("unit") else ""
        default = "none" if field.default == "" else f"{field.default}"
        text = f"{field.description} ({_choices(name)}; {unit}default: {default})"
        group.add_argument(
            _option(name),
            metavar=_metavar(name),
            default=argparse.SUPPRESS,
            help=text.replace("%", "%%"),
        )
    group = parser.add_argument_group("input and output")
    group.add_argument(
        "--config",
        metavar="FILE.json",
        help="read settings from a file, as the page exports it; settings given here win over it",
    )
    group.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    group.add_argument(
        "--no-cache", action="store_true", help="train again, even if this run is in the store"
    )


def _option(name: str) -> str:
    return "--" + name.replace("_", "-")


def _metavar(name: str) -> str:
    """The range in short: 0..1, 1..1000000|all; NAME for texts."""
    schema = DistilConfig.model_json_schema()["properties"][name]
    parts = [
        str(option["const"])
        if "const" in option
        else f"{option['minimum']:.12g}..{option['maximum']:.12g}"
        for option in schema.get("anyOf", [schema])
        if "const" in option or "minimum" in option
    ]
    return "|".join(parts) or {"folder": "PATH", "teacher_weights": "HEX"}.get(name, "NAME")


def _choices(name: str) -> str:
    """What a setting accepts, in words; names of data sets, methods and networks in full."""
    if name == "dataset":
        return "one of " + ", ".join(data.DATASETS)
    if name == "method":
        return "one of " + ", ".join(methods.METHODS)
    if name in ("teacher", "student"):
        families = models.MODELS.values()
        return "like " + "; ".join(", ".join(f.choices or f.examples) for f in families)
    return allowed_values(DistilConfig, name)


def _not_an_option(text: str, command: str) -> ConfigError:
    option = text.split("=")[0]
    names = [_option(name) for name in DistilConfig.model_fields]
    near = difflib.get_close_matches(option, [*names, "--config", "--json", "--no-cache"], n=1)
    return ConfigError(
        f"{option} is not an option",
        f"what `python -m kdlab {command} --help` lists",
        f"Write {near[0]} instead" if near else "Leave it out",
    )


def read_settings(arguments: argparse.Namespace) -> DistilConfig:
    """The configuration that the command line asks for; ConfigError says what is wrong."""
    given = vars(arguments)
    values: dict[str, Any] = {}
    if arguments.config is not None:
        values = DistilConfig.from_json(_text_of(Path(arguments.config))).model_dump()
    values |= {name: given[name] for name in DistilConfig.model_fields if name in given}
    config = DistilConfig.parse(values)
    try:
        possible(config)
        config = normal(config)
    except KdlabError as error:
        raise ConfigError(error.received, error.allowed, error.todo) from None
    return config


def _text_of(path: Path) -> str:
    """A file of settings; a device or something huge is not read to its end."""
    try:
        with path.open("rb") as file:
            content = file.read(MAX_CONFIG_BYTES + 1)
        if len(content) > MAX_CONFIG_BYTES:
            raise ValueError(f"it has more than {MAX_CONFIG_BYTES >> 20} MB")
        return content.decode("utf-8-sig")  # some editors on Windows begin a file with a mark
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        why = "it is no text" if isinstance(error, UnicodeDecodeError) else why
        raise ConfigError(
            f"the file {str(path)!r} cannot be read ({why})",
            "a JSON file with settings, as the page exports it",
            "Check the path",
        ) from None


def _distil(arguments: argparse.Namespace) -> int:
    from kdlab.work import run

    config = read_settings(arguments)
    check_writable(default_home())  # not only after all the work
    events: list[Event] = []
    with Reporter(sys.stderr) as reporter:
        for event in run(config, cache=not arguments.no_cache):
            events.append(event)
            reporter.tell(event)
    history = fold(events)
    if history.failed:
        print(history.failed.reason, file=sys.stderr)
        return FAILED
    print(
        json.dumps(as_json(config, history), allow_nan=False)
        if arguments.json
        else summary(history)
    )
    return 0


def as_json(config: DistilConfig, history: History) -> dict[str, Any]:
    """The one JSON object of ``distill``; accuracies are fractions, lists one a seed."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    keys = ("parameters", "bytes", "flops_per_image", "latency_ms")
    cost = {name: {key: model[key] for key in keys} for name, model in measured.models.items()}
    return {
        "config": config.model_dump(mode="json"),
        "teacher": {"accuracy": finished.teacher_accuracy, **cost["teacher"]},
        "student": cost["student"],
        "groups": finished.groups,
        "gain": finished.gain,
        "seconds": {name: finished.seconds[name] for name in ("teacher", "students", "total")},
        "machine": measured.machine,
    }


def summary(history: History) -> str:
    """A few lines for a person."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    teacher, student = measured.models["teacher"], measured.models["student"]
    lines = [f"teacher       {100 * finished.teacher_accuracy:6.1f} %  of the test images"]
    for group in finished.groups:
        n = len(group["accuracy"])
        mean = 100 * sum(group["accuracy"]) / n
        lines.append(f"{group['name']:<13} {mean:6.1f} %  " + (f"mean of {n} seeds" * (n > 1)))
    ratio = teacher["parameters"] / student["parameters"]
    sizes = f"{teacher['parameters']:,} and {student['parameters']:,}"
    lines.append(f"parameters    {sizes}, {ratio:.3g} to 1")
    return "\n".join([*(line.rstrip() for line in lines), verdict_sentence(finished)])


def _bench(arguments: argparse.Namespace) -> int:
    from kdlab import bench

    for line in bench.lines():
        print(line, flush=True)
    return 0


def _record(arguments: argparse.Namespace) -> int:
    from kdlab.presets import PRESETS
    from kdlab.store import BUNDLED, Store
    from kdlab.work import run

    store = Store(home=BUNDLED, bundled=None)
    for name, preset in PRESETS.items():
        history = fold(run(preset.config, store))
        assert history.finished, f"preset {name} did not finish"
        print(f"{name}: {verdict_sentence(history.finished)}", flush=True)
    return 0


def _read_by_nobody() -> None:
    """Let the interpreter close its streams without a second complaint."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    for stream in (sys.stdout, sys.stderr):
        os.dup2(nowhere, stream.fileno())
