"""How one frozen teacher reaches the students of a run."""

from __future__ import annotations

from typing import Any

from torch import nn

from kdlab import methods
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers, plan_cache
from kdlab.full_run.engine.images import FullData, Standard, Views
from kdlab.full_run.engine.layers import LayerTeaching, layer_teaching
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.recipe.config import FullRunConfig


class Teaching:
    """By its answers, which serve the students of all seeds, or by its hidden layers.

    ``cache`` says whether answers are kept, see :class:`kdlab.events.StageStarted`; without
    ``keep`` none are, whatever it says.
    """

    def __init__(
        self,
        config: FullRunConfig,
        data: FullData,
        views: Views,
        standard: Standard,
        context: DeviceContext,
        teacher: nn.Module,
        *,
        keep: bool = True,
    ) -> None:
        self.cache: dict[str, Any] = {}
        self._config, self._data, self._context = config, data, context
        self._views, self._standard, self._teacher = views, standard, teacher
        self._method, self._keep = methods.find(config.method), keep
        self._answers: Answers | None = None

    def of(self, seed: int, student: nn.Module) -> Answers | LayerTeaching | None:
        """What teaches the distilled ``student`` of ``seed``, which lies on the device; None for
        the control, whom nobody teaches."""
        config, device = self._config, self._context.device
        if self._method.name == "labels-only":
            return None
        if self._method.reads_features:
            example = self._standard(self._data.train.pixels[:1].to(device))
            names = (config.teacher, config.student)
            return layer_teaching(self._method, self._teacher, student, names, example, seed)
        if self._answers is None:
            classes, precision = len(self._data.classes), self._context.precision
            draws = config.epochs * config.seeds // self._context.group.size
            plan = plan_cache(
                config.view_cache, self._views.size, self._views.count, classes, precision, draws,
                devices.free_bytes(device),
            )  # fmt: skip
            self.cache = plan.facts(self._views.count)
            keep = plan.on and self._keep
            self._answers = Answers(self._teacher, self._views, classes, precision, keep=keep)
        return self._answers
