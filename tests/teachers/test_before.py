"""What is said of answers while their owner still chooses is what a run says of them."""

from __future__ import annotations

import dataclasses
import random

import pytest

from kdlab.config.schema import DistilConfig
from kdlab.data.answers import before
from kdlab.errors import DataError
from kdlab.events import Remark, TeacherJudged
from kdlab.experiments.runner import read_data


def written(folder, *, ids: bool) -> DistilConfig:
    """A table, and answers of three classes to most of its rows."""
    draw = random.Random(4)
    name = ["id"] if ids else []
    table, file = [[*name, "a", "kind"]], [[*name, "low", "mid", "high"]]
    for n in range(150):
        own = [f"x{n}"] if ids else []
        place = n % 3
        logits = [f"{draw.gauss(2.0 * (k == place), 1):.3f}" for k in range(3)]
        table.append([*own, f"{draw.gauss(place, 1):.3f}", ("low", "mid", "high")[place]])
        file.append([*own, *(["", "", ""] if n % 10 == 4 else logits)])
    for path, lines in (("table.csv", table), ("answers.csv", file)):
        (folder / path).write_text("\n".join(",".join(line) for line in lines))
    return DistilConfig(
        dataset="table",
        folder=str(folder / "table.csv"),
        target="kind",
        teacher="answers",
        teacher_file=str(folder / "answers.csv"),
    )


@pytest.mark.parametrize("ids", [True, False])
def test_it_is_judged_as_a_run_judges_it(tmp_path, ids):
    config = written(tmp_path, ids=ids)
    looked = before.looked_at(config)
    (judged,) = [event for event in read_data(config) if isinstance(event, TeacherJudged)]
    for field in dataclasses.fields(TeacherJudged):
        if field.name != "time":
            assert getattr(looked.judgement, field.name, None) == getattr(judged, field.name), field
    assert looked.columns == ("high", "low", "mid")
    assert looked.classes == ("high", "low", "mid")
    assert sum(answered for answered, _ in looked.there.values()) == 135
    assert sum(every for _, every in looked.there.values()) == 150


def test_answers_to_nothing_are_refused_as_a_run_refuses_them(tmp_path):
    config = written(tmp_path, ids=True)
    lines = (tmp_path / "answers.csv").read_text().splitlines()
    other = [lines[0], *(line.replace("x", "y", 1) for line in lines[1:])]
    (tmp_path / "answers.csv").write_text("\n".join(other))
    with pytest.raises(DataError) as early:
        before.looked_at(config)
    with pytest.raises(DataError) as late:
        list(read_data(config))
    assert str(early.value) == str(late.value)


def test_a_column_that_names_the_rows_and_is_shown_to_students_is_told_by_both(tmp_path):
    config = written(tmp_path, ids=True)
    for name in ("table.csv", "answers.csv"):
        text = (tmp_path / name).read_text()
        lines = text.splitlines()
        numbers = [f"{7 * int(line[1 : line.index(',')]) % 151}" for line in lines[1:]]
        rest = [line[line.index(",") :] for line in lines[1:]]
        content = [lines[0], *(n + r for n, r in zip(numbers, rest, strict=True))]
        (tmp_path / name).write_text("\n".join(content).replace("id", "weight", 1))
    (told,) = before.looked_at(config.model_copy(update={"teacher_id": "weight"})).remarks[-1:]
    config = config.model_copy(update={"teacher_id": "weight"})
    assert told.startswith("“weight” names the rows for the answers, and students are shown it")
    assert "Add weight to left_out" in told
    assert told in [event.text for event in read_data(config) if isinstance(event, Remark)]
    without = before.looked_at(config.model_copy(update={"left_out": "weight"}))
    assert not [text for text in without.remarks if "left_out" in text]
