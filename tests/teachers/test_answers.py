"""A teacher that is a file: what is understood of it, and what is said of one that cannot be."""

from __future__ import annotations

import csv
import io
import os
import zipfile
from pathlib import Path

import numpy as np
import pyarrow as pa
import pytest
import torch
from PIL import Image
from pyarrow import parquet

from kdlab import checks, data
from kdlab.config.schema import DistilConfig
from kdlab.data import answers, uploads
from kdlab.data.accepted import TABLE
from kdlab.data.answers import said as answers_said
from kdlab.data.answers.columns import chosen, in_order
from kdlab.errors import ConfigError, DataError, KdlabError
from kdlab.events import Remark, RunFinished, TeacherJudged, TeacherReady
from kdlab.experiments.run import device_files, networks
from kdlab.experiments.run.advice import remedy
from kdlab.experiments.run.history import History
from kdlab.experiments.run.run import run
from kdlab.experiments.runner import read_data
from kdlab.measure.probabilities import FLOOR
from kdlab.storage.store import Store
from tests.teachers.draining import drained, told_of

CLASSES = ("cat", "dog", "owl")
ROWS = 120
DRAW = np.random.default_rng(5)
TARGETS = np.arange(ROWS) % 3
INPUTS = DRAW.normal(size=(ROWS, 4)) + TARGETS[:, None]
LOGITS = DRAW.normal(size=(ROWS, 3)) + 3 * np.eye(3)[TARGETS]


def softmax(logits: np.ndarray) -> np.ndarray:
    powers = np.exp(logits)
    return powers / powers.sum(1, keepdims=True)


def write(path: Path, header: list[str], rows: list[list[object]]) -> str:
    with path.open("w", newline="", encoding="utf-8") as file:
        csv.writer(file).writerows([header, *rows])
    return str(path)


def said(values: np.ndarray) -> list[list[str]]:
    return [["" if np.isnan(v) else repr(float(v)) for v in row] for row in values]


@pytest.fixture
def table(tmp_path) -> str:
    """A table whose rows have names, of which every fifth has no class."""
    rows = [
        [f"r{n}", *x, CLASSES[t] if n % 5 else ""]
        for n, (x, t) in enumerate(zip(said(INPUTS), TARGETS, strict=True))
    ]
    return write(tmp_path / "table.csv", ["name", "a", "b", "c", "d", "kind"], rows)


def file_of(path: Path, values: np.ndarray, prefix: str = "p_", **changes) -> str:
    """A file of answers, its rows in another order than those of the table."""
    order = changes.get("order", np.random.default_rng(1).permutation(len(values)))
    names = changes.get("names", [f"r{n}" for n in range(len(values))])
    rows = said(values)
    header = [*(["name"] if names else []), *(f"{prefix}{c}" for c in CLASSES)]
    return write(path, header, [[*([names[n]] if names else []), *rows[n]] for n in order])


def config_of(table: str, file: str = "", **changes) -> DistilConfig:
    own = {"dataset": "table", "folder": table, "target": "kind", "teacher": "answers"}
    small = {"teacher_file": file, "labels": 9, "epochs": 3, "seeds": 2, "student": "mlp-4"}
    return checks.normal(DistilConfig(**own | small | changes))


def read(config: DistilConfig):
    return drained(answers.read(config, drained(data.read(config))))


def refusal(config: DistilConfig) -> str:
    with pytest.raises(DataError) as error:
        read(config)
    return str(error.value)


def of_rows(split, part: str = "train") -> np.ndarray:
    """The answers to a part, beside the places of its rows."""
    place = ("train", "validation", "test").index(part)
    return split.answers[place].numpy(), getattr(split, part).rows.numpy()


@pytest.mark.parametrize("written", ["logit_{}", "{}", "{}_logit", "Logit({})", "z[{}]"])
def test_classes_are_told_by_name_and_rows_by_a_column(table, tmp_path, written):
    path = Path(file_of(tmp_path / "z.csv", LOGITS, "@"))
    text = path.read_text(encoding="utf-8")
    for name in CLASSES:
        text = text.replace(f"@{name}", written.format(name.upper()))
    path.write_text(text, encoding="utf-8")
    split = read(config_of(table, str(path)))
    order = [CLASSES.index(name) for name in split.classes]
    for part in ("train", "validation", "test"):
        found, rows = of_rows(split, part)
        assert np.allclose(found, LOGITS[rows][:, order], atol=1e-5)
    assert (split.train.targets < 0).sum() == ROWS / 5, "the rows that only the teacher knows"


@pytest.mark.parametrize(
    ("values", "prefix", "word"),
    [
        (softmax(LOGITS), "p_", "are probabilities:"),
        (softmax(LOGITS).round(3), "", "are probabilities:"),
        (100 * softmax(LOGITS), "p_", "in percent"),
        (np.log(softmax(LOGITS)), "", "logarithms"),
        (LOGITS, "", "are logits"),
    ],
)
def test_what_the_numbers_are_is_recognised(table, tmp_path, values, prefix, word):
    config = config_of(table, file_of(tmp_path / "v.csv", values, prefix))
    split, told = told_of(answers.read(config, drained(data.read(config))))
    assert any(word in event.text for event in told if isinstance(event, Remark))
    found, rows = of_rows(split)
    order = [CLASSES.index(name) for name in split.classes]
    want = softmax(LOGITS)[rows][:, order]
    assert np.allclose(torch.from_numpy(found).softmax(1).numpy(), want, atol=2e-3)


def test_the_logarithm_of_no_probability_is_the_least_one_and_that_is_said(table, tmp_path):
    values = softmax(LOGITS)
    values[values < 0.1] = 0
    values /= values.sum(1, keepdims=True)
    with np.errstate(divide="ignore"):
        logarithms = np.log(values)
    config = config_of(table, file_of(tmp_path / "v.csv", logarithms))
    split, told = told_of(read_data(config))
    found, rows = of_rows(split)
    order = [CLASSES.index(name) for name in split.classes]
    share = torch.from_numpy(found).softmax(1).numpy()
    assert np.allclose(share, values[rows][:, order], atol=1e-6)
    assert share.min() == pytest.approx(FLOOR, rel=0.9)
    texts = " ".join(event.text for event in told if isinstance(event, Remark))
    assert "it counts as that" in texts


def test_percent_in_the_one_column_of_two_classes_are_not_taken_for_logits(tmp_path):
    rows = [[*x, "no" if n % 2 else "yes", 55.0 + n % 40] for n, x in enumerate(said(INPUTS))]
    path = write(tmp_path / "t.csv", ["a", "b", "c", "d", "kind", "sure"], rows)
    config = config_of(path, teacher_columns="sure", left_out="sure")
    assert "row 1 (line 2), column 'sure' has the probability 55" in refusal(config)


def test_a_student_of_probabilities_gets_the_numbers_of_one_of_logits(table, tmp_path):
    """The temperature acts on both alike, to rounding."""
    results = []
    for name, values, prefix in (("z", LOGITS, "logit_"), ("p", softmax(LOGITS), "p_")):
        path = file_of(tmp_path / f"{name}.csv", values, prefix)
        config = config_of(table, path, temperature=5.0, alpha=1.0, epochs=20)
        events = list(run(config, Store(home=tmp_path / name, bundled=None)))
        assert isinstance(events[-1], RunFinished)
        results.append([e for e in events if hasattr(e, "soft")])
    logits, probabilities = results
    for one, other in zip(logits, probabilities, strict=True):
        assert one.soft == pytest.approx(other.soft, rel=1e-3, abs=1e-5)
    assert logits[-1].soft[1] < logits[0].soft[1]


def test_a_temperature_on_probabilities_is_one_on_their_logarithms(table, tmp_path):
    split = read(config_of(table, file_of(tmp_path / "p.csv", softmax(LOGITS), "p_")))
    found, rows = of_rows(split)
    order = [CLASSES.index(name) for name in split.classes]
    for temperature in (0.5, 4.0, 20.0):
        want = torch.from_numpy(LOGITS[rows][:, order] / temperature).softmax(1).float()
        assert torch.allclose((torch.from_numpy(found) / temperature).softmax(1), want, atol=1e-5)


def test_a_probability_of_zero_is_the_least_one_and_that_is_said(table, tmp_path):
    config = config_of(table, file_of(tmp_path / "h.csv", np.eye(3)[TARGETS], "p_"))
    split, told = told_of(read_data(config))
    found, _ = of_rows(split)
    assert np.isfinite(found).all()
    assert torch.from_numpy(found).softmax(1).min() == pytest.approx(FLOOR, rel=1e-3)
    texts = " ".join(event.text for event in told if isinstance(event, Remark))
    assert "it counts as that" in texts
    assert "never unsure" in texts


def test_rows_that_the_teacher_has_not_answered_are_left_out_of_every_part(table, tmp_path):
    values = LOGITS.copy()
    values[[3, 4]] = np.nan
    order = np.arange(ROWS)[:-20]
    config = config_of(table, file_of(tmp_path / "v.csv", values, "logit_", order=order))
    whole = drained(data.read(config))
    split, told = told_of(answers.read(config, whole))
    lost = {3, 4, *range(ROWS - 20, ROWS)}
    for part in ("train", "validation", "test"):
        before, after = getattr(whole, part).rows.tolist(), getattr(split, part).rows.tolist()
        assert after == [row for row in before if row not in lost]
        gone = len(before) - len(after)
        sentence = f"{gone} of {len(before)} examples of {part} are left out"
        assert any(sentence in e.text for e in told if isinstance(e, Remark)) == bool(gone)


def test_without_a_common_column_rows_are_told_by_their_order(table, tmp_path):
    path = file_of(tmp_path / "z.csv", LOGITS, "logit_", names=[], order=range(ROWS))
    found, rows = of_rows(split := read(config_of(table, path)))
    order = [CLASSES.index(name) for name in split.classes]
    assert np.allclose(found, LOGITS[rows][:, order], atol=1e-5)
    short = file_of(tmp_path / "s.csv", LOGITS, "logit_", names=[], order=range(ROWS - 1))
    assert "119 rows and the table 120" in refusal(config_of(table, short))


def test_measurements_that_are_in_both_files_do_not_name_the_rows(tmp_path):
    """Answers that were written beside the inputs, which another program has rounded."""
    rows = [[*x, CLASSES[t]] for x, t in zip(said(INPUTS), TARGETS, strict=True)]
    table = write(tmp_path / "t.csv", ["a", "b", "c", "d", "kind"], rows)
    beside = [
        [*x, *z] for x, z in zip(said(INPUTS.round(6)), said(LOGITS), strict=True)
    ]  # fmt: skip
    file = write(tmp_path / "z.csv", ["a", "b", "c", "d", *(f"z_{c}" for c in CLASSES)], beside)
    split, told = told_of(
        answers.read(config := config_of(table, file), drained(data.read(config)))
    )
    found, places = of_rows(split)
    order = [CLASSES.index(name) for name in split.classes]
    assert np.allclose(found, LOGITS[places][:, order], atol=1e-5)
    assert any("matched by their order" in e.text for e in told if isinstance(e, Remark))


def test_ids_are_the_same_in_another_case_and_as_numbers_of_another_kind(tmp_path):
    rows = [
        [n + 7, *x, CLASSES[t]] for n, (x, t) in enumerate(zip(said(INPUTS), TARGETS, strict=True))
    ]
    table = write(tmp_path / "t.csv", ["ID", "a", "b", "c", "d", "kind"], rows)
    order = np.random.default_rng(2).permutation(ROWS)
    path = tmp_path / "z.parquet"
    columns = {f"logit_{c}": LOGITS[order, k] for k, c in enumerate(CLASSES)}
    parquet.write_table(pa.table({"id": order + 7.0} | columns), path)
    for wanted in ("", "id", "ID"):
        found, places = of_rows(split := read(config_of(table, str(path), teacher_id=wanted)))
        order = [CLASSES.index(name) for name in split.classes]
        assert np.allclose(found, LOGITS[places][:, order], atol=1e-5)


def test_of_two_columns_that_differ_in_case_the_same_one_names_the_rows(tmp_path):
    rows = [[-n, n + 7, *x, CLASSES[TARGETS[n]]] for n, x in enumerate(said(INPUTS))]
    table = write(tmp_path / "t.csv", ["ID", "id", "a", "b", "c", "d", "kind"], rows)
    order = np.random.default_rng(2).permutation(ROWS)
    beside = [[n + 7, *said(LOGITS[[n]])[0]] for n in order]
    file = write(tmp_path / "z.csv", ["id", *(f"z_{c}" for c in CLASSES)], beside)
    for wanted in ("", "id"):
        found, places = of_rows(split := read(config_of(table, file, teacher_id=wanted)))
        at = [CLASSES.index(name) for name in split.classes]
        assert np.allclose(found, LOGITS[places][:, at], atol=1e-5)


def test_classes_that_are_numbers_are_told_as_those(tmp_path):
    rows = [[*x, t] for x, t in zip(said(INPUTS), TARGETS, strict=True)]
    table = write(tmp_path / "t.csv", ["a", "b", "c", "d", "kind"], rows)
    np.savez(tmp_path / "z.npz", logits=LOGITS[:, ::-1], classes=np.array([2.0, 1.0, 0.0]))
    head = [f"p_{c:.1f}" for c in (1, 0, 2)]
    answers = softmax(LOGITS)[:, [1, 0, 2]]
    for file in (str(tmp_path / "z.npz"), write(tmp_path / "p.csv", head, said(answers))):
        found, places = of_rows(read(config_of(table, file)))
        share = torch.from_numpy(found).softmax(1).numpy()
        assert np.allclose(share, softmax(LOGITS)[places], atol=1e-5)


def test_the_case_of_classes_counts_where_it_tells_two_apart():
    columns = ["p_a", "p_A"]
    assert chosen(columns, ["A", "a"])[0] == ["p_A", "p_a"]
    assert chosen(["P_B", "p_A"], ["a", "b"])[0] == ["p_A", "P_B"]
    assert in_order(["a", "A"], ["A", "a"]) == [1, 0]


@pytest.mark.parametrize("name", ["nowhere.csv", "", "/dev/zero", "pipe"])
def test_what_is_no_file_is_told_and_waits_for_nobody(table, tmp_path, name):
    os.mkfifo(tmp_path / "pipe")
    assert "Allowed: " in refusal(config_of(table, str(tmp_path / name)))


def test_answers_that_would_fill_the_memory_are_refused(table, tmp_path, monkeypatch):
    np.savez(tmp_path / "z.npz", logits=LOGITS)
    for file in (file_of(tmp_path / "z.csv", LOGITS, "logit_"), str(tmp_path / "z.npz")):
        monkeypatch.setattr(answers_said, "MOST_NUMBERS", 3 * ROWS)
        assert read(config_of(table, file)).answers
        monkeypatch.setattr(answers_said, "MOST_NUMBERS", 3 * ROWS - 1)
        text = refusal(config_of(table, file))
        assert "has answered 120 rows, and the data have 3 classes" in text


def test_a_table_that_grew_between_two_readings_is_told(table, tmp_path):
    config = config_of(table, file_of(tmp_path / "z.csv", LOGITS))
    split = drained(data.read(config))
    with Path(table).open("a", encoding="utf-8") as file:
        file.write("r120,1,2,3,4,cat\n")
    with pytest.raises(DataError, match="had 120 rows a moment ago, and now 121"):
        drained(answers.read(config, split))


def test_one_column_of_two_classes_is_that_of_the_second(tmp_path):
    share = softmax(LOGITS[:, :2])
    rows = [[*x, "ny"[n % 2], *share[n]] for n, x in enumerate(said(INPUTS))]
    path = write(tmp_path / "t.csv", ["a", "b", "c", "d", "kind", "p_n", "p_y"], rows)
    split, told = told_of(
        answers.read(c := config_of(path, teacher_columns="p_y"), drained(data.read(c)))
    )
    found, places = of_rows(split)
    assert np.allclose(torch.from_numpy(found).softmax(1), share[places], atol=1e-6)
    assert any("the column “p_y”, for “y”" in e.text for e in told if isinstance(e, Remark))
    text = refusal(config_of(path, teacher_columns="p_n"))
    assert "'p_n' alone, which is called after the class 'n'" in text


def test_an_npz_names_its_classes_and_rows(table, tmp_path):
    order = np.random.default_rng(2).permutation(ROWS)
    path = tmp_path / "z.npz"
    ids = [f"r{n}" for n in order]
    turned = [2, 0, 1]
    names = [CLASSES[k].title() for k in turned]
    np.savez(path, logits=LOGITS[order][:, turned], classes=names, name=ids)
    found, rows = of_rows(split := read(config_of(table, str(path))))
    places = [CLASSES.index(name) for name in split.classes]
    assert np.allclose(found, LOGITS[rows][:, places], atol=1e-5)


def test_answers_in_columns_of_the_table_are_not_shown_to_students(tmp_path):
    p = said(softmax(LOGITS))
    rows = [
        [*x, *p[n], CLASSES[t]] for n, (x, t) in enumerate(zip(said(INPUTS), TARGETS, strict=True))
    ]
    header = ["a", "b", "c", "d", *(f"p_{c}" for c in CLASSES), "kind"]
    split = read(config_of(write(tmp_path / "t.csv", header, rows)))
    assert split.columns == ("a", "b", "c", "d")
    found, places = of_rows(split)
    order = [CLASSES.index(name) for name in split.classes]
    want = softmax(LOGITS)[places][:, order]
    assert np.allclose(torch.from_numpy(found).softmax(1).numpy(), want, atol=1e-6)
    header[4:7] = ["u", "v", "w"]
    path = write(tmp_path / "o.csv", header, rows)
    text = refusal(config_of(path, teacher_columns="u,v,w"))
    assert "students see it as well" in text
    assert "left_out to u,v,w" in text
    assert read(config_of(path, teacher_columns="u,v,w", left_out="u,v,w")).columns == split.columns


def test_a_file_of_answers_to_images_names_their_files(tmp_path):
    with zipfile.ZipFile(tmp_path / "d.zip", "w") as archive:
        for n, t in enumerate(TARGETS):
            png = io.BytesIO()
            Image.fromarray(np.full((8, 8), 60 * t + n % 40, dtype=np.uint8)).save(png, "png")
            archive.writestr(f"{CLASSES[t]}/i{n:03}.png", png.getvalue())
    names = [f"/home/me/{CLASSES[t]}\\i{n:03}.png" for n, t in enumerate(TARGETS)]
    path = file_of(tmp_path / "z.csv", LOGITS, "logit_", names=names)
    own = {"dataset": "images", "image_size": 8, "target": ""}
    split = read(config_of(str(tmp_path / "d.zip"), path, **own))
    found, rows = of_rows(split)
    numbers = [int(split.names[row][-7:-4]) for row in rows]
    assert np.allclose(found, LOGITS[numbers], atol=1e-5)
    assert np.array_equal(split.train.targets.numpy(), TARGETS[numbers])
    other = file_of(tmp_path / "o.csv", LOGITS, "logit_", names=[f"x{n}" for n in range(ROWS)])
    assert "has the names of the images" in refusal(
        config_of(str(tmp_path / "d.zip"), other, **own)
    )


# -- what cannot be right, with the place ------------------------------------------------------


def spoiled(tmp_path: Path, row: int, column: int, value: float) -> str:
    values = softmax(LOGITS)
    values[row, column] = value
    return file_of(tmp_path / "bad.csv", values, "p_", order=range(ROWS))


def test_probabilities_that_are_not_1_together_are_told_with_their_row(table, tmp_path):
    text = refusal(config_of(table, spoiled(tmp_path, 7, 1, 0.9999)))
    assert "row 8 (line 9) has numbers that are 1." in text
    assert "together" in text


def test_a_negative_probability_is_told_with_row_and_column(table, tmp_path):
    text = refusal(config_of(table, spoiled(tmp_path, 7, 1, -0.1)))
    assert "row 8 (line 9), column 'p_dog' has the probability -0.1" in text


def test_a_row_with_a_hole_is_told(table, tmp_path):
    text = refusal(config_of(table, spoiled(tmp_path, 7, 1, np.nan)))
    assert "row 8 (line 9), column 'p_dog' is empty" in text


def test_numbers_that_never_add_up_are_told(table, tmp_path):
    path = file_of(tmp_path / "s.csv", 1 / (1 + np.exp(-LOGITS)), "p_")
    assert "119 more rows are wrong" in refusal(config_of(table, path))


def test_a_cell_that_is_no_number_is_told(table, tmp_path):
    path = Path(spoiled(tmp_path, 7, 1, 0.5))
    path.write_text(path.read_text(encoding="utf-8").replace("0.5,", "many,", 1), encoding="utf-8")
    assert "'many'" in refusal(config_of(table, str(path)))


def test_ids_that_do_not_match_are_told_with_some_of_both(table, tmp_path):
    names = [f"row {n}" for n in range(ROWS)]
    path = file_of(tmp_path / "n.csv", LOGITS, "", names=names, order=range(ROWS))
    text = refusal(config_of(table, path))
    assert "'row 0' and 'row 1'" in text
    assert "'r0' and 'r1'" in text


def test_an_id_that_is_there_twice_is_told_with_both_rows(table, tmp_path):
    names = [f"r{n}" for n in range(ROWS)]
    names[7] = "r3"
    path = file_of(tmp_path / "n.csv", LOGITS, "", names=names, order=range(ROWS))
    text = refusal(config_of(table, path, teacher_id="name"))
    assert "row 8 (line 9) is about 'r3', as row 4 (line 5) is" in text


def test_a_column_of_ids_that_is_not_there_is_told(table, tmp_path):
    path = file_of(tmp_path / "n.csv", LOGITS, "")
    assert "teacher_id is 'nobody'" in refusal(config_of(table, path, teacher_id="nobody"))


def test_classes_without_a_column_are_told(table, tmp_path):
    path = Path(file_of(tmp_path / "c.csv", softmax(LOGITS), "p_"))
    path.write_text(path.read_text(encoding="utf-8").replace("p_owl", "p_eagle"), encoding="utf-8")
    text = refusal(config_of(table, str(path)))
    assert "none like it for 'owl'" in text
    text = refusal(config_of(table, str(path), teacher_columns="p_cat,p_dog"))
    assert "2 columns" in text
    assert "3 classes" in text
    assert read(config_of(table, str(path), teacher_columns="p_cat,p_dog,p_eagle")).answers


def test_two_sets_of_columns_that_may_be_the_answers_are_told(table, tmp_path):
    header = ["name", *(f"p_{c}" for c in CLASSES), *(f"prob_{c}" for c in CLASSES)]
    rows = [[f"r{n}", *row, *row] for n, row in enumerate(said(softmax(LOGITS)))]
    path = write(tmp_path / "two.csv", header, rows)
    assert "2 sets of columns may be" in refusal(config_of(table, path))


def test_a_pickle_in_an_npz_is_never_loaded(table, tmp_path):
    class Trap:
        def __reduce__(self):
            return Path.touch, (tmp_path / "sprung",)

    path = tmp_path / "trap.npz"
    np.savez(path, logits=LOGITS, ids=np.array([Trap()] * ROWS, dtype=object), allow_pickle=True)
    assert "pickle" in refusal(config_of(table, str(path)))
    assert not (tmp_path / "sprung").exists()


def test_an_npz_of_other_classes_is_told(table, tmp_path):
    path = tmp_path / "z.npz"
    np.savez(path, logits=LOGITS, classes=["cat", "dog", "eel"])
    assert "without 'owl'" in refusal(config_of(table, str(path)))
    np.savez(path, logits=LOGITS[:, :2])
    assert "2 columns, and the data have 3 classes" in refusal(config_of(table, str(path)))


@pytest.mark.parametrize("content", [b"", b"\x80\x04K\x01.", b"PK\x03\x04junk", b"a,b\n1"])
def test_what_is_no_table_is_told(table, tmp_path, content):
    path = tmp_path / "junk.csv"
    path.write_bytes(content)
    with pytest.raises(KdlabError):
        read(config_of(table, str(path)))


def test_answers_need_a_file_and_rows_to_name():
    with pytest.raises(ConfigError, match="answers in a file for a table"):
        checks.possible(DistilConfig(teacher="answers"))
    with pytest.raises(ConfigError, match="no file with the teacher's answers"):
        checks.possible(DistilConfig(dataset="images", folder="/x", teacher="answers"))


# -- a run ---------------------------------------------------------------------------------------


def test_a_run_judges_its_teacher_before_anything_is_trained(table, tmp_path):
    config = config_of(table, file_of(tmp_path / "p.csv", softmax(LOGITS), "p_"))
    events = list(run(config, Store(home=tmp_path / "home", bundled=None)))
    kinds = [type(event) for event in events]
    assert kinds.index(TeacherJudged) < kinds.index(TeacherReady)
    judged = events[kinds.index(TeacherJudged)]
    ready = events[kinds.index(TeacherReady)]
    assert judged.accuracy["train"] == pytest.approx(ready.train_accuracy)
    assert judged.accuracy["validation"] == pytest.approx(ready.validation_accuracy)
    assert sum(judged.answered) == ROWS
    started = next(event for event in events if hasattr(event, "labelled"))
    assert started.labelled == 9
    assert isinstance(events[-1], RunFinished)


def test_all_labels_are_those_that_there_are(table, tmp_path):
    path = file_of(tmp_path / "p.csv", softmax(LOGITS), "p_")
    events = list(run(config_of(table, path, labels="all"), Store(home=tmp_path, bundled=None)))
    started = next(event for event in events if hasattr(event, "labelled"))
    assert started.train_size - started.labelled == ROWS / 5
    with pytest.raises(ConfigError, match="labels is"):
        list(run(config_of(table, path, labels=started.labelled + 1), Store(home=tmp_path)))


def test_what_is_advised_to_whoever_has_weak_answers_speaks_of_the_file():
    judged = TeacherJudged(
        accuracy={}, confidence={}, ece={}, entropy=0.0, relative=0.0, sure=0.0, answered=(1,)
    )
    assert "answers come from a file" in remedy(History([judged]))


def test_the_networks_of_a_run_are_those_that_can_be_asked(table, tmp_path, monkeypatch):
    """Trees are among them, a file is not; neither leaves as a file for a device."""
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path / "home"))
    store = Store()
    file = store_file(tmp_path)
    for teacher, asked in (("forest-3", {"teacher"}), ("answers", set())):
        folder = uploads.keep(Path(table).read_bytes(), "table.csv", TABLE)
        config = config_of(folder, file if teacher == "answers" else "", teacher=teacher)
        list(run(config, store))
        found = networks.modules(config, store)
        assert found.keys() == {"labels only", "distilled"} | asked
        assert networks.for_devices(found, config).keys() == {"labels only", "distilled"}
        files, told = told_of(device_files.export(config, "onnx", store=store))
        assert len(files) == 2
        assert any("is not a network" in event.text for event in told if isinstance(event, Remark))


def store_file(tmp_path) -> str:
    path = Path(file_of(tmp_path / "p.csv", softmax(LOGITS), "p_"))
    return uploads.keep(path.read_bytes(), "answers.csv", TABLE)
