"""Settings in words: what a field accepts, what was received, and what is to be done about it."""

from __future__ import annotations

import difflib
import functools
import json
from collections.abc import Mapping, Sequence
from typing import Any

from pydantic import BaseModel, ValidationError

from kdlab.errors import ConfigError

SHORT = 60
"""Characters of a received value that a message repeats."""
MAX_PROBLEMS = 5
"""So many settings are named in one message; a file of something else could have thousands."""


def in_words(cls: type[BaseModel], error: ValidationError) -> ConfigError:
    """What pydantic found, one sentence a setting."""
    # A setting of several types, like labels, fails once for each of them: tell it once.
    items = {str(item["loc"][0]): item for item in error.errors()}
    received: list[str] = []
    allowed: dict[str, str] = {}
    todo: list[str] = []
    for name, item in list(items.items())[:MAX_PROBLEMS]:
        if item["type"] == "extra_forbidden":
            near = difflib.get_close_matches(name[:40], cls.model_fields, n=1)
            received.append(f"{short(name)} is not a setting")
            allowed["settings"] = "the settings " + ", ".join(cls.model_fields)
            todo.append(f"Write {near[0]} instead" if near else f"Remove {short(name)}")
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
        return f"{name} is {shown(item['input'])}: {item['ctx']['error']}"
    one_of_several = any(isinstance(place, int) for place in item["loc"][1:])
    return f"{name} {'has' if one_of_several else 'is'} {shown(item['input'])}"


def as_text(values: Sequence[Any]) -> str:
    """Several values as one text of a link: "1,2.5,all"; parts of a value have colons between them:
    "0:4:0.9,20:1:0.5"."""
    return ",".join(
        ":".join(map(_as_word, v)) if isinstance(v, list | tuple) else _as_word(v) for v in values
    )


def _as_word(value: Any) -> str:
    return str(value).removesuffix(".0") if isinstance(value, float) else str(value)


def shown(value: Any) -> str:
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
        return short(value)
    text = str(value).strip()
    text = text.removesuffix(".0") if isinstance(value, float) else text
    return text if len(text) <= SHORT and text.isascii() else short(text)


def short(value: Any) -> str:
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
        return "one of " + ", ".join(str(value) for value in option["enum"] if value != "")
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
