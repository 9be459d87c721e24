"""Records as JSON that the lab wrote earlier, each field checked for its type and its limits."""

from __future__ import annotations

import functools
from collections.abc import Callable
from typing import Annotated, Any, TypeVar

from pydantic import Field, TypeAdapter, ValidationError

Record = TypeVar("Record")

Count = Annotated[int, Field(ge=0)]
Amount = Annotated[float, Field(ge=0, allow_inf_nan=False)]


@functools.cache
def _adapter(kind: Any) -> TypeAdapter[Any]:
    return TypeAdapter(kind)


def to_json(record: Any) -> str:
    """What :func:`from_json` reads."""
    return _adapter(record.__class__).dump_json(record).decode()


def from_json(kind: Callable[..., Record], content: str | bytes) -> Record:
    """The record of that ``kind``, nothing converted; ValueError names the first thing in it that
    cannot be."""
    try:
        found: Record = _adapter(kind).validate_json(content, strict=True)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(map(str, first["loc"])) or "text"
        raise ValueError(f"its {where} is {first['input']!r:.40}") from None
    return found
