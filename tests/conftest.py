"""Fixtures that many rooms share: a small data split, and a home of its own for every test."""

from __future__ import annotations

from pathlib import Path

import pytest

SHARED_DATA = Path(__file__).resolve().parents[1].parent / "shared" / "data"
"""Real data beside the checkout, where there are any."""


@pytest.fixture(autouse=True)
def _own_home(tmp_path_factory, monkeypatch):
    """No test reads or writes the user's results."""
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture(autouse=True)
def _own_machine(monkeypatch):
    """Every test works for the owner of the machine, whatever server a test before it has begun."""
    from kdlab.hosting import visitor

    monkeypatch.setenv("KDLAB_TRUST", "everybody")
    visitor.ask(lambda: visitor.OWNER)


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
