"""Commands on the same configuration models as the sliders: options are generated, not written.

Progress goes to stderr, one JSON object (``--json``) or a short summary to stdout. Accuracies are
fractions in JSON and per cent in words.
"""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from kdlab import bootstrap
from kdlab.config import DistilConfig, allowed_values
from kdlab.errors import ConfigError, KdlabError
from kdlab.events import Event
from kdlab.history import History, fold, verdict_sentence


def main(argv: Sequence[str]) -> int:
    """Parse and run; 0 after success, 1 after an error of the run, 2 after a wrong command line."""
    parser = argparse.ArgumentParser(
        prog="python -m kdlab",
        description="The knowledge-distillation lab. Also: "
        + "; ".join(f"'{name}' to {what}" for name, what in bootstrap.COMMANDS.items())
        + ".",
    )
    commands = parser.add_subparsers(dest="command", required=True)
    distil = commands.add_parser(
        "distill",
        aliases=["distil"],
        help="train a teacher, labels-only and distilled students, and compare them",
        description=(DistilConfig.__doc__ or "").strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    add_settings(distil)
    distil.set_defaults(run=_distil)
    bench = commands.add_parser("bench", help="measure the lab's speed on this machine")
    bench.set_defaults(run=_bench)
    record = commands.add_parser(
        "record", help="make the stored results under assets/ again (for developers)"
    )
    record.set_defaults(run=_record)
    arguments = parser.parse_args(argv)
    try:
        return int(arguments.run(arguments))
    except ConfigError as error:
        print(error, file=sys.stderr)
        return 2
    except KdlabError as error:
        print(error, file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("stopped", file=sys.stderr)
        return 130


def add_settings(parser: argparse.ArgumentParser) -> None:
    """One option a field of the configuration, and the ones about input and output."""
    fields = DistilConfig.model_fields
    groups: dict[str, Any] = {}
    for name, field in fields.items():
        extra = field.json_schema_extra
        title = str(extra.get("group", "run")) if isinstance(extra, dict) else "run"
        group = groups.setdefault(title, parser.add_argument_group(title))
        text = f"{field.description} ({allowed_values(DistilConfig, name)}; default: "
        text += f"{field.default!r})"
        option = "--" + name.replace("_", "-")
        group.add_argument(option, default=argparse.SUPPRESS, help=text.replace("%", "%%"))
    group = parser.add_argument_group("input and output")
    group.add_argument(
        "--config", metavar="FILE.json", help="read settings from a file; options go before it"
    )
    group.add_argument("--json", action="store_true", help="print one JSON object on stdout")
    group.add_argument(
        "--no-cache", action="store_true", help="train again even if this run is in the store"
    )


def read_settings(arguments: argparse.Namespace) -> DistilConfig:
    """The configuration that the command line asks for; ConfigError says what is wrong."""
    values: dict[str, Any] = {}
    if arguments.config:
        try:
            text = Path(arguments.config).read_text(encoding="utf-8")
        except (OSError, UnicodeDecodeError) as error:
            raise ConfigError(
                f"{arguments.config} cannot be read ({error})",
                "a JSON file with settings, as the page exports it",
                "Check the path",
            ) from None
        values = DistilConfig.from_json(text).model_dump()
    given = vars(arguments)
    values |= {name: given[name] for name in DistilConfig.model_fields if name in given}
    return DistilConfig.parse(values)


def _distil(arguments: argparse.Namespace) -> int:
    from kdlab.work import run

    config = read_settings(arguments)
    events: list[Event] = []
    reporter = Reporter()
    for event in run(config, cache=not arguments.no_cache):
        events.append(event)
        reporter.tell(event)
    history = fold(events)
    reporter.close()
    if history.failed:
        print(history.failed.reason, file=sys.stderr)
        return 1
    print(json.dumps(as_json(config, history)) if arguments.json else summary(history))
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
        "seconds": finished.seconds,
        "machine": measured.machine,
    }


def summary(history: History) -> str:
    """A few lines for a person."""
    finished, measured = history.finished, history.measured
    assert finished is not None
    assert measured is not None
    teacher, student = measured.models["teacher"], measured.models["student"]
    lines = [f"teacher       {100 * finished.teacher_accuracy:6.1f} %"]
    for group in finished.groups:
        mean = sum(group["accuracy"]) / len(group["accuracy"])
        lines.append(f"{group['name']:<13} {100 * mean:6.1f} %  (mean of test accuracies)")
    ratio = teacher["parameters"] / student["parameters"]
    lines.append(
        f"parameters    {teacher['parameters']:,} and {student['parameters']:,} ({ratio:.0f} times)"
    )
    return "\n".join([*lines, verdict_sentence(finished)])


class Reporter:
    """Progress on stderr: one line, written over in a terminal, one a stage elsewhere."""

    def __init__(self) -> None:
        self._events: list[Event] = []
        self._terminal = sys.stderr.isatty()
        self._last = ""

    def tell(self, event: Event) -> None:
        """Say what ``event`` means, if it is news."""
        text = self._text(event)
        if text is None or (not self._terminal and text.split(":")[0] == self._last):
            return
        self._last = text.split(":")[0]
        end = "" if self._terminal else "\n"
        start = "\r\x1b[K" if self._terminal else ""
        print(f"{start}{text}", end=end, file=sys.stderr, flush=True)

    def close(self) -> None:
        """End the line."""
        if self._terminal:
            print(file=sys.stderr)

    @staticmethod
    def _text(event: Event) -> str | None:
        from kdlab.events import Progress, StudentsEpoch, TeacherEpoch, TeacherReady

        match event:
            case Progress():
                part = f": {100 * event.done / event.total:.0f} %" if event.total else ""
                return event.stage + part
            case TeacherEpoch():
                return f"teacher: epoch {event.epoch} of {event.epochs}"
            case TeacherReady():
                return f"teacher ready: {100 * event.validation_accuracy:.1f} % on validation"
            case StudentsEpoch():
                return f"students: epoch {event.epoch}"
            case _:
                return None


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
        print(f"{name}: {verdict_sentence(history.finished)}")
    return 0
