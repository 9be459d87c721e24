"""LANGUAGE_MISTAKES: what people get wrong when they distil language models, as code beside the
code that is right, and the public threads in which it was found.

Each piece of code is a function in plain PyTorch, with :data:`KL` and what it imports before it:
tests run them, and hold them to what the lab trains (:mod:`kdlab.training.arms.text_faults`) or
computes (:mod:`kdlab.studies.language_mistakes.exact`). ``z_s`` and ``z_t`` are logits of student
and teacher, (B, L, V): strings, places, vocabulary; ``log_q`` and ``log_p`` their logarithms of
probabilities. What to look for, and how it is put right, stands in
``assets/text/<language>/studies/language-mistakes.md``, one section a mistake.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

TrainedName = Literal["padding", "off-by-one", "pad-is-end", "vocabulary-order", "other-prompt"]
ExactName = Literal[
    "log-mixture",
    "denominators",
    "fast-path",
    "ignored-mask",
    "beta",
    "sampled-kl",
    "top-k",
]

KL = """\
def kl(log_p, log_q):  # in nats, one value a place
    return (log_p.exp() * (log_p - log_q)).sum(-1)


def of_logits(z_t, z_s):
    return kl(z_t.log_softmax(-1), z_s.log_softmax(-1))


def jsd(log_p, log_q, beta=0.5):
    log_m = torch.logaddexp(log_p + math.log(beta), log_q + math.log(1 - beta))
    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)
"""
"""What the pieces of code call."""


@dataclass(frozen=True)
class LanguageMistake:
    """One mistake: two functions of the same name, wrong and right, and where it was found:
    ``threads`` are issues and pull requests on GitHub, as repository#number."""

    name: str
    title: str
    wrong: str
    right: str
    threads: tuple[str, ...]


_TRAINED = (
    LanguageMistake(
        "padding",
        "Padding counted in the loss",
        "def loss(z_t, z_s, mask):  # mask (B, L): 0 at the padding\n"
        "    each = of_logits(z_t, z_s)\n"
        "    return each.mean()",
        "def loss(z_t, z_s, mask):\n"
        "    each = of_logits(z_t, z_s)\n"
        "    return (each * mask).sum() / mask.sum()",
        ("peremartra/optipfair#34",),
    ),
    LanguageMistake(
        "off-by-one",
        "Logits off by one place",
        "def loss(z_t, z_s):  # row t tells token t + 1\n"
        "    return of_logits(z_t[:, 1:], z_s[:, :-1]).mean()",
        "def loss(z_t, z_s):\n    return of_logits(z_t[:, :-1], z_s[:, :-1]).mean()",
        ("huggingface/trl#2058", "modelscope/ms-swift#8436"),
    ),
    LanguageMistake(
        "pad-is-end",
        "The end is taken for padding",
        "def labels(ids, lengths, pad):  # and the end is the padding token\n"
        "    return ids.masked_fill(ids == pad, -100)",
        "def labels(ids, lengths, pad):  # lengths count the end\n"
        "    places = torch.arange(ids.shape[1])\n"
        "    return ids.masked_fill(places >= lengths[:, None], -100)",
        ("huggingface/trl#6357", "huggingface/trl#976"),
    ),
    LanguageMistake(
        "vocabulary-order",
        "Another order of the vocabulary",
        "def loss(z_t, z_s, places_t, names_s):\n"
        "    return of_logits(z_t, z_s).mean()  # as long: no error",
        "def loss(z_t, z_s, places_t, names_s):\n"
        "    order = [places_t[name] for name in names_s]\n"
        "    return of_logits(z_t[..., order], z_s).mean()",
        ("meta-pytorch/torchtune#2119", "huggingface/trl#3028"),
    ),
    LanguageMistake(
        "other-prompt",
        "The teacher reads another prompt",
        "def told(teacher, prompt_s, prompt_t, answer):\n"
        "    ids = torch.cat([prompt_s, answer], 1)  # the student's\n"
        "    return teacher(ids)[:, prompt_s.shape[1] - 1 :]",
        "def told(teacher, prompt_s, prompt_t, answer):\n"
        "    ids = torch.cat([prompt_t, answer], 1)  # as it was trained\n"
        "    return teacher(ids)[:, prompt_t.shape[1] - 1 :]",
        ("thinking-machines-lab/tinker-cookbook#796",),
    ),
)

_EXACT = (
    LanguageMistake(
        "log-mixture",
        "JSD's mixture in logarithms",
        "def jsd(log_p, log_q, beta=0.5):\n"
        "    log_m = beta * log_p + (1 - beta) * log_q\n"
        "    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)",
        "def jsd(log_p, log_q, beta=0.5):\n"
        "    log_m = torch.logaddexp(log_p + math.log(beta), log_q + math.log(1 - beta))\n"
        "    return beta * kl(log_p, log_m) + (1 - beta) * kl(log_q, log_m)",
        ("huggingface/trl#2204", "huggingface/trl#3043"),
    ),
    LanguageMistake(
        "denominators",
        "Divided by another number of tokens",
        "def backward(batches):  # of each micro-batch its losses, one a token\n"
        "    for each in batches:\n"
        "        (each.mean() / len(batches)).backward()",
        "def backward(batches):\n"
        "    tokens = sum(len(each) for each in batches)\n"
        "    for each in batches:\n"
        "        (each.sum() / tokens).backward()",
        ("huggingface/trl#6006", "huggingface/trl#4105", "huggingface/trl#6478"),
    ),
    LanguageMistake(
        "fast-path",
        "A fast path with another loss",
        "def fused(z_t, z_s, labels, hard=0.5, soft=0.5, T=0.9):\n"
        "    log_p, log_q = (z_t / T).log_softmax(-1), (z_s / T).log_softmax(-1)\n"
        "    return hard * F.cross_entropy(z_s, labels) + soft * jsd(log_p, log_q).mean()",
        "def fused(z_t, z_s, labels, hard=0.0, soft=1.0, T=1.0):\n"
        "    log_p, log_q = (z_t / T).log_softmax(-1), (z_s / T).log_softmax(-1)\n"
        "    return hard * F.cross_entropy(z_s, labels) + soft * jsd(log_p, log_q).mean()",
        ("huggingface/trl#5731",),
    ),
    LanguageMistake(
        "ignored-mask",
        "ignore_index accepted, never used",
        "def loss(z_t, z_s, labels, ignore_index=-100):\n    return of_logits(z_t, z_s).mean()",
        "def loss(z_t, z_s, labels, ignore_index=-100):\n"
        "    keep = labels != ignore_index\n"
        "    return of_logits(z_t, z_s)[keep].sum() / keep.sum().clamp_min(1)",
        ("linkedin/Liger-Kernel#974",),
    ),
    LanguageMistake(
        "beta",
        "Beta taken for a direction",
        "def loss(log_p, log_q, beta):\n"
        "    if beta in (0, 1):\n"
        "        return kl(log_q, log_p) if beta else kl(log_p, log_q)\n"
        "    return jsd(log_p, log_q, beta)",
        "def loss(log_p, log_q, beta):\n"
        "    if beta in (0, 1):\n"
        "        return kl(log_q, log_p) if beta else kl(log_p, log_q)\n"
        "    return jsd(log_p, log_q, beta) / (beta * (1 - beta))",
        ("modelscope/ms-swift#10078", "verl-project/verl-recipe#151"),
    ),
    LanguageMistake(
        "sampled-kl",
        "A sampled KL that is differentiated",
        "def loss(log_p, log_q):  # of tokens that the student has sampled\n"
        "    return log_q - log_p  # k1",
        "def loss(log_p, log_q):\n    return (log_q - log_p).detach() * log_q  # k1 as a weight",
        ("OpenRLHF/OpenRLHF#1309",),
    ),
    LanguageMistake(
        "top-k",
        "A KL over the k likeliest",
        "def loss(log_p, log_q, k):\n"
        "    log_p, places = log_p.topk(k)\n"
        "    return kl(log_p, log_q.gather(-1, places))",
        "def loss(log_p, log_q, k):  # all others as one more token\n"
        "    log_p, places = log_p.topk(k)\n"
        "    log_q = log_q.gather(-1, places)\n"
        "    rest = [torch.log1p(-each.exp().sum(-1, True)) for each in (log_p, log_q)]\n"
        "    return kl(torch.cat([log_p, rest[0]], -1), torch.cat([log_q, rest[1]], -1))",
        ("verl-project/verl#7856", "verl-project/verl#5041"),
    ),
)

TRAINED: dict[str, LanguageMistake] = {mistake.name: mistake for mistake in _TRAINED}
"""Name -> record of those whose effect students show, in the order of the page."""
EXACT: dict[str, LanguageMistake] = {mistake.name: mistake for mistake in _EXACT}
"""Name -> record of those whose effect is computed."""
LANGUAGE_MISTAKES = TRAINED | EXACT
"""All twelve."""
