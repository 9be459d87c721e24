"""What settings and brought files are called, by data set."""

from __future__ import annotations

import io

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.data import called, uploads
from kdlab.data.accepted import TABLE
from kdlab.experiments.run.compared.settings import of_defaults
from kdlab.report import common

LONG = "Image folder, archive, table or text file"


@pytest.mark.parametrize(
    ("datasets", "title"),
    [(("table",), "Table"), (("text", "text"), "Text file"), (("images",), "Images"),
     (("table", "images"), LONG), (("digits",), LONG)],
)  # fmt: skip
def test_the_folder_is_called_by_what_it_holds(datasets, title):
    assert called.setting("folder", LONG, *datasets) == title
    assert called.setting("labels", "Labels", *datasets) == "Labels"


def test_a_table_is_called_as_its_owner_calls_it(monkeypatch, tmp_path):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    name = uploads.keep(io.BytesIO(b"a,b\n1,2\n"), "patients.csv", TABLE)
    config = DistilConfig(dataset="table", folder=name, labels=10)
    assert called.data("table", name) == "patients.csv"
    assert common.learner(config).endswith("sees 10 labels of patients.csv")
    assert [each.title for each in of_defaults(config) if each.name == "folder"] == ["Table"]


def test_a_path_is_called_by_its_last_part():
    assert called.data("table", "/home/somebody/wine.csv") == "wine.csv"
    assert called.data("table", "") == "Your own table"
    assert called.data("digits", "") == common.dataset("digits")
