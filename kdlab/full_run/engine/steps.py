"""The steps of an epoch, as fast as the device allows: plain, compiled, or as one CUDA graph.

All three run the same step on the same tensors. What a step reads besides the weights, the order of
the images, their views, the learning rate, lies in tensors that are filled once an epoch, and a
step moves on by itself; so a whole step can be recorded once and replayed, without a word from the
host.
"""

from __future__ import annotations

import contextlib
from collections import deque
from collections.abc import Callable, Iterator

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers
from kdlab.full_run.engine.images import Views
from kdlab.full_run.engine.layers import LayerTeaching
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.process_group import ProcessGroup, SyncedBatchNorm
from kdlab.full_run.recipe.config import FullTeacherConfig

MARK_STEPS, MOST_AHEAD = 16, 16
"""On CUDA the host may be ahead by so many marks, each of so many steps."""
WARM_STEPS = 3
"""Before a step is recorded: kernels are chosen and memory is laid out in the first ones."""


class Steps:
    """``sums`` (4,): of hard part, soft part, loss and right answers over the epoch so far."""

    def __init__(
        self,
        module: nn.Module,
        objective: Objective,
        views: Views,
        config: FullTeacherConfig,
        group: ProcessGroup,
        device: torch.device,
        precision: str,
        engine: str,
        teaching: Answers | LayerTeaching | None,
    ) -> None:
        self._module, self._objective, self._views = module, objective, views
        self._group, self._device, self._precision = group, device, precision
        self._teaching = teaching
        self._forward: Callable[[Tensor], Tensor] = group.wrap(module, device)
        beside = teaching.parameters() if isinstance(teaching, LayerTeaching) else []
        trained = [p for p in module.parameters() if p.requires_grad] + beside
        self._rate = torch.tensor(0.0, device=device)
        graph = engine == "graph"
        self._optimiser = torch.optim.SGD(
            trained,
            lr=self._rate if graph else 0.0,  # a recorded step reads it from the device
            momentum=config.momentum,
            weight_decay=config.weight_decay,
            fused=device.type in ("cuda", "cpu"),
        )
        for parameter in trained:  # zeros are what a first step begins with
            self._optimiser.state[parameter]["momentum_buffer"] = torch.zeros_like(parameter)
        self._trained = trained
        self._order = torch.zeros(views.size, dtype=torch.int64, device=device)
        self._view = torch.zeros(views.size, dtype=torch.int64, device=device)
        self._offset = torch.zeros((), dtype=torch.int64, device=device)
        self._rows = torch.arange(max(config.batch_size, group.size), device=device)
        self._warm = torch.ones((), device=device)
        self.sums = torch.zeros(4, device=device)
        self._graph: torch.cuda.CUDAGraph | None = None
        self._stack = contextlib.ExitStack()
        self._own: dict[str, Tensor] = {}
        self._theirs: dict[str, Tensor] = {}
        if isinstance(teaching, LayerTeaching):
            self._own, self._theirs = self._stack.enter_context(teaching.watched(module))
        self.engine, self.note = self._chosen(engine, config.batch_size)

    def begin(
        self, order: NDArray[np.int64], view: NDArray[np.int64], rate: float, warm: float
    ) -> None:
        """Lay out an epoch: ``order`` (N,) of the images, ``view`` (N,) of each image."""
        self._order.copy_(torch.from_numpy(order))
        self._view.copy_(torch.from_numpy(view))
        self._offset.zero_()
        self.sums.zero_()
        self._warm.fill_(warm)
        self._rate.fill_(rate)
        if self.engine != "graph":
            self._optimiser.param_groups[0]["lr"] = rate

    def run(self, images: int, batch: int) -> Iterator[int]:
        """All steps over ``images``; yields how many images are done.

        On CUDA the host runs ahead of the device, but not without end: it then waits, while the
        device has work for some time, so that what is told is true and a stop is obeyed soon.
        """
        ahead: deque[tuple[torch.cuda.Event, int]] = deque()
        for number, start in enumerate(range(0, images, batch), start=1):
            rows = min(batch, images - start)
            if self._graph is not None and rows == batch:
                self._graph.replay()
            else:
                self._step(rows)
            if self._device.type != "cuda":
                yield start + rows
            elif number % MARK_STEPS == 0:
                mark = torch.cuda.Event()
                mark.record()
                ahead.append((mark, start + rows))
                if len(ahead) > MOST_AHEAD:
                    mark, done = ahead.popleft()
                    mark.synchronize()
                    yield done

    def close(self) -> None:
        """Let go of everything that lies on the device but the network itself."""
        self._stack.close()
        self._own, self._theirs = {}, {}
        for parameter in self._trained:
            parameter.grad = None
        self._optimiser.state.clear()
        self._graph, self._teaching, self._forward = None, None, self._module
        if self._device.type == "cuda":
            torch.cuda.empty_cache()

    # -- one step -----------------------------------------------------------------------------

    def _step(self, rows: int) -> None:
        low, high = self._group.share(rows)
        SyncedBatchNorm.copies = self._group.copies(rows)
        index = self._order[self._offset + self._rows[low:high]]
        inputs = self._views.batch(index, self._view[index])
        targets = self._views.targets[index]
        self._optimiser.zero_grad(set_to_none=True)
        hard, soft, right = self._parts(inputs, targets, index)
        mean = self._objective.total(hard, soft, self._warm) * self._group.weight(rows)
        torch.autograd.backward(mean)
        self._optimiser.step()
        found = torch.stack([hard.detach(), soft.detach(), mean.detach(), right])
        # hard, soft and right are sums over this process's rows, ``mean`` its part of the mean
        scale = self._group.weight(rows) * rows / self._group.size
        found[:2] *= scale
        found[3] *= scale
        found[2] *= rows / self._group.size
        self.sums += found
        self._offset += rows
        self._own.clear()  # they hold on to the pass that is over
        self._theirs.clear()

    def _parts(
        self, inputs: Tensor, targets: Tensor, index: Tensor
    ) -> tuple[Tensor, Tensor, Tensor]:
        """Sums over the rows: hard part, soft part, right answers."""
        with devices.autocast(self._precision, self._device):
            logits = self._forward(inputs)
        logits = logits.float()
        right = (logits.detach().argmax(1) == targets).sum().float()
        teaching = self._teaching
        if isinstance(teaching, LayerTeaching):
            with torch.no_grad(), devices.autocast(self._precision, self._device):
                teaching.teacher(inputs)
            own = [self._own[s].float() for s, _ in teaching.pairs]
            theirs = [self._theirs[t].float() for _, t in teaching.pairs]
            hard, _ = self._objective.of_answers(logits, targets, None)
            return hard, self._objective.of_features(own, theirs, teaching.adapters), right
        answers = None if teaching is None else teaching.table[index]
        hard, soft = self._objective.of_answers(logits, targets, answers)
        return hard, soft, right

    # -- how they run -------------------------------------------------------------------------

    def _chosen(self, asked: str, batch: int) -> tuple[str, str]:
        """The engine that runs, and why another was asked for in vain."""
        if asked == "plain" or self._group.size > 1:
            return "plain", "" if asked == "plain" else "several GPUs: steps are plain"
        try:
            if asked == "graph":
                self._record(batch)
            else:
                self._compile(batch)
        except Exception as error:  # whatever a compiler or a driver says: plain steps still work
            self._graph, self._forward = None, self._module
            self._optimiser.zero_grad(set_to_none=True)
            self._optimiser.param_groups[0]["lr"] = 0.0
            reason = (str(error).strip().splitlines() or [type(error).__name__])[0]
            return "plain", f"{asked} failed ({reason[:200]}): steps are plain"
        return asked, ""

    def _compile(self, batch: int) -> None:
        """torch.compile, tried on one step."""
        self._forward = torch.compile(self._module)
        with self._unchanged():
            self._module.train()
            self._step(min(batch, self._views.size))

    def _record(self, batch: int) -> None:
        """A step of a full batch as a CUDA graph."""
        if self._device.type != "cuda":
            raise RuntimeError(f"there are no CUDA graphs on {self._device.type}")
        if batch > self._views.size:
            raise RuntimeError("the batch is larger than the data set")
        with self._unchanged():
            self._module.train()
            side = torch.cuda.Stream(self._device)
            side.wait_stream(torch.cuda.current_stream(self._device))
            with torch.cuda.stream(side):
                for _ in range(WARM_STEPS):
                    self._offset.zero_()
                    self._step(batch)
            torch.cuda.current_stream(self._device).wait_stream(side)
            self._offset.zero_()
            self._optimiser.zero_grad(set_to_none=True)
            graph = torch.cuda.CUDAGraph()
            with torch.cuda.graph(graph):
                self._step(batch)
            self._graph = graph

    @contextlib.contextmanager
    def _unchanged(self) -> Iterator[None]:
        """Steps inside leave weights, statistics and momentum as they were, in place."""
        kept = {name: t.clone() for name, t in self._module.state_dict().items()}
        beside = {name: t.clone() for name, t in self.state().items()}
        try:
            yield
        finally:
            with torch.no_grad():
                for name, tensor in self._module.state_dict().items():
                    tensor.copy_(kept[name])
            self.restore(beside)
            self._offset.zero_()
            self.sums.zero_()

    # -- its state ----------------------------------------------------------------------------

    def state(self) -> dict[str, Tensor]:
        """Momentum of all that is trained, and what is trained beside the network."""
        found = {f"momentum.{n}": self._momentum(p) for n, p in enumerate(self._trained)}
        own = {id(p) for p in self._module.parameters()}
        beside = [p for p in self._trained if id(p) not in own]
        return found | {f"beside.{n}": p.detach() for n, p in enumerate(beside)}

    def restore(self, state: dict[str, Tensor]) -> None:
        """Take over what :meth:`state` gave, in place."""
        with torch.no_grad():
            for name, tensor in self.state().items():
                tensor.copy_(state[name])

    def _momentum(self, parameter: Tensor) -> Tensor:
        buffer: Tensor = self._optimiser.state[parameter]["momentum_buffer"]
        return buffer
