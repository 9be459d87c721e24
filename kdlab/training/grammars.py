"""How far models of a grammar are from the truth, which is known exactly."""

from __future__ import annotations

from collections.abc import Generator, Mapping, Sequence
from typing import Any

import torch
from torch import nn

from kdlab.data.split import DataSplit
from kdlab.data.text import grammar
from kdlab.data.text.windows import codes_of
from kdlab.events import Event, Progress
from kdlab.insight.language import Places, answer_of, coverage, string_divergence


def to_truth(
    rules: str, split: DataSplit, modules: Mapping[str, Sequence[nn.Module]]
) -> Generator[Event, None, dict[str, dict[str, Any]]]:
    """Of each of the ``modules``, by name: ``kl``, KL(truth || model) in bits per string, exact
    over all strings of the grammar ``rules``, and ``coverage``, the share of them to which it gives
    at least a tenth of their probability; one number a module. Yields progress between two."""
    known = grammar.strings(rules)
    places = Places.of([codes_of(text, split.classes) for text in known], split.shape[0])
    truth = torch.tensor(list(known.values()), dtype=torch.float64)
    found: dict[str, dict[str, Any]] = {name: {"kl": [], "coverage": []} for name in modules}
    total, done = sum(map(len, modules.values())), 0
    for name, each in modules.items():
        for module in each:
            yield Progress(stage="comparing with the grammar", done=done, total=total)
            log_p = places.log_probabilities(answer_of(module, len(split.classes)))
            found[name]["kl"].append(string_divergence(log_p, truth))
            found[name]["coverage"].append(coverage(log_p, truth))
            done += 1
    return found
