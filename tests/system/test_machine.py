import os
import subprocess
import sys

import pytest

from kdlab.system import machine

INTEL = "processor\t: 0\nvendor_id\t: GenuineIntel\nmodel name\t: Intel(R)  Xeon(R) @ 2.50GHz\n" * 2
RASPBERRY = "processor\t: 0\nBogoMIPS\t: 108\n\nHardware\t: BCM2835\nModel\t\t: Raspberry Pi 4\n"


def test_facts_are_of_this_machine():
    found = machine.facts()
    assert 1 <= found.cores <= os.cpu_count()
    assert found.cpu
    assert found.python == ".".join(map(str, sys.version_info[:3]))
    assert found.memory_gib > 0.1
    assert machine.facts() is found


def test_description_holds_the_facts():
    found, text = machine.facts(), machine.describe()
    for part in (found.cpu, f"{found.cores} core", found.system, found.gpu or "no NVIDIA GPU"):
        assert part in text


@pytest.mark.parametrize(
    ("cpuinfo", "name"),
    [(INTEL, "Intel(R)  Xeon(R) @ 2.50GHz"), (RASPBERRY, "Raspberry Pi 4"), ("", ""), ("x", "")],
)
def test_processor_in_the_list_of_linux(cpuinfo, name):
    assert machine._cpu_in(cpuinfo) == name


@pytest.mark.parametrize(
    ("answer", "gpu"),
    [
        ("NVIDIA H200, 143771", "NVIDIA H200, 140 GiB"),
        ("A, B, 8192\nOther, 4096", "2 GPUs, the first A, B, 8 GiB"),
        ("NVIDIA-SMI has failed, because it could not talk to the driver", None),
        ("NVIDIA GB10, [N/A]", None),
        ("", None),
    ],
)
def test_gpu_as_the_driver_names_it(answer, gpu, monkeypatch):
    monkeypatch.setattr(machine, "_ask", lambda *command: answer)
    assert machine._gpu() == gpu


@pytest.mark.parametrize(
    "error",
    [
        FileNotFoundError("nvidia-smi"),
        PermissionError("nvidia-smi"),
        subprocess.TimeoutExpired("nvidia-smi", 2),
        subprocess.CalledProcessError(9, "nvidia-smi"),
    ],
)
def test_a_program_that_fails_or_hangs_says_nothing(error, monkeypatch):
    def fail(*args, timeout, **kwargs):
        assert timeout <= 2
        raise error

    monkeypatch.setattr(subprocess, "run", fail)
    assert machine._ask("nvidia-smi") == ""
    assert machine._gpu() is None


@pytest.mark.parametrize("system", ["linux", "darwin", "win32"])
def test_a_processor_without_a_name_is_still_named(system, monkeypatch):
    monkeypatch.setattr(machine.sys, "platform", system)
    monkeypatch.setattr(machine, "_read", lambda path: "")
    monkeypatch.setattr(machine, "_ask", lambda *command: "")
    monkeypatch.setattr(machine.platform, "processor", lambda: "")
    monkeypatch.setattr(machine.platform, "machine", lambda: "arm64")
    assert machine._cpu() == "arm64"


def test_macos_is_asked_for_its_processor(monkeypatch):
    monkeypatch.setattr(machine.sys, "platform", "darwin")
    monkeypatch.setattr(machine, "_ask", lambda *command: "Apple M3" if "sysctl" in command else "")
    assert machine._cpu() == "Apple M3"


def test_unknown_memory_is_left_out(monkeypatch):
    def fail(name):
        raise ValueError(name)

    monkeypatch.setattr(machine.os, "sysconf", fail)
    assert machine.memory_gib() == 0
    monkeypatch.setattr(
        machine, "facts", lambda: machine.Machine("X1", 1, 0, None, "Linux", "3.11")
    )
    assert machine.describe() == "X1, 1 core, no NVIDIA GPU, Linux, Python 3.11"
