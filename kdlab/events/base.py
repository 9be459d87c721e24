"""What all events share, and those that any work may tell."""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from kdlab.events.shapes import Count, Text

LABELS_ONLY = "labels only"
DISTILLED = "distilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    def to_json(self) -> str:
        """One line: the record's name and its fields."""
        return json.dumps({"event": type(self).__name__, **dataclasses.asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress(Event):
    """Work before the run proper; ``total`` 0 where it is not known."""

    stage: Text
    done: Count = 0
    total: Count = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Remark(Event):
    """A sentence that belongs to the result: what was done to read what the user brought, or what
    could not be checked."""

    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class DataRead(Event):
    """Somebody's own images were read: ``account`` says what was understood of them, as
    :meth:`kdlab.data.own.account.Account.as_dict` gives it; its ``lines`` are two sentences."""

    account: dict[str, Any] = field(default_factory=dict)

    @property
    def lines(self) -> list[str]:
        """The two sentences; none where the account, from a damaged file, has no such."""
        found = self.account.get("lines")
        return [text for text in found if isinstance(text, str)] if isinstance(found, list) else []

    @property
    def left_out(self) -> list[dict[str, Any]]:
        """{count, why, examples} of what was left out, as :class:`kdlab.data.own.account.LeftOut`
        has them; what a damaged file has instead is no such."""
        found = self.account.get("left_out")
        return [one for one in found if _is_left_out(one)] if isinstance(found, list) else []


def _is_left_out(one: object) -> bool:
    return (
        isinstance(one, dict)
        and type(one.get("count")) is int
        and isinstance(one.get("why"), str)
        and isinstance(one.get("examples"), list | tuple)
        and all(isinstance(name, str) for name in one["examples"])
    )


def notes(event: Event) -> list[str]:
    """What a page and the command say of ``event`` beside the numbers: sentences on the user's own
    images and weights."""
    match event:
        case DataRead():
            return event.lines
        case Remark():
            return [event.text]
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class RunFailed(Event):
    """The run ended early; ``reason`` says what happened, what is allowed and what to do."""

    reason: Text
    epoch: Count = 0
