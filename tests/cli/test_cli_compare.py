"""``python -m kdlab compare``: two runs by whatever names them, trained where they are missing."""

from __future__ import annotations

import csv
import io
import json

import pytest
from fakes import events_of
from scipy import stats

from kdlab.config.schema import DistilConfig
from kdlab.events import RunFailed
from kdlab.experiments.run import run
from kdlab.storage.store import Store

QUICK = DistilConfig(
    dataset="moons", points=200, teacher="mlp-8", teacher_epochs=2, student="mlp-4",
    labels=20, epochs=3, seeds=3,
)  # fmt: skip
OTHER = QUICK.model_copy(update={"temperature": 1.0})


def file(folder, name, config):
    path = folder / name
    path.write_text(config.to_json(), encoding="utf-8")
    return path


@pytest.mark.slow
def test_what_is_not_there_is_trained_and_told_as_one_object(kdlab, tmp_path):
    a, b = file(tmp_path, "a.json", QUICK), file(tmp_path, "b.json", OTHER)
    code, out, err = kdlab("compare", a, b, "--json")
    assert code == 0
    told = json.loads(out)
    assert told["settings"] == {"temperature": {"a": 4.0, "b": 1.0}}
    results = [
        {group["name"]: group["accuracy"] for group in Store().load_run(config)[-1].groups}
        for config in (QUICK, OTHER)
    ]
    before, after = (found["distilled"] for found in results)
    difference = told["results"]["distilled"]["difference"]
    assert difference["mean"] == pytest.approx(sum(after) / 3 - sum(before) / 3)
    if len({b - a for a, b in zip(before, after, strict=True)}) > 1:
        reference = stats.ttest_rel(after, before).confidence_interval()
        # ties are no certainty: the interval may be wider than that of scipy
        assert difference["interval"][0] <= reference.low + 1e-9
    assert told["pairs"]["distilled"] == [0, 1, 2]
    assert f"A: {a}" in err
    assert "training the students" in err
    again = kdlab("compare", QUICK.fingerprint(), OTHER.fingerprint()[:8], "--json")
    assert json.loads(again[1])["results"]["distilled"] == told["results"]["distilled"]
    assert "training the students" in again[2], "what is kept is replayed"


@pytest.fixture
def kept(monkeypatch):
    """Both runs are there, and nothing is trained."""
    for config in (QUICK, OTHER):
        Store().record_run(config, events_of(config), {})
    monkeypatch.setattr(run, "_train", lambda *_: pytest.fail("trained for nothing"))


def test_the_table_in_words_and_as_csv(kdlab, kept):
    code, out, _ = kdlab("compare", QUICK.fingerprint()[:8], OTHER.fingerprint())
    assert code == 0
    lines = out.splitlines()
    assert lines[0].endswith("  B − A")
    assert lines[1].split() == ["Temperature", "T", "4", "1"]
    assert any(
        line.startswith("With this teacher, the distilled student does exactly as well")
        for line in lines
    )
    code, out, _ = kdlab("compare", QUICK.fingerprint()[:8], OTHER.fingerprint(), "--csv")
    assert code == 0
    rows = list(csv.DictReader(io.StringIO(out)))
    assert rows[0] | {"part": "settings", "name": "temperature", "a": "4", "b": "1"} == rows[0]
    (row,) = [row for row in rows if row["name"] == "gain"]
    assert float(row["difference"]) == 0


def test_a_run_that_fails_is_told(kdlab, kept, monkeypatch, tmp_path):
    failing = file(tmp_path, "c.json", QUICK.model_copy(update={"alpha": 0.1}))
    failed = RunFailed(reason="it broke", epoch=1)
    monkeypatch.setattr(run, "_train", lambda *_: iter([failed]))
    code, out, err = kdlab("compare", QUICK.fingerprint(), failing)
    assert (code, out) == (1, "")
    assert "it broke" in err.splitlines()[-1]


@pytest.mark.parametrize(
    ("argv", "said"),
    [
        (["few-labels", "nothing"], "'nothing' is not a run. Allowed: a JSON file"),
        (["few-labels", "few-labels"], "'few-labels' and 'few-labels' are the same run"),
        (["few-labels", "spirals", "--json", "--csv"], "--json and --csv are both given"),
        (["few-labels"], "the following arguments are required: B"),
        (["few-labels", "missing.json"], "'missing.json' cannot be read"),
        (["few-labels", "spirals", "--colour"], "--colour is not an option"),
    ],
)
def test_what_cannot_be_asked_is_told(kdlab, argv, said):
    code, out, err = kdlab("compare", *argv)
    assert (code, out) == (2, "")
    assert said in err


def test_settings_that_cannot_be_run_are_told_before_any_work(kdlab, tmp_path):
    path = file(tmp_path, "c.json", DistilConfig(labels=5000))
    code, out, err = kdlab("compare", "few-labels", path)
    assert (code, out) == (2, "")
    assert "labels is 5000" in err
