"""What the students of a cohort minimise: its arms, times the seeds."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from kdlab.methods import Method
from kdlab.training.arms.arm import Arm
from kdlab.training.cohort import NO_LABEL, Objective
from kdlab.training.labels import choose_labelled, labelled_strings, mislabel
from kdlab.training.seeds import Role, stream


def build_objective(
    arms: Sequence[Arm],
    seeds: Sequence[int],
    targets: torch.Tensor,
    classes: int,
    method: Method,
    where: torch.device,
    parameters: Mapping[str, float] | None = None,
    strings: torch.Tensor | None = None,
) -> Objective:
    """What the students of each arm and seed minimise on examples whose classes are ``targets``
    (N,): which labels they are given, which of them are wrong, and how the method weighs. A
    target of -1 is no label to give. Of text, ``strings`` (N,) are labelled as a whole."""
    labellings = list(dict.fromkeys((arm.labels, arm.label_noise) for arm in arms))
    known = int((targets >= 0).sum())
    counts = [known if labels == "all" else labels for labels, _ in labellings]
    rows = []
    for seed in seeds:
        for count, (_, noise) in zip(counts, labellings, strict=True):
            drawn = stream(seed, Role.LABELS)
            if strings is None:
                labelled = choose_labelled(targets, count, drawn)
            else:
                labelled = labelled_strings(strings, count, drawn)
            given = targets
            if noise:
                given = mislabel(targets, labelled, noise, classes, stream(seed, Role.NOISE))
            rows.append(torch.where(labelled, given, NO_LABEL))
    labelling = None
    if len(labellings) > 1:
        own = [labellings.index((arm.labels, arm.label_noise)) for arm in arms]
        labelling = torch.tensor([s * len(labellings) + q for s in range(len(seeds)) for q in own])

    def column(values: list[float]) -> torch.Tensor:
        return torch.tensor(values * len(seeds), device=where).view(-1, 1, 1)

    return Objective(
        method,
        alpha=column([arm.alpha for arm in arms]),
        temperature=column([arm.temperature for arm in arms]),
        labels=torch.stack(rows).to(where),
        fraction=torch.tensor([n / len(targets) for n in counts] * len(seeds), device=where),
        labelling=None if labelling is None else labelling.to(where),
        parameters=parameters or {},
    )
