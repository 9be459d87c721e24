"""What is said where classes are uneven and accuracy alone chooses, as in a map and in a search."""

from __future__ import annotations

from typing import Any

from kdlab.data.naming import shown_names
from kdlab.events import DataRead

UNEVEN = 3
"""Times as many examples of the largest class as of the smallest, from which it is told."""


def uneven(read: DataRead | None, noun: str) -> str:
    """The sentence, of somebody's own data of which the account tells; empty where classes are
    about even, or nothing is known. Data that come with the lab are about even."""
    counts = _counts(read.account) if read is not None else {}
    if len(counts) < 2 or max(counts.values()) < UNEVEN * max(1, min(counts.values())):
        return ""
    most = max(counts, key=lambda name: counts[name])
    share = 100 * counts[most] / sum(counts.values())
    return (
        f"Classes are uneven: {share:.0f} % of the training {noun} are “{most}”, so who always "
        f"answers that is right about as often. Accuracy alone is judged here and decides what is "
        "best; in Live distillation, Class by class has balanced accuracy."
    )


def _counts(account: dict[str, Any]) -> dict[str, int]:
    """Training examples of each class; nothing where a damaged file has something else."""
    told = account.get("classes")
    if not isinstance(told, dict):
        return {}
    found = [each["train"] for each in told.values() if isinstance(each, dict) and "train" in each]
    if len(found) < len(told) or not all(type(count) is int and count >= 0 for count in found):
        return {}
    return dict(zip(shown_names(list(map(str, told))), found, strict=True))
