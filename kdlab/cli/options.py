"""Options of a command, made from the fields of its settings, and read back into them."""

from __future__ import annotations

import argparse
import contextlib
import difflib
import inspect
import textwrap
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, TypeVar

from kdlab import data, methods, models
from kdlab.config.base import Settings
from kdlab.config.schema import DataConfig
from kdlab.config.words import allowed_values, as_text, schema_of
from kdlab.data import images
from kdlab.data.table import own as own_tables
from kdlab.data.text import own
from kdlab.errors import ConfigError, KdlabError
from kdlab.models import black_box
from kdlab.system import files

MAX_CONFIG_BYTES = 1 << 20
MOST_WORKERS = 256

Model = TypeVar("Model", bound=Settings)


def add_command(
    commands: Any,
    name: str,
    about: str,
    *,
    description: str,
    epilog: str,
    usage: str | None = None,
    described: type[Settings] | None = None,
    aliases: Sequence[str] = (),
) -> Any:
    """The parser of a command whose help ends with ``epilog`` as it stands; its description goes on
    with what the settings ``described`` say of themselves."""
    if described is not None:
        own = inspect.cleandoc(described.__doc__ or "").replace("``", "")
        description = f"{description} {own}" if description else own
    return commands.add_parser(
        name,
        aliases=aliases,
        help=about,
        usage=usage,
        description=description,
        epilog=epilog,
        formatter_class=argparse.RawDescriptionHelpFormatter,
        allow_abbrev=False,
    )


def in_lines(title: str, names: Iterable[str]) -> str:
    """``title: a, b, ...`` in lines as wide as the rest of a help text, for its epilog."""
    text = f"{title}: {', '.join(names)}"
    return textwrap.fill(text, 100, subsequent_indent="  ", break_on_hyphens=False)


def add_json(parser: Any) -> None:
    """The option that asks for JSON."""
    parser.add_argument("--json", action="store_true", help="print one JSON object on stdout")


def add_settings(
    parser: argparse.ArgumentParser,
    model: type[Settings],
    without: Sequence[str] = (),
    *,
    cached: bool = True,
) -> None:
    """One option a field of ``model``, but for those ``without`` meaning there, and the ones about
    input and output; ``cached``: whether results are kept, so that training again is a wish."""
    groups: dict[str, Any] = {}
    for name, field in model.model_fields.items():
        if name in without:
            continue
        extra = field.json_schema_extra
        assert isinstance(extra, dict), name
        title = str(extra["group"])
        group = groups.setdefault(title, parser.add_argument_group(title))
        unit = f"unit: {extra['unit']}; " if extra.get("unit") else ""
        default = "none" if field.default == "" else f"{field.default}"
        if isinstance(field.default, tuple):
            default = as_text(field.default) or "none"
        text = f"{field.description} ({_choices(model, name)}; {unit}default: {default})"
        group.add_argument(
            option_of(name),
            metavar=_metavar(model, name),
            default=argparse.SUPPRESS,
            help=text.replace("%", "%%"),
        )
    group = parser.add_argument_group("input and output")
    group.add_argument(
        "--config",
        metavar="FILE.json",
        help="read settings from a file, as the page exports it; options given here override it",
    )
    add_json(group)
    if not cached:
        return
    group.add_argument(
        "--no-cache", action="store_true", help="train again, even if the result is stored"
    )


def option_of(name: str) -> str:
    """What a setting is called on the command line."""
    return "--" + name.replace("_", "-")


def _metavar(model: type[Settings], name: str) -> str:
    """The range in short: 0..1, 1..1000000|all; NAME for texts."""
    schema = schema_of(model)[name]
    if schema.get("type") == "array":
        return "E:T:A,..." if name == "schedule" else "V,V,..."
    parts = [
        str(option["const"])
        if "const" in option
        else f"{option['minimum']:.12g}..{option['maximum']:.12g}"
        for option in schema.get("anyOf", [schema])
        if "const" in option or "minimum" in option
    ]
    known = {"folder": "PATH", "teacher_file": "PATH", "teacher_weights": "FILE|HEX"}
    return "|".join(parts) or known.get(name, "NAME")


def _choices(model: type[Settings], name: str) -> str:
    """What a setting accepts, in words; names of data sets, methods and networks in full."""
    if name == "dataset":
        return "one of " + ", ".join(data.DATASETS)
    if name == "method":
        return "one of " + ", ".join(methods.METHODS)
    if name in ("teacher", "student"):
        families = models.MODELS.values()
        known = [", ".join(f.choices or f.examples) for f in families]
        if name == "teacher":
            known += [
                f"{', '.join(box.examples)} ({box.label.lower()})"
                for box in black_box.BLACK_BOXES.values()
            ]
        return "like " + "; ".join(known)
    return allowed_values(model, name)


def not_an_option(text: str, command: str, model: type[Settings]) -> ConfigError:
    """What to say of an option that ``command`` does not have."""
    option = text.split("=")[0]
    names = [option_of(name) for name in model.model_fields]
    near = difflib.get_close_matches(option, [*names, "--config", "--json", "--no-cache"], n=1)
    return ConfigError(
        f"{option} is not an option",
        f"what `python -m kdlab {command} --help` lists",
        f"Write {near[0]} instead" if near else "Leave it out",
    )


def read_settings(arguments: argparse.Namespace, model: type[Model]) -> Model:
    """The settings that the command line asks for; ConfigError says what is wrong."""
    given = vars(arguments)
    values: dict[str, Any] = {}
    if arguments.config is not None:
        values = model.from_json(text_of(Path(arguments.config))).model_dump()
    values |= {name: given[name] for name in model.model_fields if name in given}
    return model.parse(values)


@contextlib.contextmanager
def about_settings() -> Iterator[None]:
    """What is wrong inside is wrong with the settings that were given: a ConfigError."""
    try:
        yield
    except KdlabError as error:
        raise ConfigError(error.received, error.allowed, error.todo) from None


def text_of(path: Path) -> str:
    """A file of settings; for a pipe without a writer nobody waits, and no device is read."""
    try:
        with files.regular(path, MAX_CONFIG_BYTES) as file:
            content = file.read(MAX_CONFIG_BYTES)
        return content.decode("utf-8-sig")  # some editors on Windows begin a file with a mark
    except (OSError, ValueError) as error:
        why = error.strerror if isinstance(error, OSError) and error.strerror else error
        why = "it is not text" if isinstance(error, UnicodeDecodeError) else why
        raise ConfigError(
            f"the file {str(path)!r} cannot be read ({why})",
            "a JSON file with settings, as the page exports it",
            "Check the path",
        ) from None


def look_at_images(config: DataConfig) -> None:
    """DataError at once where somebody's own images, table or text are not usable, as far as the
    list of files, the table or the text tells: before torch is imported, and before a folder is
    made for a run."""
    if config.dataset == "images":
        images.look(config.folder)
    elif config.dataset == "text":
        own.found(config)
    elif config.dataset == "table":
        own_tables.found(config)


def add_workers(parser: argparse.ArgumentParser) -> None:
    """The option that spreads the work."""
    parser.add_argument(
        "--workers",
        metavar="N",
        default="1",
        help="number of processes on this machine that share the work (default: 1)",
    )


def workers_of(arguments: argparse.Namespace) -> int:
    """How many processes share the work; ConfigError where it is no such number."""
    text = str(arguments.workers)
    if text.isdecimal() and 1 <= int(text) <= MOST_WORKERS:
        return int(text)
    raise ConfigError(
        f"--workers is {text!r}", f"a whole number from 1 to {MOST_WORKERS}", "Change --workers"
    )
