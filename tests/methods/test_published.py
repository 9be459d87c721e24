"""Each method is what its paper says: values against formulas written out, one number at a time.

The references read as the formulas do, with loops and plain floats, and share nothing with the lab.
"""

from __future__ import annotations

import math

import numpy as np
import pytest
import torch
from torch import nn

from kdlab.methods import METHODS
from kdlab.methods.cc import _correlations

B, C = 6, 4
LABELS = [0, 3, 1, 1, 2, 0]
SERIES = range(3)
"""Powers 0 to 2 in the kernel of correlation congruence."""


def numbers(*shape, seed=0):
    return np.random.default_rng(seed).normal(size=shape)


def softmax(row):
    powers = [math.exp(x) for x in row]
    return [p / sum(powers) for p in powers]


def kl(p, q):
    return sum(a * math.log(a / b) for a, b in zip(p, q, strict=True))


def mean(values):
    values = list(values)
    return sum(values) / len(values)


def soft_targets(s, t, T):
    return [T**2 * kl(softmax(b / T), softmax(a / T)) for a, b in zip(s, t, strict=True)]


def logit_regression(s, t, T):
    return [0.5 * sum((b - a) ** 2) for a, b in zip(s, t, strict=True)]


def logit_standardisation(s, t, T):
    def standard(row):
        centre = mean(row)
        deviation = math.sqrt(mean((x - centre) ** 2 for x in row))
        return np.array([(x - centre) / (deviation + 1e-7) for x in row])

    return soft_targets([standard(row) for row in s], [standard(row) for row in t], T)


def dkd(s, t, T):
    values = []
    for a, b, y in zip(s, t, LABELS, strict=True):
        p_s, p_t = softmax(a / T), softmax(b / T)
        target = kl([p_t[y], 1 - p_t[y]], [p_s[y], 1 - p_s[y]])
        others = [c for c in range(C) if c != y]
        rest = kl(softmax(b[others] / T), softmax(a[others] / T))
        values.append(T**2 * (1.0 * target + 8.0 * rest))
    return values


def dist(s, t, T):
    p_s, p_t = (np.array([softmax(row / T) for row in z]) for z in (s, t))
    between = [1 - np.corrcoef(p_s[i], p_t[i])[0, 1] for i in range(B)]
    within = mean(1 - np.corrcoef(p_s[:, c], p_t[:, c])[0, 1] for c in range(C))
    return [x + within for x in between]


def reverse_kl(s, t, T):
    return [T**2 * kl(softmax(a / T), softmax(b / T)) for a, b in zip(s, t, strict=True)]


def mixed(p, q, share):
    return [share * a + (1 - share) * b for a, b in zip(p, q, strict=True)]


def jsd(s, t, T):
    values = []
    for a, b in zip(s, t, strict=True):
        q, p = softmax(a / T), softmax(b / T)
        m = mixed(p, q, 0.5)
        values.append(T**2 * (0.5 * kl(p, m) + 0.5 * kl(q, m)))
    return values


def skew_kl(s, t, T):
    pairs = [(softmax(a / T), softmax(b / T)) for a, b in zip(s, t, strict=True)]
    return [T**2 * kl(p, mixed(p, q, 0.1)) for q, p in pairs]


def total_variation(s, t, T):
    pairs = [(softmax(a / T), softmax(b / T)) for a, b in zip(s, t, strict=True)]
    return [T * sum(abs(x - y) for x, y in zip(q, p, strict=True)) / 2 for q, p in pairs]


def likeliest(row):
    return sorted(range(C), key=lambda c: -row[c])[:3]


def top_k(s, t, T):
    kept = [likeliest(b) for b in t]
    pairs = zip(s, t, kept, strict=True)
    return [T**2 * kl(softmax(b[keep] / T), softmax(a[keep] / T)) for a, b, keep in pairs]


def top_k_truncated(s, t, T):
    values = []
    for a, b in zip(s, t, strict=True):
        q, p = softmax(a / T), softmax(b / T)
        values.append(T**2 * sum(p[c] * math.log(p[c] / q[c]) for c in likeliest(b)))
    return values


RESPONSES = {
    "soft-targets": soft_targets,
    "logit-regression": logit_regression,
    "logit-standardisation": logit_standardisation,
    "dkd": dkd,
    "dist": dist,
    "reverse-kl": reverse_kl,
    "jsd": jsd,
    "skew-kl": skew_kl,
    "total-variation": total_variation,
    "top-k": top_k,
    "top-k-truncated": top_k_truncated,
    "labels-only": lambda s, t, T: [0.0] * B,
}


def hints(s, t, adapter):
    total = 0.0
    for d in range(t.shape[1]):
        said = [sum(s[b, c] * adapter["weight"][c, d] for c in range(s.shape[1])) for b in range(B)]
        variance = mean((x - mean(said)) ** 2 for x in said)
        for b in range(B):
            normal = (said[b] - mean(said)) / math.sqrt(variance + 1e-5)
            regressed = max(0.0, adapter["scale"][d] * normal + adapter["shift"][d])
            total += (regressed - t[b, d]) ** 2
    return total / (B * t.shape[1])


def attention(s, t, adapter):
    def normalised(maps, b):
        places = [
            mean(maps[b, c, h, w] ** 2 for c in range(maps.shape[1]))
            for h in range(maps.shape[2])
            for w in range(maps.shape[3])
        ]
        return [x / math.sqrt(sum(y**2 for y in places)) for x in places]

    return mean(
        (x - y) ** 2
        for b in range(B)
        for x, y in zip(normalised(s, b), normalised(t, b), strict=True)
    )


def similarity(s, t, adapter):
    def normalised_rows(f):
        gram = [[float(f[i].ravel() @ f[j].ravel()) for j in range(B)] for i in range(B)]
        return [[x / math.sqrt(sum(y**2 for y in row)) for x in row] for row in gram]

    g_s, g_t = normalised_rows(s), normalised_rows(t)
    return sum((g_s[i][j] - g_t[i][j]) ** 2 for i in range(B) for j in range(B)) / B**2


def relational(s, t, adapter):
    def huber(x):
        return 0.5 * x**2 if abs(x) <= 1 else abs(x) - 0.5

    def distance(f, i, j):
        return math.sqrt(sum((f[i] - f[j]) ** 2))

    def scaled(f):
        unit = mean(distance(f, i, j) for i in range(B) for j in range(B) if i != j)
        return [[distance(f, i, j) / unit for j in range(B)] for i in range(B)]

    def cosine(f, i, j, k):
        if i in (j, k):
            return 0.0  # an example makes no angle with itself
        return float((f[j] - f[i]) @ (f[k] - f[i])) / (distance(f, i, j) * distance(f, i, k))

    d_s, d_t = scaled(s), scaled(t)
    everyone = range(B)
    pairs = mean(huber(d_s[i][j] - d_t[i][j]) for i in everyone for j in everyone)
    triples = mean(
        huber(cosine(s, i, j, k) - cosine(t, i, j, k))
        for i in everyone
        for j in everyone
        for k in everyone
    )
    return 25 * pairs + 50 * triples


def pkt(s, t, adapter):
    def neighbours(f, i):
        kernel = [
            (float(f[i] @ f[j]) / (np.linalg.norm(f[i]) * np.linalg.norm(f[j])) + 1) / 2
            for j in range(B)
        ]
        return [k / sum(kernel) for k in kernel]

    return sum(kl(neighbours(t, i), neighbours(s, i)) for i in range(B)) / B**2


def vid(s, t, adapter):
    def layer(x, weight):
        return [sum(x[i] * weight[i, j] for i in range(len(x))) for j in range(weight.shape[1])]

    total = 0.0
    for b in range(B):
        hidden = [max(x, 0.0) for x in layer(s[b], adapter["first"])]
        hidden = [max(x, 0.0) for x in layer(hidden, adapter["second"])]
        for d, said in enumerate(layer(hidden, adapter["third"])):
            variance = math.log(1 + math.exp(adapter["variance"][d])) + 1e-5
            density = math.exp(-((t[b, d] - said) ** 2) / (2 * variance)) / math.sqrt(variance)
            total -= math.log(density)
    return total / (B * t.shape[1])


def cc(s, t, adapter):
    def kernel(f, who):
        rows = f @ adapter[who] + adapter[f"{who}_bias"]
        unit = [row / math.sqrt(sum(row**2)) for row in rows]
        factors = [math.exp(-0.8) * 0.8**p / math.factorial(p) for p in SERIES]
        return [
            [sum(a * float(x @ y) ** p for p, a in zip(SERIES, factors, strict=True)) for y in unit]
            for x in unit
        ]

    k_s, k_t = kernel(s, "student"), kernel(t, "teacher")
    return sum((k_s[i][j] - k_t[i][j]) ** 2 for i in range(B) for j in range(B)) / B**2


LAYERS = {
    "hints": hints,
    "attention": attention,
    "similarity": similarity,
    "relational": relational,
    "pkt": pkt,
    "vid": vid,
    "cc": cc,
}
WEIGHTS = {
    "soft-targets": 1,
    "logit-regression": 1,
    "logit-standardisation": 9 / 0.1,
    "dkd": 1,
    "dist": 2,
    "reverse-kl": 1,
    "jsd": 1,
    "skew-kl": 1,
    "total-variation": 1,
    "top-k": 1,
    "top-k-truncated": 1,
    "hints": 100,
    "attention": 1000,
    "similarity": 3000,
    "relational": 1,
    "pkt": 30000,
    "vid": 1,
    "cc": 100,
    "labels-only": 1,
}


def test_every_method_has_its_reference_and_weight():
    assert {*RESPONSES, *LAYERS} == {*METHODS} == {*WEIGHTS}
    for name, weight in WEIGHTS.items():
        assert METHODS[name].weight == pytest.approx(weight)


@pytest.mark.parametrize("T", [1.0, 4.0])
@pytest.mark.parametrize("name", RESPONSES)
def test_answers_are_compared_as_published(name, T):
    s, t = 2 * numbers(B, C), 2 * numbers(B, C, seed=1)
    told = {"labels": torch.tensor(LABELS)} if "labels" in METHODS[name].needs else {}
    found = METHODS[name].loss(torch.from_numpy(s), torch.from_numpy(t), T, **told)
    assert found.tolist() == pytest.approx(RESPONSES[name](s, t, T), rel=1e-6, abs=1e-9)


@pytest.mark.parametrize("seed", [0, 10])
@pytest.mark.parametrize("name", LAYERS)
def test_layers_are_compared_as_published(name, seed):
    method = METHODS[name]
    grid = (3, 3) if "maps" in method.needs else ()
    s, t = numbers(B, 3, *grid, seed=seed), numbers(B, 5, *grid, seed=seed + 1)
    adapter = {}
    if method.adapter is not None:
        adapter = method.adapter((3,), (5,), torch.Generator().manual_seed(seed))
        adapter = {key: tensor.double() for key, tensor in adapter.items()}
    if name == "hints":  # as they are once trained a little
        adapter["scale"] = torch.from_numpy(1 + 0.3 * numbers(5, seed=seed + 2))
        adapter["shift"] = torch.from_numpy(0.3 * numbers(5, seed=seed + 3))
    found = method.compare(torch.from_numpy(s), torch.from_numpy(t), adapter)
    arrays = {key: tensor.numpy() for key, tensor in adapter.items()}
    # 1e-5: PKT has 1e-7 beside its probabilities, which its formula has not
    assert found.item() == pytest.approx(LAYERS[name](s, t, arrays), rel=1e-5)


REGRESSORS = {
    "one size": (4, nn.Conv2d(3, 5, 1)),
    "half": (2, nn.Conv2d(3, 5, 3, stride=2, padding=1)),
    "twice": (8, nn.ConvTranspose2d(3, 5, 4, stride=2, padding=1)),
}
"""Sides of the teacher's maps where the student's are 4: the regressor of Tian et al. 2020, which
batch norm and ReLU follow. Its bias moves nothing."""


@pytest.mark.parametrize("name", REGRESSORS)
def test_hints_of_maps_are_regressed_as_published(name):
    method = METHODS["hints"]
    side, convolution = REGRESSORS[name]
    adapter = method.adapter((3, 4, 4), (5, side, side), torch.Generator().manual_seed(0))
    bound = 1 / math.sqrt(convolution.weight[0].numel())
    assert 0.8 * bound < adapter["weight"].abs().max() <= bound
    weight = adapter["weight"]
    with torch.no_grad():
        convolution.weight.copy_(weight.t()[:, :, None, None] if side == 4 else weight)
    student, teacher = (
        torch.from_numpy(numbers(B, c, n, n, seed=c)).float() for c, n in ((3, 4), (5, side))
    )
    published = nn.Sequential(convolution, nn.BatchNorm2d(5), nn.ReLU())
    expected = torch.nn.functional.mse_loss(published(student), teacher)
    torch.testing.assert_close(method.compare(student, teacher, adapter), expected)


PLACES = {
    "hints": "middle",
    "attention": "every",
    "similarity": "last",
    "relational": "embedding",
    "pkt": "embedding",
    "vid": "every",
    "cc": "embedding",
}
"""What the scripts of Tian et al. 2020 read: of a list of the first layer, three or four stages and
the embedding, the third; all stages; the last stage; the embedding."""


def test_layers_are_read_where_they_are_published():
    assert {name: METHODS[name].layers for name in LAYERS} == PLACES


def test_first_variances_are_five():
    adapter = METHODS["vid"].adapter((3,), (4,), torch.Generator().manual_seed(0))
    for number in adapter["variance"].tolist():
        assert math.log(1 + math.exp(number)) + 1e-5 == pytest.approx(5.0)


def test_the_kernels_series_tends_to_the_gaussian():
    """Peng et al. 2019: for unit vectors, of any order, the sum tends to exp(-gamma |x - y|^2)."""
    x = torch.from_numpy(numbers(B, 3))
    x = x / x.norm(dim=1, keepdim=True)
    gaussian = torch.exp(-0.4 * torch.cdist(x, x).square())
    errors = [(_correlations(x, 0.4, order) - gaussian).abs().max() for order in (1, 2, 4, 12)]
    assert errors == sorted(errors, reverse=True)
    assert errors[-1] < 1e-9
