"""Full runs of these tests are on the CPU, with one thread: the same numbers in every process."""

import pytest
import torch


@pytest.fixture(autouse=True)
def _plain_machine(monkeypatch):
    monkeypatch.setenv("KDLAB_DEVICE", "cpu")
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    threads = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(threads)
