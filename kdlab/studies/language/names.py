"""The words for divergences and prefixes, and the names of the arms that cross them."""

from __future__ import annotations

from kdlab.methods import METHODS

ALONE = "labels only"
OTHERS = ("reverse-kl", "jsd", "skew-kl", "total-variation")
DIVERGENCES = (
    {"soft-targets": "Forward KL"} | {name: METHODS[name].label for name in OTHERS} | {"jsd": "JSD"}
)
"""Method -> how it is called where divergences are compared."""
PREFIXES = {
    "data": "prefixes of the data",
    "teacher": "the teacher's samples",
    "student": "its own samples",
}
"""Whose prefixes -> in words, behind a divergence."""


def arm_name(divergence: str, whose: str) -> str:
    """The name of the arm that learns by ``divergence`` on prefixes of ``whose``."""
    return f"{divergence} {whose}"
