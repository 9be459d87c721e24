"""Fixtures that many rooms share, and who runs beside whom where several processes test."""

from __future__ import annotations

import itertools
import os
import random
import sys
import zlib
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Small networks are many times slower with more threads, and cores are shared by processes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

import hypothesis
import pytest

# How long an example takes says how busy the machine is, not whether the lab is right.
hypothesis.settings.register_profile(
    "lab", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
hypothesis.settings.load_profile("lab")

ROOT = Path(__file__).resolve().parents[1]

# Where Python is told to write no bytecode beside the sources, each of the many processes would
# compile torch again, for seconds. It is kept aside instead, for them and for the next run.
if os.environ.pop("PYTHONDONTWRITEBYTECODE", None):
    os.environ.setdefault("PYTHONPYCACHEPREFIX", str(ROOT / ".pytest_cache" / "bytecode"))
    sys.dont_write_bytecode = False
    sys.pycache_prefix = os.environ["PYTHONPYCACHEPREFIX"]
SHARED_DATA = ROOT.parent / "shared" / "data"
"""Real data beside the checkout, where there are any."""


FIRST = ("tests/e2e", "tests/full_run", "tests/export", "tests/search", "tests/jobs")
"""What takes longest begins first, so that no process is left alone with it at the end."""


def _place(item: pytest.Item) -> str:
    return item.path.relative_to(ROOT).as_posix()


def runs_together(nodeid: str) -> str:
    """What a test is run with, in one process: all of the browser, which share a server, or its
    file, with what that has made."""
    file = nodeid.partition("::")[0]
    return "browser" if file.startswith("tests/e2e/") else file


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Who runs what, where several processes test, as :func:`runs_together` says. (Not by
    ``xdist_group``: xdist 3.8 sets a private name for it that pytest 9.2 has no more, and then
    gives each test to whoever is free.)"""
    from xdist.scheduler import LoadScopeScheduling

    class ByFile(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            return runs_together(nodeid)

    return ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest begins first; the sort is stable, so files stay as they are."""

    def rank(item: pytest.Item) -> int:
        at = [n for n, folder in enumerate(FIRST) if _place(item).startswith(folder)]
        return at[0] if at else len(FIRST)

    items.sort(key=rank)


@pytest.hookimpl(tryfirst=True)
def pytest_runtest_setup(item: pytest.Item) -> None:
    """What a test and its fixtures draw without a seed of their own is the same whatever ran before
    in this process, of what is imported by then. What is made for a module has the seed of the
    first of its tests that runs."""
    seed = zlib.crc32(item.nodeid.encode())
    random.seed(seed)
    if "numpy" in sys.modules:
        sys.modules["numpy"].random.seed(seed)
    if "torch" in sys.modules:
        sys.modules["torch"].manual_seed(seed)


@pytest.fixture(scope="session")
def browser() -> Iterator[Any]:
    """One browser for all scripts that are tried without the app; a second playwright in a process
    would trip on the first. Those of the app (``tests/e2e``) come first, and have one that ends
    with them."""
    from tests import browsing

    with browsing.browser() as started:
        yield started


@pytest.fixture(scope="session")
def _homes(tmp_path_factory):
    """Homes without end, in a folder of their own: pytest lists all that lie beside a folder before
    it makes another one, which takes longer with each test."""
    folder = tmp_path_factory.mktemp("homes")
    return (folder / f"home{n}" for n in itertools.count())


@pytest.fixture(autouse=True)
def _own_home(_homes, monkeypatch):
    """No test reads or writes the user's results."""
    home = next(_homes)
    home.mkdir()
    monkeypatch.setenv("KDLAB_HOME", str(home))


@pytest.fixture(autouse=True)
def _own_machine(monkeypatch):
    """Every test works for the owner of the machine, whatever server a test before it has begun."""
    from kdlab.hosting import visitor

    monkeypatch.setenv("KDLAB_TRUST", "everybody")
    visitor.ask(lambda: visitor.OWNER)
    yield
    visitor.ask(lambda: visitor.OWNER)  # what a module makes is made before its first test


@pytest.fixture(scope="session")
def digits_split():
    """The digits data set, as the trainer gets it."""
    from kdlab import data
    from kdlab.config.schema import DataConfig

    *_, split = data.load(DataConfig())
    return split


@pytest.fixture
def kdlab(capsys):
    """Run a command line here: (exit code, stdout, stderr)."""

    def run(*argv):
        from kdlab import __main__ as door

        code = door.main([str(word) for word in argv])
        printed = capsys.readouterr()
        assert "Traceback" not in printed.err
        return code, printed.out, printed.err

    return run
