"""What other tools compute with the settings that the lab translates a loss into, beside that loss.

Every record's formula is evaluated on random logits, for every divergence and many numbers.
"""

from __future__ import annotations

import itertools
from typing import Any

import pytest
import torch
from torch import Tensor

from kdlab.methods import METHODS
from kdlab.tools import TOOLS, Wish
from kdlab.tools.keras import as_by_default
from kdlab.tools.wish import DIVERGENCES

EXAMPLES, CLASSES = 7, 9
ROUNDED: dict[str, Any] = {"rtol": 1e-4, "atol": 1e-6}
"""Settings are written with six digits."""
WISHES = [
    Wish(divergence=divergence, temperature=temperature, alpha=alpha, beta=beta, kept=4)
    for divergence, temperature, alpha in itertools.product(
        DIVERGENCES, (1.0, 2.5, 4.0), (0.0, 0.9, 1.0)
    )
    for beta in ((0.5, 0.2) if divergence == "jsd" else (0.5,))
]


def logits() -> tuple[Tensor, Tensor, Tensor]:
    """Of a student that has learned something of its teacher, and labels."""
    torch.set_num_threads(1)
    generator = torch.Generator().manual_seed(7)
    shape = (EXAMPLES, CLASSES)
    teacher = torch.randn(shape, generator=generator, dtype=torch.float64) * 2
    student = teacher * 0.6 + torch.randn(shape, generator=generator, dtype=torch.float64)
    labels = torch.randint(CLASSES, (EXAMPLES,), generator=generator)
    return student, teacher, labels


def lab(wish: Wish, student: Tensor, teacher: Tensor, labels: Tensor) -> Tensor:
    """The lab's loss of each example, from its own methods."""
    hard = torch.nn.functional.cross_entropy(student, labels, reduction="none")
    method = METHODS[wish.divergence]
    assert method.loss is not None
    soft = method.loss(student, teacher, wish.temperature, **wish.method_parameters())
    return (1 - wish.alpha) * hard + wish.alpha * method.weight * soft


def gradient(values: Tensor, student: Tensor) -> Tensor:
    return torch.autograd.grad(values.mean(), student)[0]


def average_gradient(tool, values, student, teacher) -> Tensor:
    """Over all tokens that the student could have sampled, by their probabilities: exact."""
    every = torch.zeros_like(student)
    for token in range(CLASSES):
        labels = torch.full((EXAMPLES,), token)
        chance = student.softmax(-1)[:, token].detach()
        every += gradient(chance * tool.loss(values, student, teacher, labels), student)
    return every


def left_over(found: Tensor, wanted: Tensor) -> float:
    """How much of ``found`` no multiple of ``wanted`` explains, from 0 to 1."""
    if not found.any():
        return 1.0
    multiple = (found * wanted).sum() / wanted.square().sum()
    return float((found - multiple * wanted).norm() / found.norm())


@pytest.mark.parametrize("name", TOOLS)
def test_a_tools_loss_is_the_labs_as_its_record_says(name):
    tool, seen = TOOLS[name], set()
    student, teacher, labels = logits()
    student.requires_grad_()
    for wish in WISHES:
        answer = tool.says(wish)
        seen.add(answer.fit)
        ours = lab(wish, student, teacher, labels)
        wanted = gradient(ours, student)
        if answer.fit == "average":
            found = average_gradient(tool, answer.values, student, teacher)
            torch.testing.assert_close(found, answer.factor * wanted, **ROUNDED)
            continue
        theirs = tool.loss(answer.values, student, teacher, labels)
        assert theirs.shape == (EXAMPLES,)
        found = gradient(theirs, student)
        if answer.fit == "no":  # the nearest setting pulls elsewhere, whatever the learning rate
            assert left_over(found, wanted) > 1e-3, wish
            assert answer.notes, wish
        else:
            assert (answer.factor == 1) == (answer.fit == "exactly"), wish
            torch.testing.assert_close(theirs, answer.factor * ours, **ROUNDED)
            torch.testing.assert_close(found, answer.factor * wanted, **ROUNDED)
    assert seen - {"no"}, "a tool that can say nothing need not be in the list"


def test_every_answer_occurs_and_someone_can_say_each_divergence_but_the_truncated():
    answers = {wish: {tool.says(wish).fit for tool in TOOLS.values()} for wish in WISHES}
    assert set().union(*answers.values()) == {"exactly", "factor", "average", "no"}
    for divergence in DIVERGENCES:
        fits = set().union(
            *(f for w, f in answers.items() if w.divergence == divergence and w.alpha)
        )
        assert (fits == {"no"}) == (divergence == "top-k-truncated")


def test_verl_leaves_out_a_place_where_the_truncated_sum_is_negative():
    """Where it is not, verl has what the lab calls truncated: no more is said of it."""
    student, teacher, labels = logits()
    wish = Wish(divergence="top-k-truncated", temperature=1.0, alpha=1.0, kept=4)
    ours = lab(wish, student, teacher, labels)
    theirs = TOOLS["verl"].loss(TOOLS["verl"].says(wish).values, student, teacher, labels)
    assert (ours < 0).any()
    assert (ours > 0).any()
    torch.testing.assert_close(theirs, ours.clamp_min(0))


@pytest.mark.parametrize(("mode", "divergence"), [("k2", "reverse-kl"), ("k3", "soft-targets")])
def test_how_the_estimators_of_verl_pull_on_average(mode, divergence):
    """Of k3 as long as no ratio is so large that it is cut off, as in these milder answers."""
    student, teacher, labels = logits()
    student, teacher = (0.3 * student).requires_grad_(), 0.3 * teacher
    values = {"loss_mode": mode, "topk": 4, "temperature": 1.0}
    found = average_gradient(TOOLS["verl"], values, student, teacher)
    others = {}
    for name in ("soft-targets", "reverse-kl"):
        wish = Wish(divergence=name, temperature=1.0, alpha=1.0)
        others[name] = left_over(found, gradient(lab(wish, student, teacher, labels), student))
    assert others.pop(divergence) < 1e-6
    assert min(others.values()) > 0.1


def test_verl_at_another_temperature_softens_the_student_alone():
    """A copy of the teacher is not at rest there: it is asked to become softer, or sharper."""
    _, teacher, labels = logits()
    values = {"loss_mode": "forward_kl_topk", "topk": CLASSES, "temperature": 1.0}
    verl = TOOLS["verl"]
    at_rest = verl.loss(values, teacher, teacher, labels)
    torch.testing.assert_close(at_rest, torch.zeros_like(at_rest))
    assert (verl.loss({**values, "temperature": 4.0}, teacher, teacher, labels) > 0.01).all()


def test_what_keras_takes_by_default_does_not_even_rest_at_a_copy_shifted_by_a_constant():
    """Its default is taken of bare logits, of which softmax knows only the differences: a student
    with the teacher's probabilities has a loss, and one below zero everywhere no gradient."""
    student, teacher, labels = logits()
    wish = Wish(temperature=4.0, alpha=1.0)
    keras = TOOLS["keras"]
    copy = teacher + 3
    right = keras.loss(keras.says(wish).values, copy, teacher, labels)
    torch.testing.assert_close(right, torch.zeros_like(right))
    assert as_by_default(copy, teacher, 4.0).abs().max() > 0.1
    below = (student - 100).requires_grad_()
    assert not gradient(as_by_default(below, teacher, 4.0), below).any()


def test_alpha_0_in_torchdistill_is_the_bare_divergence():
    student, teacher, labels = logits()
    tool = TOOLS["torchdistill"]
    values = dict(tool.says(Wish(temperature=4.0, alpha=1.0)).values)
    assert (values["alpha"], values["weight"]) == (0, 16)
    bare = tool.loss({**values, "weight": 1.0}, student, teacher, labels)
    torch.testing.assert_close(bare * 16, tool.loss(values, student, teacher, labels))
    nearly = tool.loss({**values, "alpha": 1e-9, "weight": 1.0}, student, teacher, labels)
    torch.testing.assert_close(nearly, bare * 16)
