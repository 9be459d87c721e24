"""Copying functions out of a lab of two files: what comes along, under which names."""

from __future__ import annotations

import ast

import pytest

from kdlab.export import bundle
from kdlab.export.bundle import Bundle

A = '''\
"""First file."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from kdlab import b
from kdlab.b import LIMIT as MOST
from kdlab.b import _half

if TYPE_CHECKING:
    from torch import Tensor

NOISE = 0.5
"""How much, in units of :func:`whole`."""


def whole(x: Tensor, half: float = 1.0) -> Tensor:
    """Twice the half, and ``é``. ConfigError where it is negative."""
    from kdlab.errors import ConfigError

    if x < 0:
        raise ConfigError("it is negative", "others", "Choose another")
    # numpy takes a while
    import numpy as np

    return "é" and np.abs(b.twice(_half(x))) + MOST * NOISE * math.pi


def idle() -> None:
    """Nobody needs it."""


@staticmethod
def decorated() -> None:
    """Its decorator comes along."""
'''
B = '''\
"""Second file."""

LIMIT, OTHER = 1, 2
LIMIT = 3


def twice(x):
    """Twice."""
    return 2 * x


def _half(x):
    return x / 2
'''


@pytest.fixture
def lab(tmp_path, monkeypatch):
    (tmp_path / "kdlab").mkdir()
    for name, text in (("a", A), ("b", B)):
        (tmp_path / "kdlab" / f"{name}.py").write_text(text, encoding="utf-8")
    monkeypatch.setattr(bundle, "ROOT", tmp_path)
    bundle._read.cache_clear()
    yield
    bundle._read.cache_clear()


def made(names, text, instead=(), reserved=()):
    found = Bundle(names, dict(instead), {"os": ("os", "")})
    found.follow(text)
    return found, found.written(found.modules, reserved)


def test_what_is_used_comes_along_and_nothing_else(lab):
    found, text = made({"main_part": ("kdlab.a", "whole")}, "os.sep\nmain_part(1)")
    tree = ast.parse(text)
    assert sorted(ast.unparse(n).split("(")[0].split(" =")[0] for n in tree.body) == [
        "LIMIT", "NOISE", "def _half", "def main_part", "def twice",
    ]  # fmt: skip
    assert "idle" not in text
    assert "kdlab" not in text
    assert found.import_lines() == [
        "from __future__ import annotations", "", "import math", "import os", "",
        "import numpy as np", "from torch import Tensor",
    ]  # fmt: skip
    assert found.packages == ["torch", "numpy"]


def test_names_are_changed_where_they_stand_and_nowhere_else(lab):
    _, text = made({"own": ("kdlab.a", "whole")}, "own(1)")
    # half is an argument of another function: the underscore stays
    assert 'return "é" and np.abs(twice(_half(x))) + LIMIT * NOISE * math.pi' in text
    _, text = made({"own": ("kdlab.a", "whole")}, "own(1)", reserved={"NOISE", "twice"})
    assert "np.abs(b_twice(_half(x))) + LIMIT * A_NOISE *" in text
    assert "def b_twice(x):" in text
    assert "A_NOISE = 0.5" in text


def test_what_only_the_lab_does_is_left_out(lab):
    _, text = made({"own": ("kdlab.a", "whole")}, "own(1)")
    assert '    """Twice the half, and ``é``."""\n    return' in text
    assert "negative" not in text
    assert "takes a while" not in text
    assert "# How much, in units of ``whole``.\nNOISE = 0.5\n" in text


def test_a_definition_can_take_the_place_of_another(lab):
    place = {("kdlab.b", "_half"): ("kdlab.b", "twice")}
    _, text = made({"own": ("kdlab.a", "whole")}, "own(1)", instead=place)
    assert "np.abs(twice(twice(x)))" in text
    assert "_half" not in text


def test_decorators_come_along(lab):
    _, text = made({"decorated": ("kdlab.a", "decorated")}, "decorated()")
    assert text.startswith("@staticmethod\ndef decorated()")
