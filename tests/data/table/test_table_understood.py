"""What each column holds, which one is the target, and which rows are for what."""

from __future__ import annotations

import numpy as np
import pyarrow as pa
import pytest

from kdlab.data.own.splits import PARTS
from kdlab.data.table import answers, kinds
from kdlab.data.table.raw import RawTable
from kdlab.data.table.understood import Choices, Found, names_in, understood
from kdlab.errors import DataError

N = 120
PLAIN = Choices("", "", "", "", "all")
DRAW = np.random.default_rng(1)
AGE = DRAW.integers(18, 90, N).astype(str).tolist()
Y = (["yes", "no", "no"] * N)[:N]


def table(**columns) -> RawTable:
    return RawTable(pa.table(columns), "csv", first_line=2)


def found(raw: RawTable, **choices) -> Found:
    return understood(raw, kinds.describe(raw), PLAIN._replace(**choices))


@pytest.mark.parametrize(
    ("cells", "kind", "used"),
    [
        (AGE, "number", True),
        (DRAW.choice(["a", "b", "c"], N).tolist(), "category", True),
        ([True, False] * (N // 2), "category", True),
        ([f"2020-01-{n % 28 + 1:02d}" for n in range(N)], "date", False),
        ([f"{n % 28 + 1:02d}.01.2020 10:00" for n in range(N)], "date", False),
        ([f"person {n}" for n in range(N)], "identifier", False),
        (list(range(7, N + 7)), "identifier", False),
        ([f"word {n // 2}" for n in range(N)], "category", True),
        ([f"note {n * 2 // 3}" for n in range(N)], "text", False),
        (["word " * 20 + str(n % 4) for n in range(N)], "text", False),
        (["x"] * N, "constant", False),
        (["", "NA", "?"] * (N // 3), "empty", False),
    ],
)
def test_what_a_column_holds(cells, kind, used):
    (column,) = kinds.describe(table(x=cells))
    assert (column.kind, column.used) == (kind, used)
    assert bool(column.why) is not used


def test_a_name_of_rows_is_left_out_and_one_of_groups_is_told():
    ids = DRAW.permutation(10 * N)[:N].tolist()
    (column,) = kinds.describe(table(customer_id=ids))
    assert (column.kind, column.why[:22]) == ("identifier", "different in every row")
    (column,) = kinds.describe(table(customer_id=[n // 4 for n in range(N)]))
    assert column.used
    assert column.repeats == 4


REPEATS = [
    ("Patient", [f"P{n // 4}" for n in range(N)], 4.0),
    ("patient_id", [n // 2 for n in range(N)], 2.0),
    ("Patient", [f"P{n * 2 // 3}" for n in range(N)], 1.5),  # left out as an input all the same
    ("x", [f"word {n // 2}" for n in range(N)], 2.0),
    ("x", [f"word {n // 4}" for n in range(N)], 0.0),
    ("x", [n // 2 for n in range(N)], 0.0),  # ages come again as well
    ("town", ["the largest"] * 60 + [f"town {n}" for n in range(60)], 0.0),
    ("customer age", [n // 3 for n in range(N)], 0.0),
    ("session", ["morning", "noon", "night"] * (N // 3), 0.0),
    ("x", [f"2020-{n // 28 % 12 + 1:02d}-{n % 28 + 1:02d}" for n in range(N // 2)] * 2, 0.0),
]


@pytest.mark.parametrize(("name", "cells", "repeats"), REPEATS)
def test_a_column_whose_rows_may_belong_together_is_noticed(name, cells, repeats):
    raw = table(**{name: cells}, age=AGE, y=Y)
    column = kinds.describe(raw)[0]
    assert column.repeats == pytest.approx(repeats)
    account = found(raw).account
    asked = [line for line in account.done if "set it as the column of groups" in line]
    assert bool(asked) == bool(repeats) == (account.together == column)
    if repeats:
        assert asked[0].startswith(f"Each value of {name!r} occurs about {repeats:.1f} times")
        for settled in ({"left_out": name}, {"group_column": name}):
            assert found(raw, **settled).account.together is None


def test_of_several_columns_the_one_called_so_is_asked_about():
    words = [f"word {n // 2}" for n in range(N)]
    raw = table(words=words, subject=[f"s{n // 12}" for n in range(N)], age=AGE, y=Y)
    assert found(raw).account.together.name == "subject"
    parts = ["train", "train", "validation", "test"] * (N // 4)
    split = table(words=words, age=AGE, split=parts, y=DRAW.permutation(Y).tolist())
    assert found(split).account.together is None, "its owner has cut it"


def test_a_few_words_among_numbers_count_as_missing_and_are_told():
    (column,) = kinds.describe(table(age=["unknown", *AGE[1:-1], ""]))
    assert (column.kind, column.missing) == ("number", 2)
    assert column.remark == (
        "1 value is not a number and counts as missing: row 1 (line 2), column 'age' has 'unknown'"
    )


def test_formulas_are_text_and_told():
    (column,) = kinds.describe(table(total=["=A1+B1", "=A2+B2"] * (N // 2)))
    assert column.kind == "category"
    assert column.remark.startswith(f"{N} cells begin with = as the formulas of spreadsheets do "
                                    "(row 1 (line 2), column 'total')")  # fmt: skip


@pytest.mark.parametrize(
    ("columns", "name", "why"),
    [
        ({"Class": Y, "age": AGE}, "Class", "guessed from its name"),
        ({"age": AGE, "kind of": Y}, "kind of", "guessed: the last column, 2 values"),
        ({"kind of": Y, "x": [f"{n / 7}" for n in range(N)]}, "kind of",
         "guessed: the last column of few words, 2"),
    ],
)  # fmt: skip
def test_the_target_is_guessed_and_said_why(columns, name, why):
    known = found(table(**columns))
    assert (known.target.name, known.target.why) == (name, why)
    assert known.classes == ("no", "yes")
    assert name not in known.columns


def test_a_guess_that_rests_on_little_is_told_and_so_are_numbers_as_classes():
    rooms = [n % 6 for n in range(N)]
    price = [f"{n * 1.5}" for n in range(N)]
    guessed = found(table(rooms=rooms, price=price))
    assert not guessed.target.sure
    assert not guessed.account.sure
    assert "nothing but few values says that 'rooms' is the target" in guessed.account.done
    assert "The 6 numbers in 'rooms' are taken as 6 classes" in guessed.account.done
    chosen = found(table(rooms=rooms, price=price), target="rooms").account
    assert chosen.sure
    assert chosen.done == ("The 6 numbers in 'rooms' are taken as 6 classes",)
    last = found(table(price=price, kind=Y)).account
    assert last.sure
    assert last.done == ()


@pytest.mark.parametrize(
    ("cells", "classes"),
    [
        ([1.0, 2.0, 10.0] * (N // 3), ("1", "2", "10")),
        ([" a", "a ", "b"] * (N // 3), ("a", "b")),
        (["+", "-", "-"] * (N // 3), ("+", "-")),
        (["01", "1", "2"] * (N // 3), ("01", "1", "2")),
        (["no", "none", "?"] * (N // 3), ("no", "none")),
    ],
)
def test_classes(cells, classes):
    known = found(table(age=AGE, y=cells))
    assert known.classes == classes
    missing = [n for n, cell in enumerate(cells) if cell == "?"]
    assert np.flatnonzero(known.target.codes < 0).tolist() == missing


@pytest.mark.parametrize(
    ("cells", "said"),
    [
        (
            [f"{n * 1.5}" for n in range(N)],
            r"has 120 different numbers\..*regression.*Group the numbers",
        ),
        ([f"w{n // 2}" for n in range(N - 3)] + ["v"] * 3, None),
        ([f"w{n}" for n in range(N)], r"has 120 different values in 120 rows"),
        (["x"] * N, r"is 'x' in every row. Allowed: 2 or more classes"),
        ([""] * N, r"is empty"),
        (["a", "b"] * 5 + [""] * (N - 10), r"10 rows have a class"),
        (["x" * 300, "b"] * (N // 2), r"the class in row 1 \(line 2\), column 'y' has 300 charac"),
    ],
)
def test_a_target_that_is_none(cells, said):
    raw = table(age=AGE, y=cells)
    if said is None:
        assert len(found(raw, target="y").classes) == 60
        return
    with pytest.raises(DataError, match=said):
        found(raw, target="y")


def test_no_column_is_left():
    with pytest.raises(DataError, match=r"no columns beside the target 'y'"):
        found(table(y=Y))
    with pytest.raises(DataError, match=r"no column is left .*'n' \(counts the rows\), 'age' \(as"):
        found(table(n=list(range(N)), age=AGE, y=Y), left_out="age")
    with pytest.raises(DataError, match=r"has no column 'agee'"):
        found(table(age=AGE, y=Y), left_out="agee")


def test_columns_that_give_the_answer_away_are_left_out():
    p = [f"{n / N}" for n in range(N)]
    raw = table(age=AGE, p_yes=p, p_no=p[::-1], y=Y)
    known = found(raw)
    assert known.columns == ("age",)
    assert known.account.answers == ("p_no", "p_yes")  # in the order of the classes
    assert answers.columns_of(["P(Yes)", "P(No)"], ["no", "yes"]) == ("P(No)", "P(Yes)")
    assert answers.columns_of(["p_no"], ["no", "yes"]) == ()
    zero = [0.0] * N
    both = table(age=AGE, p_yes=p, p_no=zero, logit_no=p, logit_yes=p, y=Y)
    assert found(both).columns == ("age",), "whatever they are, and however many sets there are"


def test_a_word_that_counts_as_no_class_is_told():
    told = found(table(age=AGE, y=["NA" if n % 5 == 0 else w for n, w in enumerate(Y)]), target="y")
    assert told.account.unlabelled
    assert "In the target 'NA' counts as no class; spelt out it would be one" in told.account.done
    empty = found(table(age=AGE, y=["" if n % 5 == 0 else w for n, w in enumerate(Y)]), target="y")
    assert empty.account.unlabelled
    assert not [each for each in empty.account.done if "counts as no class" in each]
    assert "; 1 number becomes 1 input;" in empty.account.lines()[0]


def test_names_of_columns_in_a_setting():
    assert names_in(' a , "b, c",,"d ""e""" ') == ("a", "b, c", 'd "e"')
    assert names_in("") == ()


# -- parts ---------------------------------------------------------------------------------------


def parts_of(known: Found) -> np.ndarray:
    """(rows,) the part of each row, "" for none."""
    part = np.full(known.rows, "", dtype=object)
    for name, rows in known.cut.parts.items():
        assert (part[rows] == "").all()
        part[rows] = name
    return part


def test_parts_are_cut_class_by_class():
    known = found(table(age=AGE, y=Y))
    assert known.sizes == (72, 18, 30)
    counts = known.account.counts
    assert counts == {"train": (48, 24), "validation": (12, 6), "test": (20, 10)}
    assert (parts_of(known) != "").all()
    again = found(table(age=AGE, y=Y))
    for name, rows in known.cut.parts.items():
        assert rows.tolist() == again.cut.parts[name].tolist()


def test_a_rare_class_is_in_training_first_and_then_in_each_part():
    for rare, expected in ((1, (1, 0, 0)), (2, (1, 0, 1)), (3, (1, 1, 1))):
        known = found(table(age=AGE, y=["rare"] * rare + Y[rare:]))
        at = known.classes.index("rare")
        assert tuple(known.account.counts[p][at] for p in PARTS) == expected
        told = [line for line in known.account.done if "leaves the class out" in line]
        assert len(told) == expected.count(0)


def test_a_group_is_in_one_part():
    groups = [f"g{n // 5}" for n in range(N)]
    known = found(table(age=AGE, who=groups, y=Y), group_column="who")
    part = parts_of(known)
    for group in set(groups):
        assert len({p for p, g in zip(part, groups, strict=True) if g == group}) == 1
    assert known.columns == ("age",)
    assert 20 <= known.sizes[2] <= 40
    assert 10 <= known.sizes[1] <= 26
    for counts in known.account.counts.values():
        assert counts[0] / sum(counts) == pytest.approx(2 / 3, abs=0.15)
    assert len(set(known.cut.groups.tolist())) == 24


def test_many_groups_are_placed_all_the_same(monkeypatch):
    monkeypatch.setattr("kdlab.data.table.cut.MOST_GROUPS", 10)
    groups = [f"g{n // 2}" for n in range(N)]
    known = found(table(age=AGE, who=groups, y=Y), group_column="who")
    part = parts_of(known)
    assert all(part[n] == part[n + 1] for n in range(0, N, 2))
    assert known.sizes == (72, 18, 30)


def test_groups_that_cannot_be_cut():
    with pytest.raises(DataError, match=r"has 2 groups. Allowed: at least 3"):
        found(table(age=AGE, who=["a", "b"] * (N // 2), y=Y), group_column="who")


@pytest.mark.parametrize("asked", ["", "Split"])
def test_a_column_of_parts_is_respected(asked):
    words = ["Training", "val", "test"] * (N // 3)
    known = found(table(age=AGE, Split=words, y=DRAW.permutation(Y).tolist()), split_column=asked)
    told = {"Training": "train", "val": "validation", "test": "test"}
    assert parts_of(known).tolist() == [told[word] for word in words]
    assert known.columns == ("age",)
    assert known.account.origin["test"] == "Split"


def test_a_part_that_is_not_in_the_column_is_cut_from_train():
    words = ["train", "train", "train", "test"] * (N // 4)
    known = found(table(age=AGE, split=words, y=Y))
    part = parts_of(known)
    assert [word for word, p in zip(words, part, strict=True) if p != "test"] == ["train"] * 90
    assert known.sizes == (76, 14, 30)
    assert known.account.origin == {
        "train": "split", "validation": "taken from train", "test": "split",
    }  # fmt: skip


def test_a_column_of_parts_with_something_else_is_told():
    words = ["train"] * (N - 1) + ["other"]
    with pytest.raises(DataError, match=r"row 120 \(line 121\), column 'set' has 'other', wh"):
        found(table(age=AGE, set=words, y=Y), split_column="set")
    with pytest.raises(DataError, match=r"no training row has the class 'yes', which row .*'set'"):
        found(
            table(age=AGE, set=["test" if y == "yes" else "train" for y in Y], y=Y),
            split_column="set",
        )


def test_rows_without_a_class_are_for_training_alone():
    y = ["" if n % 4 == 0 else word for n, word in enumerate(Y)]
    known = found(table(age=AGE, y=y))
    assert known.account.unlabelled == 30
    for part in ("validation", "test"):
        assert (known.target.codes[known.cut.parts[part]] >= 0).all()
    assert sum(known.sizes) == N
    words = ["train", "train", "test", "test"] * (N // 4)
    y = ["" if n % 4 in (1, 2) else word for n, word in enumerate(Y)]
    known = found(table(age=AGE, split=words, y=y))
    assert known.cut.left_out == 30
    assert known.account.unlabelled == 30
    assert "30 rows of validation and test without a class are left out" in known.account.done


def test_a_limit_holds_for_training():
    known = found(table(age=AGE, y=Y), limit=30)
    assert known.sizes == (30, 18, 30)
    assert known.account.counts["train"] == (20, 10)
