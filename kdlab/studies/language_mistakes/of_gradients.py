"""Mistakes that one sees in the gradient: expectations over a small vocabulary, by enumeration."""

from __future__ import annotations

import numpy as np

from kdlab.studies.language_mistakes import numbers
from kdlab.studies.language_mistakes.effect import Effect, Series
from kdlab.studies.language_mistakes.numbers import (
    Array,
    forward_gradient,
    jsd_gradient,
    kl,
    length,
    pair,
    reverse_gradient,
)

BETAS = (0.0, 0.01, 0.5, 0.9, 0.99, 1.0)
"""Those whose gradients are told."""
KEPT = 3
"""Tokens that are kept, where a figure is told of one number of them."""
ESTIMATORS = ("k1", "k2", "k3")


# -- beta ---------------------------------------------------------------------------------------


def by_beta(p: Array, q: Array, beta: float) -> Array:
    """The gradient of a tool in which 0 is forward KL, 1 reverse KL, and all between JSD."""
    if beta in (0, 1):
        return reverse_gradient(p, q) if beta else forward_gradient(p, q)
    return jsd_gradient(p, q, beta)


def by_direction(p: Array, q: Array, beta: float) -> Array:
    """The same divided by beta * (1 - beta), which tends to forward KL at 0 and reverse KL at 1."""
    size = beta * (1 - beta)
    return by_beta(p, q, beta) / (size if size else 1.0)


def beta() -> Effect:
    """The length of the gradient over beta."""
    p, q = pair()
    inner = np.unique(np.concatenate([np.linspace(0.01, 0.99, 50), [0.001, 0.999]]))
    over = [0.0, *inner.tolist(), 1.0]
    found = {b: length(by_beta(p, q, b)) for b in (*BETAS, *over)}
    told = ", ".join(f"{found[b]:.2g}" for b in BETAS)
    return Effect(
        (
            f"At β = {', '.join(f'{b:g}' for b in BETAS)} the gradient is {told} long: at β = "
            f"{BETAS[1]:g} it is {found[0.0] / found[BETAS[1]]:.0f} times shorter than at 0, where "
            "it jumps to forward KL.",
            "Near its ends β is a weight on the loss, not a choice between two directions. Divided "
            "by β (1 − β), JSD tends to forward KL at 0 and to reverse KL at 1.",
        ),
        "How long the gradient is, over β",
        "β",
        "Length of the gradient by the logits",
        (
            Series.of("JSD, with KL at 0 and 1", "wrong", over, [found[b] for b in over]),
            Series.of(
                "JSD / (β (1 − β))", "right", over, [length(by_direction(p, q, b)) for b in over]
            ),
        ),
    )


# -- sampled divergences ------------------------------------------------------------------------


def estimates(p: Array, q: Array, kind: str) -> Array:
    """What each token, had it been sampled, is counted with, (V,). Of ``k1`` and ``k3`` the mean
    over samples of the student is KL(q || p)."""
    ratio = np.log(q / p)
    return {"k1": ratio, "k2": ratio**2 / 2, "k3": np.expm1(-ratio) + ratio}[kind]


def slopes(p: Array, q: Array, kind: str) -> Array:
    """The derivative of each estimate by its token's log probability, (V,)."""
    ratio = np.log(q / p)
    return {"k1": np.ones_like(ratio), "k2": ratio, "k3": -np.expm1(-ratio)}[kind]


def expected_gradient(p: Array, q: Array, kind: str) -> Array:
    """The mean, over tokens that the student samples, of the gradient of an estimate: the sum over
    x of q(x) * slope(x) * (one-hot(x) - q), (V,)."""
    return numbers.by_logits(slopes(p, q, kind), q)


def sampled_kl() -> Effect:
    """Expected gradients, token by token."""
    p, q = pair()
    reverse, forward = reverse_gradient(p, q), forward_gradient(p, q)
    found = {kind: expected_gradient(p, q, kind) for kind in ESTIMATORS}
    whole = float(kl(q, p))
    means = {kind: float((q * estimates(p, q, kind)).sum()) for kind in ESTIMATORS}
    tokens = range(1, len(p) + 1)
    return Effect(
        (
            f"KL(student ‖ teacher) is {whole:.3f}; the means of k1, k2 and k3 are "
            f"{means['k1']:.3f}, {means['k2']:.3f} and {means['k3']:.3f}. Their gradients are "
            f"{length(found['k1']):.3f}, {length(found['k2']):.3f} and {length(found['k3']):.3f} "
            f"long on average, that of reverse KL is {length(reverse):.3f}.",
            "Differentiated, k1 teaches nothing on average (noise alone is left), k2 follows "
            f"reverse KL (farthest apart at any token: {_apart(found['k2'], reverse)}) and k3 "
            f"forward KL ({_apart(found['k3'], forward)}).",
            "Sampling itself has no gradient: the weight that each sample gets has to bring it in.",
        ),
        "Expected gradient by each token's logit",
        "Token",
        "Derivative",
        (
            Series.of("k1, differentiated", "wrong", tokens, found["k1"]),
            Series.of("k3, differentiated = forward KL", "wrong", tokens, found["k3"]),
            Series.of("k2, or k1 as a weight = reverse KL", "right", tokens, reverse),
        ),
        dots=True,
    )


def _apart(a: Array, b: Array) -> str:
    most = float(np.abs(a - b).max())
    return "0" if most < 1e-12 else f"{most:.3f}"


# -- the k likeliest ----------------------------------------------------------------------------


def close_pair() -> tuple[Array, Array]:
    """A teacher and a student that is a little surer than it, (V,), the likeliest first."""
    teacher, _ = numbers.logits()
    ordered = np.sort(teacher[0])[::-1]
    draw = np.random.default_rng(numbers.SEED + 2)
    student = 1.1 * ordered + 0.05 * draw.standard_normal(len(ordered))
    return numbers.softmax(ordered), numbers.softmax(student)


def truncated(p: Array, q: Array, k: int) -> float:
    """The k likeliest terms of KL(p || q), the others dropped; both are the likeliest first."""
    return float((p[:k] * np.log(p[:k] / q[:k])).sum())


def with_the_rest(p: Array, q: Array, k: int) -> float:
    """KL(p || q) where all but the k likeliest are one token: never below 0, never above KL."""
    if k == len(p):
        return float(kl(p, q))
    own, other = (np.append(each[:k], each[k:].sum()) for each in (p, q))
    return float(kl(own, other))


def best_mass(p: Array, k: int, loss: str) -> float:
    """What the student that minimises a ``loss`` gives the teacher's k likeliest tokens together:
    "forward", truncated, all of it; "reverse", truncated, 1/e of what the teacher gives them;
    "rest", as much as the teacher."""
    mass = float(p[:k].sum())
    return {"forward": 1.0, "reverse": mass / np.e, "rest": mass}[loss]


def top_k() -> Effect:
    """Values over k, of a student near its teacher."""
    p, q = close_pair()
    over = range(1, len(p) + 1)
    mass = float(p[:KEPT].sum())
    best = {loss: best_mass(p, KEPT, loss) for loss in ("forward", "reverse", "rest")}
    return Effect(
        (
            f"At k = {KEPT} the truncated sum is {_signed(truncated(p, q, KEPT))}, where KL is "
            f"{float(kl(p, q)):.3f}: no divergence, and a tool that cuts it off at 0 drops the "
            "gradient with it.",
            f"The teacher gives these {KEPT} tokens {mass:.3f}. The student that minimises the "
            f"truncated forward KL gives them {best['forward']:.3f}, that of the truncated reverse "
            f"KL {best['reverse']:.3f} (1/e of it: the k likeliest are emptied), and with the rest "
            f"as one more token {best['rest']:.3f}.",
            "Divided by what both have among the k likeliest, the sum is a divergence, but says "
            "nothing of how much that is.",
        ),
        "A student near its teacher, over k",
        "k, tokens that are kept",
        "Loss, nats",
        (
            Series.of("The k likeliest terms", "wrong", over, [truncated(p, q, k) for k in over]),
            Series.of(
                "The rest as one more token", "right", over, [with_the_rest(p, q, k) for k in over]
            ),
            Series.of("KL over all tokens", "other", over, [float(kl(p, q))] * len(p)),
        ),
    )


def _signed(value: float) -> str:
    return f"{value:.3f}".replace("-", "−")
