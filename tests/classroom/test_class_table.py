"""The answers as a file for a spreadsheet: nothing in it is computed."""

from __future__ import annotations

import csv
import dataclasses
import io

import pytest

from kdlab.classroom.table import COLUMNS, harmless
from tests.classroom.asking import CHOICE, NUMBER, QUESTION, VERDICT, visitor


def read(text):
    return list(csv.reader(io.StringIO(text)))


def test_a_row_an_answer(store, room, teacher, clock):
    number = teacher.ask(VERDICT)
    clock.goes_on(2.5)
    store.answer(room, number, visitor(1), "helped", 'Ann, "the" first')
    clock.goes_on(1)
    store.answer(room, number, visitor(2), "hurt")
    teacher.reveal({"gain": (5.94, 5.3, 6.6)})
    store.answer(room, teacher.ask(NUMBER), visitor(4), "-2.5")
    store.answer(room, teacher.ask(QUESTION), visitor(2), "nothing")
    teacher.reveal()
    store.answer(room, teacher.ask(CHOICE), visitor(3), "large")
    teacher.reveal({"gain small": (1.0, 0.0, 2.0), "gain large": (-3.0, -4.0, -2.0)})
    asked = "Will the teacher help?"
    assert read(teacher.as_csv()) == [
        list(COLUMNS),
        [asked, "verdict", 'Ann, "the" first', "helped", "5.94 (5.3 to 6.6)", "2.5"],
        [asked, "verdict", "", "hurt", "5.94 (5.3 to 6.6)", "3.5"],
        ["By how many points?", "number", "", "-2.5", "", "0.0"],
        ["What does T do?", "question", "", "nothing", "it softens", "0.0"],
        ["Which student wins?", "choice", "", "large",
         "gain small: 1 (0 to 2); gain large: -3 (-4 to -2)", "0.0"],
    ]  # fmt: skip


@pytest.mark.attack
@pytest.mark.parametrize("begins", ["=", "+", "-", "@", " =", "-1+", "+1", "\u00a0="])
def test_what_a_spreadsheet_would_compute_is_text(store, room, teacher, begins):
    formula = f"{begins}HYPERLINK(0)"
    asked = dataclasses.replace(VERDICT, ask=formula)
    store.answer(room, teacher.ask(asked), visitor(1), "helped", formula)
    row = read(teacher.as_csv())[1]
    assert row[0] == f"'{formula}"
    assert row[2] == f"'{formula.strip()}"


def test_numbers_stay_numbers():
    assert [harmless(cell) for cell in ("-2.5", "10", "-0", "−3", "x", "")] == [
        "-2.5", "10", "-0", "−3", "x", "",
    ]  # fmt: skip
    assert [harmless(cell) for cell in ("-2.5.1", "--1", "-x", "\t=1")] == [
        "'-2.5.1", "'--1", "'-x", "'\t=1",
    ]  # fmt: skip
