"""What somebody wants to train, in the lab's words: the settings that are read in other tools."""

from __future__ import annotations

from typing import Any, Literal, get_args

from kdlab.config.base import Settings, override_field, setting
from kdlab.config.schema import StudentConfig

Divergence = Literal[
    "soft-targets", "reverse-kl", "jsd", "total-variation", "top-k", "top-k-truncated"
]
DIVERGENCES: tuple[Divergence, ...] = get_args(Divergence)
"""Names of the lab's methods, of those that tools for language models have."""

WORDS: dict[str, str] = {
    "soft-targets": "Forward KL (soft targets)",
    "reverse-kl": "Reverse KL",
    "jsd": "Jensen-Shannon divergence",
    "total-variation": "Total variation",
    "top-k": "Top-k, renormalised",
    "top-k-truncated": "Top-k, truncated",
}
SHORT: dict[str, str] = {
    "soft-targets": "forward KL",
    "reverse-kl": "reverse KL",
    "jsd": "the Jensen-Shannon divergence",
    "total-variation": "total variation",
    "top-k": "a renormalised top-k",
    "top-k-truncated": "a truncated top-k",
}
"""Divergence -> what it is called within a sentence."""


class Wish(Settings):
    """A loss of this lab, and whose texts it is taken on.

    L = (1 - alpha) * CE(labels) + alpha * soft, where soft is the method ``divergence`` at T; for
    soft-targets T^2 * KL(softmax(z_t / T) || softmax(z_s / T)) (Hinton, Vinyals and Dean 2015,
    arXiv:1503.02531, section 2).
    """

    divergence: Divergence = setting(
        "soft-targets",
        "Divergence",
        "How the student's answer is compared with the teacher's. Forward KL asks it to cover all "
        "that the teacher finds likely, reverse KL to say nothing that the teacher would not say.",
        group="wish",
        words=WORDS,
    )
    temperature: float = override_field(StudentConfig, "temperature")
    alpha: float = override_field(StudentConfig, "alpha")
    beta: float = setting(
        0.5,
        "Mixture β",
        "Jensen-Shannon divergence only: the teacher's share of the mixture with which both are "
        "compared. A small β leans to forward KL, a large one to reverse KL.",
        group="wish",
        ge=0.01,
        le=0.99,
        step=0.01,
    )
    kept: int = setting(
        50,
        "Classes kept, k",
        "Top-k only: how many of the teacher's likeliest classes, or tokens, count.",
        group="wish",
        unit="classes",
        ge=2,
        le=1000,
        low=2,
        high=200,
    )
    own: float = setting(
        0.0,
        "Own texts λ",
        "Language models only: the share of batches whose texts the student has written itself. 0: "
        "the texts of the data set, as with images. 1: its own texts alone (on-policy).",
        group="wish",
        ge=0,
        le=1,
        step=0.05,
    )

    def method_parameters(self) -> dict[str, Any]:
        """The numbers of the lab's method ``divergence``, by their names there."""
        if self.divergence == "jsd":
            return {"beta": self.beta}
        return {"k": float(self.kept)} if self.divergence.startswith("top-k") else {}
