"""The configuration: everything that a user can set, with its range, unit and help in the field.

Sliders, the command line, links and error messages all read these fields; nothing about a setting
is written twice. A configuration is frozen and hashable; the same configuration gives the same
numbers, so its fingerprint names its results.
"""

from __future__ import annotations

import difflib
import hashlib
import json
from collections.abc import Mapping
from typing import Annotated, Any, Literal, Self

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from kdlab.errors import ConfigError

NUMBERS_VERSION = 1
"""Raised when the same configuration gives other numbers than before: old results stop matching."""


def _count_or_all(value: Any) -> Any:
    """Accept "100" from a link as 100, keep "all"."""
    return int(value) if isinstance(value, str) and value.strip().isdigit() else value


Count = Annotated[
    Annotated[int, Field(ge=1, le=1_000_000)] | Literal["all"], BeforeValidator(_count_or_all)
]


def _extra(group: str, *, unit: str = "", **more: Any) -> dict[str, Any]:
    """Facts for widgets and messages: ``group`` of controls, ``unit``, ``low``/``high`` of the
    slider, ``form`` of a text in words."""
    return {"group": group, "unit": unit, **more}


_NETWORK = "a name like mlp-512-512, of small letters, digits and hyphens"


class Settings(BaseModel):
    """Frozen settings with one door to and from JSON, links and the command line."""

    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)

    @classmethod
    def parse(cls, values: Mapping[str, Any]) -> Self:
        """Check ``values`` (names to numbers or texts); ConfigError names all that is wrong."""
        try:
            return cls.model_validate(dict(values))
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
        return {
            name: str(value)
            for name, value in self.model_dump(mode="json").items()
            if value != type(self).model_fields[name].default
        }

    def fingerprint(self) -> str:
        """16 hexadecimal digits that name this configuration's results."""
        text = json.dumps(
            [type(self).__name__, NUMBERS_VERSION, self.model_dump(mode="json")], sort_keys=True
        )
        return hashlib.sha256(text.encode()).hexdigest()[:16]


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
            received.append(f"{name} is {_shown(item['input'])}")
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


def _shown(value: Any) -> str:
    """A value as a person would write it: numbers bare, also those typed as text, texts quoted."""
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


def allowed_values(cls: type[BaseModel], name: str) -> str:
    """What a field accepts, in words, read from its own limits: "a number from 0 to 1"."""
    schema = cls.model_json_schema()["properties"][name]
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
    if kind in ("integer", "number"):
        text = "a whole number" if kind == "integer" else "a number"
        text += f" from {_plain(option['minimum'])}" if "minimum" in option else ""
        return text + (f" to {_plain(option['maximum'])}" if "maximum" in option else "")
    text = "a text" if kind == "string" else f"a value of type {kind}"
    text = f"{text} like {field['examples'][0]!r}" if "examples" in field else text
    most = f", at most {option['maxLength']} characters" if "maxLength" in option else ""
    return str(field.get("form", text)) + most


def _plain(number: float) -> str:
    """A limit without exponent or empty decimals: 0.00001, 1."""
    return f"{number:.10f}".rstrip("0").rstrip(".")


class DataConfig(Settings):
    """Which data, and how much of it."""

    dataset: str = Field(
        "digits",
        max_length=40,
        title="Data set",
        description="What is classified. digits (1,797 real 8x8 images) and the 2-D toys need no "
        "download.",
        json_schema_extra=_extra("data"),
    )
    noise: float = Field(
        0.2,
        ge=0,
        le=1,
        title="Noise",
        description="2-D toys only: standard deviation of the Gaussian noise added to each point.",
        json_schema_extra=_extra("data", unit="sd", high=0.6, step=0.05),
    )
    points: int = Field(
        1000,
        ge=60,
        le=20_000,
        title="Points",
        description="2-D toys only: points that are made, before the split into training, "
        "validation and test.",
        json_schema_extra=_extra("data", unit="points", low=200, high=4000, step=100),
    )
    train_limit: Count = Field(
        "all",
        title="Training images used",
        description="At most this many training images, class by class in proportion: a large set "
        "becomes quick to try.",
        json_schema_extra=_extra("data", unit="images"),
    )
    folder: str = Field(
        "",
        max_length=1000,
        title="Image folder or archive",
        description="Data set 'images' only: a folder, zip or tar with <split>/<class>/*.png|jpg. "
        "upload:... is an archive that was loaded through the page.",
        json_schema_extra=_extra("data"),
    )
    image_size: int = Field(
        32,
        ge=8,
        le=96,
        title="Image size",
        description="Data set 'images' only: side length to which the images are resized.",
        json_schema_extra=_extra("data", unit="px"),
    )


class TeacherConfig(DataConfig):
    """A teacher: data, architecture, budget, seed. Its fingerprint names its weights."""

    teacher: str = Field(
        "mlp-512-512",
        max_length=40,
        pattern=r"^[a-z0-9-]+$",
        title="Teacher",
        description="Architecture of the teacher (articles also say: hot model, large model). "
        "mlp-512-512 has two hidden layers of 512 units, cnn-16-32 two of 16 and 32 channels.",
        json_schema_extra=_extra("teacher", form=_NETWORK),
    )
    teacher_epochs: int = Field(
        60,
        ge=0,
        le=1000,
        title="Teacher's epochs",
        description="Passes over the training images. 0: a teacher that was never trained.",
        json_schema_extra=_extra("teacher", unit="epochs", high=200),
    )
    teacher_learning_rate: float = Field(
        0.003,
        ge=1e-5,
        le=1,
        title="Teacher's learning rate",
        description="Peak of the one-cycle schedule (Adam).",
        json_schema_extra=_extra("teacher", scale="log", low=1e-4, high=0.1),
    )
    teacher_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1,
        title="Teacher's seed",
        description="First weights and order of batches of the teacher. One teacher serves all "
        "students of a run.",
        json_schema_extra=_extra("teacher"),
    )
    teacher_weights: str = Field(
        "",
        max_length=64,
        pattern=r"^[0-9a-f]*$",
        title="Loaded weights",
        description="Fingerprint of weights that were loaded from a file; empty: the teacher is "
        "trained here.",
        json_schema_extra=_extra("teacher", form="digits 0-9 and letters a-f"),
    )


class DistilConfig(TeacherConfig):
    """One run: a teacher, and students on labels alone and distilled, over several seeds.

    The loss of every student is (1 - alpha) * CE(labels) + alpha * soft part, where the soft part
    of ``method`` soft-targets is T^2 * KL(softmax(z_t / T) || softmax(z_s / T)) (Hinton, Vinyals
    and Dean 2015, section 2). Labels-only students have alpha = 0 and the same budget.
    """

    student: str = Field(
        "mlp-16",
        max_length=40,
        pattern=r"^[a-z0-9-]+$",
        title="Student",
        description="Architecture of the student (articles also say: cold model, small model).",
        json_schema_extra=_extra("student", form=_NETWORK),
    )
    method: str = Field(
        "soft-targets",
        max_length=40,
        title="Method",
        description="How the teacher's outputs enter the student's loss.",
        json_schema_extra=_extra("distillation"),
    )
    temperature: float = Field(
        4.0,
        ge=0.05,
        le=1000,
        title="Temperature T",
        description="Softens both outputs: softmax(z / T). T = 1 leaves them, a large T brings out "
        "the small probabilities.",
        json_schema_extra=_extra("distillation", scale="log", low=0.5, high=50),
    )
    alpha: float = Field(
        0.9,
        ge=0,
        le=1,
        title="alpha",
        description="Weight of the distillation part: L = (1 - alpha) CE(y, z_s) + alpha T² "
        "KL(softmax(z_t/T) || softmax(z_s/T)). 0: labels only, 1: the teacher only.",
        json_schema_extra=_extra("distillation", step=0.05),
    )
    labels: Count = Field(
        100,
        title="Labels the student sees",
        description="Training images whose label the student is given, class by class in "
        "proportion. The distilled student also meets the teacher on all other training images.",
        json_schema_extra=_extra("student", unit="labels"),
    )
    epochs: int = Field(
        100,
        ge=1,
        le=2000,
        title="Epochs",
        description="Passes over the transfer set, the same for both kinds of student.",
        json_schema_extra=_extra("student", unit="epochs", low=5, high=300),
    )
    batch_size: int = Field(
        128,
        ge=8,
        le=4096,
        title="Batch size",
        description="Images of the transfer set a step.",
        json_schema_extra=_extra("student", unit="images", low=16, high=512, step=16),
    )
    learning_rate: float = Field(
        0.01,
        ge=1e-5,
        le=1,
        title="Learning rate",
        description="Peak of the one-cycle schedule (Adam), for both kinds of student.",
        json_schema_extra=_extra("student", scale="log", low=1e-4, high=0.1),
    )
    seeds: int = Field(
        5,
        ge=1,
        le=64,
        title="Seeds",
        description="Students of each kind. A seed decides first weights, batches and which labels "
        "are seen; the bands are 95 % intervals over seeds.",
        json_schema_extra=_extra("student", unit="seeds", high=20),
    )
    first_seed: int = Field(
        0,
        ge=0,
        le=2**31 - 1000,
        title="First seed",
        description="Seeds are first_seed, first_seed + 1, ...",
        json_schema_extra=_extra("student"),
    )

    def teacher_config(self) -> TeacherConfig:
        """The part that decides the teacher."""
        return TeacherConfig(**{n: getattr(self, n) for n in TeacherConfig.model_fields})

    def data_config(self) -> DataConfig:
        """The part that decides the data."""
        return DataConfig(**{n: getattr(self, n) for n in DataConfig.model_fields})
