"""What only a CUDA device can say about the steps of a full run."""

from __future__ import annotations

import pytest
import torch

from kdlab.bench.full_turns import CLASSES, SHAPE, Case, built
from kdlab.full_run.engine import device as devices
from kdlab.full_run.engine.answers import Answers
from kdlab.full_run.engine.estimate import noise
from kdlab.full_run.engine.images import Views
from kdlab.full_run.engine.objective import Objective
from kdlab.full_run.engine.stage import DeviceContext, Epoch, Stage
from kdlab.full_run.recipe import networks
from kdlab.full_run.recipe.sizes import Size

IMAGES, BATCH, EPOCHS = 256, 64, 2

pytestmark = [
    pytest.mark.gpu,
    # what compilers and libraries of other versions warn of is no fault of a step
    pytest.mark.filterwarnings("default"),
    pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA"),
]


def losses(engine: str, precision: str) -> list[float]:
    """Of each epoch of a distilled student, with the same first weights, batches and views."""
    cuda = torch.device("cuda", 0)
    devices.prepare(cuda)
    config = Case("resnet8", "cnn-4", BATCH).config().model_copy(update={"epochs": EPOCHS})
    data = noise(Size(SHAPE, CLASSES, IMAGES, 2), IMAGES)
    teacher, student = built(config, data)
    views = Views(data, config.padding, config.flip, cuda)
    frozen = networks.to(teacher.requires_grad_(False), cuda)
    stage = Stage(
        "distilled", 0, student, Objective.distilled(config), config, EPOCHS,
        config.learning_rate, config.warmup, views, DeviceContext(cuda, precision, engine),
        Answers(frozen, views, CLASSES, precision, keep=False),
    )  # fmt: skip
    try:
        assert stage.steps.engine == engine, stage.steps.note
        epochs = [[*stage.run_epoch()][-1] for _ in range(EPOCHS)]
        return [epoch.loss for epoch in epochs if isinstance(epoch, Epoch)]
    finally:
        stage.steps.close()


@pytest.mark.parametrize(("precision", "rel"), [("fp32", 1e-3), ("bf16", 3e-2)])
@pytest.mark.parametrize("engine", ["graph", "compile"])
def test_every_engine_trains_as_the_plain_one(engine, precision, rel):
    assert losses(engine, precision) == pytest.approx(losses("plain", precision), rel=rel)


def test_half_precision_trains_as_single_precision_does_nearly():
    assert losses("plain", "bf16") == pytest.approx(losses("plain", "fp32"), rel=5e-2)
