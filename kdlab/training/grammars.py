"""How far models of a grammar are from the truth, which is known exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch
from torch import nn

from kdlab.data.split import DataSplit
from kdlab.data.text import grammar
from kdlab.data.text.windows import codes_of
from kdlab.insight.language import answer_of, coverage, log_probabilities, string_divergence


def to_truth(
    rules: str, split: DataSplit, modules: Mapping[str, Sequence[nn.Module]]
) -> dict[str, dict[str, Any]]:
    """Of each of the ``modules``, by name: ``kl``, KL(truth || model) in bits per string, exact
    over all strings of the grammar ``rules``, and ``coverage``, the share of them to which it gives
    at least a tenth of their probability; one number a module."""
    known = grammar.strings(rules)
    strings = [codes_of(text, split.classes) for text in known]
    truth = torch.tensor(list(known.values()), dtype=torch.float64)

    def of(module: nn.Module) -> tuple[float, float]:
        answer = answer_of(module, len(split.classes))
        log_p = log_probabilities(answer, strings, split.shape[0])
        return string_divergence(log_p, truth), coverage(log_p, truth)

    found = {name: [of(module) for module in each] for name, each in modules.items()}
    return {
        name: {"kl": [kl for kl, _ in each], "coverage": [share for _, share in each]}
        for name, each in found.items()
    }
