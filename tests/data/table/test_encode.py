"""The numbers that a network reads, against scikit-learn's own pipeline."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from kdlab.data.table import encode, kinds
from kdlab.data.table.raw import RawTable
from kdlab.errors import DataError

N = 900


def random_table(missing: float) -> tuple[RawTable, np.ndarray, np.ndarray]:
    """A table of three columns of numbers and two of words, and both as scikit-learn takes them."""
    draw = np.random.default_rng(0)
    values = draw.normal(3, 20, (N, 3)) * [1, 1000, 0.01]
    values[draw.random(values.shape) < missing] = np.nan
    values[:, 2] = np.where(np.isnan(values[:, 2]), 0.5, values[:, 2])  # one has no missing value
    many = [f"word {n:02d}" for n in draw.geometric(0.08, N)]
    few = draw.choice(["red", "blue", "green"], N, p=[0.6, 0.39, 0.01])
    words = np.array([many, few], dtype=object).T
    columns = {f"n{k}": pa.array(values[:, k], from_pandas=True) for k in range(3)}
    columns |= {f"w{k}": pa.array(words[:, k].tolist()) for k in range(2)}
    return RawTable(pa.table(columns), "csv"), values, words


@pytest.mark.parametrize("missing", [0, 0.2])
def test_it_is_scikit_learns_pipeline(missing):
    table, values, words = random_table(missing)
    train, test = np.arange(600), np.arange(600, N)
    columns = [c for c in kinds.describe(table) if c.used]
    encoding = encode.measured(table, columns, train)
    mine, asked = encoding.rows(table, [train, test])

    imputer = SimpleImputer(strategy="median", add_indicator=True).fit(values[train])
    scaler = StandardScaler().fit(imputer.transform(values[train])[:, :3])
    least = max(encode.RARE_LEAST, min(encode.RARE_MOST, len(train) // encode.RARE_SHARE))
    one_hot = OneHotEncoder(
        min_frequency=least,
        max_categories=encode.MOST_WORDS,
        handle_unknown="infrequent_if_exist",
        sparse_output=False,
    ).fit(words[train])
    for rows, found in ((train, mine), (test, asked)):
        filled = imputer.transform(values[rows])
        numbers, flags = scaler.transform(filled[:, :3]), filled[:, 3:]
        names = encoding.names
        at = [names.index(f"n{k}") for k in range(3)]
        np.testing.assert_allclose(found[:, at], numbers, rtol=1e-5, atol=1e-6)
        flagged = [n for n, name in enumerate(names) if name.endswith("is missing")]
        np.testing.assert_array_equal(found[:, flagged], flags)
        hot = [n for n, name in enumerate(names) if name[0] == "w"]
        np.testing.assert_array_equal(found[:, hot], one_hot.transform(words[rows]))
    told = [name.replace("_", " = ", 1) for name in one_hot.get_feature_names_out(["w0", "w1"])]
    told = [name.replace(" = infrequent_sklearn", " is rare") for name in told]
    assert [name for name in encoding.names if name[0] == "w"] == told


def test_median_and_mean_are_those_of_a_pipeline_in_one():
    table, values, _ = random_table(0.3)
    train = np.arange(0, N, 2)
    columns = [c for c in kinds.describe(table) if c.kind == "number"]
    (mine,) = encode.measured(table, columns, train).rows(table, [train])
    pipeline = make_pipeline(SimpleImputer(strategy="median"), StandardScaler())
    numbers = pipeline.fit_transform(values[train])
    np.testing.assert_allclose(mine[:, [0, 2, 4]], numbers, rtol=1e-5, atol=1e-6)


def test_nothing_of_validation_or_test_is_measured():
    table, values, words = random_table(0.1)
    train = np.arange(600)
    columns = kinds.describe(table)
    before = encode.measured(table, columns, train)
    values[600:] = 1e6
    words[600:] = "another"
    changed = {f"n{k}": pa.array(values[:, k], from_pandas=True) for k in range(3)}
    changed |= {f"w{k}": pa.array(words[:, k].tolist()) for k in range(2)}
    assert encode.measured(RawTable(pa.table(changed), "csv"), columns, train) == before


def test_what_students_are_shown_can_be_read_off():
    cells = {"age": [30.0, None, 50.0, 70.0], "colour": ["red", None, "blue", "red"]}
    table = RawTable(pa.table(cells), "csv")
    rows = np.arange(4)
    encoding = encode.measured(table, kinds.describe(table), rows)
    assert encoding.names == ("age", "age is missing", "colour = red", "colour is rare",
                              "colour is missing")  # fmt: skip
    (found,) = encoding.rows(table, [rows])
    told = [encoding.told(row.tolist(), 12) for row in found]
    assert told[0] == [("age", "30"), ("colour", "red")]
    assert told[1] == [("age", "missing"), ("colour", "missing")]
    assert told[2] == [("age", "50"), ("colour", "a rare word")]
    assert encoding.told(found[0].tolist(), 1) == [("age", "30")]
    original = found * np.array(encoding.std) + np.array(encoding.mean)
    np.testing.assert_allclose(original[:, 0], [30, 50, 50, 70], rtol=1e-6)


def test_a_number_that_never_changes_becomes_nought():
    table = RawTable(pa.table({"a": [1e9 + 0.1] * 5 + [None]}), "csv")
    encoding = encode.measured(table, kinds.describe(table), np.arange(5))
    (found,) = encoding.rows(table, [np.arange(6)])
    assert np.abs(found[:, 0]).max() < 1e-3
    assert encoding.std == (1.0,)


def test_small_units_are_units():
    """Picofarads in farads, beside a column of amounts that differ by rounding alone."""
    farads = np.random.default_rng(0).normal(5e-12, 1e-12, N)
    table = RawTable(pa.table({"a": farads, "b": 5e9 + 1e-6 * np.arange(N) % 2}), "csv")
    encoding = encode.measured(table, kinds.describe(table), np.arange(N))
    (found,) = encoding.rows(table, [np.arange(N)])
    np.testing.assert_allclose(found[:, 0], (farads - farads.mean()) / farads.std(), rtol=1e-4)
    assert np.abs(found[:, 1]).max() < 1e-3


def test_a_number_beyond_all_deviations_of_the_training_rows_is_told():
    table = RawTable(pa.table({"a": [*np.linspace(1e-20, 2e-20, 9), 1e20]}), "csv")
    encoding = encode.measured(table, kinds.describe(table), np.arange(9))
    with pytest.raises(DataError, match=r"row 10, column 'a' has 1e\+20. Allowed: .* deviations"):
        encoding.rows(table, [np.arange(9), np.array([9])])


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        (float("inf"), r"row 3, column 'a' has an infinite number"),
        (1e300, r"row 3, column 'a' has 1e\+300"),
    ],
)
def test_numbers_that_no_network_can_read_are_told(cell, said):
    table = RawTable(pa.table({"a": [1.0, 2.0, cell, 4.0]}), "csv")
    with pytest.raises(DataError, match=said):
        encode.measured(table, kinds.describe(table), np.arange(2))


def test_too_many_inputs_are_refused_before_they_are_made():
    words = pa.array([f"w{n % 30}" for n in range(3000)])
    table = RawTable(pa.table({f"c{n}": words for n in range(100)}), "csv")
    encoding = encode.measured(table, kinds.describe(table), np.arange(3000))
    encode.check_memory(3000, encoding)
    with pytest.raises(DataError, match=r"100,000 rows of 3,000 numbers take 1,200 MB; 'c0' al"):
        encode.check_memory(100_000, encoding)
