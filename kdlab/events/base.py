"""What all events share, those that any work may tell, and how all work begins and ends.

Each kind of work has a :class:`Started`, which says what will be trained and on how much, an
:class:`Epoch` of whoever learns in it (a search tells of its trials instead), and a
:class:`Finished`. What they have beyond that is told
where the kind is.
"""

from __future__ import annotations

import dataclasses
import json
from dataclasses import dataclass, field
from typing import Any

from kdlab.events.shapes import Count, Epochs, Name, Text

LABELS_ONLY = "labels only"
DISTILLED = "distilled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One thing that happened."""

    def to_json(self) -> str:
        """One line: the record's name and its fields."""
        return json.dumps({"event": type(self).__name__, **dataclasses.asdict(self)})


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(Event):
    """Work begins; ``fingerprint`` is its configuration's."""

    fingerprint: Name


@dataclass(frozen=True, slots=True, kw_only=True)
class StartedOnData(Started):
    """Work begins whose students are judged on validation and on test images: how many examples
    of ``dataset`` there are of each kind."""

    dataset: Name
    train_size: Count
    validation_size: Count
    test_size: Count

    def resolution(self, measure: str) -> float:
        """The step in which ``measure`` comes: one image where it counts images, 0 for ``ece`` and
        for bits per character."""
        if measure in ("ece", "bits", "validation_bits"):
            return 0.0
        return 1 / (self.validation_size if measure == "validation" else self.test_size)


@dataclass(frozen=True, slots=True, kw_only=True)
class Epoch(Event):
    """How those who learn stand after ``epoch`` epochs; 0 is before the first step."""

    epoch: Epochs


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(Event):
    """Work is done."""


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
    """Somebody's own images or text were read: ``account`` says what was understood of them, as
    :meth:`kdlab.data.own.account.Account.as_dict` and that of
    :class:`kdlab.data.text.account.TextAccount` give it; its ``lines`` are two sentences."""

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
