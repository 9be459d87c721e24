from __future__ import annotations

import pytest
import torch

from kdlab import data, models
from kdlab.config.schema import DistilConfig
from kdlab.errors import ModelError
from kdlab.events import (
    Confusion,
    Event,
    Measured,
    Progress,
    Regions,
    RunFailed,
    RunFinished,
    RunStarted,
    StudentsEpoch,
    TeacherEpoch,
)
from kdlab.training import single_run, teachers

QUICK = DistilConfig(
    teacher="mlp-32",
    teacher_epochs=4,
    teacher_learning_rate=0.02,
    student="mlp-8",
    epochs=5,
    seeds=2,
)


def drain(generator):
    """All events and what the generator returned."""
    events: list[Event] = []
    while True:
        try:
            events.append(next(generator))
        except StopIteration as stop:
            return events, stop.value


@pytest.fixture(scope="module")
def teacher(digits_split):
    events, module = drain(teachers.train_teacher(QUICK, digits_split))
    return drain(teachers.freeze_and_predict(module, digits_split))[1], events


def students(config, split, teacher):
    return drain(single_run.train_students(config, split, teacher))


def test_the_order_of_events(digits_split, teacher):
    events, trained = students(QUICK, digits_split, teacher[0])
    kinds = [type(e) for e in events if not isinstance(e, Progress | Confusion)]
    assert kinds == [RunStarted, *[StudentsEpoch] * 6, Measured, RunFinished]
    assert [e.epoch for e in events if isinstance(e, StudentsEpoch)] == [0, 1, 2, 3, 4, 5]
    assert events[0].students == (
        ("labels only", 0), ("distilled", 0), ("labels only", 1), ("distilled", 1),
    )  # fmt: skip
    assert set(trained.students) == {"labels only", "distilled"}


def test_each_student_is_counted_class_by_class_on_the_test_images(digits_split, teacher):
    _, trained = students(QUICK, digits_split, teacher[0])
    result, targets = trained.result, digits_split.test.targets
    told = result.per_class
    assert told["images"] == targets.bincount(minlength=10).tolist()
    for group in result.groups:
        name = group["name"]
        each = zip(group["accuracy"], told["answered"][name], told["right"][name], strict=True)
        for accuracy, answered, right in each:
            assert sum(answered) == len(targets)
            assert sum(right) / len(targets) == pytest.approx(accuracy)
    (right,) = told["right"]["teacher"]
    assert sum(right) / len(targets) == pytest.approx(result.teacher_accuracy)


def test_the_teacher_learns_and_then_stands_still(digits_split, teacher):
    adopted, events = teacher
    losses = [e.loss for e in events if isinstance(e, TeacherEpoch)]
    assert losses[-1] < 0.5 * losses[0]
    before = {k: v.clone() for k, v in adopted.module.state_dict().items()}
    students(QUICK, digits_split, adopted)
    assert not adopted.module.training
    assert not any(p.requires_grad for p in adopted.module.parameters())
    for key, value in adopted.module.state_dict().items():
        torch.testing.assert_close(value, before[key], rtol=0, atol=0)


def test_the_same_configuration_gives_the_same_numbers(digits_split, teacher):
    def numbers():
        events, _ = students(QUICK, digits_split, teacher[0])
        return [
            (e.accuracy, e.hard, e.soft) for e in events if isinstance(e, StudentsEpoch)
        ], events[-1].groups

    assert numbers() == numbers()


def test_other_seeds_give_other_numbers(digits_split, teacher):
    other = QUICK.model_copy(update={"first_seed": 100})
    first, second = (students(c, digits_split, teacher[0])[0][-1] for c in (QUICK, other))
    assert first.groups != second.groups


def test_a_student_does_not_depend_on_how_many_seeds_there_are(digits_split, teacher):
    alone = QUICK.model_copy(update={"seeds": 1, "first_seed": 1})
    one, _ = students(alone, digits_split, teacher[0])
    two, _ = students(QUICK, digits_split, teacher[0])
    last = [next(e for e in reversed(run) if isinstance(e, StudentsEpoch)) for run in (one, two)]
    assert last[0].loss == pytest.approx(last[1].loss[2:], rel=1e-3)


def test_the_control_has_no_gain(digits_split, teacher):
    """Half the loss, the same direction: Adam takes the same steps, and nobody gains."""
    control = QUICK.model_copy(update={"method": "labels-only", "alpha": 0.5})
    events, _ = students(control, digits_split, teacher[0])
    assert events[-1].gain["mean"] == pytest.approx(0, abs=0.005)
    last = [e for e in events if isinstance(e, StudentsEpoch)][-1]
    assert last.hard[0] == pytest.approx(last.hard[1], rel=0.02)
    assert last.loss[1] == pytest.approx(last.hard[1] / 2, rel=1e-4)


def test_a_loss_that_is_no_number_ends_the_run_in_words(digits_split, teacher):
    explosive = QUICK.model_copy(update={"learning_rate": 1.0, "method": "logit-regression"})
    poisoned = teachers.Teacher(
        teacher[0].module,
        torch.full_like(teacher[0].train_logits, 1e30),
        teacher[0].validation_logits,
        teacher[0].test_logits,
    )
    events, trained = students(explosive, digits_split, poisoned)
    assert isinstance(events[-1], RunFailed)
    assert "learning rate" in events[-1].reason
    assert trained is None


def test_regions_for_points():
    config = DistilConfig(
        dataset="moons", teacher="mlp-16", student="mlp-4", labels=20, epochs=3, seeds=2,
        teacher_epochs=3, points=200,
    )  # fmt: skip
    _, split = drain(data.read(config))
    _, module = drain(teachers.train_teacher(config, split))
    events, _ = students(config, split, drain(teachers.freeze_and_predict(module, split))[1])
    picture = next(e for e in events if isinstance(e, Regions))
    assert set(picture.answers) == {"teacher", "labels only", "distilled"}
    for text in picture.answers.values():
        assert len(text) == picture.size**2
        assert set(text) <= {"0", "1"}


def test_confusion_counts_the_validation_images(digits_split, teacher):
    events, _ = students(QUICK, digits_split, teacher[0])
    picture = [e for e in events if isinstance(e, Confusion)][-1]
    for matrix in picture.matrices.values():
        assert sum(map(sum, matrix)) == len(digits_split.validation.targets)
    for item in picture.differ:
        assert item["labels only"] != item["distilled"]
        assert item["label"] == int(digits_split.validation.targets[item["index"]])


def test_a_teacher_that_blows_up_is_an_error_in_words(digits_split):
    wild = QUICK.model_copy(update={"teacher_learning_rate": 1.0})
    broken = type(digits_split)(
        **{
            **{n: getattr(digits_split, n) for n in digits_split.__dataclass_fields__},
            "train": type(digits_split.train)(
                digits_split.train.inputs * torch.inf, digits_split.train.targets
            ),
        }
    )
    events, module = drain(teachers.train_teacher(wild, broken))
    assert isinstance(events[-1], RunFailed)
    assert "learning rate" in events[-1].reason
    assert module is None


@pytest.mark.parametrize("labels", [1, 10, 100])
def test_the_first_weights_are_judged_on_labelled_examples(digits_split, teacher, labels):
    """Before the first step a student knows nothing: about log 10 nats, however few the labels."""
    few = QUICK.model_copy(update={"labels": labels, "epochs": 1, "seeds": 4})
    events, _ = students(few, digits_split, teacher[0])
    first = next(e for e in events if isinstance(e, StudentsEpoch))
    assert all(1.0 < hard < 4.5 for hard in first.hard)


def test_student_and_teacher_of_one_seed_share_no_first_weights(digits_split):
    from kdlab import models
    from kdlab.training.seeds import Role, stream

    streams = {stream(seed, role) for seed in range(50) for role in Role}
    assert len(streams) == 50 * len(Role)
    teacher, student = (
        models.build(name, digits_split.shape, 10, stream(0, role))
        for name, role in (("mlp-32", Role.TEACHER_WEIGHTS), ("mlp-8", Role.WEIGHTS))
    )
    assert not torch.equal(teacher[1].weight[:8], student[1].weight)


@pytest.mark.gpu
@pytest.mark.skipif(not torch.cuda.is_available(), reason="needs CUDA")
def test_a_gpu_gives_the_same_numbers_twice(digits_split, teacher):
    config = QUICK.model_copy(update={"student": "resnet8", "epochs": 2})
    first, second = (students(config, digits_split, teacher[0])[0] for _ in range(2))
    assert first[-1].groups == second[-1].groups


def test_a_teacher_whose_answers_are_no_numbers_is_refused(digits_split):
    module = models.build("mlp-4", digits_split.shape, 10, 0)
    with torch.no_grad():
        for linear in (module[1], module[-1]):
            linear.weight.mul_(1e30)
    with pytest.raises(ModelError, match=r"teacher answers [\d,]+ of [\d,]+ images with NaN"):
        drain(teachers.freeze_and_predict(module, digits_split))


def test_confusion_of_the_end_is_of_all_seeds(digits_split, teacher):
    _, trained = students(QUICK, digits_split, teacher[0])
    result = trained.result
    for name, matrix in result.confusion.items():
        rows, told = torch.tensor(matrix), result.per_class
        assert rows.diagonal().tolist() == torch.tensor(told["right"][name]).sum(0).tolist()
        assert rows.sum(0).tolist() == torch.tensor(told["answered"][name]).sum(0).tolist()
        networks = len(told["right"][name])
        assert rows.sum(1).tolist() == [networks * count for count in told["images"]]
    assert told["training"] == digits_split.train.targets.bincount(minlength=10).tolist()


def test_calibration_is_that_of_logits_under_the_likeliest_temperature(digits_split, teacher):
    """Of the first seed's students, asked again: by a grid, and with torch's own likelihood."""
    _, trained = students(QUICK, digits_split, teacher[0])
    networks = {"teacher": teacher[0].module, **trained.students}
    for name, network in networks.items():
        with torch.no_grad():
            known, test = (
                network.eval()(part.inputs) for part in (digits_split.validation, digits_split.test)
            )
        grid = torch.logspace(-1.7, 1.7, 4000).tolist()
        losses = [
            torch.nn.functional.cross_entropy(known / t, digits_split.validation.targets)
            for t in grid
        ]
        best = grid[int(torch.stack(losses).argmin())]
        told = {part: values[0] for part, values in trained.result.calibration[name].items()}
        assert told["temperature"] == pytest.approx(best, rel=5e-3)
        for part, scale in (("before", 1.0), ("after", told["temperature"])):
            p, label = (test / scale).softmax(1).max(1)
            bins = (p * 15).long().clamp(max=14)
            right = label == digits_split.test.targets
            gaps = [abs(float((right.float() - p)[bins == b].sum())) for b in range(15)]
            assert told[part] == pytest.approx(sum(gaps) / len(p), abs=2e-3)
    for group in trained.result.groups:
        assert trained.result.calibration[group["name"]]["before"] == group["ece"]
