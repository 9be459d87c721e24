"""A first guess of a run's time: arithmetic that can be checked by hand, and a speed of today."""

import pytest

from kdlab.full_run.recipe import rough
from kdlab.full_run.recipe.config import FullRunConfig
from kdlab.full_run.recipe.rough import Effort, Speed
from kdlab.full_run.recipe.sizes import Size
from kdlab.measure import profiling
from kdlab.models import build


def test_the_speed_is_that_of_which_two_steps_took_so_long():
    # 10 layers of 0.01 s and 1e9 operations a second
    found = rough.solved([0.1 + 0.2, 0.1 + 3.2], [int(0.2e9), int(3.2e9)], 10)
    assert found.layer_seconds == pytest.approx(0.01)
    assert found.flops_per_second == pytest.approx(1e9)


def test_every_stage_of_every_seed_is_counted():
    size = Size((3, 32, 32), 10, 100, 40)
    config = FullRunConfig(epochs=2, teacher_epochs=3, seeds=4, batch_size=50)
    teacher, student, known = Effort(1000, 10), Effort(100, 5), Speed(0.5, 1000.0)
    first = 3 * (2 * 10 * 0.5 + (3 * 100 + 40) * 1000 / 1000)
    alone = 2 * (2 * 5 * 0.5 + (3 * 100 + 40) * 100 / 1000)
    answers = 2 * 100 * 1000 / 1000
    found = rough.seconds(config, size, teacher, student, known)
    assert found == pytest.approx(first + 4 * (2 * alone + answers))
    given = config.model_copy(update={"teacher_file": "given:abc"})
    assert rough.seconds(given, size, teacher, student, known) == pytest.approx(found - first)


def test_a_network_is_counted_and_this_machine_measured():
    size = Size((1, 8, 8), 10, 200, 50)
    asked = FullRunConfig(pair="own", dataset="digits", teacher="cnn-8", student="cnn-4", epochs=1)
    module = build("cnn-4", size.shape, 10, 0)
    counted = rough.effort("cnn-4", size.shape, 10)
    assert counted.flops == profiling.flops_per_image(module, size.shape)
    assert counted.layers == len(list(module.parameters()))
    found = rough.roughly(asked, size)
    assert found is not None
    assert found > 0
    twice = rough.roughly(asked.model_copy(update={"epochs": 2}), size)
    assert twice == pytest.approx(2 * found)  # the speed is measured once
    fetched = asked.model_copy(update={"teacher": "torchvision-resnet18"})
    assert rough.roughly(fetched, size) is None
