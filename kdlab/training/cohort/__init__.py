"""K students of one architecture, trained in lock-step as one cohort.

Students are ordered seed by seed: student k = s * V + v is variant v of seed s, with the same V
variants for each of S seeds. Students that share a seed share first weights and batches; they may
differ in T, alpha and in which labels they see. Activations and logits have the batch as their last
dimension, (K, C, B), because a softmax over a short last dimension is twenty times slower on a CPU.

Engines of two kinds stand behind one face: a :class:`Stack` multiplies all students at once, of
MLPs, GRUs and transformers; :class:`InTurn` runs modules one after the other inside the same loop,
which is faster for convolutions on a CPU. A student in a cohort gets, to rounding, the weights it
would get alone.
"""

from __future__ import annotations

from collections.abc import Sequence

import torch
from torch import nn

from kdlab import models
from kdlab.training.cohort.attentive import StackedGPT as StackedGPT
from kdlab.training.cohort.engine import Engine as Engine
from kdlab.training.cohort.in_turn import InTurn as InTurn
from kdlab.training.cohort.objective import NO_LABEL as NO_LABEL
from kdlab.training.cohort.objective import Objective as Objective
from kdlab.training.cohort.objective import gradient as gradient
from kdlab.training.cohort.objective import gradient_apart as gradient_apart
from kdlab.training.cohort.objective import learn as learn
from kdlab.training.cohort.objective import parts as parts
from kdlab.training.cohort.objective import parts_apart as parts_apart
from kdlab.training.cohort.objective import soft_part as soft_part
from kdlab.training.cohort.objective import spread_over as spread_over
from kdlab.training.cohort.recurrent import StackedGRU as StackedGRU
from kdlab.training.cohort.stack import Stack as Stack
from kdlab.training.cohort.stacked import StackedMLP as StackedMLP

STACKS: dict[str, type[Stack]] = {"mlp": StackedMLP, "gru": StackedGRU, "gpt": StackedGPT}
"""Family -> the stack of its students, where it pays; all others learn one after the other."""


def assemble(
    architecture: str,
    input_shape: tuple[int, ...],
    classes: int,
    seeds: Sequence[int],
    variants: int = 1,
    device: torch.device | str = "cpu",
) -> Engine:
    """``len(seeds) * variants`` fresh students, in the engine that suits the architecture."""
    first = [models.build(architecture, input_shape, classes, seed) for seed in seeds]
    return of_modules(architecture, input_shape, first, variants, device)


def of_modules(
    architecture: str,
    input_shape: tuple[int, ...],
    first: Sequence[nn.Module],
    variants: int = 1,
    device: torch.device | str = "cpu",
) -> Engine:
    """Students that begin as ``first``, one network per seed."""
    stack = STACKS.get(models.find(architecture).name)
    if stack is not None and stack.pays(first[0], len(first) * variants):
        return stack(first, variants, device)
    points = models.hint_points(architecture, input_shape)
    embedding = models.embedding_point(architecture, input_shape)
    return InTurn(first, variants, device, (*points, embedding))
