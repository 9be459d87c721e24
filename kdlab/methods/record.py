"""What the lab knows about a method: the menu, the validation and the tests read this record."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    from torch import Tensor

Need = Literal["logits", "features", "relations"]


class Loss(Protocol):
    """The soft part for each example: (..., C, ...) logits -> the same shape without ``dim``."""

    def __call__(
        self,
        student_logits: Tensor,
        teacher_logits: Tensor,
        temperature: Tensor | float,
        dim: int = -1,
    ) -> Tensor:
        """``temperature`` broadcasts against the logits; no gradient reaches the teacher."""


@dataclass(frozen=True)
class Parameter:
    """A number of the method's own, beyond T and alpha."""

    name: str
    label: str
    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True)
class Method:
    """One way to distil.

    ``loss`` gives the soft part of each example. ``gradient``, where there is a closed form, gives
    its derivative by the student's logits (same arguments, shape of the logits); without one,
    autograd is used. ``needs`` says what of the two networks it reads: logits-only methods run
    inside stacked cohorts, feature- and relation-based ones get those tensors as well.
    """

    name: str
    label: str
    about: str
    formula: str
    paper: str
    loss: Loss
    gradient: Loss | None
    needs: frozenset[Need] = frozenset({"logits"})
    uses_temperature: bool = True
    parameters: tuple[Parameter, ...] = ()
