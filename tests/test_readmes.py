"""What is written for whoever comes next points at what there is."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parents[1]
PAPERS = [ROOT / "README.md", *ROOT.glob(".github/*.md"), *ROOT.glob("kdlab/**/README.md")]


@pytest.mark.parametrize("paper", PAPERS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_links_and_paths_lead_somewhere(paper):
    text = paper.read_text(encoding="utf-8")
    links = re.findall(r"\]\((?!https?:)([^)#]+)\)", text)
    assert [link for link in links if not (paper.parent / link).exists()] == []
    paths = re.findall(r"`((?:[\w.-]+/)+[\w.-]+)`", text)
    gone = [p for p in paths if not any((base / p).exists() for base in (ROOT, paper.parent))]
    assert gone == []


def test_the_first_page_is_short():
    assert len((ROOT / "README.md").read_text(encoding="utf-8").splitlines()) <= 150


def test_every_room_is_told_of():
    told = (ROOT / "kdlab" / "README.md").read_text(encoding="utf-8")
    rooms = [path.parent.name for path in ROOT.glob("kdlab/*/__init__.py")]
    shared = [path.parent.name for path in ROOT.glob("pages/ui/*/__init__.py")]
    assert [name for name in rooms if f"`{name}/`" not in told] == []
    features = {"live", "sweep", "search", "full_run", "lessons", "study"}
    assert [name for name in shared if name not in features and f"`{name}`" not in told] == []
