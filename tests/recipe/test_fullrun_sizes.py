"""What is said before a run must be what the run then sees."""

import pytest
from archives_made import write_zip
from small_runs import config

from kdlab.full_run.engine import estimate, images
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.recipe.sizes import published_size, size_of


def loaded(asked):
    reading = images.load(asked)
    while True:
        try:
            next(reading)
        except StopIteration as end:
            return end.value


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("limit", ["all", 50])
def test_the_size_of_a_published_set_is_that_of_its_run(validation, limit):
    asked = config(train_limit=limit, validation=validation)
    data, said = loaded(asked), size_of(asked)
    assert (said.train, said.test) == (len(data.train.targets), len(data.test.targets))
    assert (said.shape, said.classes) == (data.shape, len(data.classes))
    assert published_size(asked) == said


@pytest.mark.parametrize("validation", [False, True])
@pytest.mark.parametrize("limit", ["all", 20])
def test_an_archive_is_counted_without_being_read(tmp_path, validation, limit):
    archive = tmp_path / "photos.zip"
    write_zip(archive, side=8, each=12)
    asked = config(
        dataset="images", folder=str(archive), image_size=8, validation=validation,
        train_limit=limit,
    )  # fmt: skip
    data, said = loaded(asked), size_of(asked)
    assert (said.train, said.test) == (len(data.train.targets), len(data.test.targets))
    assert said.classes == len(data.classes)
    assert published_size(asked) is None


@pytest.mark.parametrize("method", ["soft-targets", "hints", "labels-only"])
def test_an_estimate_is_made_of_steps(method, monkeypatch):
    monkeypatch.setattr(estimate, "SECONDS", 0.01)
    asked = config(method=method, teacher="cnn-8", student="cnn-4", epochs=3, seeds=2)
    size = size_of(asked)
    found = estimate.estimate(
        asked, size, DeviceContext(images.torch.device("cpu"), "fp32", "plain")
    )
    each = -(-size.train // asked.batch_size)
    assert found.steps == {"teacher": 3 * each, "student": 3 * each, "distilled": 3 * each}
    assert all(seconds > 0 for seconds in found.step_seconds.values())
    assert found.total_seconds == pytest.approx(
        found.seconds["teacher"] + 2 * (found.seconds["student"] + found.seconds["distilled"])
    )
    assert found.memory_bytes > 0
    assert found.engine == "plain"
