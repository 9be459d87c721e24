"""A file becomes a table, or one sentence with the place."""

from __future__ import annotations

import io
import re
import zipfile

import numpy as np
import pyarrow as pa
import pytest
from pyarrow import parquet

from kdlab.data.own import limits as archives
from kdlab.data.table import limits
from kdlab.data.table.numbers import number_of
from kdlab.data.table.reading import read
from kdlab.errors import DataError

ROWS = [["1.5", "red", "a"], ["", "blue", "b"], ["-2", "red, dark", "a"]]
NAMES = ["age", "colour", "y"]


@pytest.fixture
def put(tmp_path):
    """Write a file, and read it as a table."""

    def write(content: str | bytes, name="table.csv", **how):
        path = tmp_path / name
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return read(path, **how)

    return write


def written(separator=",", end="\n"):
    lines = [separator.join(f'"{cell}"' if separator in cell else cell for cell in line)
             for line in [NAMES, *ROWS]]  # fmt: skip
    return end.join([*lines, ""])


@pytest.mark.parametrize("separator", [",", ";", "\t", "|"])
@pytest.mark.parametrize("end", ["\n", "\r\n"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16"])
def test_separators_ends_of_lines_and_marks_are_recognised(put, separator, end, encoding):
    table = put(written(separator, end).encode(encoding))
    assert table.columns == tuple(NAMES)
    assert [list(table.shown(n)) for n in range(table.rows)] == ROWS
    np.testing.assert_equal(table.numbers("age"), [1.5, np.nan, -2])
    assert table.place(1, "age") == "row 2 (line 3), column 'age'"


@pytest.mark.parametrize("encoding", ["cp1252", "cp1251", "cp932"])
def test_another_encoding_is_recognised_and_told(put, encoding):
    words = {"cp1252": "Größe", "cp1251": "Привет", "cp932": "こんにちは"}  # fmt: skip
    table = put(f"{words[encoding]},y\n1,a\n2,b\n".encode(encoding))
    assert table.columns == (words[encoding], "y")
    assert "does not say its encoding" in table.said[0]


def test_an_encoding_that_was_asked_for_is_taken(put):
    data = "Größe,y\n1,a\n2,b\n".encode("utf-16-le")
    assert put(data, encoding="utf-16").columns == ("Größe", "y")
    with pytest.raises(DataError, match=r"line 1 of the file is not in UTF-8"):
        put("Größe,y\n1,a\n2,b\n".encode("cp1252"), encoding="utf-8")


def test_quotes_hold_separators_quotes_and_lines(put):
    table = put('a,b\n"x\ny, z",2\n"he said ""no""",3\n')
    assert table.texts("a") == ["x\ny, z", 'he said "no"']
    assert table.first_line is None  # a row is no line here
    assert table.place(1) == "row 2"


def test_decimal_commas_are_recognised_and_can_be_asked_for(put):
    table = put("x;y\n1,5;a\n1.234,25;b\n")
    assert table.numbers("x").tolist() == [1.5, 1234.25]
    assert "Numbers have decimal commas (0,5)" in table.said
    assert put('x,y\n"1,234",a\n"2,500.5",b\n').numbers("x").tolist() == [1234, 2500.5]
    asked = put("x;y\n1,234;a\n2,345;b\n", decimal="point")
    assert asked.numbers("x").tolist() == [1234, 2345]
    assert put("x;y\n1.234;a\n2.345;b\n", decimal="comma").numbers("x").tolist() == [1234, 2345]


def test_the_line_of_excel_that_names_the_separator_is_no_row(put):
    table = put("sep=;\r\nx;y\r\n1;a\r\n2;b\r\n")
    assert table.columns == ("x", "y")
    assert table.place(0) == "row 1 (line 3)"


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("1,2\n1,3\n2,4\n", ("column 1", "column 2")),
        ("0,1,2,y\n5,6,7,a\n8,9,1,b\n", ("0", "1", "2", "y")),  # as pandas numbers columns
        ("country,2019,2020\nSpain,1,2\nItaly,3,4\n", ("country", "2019", "2020")),
        (",x\n0,1\n1,2\n", ("column 1", "x")),
    ],
)
def test_a_first_line_of_numbers_is_a_row_unless_it_names(put, text, names):
    assert put(text).columns == names


@pytest.mark.parametrize(
    ("text", "decimal", "number"),
    [
        (" 7 ", "point", 7), ("+1e3", "point", 1000), (".5", "point", 0.5), ("€ 3", "point", 3),
        ("3.50 $", "point", 3.5), ("5 %", "point", 5), ("1,234.5", "point", 1234.5),
        ("1 234,5", "comma", 1234.5), ("1.234,5", "comma", 1234.5), ("1'234.5", "point", 1234.5),
        ("−4", "point", -4), ("1,234", "comma", 1.234), ("1,234", "point", 1234),
        ("=A1+B1", "point", None), ("2020-01-02", "point", None), ("1,2,3", "point", None),
        ("12,34", "point", None), ("1_000", "point", None), ("0x10", "point", None),
        ("", "point", np.nan), ("N/A", "point", np.nan), ("?", "comma", np.nan),
        ("-", "point", np.nan), ("null", "point", np.nan), ("-inf", "point", -np.inf),
    ],
)  # fmt: skip
def test_what_a_cell_is_as_a_number(text, decimal, number):
    found = number_of(text, decimal)
    assert found is number is None or np.array_equal(found, number, equal_nan=True)


@pytest.mark.parametrize(
    ("content", "said"),
    [
        ("a,b\n1,2\n1,2,3\n", r"line 3 of the table has 3 values and not 2: '1,2,3'"),
        ("a,b\n1,2\n3\n", r"line 3 of the table has 1 value and not 2"),
        ("a,b\n\n1,2\n\n\n3\n4,5\n", r"line 6 of the table has 1 value and not 2"),
        ("sep=;\n\na;b\n1;2\n3\n4;5\n", r"line 5 of the table has 1 value and not 2"),
        ('a,b\n"1\n\n1",2\n3\n4,5\n', r"line 5 of the table has 1 value and not 2"),
        ('a,b\n1,2\n"3,4\n5,6\n', r"line 3 .*\. Correct it; a double quote .* never closed"),
        ("x,y,x\n1,2,3\n1,2,3\n", r"the columns 1 and 3 are both called 'x'"),
        ("x,y\n", r"the table has 0 rows"),
        ("", r"the table is empty"),
        ("\n\n", r"the table is empty"),
        (b"a,b\n1,\x002\n", r"line 2 has a byte of value 0"),
        (b"\x89PNG\r\n\x1a\n\0\0\0\r", r"is not text|byte of value 0|not in UTF-8"),
        (b"\x80\x04\x95pickle", r"a pickle, which is never loaded"),
        (b"\x1f\x8b\x08abc", r"compressed"),
        ("<!DOCTYPE html><p>a,b", r"a web page"),
        (f"{'n' * 300},b\n1,2\n1,2\n", r"the name of column 1 has 300 characters"),
        ("a,b\n" + "1,2\n" * (limits.MOST_ROWS + 1), r"1,000,001 rows"),
        (",".join(f"c{n}" for n in range(1001)) + "\n", r"1,001 columns"),
    ],
)
def test_what_is_no_table_is_told_with_its_place(put, content, said):
    with pytest.raises(DataError) as error:
        put(content)
    assert re.search(said, str(error.value), re.DOTALL)


def test_numbers_that_are_none_or_infinite_are_told_with_their_place(put):
    table = put("a,b\n1,=B1\ninf,3\n")
    with pytest.raises(DataError, match=r"row 2 \(line 3\), column 'a' has an infinite number"):
        table.numbers("a")
    with pytest.raises(DataError, match=r"row 1 \(line 2\), column 'b' has '=B1', which is not a"):
        table.numbers("b")
    with pytest.raises(DataError, match=r"no column 'c'.*a, b"):
        table.numbers("c")


# -- Parquet -------------------------------------------------------------------------------------


def packed(table: pa.Table, **how) -> bytes:
    sink = io.BytesIO()
    parquet.write_table(table, sink, **how)
    return sink.getvalue()


def test_parquet_is_read_whatever_it_is_called(put):
    table = put(
        packed(
            pa.table(
                {
                    "n": [1, None, 3],
                    "x": [0.1, float("nan"), 2.0],
                    "word": ["a", "b", None],
                    "yes": [True, False, None],
                    "day": pa.array([0, 1, 2], pa.date32()),
                    "list": [[1], [2], [3]],
                    "some.name": [1, 2, 3],
                    "span": pa.array([1, 2, 3], pa.duration("s")),
                }
            )
        ),
        "table.csv",
    )
    assert table.columns == ("n", "x", "word", "yes", "day", "some.name", "span")
    assert table.numbers("span").tolist() == [1, 2, 3]
    assert "'list' (list<element: int64>)" in table.said[0]
    np.testing.assert_equal(table.numbers("n"), [1, np.nan, 3])
    assert table.texts("word") == ["a", "b", None]
    assert table.texts("day")[0] == "1970-01-01"
    assert table.shown(0) == ("1", "0.1", "a", "True", "1970-01-01", "1", "1")


def test_a_parquet_bomb_is_refused_by_its_footer(put):
    zeros = pa.array(np.zeros(1_000_000, np.int8))
    bomb = packed(pa.table({f"c{n}": zeros for n in range(101)}))
    assert len(bomb) < 1_000_000
    with pytest.raises(DataError, match=r"1,000,000 rows of 101 columns, 101,000,000 cells"):
        put(bomb)


def test_words_that_are_packed_are_counted_before_they_are_unpacked(put):
    codes = pa.array(np.zeros(2000, np.int32))
    words = pa.DictionaryArray.from_arrays(codes, pa.array(["x" * 1_000_000]))
    bomb = packed(pa.table({"word": words, "y": codes}))
    assert len(bomb) < 1_000_000
    with pytest.raises(DataError, match=r"unpacks to 2,000 MB. Allowed: at most 900 MB"):
        put(bomb)


def test_a_column_called_like_a_path_is_read_and_not_what_the_path_leads_to(put):
    """Parquet's reader takes "s.x" for x within s, too."""
    rows = {"s": [{"x": "within"}] * 3, "s.x": [1, 2, 3], "y": ["a", "b", "a"]}
    table = put(packed(pa.table(rows)))
    assert table.columns == ("s.x", "y")
    np.testing.assert_equal(table.numbers("s.x"), [1, 2, 3])


def test_a_damaged_parquet_file_is_told(put):
    whole = packed(pa.table({"a": [1, 2], "b": ["x", "y"]}))
    with pytest.raises(DataError, match=r"the Parquet file cannot be read"):
        put(whole[: len(whole) // 2])


# -- NPZ -----------------------------------------------------------------------------------------


def zipped(**arrays) -> bytes:
    sink = io.BytesIO()
    np.savez(sink, **arrays)
    return sink.getvalue()


def test_arrays_become_columns(put):
    X = np.arange(6.0).reshape(3, 2)
    table = put(zipped(X=X, y=np.array(["a", "b", "a"]), age=np.array([1, 2, 3], np.int16)))
    assert table.columns == ("X 1", "X 2", "y", "age")
    np.testing.assert_equal(table.numbers("X 2"), X[:, 1])
    assert table.texts("y") == ["a", "b", "a"]
    named = put(zipped(data=X, feature_names=np.array(["p", "q"]), target=np.zeros(3)))
    assert named.columns == ("p", "q", "target")


def test_parts_of_arrays_become_one_table(put):
    x = np.arange(10.0).reshape(5, 2)
    table = put(zipped(x_train=x[:3], y_train=np.arange(3), x_test=x[3:], y_test=np.arange(2)))
    assert table.columns == ("x 1", "x 2", "y", "split")
    assert table.texts("split") == ["train"] * 3 + ["test"] * 2


def test_a_pickle_in_an_npz_is_never_loaded(put):
    class Trap:
        def __reduce__(self):
            return (pytest.fail, ("it was loaded",))

    with pytest.raises(DataError, match=r"'y' holds Python objects, which are a pickle"):
        put(zipped(X=np.zeros((2, 2)), y=np.array([Trap(), 1], dtype=object)))


@pytest.mark.parametrize(
    ("descr", "shape", "said"),
    [
        ("<f8", (10**12,), r"'x_train' claims more data than the file has"),
        ("<f8", (-1, -8), r"'x_train' claims more data than the file has"),
        ("|S0", (10**12,), r"'x_train' claims more data than the file has"),
        ("<f8", (0, 10**9), r"the table has 1,000,000,000 columns"),
        ("<f8", (10**9, 0), r"the table has 1,000,000,000 rows"),
    ],
)
def test_an_array_that_tells_of_more_than_there_is_is_refused(put, descr, shape, said):
    sink = io.BytesIO()
    np.lib.format.write_array_header_1_0(
        sink, {"descr": descr, "fortran_order": False, "shape": shape}
    )
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("x_train.npy", sink.getvalue())
        archive.writestr("x_test.npy", sink.getvalue())
    with pytest.raises(DataError, match=said):
        put(whole.getvalue())


def test_a_column_more_than_there_may_be_is_told_before_it_is_named(put):
    with pytest.raises(DataError, match=r"the table has 1,001 columns"):
        put(zipped(x=np.zeros((2, limits.MOST_COLUMNS + 1), np.uint8)))


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_a_packing_that_unpacks_without_an_end_is_refused(put, method):
    sink, whole = io.BytesIO(), io.BytesIO()
    np.save(sink, np.zeros((2, 2)))
    with zipfile.ZipFile(whole, "w", method) as archive:
        archive.writestr("x.npy", sink.getvalue())
    with pytest.raises(DataError, match=rf"packed with the compression method {method}\. Allowed"):
        put(whole.getvalue())


def test_an_npz_whose_list_of_arrays_would_fill_the_memory_is_refused(put, monkeypatch):
    monkeypatch.setattr(archives, "MAX_LIST_BYTES", 100)
    with pytest.raises(DataError, match=r"has more than .* files"):
        put(zipped(**{f"column {n}": np.zeros(2) for n in range(9)}))


def test_a_day_that_is_none_is_nothing(put):
    days = np.array(["2020-01-02", "NaT", "2020-01-03"], "M8[D]")
    assert put(zipped(day=days, y=np.arange(3))).texts("day") == ["2020-01-02", None, "2020-01-03"]


@pytest.mark.parametrize(
    ("arrays", "said"),
    [
        ({"a": np.zeros((2, 3)), "b": np.zeros((3, 3))}, r"not of one length"),
        ({"a": np.zeros((2, 3, 4))}, r"holds no table"),
        ({"a": np.zeros((2, 2), complex)}, r"'a' is of complex128"),
    ],
)
def test_arrays_that_are_no_table(put, arrays, said):
    with pytest.raises(DataError, match=said):
        put(zipped(**arrays))


def test_a_zip_of_something_else_is_told(put):
    whole = io.BytesIO()
    with zipfile.ZipFile(whole, "w") as archive:
        archive.writestr("xl/workbook.xml", "<x/>")
    with pytest.raises(DataError, match=r"the file is a spreadsheet"):
        put(whole.getvalue(), "book.csv")


def test_a_table_larger_than_what_is_taken_is_not_read(tmp_path):
    path = tmp_path / "large.csv"
    with path.open("wb") as file:
        file.truncate(limits.MOST_BYTES + 1)
    with pytest.raises(DataError, match=r"the table has 200.0 MB. Allowed: .*200 MB"):
        read(path)
    with pytest.raises(DataError, match=r"is a folder"):
        read(tmp_path)
    with pytest.raises(DataError, match=r"cannot be read \(No such file"):
        read(tmp_path / "nowhere.csv")
