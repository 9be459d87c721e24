"""What is written for whoever comes next points at what there is."""

from __future__ import annotations

import json
import re
from pathlib import Path

import pytest

from kdlab.data import DATASETS

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
    features = {
        "live",
        "sweep",
        "search",
        "full_run",
        "understand",
        "classroom",
        "study",
        "exercises",
    }
    assert [name for name in shared if name not in features and f"`{name}`" not in told] == []


def test_who_made_the_images_that_come_with_the_lab_is_told_with_their_licence():
    notice = (ROOT / "assets" / "NOTICE").read_text(encoding="utf-8")
    configs = [json.loads(p.read_bytes()) for p in ROOT.glob("assets/stored/*/*/config.json")]
    used = {DATASETS[each["dataset"]] for each in configs if "dataset" in each}
    images = [one for one in used if one.kind == "images"]
    assert images
    for one in images:
        licence = re.search(r"; (CC BY[-\w. ]*\d|MIT)", one.source)
        assert licence, f"{one.name}: pixels of it may come with the lab only under a licence"
        assert licence[1] in notice
        makers = re.findall(r"[A-Z]\w{2,}(?=,| and| 1998)", one.source)
        assert [name for name in makers if name not in notice] == []
