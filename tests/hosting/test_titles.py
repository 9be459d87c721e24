"""What an upload is called: by whom, for whom, and for how long."""

from __future__ import annotations

from pathlib import Path

import pytest

from kdlab.data import uploads
from kdlab.hosting import quota, titles, visitor
from kdlab.hosting.visitor import OWNER, Visitor
from kdlab.system.paths import default_home

ANN, BOB, CARL = Visitor("ann"), Visitor("bob"), Visitor("carl")


def kept(who: Visitor, content: bytes, name: str) -> str:
    with visitor.acting_for(who):
        return uploads.keep(content, name)


def called(who: Visitor, folder: str) -> str:
    with visitor.acting_for(who):
        return uploads.title(folder)


def all_names() -> list[bytes]:
    folder = default_home() / titles.FOLDER
    return [path.read_bytes() for path in folder.rglob("*") if path.is_file()]


def test_a_name_is_for_who_gave_it_and_for_the_owner_alone():
    folder = kept(ANN, b"same bytes", "patients.zip")
    unnamed = f"the archive {folder.removeprefix('upload:')[:8]}"
    assert [called(who, folder) for who in (ANN, BOB, OWNER)] == [
        "patients.zip",
        unnamed,
        "patients.zip",
    ]
    assert kept(BOB, b"same bytes", "rubbish.zip") == folder
    assert [called(who, folder) for who in (ANN, BOB, CARL, OWNER)] == [
        "patients.zip",
        "rubbish.zip",
        unnamed,
        "patients.zip",
    ]
    kept(OWNER, b"same bytes", "mine.zip")
    assert [called(who, folder) for who in (ANN, OWNER)] == ["patients.zip", "mine.zip"]
    kept(ANN, b"same bytes", "patients 2.zip")
    assert called(ANN, folder) == "patients 2.zip"


def test_a_name_is_told_no_more_when_its_upload_is_gone_and_goes_with_the_next_one():
    folder = kept(ANN, b"first", "patients.zip")
    Path(uploads.resolve(folder)).unlink()
    assert called(ANN, folder).startswith("the archive ")
    kept(BOB, b"second", "other.zip")
    assert all_names() == [b"other.zip"]


@pytest.mark.parametrize("by", ["prune", "another upload"])
def test_what_makes_room_takes_its_name_along(monkeypatch, by):
    monkeypatch.setattr(quota, "_seen", {})
    monkeypatch.setenv("KDLAB_VISITOR_GB", "1")
    gone = kept(ANN, b"a" * 30_000, "patients.zip")
    assert all_names() == [b"patients.zip"]
    monkeypatch.setenv("KDLAB_VISITOR_GB", f"{20_000 / 1e9:.9f}")
    if by == "prune":
        quota.prune(default_home())
        assert all_names() == []
    else:
        kept(ANN, b"b" * 10_000, "next.zip")
        assert all_names() == [b"next.zip"]
    assert called(ANN, gone).startswith("the archive ")


def test_names_that_an_earlier_version_kept_for_everybody_are_not_told_and_go():
    folder = kept(ANN, b"first", "patients.zip")
    old = default_home() / titles.FOLDER / ("0" * 16 + ".zip")
    old.write_bytes(b"private.zip")
    kept(ANN, b"second", "other.zip")
    assert sorted(all_names()) == [b"other.zip", b"patients.zip"]
    assert called(ANN, folder) == "patients.zip"


def test_the_names_of_one_archive_are_bounded(monkeypatch):
    monkeypatch.setattr(titles, "MOST_NAMES", 2)
    for who in (ANN, BOB, CARL):
        folder = kept(who, b"same", f"{who.name}.zip")
    assert called(BOB, folder) == "bob.zip"
    assert called(CARL, folder).startswith("the archive ")
    kept(BOB, b"same", "anew.zip")
    assert called(BOB, folder) == "anew.zip"
