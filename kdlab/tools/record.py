"""What the lab knows about another tool: how a loss is said in its settings, and what it computes.

A record is data and small pure functions. Nothing here imports torch: ``loss`` is handed tensors.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

from kdlab.tools.wish import Wish

if TYPE_CHECKING:
    from torch import Tensor

Fit = Literal["exactly", "factor", "average", "no"]
FITS: dict[Fit, str] = {
    "exactly": "exactly",
    "factor": "up to a factor",
    "average": "on average",
    "no": "not",
}
"""How near a tool's loss comes -> in words. On average: a loss of sampled tokens, whose gradient is
the right one over all tokens that could have been sampled."""

Value = float | int | bool | str | None
Values = Mapping[str, Value]
"""Settings of a tool, by its own names; where a name means something else than in the lab, that is
the point."""

Texts = Literal["any", "own", "data", "none"]
"""Whose texts a tool trains on: as one wants (a share of the student's), the student's alone, those
of the data alone, or none, as it is for images."""


class Loss(Protocol):
    """What a tool computes, written anew from the reading of its source."""

    def __call__(self, values: Values, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
        """Logits (B, C) and labels (B,) -> the loss of each example (B,), of which the tool takes
        the mean. ``labels`` are the tokens that stand in the text, whoever has written it."""


@dataclass(frozen=True, kw_only=True)
class Source:
    """Where a record was read: a released package, or files of a repository at a commit."""

    name: str
    version: str
    files: tuple[str, ...]
    dated: str
    """Year and month of the version; "" where it is not known."""
    ran: bool = False
    """Whether the loss in these files was also run beside the record, on the day of ``read``."""
    read: str = "2026-11-29"

    def told(self) -> str:
        """One line, as Markdown."""
        files = ", ".join(f"`{file}`" for file in self.files)
        dated = f" of {self.dated}" if self.dated else ""
        ran = ", and run beside the record" if self.ran else ""
        return f"{self.name} {self.version}{dated}: {files}; read on {self.read}{ran}"


@dataclass(frozen=True, kw_only=True)
class Knobs:
    """What the lab's four letters mean in a tool, a few words each."""

    temperature: str
    alpha: str
    beta: str
    own: str


@dataclass(frozen=True, kw_only=True)
class Answer:
    """A wish in a tool's settings: ``values`` says it as ``fit`` tells, or comes nearest.

    The tool's loss is ``factor`` times the lab's where ``fit`` is not "no". ``notes`` are whole
    sentences: what is not as it seems.
    """

    fit: Fit
    values: Values
    factor: float = 1.0
    notes: tuple[str, ...] = ()

    def with_notes(self, *notes: str) -> Answer:
        """The same with more sentences, those that are not empty."""
        said = (*self.notes, *(note for note in notes if note))
        return Answer(fit=self.fit, values=self.values, factor=self.factor, notes=said)


@dataclass(frozen=True, kw_only=True)
class Tool:
    """One tool, or one of its trainers. ``says`` is about the loss alone; whose texts it is taken
    on is the same question for all, see :meth:`answer`."""

    name: str
    label: str
    about: str
    defaults: str
    texts: Texts
    knobs: Knobs
    sources: tuple[Source, ...]
    says: Callable[[Wish], Answer]
    language: Literal["python", "yaml", "bash"]
    snippet: Callable[[Values, Wish], str]
    loss: Loss

    def has_texts(self, wish: Wish) -> bool:
        """Whether the tool trains on the texts that are wished for."""
        return {
            "any": True,
            "own": wish.own == 1,
            "data": wish.own == 0,
            "none": wish.own == 0,
        }[self.texts]

    def answer(self, wish: Wish) -> Answer:
        """``wish`` in the settings of this tool; "no", with a sentence, where it trains on other
        texts than those wished for."""
        found = self.says(wish)
        if self.has_texts(wish):
            return found
        why = {
            "own": "It always trains on texts that the student has written: λ is 1 there.",
            "data": "It trains on the texts of the data set: λ is 0 there.",
            "none": "Nothing is written there, inputs come from the data: λ is 0.",
        }[self.texts]
        return Answer(fit="no", values=found.values, factor=found.factor, notes=(why, *found.notes))


def tidy(number: float) -> float:
    """Without the dust of the last digits: 1 - 0.9 is 0.1."""
    return float(f"{number:.6g}")


def number(values: Values, name: str) -> float:
    """The setting ``name``, which is a number."""
    value = values[name]
    assert isinstance(value, int | float), f"{name} is {value!r}, no number"
    return float(value)
