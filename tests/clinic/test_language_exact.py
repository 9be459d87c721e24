"""Effects that are computed: against autograd, against sums written out, and against the very code
that the page shows."""

from __future__ import annotations

import math
from typing import get_args

import numpy as np
import pytest
import torch
import torch.nn.functional as F

from kdlab.studies.language_mistakes import numbers, of_gradients, of_values
from kdlab.studies.language_mistakes.exact import EFFECTS, effect
from kdlab.studies.language_mistakes.numbers import kl, length
from kdlab.studies.language_mistakes.records import EXACT, KL, ExactName
from tests.snippets import function

SEEDS = range(5)
BETAS = (0.001, 0.1, 0.5, 0.9, 0.999)


def code(name, which):
    return function(getattr(EXACT[name], which), KL)


def both(name):
    return code(name, "wrong"), code(name, "right")


def drawn(seed):
    """Logits of teacher and student at one place, as tensors; the student's take a gradient."""
    teacher, student = numbers.logits(1, seed)
    return torch.tensor(teacher[0]), torch.tensor(student[0], requires_grad=True)


def gradient(of, seed):
    """By the student's logits, of a loss of (log_p, log_q)."""
    z_t, z_s = drawn(seed)
    (found,) = torch.autograd.grad(of(z_t.log_softmax(-1), z_s.log_softmax(-1)), z_s)
    return found.numpy()


@pytest.mark.parametrize("seed", SEEDS)
def test_gradients_in_closed_form_are_those_of_autograd(seed):
    p, q = numbers.pair(seed)
    forward = gradient(lambda p, q: (p.exp() * (p - q)).sum(), seed)
    reverse = gradient(lambda p, q: (q.exp() * (q - p)).sum(), seed)
    np.testing.assert_allclose(numbers.forward_gradient(p, q), forward, atol=1e-12)
    np.testing.assert_allclose(numbers.reverse_gradient(p, q), reverse, atol=1e-12)
    jsd = function(KL.split("\n\n\n")[2], KL)
    for beta in BETAS:
        own = gradient(lambda p, q, b=beta: jsd(p, q, b), seed)
        np.testing.assert_allclose(numbers.jsd_gradient(p, q, beta), own, atol=1e-12)
        told = jsd(torch.tensor(p).log(), torch.tensor(q).log(), beta)
        assert numbers.jsd(p, q, beta) == pytest.approx(float(told))


# -- the mixture --------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_a_mixture_of_logarithms_is_a_sum_of_both_kl_divergences(seed):
    p, q = numbers.pair(seed)
    wrong, right = both("log-mixture")
    logs = torch.tensor(p).log(), torch.tensor(q).log()
    for beta in BETAS:
        found = of_values.log_mixture_jsd(p, q, beta)
        assert found == pytest.approx(beta * (1 - beta) * (kl(p, q) + kl(q, p)))
        assert found == pytest.approx(float(wrong(*logs, beta)))
        assert numbers.jsd(p, q, beta) == pytest.approx(float(right(*logs, beta)))
        assert found > numbers.jsd(p, q, beta)


def test_jsd_has_an_upper_end_and_its_wrong_version_none():
    wrong, right = effect("log-mixture").series
    assert max(right.y) < math.log(2) < max(wrong.y)
    assert wrong.y[0] == max(wrong.y)
    assert wrong.y[-1] == pytest.approx(0, abs=1e-12), "with the same distributions both are 0"


# -- denominators -------------------------------------------------------------------------------


@pytest.mark.parametrize(("which", "way"), [("wrong", "means"), ("right", "tokens")])
def test_weights_of_tokens_are_those_of_the_code(which, way):
    backward = code("denominators", which)
    tokens = [torch.ones(n, dtype=torch.double, requires_grad=True) for n in of_values.LENGTHS]
    backward(tokens)
    total = sum(of_values.LENGTHS)
    for each, weight in zip(tokens, of_values.weights(of_values.LENGTHS, way), strict=True):
        torch.testing.assert_close(total * each.grad, torch.full_like(each, weight))


def test_reductions_of_pytorch_divide_as_is_told():
    draw = torch.Generator().manual_seed(0)
    z_t, z_s = torch.randn(2, 3, 5, numbers.TOKENS, generator=draw, dtype=torch.double)
    given = z_s.log_softmax(-1), z_t.softmax(-1)
    right = F.kl_div(*given, reduction="sum") / 15
    of_strings = F.kl_div(*given, reduction="batchmean")
    with pytest.warns(UserWarning, match="reduction: 'mean' divides"):
        of_all = F.kl_div(*given, reduction="mean")
    assert float(of_strings / right) == pytest.approx(of_values.weights((5, 5, 5), "batchmean")[0])
    assert float(of_all / right) == pytest.approx(of_values.weights((5, 5, 5), "mean")[0])


def test_a_mean_of_means_is_right_where_all_are_as_long():
    assert of_values.weights((8, 8, 8), "means") == pytest.approx([1, 1, 1])
    assert of_values.weights((1, 3), "means") == pytest.approx([2, 2 / 3])


# -- the fast path ------------------------------------------------------------------------------


def test_both_paths_are_the_code_that_is_shown():
    teacher, student, labels = of_values.labelled()
    given = torch.tensor(teacher), torch.tensor(student), torch.tensor(labels)
    for which, path in (("wrong", of_values.FAST), ("right", of_values.PLAIN)):
        found = of_values.fused(teacher, student, labels, *path)
        assert found == pytest.approx(float(code("fast-path", which)(*given)))


def test_a_student_that_is_its_teacher_is_still_pulled_by_the_fast_path():
    teacher, _, labels = of_values.labelled()
    pulls = {}
    for which in ("wrong", "right"):
        z_s = torch.tensor(teacher, requires_grad=True)
        loss = code("fast-path", which)(torch.tensor(teacher), z_s, torch.tensor(labels))
        (found,) = torch.autograd.grad(loss, z_s)
        pulls[which] = loss.item(), found.norm().item()
    assert pulls["right"] == pytest.approx((0, 0), abs=1e-12)
    assert min(pulls["wrong"]) > 0.01
    fast, plain = effect("fast-path").series
    assert plain.x[int(np.argmin(plain.y))] == pytest.approx(1)
    assert fast.x[int(np.argmin(fast.y))] != pytest.approx(1)


# -- the mask -----------------------------------------------------------------------------------


def test_masked_places_change_one_loss_and_not_the_other():
    draw = torch.Generator().manual_seed(0)
    z_t, z_s = torch.randn(2, 2, 4, 5, generator=draw)
    labels = torch.tensor([[1, 2, -100, -100], [-100, -100, -100, 3]])
    other = torch.where((labels == -100)[..., None], z_s + torch.randn(5, generator=draw), z_s)
    wrong, right = both("ignored-mask")
    assert right(z_t, z_s, labels) == right(z_t, other, labels)
    assert wrong(z_t, z_s, labels) != wrong(z_t, other, labels)
    assert right(z_t, z_s, torch.full_like(labels, -100)) == 0
    each = function(KL.split("\n\n\n")[1], KL)(z_t, z_s).double().numpy()
    keep = (labels != -100).double().numpy()
    assert of_values.masked_mean(each, keep) == pytest.approx(float(right(z_t, z_s, labels)))
    assert each.mean() == pytest.approx(float(wrong(z_t, z_s, labels)))
    assert of_values.masked_mean(each, 0 * keep) == 0


def test_the_loss_drifts_with_what_is_to_be_ignored():
    wrong, right = effect("ignored-mask").series
    assert len(set(np.round(right.y, 12))) == 1
    assert wrong.y[0] == pytest.approx(right.y[0])
    assert wrong.y[-1] > 1.1 * right.y[0]


# -- beta ---------------------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("beta", [0, *BETAS, 1])
def test_gradients_over_beta_are_those_of_the_code(seed, beta):
    p, q = numbers.pair(seed)
    for which, own in (("wrong", of_gradients.by_beta), ("right", of_gradients.by_direction)):
        loss = code("beta", which)
        found = gradient(lambda p, q, of=loss: of(p, q, beta), seed)
        np.testing.assert_allclose(own(p, q, beta), found, atol=1e-10)


@pytest.mark.parametrize("seed", SEEDS)
def test_beta_vanishes_at_both_ends_and_then_jumps(seed):
    p, q = numbers.pair(seed)
    size = {b: length(of_gradients.by_beta(p, q, b)) for b in (0, 1e-4, 0.01, 0.99, 1 - 1e-4, 1)}
    assert size[1e-4] < size[0.01] < 0.05 * size[0]
    assert size[1 - 1e-4] < size[0.99] < 0.05 * size[1]
    for end, near in ((0, 1e-6), (1, 1 - 1e-6)):
        np.testing.assert_allclose(
            of_gradients.by_direction(p, q, near),
            of_gradients.by_direction(p, q, end),
            atol=1e-3,
        )


# -- sampled divergences ------------------------------------------------------------------------


@pytest.mark.parametrize("seed", SEEDS)
def test_expected_gradients_are_sums_over_all_samples(seed):
    p, q = numbers.pair(seed)
    k1, weighted = both("sampled-kl")
    formulas = {
        "k1": k1,
        "k2": lambda p, q: (q - p) ** 2 / 2,
        "k3": lambda p, q: (p - q).exp() - 1 - (p - q),
        "weighted": weighted,
    }
    found = {}
    for name, estimate in formulas.items():
        found[name] = gradient(  # each token as often as the student samples it
            lambda p, q, of=estimate: (q.exp().detach() * of(p, q)).sum(), seed
        )
    for name in of_gradients.ESTIMATORS:
        own = of_gradients.expected_gradient(p, q, name)
        np.testing.assert_allclose(own, found[name], atol=1e-10)
    reverse, forward = numbers.reverse_gradient(p, q), numbers.forward_gradient(p, q)
    np.testing.assert_allclose(found["k1"], 0, atol=1e-12)
    np.testing.assert_allclose(found["k2"], reverse, atol=1e-12)
    np.testing.assert_allclose(found["k3"], forward, atol=1e-12)
    np.testing.assert_allclose(found["weighted"], reverse, atol=1e-12)
    assert length(reverse - forward) > 0.01, "the two directions differ"


@pytest.mark.parametrize("seed", SEEDS)
def test_the_means_of_k1_and_k3_are_the_divergence_itself(seed):
    p, q = numbers.pair(seed)
    for name in ("k1", "k3"):
        assert (q * of_gradients.estimates(p, q, name)).sum() == pytest.approx(float(kl(q, p)))
    assert (of_gradients.estimates(p, q, "k3") >= 0).all()


# -- the k likeliest ----------------------------------------------------------------------------


def test_the_truncated_sum_goes_below_zero_where_the_divergence_does_not():
    p, q = of_gradients.close_pair()
    assert of_gradients.truncated(p, q, of_gradients.KEPT) < -0.01
    assert 0 < kl(p, q) < 0.02
    wrong, right = both("top-k")
    logs = torch.tensor(p).log(), torch.tensor(q).log()
    for k in range(1, len(p)):
        assert of_gradients.truncated(p, q, k) == pytest.approx(float(wrong(*logs, k)), abs=1e-12)
        rest = of_gradients.with_the_rest(p, q, k)
        assert rest == pytest.approx(float(right(*logs, k)), abs=1e-9)
        assert 0 <= rest <= kl(p, q) + 1e-12
    assert of_gradients.with_the_rest(p, q, len(p)) == pytest.approx(float(kl(p, q)))


def test_what_the_best_student_keeps_among_the_k_likeliest():
    p, _ = of_gradients.close_pair()
    k = of_gradients.KEPT
    mass = float(p[:k].sum())
    draw = np.random.default_rng(0)
    others = numbers.softmax(3 * draw.standard_normal((2000, len(p))))

    def reverse(q):
        return (q[..., :k] * np.log(q[..., :k] / p[:k])).sum(-1)

    kept = of_gradients.best_mass(p, k, "reverse") / mass * p[:k]
    best = np.append(kept, np.full(len(p) - k, (1 - kept.sum()) / (len(p) - k)))
    assert best.sum() == pytest.approx(1)
    assert reverse(best) == pytest.approx(-mass / math.e)
    assert (reverse(others) > reverse(best)).all()
    by_q = np.where(np.arange(len(p)) < k, np.log(best / p) + 1, 0)
    np.testing.assert_allclose(numbers.by_logits(by_q, best), 0, atol=1e-12)
    forward = [of_gradients.truncated(p, q, k) for q in others]
    assert min(forward) > mass * math.log(mass), "which all the weight on the k likeliest reaches"
    assert of_gradients.best_mass(p, k, "forward") == 1
    assert of_gradients.with_the_rest(p, p, k) == pytest.approx(0)


# -- all of them --------------------------------------------------------------------------------


def test_every_exact_mistake_has_an_effect():
    assert list(EFFECTS) == list(EXACT) == list(get_args(ExactName))


@pytest.mark.parametrize("name", EFFECTS)
def test_an_effect_has_figures_and_curves_of_both_versions(name):
    found = effect(name)
    assert found is effect(name), "computed once"
    assert any(digit in found.said[0] for digit in "0123456789")
    assert all(sentence.endswith(".") and "nan" not in sentence for sentence in found.said)
    assert {series.role for series in found.series} >= {"wrong", "right"}
    for series in found.series:
        assert len(series.x) == len(series.y) > 2
        assert all(map(math.isfinite, (*series.x, *series.y)))
        for axis in found.log:
            assert min(getattr(series, axis)) > 0
    assert len({series.name for series in found.series}) == len(found.series)
