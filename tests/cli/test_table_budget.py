"""``distill`` on a table of one's own learns as long, and from as many labels, as the page says."""

from __future__ import annotations

import json
import shlex

import pytest

from kdlab.config.brought import BUDGET, budget_of_rows
from kdlab.config.schema import DistilConfig
from kdlab.data import train_size
from kdlab.report import common

SMALL = ("--teacher", "mlp-4", "--student", "mlp-2", "--seeds", "2", "--json")


@pytest.fixture
def table(tmp_path):
    path = tmp_path / "T.csv"
    rows = (f"{n % 7}.5,{n * 37 % 11},{'ab'[n % 2]}" for n in range(60))
    path.write_text("\n".join(["x,y,kind", *rows]), encoding="utf-8")
    return path


def asked(table, *more):
    return (
        "distill",
        "--dataset",
        "table",
        "--folder",
        str(table),
        "--target",
        "kind",
        *SMALL,
        *more,
    )


def test_what_is_not_named_is_as_a_page_has_it_and_told(kdlab, table):
    code, out, err = kdlab(*asked(table, "--epochs", "3", "--teacher-epochs", "2"))
    assert code == 0, err
    config = json.loads(out)["config"]
    rows = train_size(DistilConfig(dataset="table", folder=str(table), target="kind"))
    suits = budget_of_rows(rows, 2)
    assert config["labels"] == suits["labels"] != 30
    assert (config["epochs"], config["teacher_epochs"]) == (3, 2)
    (line,) = [line for line in err.splitlines() if line.startswith("Set for ")]
    assert line == f"Set for {rows} training rows, as on the page: --labels {suits['labels']}."


def test_settings_from_a_file_stand_as_they_are(kdlab, table, tmp_path):
    settings = tmp_path / "run.json"
    own = {
        "dataset": "table",
        "folder": str(table),
        "target": "kind",
        "epochs": 2,
        "teacher_epochs": 2,
    }
    settings.write_text(json.dumps(own), encoding="utf-8")
    code, out, err = kdlab("distill", "--config", str(settings), *SMALL)
    assert code == 0, err
    assert json.loads(out)["config"]["labels"] == 30, "what the data set brings"
    assert "Set for " not in err


def test_the_command_of_a_report_names_what_rows_would_bring(table):
    config = DistilConfig(dataset="table", folder=str(table))
    words = shlex.split(common.command("distill", config))
    named = dict(zip(words[4::2], words[5::2], strict=True))
    assert {n: named[f"--{n.replace('_', '-')}"] for n in BUDGET} == {
        "labels": "30", "epochs": str(config.epochs), "teacher_epochs": str(config.teacher_epochs)
    }  # fmt: skip
    assert "--labels" not in common.command("distill", DistilConfig(dataset="digits"))
