"""What work will cost: counts, sizes, and the limit of a visitor."""

from __future__ import annotations

import io
import math
import zipfile

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from kdlab import data, predicted, studies
from kdlab.config.schema import DistilConfig
from kdlab.data import DATASETS, uploads
from kdlab.errors import ConfigError, DataError, ModelError
from kdlab.experiments.search import group as search_group
from kdlab.experiments.search import predicted as search_predicted
from kdlab.experiments.study import predicted as studies_predicted
from kdlab.hosting import key
from kdlab.hosting.limits import Limits
from kdlab.hosting.visitor import OWNER, Visitor, acting_for
from kdlab.models import operations
from kdlab.predicted import counting
from kdlab.predicted import images as images_file
from kdlab.storage.store import Store
from kdlab.training.arms import training as arms_training
from kdlab.training.teachers import TEACHER_BATCH

ANN = Visitor("ann")


@pytest.fixture(autouse=True)
def nothing_stored(monkeypatch):
    """No teacher is there, so that all are counted."""
    monkeypatch.setattr(Store, "has_teacher", lambda self, config: False)


def test_counts_that_stand_in_for_files_with_torch_are_theirs():
    assert counting.TEACHER_BATCH == TEACHER_BATCH
    assert studies_predicted.LOOKS == arms_training.POINTS + 2
    assert len(search_group.RUNGS) + 1 == search_predicted.LOOKS


def test_a_run_is_counted_as_its_stages_say():
    config = DistilConfig(seeds=2, epochs=3, teacher_epochs=5)
    work = predicted.of_run(config)
    teacher = 3 * 5 * 1097 * operations("mlp-512-512", (1, 8, 8), 10)
    students = 3 * 3 * 1097 * 4 * operations("mlp-16", (1, 8, 8), 10)
    assert work.teachers > teacher
    assert work.students > students
    assert work.total == work.teachers + work.students
    assert work.teachers < 1.5 * teacher, "of a large network the products are most"


def test_a_thousand_epochs_of_a_tiny_network_are_not_free():
    """The table of kdlab/bench/README.md: a step of one mlp-16 takes a millisecond."""
    one = counting.trained("mlp-16", (1, 8, 8), 10, 1, 128, 1, 128)
    many = counting.trained("mlp-16", (1, 8, 8), 10, 1024, 128, 1, 128)
    assert one / counting.RATE == pytest.approx(1.1e-3, rel=0.2)
    assert many / counting.RATE == pytest.approx(42e-3, rel=1.0)
    tiny = DistilConfig(dataset="moons", teacher="mlp-2", student="mlp-2", epochs=2000, seeds=64)
    assert predicted.of_run(tiny).students > 0.5e12


@given(
    st.sampled_from(["epochs", "seeds", "teacher_epochs", "points"]),
    st.integers(1, 30),
    st.integers(1, 30),
)
def test_more_of_anything_costs_more(name, low, more):
    times = 60 if name == "points" else 1
    few, many = (
        predicted.of_run(DistilConfig(dataset="moons", labels=2, **{name: times * n}))
        for n in (low, low + more)
    )
    assert few.total < many.total


def test_networks_that_learn_one_after_the_other_cost_a_step_each():
    shape = (1, 8, 8)
    together, apart = (
        counting.trained(name, shape, 10, 50, 128, 1, 128) for name in ("mlp-1", "cnn-1")
    )
    assert apart - together > 45 * counting.STEP


def test_a_teacher_that_is_stored_or_loaded_costs_its_answers(monkeypatch):
    config, known = DistilConfig(), predicted.sizes(DistilConfig())
    anew = predicted.teacher(config, known)
    loaded = predicted.teacher(config.model_copy(update={"teacher_weights": "ab"}), known)
    assert loaded < anew / 50
    monkeypatch.setattr(Store, "has_teacher", lambda self, config: True)
    assert predicted.teacher(config, known) == loaded
    assert predicted.teacher(config, known, anew=True) == anew


def test_the_store_knows_its_teachers(tmp_path, monkeypatch):
    monkeypatch.undo()
    store, config = Store(tmp_path, bundled=None), DistilConfig().teacher_config()
    assert not store.has_teacher(config)
    store.record_teacher(config, b"weights")
    assert store.has_teacher(config)
    assert not store.has_teacher(config.model_copy(update={"teacher_seed": 1}))
    named = config.model_copy(update={"dataset": "images", "folder": "/somewhere"})
    store.record_teacher(named, b"weights")
    assert not store.has_teacher(named), "its images may have changed"


def test_a_network_that_cannot_read_the_data_is_said_to():
    with pytest.raises(ModelError, match="cnn-8"):
        predicted.of_run(DistilConfig(dataset="moons", student="cnn-8"))


@pytest.mark.parametrize(("method", "seconds"), [("cc", 22.3), ("pkt", 13.1), ("similarity", 8.5)])
def test_matrices_of_all_pairs_of_a_batch_are_counted(method, seconds):
    """Three steps of 64 mlp-4 on batches of 1024: seconds measured on the machine of
    kdlab/bench/README.md."""
    study = studies.find("methods")
    settings = {"trials": 1, "trial_seeds": 1, "student": "mlp-4", "teacher": "mlp-16"}
    work = [
        studies_predicted.of_study(
            study,
            study.config(
                methods=(name,), seeds=64, epochs=3, teacher_epochs=1, batch_size=1024, **settings
            ),
        ).students
        for name in (method, "soft-targets")
    ]
    assert seconds / 5 < (work[0] - work[1]) / counting.RATE < 5 * seconds


def test_matrices_of_wide_maps_cost_their_products():
    study = studies.find("methods")
    settings = {"trials": 1, "trial_seeds": 1, "dataset": "cifar10", "batch_size": 1024}
    narrow, wide = (
        studies_predicted.of_study(
            study,
            study.config(methods=("similarity",), student=student, teacher="cnn-8", **settings),
        ).students
        for student in ("cnn-1", "cnn-16")
    )
    assert wide > 2 * narrow


# -- how many images there are ------------------------------------------------------------------


@pytest.mark.parametrize("limit", ["all", 60, 2000])
@pytest.mark.parametrize("name", ["digits", "moons", "blobs"])
def test_sizes_are_those_of_the_data(name, limit):
    config = DistilConfig(dataset=name, train_limit=limit)
    (split,) = [item for item in data.load(config) if isinstance(item, data.DataSplit)]
    parts = (split.train, split.validation, split.test)
    known = predicted.sizes(config)
    assert (known.train, known.validation, known.test) == tuple(len(p.targets) for p in parts)
    assert (known.shape, known.classes) == (split.shape, len(split.classes))


@pytest.mark.parametrize("name", ["mnist", "fashion-mnist", "cifar10", "cifar100"])
def test_sizes_of_downloads(name):
    known = predicted.sizes(DistilConfig(dataset=name))
    whole = 60_000 if "mnist" in name else 50_000
    assert (known.train, known.validation, known.test) == (whole - 5000, 5000, 10_000)
    few = predicted.sizes(DistilConfig(dataset=name, train_limit=3000))
    assert (few.train, few.validation, few.test) == (3000, 1500, 1500)


def test_every_data_set_with_a_size_says_that_of_its_parts():
    for record in DATASETS.values():
        assert (record.train_size is None) == (record.validation_size == record.test_size == 0)


def archive(count):
    content, image = io.BytesIO(), io.BytesIO()
    Image.fromarray(np.zeros((8, 8, 3), np.uint8)).save(image, "PNG")
    with zipfile.ZipFile(content, "w") as zipped:
        for n in range(count):
            zipped.writestr(f"train/{'ab'[n % 2]}/{n}.png", image.getvalue())
    return content.getvalue()


def test_of_somebodys_own_images_the_list_of_files_is_counted(tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    folder = uploads.keep(archive(40), "mine.zip")
    known = predicted.sizes(DistilConfig(dataset="images", folder=folder, image_size=16))
    assert (known.total, known.classes, known.shape) == (40, 2, (3, 16, 16))
    assert known.train == 24


def test_where_nobody_knows_the_most_is_counted(monkeypatch):
    config = DistilConfig(dataset="images", folder="upload:none.zip", train_limit=500)
    monkeypatch.setattr(images_file, "_looked_at", lambda folder: None)
    known = predicted.sizes(config)
    assert (known.train, known.validation, known.test) == (500, 1000, 1000)
    assert predicted.sizes(config.model_copy(update={"train_limit": "all"})).train == 200_000


def test_what_is_not_there_or_cannot_be_read_is_refused_and_is_not_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("KDLAB_HOME", str(tmp_path))
    large = {"student": "mlp-4096-4096", "seeds": 64, "epochs": 2000}
    folder = uploads.keep(archive(40), "mine.zip")
    config = DistilConfig(dataset="images", folder=folder, **large)
    with pytest.raises(ConfigError, match="operations are predicted"):
        check(config, ANN)
    (path,) = [each for each in tmp_path.rglob("*.zip") if each.is_file()]
    for harm in (lambda: path.write_bytes(b"PK no archive"), path.unlink):
        images_file._looked_at.cache_clear()
        harm()
        with pytest.raises(DataError) as caught:
            check(config, ANN)
        assert "operations" not in caught.value.received
        with pytest.raises(DataError) as told:
            list(data.read(config))
        assert told.value.args == caught.value.args, "as a run of it says"


# -- the limit ----------------------------------------------------------------------------------

ATTACK = DistilConfig(teacher="mlp-1024", student="mlp-1024", epochs=1000, seeds=64)
"""The largest layer of the menu, a thousand epochs and 64 seeds."""


def check(config, visitor, limits=None):
    predicted.check(predicted.of_run, config, visitor, limits or Limits())


def test_the_attack_is_refused_for_a_visitor_with_what_to_do(monkeypatch):
    with pytest.raises(ConfigError) as caught:
        check(ATTACK, ANN)
    error = caught.value
    assert error.received == "72 · 10¹² operations are predicted for this"
    assert error.allowed == "at most 10 · 10¹² for a visitor of this server"
    usual = "Choose fewer epochs or seeds, smaller students, or fewer training examples"
    assert error.todo == f"{usual}, or as this server's owner {key.HOW}"
    monkeypatch.setenv(key.VARIABLE, key.NOBODY)
    assert predicted.refusal(predicted.Work(0, 1e15), 1e9, ANN).todo == usual
    with pytest.raises(ConfigError, match="fewer epochs for the teacher"):
        check(DistilConfig(teacher="mlp-1024-1024-1024-1024", teacher_epochs=1000), ANN)


def test_the_owner_may_have_all_of_it_and_nothing_is_counted_for_him():
    def unasked(config):
        raise AssertionError("counted")

    predicted.check(unasked, ATTACK, OWNER)
    predicted.check(unasked, ATTACK)
    predicted.check(unasked, ATTACK, ANN, Limits(work=0))
    check(ATTACK, ANN, Limits(work=80))


def test_the_limit_is_the_servers(monkeypatch):
    with acting_for(ANN):
        predicted.check(predicted.of_run, DistilConfig())
        monkeypatch.setenv("KDLAB_VISITOR_WORK", "0.01")
        with pytest.raises(ConfigError, match=r"at most 0\.01 · 10¹²"):
            predicted.check(predicted.of_run, DistilConfig())


@given(st.floats(1e9, 1e18), st.floats(1e9, 1e18))
def test_the_sentence_names_what_costs_most(teachers, students):
    work = predicted.Work(teachers, students)
    error = predicted.refusal(work, 1e9)
    assert ("teacher" in error.todo) == (teachers > students)
    assert math.isfinite(work.total)
