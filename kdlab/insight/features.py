"""Hidden features of any network, read by hooks, which leave no trace.

The names are those of submodules; :func:`kdlab.models.hint_points` lists the ones worth reading.
With ":input" behind it a name stands for what goes into its submodule: see
:data:`kdlab.models.family.INPUT`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager

import torch
from torch import Tensor, nn

from kdlab.errors import ModelError
from kdlab.models.family import submodule, taken

CHUNK = 256
"""Examples that go through a network at once: hidden layers of images are large."""

OUTPUT = ""
"""The name of the network itself: its logits."""


@contextmanager
def evaluating(module: nn.Module) -> Iterator[None]:
    """The network in eval mode; afterwards each part has the mode that it had before."""
    modes = [(part, part.training) for part in module.modules()]
    module.eval()
    try:
        yield
    finally:
        for part, mode in modes:
            part.training = mode


@contextmanager
def watching(
    module: nn.Module, names: Sequence[str], *, learning: bool = False
) -> Iterator[dict[str, Tensor]]:
    """A dictionary that every forward pass fills: name -> what is read there. With
    ``learning`` gradients find their way back through it: a loss can be taken from it.

    Of a submodule that is called several times in one pass the last output stays. The hooks are
    removed at the end, after an error too. Raises ModelError for a name that is no submodule, and
    in the forward pass for one that returns no tensor.
    """
    parts = dict(module.named_modules())
    unknown = [name for name in names if submodule(name) not in parts]
    if unknown:
        raise ModelError(
            f"{unknown[0]!r} is not a layer of this {type(module).__name__}",
            ", ".join(repr(name) for name in parts),
            "Ask for the layers that kdlab.models.hint_points lists for this architecture",
        )
    seen: dict[str, Tensor] = {}
    handles = []
    try:
        for name in dict.fromkeys(names):
            part = parts[submodule(name)]
            handles.append(part.register_forward_hook(_note(seen, name, learning)))
        yield seen
    finally:
        for handle in handles:
            handle.remove()


def features(module: nn.Module, names: Sequence[str], inputs: Tensor) -> dict[str, Tensor]:
    """What these layers make of the inputs, in eval mode and without gradients.

    ``inputs`` (N, ...) lie where the weights lie. Returns name -> (N, ...) in the order of
    ``names``; the name ``""`` (:data:`OUTPUT`) gives the logits. The module's modes stay as they
    were. Raises ModelError for a layer that does not exist, or that the forward pass does not call.
    """
    found: dict[str, list[Tensor]] = {name: [] for name in names}
    with torch.no_grad(), evaluating(module), watching(module, names) as seen:
        for chunk in inputs.split(CHUNK):
            seen.clear()
            module(chunk)
            for name, chunks in found.items():
                if name not in seen:
                    raise ModelError(
                        f"the forward pass of {type(module).__name__} never called {name!r}",
                        "layers through which every input goes",
                        "Ask for another layer",
                    )
                chunks.append(seen[name])
    return {name: torch.cat(chunks) for name, chunks in found.items()}


def _note(
    seen: dict[str, Tensor], name: str, learning: bool
) -> Callable[[nn.Module, tuple[object, ...], object], None]:
    """The hook that writes down what is read at ``name``."""

    def hook(module: nn.Module, inputs: tuple[object, ...], output: object) -> None:
        found = taken(name, inputs, output)
        if not isinstance(found, Tensor):
            raise ModelError(
                f"layer {name!r} returned {type(found).__name__}",
                "layers that return one tensor",
                "Ask for another layer",
            )
        # A copy: an in-place layer that follows must not change what was seen.
        seen[name] = (found if learning else found.detach()).clone()

    return hook
