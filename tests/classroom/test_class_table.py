"""The answers as a file for a spreadsheet: nothing in it is computed."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest

from kdlab.classroom.room import Estimate
from kdlab.classroom.table import COLUMNS, harmless
from kdlab.lessons.outcome import TIED
from tests.classroom.asking import CHOICE, NUMBER, QUESTION, VERDICT, visitor


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_row_an_answer(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    clock.goes_on(2.5)
    store.answer(room, number, visitor(1), "helped", 'Ann, "the" first')
    clock.goes_on(1)
    store.answer(room, number, visitor(2), "hurt")
    teacher.run()
    teacher.reveal({"gain": Estimate(5.94, 5.3, 6.6, "5 seeds")})
    store.answer(room, teacher.ask(NUMBER), visitor(4), "-2.5")
    store.answer(room, teacher.ask(QUESTION), visitor(2), "nothing")
    teacher.reveal()
    store.answer(room, teacher.ask(CHOICE), visitor(3), "large")
    teacher.run()
    teacher.reveal({"gain small": (1.0, 0.0, 2.0), "gain large": (-3.0, -4.0, -2.0)})
    asked = "Will the teacher help?"
    gain = ["gain: 5.94 (5.3 to 6.6)", "5.94", "5.3", "6.6", "5 seeds"]
    none = [""] * 4
    assert read(teacher.as_csv()) == [
        list(COLUMNS),
        ["1", asked, "verdict", 'Ann, "the" first', "helped", *gain, "2.5"],
        ["1", asked, "verdict", "", "hurt", *gain, "3.5"],
        ["2", "By how many points?", "number", "", "-2.5", "", *none, "0.0"],
        ["3", "What does T do?", "question", "", "nothing", "it softens", *none, "0.0"],
        ["4", "Which student wins?", "choice", "", "large",
         "gain small: 1 (0 to 2); gain large: -3 (-4 to -2)", "-3", "-4", "-2", "", "0.0"],
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("told", "words", "numbers"),
    [
        (Estimate(3.1, over="1 seed"), "gain: 3.1 (no interval)", ["3.1", "", "", "1 seed"]),
        (
            Estimate(-3.1, -4.0, -2.1, "5 seeds"),
            "gain: -3.1 (-4 to -2.1)",
            ["-3.1", "-4", "-2.1", "5 seeds"],
        ),
    ],
)
def test_one_seed_has_no_interval_and_a_loss_is_a_number(
    store, room, teacher, told, words, numbers
):
    store.answer(room, teacher.ask(VERDICT), visitor(1), "hurt")
    teacher.run()
    teacher.reveal({"gain": told})
    assert read(teacher.as_csv())[1][5:10] == [words, *numbers]


@pytest.mark.attack
@pytest.mark.parametrize("begins", ["=", "+", "-", "@", " =", "-1+", "+1", "\u00a0="])
def test_what_a_spreadsheet_would_compute_is_text(store, room, teacher, begins):
    formula = f"{begins}HYPERLINK(0)"
    asked = dataclasses.replace(VERDICT, ask=formula)
    store.answer(room, teacher.ask(asked), visitor(1), "helped", formula)
    row = read(teacher.as_csv())[1]
    assert row[1] == f"'{formula}"
    assert row[3] == f"'{formula.strip()}"


def test_numbers_stay_numbers():
    assert [harmless(cell) for cell in ("-2.5", "10", "-0", "−3", "x", "")] == [
        "-2.5", "10", "-0", "−3", "x", "",
    ]  # fmt: skip
    assert [harmless(cell) for cell in ("-2.5.1", "--1", "-x", "\t=1")] == [
        "'-2.5.1", "'--1", "'-x", "'\t=1",
    ]  # fmt: skip


def test_who_said_it_cannot_be_told_stands_beside_no_number_of_one_choice(store, room, teacher):
    store.answer(room, teacher.ask(CHOICE), visitor(1), TIED)
    teacher.run()
    teacher.reveal({"gain small": Estimate(1.0, 0.0, 2.0), "gain large": Estimate(1.5, 0.5, 2.5)})
    (row,) = read(teacher.as_csv())[1:]
    assert row[4] == "Too close to tell"
    assert row[5] == "gain small: 1 (0 to 2); gain large: 1.5 (0.5 to 2.5)"
    assert row[6:10] == [""] * 4
