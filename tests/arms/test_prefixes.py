"""Whose prefixes students learn on: where they come from, and the gradient that follows."""

from __future__ import annotations

import copy
from dataclasses import replace

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK, returned, run, split_of

from kdlab import data, methods, models
from kdlab.config.schema import DistilConfig
from kdlab.data.text.windows import codes_of, window_of
from kdlab.errors import ConfigError
from kdlab.insight.language import Remembered, answer_of
from kdlab.storage.store import Store
from kdlab.training import cohort, teachers
from kdlab.training.arms import Arm, Peer
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.prefixes import (
    STEPS,
    OwnPrefixes,
    PrefixStep,
    TeacherPrefixes,
    check,
    places_of,
    samples,
)
from kdlab.training.arms.sources import Samples
from kdlab.training.seeds import Role, stream
from kdlab.training.students import build_objective

TEXT = DistilConfig(
    dataset="grammar", window=4, train_limit=300, teacher="mlp-16", teacher_epochs=2,
    student="mlp-4", labels=40, epochs=2, batch_size=32, seeds=2,
)  # fmt: skip
WIDTH, CLASSES = 3, 4


@pytest.fixture(scope="module")
def split():
    return split_of(TEXT)


@pytest.fixture(scope="module")
def teacher(split):
    made = returned(teachers.train_teacher(TEXT.teacher_config(), split))
    return returned(teachers.freeze_and_predict(made, split))


@pytest.fixture
def make_context(split, teacher, tmp_path):
    def make(**changes):
        config = TEXT.model_copy(update=changes)
        return TrainingContext(config, split, teacher, Store(tmp_path / "home", bundled=None))

    return make


def arm(name="arm", **changes):
    return Arm.of(TEXT, name, name, **changes)


def generators(*seeds):
    return [torch.Generator().manual_seed(seed) for seed in seeds]


def network(seed):
    return models.build("mlp-5", (WIDTH, CLASSES), CLASSES, seed)


def engine(*seeds):
    return cohort.of_modules("mlp-5", (WIDTH, CLASSES), [network(seed) for seed in seeds])


def own_prefixes(*seeds, share=1.0, longest=6):
    asked = Remembered(answer_of(network(99), CLASSES))
    return OwnPrefixes(asked, generators(*seeds), (WIDTH, CLASSES), share, longest, 3.0)


# -- the student's own ----------------------------------------------------------------------------


def test_own_prefixes_are_beginnings_that_the_student_itself_has_sampled():
    """Under every prefix that is more than its window there stands one that is a place shorter."""
    windows, told = own_prefixes(1, 2).sample(engine(5, 6), 400)
    assert windows.shape == (2, 400, WIDTH)
    assert told.shape == (2, 400, CLASSES)
    for seed in windows.tolist():
        rows = {tuple(window) for window in seed}
        assert (0, 0, 0) in rows, "every string begins"
        assert not any(row[n] and not all(row[n:]) for row in rows for n in range(WIDTH)), (
            "nothing comes after an end"
        )
    assert windows[0].tolist() != windows[1].tolist(), "each seed says its own"


def test_the_teacher_answers_what_was_sampled_and_each_window_once():
    prefixes, asked = own_prefixes(1, 2), []
    net = answer_of(network(99), CLASSES)

    def answer(windows):
        asked.extend(map(tuple, windows.tolist()))
        return net(windows)

    prefixes.teacher = Remembered(answer)
    windows, told = prefixes.sample(engine(5, 6), 100)
    again, _ = prefixes.sample(engine(5, 6), 100)
    torch.testing.assert_close(told, net(windows))
    assert len(asked) == len(set(asked)), "none twice"
    assert set(asked) == {tuple(w) for w in torch.cat([windows, again], 1).flatten(0, 1).tolist()}


def test_what_a_seed_samples_does_not_depend_on_the_others():
    both, _ = own_prefixes(1, 2).sample(engine(5, 6), 50)
    alone, _ = own_prefixes(2).sample(engine(6), 50)
    assert both[1].tolist() == alone[0].tolist()


def test_sampling_leaves_no_gradient_behind():
    learners = engine(5, 6)
    prefixes = own_prefixes(1, 2)
    inputs = torch.eye(CLASSES)[torch.randint(0, CLASSES, (20, WIDTH), generator=generators(3)[0])]
    step = PrefixStep(inputs, torch.zeros(20, CLASSES), prefixes)
    objective = objective_of("soft-targets", 20)
    index = torch.arange(8).expand(2, -1)
    step(learners, objective, index, False)
    first = [p.grad.clone() for p in learners.parameters()]
    # the same prefixes, as if somebody else had written them down
    kept = prefixes._pool
    assert kept is not None
    others = engine(5, 6)
    written = PrefixStep(inputs, torch.zeros(20, CLASSES), Written(kept[0][:, :8], kept[1][:, :8]))
    written(others, objective, index, False)
    for ours, theirs in zip(first, others.parameters(), strict=True):
        torch.testing.assert_close(ours, theirs.grad)


def test_a_share_of_the_batches_is_on_policy_evenly_spread():
    prefixes = own_prefixes(1, share=0.4)
    learners = engine(5)
    found = [prefixes.batch(learners, 4) is not None for _ in range(10)]
    assert sum(found) == 4
    assert sum(found[:5]) == 2
    prefixes = own_prefixes(1, share=1.0)
    assert all(prefixes.batch(learners, 4) is not None for _ in range(5))


def test_strings_are_sampled_anew_when_they_are_used_up():
    prefixes, sampled = own_prefixes(1), []
    sample = prefixes.sample
    prefixes.sample = lambda *given: sampled.append(given[1]) or sample(*given)
    for _ in range(2 * STEPS + 1):
        prefixes.batch(engine(5), 4)
    assert sampled == [4 * STEPS] * 3


# -- the teacher's --------------------------------------------------------------------------------


def test_all_that_the_teacher_has_sampled_comes_before_any_of_it_again():
    table = torch.arange(10.0).unsqueeze(1)
    known = Samples(torch.arange(10).unsqueeze(1), table, 0.0)
    prefixes = TeacherPrefixes(known, generators(1, 2))
    batches = [prefixes.batch(engine(5, 6), 4) for _ in range(5)]
    windows = torch.cat([w for w, _ in batches], 1)[..., 0]
    for seed in windows.tolist():
        assert sorted(seed[:10]) == sorted(seed[10:]) == list(range(10))
    assert windows[0].tolist() != windows[1].tolist()
    for found, told in batches:
        assert told[:, 0].tolist() == found[..., 0].tolist(), "each with its own answer"


def test_the_teacher_samples_once_and_as_many_strings_as_there_are(make_context, split):
    context = make_context()
    first = samples(context, split.train)
    assert samples(context, split.train) is first
    begins = (first.windows == 0).all(1).sum().item()
    assert begins == len(places_of(split.train))
    net = context.teacher.module
    told = net(F.one_hot(first.windows[:50], len(split.classes)).float())
    torch.testing.assert_close(first.table[:50], told)


def test_a_string_of_a_text_has_a_place_for_its_end(split):
    known = data.text_parts(TEXT).train
    assert places_of(split.train).tolist() == [len(text) + 1 for text in known]


# -- the gradient ---------------------------------------------------------------------------------


class Written:
    """Prefixes that are always the same."""

    def __init__(self, windows, answers):
        self.windows, self.answers = windows, answers

    def batch(self, engine, size):
        return self.windows, self.answers.transpose(1, 2).contiguous()


def objective_of(method, size):
    variant = replace(arm(), method=method, alpha=0.7, temperature=2.0, labels=10, label_noise=0.0)
    targets = torch.randint(0, CLASSES, (size,), generator=generators(7)[0])
    where = torch.device("cpu")
    return build_objective([variant], [1, 2], targets, CLASSES, methods.find(method), where)


@pytest.mark.parametrize("method", ["soft-targets", "reverse-kl", "jsd", "dkd"])
def test_labels_of_the_data_and_the_teacher_elsewhere_against_autograd(method):
    size, batch = 24, 10
    g = generators(1)[0]
    inputs = torch.eye(CLASSES)[torch.randint(0, CLASSES, (size, WIDTH), generator=g)]
    windows = torch.randint(0, CLASSES, (2, batch, WIDTH), generator=g)
    answers = 3 * torch.randn(2, batch, CLASSES, generator=g)
    index = torch.stack([torch.randperm(size, generator=g)[:batch] for _ in range(2)])
    objective, learners = objective_of(method, size), engine(5, 6)
    step = PrefixStep(inputs, torch.zeros(size, CLASSES), Written(windows, answers))
    hard, soft = step(learners, objective, index, True)
    record = methods.find(method)
    for s in range(2):
        net = copy.deepcopy(network(5 + s)).train()
        label = objective.labels[s, index[s]]
        weight = (label >= 0).float() / (batch * objective.fraction[s])
        each = F.cross_entropy(net(inputs[index[s]]), label.clamp(min=0), reduction="none")
        own_hard = (each * weight).sum()
        seen = net(F.one_hot(windows[s], CLASSES).float())
        more = {"labels": answers[s].argmax(1)} if "labels" in record.needs else {}
        told = record.loss(seen, answers[s], 2.0, 1, **more).mean()
        (0.3 * own_hard + 0.7 * record.weight * told).backward()
        assert hard[s].item() == pytest.approx(own_hard.item(), rel=1e-4)
        assert soft[s].item() == pytest.approx(record.weight * told.item(), rel=1e-4)
        found = [p.grad[s].flatten() for p in learners.parameters()]
        wanted = [p.grad.flatten() for p in net.parameters()]
        for ours, theirs in zip(found, wanted, strict=True):
            torch.testing.assert_close(ours, theirs, rtol=1e-3, atol=1e-6)


def test_a_batch_without_sampled_prefixes_is_one_of_the_data(make_context):
    """With a share that is never reached the students are those of the plain step."""
    rare = arm("rare", prefixes="student", on_policy=1e-4)
    context = make_context()
    found = run(context, rare, arm("plain"))
    ours, theirs = (context.done[name].modules for name in ("rare", "plain"))
    for a, b in zip(ours, theirs, strict=True):
        for key, value in a.state_dict().items():
            torch.testing.assert_close(value, b.state_dict()[key], rtol=1e-4, atol=1e-6)
    assert found["rare"].bits == pytest.approx(found["plain"].bits, abs=1e-4)


@pytest.mark.parametrize("whose", ["teacher", "student"])
def test_the_same_settings_give_the_same_students(make_context, whose):
    one = arm(prefixes=whose, on_policy=float(whose == "student"))
    first, again = (run(make_context(), one)["arm"] for _ in range(2))
    assert first.bits == again.bits
    assert first.bits != run(make_context(), arm())["arm"].bits, "other prefixes, other students"


def test_what_sampled_prefixes_cost(make_context, split):
    own = {"student": 1.0}
    found = {
        whose: run(make_context(), arm(prefixes=whose, on_policy=own.get(whose, 0.0)))["arm"].cost
        for whose in ("data", "teacher", "student")
    }
    plain, of_teacher, of_student = (found[w] for w in ("data", "teacher", "student"))
    share = TEXT.labels / len(split.train.targets)
    wanted = [plain["training_flops"] * each for each in (1 + share, 1 + share + 1 / 3)]
    assert of_teacher["training_flops"] == pytest.approx(wanted[0], rel=1e-6)
    assert of_student["training_flops"] == pytest.approx(wanted[1], rel=1e-6)
    assert of_student["teacher_flops"] == TEXT.epochs * plain["teacher_flops"]


def test_streams_that_joined_later_are_no_others():
    found = [stream(seed, role) for seed in (0, 1, 2, 2**31) for role in Role]
    assert len(set(found)) == len(found)
    assert [stream(5, role) for role in Role][:8] == list(range(40, 48)), "as they always were"


# -- what is refused ------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("whose", "share", "words"),
    [
        ("data", 0.5, "0.5, and the prefixes are those of the data"),
        ("teacher", 1.0, "1, and the prefixes are those of the teacher"),
        ("student", 0.0, "0, and the prefixes are those of the student"),
        ("student", 1.5, "is 1.5"),
    ],
)
def test_a_share_without_a_student_that_samples_is_refused(whose, share, words):
    with pytest.raises(ConfigError, match=words):
        check(arm(prefixes=whose, on_policy=share))


@pytest.mark.parametrize(
    "change", [{"teachers": (Peer(),)}, {"augmentation": "noise"}, {"fault": "no-square"}]
)
def test_what_does_not_go_with_sampled_prefixes_is_refused(make_context, change):
    with pytest.raises(ConfigError, match="prefixes of the teacher has"):
        run(make_context(), arm(prefixes="teacher", **change))


def test_images_have_no_prefixes(quick_split, quick_teacher, tmp_path):
    context = TrainingContext(QUICK, quick_split, quick_teacher, Store(tmp_path, bundled=None))
    with pytest.raises(ConfigError, match="its data are no text"):
        run(context, Arm.of(QUICK, "arm", "Arm", prefixes="teacher"))


def test_a_window_of_a_prefix_is_that_of_the_data(split):
    """What students sample and what they are trained on have one representation."""
    first = data.text_parts(TEXT).train[0]
    codes = codes_of(first, split.classes)
    wanted = [window_of(codes[:n], TEXT.window) for n in range(len(codes) + 1)]
    assert split.train.inputs[: len(wanted)].argmax(-1).tolist() == wanted
