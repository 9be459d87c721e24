"""Methods that compare hidden layers: the teacher runs in every step, on the same images."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from torch import Tensor, nn

from kdlab.full_run.recipe.names import layers
from kdlab.insight.features import features, watching
from kdlab.methods import Method
from kdlab.methods.pairing import pair_layers
from kdlab.training.layers import comparable, first_adapters


@dataclass(frozen=True)
class LayerTeaching:
    """``pairs`` are (student's layer, teacher's layer), by the places at which they are read, see
    :data:`kdlab.models.family.INPUT`; ``adapters`` what the method trains beside the student, a
    dict for each pair."""

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
    teacher_name, student_name = names
    read = [ours[s] for s, _ in pairs], [taught[t] for _, t in pairs]
    comparable(method, student_name, teacher_name, *read)
    adapters = [
        {name: value.to(example.device).requires_grad_() for name, value in made.items()}
        for made in first_adapters(method, *read, seed)
    ]
    return LayerTeaching(teacher.eval(), tuple(pairs), tuple(adapters))
