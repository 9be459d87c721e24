"""What the README and the hosting page say of a server is what the code does."""

from __future__ import annotations

import dataclasses
import re
from pathlib import Path

from kdlab.hosting.limits import Limits

ROOT = Path(__file__).resolve().parents[1]
HOSTING = (ROOT / ".github" / "HOSTING.md").read_text(encoding="utf-8")
README = (ROOT / "README.md").read_text(encoding="utf-8")
VARIABLE = re.compile(r"KDLAB_[A-Z_]+[A-Z]")


def rows(text: str) -> dict[str, str]:
    """Variable -> the rest of its row in a table."""
    return dict(re.findall(r"^\| `(KDLAB_[A-Z_]+)` \|(.*)\|$", text, flags=re.MULTILINE))


def test_every_limit_stands_there_with_its_default():
    told = rows(HOSTING)
    for each in dataclasses.fields(Limits):
        default, _ = told[each.metadata["variable"]].strip().split(" | ")
        assert re.match(rf"{each.default:g}\b", default), (each.name, default)


def test_every_variable_of_the_code_is_told_somewhere():
    used = {
        name
        for folder in ("kdlab", "pages")
        for path in (ROOT / folder).rglob("*.py")
        for name in VARIABLE.findall(path.read_text(encoding="utf-8"))
    }
    used |= set(VARIABLE.findall((ROOT / "app.py").read_text(encoding="utf-8")))
    assert used - {*rows(HOSTING), *rows(README)} == set()


def test_no_variable_is_told_that_there_is_not():
    code = "\n".join(
        path.read_text(encoding="utf-8")
        for folder in ("kdlab", "pages", "tests")
        for path in (ROOT / folder).rglob("*.py")
    )
    assert {name for name in rows(HOSTING) | rows(README) if name not in code} == set()
