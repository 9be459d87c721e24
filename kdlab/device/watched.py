"""What a network computes, call by call, as seen while it reads one input."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any

import torch
from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

from kdlab.models.gpt import Block
from kdlab.models.gru import GRULayer

WHOLE = (GRULayer, Block)
"""Modules that are one call each: what they do inside is known by what they are."""


@dataclass(frozen=True, eq=False)
class Call:
    """``name`` of a function of PyTorch, or of the class of a ``module`` that was called as a
    whole; what it was given, and the tensors that it gave."""

    name: str
    args: tuple[Any, ...]
    kwargs: dict[str, Any]
    given: tuple[Tensor, ...]
    module: nn.Module | None = None


@dataclass(eq=False)
class _Watch(TorchFunctionMode):
    """Notes every function of PyTorch that gives tensors, in this thread alone. All tensors stay,
    so that each can be told by its identity."""

    calls: list[Call] = field(default_factory=list)
    inside: int = 0

    def __post_init__(self) -> None:
        super().__init__()

    def __torch_function__(
        self,
        func: Callable[..., Any],
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: dict[str, Any] | None = None,
    ) -> Any:
        """Call ``func`` as if nobody watched."""
        found = func(*args, **(kwargs or {}))
        self.note(getattr(func, "__name__", str(func)), args, kwargs or {}, found)
        return found

    def note(
        self,
        name: str,
        args: tuple[Any, ...],
        kwargs: dict[str, Any],
        found: Any,
        module: nn.Module | None = None,
    ) -> None:
        given = tuple(found) if isinstance(found, tuple | list) else (found,)
        if not self.inside and given and all(isinstance(each, Tensor) for each in given):
            self.calls.append(Call(name, tuple(args), kwargs, given, module))

    def enter(self, module: nn.Module, args: tuple[Any, ...]) -> None:
        self.inside += 1

    def leave(self, module: nn.Module, args: tuple[Any, ...], found: Any) -> None:
        self.inside -= 1
        self.note(type(module).__name__, args, {}, found, module)


@contextmanager
def _as_wholes(module: nn.Module, watch: _Watch) -> Iterator[None]:
    whole = [each for each in module.modules() if isinstance(each, WHOLE)]
    handles = [each.register_forward_pre_hook(watch.enter) for each in whole]
    handles += [each.register_forward_hook(watch.leave) for each in whole]
    try:
        yield
    finally:
        for handle in handles:
            handle.remove()


def watched(module: nn.Module, example: Tensor) -> tuple[list[Call], Tensor]:
    """The calls with which ``module``, in eval mode, reads ``example`` (1, *shape), in order, and
    its answer. What it decides by the shape of its input is decided."""
    watch = _Watch()
    with torch.no_grad(), _as_wholes(module, watch), watch:
        answer: Tensor = module(example)
    return watch.calls, answer
