"""``python -m kdlab clinic``: stored verdicts, and measuring again."""

from __future__ import annotations

import json

from kdlab.cli import clinic as command
from kdlab.measure.gain import Gain
from kdlab.studies.clinic.claims import CLAIMS
from kdlab.studies.clinic.verdicts import names, stored
from kdlab.studies.mistakes.records import MISTAKES


def test_all_verdicts_in_words(kdlab):
    code, out, err = kdlab("clinic")
    assert (code, err) == (0, "")
    lines = out.splitlines()
    for name, found in stored().items():
        if name in CLAIMS:
            head = f"{CLAIMS[name].article}  {found['title']}: {found['verdict']}"
        else:
            head = f"mistake  {MISTAKES[name].title}: {Gain.of(found['effect']).told()} of accuracy"
        assert head in lines
        for answer in found["answers"]:
            assert f"    {answer['text']}" in lines


def test_all_verdicts_as_json(kdlab):
    code, out, _ = kdlab("clinic", "--json")
    assert code == 0
    assert json.loads(out) == stored()
    assert list(json.loads(out)) == list(names())


def test_some_of_them(kdlab):
    code, out, _ = kdlab("clinic", "--only", "no-square", "--only", "faster", "--json")
    assert code == 0
    assert list(json.loads(out)) == ["no-square", "faster"]


def test_an_unknown_name_exits_with_2_and_lists_the_known(kdlab):
    code, out, err = kdlab("clinic", "--only", "nothing")
    assert (code, out) == (2, "")
    assert err.startswith("'nothing' is neither a claim nor a mistake. Allowed: temperature-gen")
    code, _, err = kdlab("clinic", "--onlyy", "faster")
    assert code == 2
    assert "--onlyy is not an option" in err


def test_a_verdict_that_is_not_stored_is_said(kdlab, monkeypatch):
    monkeypatch.setattr(command, "stored", lambda: {"faster": stored()["faster"]})
    code, out, err = kdlab("clinic", "--only", "no-square")
    assert (code, out) == (2, "")
    assert "no verdict on no-square is stored. Allowed: faster. Add --rerun to measure it." in err


def test_rerun_keeps_each_verdict_as_soon_as_it_is_there(kdlab, monkeypatch):
    kept = []

    def rerun(which, tell):
        for name in which:
            yield name, stored()[name]
            assert kept[-1] == name, "kept before the next one begins"

    monkeypatch.setattr(command, "rerun", rerun)
    monkeypatch.setattr(command, "save", lambda found: kept.extend(found))
    code, out, _ = kdlab("clinic", "--rerun", "--only", "faster", "--only", "no-square")
    assert code == 0
    assert kept == ["faster", "no-square"]
    assert stored()["faster"]["title"] in out


def test_a_folder_that_cannot_be_written_is_told(kdlab, monkeypatch):
    def keep(_):
        raise PermissionError(13, "Permission denied")

    monkeypatch.setattr(command, "rerun", lambda which, tell: ((n, stored()[n]) for n in which))
    monkeypatch.setattr(command, "save", keep)
    code, out, err = kdlab("clinic", "--rerun", "--only", "faster")
    assert (code, out) == (1, "")
    assert "Permission denied" in err
