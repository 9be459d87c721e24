"""Sampling and probabilities of strings, against exact values of small languages."""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from scipy.stats import chisquare, entropy

from kdlab.data.text import grammar
from kdlab.data.text.windows import codes_of, window_of
from kdlab.insight import language

RULES = "S -> 3 ab | 2 aa | 1 b"
CLASSES = ("end", "a", "b")
WIDTH = 3


def truth_of(rules, classes, width):
    """The language itself as a model, for windows that hold whole strings."""
    following = grammar.next_characters(rules)

    def answer(windows):
        rows = []
        for window in windows.reshape(-1, windows.shape[-1]).tolist():
            prefix = "".join(classes[code] for code in window if code)
            told = following.get(prefix, {"": 1.0})
            rows.append([told.get("" if n == 0 else c, 0.0) for n, c in enumerate(classes)])
        return torch.tensor(rows).log().view(*windows.shape[:-1], len(classes))

    return answer


@pytest.fixture
def truth():
    return truth_of(RULES, CLASSES, WIDTH)


def noise(count, longest, seed=0):
    return torch.rand(count, longest, generator=torch.Generator().manual_seed(seed))


def test_sampled_strings_are_as_frequent_as_they_are_probable(truth):
    count = 4000
    found = language.sample_strings(truth, count, WIDTH, noise(count, 5), 5)
    known = grammar.strings(RULES)
    told = ["".join(CLASSES[code] for code in codes) for codes in found.strings()]
    assert set(told) == set(known)
    assert bool(found.ended.all())
    counts = [told.count(text) for text in known]
    assert chisquare(counts, [count * p for p in known.values()]).pvalue > 1e-4


def test_the_number_falls_into_a_part_of_the_cumulative_distribution():
    logits = torch.tensor([0.2, 0.0, 0.5, 0.3, 0.0]).log()
    numbers = torch.tensor([0.0, 0.1999, 0.2001, 0.6999, 0.7001, 0.999999])
    found = language.drawn_from(logits.expand(len(numbers), -1), numbers)
    assert found.tolist() == [0, 0, 2, 2, 3, 3]


def test_more_strings_or_longer_ones_leave_the_first_as_they_were(truth):
    luck = noise(50, 8)
    few = language.sample_strings(truth, 10, WIDTH, luck, 4)
    many = language.sample_strings(truth, 50, WIDTH, luck, 8)
    assert few.strings() == many.strings()[:10]
    with pytest.raises(ValueError, match=r"\(50, 8\) for 51 strings"):
        language.sample_strings(truth, 51, WIDTH, luck, 8)


def test_places_are_windows_and_what_was_drawn_behind_them(truth):
    found = language.sample_strings(truth, 20, WIDTH, noise(20, 6), 6)
    wanted = [
        (window_of(codes[:n], WIDTH), (*codes, 0)[n])
        for codes in found.strings()
        for n in range(len(codes) + 1)
    ]
    windows, drawn = found.places
    assert list(zip(windows.tolist(), drawn.tolist(), strict=True)) == wanted


def test_a_string_that_does_not_end_is_cut_off():
    def endless(windows):
        return torch.tensor([-math.inf, 0.0, -math.inf]).expand(*windows.shape[:-1], 3)

    found = language.sample_strings(endless, 2, WIDTH, noise(2, 4), 4)
    assert found.strings() == [(1, 1, 1, 1)] * 2
    assert not bool(found.ended.any())
    assert len(found.places[1]) == 8  # no end is counted
    assert language.bits_of(endless, found) == 0


def test_a_beginning_stands_before_all_strings(truth):
    found = language.sample_strings(truth, 200, WIDTH, noise(200, 4), 4, beginning=[1])
    assert set(found.strings()) == {(1,), (2,)}, "a or b comes after the first a"


def test_in_lock_step_each_student_says_what_it_would_say_alone(truth):
    def other(windows):
        return truth(windows) + torch.tensor([0.0, 0.0, 1.0])

    def both(windows):
        return torch.stack([truth(windows[0]), other(windows[1])])

    luck = torch.stack([noise(30, 6, 1), noise(30, 6, 2)])
    found = language.sampled(both, luck, WIDTH)
    alone = [language.sampled(a, luck[n], WIDTH) for n, a in enumerate((truth, other))]
    assert found.strings() == [*alone[0].strings(), *alone[1].strings()]


def test_a_language_gives_its_own_strings_their_probability(truth):
    known = grammar.strings(RULES)
    strings = [codes_of(text, CLASSES) for text in known]
    log_p = language.log_probabilities(truth, strings, WIDTH)
    assert log_p.exp().tolist() == pytest.approx(list(known.values()))
    p = torch.tensor(list(known.values()))
    assert language.string_divergence(log_p, p) == pytest.approx(0, abs=1e-6)
    assert language.coverage(log_p, p) == 1


def test_divergence_and_coverage_of_a_model_that_has_lost_a_string():
    p, q = [0.5, 0.3, 0.2], [0.6, 0.38, 0.019]
    log_q, truth = torch.tensor(q).double().log(), torch.tensor(p)
    assert language.string_divergence(log_q, truth) == pytest.approx(
        sum(a * math.log2(a / b) for a, b in zip(p, q, strict=True)), rel=1e-6
    )
    assert language.coverage(log_q, truth) == pytest.approx(2 / 3)
    assert language.coverage(torch.tensor([0.6, 0.38, 0.021]).log(), truth) == 1


def test_bits_of_samples_approach_the_entropy(truth):
    count = 4000
    found = language.sample_strings(truth, count, WIDTH, noise(count, 5), 5)
    p = np.array(list(grammar.strings(RULES).values()))
    length = sum(p * [len(text) + 1 for text in grammar.strings(RULES)])
    assert language.bits_of(truth, found) == pytest.approx(entropy(p, base=2) / length, rel=0.03)


def test_divergence_of_answers_against_scipy():
    g = torch.Generator().manual_seed(0)
    z_t, z_s = torch.randn(2, 40, 5, generator=g)
    p, q = z_t.softmax(1).numpy(), z_s.softmax(1).numpy()
    wanted = entropy(p, q, axis=1, base=2).mean()
    assert language.divergence(z_t, z_s) == pytest.approx(wanted, rel=1e-5)
    z_t[:, 2] = -math.inf  # excluded by the teacher
    assert math.isfinite(language.divergence(z_t, z_s))


def test_novelty_counts_each_new_string_once():
    found = [(1,), (1,), (2,), (3, 1)]
    assert language.novelty(found, {(3, 1)}) == 0.5
    assert math.isnan(language.novelty([], set()))


def test_a_module_answers_windows_of_any_order():
    module = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(WIDTH * 3, 3))
    answer = language.answer_of(module, 3)
    windows = torch.randint(0, 3, (2, 5, WIDTH), generator=torch.Generator().manual_seed(0))
    found = answer(windows)
    one = module(torch.eye(3)[windows[1, 4]].unsqueeze(0))[0]
    assert found.shape == (2, 5, 3)
    assert torch.allclose(found[1, 4], one)
    assert not found.requires_grad
