"""Mistakes with language models do what is said of them: against strings written out one by one,
and against the very code that the page shows."""

from __future__ import annotations

import pytest
import torch
import torch.nn.functional as F
from plain_loop import QUICK, fit, fresh, returned, run, same_weights

from kdlab import models
from kdlab.data.text import strings
from kdlab.data.text.windows import END, positions, split_of_strings, window_of
from kdlab.errors import ConfigError
from kdlab.events import ArmDone, ArmEpoch
from kdlab.export.parts import students
from kdlab.methods import METHODS, soft_targets
from kdlab.storage.store import Store
from kdlab.studies.language_mistakes.records import KL, TRAINED
from kdlab.training import teachers
from kdlab.training.arms import Arm, Plan
from kdlab.training.arms.cohorts import enough_memory
from kdlab.training.arms.context import TrainingContext
from kdlab.training.arms.faults import FAULTS, HEARD, PADDING, TEXT_FAULTS
from kdlab.training.arms.sources import Source
from kdlab.training.arms.text_faults import heard, padding_count, padding_of, prompt
from kdlab.training.arms.training import run_arms
from kdlab.training.seeds import Role, stream
from tests.snippets import function

CLASSES = ("end", "a", "b", "c", "d")
WIDTH = 3
STRINGS = ([1, 2, 3, 4], [2], [4, 3, 2, 1, 1, 2], [3, 3], [1], [2, 4, 1]) * 4
SETTINGS = QUICK.model_copy(
    update={"dataset": "grammar", "temperature": 1.0, "alpha": 0.6, "labels": "all",
            "teacher": "mlp-12", "student": "mlp-6", "epochs": 3, "batch_size": 16}
)  # fmt: skip
OF_LOGITS = function(KL.split("\n\n\n")[1], KL)


@pytest.fixture(scope="module")
def split():
    cut = positions(STRINGS, WIDTH)
    return split_of_strings(CLASSES, cut, cut, cut)


@pytest.fixture(scope="module")
def teacher(split):
    """One that was never trained says something else at every place."""
    net = models.build("mlp-12", split.shape, len(CLASSES), 3)
    with torch.no_grad():
        for weight in net.parameters():
            weight.mul_(3)
    return returned(teachers.freeze_and_predict(net, split))


@pytest.fixture
def context(split, teacher, tmp_path):
    made = TrainingContext(SETTINGS, split, teacher, Store(tmp_path, bundled=None))
    list(made.prepare(()))
    return made


def one_hot(codes):
    return F.one_hot(torch.tensor(codes, dtype=torch.long), len(CLASSES)).float()


def asked(net, windows):
    with torch.no_grad():
        return net(one_hot(windows))


def behind_a_prompt(strings):
    """Every window of the strings, had they stood behind the prompt."""
    before = list(prompt(len(CLASSES)))
    return [
        window_of([*before, *codes[:n]], WIDTH) for codes in strings for n in range(len(codes) + 1)
    ]


def written_out(name, teacher):
    """What the students of a mistake hear, without the lab's code of it."""
    table = teacher.train_logits
    if name == "off-by-one":
        return torch.stack([table[(n + 1) % len(table)] for n in range(len(table))])
    if name == "vocabulary-order":
        return torch.stack([table[:, (n + 1) % len(CLASSES)] for n in range(len(CLASSES))], 1)
    return asked(teacher.module, behind_a_prompt(STRINGS))


def of_teacher(teacher):
    return Source([teacher.module], teacher.train_logits.unsqueeze(0))


@pytest.mark.parametrize("name", sorted(HEARD))
def test_what_a_student_hears_is_the_teacher_in_another_place_order_or_text(name, split, teacher):
    found = heard(name, of_teacher(teacher), split.train).table[0]
    torch.testing.assert_close(found, written_out(name, teacher))
    assert (found - teacher.train_logits).abs().max() > 0.1


def test_without_such_a_mistake_the_teacher_is_left_alone(split, teacher):
    source = of_teacher(teacher)
    for name in ("", PADDING, "misaligned"):
        assert heard(name, source, split.train) is source


@pytest.mark.parametrize("name", sorted(HEARD))
def test_students_learn_what_they_hear_and_nothing_else(name, context, split, teacher):
    run(context, Arm.of(SETTINGS, "wrong", "Wrong", fault=name))
    told = written_out(name, teacher)
    for seed in range(SETTINGS.seeds):
        net = fresh(SETTINGS, split, seed)

        def batch_loss(index, net=net):
            z_s = net(split.train.inputs[index])
            hard = F.cross_entropy(z_s, split.train.targets[index])
            return 0.4 * hard + 0.6 * OF_LOGITS(told[index], z_s).mean()

        fit([net], batch_loss, len(told), seed, SETTINGS)
        same_weights(context.done["wrong"].modules[seed], net)


def padded():
    """Windows behind the end, written out: a row of zeros for each token of padding."""
    longest, rows = max(map(len, STRINGS)), []
    for codes in STRINGS:
        text = [*window_of(codes, WIDTH), END]
        for n in range(1, longest - len(codes) + 1):
            seen = one_hot(text[n : n + WIDTH])
            rows.append(torch.cat([seen, torch.zeros(WIDTH - len(seen), len(CLASSES))]))
    return torch.stack(rows)


def test_padding_brings_all_strings_to_the_length_of_the_longest(split):
    torch.testing.assert_close(padding_of(split.train.inputs, split.train.targets), padded())
    places = len(padded()) + len(split.train.targets)
    assert places == len(STRINGS) * (max(map(len, STRINGS)) + 1)


def test_counted_padding_is_in_the_mean_of_the_teachers_part(context, split, teacher):
    """The students minimise what the code on the page computes, batch by batch."""
    loss = function(TRAINED["padding"].wrong, KL)
    arm = Arm.of(SETTINGS, "wrong", "Wrong", fault=PADDING)
    *_, last = (e for e in run_arms(Plan((arm,)), context) if isinstance(e, ArmEpoch))
    pads, inputs = padded(), split.train.inputs
    with torch.no_grad():
        pads_told = teacher.module(pads)
    for seed in range(SETTINGS.seeds):
        net = fresh(SETTINGS, split, seed)
        draws = torch.Generator().manual_seed(stream(seed, Role.VIEWS))
        told = []

        def batch_loss(index, net=net, draws=draws, told=told):
            more = round(len(index) * len(pads) / len(inputs))
            drawn = torch.randint(len(pads), (more,), generator=draws)
            z_s = net(torch.cat([inputs[index], pads[drawn]]))
            z_t = torch.cat([teacher.train_logits[index], pads_told[drawn]])
            hard = F.cross_entropy(z_s[: len(index)], split.train.targets[index])
            soft = loss(z_t[None], z_s[None], None)
            told.append(soft.item() * len(index))
            return 0.4 * hard + 0.6 * soft

        fit([net], batch_loss, len(inputs), seed, SETTINGS)
        same_weights(context.done["wrong"].modules[seed], net)
        steps = len(told) // SETTINGS.epochs
        assert last.soft[seed] == pytest.approx(sum(told[-steps:]) / len(inputs), rel=1e-3)


def test_a_script_counts_padding_as_the_lab_does(context, split, teacher):
    run(context, Arm.of(SETTINGS, "wrong", "Wrong", fault=PADDING))
    inputs, targets = split.train.inputs, split.train.targets
    pads = padding_of(inputs, targets)
    with torch.no_grad():
        told = teacher.module(pads)
    net = fresh(SETTINGS, split, 0)
    soft = students.by_answers(soft_targets.loss, 1.0)
    loss = students.of_answers_and_padding(
        0, net, inputs, targets, teacher.train_logits, pads, told, soft, alpha=0.6
    )
    fit([net], loss, len(inputs), 0, SETTINGS)
    same_weights(context.done["wrong"].modules[0], net)


def test_the_code_of_the_mask_leaves_padding_out(split, teacher):
    right, wrong = (function(getattr(TRAINED["padding"], w), KL) for w in ("right", "wrong"))
    draw = torch.Generator().manual_seed(0)
    z_t, z_s = torch.randn(2, 2, 4, 5, generator=draw)
    mask = torch.tensor([[1.0, 1, 1, 0], [1, 0, 0, 0]])
    each = OF_LOGITS(z_t, z_s)
    torch.testing.assert_close(right(z_t, z_s, mask), each[mask > 0].mean())
    torch.testing.assert_close(wrong(z_t, z_s, mask), each.mean())


def test_the_code_of_a_shift_is_what_its_student_hears(split, teacher):
    right, wrong = (function(getattr(TRAINED["off-by-one"], w), KL) for w in ("right", "wrong"))
    z_s = fresh(SETTINGS, split, 0)(split.train.inputs).detach()
    table = teacher.train_logits
    told = heard("off-by-one", of_teacher(teacher), split.train).table[0]
    torch.testing.assert_close(wrong(table[None], z_s[None]), OF_LOGITS(told, z_s)[:-1].mean())
    torch.testing.assert_close(right(table[None], z_s[None]), OF_LOGITS(table, z_s)[:-1].mean())


def test_the_code_of_another_order_is_what_its_student_hears(split, teacher):
    record = TRAINED["vocabulary-order"]
    right, wrong = (function(getattr(record, which), KL) for which in ("right", "wrong"))
    names_t = (*CLASSES[1:], CLASSES[0])  # the end stands last
    places_t = {name: place for place, name in enumerate(names_t)}
    table = teacher.train_logits
    own = table[:, [CLASSES.index(name) for name in names_t]]
    z_s = fresh(SETTINGS, split, 0)(split.train.inputs).detach()
    told = heard("vocabulary-order", of_teacher(teacher), split.train).table[0]
    given = (own[None], z_s[None], places_t, CLASSES)
    torch.testing.assert_close(wrong(*given), OF_LOGITS(told, z_s).mean())
    torch.testing.assert_close(right(*given), OF_LOGITS(table, z_s).mean())


def test_the_code_of_another_prompt_is_what_its_student_hears(split, teacher):
    right, wrong = (function(getattr(TRAINED["other-prompt"], w)) for w in ("right", "wrong"))

    def ask(ids):  # (1, L) -> (1, L, V): each row has seen the tokens up to its own
        windows = [window_of(ids[0, : n + 1].tolist(), WIDTH) for n in range(ids.shape[1])]
        return asked(teacher.module, windows)[None]

    border = [END] * WIDTH
    prompts = [torch.tensor([each]) for each in ([*border, *prompt(len(CLASSES))], border)]
    told = heard("other-prompt", of_teacher(teacher), split.train).table[0]
    place = 0
    for codes in STRINGS[:6]:
        own = slice(place, place + len(codes) + 1)
        answer = torch.tensor([codes])
        torch.testing.assert_close(wrong(ask, *prompts, answer)[0], told[own])
        torch.testing.assert_close(right(ask, *prompts, answer)[0], teacher.train_logits[own])
        place = own.stop


def test_the_code_of_the_end_as_padding_takes_every_end_away(split):
    right, wrong = (function(getattr(TRAINED["pad-is-end"], w)) for w in ("right", "wrong"))
    longest = max(map(len, STRINGS)) + 1
    ids = torch.tensor([codes + [END] * (longest - len(codes)) for codes in STRINGS])
    lengths = torch.tensor([len(codes) + 1 for codes in STRINGS])
    targets = split.train.targets
    left, whole = wrong(ids, lengths, END), right(ids, lengths, END)
    assert whole[whole != -100].tolist() == targets.tolist()
    assert left[left != -100].tolist() == targets[targets != END].tolist()


def test_a_prompt_is_of_characters_and_never_the_end():
    for classes in range(3, 60):
        assert all(0 < code < classes for code in prompt(classes))


def test_these_mistakes_are_no_methods_and_no_mistakes_with_images():
    assert not TEXT_FAULTS & (FAULTS | METHODS.keys())
    assert TRAINED.keys() >= TEXT_FAULTS


def test_padding_is_counted_without_being_made(split):
    targets = split.train.targets
    assert padding_count(targets) == len(padding_of(split.train.inputs, targets)) == len(padded())
    assert padding_count(targets) == strings.padding(["x" * len(codes) for codes in STRINGS])


def test_what_padding_costs_is_counted(context, split, tmp_path):
    arms = (Arm.of(SETTINGS, "right", "Right"), Arm.of(SETTINGS, "wrong", "Wrong", fault=PADDING))
    cost = {e.arm: e.cost for e in run_arms(Plan(arms), context) if isinstance(e, ArmDone)}
    more = 1 + len(padded()) / len(split.train.targets)
    assert more > 1.5
    for which in ("training_flops", "teacher_flops"):
        ratio = cost["wrong"][which] / cost["right"][which]
        assert ratio == pytest.approx(more, rel=1e-6), which


def test_padding_is_in_the_memory_that_a_cohort_takes():
    config = SETTINGS.model_copy(update={"student": "gpt-2-64", "seeds": 20, "batch_size": 1024})
    plans = [Plan((Arm.of(config, "arm", "Arm", fault=fault),)) for fault in ("", PADDING)]
    for plan in plans:
        enough_memory(plan, config, (3, 5), 5, pads=0, places=100)
    enough_memory(plans[0], config, (3, 5), 5, pads=10_000, places=100)
    with pytest.raises(ConfigError, match="GiB"):
        enough_memory(plans[1], config, (3, 5), 5, pads=10_000, places=100)
