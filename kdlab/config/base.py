"""Frozen settings: one door to and from JSON, links and the command line, and errors in words."""

from __future__ import annotations

import difflib
import functools
import hashlib
import itertools
import json
from collections.abc import Mapping, Sequence
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from kdlab.errors import ConfigError, printable

NUMBERS_VERSION = 1
"""Raised when every configuration gives other numbers than before: old results stop matching."""
REVISED: Mapping[str, Mapping[str, int]] = {
    # its published weight; another regressor and layer; what goes into the last linear layer
    "method": {"dist": 2, "hints": 2, "relational": 2, "pkt": 2, "cc": 2},
    "claim": {"layer-by-layer": 2},  # by hints
}
"""Setting -> value -> which version of its numbers this is, 2 and up. Raised when configurations
that choose this value give other numbers than before: theirs stop matching, all others stay."""


class Settings(BaseModel):
    """Frozen settings with one door to and from JSON, links and the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    numbers_version: ClassVar[int] = 1
    """Raised when settings of this kind give other numbers than before: theirs stop matching."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check ``values`` (names to numbers or texts); ConfigError names all that is wrong."""
        try:
            # a name that is no text would be refused without being told
            return cls.model_validate({printable(name): value for name, value in values.items()})
        except ValidationError as error:
            raise _in_words(cls, error) from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; ConfigError where it is not such a text."""
        where = ""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            values, where = None, f" and is no JSON from line {error.lineno}, column {error.colno}"
        except (ValueError, RecursionError):
            values, where = None, " and is no JSON that can be read"
        if not isinstance(values, dict):
            raise ConfigError(
                f"the configuration starts with {_short(text)}{where}"
                if text.strip()
                else "the configuration is empty",
                "one JSON object with the names of settings, as the page exports it",
                "Export the configuration again, or correct the file",
            )
        return cls.parse(values)

    def to_json(self) -> str:
        """All settings, one a line."""
        return json.dumps(self.model_dump(mode="json"), indent=2)

    @classmethod
    def from_query(cls, query: Mapping[str, str], **base: Any) -> tuple[Self, list[str]]:
        """Read a link: ``(configuration, problems)``.

        A setting that does not validate falls back to its default (or to ``base``), and a sentence
        in ``problems`` says so. Names that are not settings are left to the page.
        """
        values: dict[str, Any] = dict(base)
        problems: list[str] = []
        for name in cls.model_fields:
            if name not in query:
                continue
            try:
                cls.parse({**values, name: query[name]})
            except ConfigError as error:
                kept = values.get(name, cls.model_fields[name].default)
                problems.append(
                    f"{error.received}. Allowed: {error.allowed}. Used instead: {_shown(kept)}."
                )
            else:
                values[name] = query[name]
        return cls.parse(values), problems

    def to_query(self) -> dict[str, str]:
        """The settings that differ from the defaults, as texts for a link."""
        fields = type(self).model_fields
        return {
            name: as_text(value) if isinstance(value, list) else str(value)
            for name, value in self.model_dump(mode="json").items()
            if (tuple(value) if isinstance(value, list) else value) != fields[name].default
        }

    def fingerprint(self) -> str:
        """16 hexadecimal digits that name this configuration's results.

        A setting that joined ``later`` counts where it is not at its default: what was made before
        there was such a setting keeps its name.
        """
        return self._named(self._versions())

    def earlier_fingerprints(self) -> frozenset[str]:
        """What :meth:`fingerprint` was before the numbers of such a configuration were changed."""
        now = self._versions()
        counts = [range(1, version + 1) for version in now.values()]
        ways = (dict(zip(now, each, strict=True)) for each in itertools.product(*counts))
        return frozenset(self._named(way) for way in ways if way != now)

    def _versions(self) -> dict[str, int]:
        """Setting -> version of the numbers of its value; "" for settings of this kind."""
        values = self.model_dump(mode="json")
        found = {
            name: known[values[name]]
            for name, known in REVISED.items()
            if isinstance(values.get(name), str) and values[name] in known
        }
        return found | ({"": self.numbers_version} if self.numbers_version > 1 else {})

    def _named(self, versions: Mapping[str, int]) -> str:
        values = self.model_dump(mode="json")
        for name, field in type(self).model_fields.items():
            extra = field.json_schema_extra
            value = tuple(values[name]) if isinstance(values[name], list) else values[name]
            if isinstance(extra, dict) and extra.get("later") and value == field.default:
                del values[name]
        named: list[Any] = [type(self).__name__, NUMBERS_VERSION, values]
        revisions = {name: version for name, version in versions.items() if version > 1}
        if revisions:  # without any, a name is as it always was
            named.append(revisions)
        text = json.dumps(named, sort_keys=True)
        return hashlib.sha256(text.encode()).hexdigest()[:16]


class PresetSettings(Settings):
    """Settings of which one is a choice that brings others: they hold where none are given. A link
    tells what is not as the choice has it, also where that is a default."""

    @classmethod
    def brought(cls, values: Mapping[str, Any]) -> Mapping[str, Any]:
        """The settings that the choice in ``values`` brings; none where there is no such choice."""
        raise NotImplementedError

    @model_validator(mode="before")
    @classmethod
    def _of_the_choice(cls, values: Any) -> Any:
        return {**cls.brought(values), **values} if isinstance(values, Mapping) else values

    def to_query(self) -> dict[str, str]:
        """As :meth:`Settings.to_query`, beside what the choice brings."""
        told, values = super().to_query(), self.model_dump(mode="json")
        own = {name: values[name] for name in self.brought(values) if name not in told}
        return told | {n: as_text(v) if isinstance(v, list) else str(v) for n, v in own.items()}


def override_field(model: type[Settings], name: str, **changes: Any) -> Any:
    """The field ``name`` of ``model`` with another default, title, description or extra: its range
    stays written once. For models that inherit from ``model``."""
    field = model.model_fields[name].asdict()
    attributes = Field(**{**field["attributes"], **changes})
    parts: Any = (field["annotation"], *field["metadata"], attributes)
    whole: Any = Annotated[parts]
    return create_model("Overridden", **{name: whole}).model_fields[name]


SHORT = 60
"""Characters of a received value that a message repeats."""
MAX_PROBLEMS = 5
"""So many settings are named in one message; a file of something else could have thousands."""


def _in_words(cls: type[BaseModel], error: ValidationError) -> ConfigError:
    """What pydantic found, one sentence a setting."""
    # A setting of several types, like labels, fails once for each of them: tell it once.
    items = {str(item["loc"][0]): item for item in error.errors()}
    received: list[str] = []
    allowed: dict[str, str] = {}
    todo: list[str] = []
    for name, item in list(items.items())[:MAX_PROBLEMS]:
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name[:40], cls.model_fields, n=1)
            received.append(f"{_short(name)} is not a setting")
            allowed["settings"] = "the settings " + ", ".join(cls.model_fields)
            todo.append(f"Write {near[0]} instead" if near else f"Remove {_short(name)}")
        else:
            received.append(_received(name, item))
            allowed[name] = allowed_values(cls, name)
            todo.append(f"Change {name}")
    if len(items) > MAX_PROBLEMS:
        received.append(f"and {len(items) - MAX_PROBLEMS} more")
    if len(allowed) > 1:
        named = [
            what if name == "settings" else f"{name}: {what}" for name, what in allowed.items()
        ]
    else:
        named = list(allowed.values())
    return ConfigError("; ".join(received), "; ".join(named), ". ".join(todo))


def _received(name: str, item: Mapping[str, Any]) -> str:
    """What was wrong with setting ``name``: itself, or what it holds of several values."""
    if item["type"] == "too_long":
        return f"{name} has {item['ctx']['actual_length']:,} values"
    if item["type"] == "value_error":  # of several: what a validator of ours found
        return f"{name} is {_shown(item['input'])}: {item['ctx']['error']}"
    one_of_several = any(isinstance(place, int) for place in item["loc"][1:])
    return f"{name} {'has' if one_of_several else 'is'} {_shown(item['input'])}"


def split_commas(value: Any) -> Any:
    """Accept "1,2,4" from a link or the command line, as the texts between the commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """ValueError for a value that is there twice: a slip of the keyboard."""
    if len(set(values)) != len(values):
        twice = next(v for n, v in enumerate(values) if v in values[:n])
        raise ValueError(f"{as_text([twice])} is there twice")
    return values


def as_text(values: Sequence[Any]) -> str:
    """Several values as one text of a link: "1,2.5,all"."""
    return ",".join(str(v).removesuffix(".0") if isinstance(v, float) else str(v) for v in values)


def _shown(value: Any) -> str:
    """A value as a person would write it: numbers bare, also those typed as text, texts quoted."""
    if isinstance(value, list | tuple) and not any(isinstance(v, bool) for v in value):
        value = as_text(value)
    if value is None or value == "":
        return "nothing"
    if isinstance(value, bool):
        return str(value).lower()
    try:
        float(value)
    except (ValueError, TypeError, OverflowError):
        return _short(value)
    text = str(value).strip()
    text = text.removesuffix(".0") if isinstance(value, float) else text
    return text if len(text) <= SHORT and text.isascii() else _short(text)


def _short(value: Any) -> str:
    """In quotes, control characters spelt out, and cut to what fits a line."""
    text = value if isinstance(value, str) else json.dumps(value, default=str)
    return repr(text if len(text) <= SHORT else text[: SHORT - 3] + "...")


@functools.cache
def schema_of(cls: type[BaseModel]) -> dict[str, Any]:
    """The JSON schema of each setting; a help text asks a hundred times, and pydantic makes it anew
    each time."""
    found: dict[str, Any] = cls.model_json_schema()["properties"]
    return found


def allowed_values(cls: type[BaseModel], name: str) -> str:
    """What a field accepts, in words, read from its own limits: "a number from 0 to 1"."""
    schema = schema_of(cls)[name]
    return " or ".join(_allowed(option, schema) for option in schema.get("anyOf", [schema]))


def _allowed(option: Mapping[str, Any], field: Mapping[str, Any]) -> str:
    """One of the types of a ``field``, both as JSON schemas."""
    if "const" in option:
        return repr(option["const"])
    if "enum" in option:
        return "one of " + ", ".join(map(str, option["enum"]))
    kind = option.get("type")
    if kind == "boolean":
        return "true or false"
    if kind == "array" and "maxItems" in option:
        # Values that may be left out stand in an order, where two may be the same.
        kind_of = "different values" if option["minItems"] else "values"
        count = f"{option['minItems']} to {option['maxItems']} {kind_of}"
        items = option["items"]
        each = " or ".join(_allowed(one, items) for one in items.get("anyOf", [items]))
        return f"{count}, separated by commas, each {each}"
    if kind in ("integer", "number"):
        text = "a whole number" if kind == "integer" else "a number"
        if "exclusiveMinimum" in option and "exclusiveMaximum" in option:
            ends = (_plain(option[f"exclusive{end}"]) for end in ("Minimum", "Maximum"))
            text += " above {} and below {}".format(*ends)
        text += f" from {_plain(option['minimum'])}" if "minimum" in option else ""
        return text + (f" to {_plain(option['maximum'])}" if "maximum" in option else "")
    text = "a text" if kind == "string" else f"a value of type {kind}"
    text = f"{text} like {field['examples'][0]!r}" if "examples" in field else text
    most = f", at most {option['maxLength']} characters" if "maxLength" in option else ""
    return str(field.get("form", text)) + most


def _plain(number: float) -> str:
    """A limit without exponent or empty decimals: 0.00001, 1."""
    return f"{number:.10f}".rstrip("0").rstrip(".")
