"""``python -m kdlab store`` says what is kept and makes room."""

from __future__ import annotations

import json

import pytest

from kdlab.config.schema import TeacherConfig
from kdlab.hosting import visitor
from kdlab.hosting.visitor import Visitor
from kdlab.storage.store import Store
from kdlab.system.paths import default_home

ENTRY = 4096 * 4


def record(*seeds):
    for seed in seeds:
        Store(bundled=None).record_teacher(TeacherConfig(teacher_seed=seed), bytes(5000))


def test_an_empty_home_stays_as_it_is(kdlab, monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    for options in ((), ("--prune",)):
        code, out, _ = kdlab("store", *options)
        assert code == 0
        assert str(tmp_path / "home") in out
        assert "limit: 20 GB (KDLAB_HOME_GB)" in out
        assert "limit for each: 1 GB (KDLAB_VISITOR_GB)" in out
        assert not (tmp_path / "home").exists()


def test_what_is_kept_and_what_is_not_counted(kdlab):
    record(0, 1)
    with visitor.acting_for(Visitor("anna")):
        record(2)
    run = default_home() / "full-runs" / "mine"
    run.mkdir(parents=True)
    (run / "weights.safetensors").write_bytes(bytes(10_000))
    code, out, _ = kdlab("store", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["kinds"]["teachers"]["entries"] == 3
    assert found["kinds"]["teachers"]["bytes"] == found["bytes"] == 3 * ENTRY
    assert found["kinds"]["teachers"]["oldest_use"] > "2020"
    assert found["kinds"]["runs"] == {"entries": 0, "bytes": 0, "oldest_use": None}
    assert found["visitors"] == {"count": 1, "bytes": ENTRY}
    assert found["not_counted"]["full-runs"] == {"entries": 1, "bytes": 4096 * 4}
    assert found["limits"] == {"home_bytes": 20e9, "visitor_bytes": 1e9}
    assert "removed" not in found
    code, out, _ = kdlab("store")
    assert "full runs: 1, 16.4 kB, not counted" in out
    assert "teachers" in out
    assert "visitors: 1, with 16.4 kB" in out


def test_prune_makes_room_to_the_limit_and_sweeps(kdlab, monkeypatch):
    record(0, 1, 2, 3)
    left = default_home() / "teachers" / f".{'0' * 16}-abcd1234"
    left.mkdir()
    monkeypatch.setenv("KDLAB_HOME_GB", f"{2.5 * ENTRY / 1e9:.9f}")
    code, out, _ = kdlab("store", "--prune", "--json")
    found = json.loads(out)
    assert code == 0
    assert found["removed"] == {"entries": 2, "bytes": 2 * ENTRY, "leftovers": 1}
    assert found["bytes"] == 2 * ENTRY
    assert not left.exists()
    code, out, _ = kdlab("store", "--prune")
    assert "removed: 0 " in out


@pytest.mark.parametrize("options", [(), ("--prune",)])
def test_a_limit_that_is_none_is_told(kdlab, monkeypatch, options):
    record(0)
    monkeypatch.setenv("KDLAB_HOME_GB", "much")
    code, out, err = kdlab("store", *options)
    assert (code, out) == (2, "")
    assert "KDLAB_HOME_GB" in err
