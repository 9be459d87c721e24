"""Frozen settings: one door to and from JSON, links and the command line, and errors in words."""

from __future__ import annotations

import hashlib
import itertools
import json
from collections.abc import Mapping
from typing import Annotated, Any, ClassVar, Self

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    ValidationError,
    create_model,
    model_validator,
)

from kdlab.config.words import as_text, in_words, short, shown
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

    kept_as: ClassVar[str] = ""
    """Names the kind of settings whose results these share, where it is another: what these have
    beyond that joined later, and only changes what is drawn."""
    numbers_version: ClassVar[int] = 1
    """Raised when settings of this kind give other numbers than before: theirs stop matching."""

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check ``values`` (names to numbers or texts); ConfigError names all that is wrong."""
        try:
            # a name that is no text would be refused without being told
            return cls.model_validate({printable(name): value for name, value in values.items()})
        except ValidationError as error:
            raise in_words(cls, error) from None

    @classmethod
    def from_json(cls, text: str) -> Self:
        """Read what :meth:`to_json` wrote; ConfigError where it is not such a text."""
        where = ""
        try:
            values = json.loads(text)
        except json.JSONDecodeError as error:
            values, where = None, f" and is not JSON from line {error.lineno}, column {error.colno}"
        except (ValueError, RecursionError):
            values, where = None, " and is not readable JSON"
        if not isinstance(values, dict):
            raise ConfigError(
                f"the configuration starts with {short(text)}{where}"
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
                    f"{error.received}. Allowed: {error.allowed}. Used instead: {shown(kept)}."
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
        named: list[Any] = [self.kept_as or type(self).__name__, NUMBERS_VERSION, values]
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


def widget(group: str, *, unit: str = "", **more: Any) -> dict[str, Any]:
    """Facts for widgets and messages: ``group`` of controls, ``unit``, ``low``/``high`` of the
    slider, ``form`` of a text in words, ``later`` for a setting that joined after results had been
    kept (see :meth:`Settings.fingerprint`)."""
    return {"group": group, "unit": unit, **more}


_LIMITS = {"ge", "le", "pattern", "max_length", "min_length", "default_factory"}


def setting(default: Any, title: str, description: str, *, group: str, **more: Any) -> Any:
    """A field of a configuration. Limits (``ge``, ``le``, ``pattern`` ...) are pydantic's; all else
    is for widgets, see :func:`widget`.

    ``view=True`` marks a setting that changes only what is drawn: it names no other result, so that
    the page redraws without training.
    """
    own = {name: more.pop(name) for name in list(more) if name in _LIMITS}
    extra = widget(group, **more)
    return Field(default, title=title, description=description, json_schema_extra=extra, **own)


def override_field(model: type[Settings], name: str, **changes: Any) -> Any:
    """The field ``name`` of ``model`` with another default, title, description or extra: its range
    stays written once. For models that inherit from ``model``."""
    field = model.model_fields[name].asdict()
    attributes = Field(**{**field["attributes"], **changes})
    parts: Any = (field["annotation"], *field["metadata"], attributes)
    whole: Any = Annotated[parts]
    return create_model("Overridden", **{name: whole}).model_fields[name]


def split_commas(value: Any) -> Any:
    """Accept "1,2,4" from a link or the command line, as the texts between the commas."""
    if isinstance(value, str):
        return tuple(part.strip() for part in value.split(",") if part.strip())
    return value


def each_once(values: tuple[Any, ...]) -> tuple[Any, ...]:
    """ValueError for a value that is there twice: a slip of the keyboard."""
    if len(set(values)) != len(values):
        twice = next(v for n, v in enumerate(values) if v in values[:n])
        raise ValueError(f"{as_text([twice])} appears twice")
    return values
