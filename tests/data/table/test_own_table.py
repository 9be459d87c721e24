"""Somebody's own table as a data set: from the file to tensors, and what is told of it."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from kdlab import checks, data, predicted
from kdlab.config.brought import BROUGHT, table_budget
from kdlab.config.schema import DataConfig, DistilConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.data.table import embedded, kinds, own, reading
from kdlab.data.table.reading import read
from kdlab.data.table.understood import Choices, understood
from kdlab.data.table.understood import split_of as as_tensors
from kdlab.errors import ArchiveError, ConfigError, DataError, KdlabError

LINES = ["id,age,colour,<b>y</b>"]
LINES += [f"{n},{n % 50 + 20},{['red', 'blue'][n % 2]},{['no', '<i>yes</i>'][n % 3 == 0]}"
          for n in range(100)]  # fmt: skip
TEXT = "\n".join(LINES)


@pytest.fixture
def config(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text(TEXT)
    return DataConfig(dataset="table", folder=str(path))


def split_of(config: DataConfig) -> data.DataSplit:
    return list(data.load(config))[-1]


def test_it_is_a_data_set_like_any_other(config):
    split = split_of(config)
    assert split.shape == (3,)
    assert split.columns == ("age", "colour = blue", "colour = red")
    assert split.classes == ("<i>yes</i>", "no")
    assert data.known_inputs(config) == data.Inputs(split.shape, split.classes)
    assert data.input_shape(config) == (3,)
    sizes = predicted.sizes(DistilConfig(**config.model_dump()))
    for part, size in zip(("train", "validation", "test"), (sizes.train, sizes.validation,
                                                            sizes.test), strict=True):  # fmt: skip
        each = getattr(split, part)
        assert each.inputs.dtype == torch.float32
        assert each.targets.dtype == each.rows.dtype == torch.int64
        assert len(each.inputs) == len(each.targets) == len(each.rows) == size
        for row, target, ages in zip(each.rows, each.targets, split.original(each.inputs),
                                     strict=True):  # fmt: skip
            assert target == (0 if row % 3 == 0 else 1)
            told = [int(row) % 50 + 20, int(row) % 2, 1 - int(row) % 2]
            assert ages.tolist() == pytest.approx(told, abs=1e-4)
    assert data.train_size(config) == len(split.train.targets)
    assert data.noun_of("table") == "rows"


def test_groups_are_told_row_by_row(tmp_path):
    path = tmp_path / "people.csv"
    path.write_text("\n".join(f"{line},{'who' if n == 0 else n // 4}"
                              for n, line in enumerate(LINES)))  # fmt: skip
    split = split_of(DataConfig(dataset="table", folder=str(path), target="<b>y</b>",
                                group_column="who"))  # fmt: skip
    for part in (split.train, split.validation, split.test):
        same = part.groups[:, None] == part.groups[None]
        there = (part.rows + 1) // 4
        assert torch.equal(same, there[:, None] == there[None])


def test_the_account_travels_and_holds_no_row(config):
    events = []
    reading = data.read(config)
    while True:
        try:
            events.append(next(reading))
        except StopIteration:
            break
    told = events[-1]
    first, second = told.lines
    assert first == (
        "Read 100 rows of 4 columns; target '<b>y</b>' (guessed: the last column, 2 values) with 2 "
        "classes (<i>yes</i>, no); 1 number and 1 category become 3 inputs; rows: 61 train, 15 "
        "validation (taken from train), 24 test (taken from train)."
    )
    assert second.startswith("Left out: 'id' (counts the rows). Not as meant? Set the target")
    assert json.loads(json.dumps(told.account)) == told.account
    assert "people" not in json.dumps(told.account)
    account = own.account(config)
    assert account.preview[0] == ("0", "20", "red", "<i>yes</i>")
    assert [c.kind for c in own.described(config)] == ["identifier", "number", "category",
                                                       "category"]  # fmt: skip
    assert own.preview(config) == account.preview


def test_it_is_read_anew_when_it_has_changed(config, tmp_path):
    assert data.input_shape(config) == (3,)
    (tmp_path / "people.csv").write_text(TEXT.replace("red", "green\n"[:-1]).replace("id,", "x,"))
    assert "colour = green" in own.found(config).columns
    assert checks.may_change(config)


def test_what_the_system_did_not_let_be_read_is_tried_again(config, monkeypatch):
    """Its times stay the same, and an upload has none."""
    before = reading.regular

    def busy(*_):
        raise OSError(errno.EMFILE, "Too many open files")

    monkeypatch.setattr(reading, "regular", busy)
    with pytest.raises(DataError, match=r"cannot be read \(Too many open files\)"):
        own.found(config)
    monkeypatch.setattr(reading, "regular", before)
    assert own.found(config).rows == 100


def test_a_table_that_was_mended_is_read_whatever_time_it_is_given(config):
    path = Path(config.folder)
    path.write_text("\n".join([*LINES[:-1], LINES[-1].replace(",", ";")]))
    before = path.stat()
    with pytest.raises(DataError, match="and not 4"):
        own.found(config)
    while path.stat().st_ctime_ns == before.st_ctime_ns:  # clocks of file systems are coarse
        path.write_text(TEXT)
        os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert path.stat().st_size == before.st_size
    assert own.found(config).rows == 100


def test_what_cannot_be_used_is_read_once_and_told_each_time(tmp_path, monkeypatch):
    """A page asks whenever somebody moves a slider."""
    path = tmp_path / "uneven.csv"
    path.write_text("a,b\n1,2\n1,2,3\n")
    asked = []
    monkeypatch.setattr(own.reading, "read", lambda *how: asked.append(how) or read(*how))
    config = DataConfig(dataset="table", folder=str(path))
    for _ in range(3):
        with pytest.raises(DataError, match=r"line 3 of the table has 3 values"):
            own.found(config)
    assert len(asked) == 1
    path.write_text(TEXT)
    assert own.found(config).classes == ("<i>yes</i>", "no")
    path.unlink()
    with pytest.raises(DataError, match=r"No such file"):
        own.found(config)


def test_an_upload_is_a_table_too(tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    folder = uploads.keep(TEXT.encode(), "people.csv", TABLE)
    config = DataConfig(dataset="table", folder=folder)
    assert split_of(config).shape == (3,)
    assert not checks.may_change(config)
    with pytest.raises(ArchiveError, match=r"ends in \.csv, \.tsv, \.parquet or \.npz"):
        uploads.keep(b"x", "people.xlsx", TABLE)


def test_what_is_missing_is_said():
    with pytest.raises(ConfigError, match=r"no table is chosen yet for the data set 'table'"):
        checks.has_folder(DataConfig(dataset="table"))
    nowhere = DataConfig(dataset="table", folder="nowhere.csv")
    assert data.known_inputs(nowhere) is None
    with pytest.raises(DataError, match=r"'nowhere.csv' cannot be read"):
        own.found(nowhere)


def test_settings_of_tables_name_no_other_results():
    plain = DistilConfig()
    odd = replace_settings(plain, target="x", left_out="y", separator="tab", decimal="comma")
    assert checks.normal(odd).fingerprint() == plain.fingerprint()
    there = replace_settings(plain, dataset="table", folder="x.csv", target="x")
    assert checks.normal(there).target == "x"


def replace_settings(config: DistilConfig, **more) -> DistilConfig:
    return config.model_copy(update=more)


def test_a_table_brings_a_budget_by_its_rows():
    found = [table_budget(rows) for rows in (12, 342, 10_000, 60_000, 600_000)]
    assert [each["epochs"] for each in found] == [100, 100, 100, 15, 4]
    assert [each["labels"] for each in found] == [10, 20, 500, 2000, 2000]
    for name in ("breast-cancer", "wine", "table"):
        asked = DistilConfig.parse({"dataset": name})
        assert {key: getattr(asked, key) for key in BROUGHT[name]} == BROUGHT[name]
        size = data.train_size(asked)
        assert size is None or asked.labels < size / 5


def test_a_table_that_comes_along_has_no_settings_of_somebodys_own():
    idle = {"left_out": "alcohol", "group_column": "hue", "target": "hue", "split_column": "nobody"}
    config = DataConfig(dataset="wine", **idle)
    assert embedded.found("wine", config).columns == embedded.COLUMNS["wine"]


@pytest.mark.parametrize("name", embedded.CLASSES)
def test_tables_that_come_along(name):
    from sklearn import datasets

    load = {"breast-cancer": datasets.load_breast_cancer, "wine": datasets.load_wine}[name]
    values, targets = load(return_X_y=True)
    split = split_of(DataConfig(dataset=name))
    assert split.account is None
    record = data.DATASETS[name]
    assert (split.classes, split.shape) == (record.classes, record.shape)
    sizes = (record.train_size, record.validation_size, record.test_size)
    for part, size in zip((split.train, split.validation, split.test), sizes, strict=True):
        assert len(part.targets) == size
        rows = part.rows.numpy()
        original = split.original(part.inputs.double()).numpy()
        np.testing.assert_allclose(original, values[rows], rtol=1e-4, atol=1e-4)
        names = [split.classes[code] for code in part.targets]
        assert names == [embedded.NUMBERED[name][code] for code in targets[rows]]


def test_columns_of_tables_that_come_along_are_scikit_learns():
    from sklearn import datasets

    names = [n.replace(" ", "") for n in datasets.load_breast_cancer().feature_names]
    assert [n.replace(" ", "") for n in embedded.COLUMNS["breast-cancer"]] == names
    wine = [n.replace("_", " ") for n in datasets.load_wine().feature_names]
    told = [n.replace("colour", "color") for n in embedded.COLUMNS["wine"]]
    assert told[:11] == wine[:11]
    assert (told[11][:5], told[12]) == ("OD280", wine[12])


# -- whatever comes ------------------------------------------------------------------------------

CELLS = st.one_of(
    st.sampled_from(
        ["", "1", "2,5", "1.5", "=A1", '"', "'", "inf", "nan", "?", "a", "b", "\t", ";"]
    ),
    st.text(max_size=6),
    st.floats().map(str),
)
LINE = st.lists(CELLS, min_size=1, max_size=5)


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.lists(LINE, min_size=1, max_size=40),
    st.sampled_from([",", ";", "\t", "|"]),
    st.sampled_from(["utf-8", "utf-16", "latin-1"]),
)
def test_lines_of_anything_are_a_table_or_a_sentence(tmp_path_factory, lines, sign, encoding):
    text = "\n".join(sign.join(line) for line in lines)
    understood_or_told(tmp_path_factory, text.encode(encoding, "replace"))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.integers(2, 4), st.integers(20, 40), st.data())
def test_whole_tables_of_anything_are_understood_or_told(tmp_path_factory, width, rows, draw):
    columns = [draw.draw(st.lists(CELLS, min_size=2, max_size=5)) for _ in range(width)]
    quoted = [[f'"{c}"'.replace('"""', '""""') for c in column] for column in columns]
    lines = [",".join(f"c{n}" for n in range(width))]
    lines += [",".join(column[n % len(column)] for column in quoted) for n in range(rows)]
    understood_or_told(tmp_path_factory, "\n".join(lines).encode("utf-8", "replace"))


@settings(max_examples=150, deadline=None, derandomize=True)
@given(
    st.sampled_from(["parquet", "npz"]),
    st.lists(st.tuples(st.integers(0, 5000), st.integers(0, 255)), max_size=6),
    st.integers(0, 5000),
)
def test_damaged_files_are_a_table_or_a_sentence(tmp_path_factory, form, changes, end):
    whole = bytearray(FORMS[form])
    for at, value in changes:
        whole[at % len(whole)] = value
    understood_or_told(tmp_path_factory, bytes(whole[: len(whole) - end % 3 * (end % len(whole))]))


@settings(max_examples=100, deadline=None, derandomize=True)
@given(st.binary(max_size=300))
def test_bytes_of_anything_are_a_table_or_a_sentence(tmp_path_factory, content):
    understood_or_told(tmp_path_factory, content)


def _forms() -> dict[str, bytes]:
    import io

    import pyarrow as pa
    from pyarrow import parquet

    x = np.random.default_rng(0).normal(size=(30, 2))
    y = np.array(["a", "b", "c"] * 10)
    npz, packed = io.BytesIO(), io.BytesIO()
    np.savez(npz, X=x, y=y)
    parquet.write_table(pa.table({"u": x[:, 0], "v": x[:, 1], "y": y}), packed)
    return {"npz": npz.getvalue(), "parquet": packed.getvalue()}


FORMS = _forms()


def understood_or_told(tmp_path_factory, content: bytes) -> None:
    """Never anything but a table or an error of the lab's own, in one sentence."""
    path = tmp_path_factory.getbasetemp() / "fuzz.csv"
    path.write_bytes(content)
    try:
        table = read(path)
        known = understood(table, kinds.describe(table), Choices("", "", "", "", "all"))
        split = as_tensors(table, known)
        for part in (split.train, split.validation, split.test):
            assert torch.isfinite(part.inputs).all()
        assert len(known.account.lines()) == 2
    except KdlabError as told:
        if any("\n" in text for text in told.args):
            pytest.fail(f"not one sentence: {told}")
