"""Methods that compare hidden layers: the teacher runs in every step, on the same images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

import torch
from torch import Tensor, nn

from kdlab.errors import ConfigError
from kdlab.full_run.recipe.names import layers
from kdlab.insight.features import features, watching
from kdlab.methods import Method
from kdlab.methods.pairing import pair_layers
from kdlab.training.seeds import Role, stream


@dataclass(frozen=True)
class LayerTeaching:
    """``pairs`` are (student's layer, teacher's layer), by the places at which they are read, see
    :mod:`kdlab.models.points`; ``adapters`` what the method trains beside the student, a dict for
    each pair."""

    teacher: nn.Module
    pairs: tuple[tuple[str, str], ...]
    adapters: tuple[dict[str, Tensor], ...]

    @contextmanager
    def watched(self, student: nn.Module) -> Iterator[tuple[dict[str, Tensor], dict[str, Tensor]]]:
        """What every forward pass of both networks leaves: name -> output of that layer."""
        with (
            watching(student, [s for s, _ in self.pairs], learning=True) as own,
            watching(self.teacher, [t for _, t in self.pairs]) as theirs,
        ):
            yield own, theirs

    def parameters(self) -> list[Tensor]:
        """All that is trained beside the student."""
        return [tensor for adapter in self.adapters for tensor in adapter.values()]


def layer_teaching(
    method: Method,
    teacher: nn.Module,
    student: nn.Module,
    names: tuple[str, str],
    example: Tensor,
    seed: int,
) -> LayerTeaching:
    """Pairs and adapters for ``method`` between networks ``names`` (teacher, student), of which
    ``example`` (1, C, H, W) tells the sizes of the layers; ConfigError where it needs maps that
    they have not, or one of them has no such layers."""
    shape = tuple(example.shape[1:])
    theirs, own = (layers(name, shape) for name in names)
    found = pair_layers((), method.layers, len(own) - 1, len(theirs) - 1)
    pairs = [(own[s], theirs[t]) for s, t in found]
    ours = features(student, [s for s, _ in pairs], example)
    taught = features(teacher, [t for _, t in pairs], example)
    adapters = []
    for place, (s, t) in enumerate(pairs):
        a, b = ours[s], taught[t]
        if a.ndim != b.ndim or ("maps" in method.needs and b.ndim != 4):
            raise ConfigError(
                f"method is {method.name!r}, with the networks {names[0]} and {names[1]}",
                "two networks whose hidden layers are of one kind: maps for this method"
                if "maps" in method.needs
                else "two networks whose hidden layers are of one kind",
                "Choose other networks, or a method that compares answers",
            )
        drawn = torch.Generator().manual_seed(stream(seed, Role.VIEWS) + 7919 * place)
        made = method.adapter(a.shape[1:], b.shape[1:], drawn) if method.adapter else {}
        adapters.append({n: v.to(example.device).requires_grad_() for n, v in made.items()})
    return LayerTeaching(teacher.eval(), tuple(pairs), tuple(adapters))
