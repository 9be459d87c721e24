"""Settings as one text, for a link that has a second configuration beside its own.

``temperature:1,alpha:0.5``: the settings that differ from the defaults, each a name and a value as
a link has it. A backslash before a comma of a value, or before a backslash, says that it is one.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import TypeVar

from kdlab.config.base import Settings
from kdlab.config.words import as_text, short
from kdlab.errors import ConfigError

Model = TypeVar("Model", bound=Settings)

FORM = "settings with their values, commas between them, like temperature:1,alpha:0.5"


def written(config: Settings) -> str:
    """The text of ``config``; never empty, so that the defaults can be told, too.

    >>> from kdlab.config.schema import DistilConfig
    >>> written(DistilConfig(temperature=1, schedule="5:2:0.5,9:1:0"))
    'temperature:1,schedule:5:2:0.5\\\\,9:1:0'
    """
    values = config.model_dump(mode="json")
    names = list(config.to_query())
    if not names:
        names = ["temperature"] if "temperature" in values else [next(iter(values))]
    return ",".join(f"{name}:{_escaped(values[name])}" for name in names)


def read(model: type[Model], text: str) -> Model:
    """The settings of :func:`written`; ConfigError where it is no such text, names what is no
    setting, or has a value that cannot be."""
    values: dict[str, str] = {}
    for part in _parts(text):
        name, colon, value = part.partition(":")
        name = name.strip()
        if not colon or not name:
            raise _wrong(f"{short(part)} is not a setting with a value")
        if name in values:
            raise _wrong(f"{short(name)} appears twice")
        values[name] = value
    return model.parse(values)


def _escaped(value: object) -> str:
    text = as_text(value) if isinstance(value, list) else as_text([value])
    return text.replace("\\", "\\\\").replace(",", "\\,")


def _parts(text: str) -> Iterator[str]:
    """What stands between the commas that are not escaped, without the backslashes that escape."""
    part, signs = "", iter(text)
    for sign in signs:
        if sign == ",":
            yield part
            part = ""
        else:
            part += next(signs, sign) if sign == "\\" else sign
    yield part


def _wrong(received: str) -> ConfigError:
    return ConfigError(received, FORM, "Copy the whole link again")
