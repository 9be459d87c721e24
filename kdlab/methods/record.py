"""What the lab knows about a method: the menu, the validation and the tests read this record."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal, Protocol

if TYPE_CHECKING:
    import torch
    from torch import Tensor

Need = Literal["logits", "labels", "features", "maps"]
Layers = Literal["embedding", "last", "middle", "every"]
Shape = Sequence[int]


class Loss(Protocol):
    """The soft part for each example: (..., C, ...) logits -> the same shape without ``dim``.

    Half precision is computed, and answered, in float32. A logit of minus infinity excludes a
    class, which then counts for nothing, but for methods that compare the logits themselves.

    A method that ``needs`` labels takes them as the keyword ``labels``, class indices in the shape
    of the result; those with parameters take each as a keyword with its published default.
    """

    def __call__(
        self,
        student_logits: Tensor,
        teacher_logits: Tensor,
        temperature: Tensor | float,
        dim: int = -1,
    ) -> Tensor:
        """``temperature`` broadcasts against the logits; no gradient reaches the teacher."""


class Soften(Protocol):
    """What is read of the teacher: (..., C, ...) logits -> the same shape."""

    def __call__(
        self, teacher_logits: Tensor, temperature: Tensor | float, dim: int = -1
    ) -> Tensor:
        """``temperature`` broadcasts against the logits."""


class GradientBySoftened(Protocol):
    """A derivative by the student's logits that is given what is read of the teacher."""

    def __call__(
        self,
        student_logits: Tensor,
        softened: Tensor,
        temperature: Tensor | float,
        dim: int = -1,
    ) -> Tensor:
        """``temperature`` and ``softened`` broadcast against the logits."""


class Compare(Protocol):
    """The soft part of one layer: features of both networks -> one value per student, (...).

    Features are vectors (..., B, D) or maps (..., B, C, H, W); leading dimensions are students, and
    what ``adapter`` holds has them too. Parameters are keywords with their published defaults.
    """

    def __call__(self, student: Tensor, teacher: Tensor, adapter: Mapping[str, Tensor]) -> Tensor:
        """A mean over the batch; no gradient reaches the teacher."""


class MakeAdapter(Protocol):
    """First weights of what a method trains beside the student, like the regressor of FitNets."""

    def __call__(
        self, student: Shape, teacher: Shape, generator: torch.Generator
    ) -> dict[str, Tensor]:
        """For one student: ``student`` and ``teacher`` are the shapes of one example's features,
        (D,) or (C, H, W)."""


@dataclass(frozen=True)
class Parameter:
    """A number of the method's own, beyond T and alpha."""

    name: str
    label: str
    default: float
    low: float
    high: float
    help: str


@dataclass(frozen=True, kw_only=True)
class Method:
    """One way to distil.

    Response-based methods have ``loss``; ``gradient``, where there is a closed form, gives its
    derivative by the student's logits (same arguments, shape of the logits); without one, autograd
    is used. ``soften``, where there is one, is all that this derivative reads of the teacher, and
    ``gradient_by_softened`` takes it in the place of the teacher's logits: it is then computed once
    for all students of one T. Feature-based methods have ``compare``, and ``adapter`` where they
    train something beside the student; ``layers`` says which layers they read unless asked
    otherwise, paired as
    :mod:`kdlab.methods.pairing` has it: the embedding is what goes into the last linear layer, a
    vector in every network. ``needs`` says what of the two
    networks a method reads: "maps" are features with a height and a width.

    ``triples``: it computes something of all triples of a batch, B^3 numbers a student; ``pairs``:
    of all pairs, B^2 numbers, and of no triples.
    ``weight`` is the published factor of the method beside a cross-entropy of weight 1, so that
    alpha = 0.5 is the published proportion: L = (1 - alpha) * CE + alpha * weight * soft.
    """

    name: str
    label: str
    about: str
    formula: str
    paper: str
    loss: Loss | None = None
    gradient: Loss | None = None
    soften: Soften | None = None
    gradient_by_softened: GradientBySoftened | None = None
    compare: Compare | None = None
    adapter: MakeAdapter | None = None
    needs: frozenset[Need] = frozenset({"logits"})
    layers: Layers = "last"
    uses_temperature: bool = True
    triples: bool = False
    pairs: bool = False
    weight: float = 1.0
    parameters: tuple[Parameter, ...] = ()

    def __post_init__(self) -> None:
        """A method with another loss must not learn by the gradient of the first."""
        by_hand = (self.gradient, self.soften, self.gradient_by_softened)
        if self.gradient_by_softened is not None and None in by_hand:
            raise ValueError(f"{self.name}: gradient_by_softened without gradient and soften")

    def named(self, values: Sequence[float]) -> dict[str, float]:
        """Numbers of the method's own, in its order, by their names; none: as published."""
        names = [parameter.name for parameter in self.parameters]
        return dict(zip(names, values, strict=True)) if values else {}

    @property
    def reads_features(self) -> bool:
        """Whether it compares hidden layers instead of answers."""
        return self.compare is not None
