"""The configuration of a teacher that an arm asks for. Needs no torch."""

from __future__ import annotations

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.training.arms.arm import TeacherSpec


def teacher_config(config: DistilConfig, network: TeacherSpec) -> DistilConfig:
    """The configuration of a teacher: what ``network`` does not say is as in ``config``."""
    own: dict[str, object] = {}
    if network.architecture and network.architecture != config.teacher:
        models.find(network.architecture)
        own.update(teacher=network.architecture, teacher_weights="")
    if network.epochs is not None:
        own.update(teacher_epochs=network.epochs, teacher_weights="")
    if network.seed is not None:
        own.update(teacher_seed=network.seed, teacher_weights="")
    return config.model_copy(update=own)
