"""Scripts for tables: rows are read, cut and encoded as in the lab, without it."""

from __future__ import annotations

import datetime
import random
import re
import runpy
import subprocess
import sys
from collections import Counter
from decimal import Decimal

import numpy as np
import pyarrow as pa
import pytest
import torch
from pyarrow import parquet

from kdlab import data, models
from kdlab.config.schema import DistilConfig
from kdlab.data import uploads
from kdlab.data.accepted import TABLE
from kdlab.errors import DataError
from kdlab.events import ArmDone, RunFinished
from kdlab.experiments.run.run import run
from kdlab.export import stand_alone
from kdlab.models import weights
from kdlab.storage.store import Store
from kdlab.studies import EXPERIMENTS
from kdlab.training import forests
from tests.export.alike import collect

SMALL = {
    "dataset": "table", "teacher": "mlp-16", "teacher_epochs": 3, "student": "mlp-8",
    "epochs": 3, "labels": 30, "seeds": 2,
}  # fmt: skip
SEED = re.compile(r"seed \d+: labels only ([\d.]+)%, distilled ([\d.]+)%, .+")
WORDS = ["red", "blue", "green", "née", "1", "1.0", "007", "7", "", "NA", " red"]


def rows(count: int = 120, seed: int = 1) -> list[list[str]]:
    """Numbers with gaps, words of which some are rare, numbers as people write them, classes."""
    draw = random.Random(seed)
    found = [["id", "age", "colour", "price, net", "on", "patient", "class"]]
    for n in range(count):
        kind = draw.choice(["yes", "no", "perhaps"])
        found.append(
            [
                f"row {n}",
                "" if draw.random() < 0.2 else f"{draw.gauss(40, 9) + 9 * (kind == 'no'):.2f}",
                draw.choices(WORDS, [9, 9, 5, 1, 3, 3, 3, 3, 2, 2, 2])[0],
                draw.choice(["1,234.5", "€ 3", "5 %", "7.25", "-2e-3", "?"])
                if n
                else "not a number",
                draw.choice(["true", "false"]),
                f"p{n // 4}",
                kind,
            ]
        )
    return found


def written(path, table, sign=",", encoding="utf-8", before="", end="\n"):
    """A delimited file; cells that hold the sign, a quote or a break stand in quotes."""

    def quoted(cell: str) -> str:
        return '"' + cell.replace('"', '""') + '"' if set(cell) & {sign, '"', "\n"} else cell

    lines = [sign.join(map(quoted, line)) for line in table]
    path.write_bytes((before + end.join(lines) + end).encode(encoding))
    return path


def names_of(text: str, folder, run_name: str = "script") -> dict:
    path = folder / "script.py"
    path.write_text(text, encoding="utf-8")
    return runpy.run_path(str(path), run_name=run_name)


def config_of(path, **settings) -> DistilConfig:
    return DistilConfig.parse(SMALL | {"folder": str(path)} | settings)


def same(config: DistilConfig, folder) -> dict:
    """The rows of the script of ``config`` are those of the lab, to the bit; what it defines."""
    made = names_of(stand_alone(config), folder)
    *_, split = data.load(config)
    parts = (split.train, split.validation, split.test)
    expected = [tensor for part in parts for tensor in (part.inputs, part.targets)]
    for ours, theirs in zip(expected, made["load_data"](), strict=True):
        assert ours.dtype == theirs.dtype
        assert torch.equal(ours, theirs)
    assert made["CLASSES"] == len(split.classes)
    return made


@pytest.mark.parametrize("name", ["breast-cancer", "wine"])
@pytest.mark.parametrize("limit", ["all", 60])
def test_a_table_of_scikit_learns_is_cut_as_in_the_lab(name, limit, tmp_path):
    same(DistilConfig(dataset=name, train_limit=limit), tmp_path)


SETTINGS = {
    "plain": {},
    "limited": {"train_limit": 40},
    "by group": {"group_column": "patient"},
    "without a column": {"left_out": 'age, "price, net"'},
    "another target": {"target": "colour", "left_out": "class"},
    "a target of truth values": {"target": "on"},
}


@pytest.mark.parametrize("settings", SETTINGS.values(), ids=SETTINGS)
def test_a_delimited_table_is_read_as_in_the_lab(settings, tmp_path):
    same(config_of(written(tmp_path / "a.csv", rows()), **settings), tmp_path)


FORMS = {
    "semicolons": {"sign": ";", "end": "\r\n"},
    "tabs": {"sign": "\t", "encoding": "utf-16"},
    "bars": {"sign": "|", "encoding": "utf-16-le"},
    "a mark": {"encoding": "utf-8-sig"},
    "cp1252": {"encoding": "cp1252"},
    "as Excel begins": {"sign": ";", "before": "sep=;\n"},
    "lines that are empty": {"before": "\n\n", "end": "\n\n"},
}


@pytest.mark.parametrize("form", FORMS.values(), ids=FORMS)
def test_how_a_file_is_written_is_told_the_script(form, tmp_path):
    same(config_of(written(tmp_path / "a.csv", rows(), **form)), tmp_path)


def test_a_file_with_decimal_commas_and_without_names(tmp_path):
    draw = random.Random(2)
    table = [
        [f"{draw.gauss(0, 1):.3f}".replace(".", ","), "1.234,5" if n % 3 else "", str(n % 3)]
        for n in range(90)
    ]
    made = same(config_of(written(tmp_path / "a.csv", table, ";")), tmp_path)
    assert made["DECIMAL"] == "comma"
    assert list(made["INPUTS"]) == ["column 1", "column 2"]


def test_cells_with_breaks_and_quotes(tmp_path):
    table = rows()
    for line in table[1:]:
        line[2] = {"red": 'a "red"\none', "blue": "a, b"}.get(line[2], line[2])
    made = same(config_of(written(tmp_path / "a.csv", table)), tmp_path)
    assert 'a "red"\none' in made["INPUTS"]["colour"]


def test_a_column_of_parts_with_gaps_beside_one_of_groups(tmp_path):
    draw = random.Random(3)
    table = rows(200)
    table[0].append("split")
    for n, line in enumerate(table[1:]):
        line.append(["train", "Training", "test_set", ""][draw.randrange(4)])
        line[5] = f"p{n // 4}" if n % 7 else "-"
        line[-2] = line[-2] if n % 9 else "NA"
    path = written(tmp_path / "a.csv", table)
    made = same(config_of(path), tmp_path)
    assert made["SPLIT_COLUMN"] == "split"
    assert (made["load_data"]()[1] == -1).any()
    assert (made["load_data"]()[3] >= 0).all()
    same(config_of(path, group_column="patient"), tmp_path)


def test_plus_and_minus_are_classes(tmp_path):
    draw = random.Random(4)
    table = [["a", "b", "class"]]
    table += [[f"{draw.random():.3f}", draw.choice("+-"), draw.choice("+-")] for _ in range(80)]
    made = same(config_of(written(tmp_path / "a.csv", table), target="class"), tmp_path)
    assert made["CLASS_NAMES"] == ["+", "-"]


def test_numbered_columns_stand_in_one_line(tmp_path):
    draw = random.Random(5)
    names = ["amount", *(f"V{n}" for n in range(1, 29)), "class"]
    table = [names]
    table += [[f"{draw.random():.4f}" for _ in names[1:]] + [str(n % 2)] for n in range(60)]
    config = config_of(written(tmp_path / "a.csv", table))
    assert list(same(config, tmp_path)["INPUTS"]) == names[:-1]
    assert '    **{f"V{n}": "number" for n in range(1, 29)},\n' in stand_alone(config)


def in_another_order(words: pa.Array) -> pa.Array:
    """Each different word kept once, in another order than that in which they appear, beside one
    that is never used."""
    kept = ["never", *sorted(set(words.drop_null().to_pylist()))]
    places = [None if word is None else kept.index(word) for word in words.to_pylist()]
    return pa.DictionaryArray.from_arrays(pa.array(places, pa.int32()), kept)


def test_a_parquet_file_is_read_as_in_the_lab(tmp_path):
    draw, count = random.Random(6), 150

    def some(values, kind):
        cells = [None if draw.random() < 0.1 else draw.choice(values) for _ in range(count)]
        return pa.array(cells, kind)

    table = pa.table(
        {
            " spaced ": some([0.1, 0.25, 7.5], pa.float32()),
            "whole": some(list(range(9)), pa.int64()),
            "truth": some([True, False], pa.bool_()),
            "exact": some([Decimal("1.50"), Decimal("2.25")], pa.decimal128(8, 2)),
            "word": in_another_order(some(["red", "blue", "é"], pa.string())),
            "day": some([datetime.date(2024, 1, 1), datetime.date(2024, 1, 2)], pa.date32()),
            "target": some([0.1, 0.2], pa.float32()),
            "many": pa.array([[1.0]] * count),
        }
    )
    path = tmp_path / "a.parquet"
    pandas = {"index_columns": ["word"], "columns": [], "column_indexes": []}
    table = table.replace_schema_metadata({"pandas": str(pandas).replace("'", '"')})
    parquet.write_table(table, path)
    made = same(config_of(path), tmp_path)
    assert list(made["INPUTS"]) == ["spaced", "whole", "truth", "exact", "word"]
    assert made["CLASS_NAMES"] == ["0.1", "0.2"]
    same(config_of(path, target="truth", group_column="word"), tmp_path)
    with pytest.raises(SystemExit, match=r"'day' has .+ \(date\): save it as text"):
        same(config_of(path, target="day"), tmp_path)


def numbers(count: int, width: int) -> np.ndarray:
    return np.random.default_rng(7).normal(size=(count, width))


ARRAYS = {
    "X and y": {"X": numbers(90, 5), "y": np.arange(90) % 3},
    "with names": {
        "X": numbers(90, 3).astype(">f4"), "feature_names": np.array([b"a", b"b", "é".encode()]),
        "target": np.array([b"no", b"yes"] * 45),
    },
    "columns": {
        "age": np.where(np.arange(90) % 8, numbers(90, 1)[:, 0], np.nan).astype(np.longdouble),
        "sex": np.array(["f", "m", ""] * 30), "flag": np.arange(90) % 4 == 0,
        "label": np.repeat(["x", "y"], 45), "other": np.arange(7),
    },
    "parts": {
        "x_train": numbers(60, 4), "y_train": np.arange(60) % 2,
        "x_test": numbers(30, 4), "y_test": np.arange(30) % 2,
    },
}  # fmt: skip


@pytest.mark.parametrize("arrays", ARRAYS.values(), ids=ARRAYS)
def test_arrays_are_read_as_in_the_lab(arrays, tmp_path):
    path = tmp_path / "a.npz"
    np.savez(path, **arrays)
    same(config_of(path), tmp_path)


@pytest.mark.parametrize("seed", range(4))
def test_any_small_table(seed, tmp_path):
    draw = random.Random(seed)
    cells = ["1", "2.0", "2", "-", "x", "X", " y ", "0.5", "1,5", "1e3", "n/a", "3 €", "−4", "TRUE"]
    table = [[f"c{n}" for n in range(6)] + ["class"]]
    for _ in range(draw.randrange(60, 300)):
        line = [draw.choice(cells[: 2 + 3 * n]) for n in range(6)]
        table.append([*line, draw.choice(["1", "1.0", "2", "3", ""])])
    group = {"group_column": "c1"} if seed % 2 else {}
    path = written(tmp_path / "a.csv", table, draw.choice(";|\t"))
    same(config_of(path, **group), tmp_path)


def test_the_script_stands_without_the_lab_and_is_formatted(tmp_path):
    table = rows(200)
    for n, line in enumerate(table[1:]):
        line[5] = f"a rather long name of a patient, number {n % 9}"
    path = written(tmp_path / "a.csv", table)
    np.savez(tmp_path / "a.npz", **ARRAYS["columns"])
    columns = {"age": numbers(90, 1)[:, 0], "sex": ["f", "m", ""] * 30, "label": [1, 2] * 45}
    parquet.write_table(pa.table(columns), tmp_path / "a.parquet")
    texts = {
        "plain": stand_alone(config_of(path)),
        "groups": stand_alone(config_of(path, group_column="id", labels="all")),
        "arrays": stand_alone(config_of(tmp_path / "a.npz")),
        "parquet": stand_alone(config_of(tmp_path / "a.parquet")),
        "wine": stand_alone(DistilConfig(dataset="wine")),
    }
    (tmp_path / "made").mkdir()
    for name, text in texts.items():
        assert not re.search(r"\b(import|from) kdlab", text)
        assert "DataError" not in text
        counts = Counter(re.findall(r"\w+", text))
        for defined in re.findall(r"^(?:def |class )?(\w+)(?:\(| =)", text, re.MULTILINE):
            assert counts[defined] > 1, (name, defined)
        (tmp_path / "made" / f"{name}.py").write_text(text, encoding="utf-8")
    for command in (["format", "--check"], ["check", "--no-cache", "--select", "E,F,W,I,B"]):
        done = subprocess.run(
            [sys.executable, "-m", "ruff", *command, "--isolated", "--line-length", "100", "."],
            cwd=tmp_path / "made", capture_output=True, text=True,
        )  # fmt: skip
        assert done.returncode == 0, done.stdout + done.stderr
    assert "by_group" not in texts["plain"]
    assert "by_class" not in texts["groups"]
    assert "pandas" not in texts["wine"]
    assert "pyarrow" not in texts["arrays"]
    assert "Install: pip install torch numpy pandas pyarrow" in texts["parquet"]


def test_what_is_left_out_is_said_above_the_columns(tmp_path):
    text = stand_alone(config_of(written(tmp_path / "a.csv", rows())))
    assert '# all others share one. Left out: "id" (different in every row).\nINPUTS = {' in text
    assert 'TARGET = "class"  # guessed from its name' in text


def test_an_upload_is_asked_for_by_its_name(tmp_path, monkeypatch):
    path = written(tmp_path / "my table.csv", rows(), ";")
    folder = uploads.keep(path.read_bytes(), path.name, TABLE)
    text = stand_alone(config_of(folder))
    (note,) = re.findall(r"((?:^# .*\n)+)TABLE_FILE = ", text, re.MULTILINE)
    said = " ".join(note.replace("# ", "").split())
    assert said.startswith('The lab had it from "my table.csv": save that under this name in the')
    assert "upload:" not in text
    monkeypatch.chdir(tmp_path)
    with pytest.raises(SystemExit, match=r"table\.csv: it cannot be read"):
        names_of(text, tmp_path)
    path.rename(tmp_path / "table.csv")
    assert names_of(text, tmp_path)["CLASSES"] == 3


def test_the_command_line_may_name_the_table(tmp_path, monkeypatch, capsys):
    path = written(tmp_path / "table.csv", rows())
    text = stand_alone(config_of(path))
    other = path.rename(tmp_path / "elsewhere.csv")
    script = tmp_path / "script.py"
    monkeypatch.setattr("sys.argv", [script.name, str(other)])
    script.write_text(text.replace("    main()", "    pass  # nothing is trained"), "utf-8")
    made = runpy.run_path(str(script), run_name="__main__")
    assert (made["TABLE_FILE"], made["CLASSES"]) == (other, 3)
    monkeypatch.setattr("sys.argv", [script.name, "--help"])
    with pytest.raises(SystemExit):
        names_of(text, tmp_path, "__main__")
    assert capsys.readouterr().out.startswith("Usage: python script.py [--help] [FILE]\n")
    monkeypatch.setattr("sys.argv", [script.name, "one.csv", "two.csv"])
    with pytest.raises(SystemExit, match=r"one\.csv two\.csv: script\.py has no option but"):
        names_of(text, tmp_path, "__main__")


CHANGED = {
    "a class": (lambda t: t[5].__setitem__(-1, "never"), "the class 'never' .+ not in CLASS_NAMES"),
    "a column": (lambda t: t[0].__setitem__(1, "years"), "there is no column 'age', but 'id', 'ye"),
    "a short line": (lambda t: t[5].pop(), "not all lines have 8 values"),
    "a long line": (lambda t: t[5].append("x"), "it cannot be read"),
    "a part": (lambda t: t[5].__setitem__(6, "never"), "'never' in the column 'split' names no"),
    "a class less": (
        lambda t: [line.__setitem__(-1, "no") for line in t[1:] if line[-1] == "yes"],
        "no training row is of the class 'yes'",
    ),
}


@pytest.mark.parametrize(("change", "why"), CHANGED.values(), ids=CHANGED)
def test_another_table_under_the_same_name_is_refused(change, why, tmp_path):
    table = rows()
    for n, line in enumerate(table):
        line.insert(6, ("split", "train", "val", "test")[n and 1 + n % 3])
    text = stand_alone(config_of(written(tmp_path / "a.csv", table)))
    change(table)
    written(tmp_path / "a.csv", table)
    with pytest.raises(SystemExit, match=why):
        names_of(text, tmp_path)


def test_names_of_columns_and_classes_are_text_and_nothing_else(tmp_path):
    table = rows()
    table[0][1] = '"); raise SystemExit("no") #'
    table[0][2] = "{1 / 0}\u202e\u2028\\"
    for line in table[1:]:
        line[2] = {"red": 'r"""\u2066', "blue": "b\x7f'"}.get(line[2], line[2])
        line[-1] = {"no": "{n}\\", "yes": '"\u202e'}.get(line[-1], line[-1])
    config = config_of(written(tmp_path / "a.csv", table))
    same(config, tmp_path)
    assert all(line.isprintable() for line in stand_alone(config).split("\n"))


def test_of_a_table_that_cannot_be_read_there_is_no_script_but_a_sentence(tmp_path):
    with pytest.raises(DataError, match="cannot be read"):
        stand_alone(config_of(tmp_path / "nowhere.csv"))


@pytest.mark.parametrize("settings", [{}, {"labels": "all"}, {"label_noise": 0.3}], ids=str)
@pytest.mark.parametrize("unlabelled", [0, 5], ids=["all known", "some unknown"])
def test_a_run_on_a_table_comes_to_what_the_lab_comes_to(
    settings, unlabelled, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    table = rows(400)
    for line in table[1 : 1 + 30 * unlabelled]:
        line[-1] = "?"
    config = config_of(written(tmp_path / "a.csv", table), **settings)
    text = stand_alone(config)
    assert ("train_teacher_on_known" in text) == bool(unlabelled)
    *_, done = run(config, Store(tmp_path / "home", bundled=None))
    assert isinstance(done, RunFinished)
    capsys.readouterr()
    names_of(text, tmp_path, "__main__")
    told = [SEED.fullmatch(line) for line in capsys.readouterr().out.splitlines()]
    found = [[float(number) / 100 for number in each.groups()] for each in told if each]
    expected = [list(pair) for pair in zip(*(g["accuracy"] for g in done.groups), strict=True)]
    assert len(found) == config.seeds
    for ours, theirs in zip(expected, found, strict=True):
        assert theirs == pytest.approx(ours, abs=0.011)


@pytest.mark.parametrize("teacher", ["forest-8", "boosting-6"])
@pytest.mark.parametrize("group", ["", "patient"], ids=["rows", "groups"])
def test_trees_answer_the_rows_of_a_table_out_of_fold_as_in_the_lab(
    teacher, group, tmp_path, capsys, monkeypatch
):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    table = rows(300)
    for line in table[1::7]:
        line[-1] = ""
    path = written(tmp_path / "a.csv", table)
    config = config_of(path, teacher=teacher, group_column=group)
    made = names_of(stand_alone(config), tmp_path)
    *_, split = data.load(config)
    *_, expected = collect(forests.grow(config, split))
    x, y = made["load_data"]()[:2]
    groups = made["ROW_GROUPS"][made["ROWS"][0]] if group else None
    make = made[f"make_{teacher.replace('-', '_')}"]
    grown, said = made["grow_teacher_by_folds"](make, x, y, 0, groups)
    torch.testing.assert_close(said, expected.train_logits)
    torch.testing.assert_close(grown(split.test.inputs), expected.test_logits)
    assert not torch.allclose(said[y >= 0], grown(x)[y >= 0], atol=0.1)  # not by heart
    capsys.readouterr()
    names_of(stand_alone(config), tmp_path, "__main__")
    assert f"teacher {teacher}: " in capsys.readouterr().out


def test_experts_learn_from_rows_whose_class_is_known(tmp_path, capsys, monkeypatch):
    monkeypatch.setattr(torch.cuda, "is_available", lambda: False)
    table = rows(200)
    for line in table[1::4]:
        line[-1] = ""
    path = written(tmp_path / "a.csv", table)
    record = EXPERIMENTS["teachers"]
    own = SMALL | {"folder": str(path), "labels": 20, "teacher_seeds": 1}
    config = record.normal(
        record.config.parse({n: v for n, v in own.items() if n in record.config.model_fields})
    )
    events = record.run(config, Store(tmp_path / "home", bundled=None))
    expected = {e.arm: np.mean(e.accuracy) for e in events if isinstance(e, ArmDone)}
    text = record.script(config, record.history(config))
    assert "expert_targets(train_y[known].cpu()" in text
    capsys.readouterr()
    names_of(text, tmp_path, "__main__")
    found = dict(re.findall(r"(?m)^(.+?): ([\d.]+)%", capsys.readouterr().out))
    assert "experts" in expected
    for name, mean in expected.items():
        assert float(found[name]) / 100 == pytest.approx(mean, abs=0.021), name


def test_a_teacher_from_a_file_answers_in_the_order_of_the_classes(tmp_path):
    config = config_of(written(tmp_path / "a.csv", rows()), teacher_weights="0a")
    text = stand_alone(config)
    assert "load_teacher_by_name(make_mlp_16, CLASS_NAMES)" in text
    made = names_of(text, tmp_path)
    file = tmp_path / "teacher.safetensors"
    made["load_data"].__globals__["TEACHER_FILE"] = str(file)
    width = made["WIDTH"]
    module = models.build("mlp-16", (width,), 3, seed=1)
    bias = list(module.parameters())[-1].detach()
    file.write_bytes(
        weights.dump_weights(module, "mlp-16", (width,), 3, names=("yes", "no", "perhaps"))
    )
    loaded = made["load_teacher_by_name"](made["make_mlp_16"], made["CLASS_NAMES"])
    assert torch.equal(list(loaded.parameters())[-1].cpu(), bias[[1, 2, 0]])
