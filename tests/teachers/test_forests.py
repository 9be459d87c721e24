"""Trees as teachers: what they have not seen of their training rows, and that nothing is left to
chance."""

from __future__ import annotations

import numpy as np
import pytest
import torch
from sklearn.ensemble import HistGradientBoostingClassifier, RandomForestClassifier
from sklearn.model_selection import cross_val_predict

from kdlab import checks, data
from kdlab.config.schema import DistilConfig
from kdlab.data.split import DataSplit, Part
from kdlab.errors import ConfigError
from kdlab.events import Progress, Remark, TeacherReady
from kdlab.experiments.run.advice import remedy
from kdlab.experiments.run.history import History
from kdlab.models import black_box
from kdlab.storage.store import Store
from kdlab.training import forests
from kdlab.training.stored_teacher import teacher_of
from tests.teachers.draining import drained, told_of


def moons(**changes) -> tuple[DistilConfig, DataSplit]:
    settings = {"dataset": "moons", "points": 200, "noise": 0.3, "teacher": "forest-20"}
    config = checks.normal(DistilConfig(**settings | changes))
    return config, drained(data.read(config))


def test_training_rows_are_answered_by_trees_that_have_not_seen_them():
    config, split = moons()
    teacher = drained(forests.grow(config, split))
    right = (teacher.train_logits.argmax(1) == split.train.targets).float().mean()
    heard = (forests.by_heart(teacher, split.train).argmax(1) == split.train.targets).float()
    assert heard.mean() > 0.99 > 0.97 > right


def test_each_fold_says_what_scikit_learn_says_of_the_same_folds():
    config, split = moons()
    seed = forests.stream(config.teacher_seed, forests.Role.TEACHER_WEIGHTS) % 2**31
    folded = forests.stream(config.teacher_seed, forests.Role.TEACHER_BATCHES) % 2**31
    own = forests.folds(split.train, folded)
    every = np.arange(len(split.train.targets))
    cut = [(np.setdiff1d(every, rows), rows) for rows in own]
    grower = RandomForestClassifier(20, random_state=seed)
    inputs, targets = split.train.inputs.numpy(), split.train.targets.numpy()
    want = cross_val_predict(grower, inputs, targets, cv=cut, method="predict_proba")
    said = drained(forests.grow(config, split)).train_logits.double().softmax(1).numpy()
    assert np.allclose(said, want, atol=1e-6)


def test_rows_of_a_group_are_in_one_fold():
    _, split = moons()
    groups = torch.arange(len(split.train.targets)) // 4
    part = Part(split.train.inputs, split.train.targets, groups=groups)
    found = forests.folds(part, 0)
    assert sorted(np.concatenate(found)) == list(range(len(groups)))
    where = [set(groups[rows].tolist()) for rows in found]
    assert sum(map(len, where)) == len(set.union(*where))


def test_rows_without_a_label_are_answered_and_not_grown_on():
    config, split = moons()
    targets = split.train.targets.clone()
    targets[::3] = -1
    part = Part(split.train.inputs, targets)
    hidden = DataSplit(
        split.classes, split.shape, part, split.validation, split.test, split.mean, split.std
    )
    teacher = drained(forests.grow(config, hidden))
    assert torch.equal(teacher.train_logits[::3], teacher.module(split.train.inputs[::3]))
    assert not torch.equal(teacher.train_logits[1::3], teacher.module(split.train.inputs[1::3]))


@pytest.mark.parametrize("name", ["forest-25", "boosting-25"])
def test_growing_in_chunks_gives_the_same_trees_as_growing_at_once(name):
    config, split = moons(teacher=name)
    seed = forests.stream(config.teacher_seed, forests.Role.TEACHER_WEIGHTS) % 2**31
    inputs, targets = split.train.inputs.numpy(), split.train.targets.numpy()
    if name.startswith("forest"):
        whole = forests.forest(
            RandomForestClassifier(25, random_state=seed).fit(inputs, targets), 2
        )
    else:
        grower = HistGradientBoostingClassifier(max_iter=25, early_stopping=False)
        whole = forests.boosted(grower.fit(inputs, targets), 2)
    teacher, told = told_of(forests.grow(config, split))
    assert torch.allclose(teacher.module(split.test.inputs), whole(split.test.inputs), atol=1e-6)
    steps = [event for event in told if isinstance(event, Progress)]
    growing = [e.done for e in steps if e.stage == forests.STAGE]
    assert growing == sorted(growing)
    assert growing[-1] == (1 + black_box.FOLDS) * 25 == steps[0].total
    assert len(growing) > 3 * black_box.FOLDS, "a reader can stop in between"


def test_the_same_seed_gives_the_same_teacher_and_another_another():
    config, split = moons()
    changed = config.model_copy(update={"teacher_seed": 1})
    again, other = (drained(forests.grow(c, split)) for c in (config, changed))
    first = drained(forests.grow(config, split))
    assert torch.equal(first.train_logits, again.train_logits)
    assert not torch.equal(first.train_logits, other.train_logits)


def test_a_grown_teacher_is_found_in_the_store_with_its_answers_out_of_fold(tmp_path):
    config, split = moons()
    store = Store(home=tmp_path, bundled=None)
    both = [told_of(teacher_of(config.teacher_config(), split, store, True)) for _ in range(2)]
    teachers, told = [made[0] for made, _ in both], [events for _, events in both]
    (grown,), (found,) = ([e for e in t if isinstance(e, TeacherReady)] for t in told)
    assert not grown.cached
    assert found.cached
    assert (grown.train_accuracy, grown.by_heart) == (found.train_accuracy, found.by_heart)
    assert grown.by_heart > grown.train_accuracy
    assert any("by heart" in e.text for e in told[0] if isinstance(e, Remark))
    assert torch.equal(teachers[0].train_logits, teachers[1].train_logits)
    inputs = split.test.inputs
    assert torch.equal(teachers[0].module(inputs), teachers[1].module(inputs))


def test_labels_of_one_class_or_too_few_are_refused():
    config, split = moons()
    for targets in (split.train.targets * 0, torch.full_like(split.train.targets, -1)):
        part = Part(split.train.inputs, targets)
        whole = DataSplit(
            split.classes, split.shape, part, split.validation, split.test, split.mean, split.std
        )
        with pytest.raises(ConfigError, match=r"one class|have a label"):
            drained(forests.grow(config, whole))


def test_what_is_too_much_is_refused_before_it_begins():
    with pytest.raises(ConfigError, match="1 to 1,000 trees"):
        checks.possible(DistilConfig(teacher="forest-1001"))
    with pytest.raises(ConfigError, match="trees times rows"):
        black_box.check("boosting-200", (784,), 10, 60_000)
    black_box.check("forest-300", (30,), 100, 2000)
    with pytest.raises(ConfigError, match="trees times rows times classes"):
        black_box.check("forest-300", (30,), 100, 2001)
    with pytest.raises(ConfigError, match="data are text"):
        checks.possible(DistilConfig(dataset="names", teacher="forest-30", student="gru-8"))


def test_settings_that_mean_nothing_to_trees_give_no_other_name():
    config = DistilConfig(teacher="forest-30")
    other = config.model_copy(update={"teacher_epochs": 3, "teacher_weights": "ab"})
    assert checks.normal(config) == checks.normal(other)
    assert checks.normal(config) != checks.normal(config.model_copy(update={"teacher_seed": 1}))


def test_a_student_is_a_network():
    with pytest.raises(ConfigError, match="as a student a network"):
        checks.possible(DistilConfig(student="forest-30"))


def test_what_is_advised_to_whoever_has_weak_trees_speaks_of_trees():
    ready = TeacherReady(
        validation_accuracy=0.5, cached=False, seconds=0.0, train_accuracy=0.5, by_heart=1.0
    )
    assert "use more of them" in remedy(History([ready]))
