"""Weights for a table say which columns they read, and are refused for others."""

from __future__ import annotations

import json

import pytest

from kdlab import models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ModelError
from kdlab.events import RunFinished
from kdlab.experiments.run.run import bring_weights, run
from kdlab.models import class_names, weights
from kdlab.storage.store import Store


def written(path, columns):
    """A table of these two columns of numbers and two classes."""
    rows = (f"{n % 7}.5,{n * 37 % 11}.25,{'ab'[n % 2]}" for n in range(80))
    path.write_text("\n".join([",".join([*columns, "kind"]), *rows]), encoding="utf-8")
    return path


def settings(path):
    return DistilConfig(
        dataset="table", folder=str(path), target="kind", teacher="mlp-4", teacher_epochs=1,
        student="mlp-2", epochs=1, seeds=2, labels=10,
    )  # fmt: skip


def test_what_a_run_gives_out_is_refused_for_other_columns(tmp_path):
    own, store = settings(written(tmp_path / "own.csv", ("bill", "mass"))), Store(tmp_path / "home")
    list(run(own, store))
    files = store.weights(own)
    assert set(files) == {"teacher", "labels only", "distilled"}
    for content in files.values():
        assert weights.bring(content).columns == ("bill", "mass")
    assert bring_weights(own, files["teacher"], store)["teacher"] == "mlp-4"
    other = settings(written(tmp_path / "other.csv", ("income", "mass")))
    with pytest.raises(
        ModelError, match=r"'bill', which the table does not have.*'income', 'mass'"
    ):
        bring_weights(other, files["teacher"], store)
    turned = settings(written(tmp_path / "turned.csv", ("mass", "bill")))
    with pytest.raises(ModelError, match="in another order"):
        bring_weights(turned, files["teacher"], store)


def test_a_loaded_teacher_is_held_to_the_columns_when_it_teaches(tmp_path):
    path, store = written(tmp_path / "T.csv", ("bill", "mass")), Store(tmp_path / "home")
    config = settings(path)
    list(run(config, store))
    mark = bring_weights(config.teacher_config(), store.weights(config)["teacher"], store)["mark"]
    taught = config.model_copy(update={"teacher_weights": mark})
    assert isinstance(list(run(taught, store))[-1], RunFinished)
    written(path, ("bill", "income"))
    with pytest.raises(ModelError, match="'mass', which the table does not have"):
        list(run(taught, store, cache=False))


def test_older_files_go_on(tmp_path):
    config = settings(written(tmp_path / "own.csv", ("bill", "mass")))
    module = models.build("mlp-4", (2,), 2, seed=1)
    content = weights.dump_weights(module, "mlp-4", (2,), 2, {"dataset": "table"}, names=("a", "b"))
    assert weights.bring(content).columns == ()
    assert bring_weights(config, content, Store(tmp_path / "home"))["teacher"] == "mlp-4"


@pytest.mark.parametrize("text", ["", "[", '["one"]', "[1, 2]", '{"a": 1, "b": 2}'])
def test_what_is_no_list_of_names_is_refused(text):
    with pytest.raises(ModelError, match="says columns, but not what they are"):
        class_names.columns_read({"columns": text}, 2)


def test_names_are_kept_in_order():
    names = ("a", "née", 'b "c"')
    told = class_names.columns_written(names)
    assert json.loads(told["columns"]) == list(names)
    assert class_names.columns_read(told, 3) == names
    assert class_names.columns_written(()) == {}
