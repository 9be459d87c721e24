"""The bench of full runs, on networks that take no time."""

import dataclasses
import itertools
import math

import pytest
import torch
from torch.utils.data import DataLoader

from kdlab.bench import full_run
from kdlab.bench.full_run import LeftOut, Measured
from kdlab.bench.full_turns import (
    CLASSES,
    SHAPE,
    Case,
    Found,
    Ours,
    Pace,
    Side,
    built,
    few_images,
)
from kdlab.bench.reference import PilImages, Reference, as_torch_comes, resident, transform
from kdlab.full_run.engine.estimate import noise
from kdlab.full_run.engine.images import Views
from kdlab.full_run.engine.stage import DeviceContext
from kdlab.full_run.recipe.sizes import Size

CPU = torch.device("cpu")
TINY = Case("cnn-4", "cnn-2", 16)
FAST = Pace(0.4, windows=2, warm_seconds=0.05)
FOUND = Found(
    ours=1000.0,
    cached=1500.0,
    first=100.0,
    second=250.0,
    peak_bytes=2**30,
    cache_bytes=2**31,
    saved=0.48,
    engine="graph, bf16",
)


def row(kind, batch=64, **found):
    return Measured(
        case=Case("wrn-40-2", "wrn-16-2", batch),
        kind=kind,
        found=dataclasses.replace(FOUND, **found),
        flops=10**9,
        product_rate=1e13,
    )


def test_a_row_of_finite_positive_numbers():
    found = full_run.measured(TINY, CPU, 1e9, FAST, workers=0)
    assert isinstance(found, Measured), found
    values = dataclasses.asdict(found.found).values()
    numbers = [value for value in values if isinstance(value, int | float)]
    assert sum(found.found.step_shares.values()) == pytest.approx(1)
    assert len(numbers) == 7
    for value in (*numbers, found.share, *itertools.chain(*found.times)):
        assert math.isfinite(value)
        assert value > 0
    assert found.found.saved == 0.5  # the nearest in whole batches
    assert found.found.engine == "plain, fp32"
    assert str(found).count("|") == 10
    assert str(found).count("no goal") == 2


# torch starts its workers by fork
@pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")
def test_the_table_with_a_loader_that_has_workers(monkeypatch):
    monkeypatch.setenv("KDLAB_DEVICE", "cpu")
    monkeypatch.setattr(full_run, "WORKERS", 1)
    monkeypatch.setattr(full_run, "product_rate", lambda device: 1e9)
    told = list(full_run.lines([TINY], FAST))
    assert told[0].startswith("Device: cpu, ")
    assert f"torch {torch.__version__}" in told[0]
    rows = [line for line in told if line.startswith("|")]
    assert len(rows) == 3
    assert {line.count("|") for line in rows} == {10}
    assert "cnn-4 to cnn-2, batch 16" in rows[2]
    assert any("DataLoader with 1 worker on" in line for line in told)


def test_ours_and_the_reference_train_alike():
    """Three steps on the same images, without crops: the same losses, so the same updates."""
    case = Case("resnet8", "resnet8", 32)
    config = case.config().model_copy(update={"padding": 0, "flip": False})
    data = noise(Size(SHAPE, CLASSES, case.batch, 2), case.batch)
    ours = Ours(config, data, DeviceContext(CPU, "fp32", "plain"))
    loader = DataLoader(PilImages(data.train, transform(data, 0, False)), case.batch, shuffle=True)
    batches = (tuple(batch) for _ in range(3) for batch in loader)
    reference = Reference(*built(config, data), batches, config, CPU)
    losses = []
    for _ in range(3):
        assert ours.epoch() == reference.step() == case.batch
        assert reference.loss == pytest.approx(ours.loss, rel=2e-4)
        assert 0 <= reference.accuracy <= 1
        losses.append(reference.loss)
    assert len(set(losses)) == 3
    ours.close()


def test_the_references_views_are_those_of_a_full_run():
    """Each image of its loader is one of the 162 crops and mirror images of ours."""
    data = noise(Size(SHAPE, CLASSES, 2, 2), 2)
    views = Views(data, 4, True, CPU)
    every = views.batch(torch.ones(views.count, dtype=torch.int64), torch.arange(views.count))
    images = PilImages(data.train, transform(data))
    torch.manual_seed(0)
    seen = set()
    for _ in range(20):
        image, target = images[1]
        assert target == data.train.targets[1]
        # half of the pixels may lie outside, so noise tells views apart
        gaps = (every - image).abs().amax((1, 2, 3))
        assert gaps.min() < 1e-5
        seen.add(int(gaps.argmin()))
    assert len(seen) > 10
    assert len({view % 2 for view in seen}) == 2


def test_kept_answers_save_the_same_share_in_every_epoch():
    data = noise(Size(SHAPE, CLASSES, 512, 2), 512)
    ours = Ours(TINY.config(), data, DeviceContext(CPU, "fp32", "plain"), keep=True)
    asked = []
    for _ in range(3):
        *_, epoch = ours._stage.run_epoch()
        asked.append(epoch.answered)
    assert asked == [0.5] * 3 == [1 - ours.saved] * 3
    ours.close()


@pytest.mark.parametrize(
    ("kind", "batch", "found", "met", "words"),
    [
        ("cuda", 64, {}, (True, False), ["goal 10: yes", "goal 5: NO"]),
        ("cuda", 64, {"first": 101.0, "second": 200.0}, (False, True), ["goal 10: NO"]),
        ("cuda", 1024, {}, (None, None), ["no goal"]),
        ("cpu", 64, {}, (None, None), ["no goal"]),
        ("mps", 64, {}, (None, None), ["no goal"]),
    ],
)
def test_goals_are_judged_on_cuda_in_small_batches_only(kind, batch, found, met, words):
    made = row(kind, batch, **found)
    assert made.met == met
    for word in words:
        assert word in str(made)


def test_the_share_of_the_product_rate():
    assert row("cuda").share == pytest.approx(1000 * 1e9 / 1e13)
    # 2 FLOPs a multiply-add: teacher and three times the student, as in the literature's counts
    expected = 2 * (327.6e6 + 3 * 101.1e6)
    assert full_run.flops(Case("wrn-40-2", "wrn-16-2", 64).config()) == pytest.approx(
        expected, rel=0.01
    )


def test_the_product_rate_is_that_of_one_product(monkeypatch):
    monkeypatch.setattr(full_run, "_product", lambda device: (64, torch.float32, 3))
    ticks = itertools.count(step=0.5)
    monkeypatch.setattr(full_run.devices, "clock", lambda device: next(ticks))
    assert full_run.product_rate(CPU) == 3 * 2 * 64**3 / 0.5


def test_a_step_that_takes_too_long_is_left_out():
    made = full_run.measured(TINY, CPU, 1e9, dataclasses.replace(FAST, step_limit=0.0), 0)
    assert isinstance(made, LeftOut)
    assert "left out: one step takes about" in str(made)
    assert str(made).count("|") == 10


def test_a_case_that_does_not_fit_is_left_out_and_other_errors_are_not(monkeypatch):
    def full(*arguments):
        raise torch.OutOfMemoryError("CUDA out of memory")

    def wrong(*arguments):
        raise RuntimeError("shapes do not agree")

    monkeypatch.setattr(full_run, "in_turns", full)
    assert "more memory" in str(full_run.measured(TINY, CPU, 1e9, FAST, 0))
    monkeypatch.setattr(full_run, "in_turns", wrong)
    with pytest.raises(RuntimeError, match="shapes"):
        full_run.measured(TINY, CPU, 1e9, FAST, 0)


def test_a_window_counts_what_fits_into_it(monkeypatch):
    now, done = [0.0], []

    def work():
        done.append(1)
        now[0] += 2.0
        return 10

    monkeypatch.setattr("kdlab.bench.full_turns.devices.clock", lambda device: now[0])
    assert Side(work, 2).rate(0.1, CPU) == 5.0
    assert len(done) == 2  # the least
    assert Side(work, 2, unmeasured=3).rate(9.0, CPU) == 5.0
    assert len(done) == 2 + 3 + 4


@pytest.mark.parametrize(("batch", "fit"), [(64, 1.0), (64, 1500.0), (1024, 10.0), (96, 300.0)])
def test_few_images_are_whole_batches_of_both_kinds(batch, fit):
    images = few_images(batch, fit, 2)
    assert images % batch == images % 256 == 0
    assert 2 * batch <= images <= 50_000


def test_random_batches_take_turns():
    data = noise(Size(SHAPE, CLASSES, 2, 2), 2)
    batches = resident(data, 8, CPU)
    first = [next(batches)[0] for _ in range(5)]
    assert first[0].shape == (8, *SHAPE)
    assert first[0] is first[4]
    assert not torch.equal(first[0], first[1])


def test_the_reference_leaves_the_settings_of_a_full_run_as_they_were():
    products = torch.backends.cuda.matmul
    before = products.allow_tf32
    try:
        products.allow_tf32 = True
        with as_torch_comes():
            assert not products.allow_tf32
        assert products.allow_tf32
    finally:
        products.allow_tf32 = before
