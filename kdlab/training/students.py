"""The students of a run or of a map: which variants there are, times the seeds, as one cohort."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import torch

from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit
from kdlab.methods import Method
from kdlab.methods import find as find_method
from kdlab.training import cohort
from kdlab.training.cohort import NO_LABEL, Engine, Objective
from kdlab.training.labels import choose_labelled, mislabel
from kdlab.training.seeds import Role, stream
from kdlab.training.variant import Variant


def build_cohort(
    config: DistilConfig,
    variants: Sequence[Variant],
    split: DataSplit,
    where: torch.device,
) -> tuple[Engine, Objective]:
    """A student ``config.student`` of each variant for each seed, and what they minimise.

    Student k = s * V + v is variant v of seed s. All students of a seed begin with the same
    weights; those with as many labels see the same ones.
    """
    seeds = seeds_of(config)
    engine = cohort.assemble(
        config.student,
        split.shape,
        len(split.classes),
        [stream(seed, Role.WEIGHTS) for seed in seeds],
        variants=len(variants),
        device=where,
    )
    method = find_method(config.method)
    numbers = method.named(config.method_parameters)
    classes = len(split.classes)
    return engine, build_objective(
        variants, seeds, split.train.targets, classes, method, where, numbers
    )


def build_objective(
    variants: Sequence[Variant],
    seeds: Sequence[int],
    targets: torch.Tensor,
    classes: int,
    method: Method,
    where: torch.device,
    parameters: Mapping[str, float] | None = None,
) -> Objective:
    """What the students of each variant and seed minimise on examples whose classes are ``targets``
    (N,): which labels they are given, which of them are wrong, and how the method weighs."""
    labellings = list(dict.fromkeys((v.labels, v.label_noise) for v in variants))
    counts = [len(targets) if labels == "all" else labels for labels, _ in labellings]
    rows = []
    for seed in seeds:
        for count, (_, noise) in zip(counts, labellings, strict=True):
            labelled = choose_labelled(targets, count, stream(seed, Role.LABELS))
            given = targets
            if noise:
                given = mislabel(targets, labelled, noise, classes, stream(seed, Role.NOISE))
            rows.append(torch.where(labelled, given, NO_LABEL))
    labelling = None
    if len(labellings) > 1:
        own = [labellings.index((v.labels, v.label_noise)) for v in variants]
        labelling = torch.tensor([s * len(labellings) + q for s in range(len(seeds)) for q in own])

    def column(values: list[float]) -> torch.Tensor:
        return torch.tensor(values * len(seeds), device=where).view(-1, 1, 1)

    return Objective(
        method,
        alpha=column([v.alpha for v in variants]),
        temperature=column([v.temperature for v in variants]),
        labels=torch.stack(rows).to(where),
        fraction=torch.tensor([n / len(targets) for n in counts] * len(seeds), device=where),
        labelling=None if labelling is None else labelling.to(where),
        parameters=parameters or {},
    )


def seeds_of(config: DistilConfig) -> list[int]:
    """The seeds of the students of ``config``."""
    return [config.first_seed + s for s in range(config.seeds)]


def batch_seeds(config: DistilConfig) -> list[int]:
    """What decides each seed's order of batches, for :func:`kdlab.training.loop.fit`."""
    return [stream(seed, Role.BATCHES) for seed in seeds_of(config)]
