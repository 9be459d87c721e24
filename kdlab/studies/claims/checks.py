"""What a claim's trial needs, said before anything is trained."""

from __future__ import annotations

from kdlab import checks, data, methods, models
from kdlab.config.schema import StudentConfig
from kdlab.errors import ConfigError
from kdlab.models import black_box, shapes
from kdlab.training.arms.arm import Arm


def possible(claim: str, config: StudentConfig, arms: tuple[Arm, ...], classes: int) -> None:
    """ConfigError or ModelError where the trial of ``claim`` cannot be run under ``config``, or
    where its arms would be the same: networks that do not fit the data, more labels than images,
    and what single trials need."""
    shape, size = data.input_shape(config), data.train_size(config)
    for arm in arms:
        models.check(arm.student, shape, classes)
        if size is not None and arm.labels != "all":
            checks.enough_images(config.model_copy(update={"labels": arm.labels}), size)
    if claim.startswith("temperature-"):
        _has_temperature(config)
    elif claim == "layer-by-layer":
        _three_layers(config.teacher)
    elif claim == "weights-of-the-teacher":
        _first_layer(config.teacher)
    elif claim == "faster" and config.teacher == black_box.ANSWERS.name:
        raise black_box.refused(config.teacher, "be timed", asks=True)
    elif claim == "low-resolution":
        _halves(config.dataset, shape)


def _has_temperature(config: StudentConfig) -> None:
    if not methods.find(config.method).uses_temperature:
        raise ConfigError(
            f"method is {config.method!r}, which has no temperature",
            "a method with a temperature, such as soft-targets",
            "Choose another method",
        )


def _mlp(name: str) -> tuple[int, ...]:
    """Units of the hidden layers; () for what is no MLP."""
    if black_box.find(name) is not None:
        return ()
    return shapes.sizes_of(name) if models.find(name).name in ("mlp", "mlpbn") else ()


def _three_layers(teacher: str) -> None:
    if len(_mlp(teacher)) < 3:
        raise ConfigError(
            f"teacher is {teacher!r}, and the student's three layers learn from its first three",
            "an MLP of three hidden layers or more, like mlp-128-128-128",
            "Choose another teacher, or open the page Layer by layer",
        )


def _first_layer(teacher: str) -> None:
    sizes = _mlp(teacher)
    if not teacher.startswith("mlp-") or len(sizes) < 2 or sizes[0] != 128:
        raise ConfigError(
            f"teacher is {teacher!r}, and the student mlp-128 starts with its first layer",
            "an MLP of two hidden layers or more, the first of 128 units, like mlp-128-128",
            "Choose another teacher, or open the page Start from the teacher",
        )


def _halves(dataset: str, shape: tuple[int, ...]) -> None:
    if len(shape) != 3 or shape[1] % 2 or shape[2] % 2:
        sides = data.noun_of(dataset) if len(shape) != 3 else f"{shape[1]} × {shape[2]} pixels"
        raise ConfigError(
            f"dataset is {dataset!r}, which has {sides}",
            "for half the resolution images with even sides, like digits",
            "Choose another data set",
        )
