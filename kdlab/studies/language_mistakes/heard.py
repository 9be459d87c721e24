"""What gives mistakes with language models away: numbers beside those that all studies have."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor

from kdlab.data.split import Part
from kdlab.data.text.windows import END
from kdlab.measure import metrics
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.faults import HEARD, PADDING
from kdlab.training.arms.sources import Source, table_of
from kdlab.training.arms.text_faults import heard, padding_count, padding_of

DIGITS = 5


def measured(mistake: str, context: TrainingContext) -> dict[str, Any]:
    """``teacher``: bits per character of its answers as they reach the loss with the right code and
    with the ``mistake``, on training text. ``padding``: the share of it, were all test strings as
    long as the longest. ``arms``: by arm, of test text and one number a seed, ``end``, the mean
    probability of the end where a string ends, ``others``, bits at all other characters, and where
    padding is the mistake ``padded``, bits over text and padding."""
    train, test = context.split.train, context.split.test
    arms = {}
    pads = padding_of(test.inputs, test.targets) if mistake == PADDING else None
    for name, students in context.done.items():
        logits = students.logits(test).cpu()
        arms[name] = _told(logits, test.targets)
        if pads is not None:
            beside = students.logits(Part(pads, torch.full((len(pads),), END))).cpu()
            arms[name]["padded"] = _padded(logits, beside, test.targets)
    count = padding_count(test.targets)
    right, wrong = _teacher(mistake, context, train)
    return {
        "teacher": {"right": round(right, DIGITS), "wrong": round(wrong, DIGITS)},
        "padding": round(count / (count + len(test.targets)), DIGITS),
        "arms": arms,
    }


def _told(logits: Tensor, targets: Tensor) -> dict[str, list[float]]:
    """Of students (S, V, N)."""
    ends = targets == END
    end = logits[..., ends].softmax(1)[:, END].double().mean(1)
    others = metrics.bits(logits[..., ~ends], targets[~ends])
    return {"end": _rounded(end.tolist()), "others": _rounded(others)}


def _padded(logits: Tensor, beside: Tensor, targets: Tensor) -> list[float]:
    """The same with what they say of the padding, (S, V, P)."""
    ended = torch.full((beside.shape[-1],), END)
    both = torch.cat([logits, beside], -1), torch.cat([targets, ended])
    return _rounded(metrics.bits(*both))


def _rounded(values: Sequence[float]) -> list[float]:
    return [round(value, DIGITS) for value in values]


def _teacher(mistake: str, context: TrainingContext, part: Part) -> tuple[float, float]:
    """Bits of the teacher's answers on ``part``, right and with the mistake."""
    table, module = context.teacher.train_logits, context.teacher.module
    right = _bits(table, part.targets)
    if mistake in HEARD:
        source = heard(mistake, Source([module], table.unsqueeze(0)), part)
        return right, _bits(source.table[0], part.targets)
    if mistake == PADDING:
        pads = padding_of(part.inputs, part.targets)
        ends = torch.full((len(pads),), END)
        both = torch.cat([table, table_of(module, pads)]), torch.cat([part.targets, ends])
        return right, _bits(*both)
    left = part.targets != END
    return right, _bits(table[left], part.targets[left])


def _bits(table: Tensor, targets: Tensor) -> float:
    return metrics.bits(table.t().unsqueeze(0), targets)[0]
