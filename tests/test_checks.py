from __future__ import annotations

import pytest

from kdlab.checks import fits, possible
from kdlab.config import DistilConfig
from kdlab.errors import ConfigError, ModelError
from kdlab.presets import PRESETS


def test_every_preset_is_possible():
    for preset in PRESETS.values():
        possible(preset.config)


@pytest.mark.parametrize(
    ("settings", "error", "words"),
    [
        ({"labels": 2000}, ConfigError, "1 to 1097"),
        ({"labels": 600, "train_limit": 500}, ConfigError, "1 to 500"),
        ({"dataset": "moons", "labels": 501}, ConfigError, "1 to 500"),
        ({"method": "labels-only", "alpha": 1}, ConfigError, "below 1"),
        ({"method": "telepathy"}, ConfigError, "soft-targets"),
        ({"dataset": "dogs"}, ConfigError, "digits"),
        ({"student": "transformer-9"}, ModelError, "mlp"),
        ({"dataset": "moons", "student": "cnn-4", "labels": 9}, ModelError, "cnn"),
    ],
)
def test_the_impossible_is_named_before_any_data_are_read(settings, error, words):
    with pytest.raises(error, match=words):
        possible(DistilConfig(**settings))


def test_own_images_are_checked_once_they_are_there():
    own = DistilConfig(dataset="images", folder="x", labels=50, teacher="cnn-8", student="mlp-4")
    possible(own)
    fits(own, (3, 16, 16), 2, 50)
    with pytest.raises(ConfigError, match="1 to 49"):
        fits(own, (3, 16, 16), 2, 49)
    with pytest.raises(ModelError):
        fits(own.model_copy(update={"teacher": "mlp-4096-4096"}), (3, 96, 96), 1000, 50)
