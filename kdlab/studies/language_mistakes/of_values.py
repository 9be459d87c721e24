"""Mistakes that change the value of the loss: computed, on distributions drawn from a seed."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from kdlab.measure.wording import signed
from kdlab.studies.language_mistakes import numbers
from kdlab.studies.language_mistakes.effect import Effect, Series
from kdlab.studies.language_mistakes.numbers import Array, jsd, kl, softmax

Labels = NDArray[np.int64]

SURE = 0.99
"""What the teacher gives its token in the picture of the mixture."""
LENGTHS = (4, 16, 64)
"""Tokens in each micro-batch."""
COUNTED, IGNORED = 8, 24
"""Places of a batch that count, and up to so many that do not."""


# -- the mixture --------------------------------------------------------------------------------


def log_mixture_jsd(p: Array, q: Array, beta: float = 0.5) -> Array:
    """As :func:`numbers.jsd`, with a mean of logarithms in the place of the mixture: this is
    beta * (1 - beta) * (KL(p || q) + KL(q || p)), which has no upper end."""
    log_m = beta * np.log(p) + (1 - beta) * np.log(q)
    of_p, of_q = ((each * (np.log(each) - log_m)).sum(-1) for each in (p, q))
    return np.asarray(beta * of_p + (1 - beta) * of_q)


def log_mixture() -> Effect:
    """Two tokens, one of which the teacher is sure of, over what the student gives it."""
    given = np.geomspace(1e-6, SURE, 61)
    q, p = np.stack([given, 1 - given], -1), np.array([SURE, 1 - SURE])
    right, wrong = jsd(p, q), log_mixture_jsd(p, q)
    own, other = numbers.pair()
    mass = np.exp((np.log(own) + np.log(other)) / 2).sum()
    return Effect(
        (
            f"Where the teacher gives a token {SURE:g} and the student a millionth, the loss is "
            f"{wrong[0]:.2f} instead of {right[0]:.2f}: JSD is never above log 2 = "
            f"{np.log(2):.2f}, and this has no upper end.",
            f"A mean of logarithms is no distribution: over {numbers.TOKENS} drawn tokens it sums "
            f"to {mass:.2f}.",
            "What is minimised is β (1 − β) times the sum of both KL divergences.",
        ),
        f"JSD where the teacher gives a token {SURE:g}",
        "Probability that the student gives it",
        "Loss, nats",
        (
            Series.of("Mixture of logarithms", "wrong", given, wrong),
            Series.of("Mixture of probabilities", "right", given, right),
        ),
        frozenset({"x"}),
    )


# -- denominators -------------------------------------------------------------------------------


def weights(lengths: Sequence[int], way: str, vocabulary: int = numbers.TOKENS) -> list[float]:
    """How much a token counts, beside its share in a mean over all tokens, by micro-batch:
    ``way`` is "tokens", "means", "mean" (also over the vocabulary) or "batchmean" (of three
    dimensions, whose first alone is divided by)."""
    total = sum(lengths)
    each = {
        "tokens": [1 / total] * len(lengths),
        "means": [1 / (len(lengths) * n) for n in lengths],
        "mean": [1 / (total * vocabulary)] * len(lengths),
        "batchmean": [1 / len(lengths)] * len(lengths),
    }[way]
    return [total * weight for weight in each]


def denominators() -> Effect:
    """Micro-batches of unequal numbers of tokens, over these numbers."""
    means = weights(LENGTHS, "means")
    told = {
        "Mean of the micro-batches' means": means,
        "Mean over tokens and vocabulary": weights(LENGTHS, "mean"),
        "batchmean of (B, L, V)": weights(LENGTHS, "batchmean"),
    }
    one = f"Sum, divided by all {sum(LENGTHS)} tokens"
    return Effect(
        (
            f"A token in a micro-batch of {LENGTHS[0]} counts {means[0] / means[-1]:.0f} times as "
            f"much as one in a micro-batch of {LENGTHS[-1]}, so that short answers lead.",
            f"A mean over the vocabulary, too, divides by {numbers.TOKENS} here, and by 151,936 in "
            f"a large model; batchmean over three dimensions divides by the strings and not by "
            f"their tokens, {told['batchmean of (B, L, V)'][0]:.0f} times too much.",
            "Where tokens are counted before others are generated in their place, the count is of "
            "another text.",
        ),
        f"What a token counts, in micro-batches of {', '.join(map(str, LENGTHS))} tokens",
        "Tokens in its micro-batch",
        "Weight, right = 1",
        (
            *(Series.of(name, "wrong", LENGTHS, values) for name, values in told.items()),
            Series.of(one, "right", LENGTHS, weights(LENGTHS, "tokens")),
        ),
        frozenset({"x", "y"}),
    )


# -- the fast path ------------------------------------------------------------------------------


def fused(
    teacher: Array, student: Array, labels: Labels, hard: float, soft: float, temperature: float
) -> float:
    """hard * CE(labels, student) + soft * JSD(teacher, student) at a temperature, the mean over
    places: the plain path is (0, 1, 1)."""
    own = np.log(softmax(student))[np.arange(len(labels)), labels]
    both = softmax(teacher / temperature), softmax(student / temperature)
    return float(-hard * own.mean() + soft * jsd(*both).mean())


PLAIN, FAST = (0.0, 1.0, 1.0), (0.5, 0.5, 0.9)
"""hard, soft and temperature of the path that is meant, and of the one that was run."""


def labelled(places: int = 16) -> tuple[Array, Array, Labels]:
    """Logits of teacher and student, and labels that the teacher finds likely."""
    teacher, student = numbers.logits(places)
    draw = np.random.default_rng(numbers.SEED + 1)
    labels = [draw.choice(numbers.TOKENS, p=row) for row in softmax(teacher)]
    return teacher, student, np.array(labels, dtype=np.int64)


def fast_path() -> Effect:
    """On the straight way from the student's logits to the teacher's, and on beyond them."""
    teacher, student, labels = labelled()
    along = np.linspace(0, 1.5, 31)
    rows = [student + share * (teacher - student) for share in along]
    plain, fast = ([fused(teacher, row, labels, *path) for row in rows] for path in (PLAIN, FAST))
    arrived = fused(teacher, teacher, labels, *FAST)
    lowest = along[int(np.argmin(fast))]
    return Effect(
        (
            f"At the start the two paths say {plain[0]:.3f} and {fast[0]:.3f}. A student that is "
            f"its teacher has a loss of 0 on the plain path and of {arrived:.3f} on the fast one.",
            f"On this way the fast path is least at {lowest:.2f} of it, the plain path at the "
            "teacher: half of it is a cross-entropy with the labels, which nobody asked for, and "
            "its softmax has another temperature.",
        ),
        "Two paths, on the way from the student to its teacher",
        "Share of the way, 1 = the teacher",
        "Loss, nats",
        (
            Series.of("Fast path: 0.5 CE + 0.5 JSD at T = 0.9", "wrong", along, fast),
            Series.of("Plain path: JSD", "right", along, plain),
        ),
    )


# -- the mask -----------------------------------------------------------------------------------


def masked_mean(each: Array, keep: Array) -> float:
    """The mean of the values that are kept; 0 where none is."""
    return float((each * keep).sum() / max(float(keep.sum()), 1.0))


def ignored_mask() -> Effect:
    """One batch, with more and more places that are to be ignored."""
    teacher, student = numbers.logits(COUNTED + IGNORED)
    student[COUNTED:] -= teacher[COUNTED:] / 2  # of these it has learned nothing
    each = kl(softmax(teacher), softmax(student))
    more = list(range(IGNORED + 1))
    keep = (np.arange(len(each)) < COUNTED).astype(np.float64)
    wrong = [float(each[: COUNTED + n].mean()) for n in more]
    right = [masked_mean(each[: COUNTED + n], keep[: COUNTED + n]) for n in more]
    return Effect(
        (
            f"The {COUNTED} places that count have a loss of {right[-1]:.3f}. With {IGNORED} that "
            f"are to be ignored it is told as {wrong[-1]:.3f} "
            f"({signed(wrong[-1] - right[-1], 3)}), though nothing that counts has changed.",
            f"Of the gradient, {100 * IGNORED / (COUNTED + IGNORED):.0f} % of the places pull "
            "towards text that was to be left alone.",
        ),
        f"The same {COUNTED} places, and others with the label −100",
        "Places to be ignored",
        "Loss, nats",
        (
            Series.of("ignore_index is not used", "wrong", more, wrong),
            Series.of("ignore_index is used", "right", more, right),
        ),
    )
