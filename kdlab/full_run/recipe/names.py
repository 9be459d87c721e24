"""Which networks a full run can use, by name and without torch: pages check while one types."""

from __future__ import annotations

from kdlab import models
from kdlab.errors import ConfigError
from kdlab.full_run.recipe import pretrained

GIVEN = "given:"
"""Before the name of a teacher's file that was loaded through the page."""


def is_torchvision(name: str) -> bool:
    """Whether it is one of torchvision's networks."""
    return name in pretrained.PRETRAINED


def check(name: str, shape: tuple[int, ...], classes: int) -> None:
    """ModelError where there is no such network, or it cannot read these images."""
    if name.startswith("torchvision-"):  # also one that is not there: the error lists them
        some = (0.5,) * shape[0]
        pretrained.check(name, classes, some, some, shape[0])
    else:
        models.check(name, shape, classes)


def layers(name: str, shape: tuple[int, ...]) -> tuple[str, ...]:
    """The layers of a network that methods may read, the embedding behind the last one; ConfigError
    for those from torchvision."""
    if is_torchvision(name):
        raise ConfigError(
            f"the teacher is {name!r}, and the method compares hidden layers",
            "a network of the lab as the teacher",
            "Choose another teacher, or a method that compares answers",
        )
    return (*models.hint_points(name, shape), models.embedding_point(name, shape))
