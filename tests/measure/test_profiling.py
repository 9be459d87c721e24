import itertools

import numpy as np
import pytest
import torch
from torch import nn

from kdlab import models
from kdlab.measure import profiling
from kdlab.models import weights


class FakeClock:
    """Each pass between two readings lasts as the list says; readings themselves cost nothing."""

    def __init__(self, module: nn.Module, seconds: list[float]) -> None:
        self.now, self.seconds = 100.0, itertools.cycle(seconds)
        self.passes = 0
        self.threads: set[int] = set()
        self.fake = Timed(self)

    def __call__(self) -> float:
        return self.now


class Timed(nn.Module):
    """A network whose forward pass moves the clock; copies share the clock."""

    def __init__(self, clock: FakeClock) -> None:
        super().__init__()
        self.clock = [clock]

    def __deepcopy__(self, memo):
        return Timed(self.clock[0])

    def forward(self, x):
        clock = self.clock[0]
        clock.now += next(clock.seconds)
        clock.passes += 1
        clock.threads.add(torch.get_num_threads())
        assert not self.training
        assert not torch.is_grad_enabled()
        self.shape = x.shape
        return x


@pytest.mark.parametrize(
    ("name", "macs"),  # millions, convolutions and linear layers, 3x32x32, 100 classes
    [
        ("wrn-40-2", 327.6),
        ("wrn-16-2", 101.1),
        ("resnet32x4", 1083.0),
        ("resnet8x4", 177.1),
        ("resnet56", 125.8),
        ("resnet20", 40.8),
        ("resnet110", 253.2),
        ("resnet32", 69.1),
    ],
)
def test_flops_are_twice_the_published_multiply_adds(name, macs):
    module = models.build(name, (3, 32, 32), 100, seed=0)
    assert round(profiling.flops_per_image(module, (3, 32, 32)) / 2e6, 1) == macs


def test_flops_by_hand():
    mlp = models.build("mlp-16", (1, 8, 8), 10, seed=0)
    assert profiling.flops_per_image(mlp, (1, 8, 8)) == 2 * (64 * 16 + 16 * 10)
    cnn = models.build("cnn-4", (1, 8, 8), 10, seed=0)
    assert profiling.flops_per_image(cnn, (1, 8, 8)) == 2 * (64 * 9 * 4 + 4 * 16 * 10)


@pytest.mark.parametrize("name", ["mlp-16", "cnn-4", "resnet8", "wrn-16-1"])
def test_size_is_that_of_the_file(name, tmp_path):
    module = models.build(name, (1, 8, 8), 10, seed=0)
    size = profiling.size_bytes(module)
    (tmp_path / "w").write_bytes(weights.dump_weights(module, name, (1, 8, 8), 10))
    on_disk = (tmp_path / "w").stat().st_size
    assert 0 <= on_disk - size <= 200  # the texts that name the network
    assert size >= 4 * profiling.parameters(module)


def test_half_precision_takes_half_the_bytes():
    module = models.build("mlp-512", (1, 8, 8), 10, seed=0)
    full = profiling.size_bytes(module)
    assert profiling.size_bytes(module.half()) == pytest.approx(full / 2, rel=0.01)


def test_latency_is_median_and_percentiles_without_the_warm_up():
    clock = FakeClock(nn.Identity(), [9.0, 9.0, *(0.001 * k for k in range(1, 12))])
    found = profiling.latency_ms(
        clock.fake, (2,), 7, clock=clock, repeats=11, warmup=2, budget_seconds=1000
    )
    expected = np.percentile(np.arange(1, 12), (50, 10, 90))
    assert (found.median, found.low, found.high) == pytest.approx(tuple(expected))
    assert found.repeats == 11
    assert clock.passes == 13
    assert clock.threads == {1}


def test_time_is_bounded_but_three_passes_are_measured():
    for seconds, expected in ((0.01, (10, 20)), (5.0, (1, 3))):
        clock = FakeClock(nn.Identity(), [seconds])
        found = profiling.latency_ms(clock.fake, (2,), 1, clock=clock, repeats=10**6, warmup=10**6)
        warmups = clock.passes - found.repeats
        assert (warmups, found.repeats) == pytest.approx(expected, abs=1 if expected[0] > 1 else 0)
        assert found.median == pytest.approx(1000 * seconds)


@pytest.mark.parametrize("threads", [1, 2])
def test_module_and_threads_stay_as_they_were(threads):
    before = torch.get_num_threads()
    torch.set_num_threads(threads)
    try:
        module = models.build("resnet8", (1, 8, 8), 10, seed=0).train()
        state = {key: t.clone() for key, t in module.state_dict().items()}
        profiling.cost(module, "resnet8", (1, 8, 8))
        assert torch.get_num_threads() == threads
        assert module.training
        assert torch.is_grad_enabled()
        for key, tensor in module.state_dict().items():
            assert torch.equal(tensor, state[key])
        with pytest.raises(RuntimeError):
            profiling.latency_ms(module, (5, 8, 8), 1)
        assert torch.get_num_threads() == threads
    finally:
        torch.set_num_threads(before)


def test_cost_has_what_the_event_promises():
    module = models.build("mlp-16", (1, 8, 8), 10, seed=0)
    found = profiling.cost(module, "mlp-16", (1, 8, 8))
    assert found["architecture"] == "mlp-16"
    assert found["parameters"] == models.parameters("mlp-16", (1, 8, 8), 10)
    assert found["bytes"] == profiling.size_bytes(module)
    assert found["flops_per_image"] == profiling.flops_per_image(module, (1, 8, 8))
    assert set(found["latency_ms"]) == {"1", "64"}
    for one in found["latency_ms"].values():
        assert 0 < one["low"] <= one["median"] <= one["high"]
        assert one["repeats"] >= profiling.AT_LEAST


def test_machine_names_processor_and_torch():
    assert torch.__version__ in profiling.machine()
    assert "core" in profiling.machine()
